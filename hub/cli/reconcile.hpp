#pragma once
// The commands of reconciliation: their handlers, and their answers as text for people.

#include <iosfwd>

#include "hub/cli/context.hpp"
#include "hub/desk/reconcile_views.hpp"

// Beside the values, where the context's show() finds them.
namespace kinhub::reconcile {
void print(std::ostream& out, const RunRecord& run);
void print(std::ostream& out, const std::vector<RunRecord>& runs);
}  // namespace kinhub::reconcile
namespace kinhub {
void print(std::ostream& out, const ReconcileView& view);
}

namespace kinhub::cli {

/// Whether something of a run is left to a person.
bool wants_a_look(const reconcile::RunRecord& run);

Exit reconcile_run(const Context& context, const ReconcileQuestion& question);
Exit reconcile_list(const Context& context, const std::string& source);
Exit reconcile_show(const Context& context, std::int64_t run);

}  // namespace kinhub::cli
