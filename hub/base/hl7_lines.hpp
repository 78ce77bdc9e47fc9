#pragma once
// Segmentation of HL7 v2: where a segment ends. Header-only, shared by the connector, which cuts and empties
// bytes, and by the mapping, which reads text.

#include <cassert>
#include <cstddef>
#include <string_view>

#include "hub/base/find_any.hpp"

namespace kinhub {

/// Whether the line is named as a segment is: a capital, two capitals or digits, then the separator or
/// nothing.
inline bool begins_hl7_segment(std::string_view line, char separator) {
  const auto capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (line.size() < 3 || !capital(line[0])) return false;
  for (const char c : line.substr(1, 2))
    if (!capital(c) && !(c >= '0' && c <= '9')) return false;
  return line.size() == 3 || line[3] == separator || line[3] == '\r' || line[3] == '\n';
}

inline std::string_view without_line_break(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
    line.remove_suffix(1);
  return line;
}

/// Iterator over the lines of HL7 text, each with its break: CR, LF or CRLF. In a message whose MSH ends with
/// CR alone, an LF is a part of its field unless a segment or nothing follows, so that text of several lines
/// stays in its segment.
class Hl7Lines {
 public:
  explicit Hl7Lines(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  bool ended() const { return at_ >= text_.size(); }
  /// Where the next line begins.
  std::size_t at() const { return at_; }
  /// Passes over bytes that belong to no line. REQUIRES: no more than are left.
  void skip(std::size_t count) { at_ += count; }

  /// The next line with its break. REQUIRES: not ended().
  std::string_view next() {
    assert(!ended());
    const auto rest = text_.substr(at_);
    auto end = find_any<'\r', '\n'>(rest);
    while (lf_is_text_ && end != std::string_view::npos && rest[end] == '\n') {
      const auto follows = rest.find_first_not_of("\r\n", end);
      if (follows == std::string_view::npos || begins_hl7_segment(rest.substr(follows), separator_)) break;
      end = find_any<'\r', '\n'>(rest, end + 1);
    }
    const auto size =
        end == std::string_view::npos ? rest.size() : end + (rest.substr(end).starts_with("\r\n") ? 2 : 1);
    const auto line = rest.substr(0, size);
    if (line.starts_with("MSH") && line.size() > 3) {
      separator_ = line[3];
      lf_is_text_ = line.back() == '\r';
    }
    at_ += size;
    return line;
  }

 private:
  std::string_view text_;
  std::size_t at_;
  bool lf_is_text_ = false;
  char separator_ = '|';
};

}  // namespace kinhub
