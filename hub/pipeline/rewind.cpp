#include "hub/pipeline/rewind.hpp"

#include <algorithm>
#include <cstdlib>

#include "hub/node/ownership.hpp"
#include "hub/store/balance.hpp"
#include "hub/store/positions.hpp"
#include "hub/store/values.hpp"

namespace kinhub {
namespace {

constexpr std::size_t page_events_max = 5'000;
constexpr std::int64_t probes_max = 1'000;  // spoilt events in a row that are skipped without being told to

RewindFacts facts_of(EventLog& log, Store& store, std::int32_t partition) {
  RewindFacts facts;
  facts.partition = log.partition_name(partition);
  for (const auto& lease : store.leases())
    if (lease.partition == facts.partition) facts.lease_epoch = lease.epoch;
  auto reading = store.begin(Store::For::reading);
  facts.at = reading->positions().at(facts.partition).sequence;
  facts.stopped = reading->values().get(stop_reason_name(facts.partition));
  facts.start = log.start(partition).sequence;
  facts.end = log.end(partition).sequence;
  return facts;
}

/// Probe: whether reading can go on there, because the next event is there and whole, or the end is reached.
bool readable(EventLog& log, LogPosition at) {
  try {
    log.read(at, 1, 1'000);
    return true;
  } catch (const LogDamaged&) {
    return false;
  }
}

/// Counts the stretch (low, high] by source as far as the log gives it; true when all of it was read.
bool count_stretch(EventLog& log, std::int32_t partition, std::int64_t low, std::int64_t high,
                   std::map<std::string, std::int64_t>& by_source, LogPosition& last) {
  try {
    for (LogPosition at{partition, low}; at.sequence < high;) {
      auto page =
          log.read(at, std::min(page_events_max, static_cast<std::size_t>(high - at.sequence)), 1'000);
      if (page.empty()) return false;
      for (const auto& logged : page)
        by_source[logged.event.source] += 1;
      at = last = page.back().position;
    }
    return true;
  } catch (const LogDamaged&) {
    return false;
  }
}

/// Reconstructs the split of an unreadable stretch by source, from the balance: what the log received and
/// what then waits after `to`, against where the events went. Nothing when even that does not tell.
std::optional<std::map<std::string, std::int64_t>> split_by_balance(EventLog& log, Store& store,
                                                                    std::int32_t partition,
                                                                    const RewindPlan& plan) {
  std::map<std::string, std::int64_t> missing;  // of each source: waiting + gone its way - received
  LogPosition last{partition, plan.to};
  if (!count_stretch(log, partition, plan.to, plan.end, missing, last)) return std::nullopt;
  for (const auto& [source, count] : log.received())
    missing[source] -= count;
  for (const auto& [source, of] : store.begin(Store::For::reading)->balance().counters())
    missing[source] += of.applied + of.filtered + of.duplicate + of.quarantined + of.lost - of.repeated;
  std::int64_t sum = 0;
  std::map<std::string, std::int64_t> by_source;
  for (const auto& [source, count] : missing) {
    sum += count;
    if (count == 0) continue;
    if ((count > 0) != (plan.to < plan.from)) return std::nullopt;  // an older residue is mixed with it
    by_source[source] = std::abs(count);
  }
  if (sum != plan.from - plan.to) return std::nullopt;
  return by_source;
}

}  // namespace

Result<RewindPlan> rewind_to(const RewindFacts& facts, std::optional<std::int64_t> to) {
  RewindPlan plan;
  plan.partition = facts.partition, plan.from = facts.at, plan.start = facts.start, plan.end = facts.end;
  plan.lease_epoch = facts.lease_epoch, plan.stopped = facts.stopped;
  plan.to = to ? *to : std::clamp(facts.at, facts.start, std::max(facts.start, facts.end));
  if (plan.to < facts.start || plan.to > facts.end)
    return Error{"REWIND_OUTSIDE",
                 facts.partition + " can be read on from positions " + std::to_string(facts.start) + " to " +
                     std::to_string(facts.end) + ": choose one of these",
                 std::to_string(plan.to)};
  plan.repeated = std::max<std::int64_t>(plan.from - plan.to, 0);
  plan.lost = std::max<std::int64_t>(plan.to - plan.from, 0);
  return plan;
}

Result<RewindPlan> plan_rewind(EventLog& log, Store& store, std::int32_t partition,
                               std::optional<std::int64_t> to) {
  const auto facts = facts_of(log, store, partition);
  auto plan = rewind_to(facts, to);
  if (!plan) return plan;
  // Skips unreadable bytes, unless a place was asked for.
  for (std::int64_t step = 0; plan->to < facts.end && !readable(log, {partition, plan->to}); ++step) {
    if (to || step == probes_max)
      return Error{"REWIND_UNREADABLE", "the event after this position cannot be read: choose a later one",
                   std::to_string(plan->to)};
    plan = rewind_to(facts, plan->to + 1);
    if (!plan) return plan;
  }

  const auto low = std::min(plan->from, plan->to), high = std::max(plan->from, plan->to);
  LogPosition last{partition, low};
  if (plan->partition != "log") {
    if (high > low) plan->by_source[plan->partition] = high - low;  // the partition is the source
  } else if (low < facts.start || high > facts.end ||
             !count_stretch(log, partition, low, high, plan->by_source, last)) {
    auto split = split_by_balance(log, store, partition, *plan);
    plan->by_source = split.value_or(std::map<std::string, std::int64_t>{});
    if (!split) plan->unsplit = high - low;
  }
  if (plan->to > plan->from && last.sequence == plan->to) plan->offset = last.offset;
  return plan;
}

/// Also acknowledges damage at the end: where the stored position stays or goes to the end, what stands there
/// is what a person has decided about.
Result<RewindPlan> rewind(EventLog& log, Store& store, const RewindPlan& plan) {
  for (std::int32_t partition = 0; partition < log.partitions() && plan.to == plan.end; ++partition)
    if (log.partition_name(partition) == plan.partition) log.accept_end(partition);
  auto writing = store.begin(Store::For::writing);
  if (!writing->positions().advance({plan.partition, plan.from, plan.to, plan.offset, plan.lease_epoch}))
    return Error{"REWIND_OVERTAKEN", "the hub has moved on since this plan was made: look at a new plan",
                 plan.partition};
  auto book = [&](const std::string& source, std::int64_t count) {
    Counters change;
    (plan.to < plan.from ? change.repeated : change.lost) = count;
    if (count > 0) writing->balance().add_counters(source, change);
  };
  for (const auto& [source, count] : plan.by_source)
    book(source, count);
  book(unsplit_source, plan.unsplit);
  writing->values().put(stop_reason_name(plan.partition), "");
  writing->commit();
  writing.reset();
  // Invalidates the reader of a running hub: one that has read to the end already would not look back, so it
  // takes the lease anew, and with it the position.
  try {
    for (const auto& lease : store.leases())
      if (lease.partition == plan.partition && lease.epoch == plan.lease_epoch)
        store.release_lease(lease.partition, lease.owner, lease.epoch);
  } catch (const Unavailable&) {
    // Best effort: the position is moved all the same; the next event makes it known.
  }
  return plan;
}

std::string RewindPlan::text() const {
  auto events = [](std::int64_t count) {
    return std::to_string(count) + (count == 1 ? " event" : " events");
  };
  std::string text = partition + ": processed up to event " + std::to_string(from) + "; the log holds " +
                     (start == end ? "none after " + std::to_string(start)
                                   : std::to_string(start + 1) + " to " + std::to_string(end)) +
                     "\n";
  if (!stopped.empty()) text += "stopped: " + stopped + "\n";
  if (to == from) text += "the position stays; reading is tried again from there\n";
  if (to < from)
    text += "the position goes back to " + std::to_string(to) + ": " + events(repeated) +
            " are counted as repeated; what the record knows already changes nothing\n";
  if (to > from)
    text += "the position goes forward to " + std::to_string(to) + ": " + events(lost) +
            " are given up and counted as lost; ask the sources for them again (a snapshot)\n";
  for (const auto& [source, count] : by_source)
    text += "  " + source + ": " + events(count) + "\n";
  if (unsplit > 0)
    text += "  " + events(unsplit) + " cannot be told apart by source, as they cannot be read: booked as \"" +
            unsplit_source + "\", so the balance of single sources does not close, their sum does\n";
  return text;
}

}  // namespace kinhub
