// The guard's question before a kept answer is given again: it is asked as of now, not as of when the act was
// done.
#include "hub/desk/guard.hpp"

namespace kinhub {

Result<bool> GuardedDesk::may_see_again(const Caller& caller, OperationId op,
                                        const std::vector<std::string>& names) {
  // Reason and revision were given with the act itself, so this asks for neither anew.
  Asked asked{.op = op, .reason = "the same request again: the answer that was kept", .revision = 0};
  const bool by_name = operation(op).scoped_by == ScopedBy::named;
  for (const auto& name : names) {
    if (by_name && name.starts_with('L')) {
      asked.named.emplace_back(LeadName{name});
    } else if (by_name && name.starts_with('P')) {
      asked.named.emplace_back(PersonName(name));
    } else {
      asked.on.push_back(name);
    }
  }
  auto verdict = judge(caller, asked);
  if (const auto* errors = std::get_if<std::vector<Error>>(&verdict)) return errors->front();
  auto& entry = std::get<Judged>(verdict).entry;
  entry.revision.clear();
  entry.outcome = AuditEntry::Outcome::shown;
  trail_->append(std::move(entry));
  return true;
}

}  // namespace kinhub
