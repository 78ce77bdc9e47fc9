#pragma once
// What a lead was decided on, computed again: by the facts that were known then, the policies, the evidence
// rules and the completeness of sources of then.

#include <optional>
#include <string>
#include <vector>

#include "hub/desk/views.hpp"
#include "hub/pipeline/evidence_book.hpp"
#include "hub/pipeline/policy_history.hpp"
#include "hub/pipeline/rules.hpp"
#include "hub/store/leads.hpp"

namespace kinhub {

struct AsDecidedView {
  std::string lead, benefit;
  PersonView person;
  std::string state, by;              ///< confirmed, dismissed; who
  std::optional<std::string> reason;  ///< nothing: hidden
  std::int64_t decided_at_us = 0;
  std::int64_t known_at_us = 0;  ///< when what was decided on had been computed
  std::string policies;          ///< digest of the policies it rested on; empty: none were kept yet
  bool remembered = false;       ///< the decision names them; no: found by time, it is from before that
  std::string evidence;          ///< digest of the evidence rules; empty: those built in
  std::string program;           ///< version; empty: not remembered
  bool equal = false;
  std::vector<std::string> reasons;  ///< why it is not equal, or could not be computed
  std::vector<SpanView> decided, computed;
};

/// What it reads; all outlive it.
struct AsDecidedMeans {
  StoreTransaction& reading;
  const Keyring& keys;
  const Rules& rules;
  PolicyBook& policies;
  EvidenceBook& evidence;
  Date today;
};
/// Of the last decision on this lead. Errors: LEAD_NOT_DECIDED.
Result<AsDecidedView> as_decided(const AsDecidedMeans& means, const LeadRow& row);

/// The differences of two timelines as sentences, pure; empty: they say the same.
std::vector<std::string> span_differences(const std::vector<SpanView>& decided,
                                          const std::vector<SpanView>& computed);

}  // namespace kinhub
