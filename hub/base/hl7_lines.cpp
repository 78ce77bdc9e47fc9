#include "hub/base/hl7_lines.hpp"

#include <cassert>

#include "hub/base/find_any.hpp"

namespace kinhub {
namespace {

constexpr auto npos = std::string_view::npos;

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

}  // namespace

bool begins_hl7_segment(std::string_view line, char separator) {
  if (line.size() < 3 || !is_capital(line[0])) return false;
  for (const char c : line.substr(1, 2))
    if (!is_capital(c) && !(c >= '0' && c <= '9')) return false;
  return line.size() == 3 || line[3] == separator || line[3] == '\r' || line[3] == '\n';
}

std::string_view without_line_break(std::string_view line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n'))
    line.remove_suffix(1);
  return line;
}

std::string_view Hl7Lines::next() {
  assert(!ended());
  const auto rest = text_.substr(at_);
  auto end = find_any<'\r', '\n'>(rest);
  while (lf_is_text_ && end != npos && rest[end] == '\n') {
    const auto follows = rest.find_first_not_of("\r\n", end);
    if (follows == npos || begins_hl7_segment(rest.substr(follows), separator_)) break;
    end = find_any<'\r', '\n'>(rest, end + 1);
  }
  const auto size = end == npos ? rest.size() : end + (rest.substr(end).starts_with("\r\n") ? 2 : 1);
  const auto line = rest.substr(0, size);
  if (line.starts_with("MSH") && line.size() > 3) {
    separator_ = line[3];
    lf_is_text_ = line.back() == '\r';
  }
  at_ += size;
  return line;
}

}  // namespace kinhub
