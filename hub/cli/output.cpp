#include "hub/cli/output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <ostream>

#include "hub/base/mask.hpp"
#include "hub/base/terminal_text.hpp"

namespace kinhub::cli {

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
