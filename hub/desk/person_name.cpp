#include "hub/desk/requests.hpp"

namespace kinhub {

Result<PersonName> read_person(std::string_view text) {
  bool letter_first =
      !text.empty() && ((text[0] >= 'A' && text[0] <= 'Z') || (text[0] >= 'a' && text[0] <= 'z'));
  if (letter_first) return PersonName(std::string(text));
  auto number = CitizenNumber::read(text);
  if (!number) {
    auto error = number.error();
    error.place = "--of";
    return error;
  }
  return PersonName(*number);
}

}  // namespace kinhub
