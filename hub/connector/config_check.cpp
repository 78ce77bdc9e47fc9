#include "hub/connector/config_check.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "hub/base/nearest.hpp"

namespace kinhub {
namespace {

using nlohmann::json;

constexpr int depth_max = 16;
constexpr std::string_view types[] = {"object", "array", "string", "integer", "number", "boolean", "null"};
constexpr std::string_view annotations[] = {"description", "title", "examples", "$schema", "$id", "$comment"};

std::string step(const std::string& place, std::string_view name) {
  std::string next = place + "/";
  for (char c : name) {
    if (c == '~') {
      next += "~0";
    } else if (c == '/') {
      next += "~1";
    } else {
      next += c;
    }
  }
  return next;
}

/// ": is 'port' meant?", or nothing.
std::string meant(std::string_view name, const json& object) {
  std::vector<std::string> names;
  for (const auto& [known, unused] : object.items())
    names.push_back(known);
  const std::vector<std::string_view> views(names.begin(), names.end());
  const auto nearest = nearest_word(name, views);
  return nearest.empty() ? "" : ": is '" + std::string(nearest) + "' meant?";
}

std::string names_in(const json& object) {
  std::string names;
  for (const auto& [name, unused] : object.items())
    names += (names.empty() ? "" : ", ") + name;
  return names;
}

std::string root_or(const std::string& place) {
  return place.empty() ? "/" : place;
}

// ---- the schema itself

void check_schema_at(const json& schema, const std::string& place, int depth, std::vector<Error>& errors) {
  auto wrong = [&](std::string text) {
    errors.push_back({"CONFIG_SCHEMA", std::move(text), root_or(place)});
  };
  if (depth > depth_max) return wrong("the schema is nested too deep");
  if (!schema.is_object()) return wrong("a schema is an object");
  for (const auto& [key, value] : schema.items()) {
    if (std::find(std::begin(annotations), std::end(annotations), key) != std::end(annotations) ||
        key == "default")
      continue;
    if (key == "type") {
      if (!value.is_string() ||
          std::find(std::begin(types), std::end(types), value.get<std::string>()) == std::end(types))
        wrong("`type` is one of object, array, string, integer, number, boolean, null");
    } else if (key == "properties") {
      if (!value.is_object()) {
        wrong("`properties` is an object");
      } else {
        for (const auto& [name, part] : value.items())
          check_schema_at(part, step(place, name), depth + 1, errors);
      }
    } else if (key == "items") {
      check_schema_at(value, step(place, "items"), depth + 1, errors);
    } else if (key == "secrets" && depth == 0) {
      bool texts = value.is_object() &&
                   std::all_of(value.begin(), value.end(), [](const json& text) { return text.is_string(); });
      if (!texts) wrong("`secrets` is an object: name, and what the secret is as a text");
    } else if (key == "required") {
      bool names = value.is_array() &&
                   std::all_of(value.begin(), value.end(), [](const json& n) { return n.is_string(); });
      if (!names) wrong("`required` is a list of names");
    } else if (key == "enum") {
      if (!value.is_array() || value.empty()) wrong("`enum` is a list of values");
    } else if (key == "format") {
      if (value != "folder" && value != "port") wrong("`format` is folder or port");
    } else if (key == "used_with") {
      if (!value.is_string()) wrong("`used_with` is the name of a property that is true or false");
    } else if (key == "minimum" || key == "maximum") {
      if (!value.is_number()) wrong("`" + key + "` is a number");
    } else if (key == "additionalProperties") {
      if (value.is_object()) {
        check_schema_at(value, step(place, "additionalProperties"), depth + 1, errors);
      } else if (!value.is_boolean()) {
        wrong("`additionalProperties` is true, false or a schema");
      }
    } else {
      wrong("the hub does not check `" + key + "`; leave it out and check it in create()");
    }
  }
}

// ---- a value

bool is_integer(const json& value) {
  if (value.is_number_integer()) return true;
  return value.is_number_float() && std::trunc(value.get<double>()) == value.get<double>();
}

bool has_type(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "integer") return is_integer(value);
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  return value.is_null();
}

// "8080" where a number is wanted is 8080.
void take_text_as(json& value, const std::string& type) {
  if (!value.is_string()) return;
  const auto& text = value.get_ref<const std::string&>();
  const char *begin = text.data(), *end = begin + text.size();
  if (type == "boolean") {
    if (text == "true" || text == "false") value = text == "true";
  } else if (type == "integer") {
    std::int64_t number = 0;
    auto [stop, error] = std::from_chars(begin, end, number);
    if (error == std::errc{} && stop == end && !text.empty()) value = number;
  } else if (type == "number") {
    double number = 0;
    auto [stop, error] = std::from_chars(begin, end, number);
    if (error == std::errc{} && stop == end && !text.empty() && std::isfinite(number)) value = number;
  }
}

std::string a(const std::string& type) {
  if (type == "object") return "an object (names and values)";
  if (type == "array") return "a list";
  if (type == "string") return "a text";
  if (type == "integer") return "a whole number";
  if (type == "number") return "a number";
  if (type == "boolean") return "true or false";
  return "null";
}

void check_value(const json& schema, json& value, const std::string& place, std::vector<Error>& errors) {
  auto wrong = [&](const char* code, std::string text) {
    errors.push_back({code, std::move(text), root_or(place)});
  };
  if (auto type = schema.find("type"); type != schema.end()) {
    take_text_as(value, type->get_ref<const std::string&>());
    if (!has_type(value, type->get_ref<const std::string&>()))
      return wrong("CONFIG_TYPE", "must be " + a(type->get<std::string>()) + ", not " +
                                      a(value.is_number() ? "number" : value.type_name()));
  }
  if (auto allowed = schema.find("enum"); allowed != schema.end()) {
    if (std::find(allowed->begin(), allowed->end(), value) == allowed->end())
      wrong("CONFIG_ENUM", "must be one of " + allowed->dump());
  }
  if (value.is_number()) {
    if (auto least = schema.find("minimum"); least != schema.end() && value < *least)
      wrong("CONFIG_RANGE", "must be at least " + least->dump());
    if (auto most = schema.find("maximum"); most != schema.end() && value > *most)
      wrong("CONFIG_RANGE", "must be at most " + most->dump());
  }
  if (value.is_array()) {
    if (auto items = schema.find("items"); items != schema.end())
      for (std::size_t i = 0; i < value.size(); ++i)
        check_value(*items, value[i], step(place, std::to_string(i)), errors);
  }
  if (!value.is_object()) return;
  static const json nothing = json::object();
  auto found = schema.find("properties");
  const json& properties = found == schema.end() ? nothing : *found;
  if (auto names = schema.find("required"); names != schema.end()) {
    for (const auto& name : *names) {
      const auto& text = name.get_ref<const std::string&>();
      bool has_default = properties.contains(text) && properties[text].contains("default");
      if (value.contains(text) || has_default) continue;
      auto property = properties.find(text);
      std::string about = property == properties.end() ? "" : property->value("description", "");
      errors.push_back({"CONFIG_REQUIRED", "is missing; set it" + (about.empty() ? "" : " (" + about + ")"),
                        step(place, text)});
    }
  }
  for (const auto& [name, property] : properties.items()) {
    if (!value.contains(name) && property.contains("default")) value[name] = property["default"];
  }
  auto others = schema.find("additionalProperties");
  for (auto& [name, part] : value.items()) {
    if (auto property = properties.find(name); property != properties.end()) {
      check_value(*property, part, step(place, name), errors);
    } else if (others != schema.end() && others->is_object()) {
      check_value(*others, part, step(place, name), errors);
    } else if (others != schema.end() && others->is_boolean() && !others->get<bool>()) {
      errors.push_back(
          {"CONFIG_UNKNOWN",
           "is unknown to this connector" + meant(name, properties) + "; it knows: " + names_in(properties),
           step(place, name)});
    }
  }
}

bool nested_too_deep(std::string_view text) {
  int depth = 0;
  for (char c : text) {
    if ((c == '{' || c == '[') && ++depth > 64) return true;
    if (c == '}' || c == ']') --depth;
  }
  return false;
}

std::optional<json> parse(std::string_view text) {
  if (nested_too_deep(text)) return std::nullopt;
  auto parsed = json::parse(text, nullptr, false);
  if (parsed.is_discarded()) return std::nullopt;
  return parsed;
}

}  // namespace

