#pragma once
// Trimming of blanks, the same for whatever reads an agency's text: mappings after decoding, connectors on
// bytes.

#include <cstdint>
#include <string_view>

namespace kinhub {

/// How the blanks beyond ASCII are written: the ideographic space U+3000, the no-break space U+00A0, and
/// those without width, U+200B and the mark U+FEFF.
enum class BlankCoding : std::uint8_t { utf8, gb18030 };

/// Without the blanks around it.
inline std::string_view without_blanks(std::string_view text, BlankCoding coding = BlankCoding::utf8) {
  constexpr std::string_view in_utf8[] = {"\xE3\x80\x80", "\xC2\xA0", "\xE2\x80\x8B", "\xEF\xBB\xBF"};
  constexpr std::string_view in_gb18030[] = {"\xA1\xA1", "\x81\x30\x84\x32", "\x81\x36\xA4\x37",
                                             "\x84\x31\x95\x33"};
  const bool utf8 = coding == BlankCoding::utf8;
  const auto is_blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  const auto beyond_ascii = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  for (;;) {
    while (!text.empty() && is_blank(text.front()))
      text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back()))
      text.remove_suffix(1);
    // Four bytes of GB18030 end in a digit.
    if (text.empty() || (utf8 && !beyond_ascii(text.front()) && !beyond_ascii(text.back()))) return text;
    const auto size = text.size();
    for (const auto wide : utf8 ? in_utf8 : in_gb18030) {
      if (text.empty()) break;
      if (text.front() == wide.front() && text.starts_with(wide)) text.remove_prefix(wide.size());
      if (!text.empty() && text.back() == wide.back() && text.ends_with(wide))
        text.remove_suffix(wide.size());
    }
    if (text.size() == size) return text;
  }
}

}  // namespace kinhub
