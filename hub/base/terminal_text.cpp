#include "hub/base/terminal_text.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace kinhub {
namespace {

constexpr char32_t broken = 0xFFFD;
struct Character {
  char32_t code;
  std::size_t size;  ///< bytes it took; 1 for a byte that begins no character
};

/// REQUIRES: text not empty.
Character first_character(std::string_view text) {
  assert(!text.empty());
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  std::size_t size = lead >= 0xF0 && lead < 0xF5   ? 4
                     : lead >= 0xE0 && lead < 0xF0 ? 3
                     : lead >= 0xC2 && lead < 0xE0 ? 2
                                                   : 0;
  if (size == 0 || text.size() < size) return {broken, 1};
  char32_t code = lead & (0xFFU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {broken, 1};
    code = code << 6 | (byte(i) & 0x3FU);
  }
  constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
  bool surrogate = code >= 0xD800 && code < 0xE000;
  if (code < least[size] || code > 0x10FFFF || surrogate) return {broken, 1};
  return {code, size};
}

struct Range {
  char32_t first, last;
};
// East Asian Width W and F of Unicode 15, joined where what lies between is unassigned.
constexpr std::array<Range, 14> wide = {{{0x1100, 0x115F},
                                         {0x2E80, 0x303E},
                                         {0x3041, 0x33FF},
                                         {0x3400, 0x4DBF},
                                         {0x4E00, 0x9FFF},
                                         {0xA000, 0xA4CF},
                                         {0xA960, 0xA97F},
                                         {0xAC00, 0xD7A3},
                                         {0xF900, 0xFAFF},
                                         {0xFE30, 0xFE6F},
                                         {0xFF00, 0xFF60},
                                         {0xFFE0, 0xFFE6},
                                         {0x1F300, 0x1FAFF},
                                         {0x20000, 0x3FFFD}}};
constexpr std::array<Range, 5> narrow_as_nothing = {
    {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xE0100, 0xE01EF}}};

bool in(char32_t code, const auto& ranges) {
  return std::ranges::any_of(ranges, [&](Range range) { return range.first <= code && code <= range.last; });
}

bool steers_terminal(char32_t code) {
  bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
  bool turns_direction = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
  return control || turns_direction;
}

}  // namespace

std::size_t display_width(std::string_view text) {
  std::size_t width = 0;
  while (!text.empty()) {
    auto [code, size] = first_character(text);
    width += in(code, narrow_as_nothing) ? 0 : in(code, wide) ? 2 : 1;
    text.remove_prefix(size);
  }
  return width;
}

std::string printable(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    auto [code, size] = first_character(text);
    if (code == broken || steers_terminal(code)) {
      clean += "\xEF\xBF\xBD";
    } else {
      clean += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return clean;
}

}  // namespace kinhub
