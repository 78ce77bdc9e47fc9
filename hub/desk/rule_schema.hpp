#pragma once
// JSON Schema of rule files, for editors: made from the tables of keys that the readers take.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kinhub {

/// policy, mapping, vocabulary, form, service.
const std::vector<std::string>& rule_schema_kinds();
/// The schema of one kind (draft 2020-12), one JSON document; nothing: there is no such kind.
std::optional<std::string> rule_schema(std::string_view kind);

}  // namespace kinhub
