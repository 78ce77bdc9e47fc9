#include "hub/report/issue.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "hub/base/bytes.hpp"

namespace kinhub::report {
namespace {

constexpr std::uint64_t form = 1;
constexpr std::string_view service_column = "服务";

using Line = std::vector<std::string>;

/// The lines of a CSV as to_csv() writes it; an empty line is an empty list.
std::vector<Line> lines_of(std::string_view csv) {
  std::vector<Line> lines;
  Line line;
  std::string cell;
  bool quoted = false, any = false;
  const auto end_cell = [&] { line.push_back(std::move(cell)), cell.clear(); };
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (quoted) {
      if (c == '"' && i + 1 < csv.size() && csv[i + 1] == '"')
        cell += c, ++i;
      else if (c == '"')
        quoted = false;
      else
        cell += c;
    } else if (c == '"') {
      quoted = any = true;
    } else if (c == ',') {
      end_cell(), any = true;
    } else if (c == '\r' && i + 1 < csv.size() && csv[i + 1] == '\n') {
      ++i;
      if (any || !cell.empty()) end_cell();
      lines.push_back(std::move(line)), line.clear(), any = false;
    } else {
      cell += c, any = true;
    }
  }
  return lines;
}

/// Cells of a report by table, row and column, in their order.
struct Cells {
  using Key = std::pair<std::string, std::string>;  // row, column
  std::vector<std::string> tables;
  std::map<std::string, std::vector<std::pair<Key, std::string>>, std::less<>> of;
};

Cells cells_of(std::string_view csv) {
  Cells cells;
  const auto lines = lines_of(csv);
  for (std::size_t at = 0; at + 2 < lines.size(); ++at) {
    // A table stands behind an empty line: its title, its headings, its rows.
    if (!lines[at].empty() || lines[at + 1].size() != 1) continue;
    const auto& title = lines[at + 1].front();
    const auto& headings = lines[at + 2];
    const bool by_service = headings.size() > 1 && headings[1] == service_column;
    cells.tables.push_back(title);
    auto& table = cells.of[title];
    for (auto row = at + 3; row < lines.size() && !lines[row].empty(); ++row) {
      const auto& line = lines[row];
      const auto name = by_service && line.size() > 1 ? line[0] + " " + line[1] : line[0];
      for (std::size_t i = by_service ? 2 : 1; i < line.size() && i < headings.size(); ++i)
        table.push_back({{name, headings[i]}, line[i]});
    }
  }
  return cells;
}

}  // namespace

std::string to_bytes(const Issued& issued) {
  Packer out;
  out.number(form), out.signed_number(issued.version);
  out.signed_number(issued.issued_at_us), out.signed_number(issued.known_at_us);
  for (const auto* text : {&issued.by, &issued.reason, &issued.policies, &issued.digest, &issued.csv})
    out.text(*text);
  return out.take();
}

Issued issued_from(std::string_view bytes) {
  Unpacker in(bytes);
  if (in.number() != form) throw std::runtime_error("an issued report of a newer form: a newer hub keeps it");
  Issued issued;
  issued.version = in.signed_number();
  issued.issued_at_us = in.signed_number(), issued.known_at_us = in.signed_number();
  for (auto* text : {&issued.by, &issued.reason, &issued.policies, &issued.digest, &issued.csv})
    *text = in.text();
  return issued;
}

std::string issue_name(std::string_view report, std::string_view region, const service::Period& period) {
  return "issued " + std::string(report) + " " + std::string(region) + " " + period.text();
}

std::vector<Difference> differences(std::string_view before_csv, std::string_view after_csv) {
  const auto before = cells_of(before_csv), after = cells_of(after_csv);
  std::vector<Difference> found;
  auto tables = before.tables;
  for (const auto& table : after.tables)
    if (std::find(tables.begin(), tables.end(), table) == tables.end()) tables.push_back(table);
  for (const auto& table : tables) {
    std::map<Cells::Key, std::string> left, right;
    std::vector<Cells::Key> order;
    if (const auto of = before.of.find(table); of != before.of.end())
      for (const auto& [key, text] : of->second)
        if (left.emplace(key, text).second) order.push_back(key);
    if (const auto of = after.of.find(table); of != after.of.end())
      for (const auto& [key, text] : of->second)
        if (right.emplace(key, text).second && !left.contains(key)) order.push_back(key);
    for (const auto& key : order) {
      const auto was = left.contains(key) ? left.at(key) : std::string();
      const auto is = right.contains(key) ? right.at(key) : std::string();
      if (was != is) found.push_back({table, key.first, key.second, was, is});
    }
  }
  return found;
}

}  // namespace kinhub::report
