#pragma once
// Trimming of blanks, the same for whatever reads an agency's text: mappings after decoding, connectors on
// bytes.

#include <cstdint>
#include <string_view>

namespace kinhub {

/// How the blanks beyond ASCII are written: the ideographic space U+3000 and the no-break space U+00A0.
enum class BlankCoding : std::uint8_t { utf8, gb18030 };

/// Without the blanks around it.
inline std::string_view without_blanks(std::string_view text, BlankCoding coding = BlankCoding::utf8) {
  const bool utf8 = coding == BlankCoding::utf8;
  const std::string_view ideographic = utf8 ? "\xE3\x80\x80" : "\xA1\xA1";
  const std::string_view no_break = utf8 ? "\xC2\xA0" : "\x81\x30\x84\x32";
  for (bool again = true; again;) {
    again = false;
    while (!text.empty() && (text.front() == ' ' || (text.front() >= '\t' && text.front() <= '\r')))
      text.remove_prefix(1), again = true;
    while (!text.empty() && (text.back() == ' ' || (text.back() >= '\t' && text.back() <= '\r')))
      text.remove_suffix(1), again = true;
    for (const auto wide : {ideographic, no_break}) {
      if (text.starts_with(wide)) text.remove_prefix(wide.size()), again = true;
      if (text.ends_with(wide)) text.remove_suffix(wide.size()), again = true;
    }
  }
  return text;
}

}  // namespace kinhub
