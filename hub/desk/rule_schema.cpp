#include "hub/desk/rule_schema.hpp"

#include <nlohmann/json.hpp>

#include "hub/care/keys.hpp"
#include "hub/mapping/keys.hpp"
#include "hub/policy/keys.hpp"
#include "hub/policy/vocabulary.hpp"
#include "hub/service/keys.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::ordered_json;

/// YAML readers of editors make numbers and truth values of what is text to us.
Json scalar() {
  return {{"type", {"string", "number", "boolean", "null"}}};
}
Json either(Json one, Json other) {
  return {{"anyOf", {std::move(one), std::move(other)}}};
}
Json list_of(Json items) {
  return {{"type", "array"}, {"items", std::move(items)}};
}
Json named(Json values) {
  return {{"type", "object"}, {"minProperties", 1}, {"additionalProperties", std::move(values)}};
}
Json reference(std::string_view table) {
  return {{"$ref", "#/$defs/" + std::string(table)}};
}

Json value_of(const KeyRule& rule) {
  switch (rule.shape) {
    case Shape::text:
      return scalar();
    case Shape::texts:
      return either(scalar(), list_of(scalar()));
    case Shape::map:
      return reference(rule.of);
    case Shape::list:
      return list_of(reference(rule.of));
    case Shape::named:
      return named(reference(rule.of));
    case Shape::named_texts:
      return {{"type", "object"}, {"additionalProperties", either(scalar(), list_of(scalar()))}};
    case Shape::text_or_map:
      return either(scalar(), reference(rule.of));
    case Shape::text_or_list:
      return either(scalar(), list_of(reference(rule.of)));
    case Shape::named_any:
      return named(Json::object());
    case Shape::any:
      return rule.of.empty() ? Json::object() : reference(std::string(rule.of) + " tree");
  }
  return Json::object();
}

Json table_schema(KeyTable table) {
  auto properties = Json::object();
  auto needed = Json::array();
  for (const auto& rule : table) {
    for (const auto name : {rule.key, rule.alias})
      if (!name.empty()) properties[std::string(name)] = value_of(rule);
    if (!rule.required) continue;
    auto names = Json::array({Json{{"required", {rule.key}}}});
    if (!rule.alias.empty()) names.push_back(Json{{"required", {rule.alias}}});
    needed.push_back({{"anyOf", std::move(names)}});
  }
  Json schema{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!needed.empty()) schema["allOf"] = std::move(needed);
  return schema;
}

Json file_schema(std::string_view kind, std::span<const NamedTable> tables) {
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
              {"title", "Kinhub: a " + std::string(kind) + " file"}};
  auto definitions = Json::object();
  for (const auto& table : tables)
    definitions[std::string(table.name)] = table_schema(table.keys);
  schema["$ref"] = "#/$defs/" + std::string(tables.front().name);
  schema["$defs"] = std::move(definitions);
  return schema;
}

Json policy_schema() {
  auto schema = file_schema("policy", policy::policy_tables);
  auto& definitions = schema["$defs"];
  definitions["test"]["patternProperties"]["^then on "] = scalar();
  // A condition is a phrase, a list of which all hold, or a map of all, any, not, unless.
  definitions["condition tree"] = {
      {"anyOf", {scalar(), list_of(reference("condition tree")), reference("condition")}}};
  return schema;
}

Json vocabulary_schema() {
  auto schema = file_schema("vocabulary", policy::vocabulary_tables);
  auto& word = schema["$defs"]["word"];
  for (const auto& [english, chinese] : policy::form_aliases())
    for (const auto name : {english, chinese})
      word["properties"][std::string(name)] = Json::object();
  word["minProperties"] = 1;
  return schema;
}

}  // namespace

const std::vector<std::string>& rule_schema_kinds() {
  static const std::vector<std::string> kinds{"policy", "mapping", "vocabulary", "form", "service"};
  return kinds;
}

std::optional<std::string> rule_schema(std::string_view kind) {
  Json schema;
  if (kind == "policy")
    schema = policy_schema();
  else if (kind == "mapping")
    schema = file_schema("mapping", mapping_tables);
  else if (kind == "vocabulary")
    schema = vocabulary_schema();
  else if (kind == "form")
    schema = file_schema("form", form_tables);
  else if (kind == "service")
    schema = file_schema("service", service::service_tables);
  else
    return std::nullopt;
  return schema.dump(2) + "\n";
}

}  // namespace kinhub
