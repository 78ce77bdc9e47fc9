#include "hub/ground/states.hpp"

#include <algorithm>
#include <charconv>

#include "hub/base/mask.hpp"
#include "hub/base/version.hpp"
#include "hub/connector/sandbox.hpp"
#include "hub/ground/ground.hpp"
#include "hub/ground/sources.hpp"
#include "hub/node/ownership.hpp"
#include "hub/pipeline/identity_scan.hpp"
#include "hub/pipeline/rewind.hpp"
#include "hub/reconcile/runs.hpp"
#include "hub/store/balance.hpp"
#include "hub/store/damage.hpp"
#include "hub/store/identity_pairs.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/positions.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {
namespace {

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// Counts over one shared partition, without a global snapshot: each witness is asked after the one that must
/// not know more than it does, so an event that comes meanwhile is waiting, never unaccounted.
void count_shared(EventLog& log, StoreTransaction& reading, Balance& balance) {
  const auto processed = reading.positions().at(log.partition_name(0)).sequence;
  for (const auto& [source, count] : log.received())
    balance.sources[source].received = count;
  auto waiting = log.end(0).sequence - processed;
  for (auto& [source, counts] : balance.sources) {
    counts.in_flight = std::clamp<std::int64_t>(counts.residue(), 0, waiting);
    waiting -= counts.in_flight;
  }
}

/// Counts over a partition for each source: what waits is known exactly.
void count_apart(EventLog& log, StoreTransaction& reading, Balance& balance) {
  std::map<std::string, std::int64_t> processed;
  for (const auto& [source, counts] : balance.sources)
    processed[source] = reading.positions().at(source).sequence;
  // Removed sources: one that is configured no longer has no partition here; all of it
  // that is known of was processed.
  for (auto& [source, counts] : balance.sources)
    counts.received = processed[source];
  for (std::int32_t partition = 0; partition < log.partitions(); ++partition) {
    const auto source = log.partition_name(partition);
    auto& counts = balance.sources[source];
    counts.received = log.end(partition).sequence;
    counts.in_flight = counts.received - processed[source];
  }
}

}  // namespace

Counts& Counts::operator+=(const Counts& other) {
  received += other.received;
  applied += other.applied;
  filtered += other.filtered;
  duplicate += other.duplicate;
  quarantined += other.quarantined;
  in_flight += other.in_flight;
  repeated += other.repeated;
  lost += other.lost;
  unmatched += other.unmatched;
  unnamed += other.unnamed;
  return *this;
}

Counts Balance::total() const {
  Counts sum;
  for (const auto& [source, counts] : sources)
    sum += counts;
  return sum;
}

bool Balance::closes() const {
  // Only the sum can close after a rewind of a log that all sources share: it may have moved
  // events whose source is not known.
  if (sources.contains(unsplit_source)) return total().residue() == 0;
  for (const auto& [source, counts] : sources)
    if (counts.residue() != 0) return false;
  return true;
}

std::string snapshot_failure_name(std::string_view source) {
  return "snapshot failure of " + std::string(source);
}
std::string last_received_name(std::string_view source) {
  return "last received of " + std::string(source);
}
std::string trouble_name(std::string_view source) {
  return "trouble of " + std::string(source);
}
std::vector<std::string> checkpoint_names(const std::string& source) {
  return {source, source + "#snapshot"};
}

std::optional<std::int32_t> partition_of(const Config& config, const EventLog& log, std::string_view source) {
  if (!config.kafka) return 0;
  for (std::int32_t partition = 0; partition < log.partitions(); ++partition)
    if (log.partition_name(partition) == source) return partition;
  return std::nullopt;
}

Balance balance_of(const Config& config, EventLog& log, Store& store) {
  // Independent counters, three witnesses: what the log counted as it came, how far the pipeline is, and
  // where it says the events went.
  Balance balance;
  for (const auto& source : config.sources)
    balance.sources[source.name];
  auto reading = store.begin(Store::For::reading);
  for (const auto& [source, counters] : reading->balance().counters())
    balance.sources[source] = {
        0, counters.applied,  counters.filtered, counters.duplicate, counters.quarantined,
        0, counters.repeated, counters.lost,     counters.unmatched, counters.unnamed};
  if (config.kafka) {
    count_apart(log, *reading, balance);
  } else {
    count_shared(log, *reading, balance);
  }
  return balance;
}

std::vector<SinkState> sinks_of(const Config& config, StoreTransaction& reading) {
  const auto last = reading.notices().last();
  std::vector<SinkState> sinks;
  for (const auto& name : sink_names(config)) {
    const auto delivered = number(reading.values().get("notices delivered to " + name));
    sinks.push_back({name, delivered, last - delivered});
  }
  return sinks;
}

std::vector<RunSummary> runs_of(const Config& config, StoreTransaction& reading) {
  using reconcile::RowClass;
  std::vector<RunSummary> all;
  for (const auto& source : config.sources) {
    const auto run = reconcile::last_run(reading.values(), source.name);
    if (!run) continue;
    RunSummary one{source.name,   run->id,       std::string(name_of(run->state)),
                   run->begun_us, run->ended_us, run->counts.records};
    if (run->compare_us > 0)
      one.records_per_second = static_cast<double>(one.records) * 1e6 / static_cast<double>(run->compare_us);
    for (std::size_t i = 0; i < reconcile::row_class_count; ++i)
      one.classes[std::string(name_of(static_cast<RowClass>(i)))] = run->counts.of_class.at(i);
    one.classes["not there"] = run->counts.not_there;
    one.corrected = run->counts.corrected, one.kept = run->counts.kept();
    all.push_back(std::move(one));
  }
  return all;
}

