#pragma once
// What both stores keep a count of, in the transaction that changes it: a count costs the same at any size.

#include <cstdint>

namespace kinhub {

/// A kept count; some have one number for each code. Stored: numbers stay.
enum class Tally : std::uint8_t {
  people = 0,      ///< dossiers that are not empty
  histories = 1,   ///< rows of the index of entries
  open_leads = 2,  ///< by LeadKind
  // 3 was that of the quarantine, which nobody asked for
  waiting_pairs = 4,  ///< open entries of the identity review queue, by PairWhy
  cases = 5           ///< rows of the table of cases, by CaseCount::code
};

}  // namespace kinhub
