// The scheduled re-evaluation (night scan): rights that the calendar alone has changed.
#include <algorithm>
#include <vector>

#include "hub/pipeline/batch.hpp"
#include "hub/pipeline/pipeline.hpp"
#include "hub/pipeline/policy_history.hpp"

namespace kinhub {
namespace {

/// Everybody there is now. Who is told of later is reviewed with what tells it, so that a scan has an end
/// beside an import.
std::vector<PersonId> all_people(StoreTransaction& reading) {
  std::vector<PersonId> people;
  reading.people().each([&](PersonId person) { people.push_back(person); });
  return people;
}

/// Whose rights the calendar changes by that day, or who has an open lead; in order of id.
std::vector<PersonId> due_or_open(StoreTransaction& reading, Date until) {
  std::vector<PersonId> people;
  const auto add = [&](PersonId person) { people.push_back(person); };
  reading.people().each_due(until, add);
  reading.leads().each_person_with_open(add);
  std::sort(people.begin(), people.end());
  people.erase(std::unique(people.begin(), people.end()), people.end());
  return people;
}

std::vector<PersonId> page_of(const std::vector<PersonId>& all, std::size_t at) {
  const auto from = all.begin() + static_cast<std::ptrdiff_t>(at);
  return {from, from + std::min<std::ptrdiff_t>(parents_per_page, all.end() - from)};
}

}  // namespace

std::int64_t Pipeline::scan(const std::function<void(std::int64_t, std::int64_t)>& progress) {
  in_one_transaction(store_, means(), [&](Batch& batch, StoreTransaction& store) {
    keep_policies(rules_, keys_, store.values(), clock_.now_us());
    batch.review_restored();
    return true;
  });
  std::string evidence;
  std::vector<PersonId> parents;
  {
    auto reading = store_.begin(Store::For::reading);
    // Full scan after a change of policies, or of evidence rules: they may give or end rights of people
    // nothing else was told of.
    evidence = evidence_digest(reading->values());
    const bool everybody = reading->values().get("policies digest") != rules_.policies_digest ||
                           !evidence_reviewed(reading->values());
    parents = everybody ? all_people(*reading) : due_or_open(*reading, today());
  }
  // Paging, a transaction for each page: events go on between them, and each
  // parent's review stands by itself.
  std::size_t done = 0;
  while (done < parents.size()) {
    const auto page = page_of(parents, done);
    in_one_transaction(store_, means(), [&](Batch& batch, StoreTransaction&) {
      batch.review(page);
      return true;
    });
    done += page.size();
    if (progress) progress(static_cast<std::int64_t>(done), static_cast<std::int64_t>(parents.size()));
  }
  in_one_transaction(store_, means(), [&](Batch&, StoreTransaction& store) {
    store.values().put("last scan", today().text());
    store.values().put("policies digest", rules_.policies_digest);
    note_evidence_reviewed(store.values(),
                           evidence);  // of the beginning: what was adopted since is scanned again
    return true;
  });
  return static_cast<std::int64_t>(done);
}

}  // namespace kinhub
