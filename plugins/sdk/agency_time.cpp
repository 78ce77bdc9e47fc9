#include "plugins/sdk/agency_time.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace kinhub::sdk {
namespace {

using namespace std::chrono;
constexpr auto zone = hours{8};

}  // namespace

std::optional<std::int64_t> local_time_us(std::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c >= '0' && c <= '9') {
      digits += c;
    } else if (c == '+' || c == '.' || (c != '-' && c != ':' && c != ' ' && c != 'T' && c != '/')) {
      break;
    }
    if (digits.size() == 14) break;
  }
  if (digits.size() < 8 || digits.size() % 2 != 0) return std::nullopt;
  const auto number = [&](std::size_t at, std::size_t count) {
    int value = 0;
    for (const char c : std::string_view(digits).substr(std::min(at, digits.size()), count))
      value = value * 10 + (c - '0');
    return value;
  };
  const auto day = year{number(0, 4)} / month{static_cast<unsigned>(number(4, 2))} / number(6, 2);
  const auto hour = number(8, 2), minute = number(10, 2), second = number(12, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto time = sys_days{day} + hours{hour} + minutes{minute} + seconds{second} - zone;
  return duration_cast<microseconds>(time.time_since_epoch()).count();
}

std::string local_text(std::int64_t utc_us) {
  const auto time = floor<seconds>(sys_time<microseconds>{microseconds{utc_us}} + zone);
  const auto days_part = floor<days>(time);
  const year_month_day date{days_part};
  const hh_mm_ss clock{time - days_part};
  char text[32];
  std::snprintf(text, sizeof text, "%04d%02u%02u%02d%02d%02d", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

}  // namespace kinhub::sdk
