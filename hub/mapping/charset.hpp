#pragma once
// Strict transcoding of an agency's bytes to UTF-8, the first step of reading an event.
// Nothing is guessed or replaced.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hub/base/result.hpp"

namespace kinhub {

enum class Charset : std::uint8_t { utf8, gb18030, ascii };

/// The charset of a declared name, as XML declarations, HL7 table 0211 and dirty feeds write it: UTF-8,
/// "UNICODE UTF-8", GB18030, "GB 18030-2000", GBK, GB2312 (both read as GB18030, which contains them), ASCII.
/// Nothing for any other name, also for a bare "UNICODE": it may be two-byte text.
std::optional<Charset> charset_named(std::string_view name);

/// The same text in UTF-8, or CHARSET_INVALID with the offset of the first byte that is none. Text declared
/// as GB18030 that is UTF-8 of Chinese text throughout is CHARSET_INVALID, too. GB18030 of 2000, 2005 and
/// 2022, and GBK: characters that once stood in private use are read from either place as the character
/// itself (hub/base/han_text.hpp). Safe from any thread.
Result<std::string> to_utf8(std::string_view bytes, Charset charset);

/// The same text in another charset, for files that agencies read. Errors: CHARSET_INVALID, where it is no
/// UTF-8 or has a character that the charset has not. Safe from any thread.
Result<std::string> from_utf8(std::string_view text, Charset charset);

/// The byte offset at which `text` stops being UTF-8; nothing when it is UTF-8 throughout.
std::optional<std::size_t> utf8_fault(std::string_view text);

/// True when no byte is above 0x7F.
bool is_ascii(std::string_view text);

}  // namespace kinhub
