#pragma once
// Calendar arithmetic of care: reporting periods, the weeks and months that a service is owed in, rates
// (specification of care 0.4). Plain dates, half-open; pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/base/result.hpp"

namespace kinhub::service {

enum class Unit : std::uint8_t { week, month, quarter, half, year };
std::string_view name_of(Unit unit);  ///< "week" ... "year"

/// The week (Monday to Sunday), month, quarter, half or calendar year that holds a day.
Interval unit_of(Date day, Unit unit);
/// The units whose last day lies in `range`, in order.
std::vector<Interval> units_ending_in(Interval range, Unit unit);

/// A reporting period: a month, a quarter, a half, a calendar year, or a statistic year (SY2022: 2021-10-01
/// to 2022-09-30).
struct Period {
  enum class Kind : std::uint8_t { month, quarter, half, year, statistic_year } kind = Kind::month;
  Interval when;

  /// Parses 2026-09, 2026Q3, 2026H2, 2026 or SY2022. Error: PERIOD_FORMAT.
  static Result<Period> read(std::string_view text);
  std::string text() const;
  /// The last day of it: the day a report of it is as of.
  Date last() const { return when.until.plus_days(-1); }
  /// The period before it, of its kind.
  Period before() const;
  friend bool operator==(const Period&, const Period&) = default;
};

/// A share: percent with one decimal, half up in integers.
struct Rate {
  std::int64_t num = 0, den = 0;
  /// Tenths of a percent: (2000 num + den) div (2 den); nothing without a denominator.
  std::optional<std::int64_t> tenths() const;
  std::string text() const;  ///< "91.7"; "—" without a denominator
  Rate& operator+=(const Rate& other);
  friend bool operator==(const Rate&, const Rate&) = default;
};

/// Calendar addition: the birthday that falls into a year; one of 29 February is the 28th in common years.
Date birthday_in(Date born, int year);

}  // namespace kinhub::service
