#pragma once
// Whole lists of a small store, for tests: the pages of a shelf one after the other.

#include <optional>
#include <vector>

#include "hub/store/entries.hpp"
#include "hub/store/identity_pairs.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/people.hpp"
#include "hub/store/quarantine.hpp"

namespace kinhub {

inline std::vector<PersonId> all_people(PeopleShelf& people) {
  std::vector<PersonId> all;
  people.each([&](PersonId person) { all.push_back(person); });
  return all;
}
inline std::vector<PersonId> all_due(PeopleShelf& people, Date until) {
  std::vector<PersonId> all;
  people.each_due(until, [&](PersonId person) { all.push_back(person); });
  return all;
}
inline std::vector<LeadRow> all_leads(LeadShelf& leads, std::optional<LeadState> state) {
  std::vector<LeadRow> all;
  leads.each(state, [&](LeadRow& row) { all.push_back(row); });
  return all;
}
inline std::vector<PersonId> all_people_with_open(LeadShelf& leads) {
  std::vector<PersonId> all;
  leads.each_person_with_open([&](PersonId person) { all.push_back(person); });
  return all;
}
inline std::vector<IdentityPairRow> all_identity_pairs(IdentityPairShelf& pairs,
                                                       std::optional<PairState> state) {
  std::vector<IdentityPairRow> all;
  pairs.each(state, [&](IdentityPairRow& row) { all.push_back(row); });
  return all;
}
inline std::vector<EntryRow> all_entries(EntryShelf& entries, const std::string& source) {
  std::vector<EntryRow> all;
  for (Token after;;) {
    const auto page = entries.page(source, after, 3);  // so that small lists have several pages
    if (page.empty()) return all;
    all.insert(all.end(), page.begin(), page.end());
    after = page.back().key;
  }
}
inline std::vector<QuarantineRow> all_quarantine(QuarantineShelf& quarantine,
                                                 std::optional<QuarantineState> state) {
  std::vector<QuarantineRow> all;
  quarantine.each(state, [&](QuarantineRow& row) { all.push_back(row); });
  return all;
}

}  // namespace kinhub
