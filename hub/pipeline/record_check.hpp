#pragma once
// References both ways between the record and what is found through it: dossiers against their indexes, the
// calendar, and the marks beside them. What can be derived from the record carries no code: it is compared.

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>
#include <vector>

#include "hub/base/id.hpp"
#include "hub/base/secrets.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// What an index says otherwise than the record.
struct IndexFinding {
  PersonId person;
  std::string table;  ///< dossier, holder, home, entry, next_change, lead, decided
  std::string key;    ///< for people
  std::string code;   ///< DOSSIER_UNREADABLE, INDEX_DIFFERS, MARKS_DIFFER, RECORD_GONE
};

/// Compares a page of people; reads only.
std::vector<IndexFinding> check_people(StoreTransaction& transaction, const Keyring& keys,
                                       std::span<const PersonId> people);
/// Writes the index rows of a page of people anew where they say otherwise: the record is sealed, they are
/// not. Marks are left: reviewing the rights of the person writes them.
void mend_indexes(StoreTransaction& writing, const Keyring& keys, std::span<const PersonId> people);
/// Of the people with numbers in [first, until) those whose record says less than the index of entries knows:
/// an older copy of it was put back.
std::vector<PersonId> older_people(StoreTransaction& transaction, const Keyring& keys, std::int64_t first,
                                   std::int64_t until);
/// Leads and decisions whose person or lead there is not.
std::vector<IndexFinding> check_leads(Store& store);

struct RecordScrub {
  std::int64_t people = 0, mended = 0;
  std::vector<IndexFinding> found;
  bool complete = false;
};
/// A part of the night round: goes on where the last one ended, mends what it finds and notes it among the
/// damages.
RecordScrub scrub_records(Store& store, const Keyring& keys, std::int64_t cpu_ms_max, std::stop_token stop);
/// Everybody; reads only.
std::vector<IndexFinding> check_records(Store& store, const Keyring& keys,
                                        const std::function<void(std::int64_t people)>& progress = {});

}  // namespace kinhub
