#pragma once
// Features: what record linkage compares of one person, as a value. Extracted from a dossier and its
// portrait, before two persons are compared.

#include <optional>
#include <string>
#include <vector>

#include "hub/base/citizen_number.hpp"
#include "hub/base/date.hpp"
#include "hub/linkage/name.hpp"

namespace kinhub {
struct Dossier;
struct Portrait;
}  // namespace kinhub

namespace kinhub::linkage {

/// A relative, as the person's own statements name him.
struct Relative {
  Name name;           ///< empty: not told
  std::string number;  ///< valid citizen number; empty: not told
  std::optional<PartialDate> born;
};

/// All that is known, from whatever source; several values where sources differ. Empty: not known, which is
/// neither for nor against.
struct Features {
  std::vector<Name> names;
  Sex sex = Sex::unknown;            ///< as told, not as the number says
  std::vector<PartialDate> born;     ///< as told, not as the number says
  std::vector<std::string> numbers;  ///< valid citizen numbers, current and former
  std::vector<std::string>
      broken_numbers;  ///< what stands where a number belongs and is none: 14 to 20 characters
  std::vector<std::string> police_ids;
  std::vector<std::string> papers;  ///< kind:value of charts, insurance numbers, certificates
  std::vector<Relative> mothers, fathers, children, spouses;
  std::vector<std::string> households;
  std::vector<std::u32string> addresses;  ///< in normal form: address_form()
  std::string region;                     ///< six digits
  std::optional<PartialDate> died;
  std::optional<Date>
      alive_on;  ///< the latest day on which the person must have lived: a marriage, a child borne
  bool multiple_birth = false;  ///< known to be one of twins or more
};

/// Normal form of an address: NFKC, no blanks, no case.
std::u32string address_form(std::string_view written);

/// Extraction from the record as known at a time: names, births, identifiers of the person's own mentions
/// that count, relatives from the ties, the rest from the portrait. Pure; `portrait` is of `dossier`, at that
/// time.
Features features_of(const Dossier& dossier, const Portrait& portrait, std::int64_t known_at_us);

}  // namespace kinhub::linkage
