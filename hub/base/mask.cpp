#include "hub/base/mask.hpp"

#include <vector>

namespace kinhub {

std::string mask_name(std::string_view name) {
  std::vector<std::string_view> characters;
  for (std::size_t i = 0; i < name.size();) {
    std::size_t size = 1;
    while (i + size < name.size() && (static_cast<unsigned char>(name[i + size]) & 0xC0) == 0x80)
      ++size;
    characters.push_back(name.substr(i, size));
    i += size;
  }
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
  if (number.size() < 9) return std::string(number.size(), '*');
  return std::string(number.substr(0, 4)) + "****" + std::string(number.substr(number.size() - 4));
}

std::string mask_numbers_in(std::string_view text) {
  std::string masked;
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i;
    while (end < text.size() && text[end] >= '0' && text[end] <= '9')
      ++end;
    if (end > i && end < text.size() && (text[end] == 'X' || text[end] == 'x')) ++end;
    if (end - i >= 15)
      masked += mask_number(text.substr(i, end - i));
    else
      masked += text.substr(i, end == i ? 1 : end - i);
    i = end == i ? i + 1 : end;
  }
  return masked;
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
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  std::string masked;
  for (std::size_t i = 0; i < key.size();) {
    auto end = i;
    while (end < key.size() && is_ascii(key[end]) == is_ascii(key[i]))
      ++end;
    const auto run = key.substr(i, end - i);
    masked += is_ascii(key[i]) ? mask_numbers_in(run) : reads_as_utf8(run) ? mask_name(run) : "*";
    i = end;
  }
  return masked;
}

}  // namespace kinhub
