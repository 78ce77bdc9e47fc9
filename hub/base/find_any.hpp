#pragma once
// Byte search inlined for a few bytes: std::string_view::find_first_of calls
// memchr for each byte it looks at.

#include <string_view>

namespace kinhub {

/// Index of the first of these bytes at or after `at`; npos when there is none.
template <char... wanted>
constexpr std::size_t find_any(std::string_view text, std::size_t at = 0) {
  for (; at < text.size(); ++at)
    if (((text[at] == wanted) || ...)) return at;
  return std::string_view::npos;
}

}  // namespace kinhub
