#include "hub/api/body.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace kinhub::api {
namespace {

using Json = nlohmann::json;

constexpr int depth_max = 32;

struct TooDeep {};
struct Twice {};

std::size_t characters_in(const std::string& utf8) {
  return static_cast<std::size_t>(std::count_if(
      utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Error invalid(const std::string& name, const std::string& wants) {
  return {"INVALID", name + ": " + wants, "/" + name};
}

bool is_blank(const std::string& text) {
  return text.find_first_not_of(" \t\r\n") == std::string::npos;
}

}  // namespace

Result<Body> Body::read(std::string_view text, std::initializer_list<std::string_view> known) {
  const Error malformed{"MALFORMED",
                        "the body is one JSON object, UTF-8, no deeper than 32, each member once", ""};
  Json json;
  std::set<std::string> seen;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth > depth_max) throw TooDeep();
    if (event == Json::parse_event_t::key && depth == 1 && !seen.insert(parsed.get<std::string>()).second)
      throw Twice();
    return true;
  };
  try {
    json = Json::parse(text, watch, /*allow_exceptions=*/false);
  } catch (const TooDeep&) {
    return malformed;
  } catch (const Twice&) {
    return malformed;
  }
  if (json.is_discarded()) return malformed;
  if (!json.is_object()) return Error{"INVALID", "the body is one JSON object", ""};
  Body body;
  for (const auto& [name, value] : json.items()) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      return Error{"INVALID", "a member is not one of this request: look at the contract", "/?"};
    if (value.is_null()) {
      body.members_.emplace(name, nullptr);
    } else if (value.is_boolean()) {
      body.members_.emplace(name, value.get<bool>());
    } else if (value.is_string()) {
      body.members_.emplace(name, value.get<std::string>());
    } else if (value.is_array() &&
               std::all_of(value.begin(), value.end(), [](const Json& one) { return one.is_string(); })) {
      body.members_.emplace(name, value.get<std::vector<std::string>>());
    } else {
      body.members_.emplace(name, Other());
    }
  }
  return body;
}

Result<std::optional<std::string>> Body::text_if(const std::string& name, std::size_t characters_max) const {
  const auto found = members_.find(name);
  if (found == members_.end() || std::holds_alternative<std::nullptr_t>(found->second))
    return std::optional<std::string>();
  const auto* text = std::get_if<std::string>(&found->second);
  if (text == nullptr) return invalid(name, "a text");
  if (text->size() > 4 * characters_max || characters_in(*text) > characters_max)
    return invalid(name, "at most " + std::to_string(characters_max) + " characters");
  return std::optional<std::string>(*text);
}

Result<std::string> Body::text(const std::string& name, std::size_t characters_max) const {
  auto found = text_if(name, characters_max);
  if (!found) return found.error();
  if (!*found || is_blank(**found)) return invalid(name, "is needed, and is not blank");
  return Result<std::string>(boost::system::in_place_value, std::move(**found));
}

Result<std::vector<std::string>> Body::texts(const std::string& name, std::size_t count_max,
                                             std::size_t characters_max) const {
  const auto found = members_.find(name);
  const auto* texts =
      found == members_.end() ? nullptr : std::get_if<std::vector<std::string>>(&found->second);
  if (texts == nullptr || texts->empty() || texts->size() > count_max)
    return invalid(name, "a list of 1 to " + std::to_string(count_max) + " texts");
  for (const auto& text : *texts)
    if (is_blank(text) || characters_in(text) > characters_max)
      return invalid(name, "each of at most " + std::to_string(characters_max) + " characters, none blank");
  return *texts;
}

Result<bool> Body::flag(const std::string& name) const {
  const auto found = members_.find(name);
  const auto* flag = found == members_.end() ? nullptr : std::get_if<bool>(&found->second);
  if (flag == nullptr) return invalid(name, "true or false");
  return *flag;
}

}  // namespace kinhub::api