std::vector<Error> check_schema(std::string_view schema_json) {
  auto schema = parse(schema_json.empty() ? "{}" : schema_json);
  if (!schema)
    return {{"CONFIG_SCHEMA", "the connector's configuration schema is not JSON; mend the connector", "/"}};
  std::vector<Error> errors;
  check_schema_at(*schema, "", 0, errors);
  return errors;
}

CheckedConfig check_config(std::string_view schema_json, std::string_view config_json) {
  CheckedConfig checked{{}, check_schema(schema_json)};
  if (!checked.errors.empty()) return checked;
  auto schema = parse(schema_json.empty() ? "{}" : schema_json);
  auto config = parse(config_json.empty() ? "{}" : config_json);
  if (!config || !config->is_object()) {
    checked.errors.push_back(
        {"CONFIG_TYPE", "the configuration of a source must be an object (names and values)", "/"});
    return checked;
  }
  check_value(*schema, *config, "", checked.errors);
  if (checked.errors.empty()) checked.config = config->dump(-1, ' ', false, json::error_handler_t::replace);
  return checked;
}

std::vector<Resource> resources_of(std::string_view schema_json, std::string_view checked_config) {
  const auto schema = parse(schema_json.empty() ? "{}" : schema_json), config = parse(checked_config);
  std::vector<Resource> resources;
  if (!schema || !config || !schema->is_object() || !config->is_object()) return resources;
  const auto properties = schema->value("properties", json::object());
  for (const auto& [name, property] : properties.items()) {
    const auto said = config->find(name);
    const auto format = property.value("format", "");
    const auto with = property.value("used_with", "");
    if (format.empty() || said == config->end() || (!with.empty() && !config->value(with, false))) continue;
    if (format == "folder" && said->is_string() && *said != "")
      resources.push_back({Resource::Kind::folder, step("", name), said->get<std::string>()});
    if (format == "port" && said->is_number_integer() && *said != 0)
      resources.push_back({Resource::Kind::port, step("", name),
                           fmt::format("{}:{}", config->value("host", ""), said->get<int>())});
  }
  return resources;
}

std::vector<Error> check_secret_names(std::string_view schema_json, const std::vector<std::string>& names) {
  auto schema = parse(schema_json.empty() ? "{}" : schema_json);
  if (!schema || !schema->is_object() || !schema->contains("secrets")) return {};
  const auto& known = (*schema)["secrets"];
  std::vector<Error> errors;
  for (const auto& name : names)
    if (!known.contains(name))
      errors.push_back({"CONFIG_UNKNOWN",
                        "this secret is unknown to the connector; it asks for: " +
                            (known.empty() ? "none" : names_in(known)),
                        name});
  return errors;
}

std::vector<std::pair<std::string, std::string>> texts_of(std::string_view config_json) {
  std::vector<std::pair<std::string, std::string>> texts;
  const auto config = parse(config_json);
  if (!config) return texts;
  const auto flat = config->flatten();
  for (const auto& [pointer, value] : flat.items())
    if (value.is_string()) texts.emplace_back(pointer, value.get<std::string>());
  return texts;
}

}  // namespace kinhub
