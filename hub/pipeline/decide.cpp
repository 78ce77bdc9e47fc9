// Application of a person's decision on a lead, in a transaction of its own.
#include "hub/base/version.hpp"
#include "hub/pipeline/batch.hpp"
#include "hub/pipeline/pipeline.hpp"
#include "hub/pipeline/policy_history.hpp"

namespace kinhub {

Result<LeadRow> Pipeline::decide(LeadId id, LeadState verdict, const std::string& reason,
                                 const std::string& by, std::optional<std::int64_t> seen_revision,
                                 const BesideDecision& beside) {
  return in_one_transaction(store_, means(), [&](Batch&, StoreTransaction& store) -> Result<LeadRow> {
    auto lead = store.leads().find(id);
    if (!lead) return Error{"LEAD_UNKNOWN", "no such lead: see kinhub leads", std::to_string(id.value)};
    Workspace people(store.people(), keys_, evidence_.rules_in(store.values()));
    // What the lead rests on are the rules that counted when it was last computed.
    const RestedOn rested_on{policies_at(store.values(), lead->changed_at_us),
                             evidence_digest(store.values()), std::string(program_version())};
    auto decided =
        desk_.decide(std::move(*lead), verdict, reason, by, people, store, seen_revision, rested_on);
    if (decided) people.save();
    if (decided && beside) beside(store, *decided);
    return decided;
  });
}

}  // namespace kinhub
