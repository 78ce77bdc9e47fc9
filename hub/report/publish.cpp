#include "hub/report/publish.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "hub/report/reports.hpp"

namespace kinhub::report {
namespace {

constexpr std::string_view other_towns = "其他乡镇", why_hidden = "“*”为保护隐私不予公布";

/// Kinds of households, each of which is one unknown: bereaved or disabled, at or below the line of age.
enum Kind : std::size_t { bereaved_old, bereaved_young, disabled_old, disabled_young, kind_count };
using Kinds = std::array<std::int64_t, kind_count>;

/// A sum over kinds that a column prints, or that nobody prints and people work out.
struct Sum {
  std::string_view households, people;  ///< columns; empty: not printed
  std::array<bool, kind_count> of;
  std::int64_t value(const Kinds& kinds) const {
    std::int64_t sum = 0;
    for (std::size_t kind = 0; kind < kind_count; ++kind)
      sum += of[kind] ? kinds[kind] : 0;
    return sum;
  }
};
constexpr std::size_t printed_sums = 6;
constexpr std::array<Sum, 13> sums{{
    {"households", "people", {true, true, true, true}},
    {"bereaved_households", "bereaved_people", {true, true, false, false}},
    {"disabled_households", "disabled_people", {false, false, true, true}},
    {"old_households", "old_people", {true, false, true, false}},
    {"old_bereaved_households", "old_bereaved_people", {true, false, false, false}},
    {"old_disabled_households", "old_disabled_people", {false, false, true, false}},
    {"", "", {false, true, false, true}},
    {"", "", {false, true, false, false}},
    {"", "", {false, false, false, true}},
    {"", "", {true, true, true, false}},
    {"", "", {true, true, false, true}},
    {"", "", {true, false, true, true}},
    {"", "", {false, true, true, true}},
}};
/// A partition: a sum is these two.
struct Parts {
  std::size_t first, second;
};
constexpr std::array<Parts, 5> partitions{{{1, 2}, {3, 6}, {4, 5}, {4, 7}, {5, 8}}};

struct Unit {
  std::string name;
  Kinds kinds{};
  std::array<std::int64_t, printed_sums> people{};
  std::array<bool, printed_sums> hidden{};
  bool total = false;

  void add(const Unit& other) {
    for (std::size_t i = 0; i < kind_count; ++i)
      kinds[i] += other.kinds[i];
    for (std::size_t i = 0; i < printed_sums; ++i)
      people[i] += other.people[i];
  }
  std::int64_t households() const { return sums[0].value(kinds); }
};

Unit unit_of(const Table& table, std::size_t row) {
  Unit unit;
  unit.name = std::get<std::string>(table.rows[row].cells.front());
  unit.total = table.rows[row].total;
  const auto at = [&](std::size_t sum) { return table.number(row, sums[sum].households); };
  unit.kinds = {at(4), at(1) - at(4), at(5), at(2) - at(5)};
  for (std::size_t sum = 0; sum < printed_sums; ++sum)
    unit.people[sum] = table.number(row, sums[sum].people);
  return unit;
}

/// Rows of the published table: units of enough households, the others as one, the sum last.
std::vector<Unit> units_of(const Table& table, const PublishLimits& limits) {
  std::vector<Unit> units;
  Unit others, total;
  others.name = other_towns;
  bool merged = false;
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    auto unit = unit_of(table, row);
    if (unit.total)
      total = std::move(unit);
    else if (unit.households() < limits.unit || unit.name == no_town)
      others.add(unit), merged = true;
    else
      units.push_back(std::move(unit));
  }
  if (merged && (others.households() < limits.unit || units.empty()))
    units.clear();
  else if (merged)
    units.push_back(std::move(others));
  units.push_back(std::move(total));
  return units;
}

// ---- Which figures follow from which: linear algebra over a prime field. The coefficients are 0 and 1.

constexpr std::uint64_t prime = 2'147'483'647;
using Vector = std::vector<std::uint64_t>;

std::uint64_t inverse(std::uint64_t value) {
  std::uint64_t result = 1;
  for (auto power = prime - 2; power > 0; power >>= 1, value = value * value % prime)
    if (power & 1) result = result * value % prime;
  return result;
}

/// The span of what is printed, in echelon form.
class Span {
 public:
  void add(Vector vector) {
    reduce(vector);
    const auto lead = lead_of(vector);
    if (lead == vector.size()) return;
    const auto scale = inverse(vector[lead]);
    for (auto& value : vector)
      value = value * scale % prime;
    rows_.emplace(lead, std::move(vector));
  }
  bool holds(Vector vector) const {
    reduce(vector);
    return lead_of(vector) == vector.size();
  }

 private:
  static std::size_t lead_of(const Vector& vector) {
    return static_cast<std::size_t>(
        std::find_if(vector.begin(), vector.end(), [](auto v) { return v != 0; }) - vector.begin());
  }
  void reduce(Vector& vector) const {
    for (const auto& [lead, row] : rows_)
      if (const auto times = vector[lead]; times != 0)
        for (std::size_t i = lead; i < vector.size(); ++i)
          vector[i] = (vector[i] + (prime - times) * row[i]) % prime;
  }
  std::map<std::size_t, Vector> rows_;  ///< by their first column
};

/// The public table while it is made: units, of which the last is the sum of the others, or stands alone.
class Cover {
 public:
  Cover(std::vector<Unit> units, const PublishLimits& limits) : units_(std::move(units)), limits_(limits) {}

