#pragma once
// Evidence rules of a site: what counts, what others would change, and their adoption.

#include "hub/base/clock.hpp"
#include "hub/base/progress.hpp"
#include "hub/desk/views.hpp"
#include "hub/pipeline/evidence_book.hpp"
#include "hub/pipeline/rules.hpp"

namespace kinhub {

struct Config;

EvidenceRulesView evidence_view(const Config& config, const Keyring& keys, StoreTransaction& reading);

/// What a comparison reads; all outlive it.
struct ComparisonMeans {
  Store& store;
  const Keyring& keys;
  const Rules& rules;
  const Clock& clock;
  Date today;
};
/// Dry run over everybody, page by page, each page one snapshot: values, disputes, leads and money by the
/// rules of the file beside those that count. Writes nothing.
EvidenceComparisonView compare_evidence(const ComparisonMeans& means, const EvidenceFile& file,
                                        const OnProgress& on_progress);

/// Stores the adoption with its entry in the audit log; digest, name and time are filled in: it counts from
/// when it is stored. Error: EVIDENCE_COUNTS.
Result<EvidenceRulesView::Adoption> record_adoption(Store& store, const Keyring& keys, const Clock& clock,
                                                    const EvidenceFile& file, EvidenceAdoption adoption);

}  // namespace kinhub
