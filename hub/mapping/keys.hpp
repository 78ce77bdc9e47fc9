#pragma once
// The keys of mapping files. The reader takes these and no others; `kinhub schema` tells them to editors.

#include "hub/base/key_table.hpp"

namespace kinhub {

inline constexpr KeyRule mapping_keys[] = {{"map", Shape::text, {}, {}, true},
                                           {"from", Shape::map, "from", {}, true},
                                           {"let", Shape::named_texts},
                                           {"key", Shape::texts},
                                           {"version"},
                                           {"op", Shape::text_or_map, "choice"},
                                           {"later", Shape::text_or_map, "choice"},
                                           {"fact"},
                                           {"evidence"},
                                           {"set", Shape::named_any},
                                           {"when"},
                                           {"facts", Shape::list, "fact"},
                                           {"filter", Shape::text_or_list, "filter"},
                                           {"require", Shape::list, "requirement"},
                                           {"unmapped", Shape::any},
                                           {"missing_from_snapshot", Shape::any},
                                           {"tests", Shape::list, "test"}};
inline constexpr KeyRule mapping_from_keys[] = {{"format", Shape::text, {}, {}, true}, {"each"}, {"when"}};
inline constexpr KeyRule mapping_filter_keys[] = {{"when", Shape::text, {}, {}, true},
                                                  {"reason", Shape::text, {}, {}, true}};
inline constexpr KeyRule mapping_requirement_keys[] = {{"that", Shape::text, {}, {}, true},
                                                       {"code", Shape::text, {}, {}, true},
                                                       {"say", Shape::text, {}, {}, true}};
inline constexpr KeyRule mapping_fact_keys[] = {{"fact"},
                                                {"key", Shape::texts},
                                                {"version"},
                                                {"op", Shape::text_or_map, "choice"},
                                                {"later", Shape::text_or_map, "choice"},
                                                {"absence", Shape::text_or_map, "choice"},
                                                {"evidence"},
                                                {"when"},
                                                {"set", Shape::named_any}};
inline constexpr KeyRule mapping_choice_keys[] = {{"if"}, {"then"}, {"else"}};
inline constexpr KeyRule mapping_field_keys[] = {{"from", Shape::text, {}, {}, true}, {"on_error"}};
inline constexpr KeyRule mapping_test_keys[] = {{"name"},
                                                {"input", Shape::text_or_map, "input"},
                                                {"expect", Shape::any},
                                                {"reject", Shape::map, "reject"},
                                                {"filter", Shape::any}};
inline constexpr KeyRule mapping_reject_keys[] = {{"code", Shape::text, {}, {}, true}, {"field"}};
inline constexpr KeyRule mapping_input_keys[] = {
    {"in"}, {"text"}, {"charset"}, {"replace", Shape::named_any}};
inline constexpr NamedTable mapping_tables[] = {
    {"mapping", mapping_keys},       {"from", mapping_from_keys},
    {"filter", mapping_filter_keys}, {"requirement", mapping_requirement_keys},
    {"fact", mapping_fact_keys},     {"choice", mapping_choice_keys},
    {"field", mapping_field_keys},   {"test", mapping_test_keys},
    {"reject", mapping_reject_keys}, {"input", mapping_input_keys}};

}  // namespace kinhub
