#pragma once
// Rows of the table of cases: what a parent's timelines and decisions come to on a day, in codes.

#include <map>
#include <string>
#include <vector>

#include "hub/lead/lead.hpp"
#include "hub/store/cases.hpp"
#include "hub/store/values.hpp"

namespace kinhub {

/// The codes of benefits and conditions, numbered in the order in which they were first met; kept in the
/// store, so that a code means the same for ever. On one thread, within one transaction.
class CaseWords {
 public:
  explicit CaseWords(ValueShelf& values);
  /// The code of a word; a new one is noted, which writes.
  std::uint16_t code_of(const std::string& word);
  std::optional<std::uint16_t> find(const std::string& word) const;  ///< nothing: not met yet
  /// The word of a code; "" where it is none.
  std::string word_of(std::uint16_t code) const;

 private:
  ValueShelf& values_;
  std::vector<std::string> words_;
};

/// A row before its words are coded.
struct CaseFound {
  CaseKind kind{};
  std::string what;
  CaseState state{};
  Interval run;
  std::int64_t fen = 0;
  friend bool operator==(const CaseFound&, const CaseFound&) = default;
};

/// What stands of a parent on a day, pure; each (kind, what) once. Of several runs of one it is that of the
/// day, else the next one, else the last one. Spans that touch and are equally sure are one run.
std::vector<CaseFound> cases_of(const PolicySet& policies, const PolicySet::Standing& standing,
                                const Decisions& decisions, Date today);
/// The area of a parent on a day, as twelve digits; 0: not known.
std::int64_t area_on(const Situation& situation, Date today);
/// The next day behind `today` on which any of this may be otherwise by the calendar alone.
std::optional<Date> next_case_change(const PolicySet::Standing& standing, const Decisions& decisions,
                                     const Situation& situation, Date today);

/// The reference under which a person stands in the table, and back.
std::int64_t case_reference(const Keyring& keys, PersonId person);
std::optional<PersonId> person_of_case(const Keyring& keys, std::int64_t reference);

}  // namespace kinhub
