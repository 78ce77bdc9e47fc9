#pragma once
// Comparison of citizen numbers by the typing errors that happen: one wrong digit, two neighbours swapped.

#include <string_view>

namespace kinhub::linkage {

/// Whether one of the texts comes of the other by one wrong, missing or additional character, or by swapping
/// two neighbours. False for equal ones.
bool one_slip(std::string_view a, std::string_view b);

/// Two valid numbers that a typing error may have made of one: their first 17 digits are one slip apart. The
/// check character finds such errors, but not where it was computed afterwards, as for numbers of 15 digits.
/// REQUIRES: valid numbers.
bool plausible_typo(std::string_view a, std::string_view b);

/// A number that is none and another: one slip apart; of 15 digits, one slip from the same digits of an
/// 18-character number.
bool close_numbers(std::string_view broken, std::string_view other);

}  // namespace kinhub::linkage
