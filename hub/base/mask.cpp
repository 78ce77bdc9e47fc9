#include "hub/base/mask.hpp"

#include <algorithm>
#include <cctype>
#include <optional>
#include <vector>

#include "hub/base/citizen_number.hpp"

namespace kinhub {

namespace {

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

/// The characters of UTF-8; of other bytes runs that are none, but no byte is lost.
std::vector<std::string_view> characters_of(std::string_view text) {
  std::vector<std::string_view> characters;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t size = 1;
    while (i + size < text.size() && (static_cast<unsigned char>(text[i + size]) & 0xC0) == 0x80)
      ++size;
    characters.push_back(text.substr(i, size));
    i += size;
  }
  return characters;
}

}  // namespace

std::string mask_name(std::string_view name) {
  const auto characters = characters_of(name);
  if (characters.empty()) return {};
  if (characters.size() == 1) return "*";
  std::string masked(characters.front());
  for (std::size_t i = 1; i < characters.size(); ++i) {
    bool last_of_three = i + 1 == characters.size() && characters.size() > 2;
    masked += last_of_three ? std::string(characters[i]) : "*";
  }
  return masked;
}

namespace {

/// Digits of which a person's number may be made, so that not one of them is shown.
constexpr std::size_t long_run = 15;

bool is_ascii_digit(std::string_view character) {
  return character.size() == 1 && character[0] >= '0' && character[0] <= '9';
}

/// The digit that a character is, also as full width (U+FF10 to U+FF19); nothing: it is none.
std::optional<char> digit_of(std::string_view character) {
  if (is_ascii_digit(character)) return character[0];
  if (character.size() == 3 && character.substr(0, 2) == "\xEF\xBC" && character[2] >= '\x90' &&
      character[2] <= '\x99')
    return static_cast<char>('0' + (character[2] - '\x90'));
  return std::nullopt;
}

/// The check character of a citizen number that is no digit, as people write it.
bool is_check_letter(std::string_view character) {
  return character == "X" || character == "x" || character == "\xEF\xBC\xB8" || character == "\xEF\xBD\x98";
}

/// What people put between the groups of a number: 322228 19750312 0246, 322228-19750312-0246.
bool is_blank_character(std::string_view character) {
  return character == " " || character == "\xC2\xA0" || character == "\xE3\x80\x80";
}
bool is_group_separator(std::string_view character) {
  for (const std::string_view one : {"-", ".", "_", "/", "\xE2\x80\x93"})
    if (character == one) return true;
  return is_blank_character(character);
}

/// Whether these may be the digits of a citizen number, right or mistyped in its last ones: a province and a
/// day.
bool reads_as_citizen_number(std::string_view digits) {
  if (digits.size() < 17) return false;
  const auto two_at = [&](std::size_t at) { return (digits[at] - '0') * 10 + (digits[at + 1] - '0'); };
  const auto province = two_at(0), century = two_at(6), month = two_at(10), day = two_at(12);
  return province >= 11 && province <= 91 && century >= 18 && century <= 21 && month >= 1 && month <= 12 &&
         day >= 1 && day <= 31;
}

/// Two digits at `at` as a number.
int two_at(std::string_view run, std::size_t at) {
  return (run[at] - '0') * 10 + (run[at + 1] - '0');
}

/// yyyyMMddHHmm, yyyyMMddHHmmss, with a fraction of three digits behind: of this century, as names of files
/// are. No region begins so.
bool is_time_stamp(std::string_view run) {
  if (run.size() != 12 && run.size() != 14 && run.size() != 17) return false;
  if (run.back() == 'X' || run.substr(0, 2) != "20") return false;
  const auto month = two_at(run, 4), day = two_at(run, 6);
  if (month < 1 || month > 12 || day < 1 || day > 31 || two_at(run, 8) > 24 || two_at(run, 10) > 59)
    return false;
  return run.size() == 12 || two_at(run, 12) <= 60;
}

/// GB/T 2260 in twelve digits.
bool is_region(std::string_view run) {
  return run.size() == 12 && run.ends_with("000000");
}

using Characters = std::vector<std::string_view>;

/// A run of digits, and a last X: its digits, and the character behind it.
struct Run {
  std::string digits;
  std::size_t end = 0;
};
Run run_at(const Characters& characters, std::size_t begin) {
  Run run{"", begin};
  while (run.end < characters.size()) {
    const auto digit = digit_of(characters[run.end]);
    if (!digit) break;
    run.digits += *digit, ++run.end;
  }
  if (!run.digits.empty() && run.end < characters.size() && is_check_letter(characters[run.end]))
    run.digits += 'X', ++run.end;
  return run;
}

/// A citizen number written in groups that begins here; nothing: none does. Between blanks one that may be
/// mistyped; joined by other signs, as parts of file names are (320812-20261013-0201), one that stands alone
/// and whose check character fits.
std::optional<Run> number_in_groups_at(const Characters& characters, std::size_t begin) {
  constexpr std::size_t digits_of_number = 18;
  auto whole = run_at(characters, begin);
  bool blanks = true;
  while (whole.digits.size() < digits_of_number && whole.end + 1 < characters.size() &&
         is_group_separator(characters[whole.end])) {
    blanks = blanks && is_blank_character(characters[whole.end]);
    auto next = run_at(characters, whole.end + 1);
    const bool check_letter_alone = next.digits.empty() && is_check_letter(characters[whole.end + 1]);
    if (check_letter_alone) next = {"X", whole.end + 2};
    if (next.digits.empty()) break;
    whole = {whole.digits + next.digits, next.end};
  }
  if (whole.digits.size() != digits_of_number || !reads_as_citizen_number(whole.digits)) return std::nullopt;
  const bool part = begin > 0 &&
                    (is_group_separator(characters[begin - 1]) ||
                     std::isalnum(static_cast<unsigned char>(characters[begin - 1][0])) != 0) &&
                    !is_blank_character(characters[begin - 1]);
  if (!blanks && (part || !CitizenNumber::read(whole.digits))) return std::nullopt;
  return whole;
}

std::string stars(std::size_t count) {
  return std::string(count, '*');
}

/// Masks the digits and keeps what stands between them.
std::string starred(const Characters& characters, std::size_t begin, std::size_t end) {
  std::string masked;
  for (auto i = begin; i < end; ++i)
    masked += digit_of(characters[i]) || is_check_letter(characters[i]) ? "*" : std::string(characters[i]);
  return masked;
}

/// Masks every run of digits: no digit of a long one or of a citizen number in groups is left; `shorter` says
/// what is shown of others.
template <class Shorter>
std::string with_runs(std::string_view text, Shorter shorter) {
  const auto characters = characters_of(text);
  std::string masked;
  for (std::size_t i = 0; i < characters.size();) {
    const auto run = run_at(characters, i);
    if (run.digits.empty()) {
      masked += characters[i++];
      continue;
    }
    const bool offset = i > 0 && characters[i - 1] == "@";
    if (const auto number = number_in_groups_at(characters, i)) {
      masked += starred(characters, i, number->end), i = number->end;
      continue;
    }
    if (run.digits.size() >= long_run && !is_time_stamp(run.digits))
      masked += starred(characters, i, run.end);
    else if (auto shown = shorter(run.digits, offset))
      masked += *shown;
    else
      for (auto at = i; at < run.end; ++at)
        masked += characters[at];
    i = run.end;
  }
  return masked;
}

}  // namespace

