#pragma once
// Manual reset of a checkpoint: a person moves a partition's stored position, back to read again or
// forward past what cannot be read. The plan is shown first (dry run); what it repeats or gives up is
// booked, so that the balance closes.

#include <map>
#include <optional>
#include <string>

#include "hub/base/result.hpp"
#include "hub/store/store.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// State of a partition before it is moved. All are sequences.
struct RewindFacts {
  std::string partition;
  std::int64_t at = 0;              ///< stored position
  std::int64_t start = 0, end = 0;  ///< of what the log still holds: (start, end]
  std::int64_t lease_epoch = 0;
  std::string stopped;  ///< why it is stopped; empty when it is not
};

struct RewindPlan {
  std::string partition;
  std::int64_t from = 0, to = 0;    ///< stored position, before and after
  std::int64_t start = 0, end = 0;  ///< what the log holds: (start, end]
  std::int64_t repeated = 0, lost = 0;
  std::int64_t offset = -1;      ///< where the medium has event `to`, if that is known
  std::int64_t lease_epoch = 0;  ///< at planning: a plan that is older than a change of hands is refused
  std::string stopped;           ///< why it is stopped now
  /// Accounting by source: the stretch (from, to] or (to, from], as it is booked. What cannot be read
  /// is told apart by what the balance misses of each source; where that does not tell either, the
  /// whole stretch is `unsplit`.
  std::map<std::string, std::int64_t> by_source;
  std::int64_t unsplit = 0;

  /// Renders the plan for a person, in a few lines.
  std::string text() const;
};

/// Plans the target, pure. Without `to` the nearest position that the log holds. Errors: REWIND_OUTSIDE. For
/// the balance received + repeated = applied + filtered + duplicate + quarantined + in flight + lost: moving
/// back by n repeats n, moving forward by n loses n, whatever became of the log.
Result<RewindPlan> rewind_to(const RewindFacts& facts, std::optional<std::int64_t> to);

/// Dry run: looks at log and store, probes whether the event after the new position can be read, and counts
/// the stretch by source. Without `to`: the nearest position that can be read on from. Changes nothing.
/// Throws Unavailable. Errors: REWIND_OUTSIDE, REWIND_UNREADABLE.
Result<RewindPlan> plan_rewind(EventLog& log, Store& store, std::int32_t partition,
                               std::optional<std::int64_t> to);

/// Executes a plan in one transaction: moves the position, books repeated or lost, clears the stop. Then
/// frees the lease, so that a running hub takes it anew and reads from the new position. Throws Unavailable.
/// Errors: REWIND_OVERTAKEN: position or lease moved since the plan was made.
Result<RewindPlan> rewind(EventLog& log, Store& store, const RewindPlan& plan);

/// Accounting bucket of a rewind of the embedded log, for what cannot be told apart by source.
inline constexpr char unsplit_source[] = "(not known)";

}  // namespace kinhub
