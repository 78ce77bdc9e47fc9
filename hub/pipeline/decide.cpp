// Application of a person's decision on a lead, in a transaction of its own.
#include "hub/pipeline/batch.hpp"
#include "hub/pipeline/pipeline.hpp"

namespace kinhub {

Result<LeadRow> Pipeline::decide(LeadId id, LeadState verdict, const std::string& reason,
                                 const std::string& by, std::optional<std::int64_t> seen_revision) {
  return in_one_transaction(store_, means(), [&](Batch&, StoreTransaction& store) -> Result<LeadRow> {
    auto lead = store.leads().find(id);
    if (!lead) return Error{"LEAD_UNKNOWN", "no such lead: see kinhub leads", std::to_string(id.value)};
    Workspace people(store.people(), keys_, evidence_.rules_in(store.values()));
    auto decided = desk_.decide(std::move(*lead), verdict, reason, by, people, store, seen_revision);
    if (decided) people.save();
    return decided;
  });
}

}  // namespace kinhub
