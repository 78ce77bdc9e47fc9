#include "plugins/sdk/cut.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstdint>
#include <cstring>

namespace kinhub::sdk {

std::string Cut::body(std::size_t index) const {
  assert(index < records.size());
  const auto record = records[index].bytes;
  std::string body;
  body.reserve(head.size() + record.size() + tail.size());
  return body.append(head).append(record).append(tail);
}

std::string Places::at(std::size_t offset) const {
  offset = std::min(offset, bytes_.size());
  if (offset < offset_) offset_ = 0, line_ = 1;
  const auto passed = bytes_.substr(offset_, offset - offset_);
  line_ += static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
  offset_ = offset;
  return "line " + std::to_string(line_) + ", byte " + std::to_string(offset + 1);
}

namespace {

// How many bytes the UTF-8 character at the front has, or 0 if there is none.
std::size_t utf8_length(std::string_view rest) {
  const auto at = [&](std::size_t i) { return i < rest.size() ? static_cast<unsigned char>(rest[i]) : 0U; };
  const auto trail = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned lead = at(0);
  if (lead < 0x80U) return 1;
  if (lead >= 0xC2U && lead <= 0xDFU) return trail(1) ? 2 : 0;
  if (lead >= 0xE0U && lead <= 0xEFU) {
    const bool overlong = lead == 0xE0U && at(1) < 0xA0U;
    const bool surrogate = lead == 0xEDU && at(1) > 0x9FU;
    return trail(1) && trail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xF0U && lead <= 0xF4U) {
    const bool overlong = lead == 0xF0U && at(1) < 0x90U;
    const bool beyond = lead == 0xF4U && at(1) > 0x8FU;
    return trail(1) && trail(2) && trail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

}  // namespace

std::size_t find_not_utf8(std::string_view bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    std::uint64_t word = 0;
    if (bytes.size() - i >= sizeof word) {
      std::memcpy(&word, bytes.data() + i, sizeof word);
      if ((word & 0x8080808080808080U) == 0) {
        i += sizeof word;
        continue;
      }
    }
    const auto length = utf8_length(bytes.substr(i, 4));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

std::optional<std::uint64_t> count_said(std::string_view digits) {
  std::uint64_t count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return count;
}

std::string_view skip_utf8_mark(std::string_view bytes) {
  return bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
}

std::string first_bytes_hex(std::string_view bytes, std::size_t count_max) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes.substr(0, count_max)) {
    if (!text.empty()) text += ' ';
    if (const auto byte = static_cast<unsigned char>(c); (byte >= '0' && byte <= '9') || byte >= 0x80U) {
      text += "..";
      continue;
    }
    text += digits[static_cast<unsigned char>(c) >> 4U];
    text += digits[static_cast<unsigned char>(c) & 15U];
  }
  return text;
}

}  // namespace kinhub::sdk
