#pragma once
// The keys of form files. The reader takes these and no others; `kinhub schema` tells them to editors.

#include "hub/base/key_table.hpp"

namespace kinhub {

inline constexpr KeyRule form_keys[] = {{"form", Shape::text, {}, {}, true},
                                        {"title", Shape::map, "label", {}, true},
                                        {"about", Shape::any},
                                        {"fields", Shape::list, "field", {}, true},
                                        {"one_of", Shape::any},
                                        {"late_after_days"},
                                        {"decides_identity", Shape::any},
                                        {"tests", Shape::list, "test"}};
inline constexpr KeyRule form_label_keys[] = {{"zh", Shape::text, {}, {}, true},
                                              {"en", Shape::text, {}, {}, true}};
inline constexpr KeyRule form_field_keys[] = {{"item", Shape::text, {}, {}, true},
                                              {"label", Shape::map, "label", {}, true},
                                              {"type", Shape::text, {}, {}, true},
                                              {"required"},
                                              {"repeat"},
                                              {"min"},
                                              {"max"},
                                              {"shape"},
                                              {"coarsest"},
                                              {"ahead"},
                                              {"options", Shape::named_texts},
                                              {"table"}};
inline constexpr KeyRule form_test_keys[] = {{"name"},
                                             {"of", Shape::any},
                                             {"today"},
                                             {"values", Shape::named_texts},
                                             {"expect", Shape::any},
                                             {"facts", Shape::any},
                                             {"reject", Shape::any}};
inline constexpr NamedTable form_tables[] = {
    {"form", form_keys}, {"label", form_label_keys}, {"field", form_field_keys}, {"test", form_test_keys}};

}  // namespace kinhub
