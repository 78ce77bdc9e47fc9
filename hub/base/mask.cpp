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
    if (end - i >= 15 && end - i <= 22)
      masked += mask_number(text.substr(i, end - i));
    else
      masked += text.substr(i, end == i ? 1 : end - i);
    i = end == i ? i + 1 : end;
  }
  return masked;
}

}  // namespace kinhub
