#pragma once
// Parser and validator of the citizen number of GB 11643: the forms real feeds send, the check character, and
// what the number says about its holder.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/base/result.hpp"

namespace kinhub {

enum class Sex : std::uint8_t { unknown, male, female };

/// A validated 18-character citizen number (公民身份号码, GB 11643-1999), upper-case X. It can change
/// (纠正重号, 纠正错号: GA/T 2000.24 items 11, 12) and its first six digits are where its holder was first
/// registered, never where the person lives.
class CitizenNumber {
 public:
  /// Parses and normalizes 18 characters, the 15-digit form of before 1999 (made 18: "19" after digit 6, or
  /// "18" for the sequence numbers 996-999 kept for people of a hundred; then the check character),
  /// lower-case x, full-width digits, blanks around, an apostrophe before it (Excel). Errors:
  /// CITIZEN_ID_LENGTH, CITIZEN_ID_CHARSET (also 3.4E+17: digits are lost, it must be sent again),
  /// CITIZEN_ID_CHECK, CITIZEN_ID_BIRTH.
  static Result<CitizenNumber> read(std::string_view raw);

  const std::string& text() const { return text_; }
  Date birth() const;
  Sex sex() const;  ///< digit 17: odd male, even female

  friend auto operator<=>(const CitizenNumber&, const CitizenNumber&) = default;

 private:
  std::string text_;
};

/// Scans bytes of any ASCII-compatible encoding for valid citizen numbers that stand alone, in the forms that
/// read() takes (18 or 15 digits, full width, blanks inside) and as character references of XML. Each once,
/// in order of appearance, at most `count_max`.
std::vector<CitizenNumber> citizen_numbers_in(std::string_view bytes, std::size_t count_max);

/// The check character of 17 digits (ISO 7064 MOD 11-2). REQUIRES: 17 ASCII digits.
char citizen_number_check(std::string_view first17);

}  // namespace kinhub
