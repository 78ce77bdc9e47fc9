#pragma once
// One run of reconciliation: an agency's snapshot against what the hub holds from that agency, repaired by
// correcting events: docs/decisions/0034-reconciliation.md.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/progress.hpp"
#include "hub/reconcile/pass.hpp"

namespace kinhub::reconcile {

/// When a run stops before it changes anything.
struct Limits {
  std::int64_t changes_max = 1000;  ///< records to be corrected; also
  double share_max = 0.05;          ///< of the snapshot's; but
  std::int64_t changes_free = 10;   ///< so many are always allowed
  double shrink_max = 0.10;         ///< how much smaller than the last whole one a snapshot may be
};

struct Request {
  std::string source;
  std::vector<std::string> paths;  ///< as the run keeps them; empty: what the connector delivers
  bool dry_run = false;
  bool again = false;                    ///< also a snapshot of the same bytes as the last one
  std::optional<std::int64_t> run;       ///< goes on with this run, which was braked
  std::optional<std::int64_t> expected;  ///< how many records it may correct, in place of the limits
  Repairs repairs;                       ///< what becomes of which class
  /// Of a run that is gone on with: the one class it corrects now; nothing: those that `repairs` says.
  std::optional<RowClass> only;
  std::filesystem::path reports;  ///< the report stands in a folder of it: run-17
  Limits limits;
};

/// What a run needs of the hub around it.
struct Surroundings {
  ReadSnapshot read;
  /// Waits until what the log holds of the source is processed. An error: it is not.
  std::function<std::optional<Error>()> settle;
  OnProgress progress;
};

/// The policies by which a run that is gone on with corrects: of `only`, which somebody asks for, all.
/// Errors: REPAIR_NEVER.
Result<Repairs> repairs_of(const Repairs& configured, std::optional<RowClass> only);
/// Why a run must not change so much; nothing: it may.
std::optional<Error> brake(const RunCounts& counts, bool first_load, const Limits& limits,
                           std::optional<std::int64_t> expected);
/// Why a snapshot is not what it should be. `before`: of the last run of the source that found one whole.
std::vector<Error> faults_of(const RunRecord& run, const std::optional<RunRecord>& before,
                             const Limits& limits, bool again);

/// Runs, or goes on with the last run of the source if that was interrupted. Broken infrastructure throws;
/// the run goes on when the command is given again. Errors: what `read` and `settle` refuse, NO_SUCH_RUN,
/// RUN_NOT_BRAKED, RECORD_UNREADABLE.
Result<RunRecord> reconcile(const Means& means, const Request& request, const Surroundings& around);

}  // namespace kinhub::reconcile
