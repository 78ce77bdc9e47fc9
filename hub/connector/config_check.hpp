#pragma once
// JSON Schema validation of a connector's configuration: all errors at once, defaults filled in.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub {

struct CheckedConfig {
  std::string config;         ///< one JSON object, defaults filled in; empty when there are errors
  std::vector<Error> errors;  ///< place is the JSON pointer of the value: /base_url
};

/// Checks `config_json` (empty: {}) against the JSON Schema subset of plugin.h: type, properties, required,
/// default, enum, minimum, maximum, items, additionalProperties. A text that reads as a number or true/false
/// is taken as one where the schema wants one, because configuration files and environment variables give
/// texts. Error texts never repeat a value: it may be a secret in the wrong place.
CheckedConfig check_config(std::string_view schema_json, std::string_view config_json);

/// What of these names of secrets the schema does not know: CONFIG_UNKNOWN, place is the name. Nothing when
/// it does not list any.
std::vector<Error> check_secret_names(std::string_view schema_json, const std::vector<std::string>& names);

/// What a source needs to itself on this machine, as its schema says with `format`: "folder" of an absolute
/// folder, "port" of a TCP port on the address in `host` (any, if there is none). `used_with` names a
/// property that must be true for it to be used at all.
struct Resource {
  enum class Kind : std::uint8_t { folder, port } kind{};
  std::string setting;  ///< JSON pointer: /inbox
  std::string value;    ///< /srv/police/in; 127.0.0.1:2575
  friend bool operator==(const Resource&, const Resource&) = default;
};
/// Of a checked configuration, by setting; those of the schema's own properties, not of nested ones.
std::vector<Resource> resources_of(std::string_view schema_json, std::string_view checked_config);

/// What is wrong with the schema itself: a keyword the hub would not check is an error,
/// not a promise quietly broken.
std::vector<Error> check_schema(std::string_view schema_json);

/// All texts of a configuration, each with its JSON pointer.
std::vector<std::pair<std::string, std::string>> texts_of(std::string_view config_json);

}  // namespace kinhub
