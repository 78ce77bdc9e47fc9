#include "hub/mapping/charset.hpp"

#include <simdjson.h>
#include <unicode/ucnv.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "hub/base/han_text.hpp"

namespace kinhub {
namespace {

using Byte = unsigned char;

// Look-up tables of GB18030, filled once from ICU: afterwards no converter, no lock, no allocation.
// 0 means that the standard has no character there.
class Gb18030 {
 public:
  static constexpr std::size_t four_byte_bmp = 39420;        // 81308130 .. 8431A439
  static constexpr std::size_t supplementary_from = 189000;  // 90308130 is U+10000
  static constexpr std::size_t supplementary_until = 189000 + 0x100000;

  static const Gb18030& table() {
    static const Gb18030 only;
    return only;
  }

  std::uint32_t two(Byte lead, Byte trail) const { return two_[(lead - 0x81u) * 191u + (trail - 0x40u)]; }
  std::uint32_t four(std::size_t linear) const {
    if (linear < four_byte_bmp) return four_[linear];
    if (linear >= supplementary_from && linear < supplementary_until)
      return static_cast<std::uint32_t>(0x10000 + (linear - supplementary_from));
    return 0;
  }

 private:
  Gb18030() : two_(std::size_t{126} * 191), four_(four_byte_bmp) {
    UErrorCode status = U_ZERO_ERROR;
    auto close = [](UConverter* c) { ucnv_close(c); };
    std::unique_ptr<UConverter, decltype(close)> converter(ucnv_open("gb18030", &status), close);
    if (U_FAILURE(status)) throw std::runtime_error("ICU has no gb18030 converter: its data file is missing");
    ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
    auto point_of = [&](const char* bytes, int size) -> std::uint16_t {
      UChar units[4];
      UErrorCode error = U_ZERO_ERROR;
      ucnv_resetToUnicode(converter.get());
      auto count = ucnv_toUChars(converter.get(), units, 4, bytes, size, &error);
      return U_SUCCESS(error) && count == 1 ? units[0] : 0;
    };
    for (unsigned lead = 0x81; lead <= 0xFE; ++lead)
      for (unsigned trail = 0x40; trail <= 0xFE; ++trail) {
        if (trail == 0x7F) continue;
        const char bytes[] = {static_cast<char>(lead), static_cast<char>(trail)};
        two_[(lead - 0x81) * 191 + (trail - 0x40)] = point_of(bytes, 2);
      }
    for (unsigned linear = 0; linear < four_byte_bmp; ++linear) {
      const char bytes[] = {
          static_cast<char>(0x81 + linear / 12600), static_cast<char>(0x30 + linear / 1260 % 10),
          static_cast<char>(0x81 + linear / 10 % 126), static_cast<char>(0x30 + linear % 10)};
      four_[linear] = point_of(bytes, 4);
    }
  }