std::string mask_number(std::string_view number) {
  constexpr std::size_t shown = 2, short_number = 9;
  const auto characters = characters_of(number);
  std::size_t digits = 0;
  for (const auto& one : characters)
    digits += digit_of(one) || is_check_letter(one) ? 1 : 0;
  if (characters.size() < short_number || digits >= long_run) return stars(characters.size());
  auto masked = stars(characters.size() - shown);
  for (auto i = characters.size() - shown; i < characters.size(); ++i)
    masked += characters[i].size() == 1 && is_ascii(characters[i][0]) ? characters[i][0] : '*';
  return masked;
}

std::string mask_numbers_in(std::string_view text) {
  return with_runs(text, [](const std::string&, bool) { return std::optional<std::string>(); });
}

std::string mask_foreign(std::string_view text) {
  constexpr std::size_t short_run = 9, shown = 2;
  return with_runs(text, [](const std::string& digits, bool offset) -> std::optional<std::string> {
    if (digits.size() < short_run || offset || is_time_stamp(digits) || is_region(digits))
      return std::nullopt;
    return stars(digits.size() - shown) + digits.substr(digits.size() - shown);
  });
}

std::string mask_again(std::string_view masked) {
  constexpr std::string_view middle = "****";
  constexpr std::size_t side = 4;
  std::string text(masked);
  for (auto at = text.find(middle); at != std::string::npos; at = text.find(middle, at + 1)) {
    if (at < side || (at + middle.size() < text.size() && text[at + middle.size()] == '*')) continue;
    const auto end = at + middle.size();
    const bool number_before =
        std::all_of(text.begin() + at - side, text.begin() + at, [](char c) { return c >= '0' && c <= '9'; });
    if (!number_before || end + side > text.size()) continue;
    for (auto i = at - side; i < at; ++i)
      text[i] = '*';
    for (auto i = end; i < end + side; ++i)
      if (is_ascii(text[i]) && std::isalnum(static_cast<unsigned char>(text[i]))) text[i] = '*';
  }
  return text;
}

namespace {

/// UTF-8 check of a run of bytes beyond ASCII: whether each lead byte has as many more as it says.
bool reads_as_utf8(std::string_view run) {
  for (std::size_t i = 0; i < run.size();) {
    const auto lead = static_cast<unsigned char>(run[i]);
    const std::size_t size = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || i + size > run.size()) return false;
    for (std::size_t k = 1; k < size; ++k)
      if ((static_cast<unsigned char>(run[i + k]) & 0xC0) != 0x80) return false;
    i += size;
  }
  return true;
}

}  // namespace

std::string mask_key(std::string_view key) {
  std::string masked;
  for (std::size_t i = 0; i < key.size();) {
    auto end = i;
    while (end < key.size() && is_ascii(key[end]) == is_ascii(key[i]))
      ++end;
    const auto run = key.substr(i, end - i);
    masked += is_ascii(key[i]) ? mask_foreign(run) : reads_as_utf8(run) ? mask_name(mask_foreign(run)) : "*";
    i = end;
  }
  return masked;
}

}  // namespace kinhub
