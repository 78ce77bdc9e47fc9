#include "hub/base/mask.hpp"

#include <vector>

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

std::string mask_number(std::string_view number) {
  const auto characters = characters_of(number);
  if (characters.size() < 9) return std::string(characters.size(), '*');
  std::string masked;
  for (std::size_t i = 0; i < characters.size(); ++i) {
    if (i == 4) masked += "****", i = characters.size() - 4;
    const auto& one = characters[i];
    masked += one.size() == 1 && is_ascii(one[0]) ? one[0] : '*';
  }
  return masked;
}

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Replaces every run of digits, and a last X, by what `shown` makes of it and of the text before it.
template <class Shown>
std::string with_runs(std::string_view text, Shown shown) {
  std::string masked;
  for (std::size_t i = 0; i < text.size();) {
    auto end = i;
    while (end < text.size() && is_digit(text[end]))
      ++end;
    if (end > i && end < text.size() && (text[end] == 'X' || text[end] == 'x')) ++end;
    if (end == i)
      masked += text[i++];
    else
      masked += shown(text.substr(0, i), text.substr(i, end - i)), i = end;
  }
  return masked;
}

/// Two digits at `at` as a number.
int two_at(std::string_view run, std::size_t at) {
  return (run[at] - '0') * 10 + (run[at + 1] - '0');
}

/// yyyyMMddHHmm, yyyyMMddHHmmss, with a fraction of three digits behind: of this century, as names of files
/// are.
bool is_time_stamp(std::string_view run) {
  if (run.size() != 12 && run.size() != 14 && run.size() != 17) return false;
  if (!is_digit(run.back()) || run.substr(0, 2) != "20") return false;
  const auto month = two_at(run, 4), day = two_at(run, 6);
  if (month < 1 || month > 12 || day < 1 || day > 31 || two_at(run, 8) > 24 || two_at(run, 10) > 59)
    return false;
  return run.size() == 12 || two_at(run, 12) <= 60;
}

/// GB/T 2260 in twelve digits.
bool is_region(std::string_view run) {
  return run.size() == 12 && run.ends_with("000000");
}

}  // namespace

std::string mask_numbers_in(std::string_view text) {
  constexpr std::size_t long_run = 15;
  return with_runs(text, [](std::string_view, std::string_view run) {
    return run.size() >= long_run ? mask_number(run) : std::string(run);
  });
}

std::string mask_foreign(std::string_view text) {
  constexpr std::size_t short_run = 9, long_run = 15;
  return with_runs(text, [](std::string_view before, std::string_view run) {
    const bool offset = before.ends_with("@");
    if (run.size() < short_run || offset || is_time_stamp(run) || is_region(run)) return std::string(run);
    // Of a short number most would be shown by mask_number.
    return run.size() >= long_run ? mask_number(run)
                                  : std::string(run.size() - 2, '*').append(run.substr(run.size() - 2));
  });
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
    masked += is_ascii(key[i]) ? mask_foreign(run) : reads_as_utf8(run) ? mask_name(run) : "*";
    i = end;
  }
  return masked;
}

}  // namespace kinhub
