#include "hub/report/publish.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>

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

/// What a table counts. Each figure is printed for both, or for neither.
enum Counted : std::size_t { households, people, counted_count };

struct Unit {
  std::string name;
  std::array<Kinds, counted_count> kinds{};
  std::array<bool, printed_sums> hidden{};
  bool total = false;

  void add(const Unit& other) {
    for (std::size_t what = 0; what < counted_count; ++what)
      for (std::size_t i = 0; i < kind_count; ++i)
        kinds[what][i] += other.kinds[what][i];
  }
  std::int64_t value(std::size_t sum, std::size_t what) const { return sums[sum].value(kinds[what]); }
};

Unit unit_of(const Table& table, std::size_t row) {
  Unit unit;
  unit.name = std::get<std::string>(table.rows[row].cells.front());
  unit.total = table.rows[row].total;
  for (std::size_t what = 0; what < counted_count; ++what) {
    const auto at = [&](std::size_t sum) {
      return table.number(row, what == households ? sums[sum].households : sums[sum].people);
    };
    unit.kinds[what] = {at(4), at(1) - at(4), at(5), at(2) - at(5)};
  }
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
    else if (unit.value(0, households) < limits.unit || unit.name == no_town)
      others.add(unit), merged = true;
    else
      units.push_back(std::move(unit));
  }
  if (merged && (others.value(0, households) < limits.unit || units.empty()))
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
    if (small(units_.back().value(0, households))) units_.back().hidden.fill(true);
    for (auto& unit : units_)
      hide_parts(unit);
    hide_second_of_column();
    while (const auto found = disclosed())
      hide_next(*found);
    return std::move(units_);
  }

 private:
  /// A small sum that follows from what is printed: of these kinds, over these units together.
  struct Disclosed {
    std::size_t sum;
    std::vector<std::size_t> units;
  };

  bool small(std::int64_t number) const { return number > 0 && number < limits_.cell; }
  bool small(const Unit& unit, std::size_t sum) const {
    return small(unit.value(sum, households)) || small(unit.value(sum, people));
  }

  /// Two parts of a sum, of which one is small: both are hidden, as far as they are printed.
  void hide_parts(Unit& unit) const {
    for (const auto& parts : partitions) {
      if (!small(unit, parts.first) && !small(unit, parts.second)) continue;
      for (const auto part : {parts.first, parts.second})
        if (part < printed_sums) unit.hidden[part] = true;
    }
  }
  /// A column with one hidden figure would give it away by its sum: the next smallest is hidden too.
  void hide_second_of_column() {
    if (units_.size() < 2) return;
    for (std::size_t sum = 0; sum < printed_sums; ++sum) {
      const auto hidden =
          std::count_if(units_.begin(), units_.end(), [&](const Unit& one) { return one.hidden[sum]; });
      if (hidden == 1 && !units_.back().hidden[sum])
        if (const auto next = smallest_of({&sum, 1})) next->first->hidden[sum] = true;
    }
  }
  /// The smallest figure that units below the whole still show in one of these columns.
  std::optional<std::pair<Unit*, std::size_t>> smallest_of(std::span<const std::size_t> columns) {
    std::optional<std::pair<Unit*, std::size_t>> found;
    for (auto& unit : units_)
      for (const auto sum : columns)
        if (!unit.total && !unit.hidden[sum] &&
            (!found || unit.value(sum, households) < found->first->value(found->second, households)))
          found = {&unit, sum};
    return found;
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
  std::optional<Disclosed> disclosed() const {
    Span span;
    for (std::size_t unit = 0; unit < units_.size(); ++unit)
      for (std::size_t sum = 0; sum < printed_sums; ++sum)
        if (!units_[unit].hidden[sum]) span.add(vector_of(unit, sum));
    for (std::size_t sum = 0; sum < sums.size(); ++sum) {
      for (std::size_t unit = 0; unit < units_.size(); ++unit)
        if (small(units_[unit], sum) && span.holds(vector_of(unit, sum))) return Disclosed{sum, {unit}};
      if (auto found = disclosed_together(span, sum)) return found;
    }
    return std::nullopt;
  }
  /// Of several units, none of which is known by itself: what is left of a sum when the others are taken
  /// away. Beyond a dozen such units only all of them together are looked at.
  std::optional<Disclosed> disclosed_together(const Span& span, std::size_t sum) const {
    constexpr std::size_t each_subset_max = 12;
    std::vector<std::size_t> unknown;
    for (std::size_t unit = 0; unit + 1 < units_.size(); ++unit)
      if (!span.holds(vector_of(unit, sum))) unknown.push_back(unit);
    if (unknown.size() < 2) return std::nullopt;
    const auto all = (std::uint64_t{1} << std::min<std::size_t>(unknown.size(), 63)) - 1;
    for (auto subset = unknown.size() <= each_subset_max ? std::uint64_t{3} : all; subset <= all; ++subset) {
      std::array<std::int64_t, counted_count> value{};
      Vector vector(vector_of(0, sum).size(), 0);
      std::vector<std::size_t> units;
      for (std::size_t i = 0; i < unknown.size(); ++i) {
        if (i < 63 && (subset >> i & 1) == 0) continue;
        units.push_back(unknown[i]);
        for (std::size_t what = 0; what < counted_count; ++what)
          value[what] += units_[unknown[i]].value(sum, what);
        const auto one = vector_of(unknown[i], sum);
        for (std::size_t at = 0; at < vector.size(); ++at)
          vector[at] += one[at];
      }
      if ((small(value[households]) || small(value[people])) && span.holds(std::move(vector)))
        return Disclosed{sum, std::move(units)};
    }
    return std::nullopt;
  }

  /// Hides one more figure. Of one unit the smallest that its row still shows. Of several the next smallest
  /// of their column, or of the counterpart it follows from.
  void hide_next(const Disclosed& found) {
    if (found.units.size() == 1 && hide_smallest_in(units_[found.units.front()])) return;
    for (const auto& columns : columns_near(found.sum))
      if (const auto next = smallest_of(columns)) {
        next->first->hidden[next->second] = true;
        return;
      }
    for (auto& unit : units_)  // something is printed, or nothing would follow from it
      if (hide_smallest_in(unit)) return;
  }
  static bool hide_smallest_in(Unit& unit) {
    std::optional<std::size_t> which;
    for (std::size_t sum = printed_sums; sum-- > 0;)
      if (!unit.hidden[sum] && (!which || unit.value(sum, households) < unit.value(*which, households)))
        which = sum;
    if (which) unit.hidden[*which] = true;
    return which.has_value();
  }
  /// Printed columns that a sum follows from, the nearest first: its own, its counterparts, whatever has some
  /// of its kinds.
  static std::array<std::vector<std::size_t>, 3> columns_near(std::size_t sum) {
    std::array<std::vector<std::size_t>, 3> near;
    if (sum < printed_sums) near[0].push_back(sum);
    for (const auto& [first, second] : partitions)
      for (const auto& [one, other] : {std::pair{first, second}, std::pair{second, first}})
        if (one == sum && other < printed_sums) near[1].push_back(other);
    for (std::size_t other = 0; other < printed_sums; ++other)
      for (std::size_t kind = 0; kind < kind_count; ++kind)
        if (sums[sum].of[kind] && sums[other].of[kind]) {
          near[2].push_back(other);
          break;
        }
    return near;
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
  if (report.red()) return Error{"REPORT_RED", "a report that does not foot is not published", report.name};
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
      row.cells.push_back(cell(unit.value(sum, households)));
      row.cells.push_back(cell(unit.value(sum, people)));
    }
    table.rows.push_back(std::move(row));
  }
  if (any) open.notes.emplace_back(why_hidden);
  return open;
}

}  // namespace kinhub::report
