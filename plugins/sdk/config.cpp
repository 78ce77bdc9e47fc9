#include "plugins/sdk/config.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "plugins/sdk/connector.hpp"

namespace kinhub::sdk {

struct Config::Object {
  nlohmann::json json;

  const nlohmann::json* find(const char* name) const {
    const auto found = json.find(name);
    return found == json.end() || found->is_null() ? nullptr : &*found;
  }
};

namespace {

[[noreturn]] void refuse(const char* name, const std::string& wanted) {
  throw Fatal("configuration: '" + std::string(name) + "' must be " + wanted);
}

}  // namespace

Config::Config(std::string_view json) : object_(std::make_unique<Object>()) {
  if (json.find_first_not_of(" \t\r\n") == std::string_view::npos) json = "{}";
  object_->json = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!object_->json.is_object()) throw Fatal("configuration: it is not a JSON object");
}

Config::~Config() = default;
Config::Config(Config&&) noexcept = default;

std::string Config::text(const char* name, std::string_view otherwise) const {
  const auto* value = object_->find(name);
  if (value == nullptr) return std::string(otherwise);
  if (!value->is_string()) refuse(name, "a text");
  return value->get<std::string>();
}

std::string Config::charset(const char* name, std::string_view otherwise) const {
  auto given = text(name, otherwise);
  std::string plain;
  for (const char c : given)
    if (c != ' ' && c != '-' && c != '_') plain += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  static constexpr std::array<std::string_view, 14> known{
      "",    "UTF8",   "UNICODEUTF8", "GB18030", "GB180302000", "GB180302005", "GB180302022",
      "GBK", "GB2312", "GB231280",    "CP936",   "EUCCN",       "ASCII",       "USASCII"};
  if (std::find(known.begin(), known.end(), plain) == known.end())
    refuse(name, "a charset that is known: UTF-8, GB18030, GBK, GB2312, ASCII");
  return given;
}

std::int64_t Config::integer(const char* name, std::int64_t otherwise, std::int64_t minimum,
                             std::int64_t maximum) const {
  const auto* value = object_->find(name);
  if (value == nullptr) return otherwise;
  const auto wanted = "a whole number from " + std::to_string(minimum) + " to " + std::to_string(maximum);
  if (!value->is_number_integer()) refuse(name, wanted);
  if (value->is_number_unsigned() && value->get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
    refuse(name, wanted);
  const auto number = value->get<std::int64_t>();
  if (number < minimum || number > maximum) refuse(name, wanted);
  return number;
}

bool Config::flag(const char* name, bool otherwise) const {
  const auto* value = object_->find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_boolean()) refuse(name, "true or false");
  return value->get<bool>();
}

std::vector<std::string> Config::texts(const char* name, std::vector<std::string> otherwise) const {
  const auto* value = object_->find(name);
  if (value == nullptr) return otherwise;
  if (!value->is_array()) refuse(name, "a list of texts");
  std::vector<std::string> all;
  for (const auto& item : *value) {
    if (!item.is_string()) refuse(name, "a list of texts");
    all.push_back(item.get<std::string>());
  }
  return all;
}

std::filesystem::path Config::folder(const char* name) const {
  std::filesystem::path path = text(name);
  if (!path.empty() && !path.is_absolute()) refuse(name, "an absolute folder name");
  return path;
}

}  // namespace kinhub::sdk
