#pragma once
// Bodies of requests: one flat JSON object, each member known, none twice. Limits are those of what comes
// from outside: depth, sizes, counts.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub::api {

class Body {
 public:
  /// Errors: MALFORMED: no JSON, deeper than 32, a member twice; INVALID: no object, or a member that is not
  /// one of `known`. The place is a JSON pointer.
  static Result<Body> read(std::string_view text, std::initializer_list<std::string_view> known);

  bool has(const std::string& name) const { return members_.contains(name); }
  /// A text of at most so many characters, not blank. Errors: INVALID.
  Result<std::string> text(const std::string& name, std::size_t characters_max) const;
  /// The same; nothing: it is absent or null.
  Result<std::optional<std::string>> text_if(const std::string& name, std::size_t characters_max) const;
  Result<std::vector<std::string>> texts(const std::string& name, std::size_t count_max,
                                         std::size_t characters_max) const;
  Result<bool> flag(const std::string& name) const;

 private:
  struct Other {};
  using Value = std::variant<std::nullptr_t, bool, std::string, std::vector<std::string>, Other>;
  std::map<std::string, Value> members_;
};

}  // namespace kinhub::api
