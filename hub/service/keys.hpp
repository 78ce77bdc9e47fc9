#pragma once
// The keys of service files: `kinhub schema service` tells them to editors, and a test holds the reader to
// them.

#include "hub/base/key_table.hpp"

namespace kinhub::service {

inline constexpr KeyRule file_keys[] = {{"care", Shape::text, {}, {}, true},
                                        {"title", Shape::text, {}, {}, true},
                                        {"region", Shape::text, {}, {}, true},
                                        {"in_force", Shape::text, {}, {}, true},
                                        {"document"},
                                        {"note"},
                                        {"services", Shape::named, "service", {}, true},
                                        {"tests", Shape::list, "test"}};
inline constexpr KeyRule service_keys[] = {{"name", Shape::text, {}, {}, true},
                                           {"clause"},
                                           {"quote"},
                                           {"for"},
                                           {"when", Shape::texts},
                                           {"rule", Shape::text, {}, {}, true},
                                           {"festivals", Shape::texts},
                                           {"grace"},
                                           {"roles", Shape::texts},
                                           {"types", Shape::texts},
                                           {"other_types", Shape::texts},
                                           {"acts"},
                                           {"away"},
                                           {"by", Shape::texts},
                                           {"counts", Shape::texts},
                                           {"used"},
                                           {"from_feed"},
                                           {"lacks"}};
inline constexpr KeyRule service_test_keys[] = {{"name", Shape::text, {}, {}, true},
                                                {"service", Shape::text, {}, {}, true},
                                                {"archive", Shape::texts, {}, {}, true},
                                                {"born"},
                                                {"acts", Shape::texts},
                                                {"papers", Shape::texts},
                                                {"helpers", Shape::texts},
                                                {"deaths", Shape::texts},
                                                {"period", Shape::text, {}, {}, true},
                                                {"on"},
                                                {"owed", Shape::text, {}, {}, true},
                                                {"met", Shape::text, {}, {}, true},
                                                {"overdue"}};
inline constexpr NamedTable service_tables[] = {
    {"file", file_keys}, {"service", service_keys}, {"test", service_test_keys}};

}  // namespace kinhub::service
