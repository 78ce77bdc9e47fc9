#pragma once
// Normalisation of private-use code points in Chinese text, and detection of text that an earlier conversion
// has broken. Pure functions on UTF-8.

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>

namespace kinhub {

/// The standard place of a character that GBK and GB 18030 once had in private use (U+E76C .. U+E864: the
/// characters of A2E3, A6D9 .. A6F3, A8BC, A8BF, A989 .. A995 and FE50 .. FEA0, among them the six that moved
/// beyond U+FFFF); any other code point as it is.
std::uint32_t standard_place(std::uint32_t point);

/// True when a character of this UTF-8 text may lie in private use: cheap, and almost always false.
inline bool may_hold_private_use(std::string_view text) {
  constexpr std::uint64_t tops = 0x8080808080808080U;
  std::size_t at = 0;
  for (std::uint64_t word = 0; at + sizeof word <= text.size(); at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & tops) != 0) break;
  }
  return at < text.size() && text.find('\xEE', at) != std::string_view::npos;  // leads U+E000 .. U+EFFF
}
/// The text with every character at its standard place. User-defined characters stay as they are.
/// REQUIRES: UTF-8.
std::string standard_places(std::string_view text);

/// What shows that a conversion has lost characters of this text for good: "U+FFFD", or the sign that several
/// of them leave when they are read as GBK; nothing: no such trace.
std::optional<std::string_view> trace_of_loss(std::string_view text);

/// Appends a code point in UTF-8. REQUIRES: at most U+10FFFF.
inline void append_utf8(std::string& out, std::uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | point >> 18);
    out += static_cast<char>(0x80 | (point >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

}  // namespace kinhub
