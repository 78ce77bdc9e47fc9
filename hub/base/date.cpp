#include "hub/base/date.hpp"

#include <fmt/format.h>

#include <cassert>
#include <charconv>
#include <chrono>

namespace kinhub {
namespace {

using std::chrono::sys_days;
using std::chrono::year_month_day;

year_month_day split(Date date) {
  return year_month_day(sys_days(std::chrono::days(date.days())));
}

std::optional<int> digits(std::string_view text) {
  int number = 0;
  auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || end != text.data() + text.size() || number < 0) return std::nullopt;
  if (text.front() < '0' || text.front() > '9') return std::nullopt;
  return number;
}

}  // namespace

Date::Date(int year, unsigned month, unsigned day) {
  auto date = make(year, month, day);
  assert(date.has_value());
  days_ = date->days_;
}

std::optional<Date> Date::make(int year, unsigned month, unsigned day) {
  year_month_day ymd{std::chrono::year(year), std::chrono::month(month), std::chrono::day(day)};
  if (!ymd.ok() || year < 1 || year > 9999) return std::nullopt;
  return from_days(static_cast<std::int32_t>(sys_days(ymd).time_since_epoch().count()));
}

std::optional<Date> Date::parse(std::string_view iso) {
  if (iso.size() != 10 || iso[4] != '-' || iso[7] != '-') return std::nullopt;
  auto year = digits(iso.substr(0, 4)), month = digits(iso.substr(5, 2)), day = digits(iso.substr(8, 2));
  if (!year || !month || !day) return std::nullopt;
  return make(*year, static_cast<unsigned>(*month), static_cast<unsigned>(*day));
}

int Date::year() const {
  return static_cast<int>(split(*this).year());
}
unsigned Date::month() const {
  return static_cast<unsigned>(split(*this).month());
}
unsigned Date::day() const {
  return static_cast<unsigned>(split(*this).day());
}

Date Date::month_start() const {
  return plus_days(1 - static_cast<std::int32_t>(day()));
}

Date Date::plus_months(int months) const {
  auto ymd = split(*this);
  auto moved = ymd.year() / ymd.month() + std::chrono::months(months);
  auto last = moved / std::chrono::last;
  auto day = std::min(ymd.day(), last.day());
  return from_days(static_cast<std::int32_t>(sys_days(moved / day).time_since_epoch().count()));
}

std::string Date::text() const {
  auto ymd = split(*this);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(ymd.year()), static_cast<unsigned>(ymd.month()),
                     static_cast<unsigned>(ymd.day()));
}

Date PartialDate::last() const {
  switch (precision) {
    case Precision::day:
      return first;
    case Precision::month:
      return first.plus_months(1).plus_days(-1);
    case Precision::year:
      return first.plus_months(12).plus_days(-1);
  }
  return first;
}

std::string PartialDate::text() const {
  switch (precision) {
    case Precision::day:
      return first.text();
    case Precision::month:
      return first.text().substr(0, 7);
    case Precision::year:
      return first.text().substr(0, 4);
  }
  return first.text();
}

std::optional<PartialDate> PartialDate::parse(std::string_view text) {
  auto padded = std::string(text);
  auto precision = Precision::day;
  if (text.size() == 7) padded += "-01", precision = Precision::month;
  if (text.size() == 4) padded += "-01-01", precision = Precision::year;
  auto first = Date::parse(padded);
  if (!first) return std::nullopt;
  return PartialDate{*first, precision};
}

Interval overlap(Interval a, Interval b) {
  return {std::max(a.from, b.from), std::min(a.until, b.until)};
}

Date reaches(Date birth, int years, Feb29 feb29) {
  auto born = split(birth);
  int year = static_cast<int>(born.year()) + years;
  auto month = static_cast<unsigned>(born.month()), day = static_cast<unsigned>(born.day());
  if (auto birthday = Date::make(year, month, day)) return *birthday;
  return feb29 == Feb29::feb28 ? Date(year, 2, 28) : Date(year, 3, 1);
}

int age_on(Date birth, Date day, Feb29 feb29) {
  int years = day.year() - birth.year();
  return day < reaches(birth, years, feb29) ? years - 1 : years;
}

Date shanghai_date(std::int64_t utc_us) {
  constexpr std::int64_t day_us = 86'400'000'000, offset_us = 8 * 3'600'000'000LL;
  std::int64_t local = utc_us + offset_us;
  std::int64_t days = local / day_us - (local % day_us < 0 ? 1 : 0);
  return Date::from_days(static_cast<std::int32_t>(days));
}

}  // namespace kinhub
