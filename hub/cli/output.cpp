#include "hub/cli/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <ostream>

#include "hub/base/date.hpp"
#include "hub/base/mask.hpp"

namespace kinhub::cli {
namespace {

constexpr char32_t broken = 0xFFFD;
constexpr std::int64_t us_per_s = 1'000'000, us_per_hour = 3600 * us_per_s, us_per_day = 24 * us_per_hour;
constexpr std::int64_t shanghai_offset_us = 8 * us_per_hour;

struct Character {
  char32_t code;
  std::size_t size;  ///< bytes it took; 1 for a byte that begins no character
};

/// REQUIRES: text not empty.
Character first_character(std::string_view text) {
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

Table::Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}

void Table::add(std::vector<std::string> cells) {
  assert(cells.size() == headings_.size());
  for (auto& cell : cells)
    cell = printable(cell);
  rows_.push_back(std::move(cells));
}

void Table::print(std::ostream& out) const {
  std::vector<std::size_t> widths;
  for (const auto& heading : headings_)
    widths.push_back(display_width(heading));
  for (const auto& row : rows_)
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], display_width(row[i]));
  auto print_row = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line.append(widths[i] - display_width(row[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out << line << '\n';
  };
  print_row(headings_);
  for (const auto& row : rows_)
    print_row(row);
}

std::string yuan(std::int64_t fen) {
  auto whole = fen / 100, rest = fen % 100 < 0 ? -(fen % 100) : fen % 100;
  if (rest == 0) return std::to_string(whole);
  return fmt::format("{}{}.{:02}", fen < 0 && whole == 0 ? "-" : "", whole, rest);
}

namespace {
std::string time_text(std::int64_t utc_us, std::string_view between) {
  auto day = shanghai_date(utc_us);
  auto seconds = (utc_us + shanghai_offset_us - day.days() * us_per_day) / us_per_s;
  return fmt::format("{}{}{:02}:{:02}:{:02}", day.text(), between, seconds / 3600, seconds / 60 % 60,
                     seconds % 60);
}
}  // namespace

std::string shanghai_time(std::int64_t utc_us) {
  return time_text(utc_us, " ");
}
std::string iso_time(std::int64_t utc_us) {
  return time_text(utc_us, "T") + "+08:00";
}

Result<std::int64_t> read_time(std::string_view text) {
  Error refused{
      "TIME",
      "'" + printable(text.substr(0, 40)) + "' is no time: write 2026-11-18 or 2026-11-18T09:30:05+08:00",
      ""};
  auto day = Date::parse(text.substr(0, 10));
  if (!day) return refused;
  auto start = day->days() * us_per_day - shanghai_offset_us;
  auto rest = text.substr(10);
  if (rest.empty()) return start;
  constexpr std::string_view form = "T00:00:00+08:00";
  if (rest.size() != form.size()) return refused;
  for (std::size_t i = 0; i < form.size(); ++i) {
    bool digit = rest[i] >= '0' && rest[i] <= '9';
    if (i < 9 && form[i] == '0' ? !digit : rest[i] != form[i]) return refused;
  }
  auto two = [&](std::size_t at) { return (rest[at] - '0') * 10 + (rest[at + 1] - '0'); };
  if (two(1) > 23 || two(4) > 59 || two(7) > 59) return refused;
  return start + (two(1) * 3600 + two(4) * 60 + two(7)) * us_per_s;
}

void print_errors(std::ostream& err, const std::vector<Error>& errors) {
  for (const auto& error : errors)
    err << printable(mask_numbers_in(describe(error))) << '\n';
}

void Progress::show(std::string_view line) {
  if (terminal_ == Terminal::no) return;
  err_ << "\r\x1b[K" << printable(line) << std::flush;
  shown_ = true;
}

void Progress::clear() {
  if (shown_) err_ << "\r\x1b[K" << std::flush;
  shown_ = false;
}

}  // namespace kinhub::cli