HubState status_of(const Config& config, const std::string& node, EventLog& log, Store& store) {
  HubState state;
  state.version = program_version();
  state.data = config.data.string();
  state.data_shared = shared_data_directory(config.data);
  state.config = config.file.string(), state.config_from = config.from;
  state.node = node;
  for (const auto& source : config.sources)
    if (source.plain_network) state.plain_network.push_back(source.name);
  state.log = config.kafka ? "kafka " + config.kafka->settings.brokers + " " + config.kafka->settings.prefix
                           : "embedded";
  state.store = config.postgres ? "postgresql " + config.postgres->schema : "sqlite";
  {
    auto reading = store.begin(Store::For::reading);
    auto size = reading->people().size();
    state.persons = size.people, state.facts = size.histories;
    state.unreadable = static_cast<std::int64_t>(unreadable_people(reading->values()).size());
    state.damaged = static_cast<std::int64_t>(damaged_rows(reading->values()).size());
    for (const auto& [kind, count] : reading->leads().open_counts())
      state.open_leads[std::string(name_of(kind))] = count;
    for (const auto& [why, count] : reading->identity_pairs().waiting())
      state.identity_pairs[std::string(name_of(why))] = count;
    state.last_scan = reading->values().get("last scan");
    state.last_identity_scan = reading->values().get(last_identity_scan);
    state.runs = runs_of(config, *reading);
    state.notices = reading->notices().last();
    state.sinks = sinks_of(config, *reading);
    for (const auto& sink : state.sinks)
      state.notices_waiting = std::max(state.notices_waiting, sink.waiting);
    for (std::int32_t partition = 0; partition < log.partitions(); ++partition) {
      auto why = reading->values().get(stop_reason_name(log.partition_name(partition)));
      if (!why.empty()) state.stopped[log.partition_name(partition)] = why;
    }
  }
  for (const auto& node_seen : store.nodes())
    state.nodes.push_back({node_seen.name, node_seen.seen_ms_ago});
  for (const auto& lease : store.leases())
    state.leases.push_back({lease.partition, lease.owner, lease.epoch, lease.remaining_ms});
  try {
    log.received();  // asked by itself: a store that is away is no answer
  } catch (const std::exception& away) {
    state.log_away = mask_numbers_in(away.what());
    return state;
  }
  try {
    state.balance = balance_of(config, log, store);
  } catch (const LogUnavailable& away) {
    state.log_away = mask_numbers_in(away.what());
  }
  return state;
}

std::vector<SourceSummary> sources_of(const Config& config, EventLog& log, Store& store) {
  std::map<std::string, std::int64_t> received;
  for (const auto& [source, count] : log.received())
    received[source] = count;
  auto reading = store.begin(Store::For::reading);
  std::map<std::string, CoverageRow> coverage;
  for (auto& row : reading->balance().coverage())
    coverage[row.source] = row;
  const auto lacks = sandbox_lacks(sandbox_support());
  std::vector<SourceSummary> all;
  for (const auto& source : config.sources) {
    SourceSummary one;
    one.name = source.name, one.connector = source.connector;
    if (!source.built_in()) one.isolation = source.isolation == Isolation::process ? "process" : "in_process";
    if (!source.built_in() && source.isolation == Isolation::process) one.unprotected = lacks;
    one.state = readiness(config, source);
    if (one.state == "ready" && has_snapshot(source) && !coverage[source.name].loaded) {
      auto why = reading->values().get(snapshot_failure_name(source.name));
      one.state = why.empty() ? "snapshot not loaded yet" : "snapshot failed: " + why;
    }
    if (auto why = reading->values().get(trouble_name(source.name)); !why.empty())
      one.state = "failing: " + why;
    if (auto partition = partition_of(config, log, source.name))
      if (auto why = reading->values().get(stop_reason_name(log.partition_name(*partition))); !why.empty())
        one.state = "stopped: " + why;
    one.received = received[source.name];
    if (auto at = number(reading->values().get(last_received_name(source.name))); at > 0)
      one.last_received_at_us = at;
    if (auto until = coverage[source.name].complete_until_us; until > 0) one.complete_until_us = until;
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<PositionState> positions_of(const Config& config, EventLog& log, Store& store) {
  auto reading = store.begin(Store::For::reading);
  std::vector<PositionState> all;
  for (const auto& source : config.sources) {
    auto partition = partition_of(config, log, source.name);
    if (!partition) continue;
    PositionState one;
    one.source = source.name;
    one.partition = log.partition_name(*partition);
    one.processed = reading->positions().at(one.partition).sequence;
    one.stopped = reading->values().get(stop_reason_name(one.partition));
    try {
      one.start = one.end = log.end(*partition).sequence;  // where nothing is kept
      one.start = log.start(*partition).sequence;
      for (const auto& name : checkpoint_names(source.name))
        one.checkpoint |= !log.checkpoint(name).empty();
    } catch (const LogDamaged& damaged) {
      if (one.stopped.empty()) one.stopped = damaged.what();
    }
    all.push_back(std::move(one));
  }
  return all;
}

}  // namespace kinhub
