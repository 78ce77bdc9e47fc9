#pragma once
// Plain dates in Asia/Shanghai, half-open intervals of them, and the one rule for when an age is reached.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace kinhub {

/// A plain calendar day (proleptic Gregorian, Asia/Shanghai), stored as days since 1970-01-01. No time of
/// day, no zone.
class Date {
 public:
  constexpr Date() = default;
  /// REQUIRES: year, month, day name a real day (see make for input that may not).
  Date(int year, unsigned month, unsigned day);

  /// Factory for input: the day, or nothing when the calendar has no such day (31 February).
  static std::optional<Date> make(int year, unsigned month, unsigned day);
  /// Parses exactly "2026-11-18".
  static std::optional<Date> parse(std::string_view iso);
  static constexpr Date from_days(std::int32_t days_since_1970) {
    Date d;
    d.days_ = days_since_1970;
    return d;
  }

  constexpr std::int32_t days() const { return days_; }
  int year() const;
  unsigned month() const;  ///< 1..12
  unsigned day() const;    ///< 1..31
  /// First day of this day's month.
  Date month_start() const;
  /// Calendar addition: moves by whole months from this day; a day the month lacks becomes its
  /// last day (Civil Code 202).
  Date plus_months(int months) const;
  constexpr Date plus_days(std::int32_t days) const { return from_days(days_ + days); }

  std::string text() const;  ///< "2026-11-18"

  /// Sentinels, the bounds of every interval: before any record, after any horizon.
  static constexpr Date beginning() { return from_days(-719162); }  // 0001-01-01
  static constexpr Date forever() { return from_days(2932897); }    // 10000-01-01: "no end"

  friend constexpr auto operator<=>(Date, Date) = default;

 private:
  std::int32_t days_ = 0;
};

/// How much of a date is known. Old records hold 1955-07-00; that is a month, never silently the 1st.
enum class Precision : std::uint8_t { day, month, year };

/// A date known to a precision. `first` is the earliest day it can be.
struct PartialDate {
  Date first;
  Precision precision = Precision::day;

  /// The latest day it can be.
  Date last() const;
  std::string text() const;  ///< "2026-11-18", "1955-07", "1955"
  /// Parses "2026-11-18", "1955-07", "1955".
  static std::optional<PartialDate> parse(std::string_view text);
  friend auto operator<=>(const PartialDate&, const PartialDate&) = default;
};

/// A half-open interval of days, [from, until): until is the first day that no longer counts.
/// Date::forever() as until means no end.
struct Interval {
  Date from = Date::beginning();
  Date until = Date::forever();

  constexpr bool empty() const { return !(from < until); }
  constexpr bool contains(Date day) const { return from <= day && day < until; }
  friend constexpr auto operator<=>(const Interval&, const Interval&) = default;
};

/// Intersection, the days in both; may be empty.
Interval overlap(Interval a, Interval b);

/// Leap-day rule: on which day someone born on 29 February has a birthday in a common year.
enum class Feb29 : std::uint8_t { feb28, mar01 };  // feb28: Civil Code 202 by analogy

/// The day a person born on `birth` reaches `years` full years of age: the birthday itself (Civil Code 201,
/// 1259). The only formula for age in Kinhub; every other age is derived from it.
Date reaches(Date birth, int years, Feb29 feb29 = Feb29::feb28);

/// Full years of age on `day`, derived from reaches(). Negative before birth.
int age_on(Date birth, Date day, Feb29 feb29 = Feb29::feb28);

/// The plain date in Asia/Shanghai of an instant (UTC microseconds since 1970). China has had no other offset
/// than +08:00 since 1991; agency time stamps are later than that.
Date shanghai_date(std::int64_t utc_us);

}  // namespace kinhub
