#include "hub/mapping/values.hpp"

#include <algorithm>
#include <charconv>

#include "hub/base/mask.hpp"
#include "hub/mapping/source.hpp"

namespace kinhub {
namespace {

constexpr int shanghai_minutes = 8 * 60;
constexpr std::size_t fraction_digits_max = 9;

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

/// 24:00 is the end of the day that is named (ISO 8601:2004); no other time has the hour 24.
bool is_time_of_day(const Parts& parts) {
  if (parts.hour == 24) return parts.minute <= 0 && parts.second <= 0;
  return parts.hour < 24 && parts.minute <= 59 && parts.second <= 60;
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
  if (at != text.size() || !is_time_of_day(parts)) return std::nullopt;
  return parts;
}

/// HL7's own DTM, YYYY[MM[DD[HH[MM[SS[.S...]]]]]][+/-ZZZZ]: as far as it goes, with or without a zone.
std::optional<Parts> fit_hl7(std::string_view text) {
  Parts parts;
  std::size_t at = 0;
  const auto year = digits(text, at, 4);
  if (!year) return std::nullopt;
  parts.year = *year;
  for (int* const target : {&parts.month, &parts.day, &parts.hour, &parts.minute, &parts.second}) {
    if (at >= text.size() || !is_digit(text[at])) break;
    const auto value = digits(text, at, 2);
    if (!value) return std::nullopt;
    *target = *value;
  }
  if (at < text.size() && text[at] == '.') {
    const auto start = ++at;
    while (at < text.size() && is_digit(text[at]))
      ++at;
    if (parts.second < 0 || at == start || at - start > fraction_digits_max) return std::nullopt;
  }
  if (at < text.size() && !read_zone(text, at, parts)) return std::nullopt;
  if (at != text.size() || !is_time_of_day(parts)) return std::nullopt;
  return parts;
}

/// Reads the divided year, month and day of `any`: 2026-11-18, 2026/11/18, 2026/1/5, one divider throughout.
bool read_divided_day(std::string_view text, std::size_t& at, Parts& parts) {
  const auto year = digits(text, at, 4);
  if (!year || at >= text.size() || (text[at] != '-' && text[at] != '/')) return false;
  parts.year = *year;
  const char divider = text[at];
  for (int* const target : {&parts.month, &parts.day}) {
    if (at >= text.size() || text[at++] != divider) return false;
    const bool two = at + 1 < text.size() && is_digit(text[at + 1]);
    const auto value = digits(text, at, two ? 2 : 1);
    if (!value) return false;
    *target = *value;
  }
  return true;
}

/// Whatever says a whole day from the year down and can be read in one way alone: yyyyMMdd[HHmmss], or a day
/// divided by - or / and perhaps a time of day behind a blank or T; of seconds a fraction; a zone.
std::optional<Parts> fit_any(std::string_view text) {
  Parts parts;
  std::size_t at = 0;
  const auto run = std::min(text.find_first_not_of("0123456789"), text.size());
  const bool together = run == 8 || run == 14;  // of 12 digits it may be a count of milliseconds
  if (together) {
    parts.year = *digits(text, at, 4), parts.month = *digits(text, at, 2), parts.day = *digits(text, at, 2);
    for (int* const target : {&parts.hour, &parts.minute, &parts.second})
      if (at < run) *target = *digits(text, at, 2);
  } else if (!read_divided_day(text, at, parts)) {
    return std::nullopt;
  }
  const bool time_follows = at < text.size() && (text[at] == ' ' || text[at] == 'T');
  if (!together && time_follows) {
    for (int* const target : {&parts.hour, &parts.minute, &parts.second}) {
      if (target != &parts.hour && (at >= text.size() || text[at] != ':')) break;
      const auto value = digits(text, ++at, 2);
      if (!value) return std::nullopt;
      *target = *value;
    }
    if (parts.minute < 0) return std::nullopt;
  }
  if (parts.second >= 0 && at < text.size() && text[at] == '.') {
    const auto start = ++at;
    while (at < text.size() && is_digit(text[at]))
      ++at;
    if (at == start || at - start > fraction_digits_max) return std::nullopt;
  }
  if (parts.hour >= 0 && at < text.size() && !read_zone(text, at, parts)) return std::nullopt;
  if (at != text.size() || !is_time_of_day(parts)) return std::nullopt;
  return parts;
}

constexpr std::int64_t day_s = 86'400;

std::int64_t floor_div(std::int64_t value, std::int64_t by) {
  return value / by - (value % by < 0 ? 1 : 0);
}

/// When clocks in Shanghai were an hour ahead, as [from, until) in seconds since 1970, UTC. A program that
/// keeps days of birth as instants wrote midnight by these clocks, so half a year's births of those years
/// would move to the day before.
bool is_summer_time(std::int64_t instant_s) {
  struct Summer {
    std::int64_t from, until;
  };
  static constexpr Summer summers[] = {
      {-1'600'675'200, -1'585'904'400}, {-933'667'200, -922'093'200}, {-908'870'400, -888'829'200},
      {-881'049'600, -767'869'200},     {-745'833'600, -733'827'600}, {-716'889'600, -699'613'200},
      {-683'884'800, -670'669'200},     {-652'348'800, -650'019'600}, {515'527'200, 527'014'800},
      {545'162'400, 558'464'400},       {577'216'800, 589'914'000},   {608'666'400, 621'968'400},
      {640'116'000, 653'418'000},       {671'565'600, 684'867'600},
  };
  return std::any_of(std::begin(summers), std::end(summers),
                     [&](const Summer& one) { return instant_s >= one.from && instant_s < one.until; });
}

/// The day in Shanghai of a time said in another zone. What was said in Shanghai's own stands.
Date in_shanghai(Date day, const Parts& parts) {
  if (!parts.zone_minutes || parts.hour < 0 || *parts.zone_minutes == shanghai_minutes) return day;
  const std::int64_t minutes = parts.hour * 60 + std::max(parts.minute, 0) - *parts.zone_minutes;
  const auto utc_s = day.days() * day_s + minutes * 60 + std::max(parts.second, 0);
  const auto local_s = utc_s + std::int64_t{shanghai_minutes} * 60 + (is_summer_time(utc_s) ? 3600 : 0);
  return Date::from_days(static_cast<std::int32_t>(floor_div(local_s, day_s)));
}

/// A way to count time since 1970.
struct Count {
  std::string_view word;
  std::int64_t per_second;  ///< 0: it counts days
  bool instant;             ///< false: a wall clock as if it were UTC
};
constexpr Count counts[] = {
    {"epoch_days", 0, false},
    {"epoch_ms", 1'000, true},
    {"epoch_us", 1'000'000, true},
    {"epoch_ns", 1'000'000'000, true},
    {"local_epoch_ms", 1'000, false},
    {"local_epoch_us", 1'000'000, false},
    {"local_epoch_ns", 1'000'000'000, false},
};
constexpr std::string_view iso = "iso", hl7 = "hl7", any = "any";

constexpr const char* any_in_words =
    "a whole day from the year down (20261118, 2026-11-18, 2026/11/18, perhaps with a time)";

std::optional<Parts> fit_form(std::string_view text, std::string_view pattern) {
  return pattern == hl7 ? fit_hl7(text) : pattern == any ? fit_any(text) : fit(text, pattern);
}

const Count* count_of(std::string_view word) {
  const auto found =
      std::find_if(std::begin(counts), std::end(counts), [&](const Count& one) { return one.word == word; });
  return found == std::end(counts) ? nullptr : found;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

constexpr Date first_date() {
  return Date::from_days(-43'829);  // 1850-01-01
}
constexpr Date last_date() {
  return Date::from_days(84'370);  // 2200-12-31
}

/// The day a count says; nothing outside what a date may be.
std::optional<Date> day_of_count(std::int64_t value, const Count& count) {
  auto days = value;
  if (count.per_second != 0) {
    auto seconds = floor_div(value, count.per_second);
    if (count.instant) seconds += shanghai_minutes * 60 + (is_summer_time(seconds) ? 3600 : 0);
    days = floor_div(seconds, day_s);
  }
  if (days < first_date().days() || days > last_date().days()) return std::nullopt;
  return Date::from_days(static_cast<std::int32_t>(days));
}

/// ISO 8601, 2026-11-18T22:45:12.5Z: fraction of one to nine digits or none, a zone or none.
/// Nothing: it is not written so.
std::optional<Result<PartialDate>> iso_date(std::string_view text) {
  static constexpr std::size_t to_seconds = 19;
  std::string plain(text);
  if (const auto dot = plain.find('.'); dot == to_seconds) {
    auto end = dot + 1;
    while (end < plain.size() && is_digit(plain[end]))
      ++end;
    if (end == dot + 1 || end > dot + 1 + fraction_digits_max) return std::nullopt;
    plain.erase(dot, end - dot);
  }
  static const std::string pattern[] = {"yyyy-MM-ddTHH:mm:ssX"};
  auto date = read_date(plain, pattern);
  if (!date && date.error().code == "DATE_FORMAT") return std::nullopt;
  return date;
}

// Explicit result type, because an Error could be constructed from a string, too.
Result<std::string> whole(std::string text) {
  return {boost::system::in_place_value, std::move(text)};
}

std::string two_digits(int value) {
  return {static_cast<char>('0' + value / 10), static_cast<char>('0' + value % 10)};
}

}  // namespace

std::optional<std::string> fault_of_date_pattern(std::string_view pattern) {
  if (pattern == iso || pattern == hl7 || pattern == any || count_of(pattern) != nullptr) return std::nullopt;
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
        return "'" + std::string(run, c) +
               "' is no part of a date pattern: yyyy MM dd HH mm ss SSS X are, or the whole is "
               "epoch_days, epoch_ms, local_epoch_ms (or _us, _ns), iso, hl7 or any";
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

std::optional<std::string> fault_of_date_patterns(std::span<const std::string> patterns) {
  if (std::count_if(patterns.begin(), patterns.end(),
                    [](const auto& one) { return count_of(one) != nullptr; }) > 1)
    return "only one of the patterns may count since 1970: every whole number would fit each of them";
  return std::nullopt;
}

Result<PartialDate> read_date(std::string_view text, std::span<const std::string> patterns) {
  text = trimmed(text);
  for (const auto& pattern : patterns) {
    if (const auto* const count = count_of(pattern)) {
      const auto value = whole_number(text);
      if (!value) continue;
      const auto day = day_of_count(*value, *count);
      if (!day)
        return Error{
            "DATE_RANGE", "counted as " + pattern + " it lies outside 1850 to 2200: is it another unit?", {}};
      return PartialDate{*day, Precision::day};
    }
    if (pattern == iso) {
      if (auto day = iso_date(text)) return *day;
      continue;
    }
    auto parts = fit_form(text, pattern);
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
    expected += (expected.empty() ? "" : " or ") + (pattern == any ? any_in_words : pattern);
  return Error{"DATE_FORMAT", "it is not written as " + expected, {}};
}

bool counts_since_1970(std::string_view pattern) {
  return count_of(pattern) != nullptr;
}

namespace {

/// The words of registers that stand for "no end".
bool says_no_end(std::string_view text) {
  static constexpr std::string_view words[] = {"长期",     "长期有效",   "永久",
                                               "永久有效", "无固定期限", "无期限"};
  if (std::find(std::begin(words), std::end(words), text) != std::end(words)) return true;
  // 0000-00-00 00:00:00, 00000000: nothing was entered.
  return text.size() >= 8 && text.find_first_not_of("0-/.: T") == std::string_view::npos &&
         text.find('0') != std::string_view::npos;
}

/// Whether a count is 0, which databases write for 0000-00-00, or lies after 2200.
bool counts_no_end(std::string_view text, const Count& count) {
  const auto value = whole_number(text);
  if (!value) return false;
  const auto days = count.per_second == 0 ? *value : floor_div(*value, count.per_second) / day_s;
  return *value == 0 || days > last_date().days();
}

/// The year of a date that fits one of the patterns, also of one beyond what a date may be.
std::optional<int> year_by(std::string_view text, std::span<const std::string> patterns) {
  for (const auto& pattern : patterns) {
    if (pattern == iso || count_of(pattern) != nullptr) continue;
    if (const auto parts = fit_form(text, pattern)) return parts->year;
  }
  return std::nullopt;
}

}  // namespace

Result<std::optional<PartialDate>> read_end_date(std::string_view text,
                                                 std::span<const std::string> patterns) {
  text = trimmed(text);
  bool no_end = says_no_end(text);
  for (const auto& pattern : patterns)
    if (const auto* const count = count_of(pattern)) no_end = no_end || counts_no_end(text, *count);
  if (const auto year = year_by(text, patterns)) no_end = no_end || *year > last_date().year();
  if (no_end) return std::optional<PartialDate>();
  auto date = read_date(text, patterns);
  if (!date) return date.error();
  return std::optional(*date);
}

std::optional<std::string> fault_of_timestamp_form(std::string_view form) {
  if (const auto* const count = count_of(form); count != nullptr && count->per_second != 0)
    return std::nullopt;
  return "a time stamp is counted in epoch_ms, epoch_us, epoch_ns, or local_epoch_ms, local_epoch_us, "
         "local_epoch_ns";
}

Result<std::string> read_timestamp(std::string_view text, std::string_view form) {
  const auto& count = *count_of(form);
  const auto value = whole_number(trimmed(text));
  if (!value) return Error{"TIMESTAMP_FORMAT", "it is no whole number, as " + std::string(form) + " is", {}};
  const auto seconds = floor_div(*value, count.per_second) + (count.instant ? shanghai_minutes * 60 : 0);
  const auto day = Date::from_days(static_cast<std::int32_t>(
      std::clamp<std::int64_t>(floor_div(seconds, day_s), -1, last_date().days() + 1)));
  if (day.year() < 1990 || day > last_date())
    return Error{"TIMESTAMP_RANGE",
                 "counted as " + std::string(form) +
                     " it lies outside 1990 to 2200: is it another unit, or not known to the source?",
                 {}};
  const auto second = static_cast<int>(seconds - day.days() * day_s);
  const auto written = day.text();
  auto fraction = std::to_string(count.per_second + *value -
                                 floor_div(*value, count.per_second) * count.per_second);  // 1123: .123
  return whole(written.substr(0, 4) + written.substr(5, 2) + written.substr(8, 2) +
               two_digits(second / 3600) + two_digits(second / 60 % 60) + two_digits(second % 60) +
               fraction.substr(1));
}

namespace {

/// The digits of a time stamp as they are written, without what divides them, and where they end.
/// Nothing: it is not written so.
std::optional<std::string> digits_of_timestamp(std::string_view text, std::size_t& at) {
  std::string plain;
  for (; at < text.size() && plain.size() < 14; ++at) {
    const char c = text[at];
    if (is_digit(c)) {
      plain += c;
    } else if (plain.size() >= 10 && (c == '+' || c == '-' || c == 'Z')) {
      break;
    } else if (plain.size() % 2 != 0 || plain.size() < 4 ||
               (c != '-' && c != '/' && c != ':' && c != ' ' && c != 'T')) {
      return std::nullopt;
    }
  }
  if (plain.size() < 8 || plain.size() % 2 != 0) return std::nullopt;
  return plain;
}

/// The fraction of a second that begins at `at`, in six digits or, if it has more, in nine, so that two of a
/// source compare as text. Nothing: what stands there is none. Empty: there is none.
std::optional<std::string> fraction_of_timestamp(std::string_view text, std::size_t& at, bool seconds) {
  if (at >= text.size() || (text[at] != '.' && !(seconds && is_digit(text[at])))) return std::string();
  if (text[at] == '.') ++at;
  const auto start = at;
  while (at < text.size() && is_digit(text[at]))
    ++at;
  std::string fraction(text.substr(start, at - start));
  if (fraction.empty() || fraction.size() > fraction_digits_max) return std::nullopt;
  fraction.resize(fraction.size() <= 6 ? 6 : fraction_digits_max, '0');
  return seconds ? fraction : std::string();
}

}  // namespace

Result<std::string> read_timestamp(std::string_view text) {
  text = trimmed(text);
  const Error wrong{"TIMESTAMP_FORMAT", "it is not written as yyyyMMddHHmmss or yyyy-MM-dd HH:mm:ss", {}};
  std::size_t at = 0;
  const auto written = digits_of_timestamp(text, at);
  if (!written) return wrong;
  const auto said = written->size();
  const auto fraction = fraction_of_timestamp(text, at, said == 14);
  if (!fraction) return wrong;
  Parts parts;
  if (at < text.size() && (!read_zone(text, at, parts) || at != text.size())) return wrong;
  auto plain = *written + std::string(14 - said, '0');
  std::size_t i = 0;
  parts.year = *digits(plain, i, 4), parts.month = *digits(plain, i, 2), parts.day = *digits(plain, i, 2);
  parts.hour = *digits(plain, i, 2), parts.minute = *digits(plain, i, 2), parts.second = *digits(plain, i, 2);
  auto day = Date::make(parts.year, static_cast<unsigned>(parts.month), static_cast<unsigned>(parts.day));
  if (!day || parts.hour > 23 || parts.minute > 59 || parts.second > 60) return wrong;
  if (parts.zone_minutes && *parts.zone_minutes != shanghai_minutes) {
    // Of two zones half an hour apart the hour alone is not enough to know the hour here.
    const auto apart = shanghai_minutes - *parts.zone_minutes;
    if (said == 10 && apart % 60 != 0) return wrong;
    const auto minutes = (parts.hour * 60 + parts.minute + apart + 48 * 60) % (24 * 60);
    const auto local = in_shanghai(*day, parts).text();  // 2026-11-18
    plain = local.substr(0, 4) + local.substr(5, 2) + local.substr(8, 2) + two_digits(minutes / 60) +
            two_digits(minutes % 60) + two_digits(parts.second);
  }
  return whole(plain.substr(0, said) + *fraction);
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

Result<std::string> read_area(std::string_view text, const CodeTable* regions) {
  text = trimmed(text);
  if (auto region = read_region(text); !region) return region.error();
  constexpr std::size_t below = 3;  // digits of a town, of a community
  while (text.size() > 6 && text.substr(text.size() - below) == "000")
    text.remove_suffix(below);
  if (text.size() > 6 && regions != nullptr && regions->find_exact(text) == nullptr &&
      regions->lists_below(text.substr(0, text.size() - below), text.size()))
    return Error{"AREA_UNKNOWN",
                 "the table of regions lists others of " + std::string(text.substr(0, text.size() - below)) +
                     " and not this one: add it to region.csv if there is such a place, or ask the source",
                 {}};
  return whole(std::string(text));
}

Result<int> read_yuan(std::string_view text) {
  text = trimmed(text);
  const auto dot = std::min(text.find('.'), text.size());
  const auto yuan = text.substr(0, dot);
  auto decimals = std::string(text.substr(std::min(dot + 1, text.size())));
  constexpr std::size_t yuan_digits_max = 7, decimals_max = 2;
  if (yuan.empty() || yuan.size() > yuan_digits_max || !all_digits(yuan) || decimals.size() > decimals_max ||
      (dot < text.size() && decimals.empty()) || (!decimals.empty() && !all_digits(decimals)))
    return Error{"MONEY_FORMAT", "it is no sum in yuan with at most two decimals, below ten million", {}};
  decimals.resize(decimals_max, '0');
  int fen = 0;
  for (char c : std::string(yuan) + decimals)
    fen = fen * 10 + (c - '0');
  return fen;
}

namespace {

/// Shape of a value, which identifies nobody: a digit as 9, a letter as A, what is beyond ASCII as 文.
std::string shape_of(std::string_view raw) {
  constexpr std::size_t shown_max = 40;
  std::string shape;
  std::size_t characters = 0;
  for (const char c : raw) {
    if ((static_cast<unsigned char>(c) & 0xC0) == 0x80) continue;
    if (++characters > shown_max) continue;
    if (is_digit(c))
      shape += '9';
    else if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'))
      shape += 'A';
    else if (static_cast<unsigned char>(c) < 0x80)
      shape += c < ' ' ? ' ' : c;
    else
      shape += "文";
  }
  if (characters > shown_max) shape += "...";
  return "'" + shape + "', " + std::to_string(characters) + " characters";
}

bool begins_with_a_year(std::string_view raw) {
  if (raw.size() < 4 || !std::all_of(raw.begin(), raw.begin() + 4, is_digit)) return false;
  const auto century = raw.substr(0, 2);
  return century == "18" || century == "19" || century == "20" || century == "21" || century == "99" ||
         century == "00";
}

}  // namespace

std::string shown(std::string_view raw, FieldClass field) {
  raw = trimmed(raw);
  const auto digits = std::count_if(raw.begin(), raw.end(), is_digit);
  const bool ascii = std::all_of(raw.begin(), raw.end(), [](char c) { return c >= 32 && c < 127; });
  switch (field) {
    case FieldClass::number:
      return shape_of(raw);
    case FieldClass::time:
      if (ascii && raw.size() <= 35 && (begins_with_a_year(raw) || raw.size() <= 4))
        return "'" + std::string(raw) + "'";
      return shape_of(raw);
    case FieldClass::code:
      if (digits > 6 || raw.size() > 40) return shape_of(raw);
      return "'" +
             (ascii && raw.size() <= 8 ? std::string(raw)
              : ascii                  ? mask_number(raw)
                                       : mask_name(raw)) +
             "'";
  }
  return {};
}

}  // namespace kinhub