  std::vector<Unit> hide() {
    // A sum that is small itself leaves nothing that could be said.
    if (small(units_.back().households())) units_.back().hidden.fill(true);
    for (auto& unit : units_)
      hide_parts(unit);
    hide_second_of_column();
    while (const auto found = disclosed())
      hide_next(*found);
    return std::move(units_);
  }

 private:
  bool small(std::int64_t households) const { return households > 0 && households < limits_.cell; }

  /// Two parts of a sum, of which one is small: both are hidden, as far as they are printed.
  void hide_parts(Unit& unit) const {
    for (const auto& parts : partitions) {
      if (!small(sums[parts.first].value(unit.kinds)) && !small(sums[parts.second].value(unit.kinds)))
        continue;
      for (const auto part : {parts.first, parts.second})
        if (part < printed_sums) unit.hidden[part] = true;
    }
  }
  /// A column with one hidden figure would give it away by its sum: the next smallest is hidden too.
  void hide_second_of_column() {
    if (units_.size() < 2) return;
    for (std::size_t sum = 0; sum < printed_sums; ++sum) {
      Unit* next = nullptr;
      int hidden = 0;
      for (auto& unit : units_) {
        if (unit.hidden[sum])
          ++hidden;
        else if (!unit.total && (!next || sums[sum].value(unit.kinds) < sums[sum].value(next->kinds)))
          next = &unit;
      }
      if (hidden == 1 && next && !units_.back().hidden[sum]) next->hidden[sum] = true;
    }
  }

  /// A sum as a vector over the kinds of all units but the last.
  Vector vector_of(std::size_t unit, std::size_t sum) const {
    const auto bases = std::max<std::size_t>(units_.size() - 1, 1);
    Vector vector(bases * kind_count, 0);
    for (std::size_t base = 0; base < bases; ++base)
      if (base == unit || unit + 1 == units_.size())
        for (std::size_t kind = 0; kind < kind_count; ++kind)
          vector[base * kind_count + kind] = sums[sum].of[kind] ? 1 : 0;
    return vector;
  }
  /// The unit of a small figure that follows from what is printed.
  std::optional<std::size_t> disclosed() const {
    Span span;
    for (std::size_t unit = 0; unit < units_.size(); ++unit)
      for (std::size_t sum = 0; sum < printed_sums; ++sum)
        if (!units_[unit].hidden[sum]) span.add(vector_of(unit, sum));
    for (std::size_t unit = 0; unit < units_.size(); ++unit)
      for (std::size_t sum = 0; sum < sums.size(); ++sum)
        if (small(sums[sum].value(units_[unit].kinds)) && span.holds(vector_of(unit, sum))) return unit;
    return std::nullopt;
  }
  /// Hides the smallest figure that its row still shows; when it shows none, that of the other rows.
  void hide_next(std::size_t of) {
    Unit* where = nullptr;
    std::size_t which = 0;
    const auto look = [&](Unit& unit) {
      for (std::size_t sum = printed_sums; sum-- > 0;)
        if (!unit.hidden[sum] && (!where || sums[sum].value(unit.kinds) < sums[which].value(where->kinds)))
          where = &unit, which = sum;
    };
    look(units_[of]);
    if (!where)
      for (auto& unit : units_)
        look(unit);
    where->hidden[which] = true;  // something is printed, or nothing would follow from it
  }

  std::vector<Unit> units_;
  const PublishLimits limits_;
};

}  // namespace

Result<Report> published(const Report& report, const PublishLimits& limits) {
  if (report.name != "basic-statistics" || report.tables.size() != 1)
    return Error{"NOT_PUBLIC",
                 "only basic-statistics has a public form: movements, lists, worklists and causes are never "
                 "published",
                 report.name};
  const auto& full = report.tables.front();
  Report open = report;
  open.question.audience = Audience::open;
  open.checks.clear();  // they name archives
  open.notes.clear();
  auto& table = open.tables.front();
  std::erase_if(table.columns, [](const Column& column) { return column.id.starts_with("possible_"); });
  table.rows.clear();
  bool any = false;
  for (const auto& unit : Cover(units_of(full, limits), limits).hide()) {
    Row row;
    row.total = unit.total;
    row.cells.emplace_back(unit.name);
    for (std::size_t sum = 0; sum < printed_sums; ++sum) {
      const bool hidden = unit.hidden[sum];
      any = any || hidden;
      const auto cell = [&](std::int64_t number) {
        return hidden ? Cell(std::string(hidden_cell)) : Cell(number);
      };
      row.cells.push_back(cell(sums[sum].value(unit.kinds)));
      row.cells.push_back(cell(unit.people[sum]));
    }
    table.rows.push_back(std::move(row));
  }
  if (any) open.notes.emplace_back(why_hidden);
  return open;
}

}  // namespace kinhub::report
