#include "hub/base/time_text.hpp"

#include <fmt/format.h>

#include "hub/base/date.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t us_per_s = 1'000'000, us_per_hour = 3600 * us_per_s, us_per_day = 24 * us_per_hour;
constexpr std::int64_t shanghai_offset_us = 8 * us_per_hour;

std::string time_text(std::int64_t utc_us, std::string_view between) {
  auto day = shanghai_date(utc_us);
  auto seconds = (utc_us + shanghai_offset_us - day.days() * us_per_day) / us_per_s;
  return fmt::format("{}{}{:02}:{:02}:{:02}", day.text(), between, seconds / 3600, seconds / 60 % 60,
                     seconds % 60);
}

}  // namespace

std::string shanghai_time(std::int64_t utc_us) {
  return time_text(utc_us, " ");
}
std::string iso_time(std::int64_t utc_us) {
  return time_text(utc_us, "T") + "+08:00";
}

Result<std::int64_t> read_time(std::string_view text) {
  Error refused{
      "TIME",
      "'" + std::string(text.substr(0, 40)) + "' is no time: write 2026-11-18 or 2026-11-18T09:30:05+08:00",
      ""};
  auto day = Date::parse(text.substr(0, 10));
  if (!day) return refused;
  auto start = day->days() * us_per_day - shanghai_offset_us;
  auto rest = text.substr(10);
  if (rest.empty()) return start;
  constexpr std::string_view form = "T00:00:00+08:00";
  if (rest.size() != form.size()) return refused;
  for (std::size_t i = 0; i < form.size(); ++i) {
    bool digit = rest[i] >= '0' && rest[i] <= '9';
    if (i < 9 && form[i] == '0' ? !digit : rest[i] != form[i]) return refused;
  }
  auto two = [&](std::size_t at) { return (rest[at] - '0') * 10 + (rest[at + 1] - '0'); };
  if (two(1) > 23 || two(4) > 59 || two(7) > 59) return refused;
  return start + (two(1) * 3600 + two(4) * 60 + two(7)) * us_per_s;
}

}  // namespace kinhub
