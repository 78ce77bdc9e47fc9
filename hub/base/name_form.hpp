#pragma once
// Normal form of personal names, for comparison only: the original is kept and shown. Pure functions on
// UTF-8.

#include <string>
#include <string_view>

namespace kinhub {

/// Unicode NFKC_Casefold (full width to plain, compatibility ideographs to unified ones, no case, no
/// zero-width characters or variation selectors), without blanks, and with every dot of minority names as
/// U+00B7. Text that is no UTF-8 stays as it is.
std::string name_form(std::string_view name);

/// Whether two spellings are of one name.
inline bool same_name(std::string_view a, std::string_view b) {
  return a == b || name_form(a) == name_form(b);
}

/// Whether a name is evidence of who bears it: another one tells another person. Not a transliteration
/// (letters alone, nothing of an East Asian script), nor what a newborn is called after its mother:
/// 李试女之子, 之女, 之婴.
bool tells_who(std::string_view name);

}  // namespace kinhub
