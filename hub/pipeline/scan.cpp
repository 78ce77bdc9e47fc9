// The scheduled re-evaluation (night scan): rights that the calendar alone has changed.
#include <algorithm>

#include "hub/pipeline/batch.hpp"
#include "hub/pipeline/pipeline.hpp"
#include "hub/pipeline/policy_history.hpp"

namespace kinhub {

std::int64_t Pipeline::scan(const std::function<void(std::int64_t, std::int64_t)>& progress) {
  in_one_transaction(store_, means(), [&](Batch& batch, StoreTransaction& store) {
    keep_policies(rules_, keys_, store.values(), clock_.now_us());
    batch.review_restored();
    return true;
  });
  std::vector<PersonId> parents;
  std::string evidence;
  {
    auto reading = store_.begin(Store::For::reading);
    parents = reading->people().due(today());
    auto open = reading->leads().people(LeadState::open);
    parents.insert(parents.end(), open.begin(), open.end());
    // Full scan after a change of policies, or of evidence rules: they may give or end rights of people
    // nothing else was told of.
    evidence = evidence_digest(reading->values());
    if (reading->values().get("policies digest") != rules_.policies_digest ||
        !evidence_reviewed(reading->values()))
      parents = reading->people().all();
  }
  std::sort(parents.begin(), parents.end());
  parents.erase(std::unique(parents.begin(), parents.end()), parents.end());
  // Paging, a transaction for each page: events go on between them, and each
  // parent's review stands by itself.
  for (std::size_t at = 0; at < parents.size(); at += parents_per_page) {
    std::vector<PersonId> page(
        parents.begin() + static_cast<std::ptrdiff_t>(at),
        parents.begin() + static_cast<std::ptrdiff_t>(std::min(at + parents_per_page, parents.size())));
    in_one_transaction(store_, means(), [&](Batch& batch, StoreTransaction&) {
      batch.review(page);
      return true;
    });
    if (progress)
      progress(static_cast<std::int64_t>(at + page.size()), static_cast<std::int64_t>(parents.size()));
  }
  in_one_transaction(store_, means(), [&](Batch&, StoreTransaction& store) {
    store.values().put("last scan", today().text());
    store.values().put("policies digest", rules_.policies_digest);
    note_evidence_reviewed(store.values(),
                           evidence);  // of the beginning: what was adopted since is scanned again
    return true;
  });
  return static_cast<std::int64_t>(parents.size());
}

}  // namespace kinhub
