#pragma once
// Segmentation of HL7 v2: where a segment ends. Shared by the connector, which cuts and empties bytes, and by
// the mapping, which reads text.

#include <cstddef>
#include <string_view>

namespace kinhub {

/// Iterator over the lines of HL7 text, each with its break: CR, LF or CRLF. In a message whose MSH ends with
/// CR alone, an LF is a part of its field unless a segment or nothing follows, so that text of several lines
/// stays in its segment.
class Hl7Lines {
 public:
  explicit Hl7Lines(std::string_view text, std::size_t at = 0) : text_(text), at_(at) {}

  bool ended() const { return at_ >= text_.size(); }
  /// Where the next line begins.
  std::size_t at() const { return at_; }
  /// The next line with its break. REQUIRES: not ended().
  std::string_view next();

 private:
  std::string_view text_;
  std::size_t at_;
  bool lf_is_text_ = false;
  char separator_ = '|';
};

/// Whether the line is named as a segment is: a capital, two capitals or digits, then the separator or
/// nothing.
bool begins_hl7_segment(std::string_view line, char separator);

std::string_view without_line_break(std::string_view line);

}  // namespace kinhub
