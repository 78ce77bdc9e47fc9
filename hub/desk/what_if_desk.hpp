#pragma once
// What-if over the whole population: everybody under two policy sets, in reading transactions. Writes
// nothing.

#include <memory>
#include <stop_token>

#include "hub/base/progress.hpp"
#include "hub/base/result.hpp"
#include "hub/base/secrets.hpp"
#include "hub/desk/what_if_view.hpp"
#include "hub/pipeline/rules.hpp"
#include "hub/record/evidence_rules.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// What a what-if reads; all outlive it.
struct WhatIfMeans {
  Store& store;
  const Keyring& keys;
  const Rules& rules;
  SharedEvidenceRules evidence;
  Date today;
  std::map<std::string, Wording> agencies;  ///< what each source is called
};

/// Compares the rules of `means` with others, page by page, in parallel, each page one snapshot. Errors:
/// STOPPED.
Result<WhatIfView> what_if(const WhatIfMeans& means, std::shared_ptr<const PolicySet> after,
                           const WhatIfQuestion& question, std::stop_token stop,
                           const OnProgress& on_progress);

}  // namespace kinhub
