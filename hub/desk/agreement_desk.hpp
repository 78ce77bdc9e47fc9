#pragma once
// Agreement over the whole population: what each source says of everybody, beside the settled record. Reads
// people in reading transactions; writes the figures of a run over everybody, and nothing else.

#include <stop_token>

#include "hub/base/progress.hpp"
#include "hub/base/result.hpp"
#include "hub/base/secrets.hpp"
#include "hub/desk/agreement_view.hpp"
#include "hub/record/evidence_rules.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// What it reads; all outlive it.
struct AgreementMeans {
  Store& store;
  const Keyring& keys;
  SharedEvidenceRules evidence;
  Date today;
  std::int64_t now_us = 0;
};

/// How many runs are kept, for trends.
inline constexpr std::size_t agreement_runs_kept = 30;

/// Compares page by page, in parallel. The figures of a run over all sources, fields and regions are kept.
/// Errors: STOPPED.
Result<AgreementView> compare_agreement(const AgreementMeans& means, const AgreementQuestion& question,
                                        std::stop_token stop, const OnProgress& on_progress);

/// The runs that are kept, the newest first. Throws std::runtime_error when they cannot be read.
std::vector<AgreementRun> agreement_runs(ValueShelf& values);

}  // namespace kinhub
