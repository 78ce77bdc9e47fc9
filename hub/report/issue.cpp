#include "hub/report/issue.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "hub/base/bytes.hpp"
#include "hub/report/write.hpp"

namespace kinhub::report {
namespace {

constexpr std::uint64_t form = 2;
constexpr std::string_view serial_column = "serial";

// ---- Stored form. Numbers of the alternatives of Cell are stored: they stay.

void pack(Packer& out, const Cell& cell) {
  out.number(cell.index());
  struct Writer {
    Packer& out;
    void operator()(std::monostate) const {}
    void operator()(NotConnected) const {}
    void operator()(std::int64_t number) const { out.signed_number(number); }
    void operator()(const std::string& text) const { out.text(text); }
    void operator()(const service::Rate& rate) const {
      out.signed_number(rate.num), out.signed_number(rate.den);
    }
    void operator()(Money money) const { out.signed_number(money.fen); }
    void operator()(Date day) const { out.signed_number(day.days()); }
  };
  std::visit(Writer{out}, cell);
}

Cell unpack_cell(Unpacker& in) {
  switch (in.number()) {
    case 0:
      return std::monostate();
    case 1:
      return NotConnected();
    case 2:
      return in.signed_number();
    case 3:
      return std::string(in.text());
    case 4: {
      service::Rate rate;
      rate.num = in.signed_number(), rate.den = in.signed_number();
      return rate;
    }
    case 5:
      return Money{in.signed_number()};
    case 6:
      return Date::from_days(static_cast<int>(in.signed_number()));
    default:
      throw std::runtime_error("an issued report of a newer form: a newer hub keeps it");
  }
}
static_assert(std::variant_size_v<Cell> == 7);

template <class All, class One>
void pack_all(Packer& out, const All& all, const One& one) {
  out.number(all.size());
  for (const auto& each : all)
    one(each);
}
template <class Value, class One>
std::vector<Value> unpack_all(Unpacker& in, const One& one) {
  std::vector<Value> all;
  for (auto left = in.number(); left > 0; --left)
    all.push_back(one());
  return all;
}

void pack(Packer& out, const Table& table) {
  out.text(table.id), out.text(table.title);
  pack_all(out, table.columns, [&](const Column& column) {
    out.text(column.id), out.text(column.title), out.text(column.group);
    out.number(static_cast<std::uint64_t>(column.privacy));
  });
  pack_all(out, table.rows, [&](const Row& row) {
    out.number(row.total ? 1 : 0), out.text(row.person);
    pack_all(out, row.cells, [&](const Cell& cell) { pack(out, cell); });
  });
}
Table unpack_table(Unpacker& in) {
  Table table;
  table.id = in.text(), table.title = in.text();
  table.columns = unpack_all<Column>(in, [&] {
    Column column;
    column.id = in.text(), column.title = in.text(), column.group = in.text();
    column.privacy = static_cast<Privacy>(in.number());
    return column;
  });
  table.rows = unpack_all<Row>(in, [&] {
    Row row;
    row.total = in.number() != 0, row.person = in.text();
    row.cells = unpack_all<Cell>(in, [&] { return unpack_cell(in); });
    return row;
  });
  return table;
}

void pack(Packer& out, const Report& report) {
  out.text(report.name), out.text(report.title);
  out.text(report.question.region), out.text(report.question.period.text());
  out.signed_number(report.question.known_at_us), out.signed_number(report.question.opening_at_us);
  out.number(static_cast<std::uint64_t>(report.question.audience));
  pack_all(out, report.tables, [&](const Table& table) { pack(out, table); });
  pack_all(out, report.checks, [&](const Check& check) {
    out.number(static_cast<std::uint64_t>(check.state)), out.text(check.id), out.text(check.text);
  });
  pack_all(out, report.notes, [&](const std::string& note) { out.text(note); });
}
Report unpack_report(Unpacker& in) {
  Report report;
  report.name = in.text(), report.title = in.text();
  report.question.region = in.text();
  auto period = service::Period::read(in.text());
  if (!period) throw std::runtime_error("an issued report of no period");
  report.question.period = *period;
  report.question.known_at_us = in.signed_number(), report.question.opening_at_us = in.signed_number();
  report.question.audience = static_cast<Audience>(in.number());
  report.tables = unpack_all<Table>(in, [&] { return unpack_table(in); });
  report.checks = unpack_all<Check>(in, [&] {
    Check check;
    check.state = static_cast<Check::State>(in.number()), check.id = in.text(), check.text = in.text();
    return check;
  });
  report.notes = unpack_all<std::string>(in, [&] { return std::string(in.text()); });
  return report;
}

// ---- Comparison.

std::string heading(const Column& column) {
  return column.group.empty() ? column.title : column.group + " " + column.title;
}

/// Whether a column says which row it is, and nothing else.
bool names_row(const Column& column) {
  return column.id == "unit" || column.id == "service";
}

/// Name of a row that stays its own in every version.
std::string name_of(const Table& table, const Row& row) {
  if (!row.person.empty()) return row.person;
  std::string name;
  for (std::size_t i = 0; i < table.columns.size() && names_row(table.columns[i]); ++i)
    name += (name.empty() ? "" : " ") + text_of(row.cells[i]);
  return name;
}

/// Cells of a table by row and column, in their order.
struct Cells {
  using Key = std::pair<std::string, std::string>;
  struct Said {
    std::string text;
    Privacy privacy;
  };
  std::map<Key, Said> said;
  std::vector<Key> order;
};
Cells cells_of(const Table* table) {
  Cells cells;
  if (!table) return cells;
  for (const auto& row : table->rows) {
    const auto name = name_of(*table, row);
    for (std::size_t i = 0; i < row.cells.size(); ++i) {
      const auto& column = table->columns[i];
      if (column.id == serial_column || (row.person.empty() && names_row(column))) continue;
      Cells::Key key{name, heading(column)};
      if (cells.said.emplace(key, Cells::Said{text_of(row.cells[i]), column.privacy}).second)
        cells.order.push_back(std::move(key));
    }
  }
  return cells;
}

const Table* table_of(const Report& report, const std::string& id) {
  const auto found =
      std::find_if(report.tables.begin(), report.tables.end(), [&](const auto& one) { return one.id == id; });
  return found == report.tables.end() ? nullptr : &*found;
}

}  // namespace

std::string Series::text() const {
  return (audience == Audience::open ? std::string(public_prefix) : std::string()) + report + "." + region +
         "." + period.text();
}

std::optional<Series> Series::read(std::string_view text) {
  Series series;
  if (text.starts_with(public_prefix)) {
    series.audience = Audience::open;
    text.remove_prefix(public_prefix.size());
  }
  const auto first = text.find('.'), second = text.find('.', first == text.npos ? first : first + 1);
  if (first == text.npos || second == text.npos) return std::nullopt;
  series.report = text.substr(0, first), series.region = text.substr(first + 1, second - first - 1);
  auto period = service::Period::read(text.substr(second + 1));
  if (!period || series.report.empty() || series.region.empty()) return std::nullopt;
  series.period = *period;
  return series;
}

std::string to_bytes(const Issued& issued) {
  Packer out;
  out.number(form), out.signed_number(issued.version), out.signed_number(issued.issued_at_us);
  for (const auto* text : {&issued.by, &issued.reason, &issued.policies, &issued.digest})
    out.text(*text);
  out.number(issued.what ? 1 : 0);
  if (issued.what) pack(out, *issued.what);
  return out.take();
}

Issued issued_from(std::string_view bytes) {
  Unpacker in(bytes);
  if (in.number() != form) throw std::runtime_error("an issued report of a newer form: a newer hub keeps it");
  Issued issued;
  issued.version = in.signed_number(), issued.issued_at_us = in.signed_number();
  for (auto* text : {&issued.by, &issued.reason, &issued.policies, &issued.digest})
    *text = in.text();
  if (in.number() != 0) issued.what = unpack_report(in);
  return issued;
}

std::vector<Difference> differences(const Report& before, const Report& after) {
  std::vector<std::pair<std::string, std::string>> tables;  // id, title
  for (const auto* report : {&before, &after})
    for (const auto& table : report->tables)
      if (std::none_of(tables.begin(), tables.end(), [&](const auto& one) { return one.first == table.id; }))
        tables.emplace_back(table.id, table.title);
  std::vector<Difference> found;
  for (const auto& [id, title] : tables) {
    auto left = cells_of(table_of(before, id)), right = cells_of(table_of(after, id));
    auto order = left.order;
    for (const auto& key : right.order)
      if (!left.said.contains(key)) order.push_back(key);
    for (const auto& key : order) {
      const auto was = left.said.find(key), is = right.said.find(key);
      const auto text = [](const auto& at, const auto& end) {
        return at == end ? std::string() : at->second.text;
      };
      const auto said_then = text(was, left.said.end()), said_now = text(is, right.said.end());
      const auto privacy = is == right.said.end() ? was->second.privacy : is->second.privacy;
      if (said_then != said_now)
        found.push_back({title, key.first, key.second, said_then, said_now, privacy});
    }
  }
  return found;
}

}  // namespace kinhub::report
