#pragma once
// Text on a terminal: how wide it is there, and without what could steer it.

#include <cstddef>
#include <string>
#include <string_view>

namespace kinhub {

/// Columns a text takes on a terminal: Chinese characters two, combining ones none. Broken UTF-8 counts a
/// byte as one.
std::size_t display_width(std::string_view text);

/// The text without control characters (escape sequences, changes of direction): each becomes U+FFFD. What
/// agencies sent is not to be trusted.
std::string printable(std::string_view text);

}  // namespace kinhub
