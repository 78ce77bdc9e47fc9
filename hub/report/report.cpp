#include "hub/report/report.hpp"

#include <algorithm>
#include <cassert>

namespace kinhub::report {

std::size_t Table::index_of(std::string_view column) const {
  const auto found =
      std::find_if(columns.begin(), columns.end(), [&](const Column& one) { return one.id == column; });
  assert(found != columns.end() && "a column of this table");
  return static_cast<std::size_t>(found - columns.begin());
}

const Cell& Table::at(std::size_t row, std::string_view column) const {
  return rows.at(row).cells.at(index_of(column));
}

std::int64_t Table::number(std::size_t row, std::string_view column) const {
  const auto* value = std::get_if<std::int64_t>(&at(row, column));
  return value ? *value : 0;
}

const Row* Table::find(std::string_view unit) const {
  for (const auto& row : rows)
    if (const auto* text = row.cells.empty() ? nullptr : std::get_if<std::string>(&row.cells.front());
        text && *text == unit)
      return &row;
  return nullptr;
}

bool Report::red() const {
  return std::any_of(checks.begin(), checks.end(),
                     [](const Check& one) { return one.state == Check::State::red; });
}

}  // namespace kinhub::report
