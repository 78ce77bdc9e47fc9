#pragma once
// Terminal text: display width, and sanitizing of control sequences.

#include <cstddef>
#include <string>
#include <string_view>

namespace kinhub {

/// Display width in columns: Chinese characters two, combining ones none. Broken UTF-8 counts a byte as one.
std::size_t display_width(std::string_view text);

/// Sanitizes text: control characters (escape sequences, changes of direction) become U+FFFD each. What
/// agencies sent is not to be trusted.
std::string printable(std::string_view text);

}  // namespace kinhub