  std::vector<std::uint16_t> two_, four_;
};

Error invalid(std::size_t offset, std::string_view charset) {
  return {"CHARSET_INVALID",
          "the bytes from offset " + std::to_string(offset) + " are not " + std::string(charset) +
              ": the declared charset is wrong or the text was cut; correct the charset of the source or ask "
              "for it again",
          "byte " + std::to_string(offset)};
}

/// Where valid UTF-8 has its first three-byte character of Chinese text: ideographs and radicals, CJK
/// punctuation, full width forms. Nothing: it has none. Four bytes prove nothing: two hanzi of GB2312 can be
/// such a sequence.
std::optional<std::size_t> first_chinese(std::string_view utf8) {
  const auto at = [&](std::size_t i) { return static_cast<Byte>(utf8[i]); };
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const Byte lead = at(i);
    if (lead < 0xE2) continue;
    const bool ideograph = (lead == 0xE2 && at(i + 1) >= 0xBA) || (lead >= 0xE3 && lead <= 0xE9);
    const bool compatibility = lead == 0xEF && at(i + 1) >= 0xA4 && (at(i + 1) <= 0xAB || at(i + 1) >= 0xB8);
    if (ideograph || compatibility) return i;
  }
  return std::nullopt;
}

/// Whether the first few characters beyond ASCII are of UTF-8: a look that spares most text in GB18030 the
/// full validation.
bool begins_as_utf8(std::string_view bytes) {
  int looked_at = 0;
  for (std::size_t i = 0; i < bytes.size() && looked_at < 4; ++i) {
    const auto lead = static_cast<Byte>(bytes[i]);
    if (lead < 0x80) continue;
    const std::size_t trails = lead < 0xC2 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF5 ? 3 : 0;
    const auto rest = bytes.substr(i + 1, trails);
    if (trails == 0 || rest.size() != trails) return false;
    for (const char c : rest)
      if ((static_cast<Byte>(c) & 0xC0) != 0x80) return false;
    i += trails;
    ++looked_at;
  }
  return looked_at > 0;
}

/// Why these bytes are not taken for GB18030 although they could be: UTF-8 of Chinese text passes as GB18030
/// whenever no sequence breaks, while text in GB18030 is UTF-8 throughout only by a rare accident
/// (docs/decisions/0013-text-and-codes.md).
std::optional<Error> utf8_in_disguise(std::string_view bytes) {
  if (!begins_as_utf8(bytes) || !simdjson::validate_utf8(bytes.data(), bytes.size())) return std::nullopt;
  const auto offset = first_chinese(bytes);
  if (!offset) return std::nullopt;
  return Error{"CHARSET_INVALID",
               "the charset is declared as GB18030, but the text is UTF-8 throughout: set the charset of the "
               "source to UTF-8, or have the agency declare what it sends",
               "byte " + std::to_string(*offset)};
}

// Explicit result type, because an Error could be constructed from a string, too.
Result<std::string> whole(std::string text) {
  return {boost::system::in_place_value, std::move(text)};
}

Result<std::string> from_gb18030(std::string_view bytes) {
  const auto& table = Gb18030::table();
  std::string out;
  out.reserve(bytes.size() + bytes.size() / 2);
  const auto* at = reinterpret_cast<const Byte*>(bytes.data());
  const std::size_t size = bytes.size();
  for (std::size_t i = 0; i < size;) {
    if (at[i] < 0x80) {
      auto start = i;
      while (i < size && at[i] < 0x80)
        ++i;
      out.append(bytes.substr(start, i - start));
      continue;
    }
    std::uint32_t point = 0;
    std::size_t used = 2;
    if (at[i] >= 0x81 && at[i] <= 0xFE && i + 1 < size) {
      if (at[i + 1] >= 0x40 && at[i + 1] <= 0xFE && at[i + 1] != 0x7F) {
        point = table.two(at[i], at[i + 1]);
      } else if (i + 3 < size && at[i + 1] >= 0x30 && at[i + 1] <= 0x39 && at[i + 2] >= 0x81 &&
                 at[i + 2] <= 0xFE && at[i + 3] >= 0x30 && at[i + 3] <= 0x39) {
        point = table.four(((at[i] - 0x81u) * 10u + (at[i + 1] - 0x30u)) * 1260u + (at[i + 2] - 0x81u) * 10u +
                           (at[i + 3] - 0x30u));
        used = 4;
      }
    }
    if (point == 0) return invalid(i, "GB18030");
    append_utf8(out, used == 2 && point >= 0xE000 ? standard_place(point) : point);
    i += used;
  }
  return whole(std::move(out));
}

}  // namespace

