#include "hub/base/citizen_number.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>

namespace kinhub {
namespace {

Error refuse(std::string code, std::string text) {
  return Error{std::move(code), std::move(text), {}};
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Normalizes: full-width forms U+FF10..FF19 and X, x to ASCII; blanks (also U+3000, U+00A0) and one
/// leading apostrophe dropped.
std::string plain(std::string_view raw) {
  std::string text;
  for (std::size_t i = 0; i < raw.size(); ++i) {
    auto byte = [&](std::size_t k) {
      return i + k < raw.size() ? static_cast<unsigned char>(raw[i + k]) : 0u;
    };
    if (byte(0) == 0xEF && byte(1) == 0xBC && byte(2) >= 0x81 && byte(2) <= 0xBF) {
      text += static_cast<char>(byte(2) - 0x81 + '!'), i += 2;
    } else if (byte(0) == 0xEF && byte(1) == 0xBD && byte(2) >= 0x80 && byte(2) <= 0x9E) {
      text += static_cast<char>(byte(2) - 0x80 + '`'), i += 2;
    } else if (byte(0) == 0xE3 && byte(1) == 0x80 && byte(2) == 0x80) {
      i += 2;
    } else if (byte(0) == 0xC2 && byte(1) == 0xA0) {
      i += 1;
    } else if (raw[i] != ' ' && raw[i] != '\t' && raw[i] != '\r' && raw[i] != '\n') {
      text += raw[i];
    }
  }
  if (!text.empty() && text.front() == '\'') text.erase(0, 1);
  if (!text.empty() && text.back() == 'x') text.back() = 'X';
  return text;
}

std::optional<Date> birth_in(std::string_view eighteen) {
  auto number = [&](std::size_t at, std::size_t size) {
    int value = 0;
    for (char c : eighteen.substr(at, size))
      value = value * 10 + (c - '0');
    return value;
  };
  return Date::make(number(6, 4), static_cast<unsigned>(number(10, 2)), static_cast<unsigned>(number(12, 2)));
}

}  // namespace

char citizen_number_check(std::string_view first17) {
  assert(first17.size() == 17 && std::all_of(first17.begin(), first17.end(), is_digit));
  static constexpr int weights[17] = {7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (int i = 0; i < 17; ++i)
    sum += weights[i] * (first17[static_cast<std::size_t>(i)] - '0');
  return "10X98765432"[sum % 11];
}

Result<CitizenNumber> CitizenNumber::read(std::string_view raw) {
  auto text = plain(raw);
  if (text.find_first_not_of("0123456789X") != std::string::npos)
    return refuse(
        "CITIZEN_ID_CHARSET",
        "a citizen number has only digits and a last X; if a spreadsheet wrote it as 3.4E+17 its digits are "
        "lost: ask the source to send it as text");
  if (text.size() != 18 && text.size() != 15)
    return refuse("CITIZEN_ID_LENGTH", "a citizen number has 18 characters (15 before 1999), this has " +
                                           std::to_string(text.size()));
  for (std::size_t i = 0; i + 1 < text.size(); ++i)
    if (!is_digit(text[i])) return refuse("CITIZEN_ID_CHARSET", "an X may only be the last of 18 characters");
  if (text.size() == 15) {
    if (!is_digit(text.back())) return refuse("CITIZEN_ID_CHARSET", "a 15-digit number has no X");
    auto sequence = text.substr(12);
    text.insert(6, sequence >= "996" ? "18" : "19");
    text += citizen_number_check(text);
  }
  if (text.back() != citizen_number_check(std::string_view(text).substr(0, 17)))
    return refuse("CITIZEN_ID_CHECK",
                  "the check character does not fit the other 17: ask the source to correct it");
  if (!birth_in(text)) return refuse("CITIZEN_ID_BIRTH", "digits 7 to 14 are no day of the calendar");
  CitizenNumber number;
  number.text_ = std::move(text);
  return number;
}

namespace {

/// ASCII of what may spell a digit otherwise: full-width forms in UTF-8, and decimal or hexadecimal character
/// references of XML. Everything else stays as it is.
std::string with_plain_digits(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    const auto rest = bytes.substr(i);
    if (rest.size() >= 3 && rest.starts_with("\xEF\xBC") && rest[2] >= '\x90' && rest[2] <= '\xB8') {
      text += static_cast<char>(static_cast<unsigned char>(rest[2]) - 0x90 + '0');
      i += 3;
      continue;
    }
    if (rest.starts_with("&#")) {
      const bool hexadecimal = rest.size() > 2 && (rest[2] == 'x' || rest[2] == 'X');
      unsigned code = 0;
      const auto* from = rest.data() + (hexadecimal ? 3 : 2);
      const auto [end, error] = std::from_chars(from, rest.data() + std::min<std::size_t>(rest.size(), 12),
                                                code, hexadecimal ? 16 : 10);
      if (error == std::errc() && end != rest.data() + rest.size() && *end == ';' && code < 0x80) {
        text += static_cast<char>(code);
        i += static_cast<std::size_t>(end - rest.data()) + 1;
        continue;
      }
    }
    text += bytes[i++];
  }
  return text;
}

}  // namespace

std::vector<CitizenNumber> citizen_numbers_in(std::string_view bytes, std::size_t count_max) {
  std::vector<CitizenNumber> found;
  const auto text = with_plain_digits(bytes);
  auto add = [&](std::string_view run) {
    if (found.size() >= count_max) return;
    auto number = CitizenNumber::read(run);
    if (number && std::find(found.begin(), found.end(), *number) == found.end())
      found.push_back(std::move(*number));
  };
  for (std::size_t i = 0; i < text.size() && found.size() < count_max;) {
    // A run of digits, with single blanks inside of it as people write long numbers.
    auto end = i;
    std::string digits;
    while (end < text.size() && (is_digit(text[end]) || (text[end] == ' ' && !digits.empty() &&
                                                         end + 1 < text.size() && is_digit(text[end + 1])))) {
      if (text[end] != ' ') digits += text[end];
      ++end;
    }
    if (digits.size() == 17 && end < text.size() && (text[end] == 'X' || text[end] == 'x')) digits += 'X';
    if (digits.size() == 18 || digits.size() == 15) {
      add(digits);
    } else if (digits.size() > 18) {  // several numbers, with a blank between them
      for (auto at = i; at < end;) {
        auto part = std::min(text.find(' ', at), end);
        auto run = text.substr(at, part - at);
        if (run.size() == 17 && part < text.size() && (text[part] == 'X' || text[part] == 'x')) run += 'X';
        if (run.size() == 18 || run.size() == 15) add(run);
        at = part + 1;
      }
    }
    i = std::max(end, i + 1);
  }
  return found;
}

Date CitizenNumber::birth() const {
  return *birth_in(text_);
}

Sex CitizenNumber::sex() const {
  return (text_[16] - '0') % 2 == 1 ? Sex::male : Sex::female;
}

}  // namespace kinhub
