#include "hub/mapping/values.hpp"

#include <algorithm>

#include "hub/base/mask.hpp"
#include "hub/mapping/source.hpp"

namespace kinhub {
namespace {

constexpr int shanghai_minutes = 8 * 60;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// What one reading of a date or time found; -1: not said.
struct Parts {
  int year = -1, month = -1, day = -1, hour = -1, minute = -1, second = -1;
  std::optional<int> zone_minutes;
};

std::optional<int> digits(std::string_view text, std::size_t& at, std::size_t count) {
  if (at + count > text.size() || !all_digits(text.substr(at, count))) return std::nullopt;
  int value = 0;
  for (std::size_t i = 0; i < count; ++i)
    value = value * 10 + (text[at++] - '0');
  return value;
}

/// Z, +0800, +08:00, +08. False when something else stands there.
bool read_zone(std::string_view text, std::size_t& at, Parts& parts) {
  if (at < text.size() && text[at] == 'Z') {
    parts.zone_minutes = 0;
    ++at;
    return true;
  }
  if (at >= text.size() || (text[at] != '+' && text[at] != '-')) return false;
  const int sign = text[at++] == '-' ? -1 : 1;
  auto hours = digits(text, at, 2);
  if (!hours || *hours > 14) return false;
  if (at < text.size() && text[at] == ':') ++at;
  auto minutes = at == text.size() ? std::optional<int>(0) : digits(text, at, 2);
  if (!minutes || *minutes > 59) return false;
  parts.zone_minutes = sign * (*hours * 60 + *minutes);
  return true;
}

std::optional<Parts> fit(std::string_view text, std::string_view pattern) {
  Parts parts;
  std::size_t at = 0;
  for (std::size_t i = 0; i < pattern.size();) {
    const char letter = pattern[i];
    std::size_t run = 1;
    while (i + run < pattern.size() && pattern[i + run] == letter)
      ++run;
    int* target = nullptr;
    int ignored = 0;
    switch (letter) {
      case 'y':
        target = &parts.year;
        break;
      case 'M':
        target = &parts.month;
        break;
      case 'd':
        target = &parts.day;
        break;
      case 'H':
        target = &parts.hour;
        break;
      case 'm':
        target = &parts.minute;
        break;
      case 's':
        target = &parts.second;
        break;
      case 'S':
        target = &ignored;
        break;
      case 'X':
        if (at < text.size() && !read_zone(text, at, parts)) return std::nullopt;
        break;
      default:
        run = 1;
        if (at >= text.size() || text[at] != letter) return std::nullopt;
        ++at;
    }
    if (target != nullptr) {
      auto value = digits(text, at, run);
      if (!value) return std::nullopt;
      *target = *value;
    }
    i += run;
  }
  if (at != text.size() || parts.hour > 24 || parts.minute > 59 || parts.second > 60) return std::nullopt;
  return parts;
}

/// The day in Shanghai of a time said in another zone.
Date in_shanghai(Date day, const Parts& parts) {
  if (!parts.zone_minutes || parts.hour < 0) return day;
  int minutes = parts.hour * 60 + std::max(parts.minute, 0) + shanghai_minutes - *parts.zone_minutes;
  return day.plus_days(minutes < 0 ? -1 : minutes >= 24 * 60 ? 1 : 0);
}

// Said in full because an Error could be made of a string, too.
Result<std::string> whole(std::string text) {
  return {boost::system::in_place_value, std::move(text)};
}

std::string two_digits(int value) {
  return {static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
}

}  // namespace

std::optional<std::string> fault_of_date_pattern(std::string_view pattern) {
  struct Letter {
    char letter;
    std::size_t run;
  };
  static constexpr Letter letters[] = {{'y', 4}, {'M', 2}, {'d', 2}, {'H', 2},
                                       {'m', 2}, {'s', 2}, {'S', 3}, {'X', 1}};
  bool year = false, month = false, day = false;
  std::string seen;
  for (std::size_t i = 0; i < pattern.size();) {
    const char c = pattern[i];
    std::size_t run = 1;
    while (i + run < pattern.size() && pattern[i + run] == c)
      ++run;
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (is_letter && c != 'T') {
      auto known = std::find_if(std::begin(letters), std::end(letters),
                                [&](const Letter& l) { return l.letter == c; });
      if (known == std::end(letters) || known->run != run)
        return "'" + std::string(run, c) + "' is no part of a date pattern: yyyy MM dd HH mm ss SSS X are";
      if (seen.find(c) != std::string::npos)
        return "'" + std::string(run, c) + "' stands in the pattern twice";
      seen += c;
      year |= c == 'y', month |= c == 'M', day |= c == 'd';
    }
    i += run;
  }
  if (!year || (day && !month)) return "a date pattern needs yyyy, and MM if it has dd";
  return std::nullopt;
}

Result<PartialDate> read_date(std::string_view text, std::span<const std::string> patterns) {
  text = trimmed(text);
  for (const auto& pattern : patterns) {
    auto parts = fit(text, pattern);
    if (!parts) continue;
    const auto first_month = static_cast<unsigned>(std::max(parts->month, 0));
    const auto first_day = static_cast<unsigned>(std::max(parts->day, 0));
    const auto precision = first_month == 0 ? Precision::year
                           : first_day == 0 ? Precision::month
                                            : Precision::day;
    auto day = first_month == 0 && first_day != 0
                   ? std::nullopt
                   : Date::make(parts->year, std::max(first_month, 1u), std::max(first_day, 1u));
    if (!day) return Error{"DATE_NO_DAY", "the calendar has no such day", {}};
    if (parts->year < 1850 || parts->year > 2200)
      return Error{"DATE_RANGE", "the year lies outside 1850 to 2200", {}};
    return PartialDate{precision == Precision::day ? in_shanghai(*day, *parts) : *day, precision};
  }
  std::string expected;
  for (const auto& pattern : patterns)
    expected += (expected.empty() ? "" : " or ") + pattern;
  return Error{"DATE_FORMAT", "it is not written as " + expected, {}};
}

Result<std::string> read_timestamp(std::string_view text) {
  text = trimmed(text);
  const Error wrong{"TIMESTAMP_FORMAT", "it is not written as yyyyMMddHHmmss or yyyy-MM-dd HH:mm:ss", {}};
  std::string plain;
  Parts parts;
  std::size_t at = 0;
  for (; at < text.size() && plain.size() < 14; ++at) {
    const char c = text[at];
    if (is_digit(c)) {
      plain += c;
    } else if (plain.size() >= 10 && (c == '+' || c == '-' || c == 'Z')) {
      break;
    } else if (plain.size() % 2 != 0 || plain.size() < 4 ||
               (c != '-' && c != '/' && c != ':' && c != ' ' && c != 'T')) {
      return wrong;
    }
  }
  if (plain.size() < 8 || plain.size() % 2 != 0) return wrong;
  if (at < text.size() && (text[at] == '.' || (plain.size() == 14 && is_digit(text[at])))) {
    if (text[at] == '.') ++at;
    const auto start = at;
    while (at < text.size() && is_digit(text[at]))
      ++at;
    if (at == start || at - start > 9) return wrong;
  }
  if (at < text.size() && (!read_zone(text, at, parts) || at != text.size())) return wrong;
  plain.append(14 - plain.size(), '0');
  std::size_t i = 0;
  parts.year = *digits(plain, i, 4), parts.month = *digits(plain, i, 2), parts.day = *digits(plain, i, 2);
  parts.hour = *digits(plain, i, 2), parts.minute = *digits(plain, i, 2), parts.second = *digits(plain, i, 2);
  auto day = Date::make(parts.year, static_cast<unsigned>(parts.month), static_cast<unsigned>(parts.day));
  if (!day || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return wrong;
  if (!parts.zone_minutes || *parts.zone_minutes == shanghai_minutes) return whole(plain);
  auto minutes = parts.hour * 60 + parts.minute + shanghai_minutes - *parts.zone_minutes;
  auto local = in_shanghai(*day, parts);
  minutes = (minutes + 24 * 60) % (24 * 60);
  auto written = local.text();  // 2026-11-18
  return whole(written.substr(0, 4) + written.substr(5, 2) + written.substr(8, 2) + two_digits(minutes / 60) +
               two_digits(minutes % 60) + two_digits(parts.second));
}

Result<DisabilityCard> DisabilityCard::read(std::string_view raw) {
  std::string text(trimmed(raw));
  if (text.size() != 20 && text.size() != 22)
    return Error{"DISABILITY_CARD_LENGTH",
                 "a disability card number has 20 characters, 22 after a re-issue; this has " +
                     std::to_string(text.size()),
                 {}};
  for (char& c : text)
    c = static_cast<char>(c == 'x' ? 'X' : c == 'b' ? 'B' : c);
  auto holder = CitizenNumber::read(std::string_view(text).substr(0, 18));
  if (!holder) return holder.error();
  if (text[18] < '1' || text[18] > '7')
    return Error{"DISABILITY_CARD_CATEGORY", "character 19, the category, must be 1 to 7", {}};
  if (text[19] < '1' || text[19] > '4')
    return Error{"DISABILITY_CARD_GRADE", "character 20, the grade, must be 1 to 4", {}};
  if (text.size() == 22 && (text[20] != 'B' || !is_digit(text[21])))
    return Error{"DISABILITY_CARD_REISSUE", "characters 21 and 22 must be B and a digit", {}};
  return DisabilityCard{std::move(*holder), text[18] - '0', text[19] - '0', text, text.substr(0, 20)};
}

Result<std::string> read_region(std::string_view text) {
  text = trimmed(text);
  if ((text.size() != 6 && text.size() != 9 && text.size() != 12) || !all_digits(text))
    return Error{"REGION_FORMAT", "a region code has 6, 9 or 12 digits", {}};
  return whole(std::string(text.substr(0, 6)));
}

std::string shown(std::string_view raw) {
  raw = trimmed(raw);
  auto is_plain = [](char c) {
    return is_digit(c) || c == '-' || c == ':' || c == '.' || c == '+' || c == ' ' || c == '/';
  };
  const bool letters = std::all_of(raw.begin(), raw.end(), [](char c) { return c > 32 && c < 127; });
  if (raw.size() <= 4 && letters) return std::string(raw);                                         // a code
  if (raw.size() <= 14 && std::all_of(raw.begin(), raw.end(), is_plain)) return std::string(raw);  // a date
  if (raw.size() == 19 && raw[4] == '-' && std::all_of(raw.begin(), raw.end(), is_plain))
    return std::string(raw);
  if (letters) return mask_number(raw);
  auto masked = mask_name(raw);
  return masked.size() <= 40 ? masked : std::string("(") + std::to_string(raw.size()) + " bytes of text)";
}

}  // namespace kinhub