std::optional<Charset> charset_named(std::string_view name) {
  std::string plain;
  for (char c : name) {
    if (c == ' ' || c == '-' || c == '_' || c == '\t') continue;
    plain += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  }
  struct Known {
    std::string_view name;
    Charset charset;
  };
  static constexpr Known known[] = {
      {"UTF8", Charset::utf8},           {"UNICODEUTF8", Charset::utf8},    {"GB18030", Charset::gb18030},
      {"GB180302000", Charset::gb18030}, {"GB180302005", Charset::gb18030}, {"GB180302022", Charset::gb18030},
      {"GBK", Charset::gb18030},         {"GB2312", Charset::gb18030},      {"GB231280", Charset::gb18030},
      {"CP936", Charset::gb18030},       {"EUCCN", Charset::gb18030},       {"ASCII", Charset::ascii},
      {"USASCII", Charset::ascii},
  };
  for (const auto& entry : known)
    if (entry.name == plain) return entry.charset;
  return std::nullopt;
}

bool is_ascii(std::string_view text) {
  for (char c : text)
    if (static_cast<Byte>(c) > 0x7F) return false;
  return true;
}

std::optional<std::size_t> utf8_fault(std::string_view text) {
  if (simdjson::validate_utf8(text.data(), text.size())) return std::nullopt;
  const auto* at = reinterpret_cast<const Byte*>(text.data());
  for (std::size_t i = 0; i < text.size();) {
    std::size_t used = at[i] < 0x80                    ? 1
                       : at[i] >= 0xC2 && at[i] < 0xE0 ? 2
                       : (at[i] & 0xF0) == 0xE0        ? 3
                       : at[i] >= 0xF0 && at[i] < 0xF5 ? 4
                                                       : 0;
    if (used == 0 || i + used > text.size() || !simdjson::validate_utf8(text.data() + i, used)) return i;
    i += used;
  }
  return text.size();
}

Result<std::string> to_utf8(std::string_view bytes, Charset charset) {
  switch (charset) {
    case Charset::gb18030:
      if (auto error = utf8_in_disguise(bytes)) return std::move(*error);
      return from_gb18030(bytes);
    case Charset::utf8:
      if (auto offset = utf8_fault(bytes)) return invalid(*offset, "UTF-8");
      return whole(std::string(bytes));
    case Charset::ascii:
      for (std::size_t i = 0; i < bytes.size(); ++i)
        if (static_cast<Byte>(bytes[i]) > 0x7F) return invalid(i, "ASCII");
      return whole(std::string(bytes));
  }
  return Error{"CHARSET_UNKNOWN", "this charset is not known", {}};
}

Result<std::string> from_utf8(std::string_view text, Charset charset) {
  const auto invalid = [](const std::string& why) { return Error{"CHARSET_INVALID", why, ""}; };
  if (const auto fault = utf8_fault(text)) return invalid("no UTF-8 at byte " + std::to_string(*fault));
  switch (charset) {
    case Charset::utf8:
      return Result<std::string>(boost::system::in_place_value, text);
    case Charset::ascii:
      if (!is_ascii(text)) return invalid("a character that ASCII does not have");
      return Result<std::string>(boost::system::in_place_value, text);
    case Charset::gb18030:
      break;
  }
  UErrorCode status = U_ZERO_ERROR;
  const auto close = [](UConverter* c) { ucnv_close(c); };
  const std::unique_ptr<UConverter, decltype(close)> to(ucnv_open("gb18030", &status), close);
  const std::unique_ptr<UConverter, decltype(close)> from(ucnv_open("UTF-8", &status), close);
  if (U_FAILURE(status)) throw std::runtime_error("ICU has no converter for GB18030");
  constexpr std::size_t bytes_per_byte = 2;  // four bytes at most of what UTF-8 needs two for
  std::string bytes(text.size() * bytes_per_byte + 4, '\0');
  auto* at = bytes.data();
  const auto* source = text.data();
  ucnv_convertEx(to.get(), from.get(), &at, bytes.data() + bytes.size(), &source, text.data() + text.size(),
                 nullptr, nullptr, nullptr, nullptr, true, true, &status);
  if (U_FAILURE(status)) return invalid("a text that GB18030 cannot say");
  bytes.resize(static_cast<std::size_t>(at - bytes.data()));
  return Result<std::string>(boost::system::in_place_value, std::move(bytes));
}

}  // namespace kinhub
