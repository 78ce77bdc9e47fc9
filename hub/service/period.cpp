#include "hub/service/period.hpp"

#include <fmt/format.h>

#include <cassert>
#include <charconv>

namespace kinhub::service {
namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

constexpr int months_of(Period::Kind kind) {
  switch (kind) {
    case Period::Kind::month:
      return 1;
    case Period::Kind::quarter:
      return 3;
    case Period::Kind::half:
      return 6;
    case Period::Kind::year:
    case Period::Kind::statistic_year:
      return 12;
  }
  return 12;
}

constexpr int first_year = 1900, last_year = 2200;

}  // namespace

std::string_view name_of(Unit unit) {
  switch (unit) {
    case Unit::week:
      return "week";
    case Unit::month:
      return "month";
    case Unit::quarter:
      return "quarter";
    case Unit::half:
      return "half";
    case Unit::year:
      return "year";
  }
  return "";
}

Interval unit_of(Date day, Unit unit) {
  const auto months = [&](unsigned count) {
    const auto first = (day.month() - 1) / count * count + 1;
    const Date from(day.year(), first, 1);
    return Interval{from, from.plus_months(static_cast<int>(count))};
  };
  switch (unit) {
    case Unit::week: {
      // 1970-01-01 was a Thursday: three days after a Monday.
      const auto since_monday = ((day.days() + 3) % 7 + 7) % 7;
      const auto monday = day.plus_days(-since_monday);
      return {monday, monday.plus_days(7)};
    }
    case Unit::month:
      return months(1);
    case Unit::quarter:
      return months(3);
    case Unit::half:
      return months(6);
    case Unit::year:
      return months(12);
  }
  return {day, day.plus_days(1)};
}

std::vector<Interval> units_ending_in(Interval range, Unit unit) {
  std::vector<Interval> units;
  if (range.empty()) return units;
  assert(range.from > Date::beginning() && range.until < Date::forever() &&
         "a range of reports has both ends");
  for (auto one = unit_of(range.from, unit); one.until.plus_days(-1) < range.until;
       one = unit_of(one.until, unit))
    units.push_back(one);
  return units;
}

Result<Period> Period::read(std::string_view text) {
  const Error wrong{
      "PERIOD_FORMAT",
      "write a month 2026-09, a quarter 2026Q3, a half 2026H2, a year 2026, or a statistic year SY2022 "
      "(from October 2021 to September 2022)",
      std::string(text.substr(0, 20))};
  const bool statistic = text.starts_with("SY");
  if (statistic) text.remove_prefix(2);
  const auto year = number(text.substr(0, 4));
  if (text.size() < 4 || !year || *year < first_year || *year > last_year) return wrong;
  const auto rest = text.substr(4);
  const auto of = [&](Kind kind, Date from) {
    return Period{kind, {from, from.plus_months(months_of(kind))}};
  };
  if (statistic)
    return rest.empty() ? Result<Period>(of(Kind::statistic_year, Date(*year - 1, 10, 1))) : wrong;
  if (rest.empty()) return of(Kind::year, Date(*year, 1, 1));
  const auto which = number(rest.substr(1));
  if (!which || *which < 1) return wrong;
  const auto first_of = [&](int length) {
    return Date(*year, static_cast<unsigned>((*which - 1) * length + 1), 1);
  };
  if (rest[0] == '-' && rest.size() == 3 && *which <= 12) return of(Kind::month, first_of(1));
  if (rest[0] == 'Q' && rest.size() == 2 && *which <= 4) return of(Kind::quarter, first_of(3));
  if (rest[0] == 'H' && rest.size() == 2 && *which <= 2) return of(Kind::half, first_of(6));
  return wrong;
}

std::string Period::text() const {
  const auto year = when.from.year();
  const auto month = when.from.month();
  switch (kind) {
    case Kind::month:
      return fmt::format("{:04}-{:02}", year, month);
    case Kind::quarter:
      return fmt::format("{:04}Q{}", year, (month + 2) / 3);
    case Kind::half:
      return fmt::format("{:04}H{}", year, month < 7 ? 1 : 2);
    case Kind::year:
      return fmt::format("{:04}", year);
    case Kind::statistic_year:
      return fmt::format("SY{:04}", year + 1);
  }
  return "";
}

Period Period::before() const {
  return {kind, {when.from.plus_months(-months_of(kind)), when.from}};
}

std::optional<std::int64_t> Rate::tenths() const {
  if (den == 0) return std::nullopt;
  return (2000 * num + den) / (2 * den);
}

std::string Rate::text() const {
  const auto of = tenths();
  return of ? fmt::format("{}.{}", *of / 10, *of % 10) : "—";
}

Rate& Rate::operator+=(const Rate& other) {
  num += other.num, den += other.den;
  return *this;
}

Date birthday_in(Date born, int year) {
  return reaches(born, year - born.year());
}

}  // namespace kinhub::service
