#pragma once
// Reader of what care knows: opens the people around special families and archives, as of a known time, and
// makes values of them (hub/service). Everybody else stays shut.

#include <optional>

#include "hub/pipeline/evidence_book.hpp"
#include "hub/pipeline/policy_history.hpp"
#include "hub/pipeline/rules.hpp"
#include "hub/service/record.hpp"
#include "hub/service/service.hpp"

namespace kinhub {

/// What it reads; all outlive it.
struct CareRecordMeans {
  StoreTransaction& reading;
  const Keyring& keys;
  const Rules& rules;
  PolicyBook& policies;
  EvidenceBook& evidence;
  const service::ServiceSet& services;
  Date today;
};

/// As of now, by the table of cases and the index of archives: who stands in neither is not opened. As of an
/// earlier time everybody who ever was a parent or had a right is looked at, for the table is of today.
/// Errors: CARE_CONDITIONS, no policy says who is a special family; those of PolicyBook.
Result<service::Record> read_care_record(const CareRecordMeans& means,
                                         std::optional<std::int64_t> known_at_us);

}  // namespace kinhub
