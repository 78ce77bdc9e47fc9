#include "hub/cli/hub_views.hpp"

#include <algorithm>
#include <charconv>

#include "hub/base/mask.hpp"
#include "hub/cli/context.hpp"
#include "hub/cli/ground.hpp"
#include "hub/cli/source_desk.hpp"
#include "hub/pipeline/ownership.hpp"

namespace kinhub::cli {
namespace {

std::int64_t number(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

/// A log of one partition for the whole hub. Each witness is asked after the one that must not know more than
/// it does: an event that comes meanwhile is waiting, never unaccounted.
void count_shared(EventLog& log, StoreTransaction& reading, BalanceView& view) {
  const auto processed = reading.position(log.partition_name(0)).sequence;
  for (const auto& [source, count] : log.received())
    view.sources[source].received = count;
  auto waiting = log.end(0).sequence - processed;
  for (auto& [source, counts] : view.sources) {
    counts.in_flight = std::clamp<std::int64_t>(counts.residue(), 0, waiting);
    waiting -= counts.in_flight;
  }
}

/// A log of one partition for each source: what waits is known exactly.
void count_apart(EventLog& log, StoreTransaction& reading, BalanceView& view) {
  std::map<std::string, std::int64_t> processed;
  for (const auto& [source, counts] : view.sources)
    processed[source] = reading.position(source).sequence;
  // A source that is configured no longer has no partition here; all of it that is known of was processed.
  for (auto& [source, counts] : view.sources)
    counts.received = processed[source];
  for (std::int32_t partition = 0; partition < log.partitions(); ++partition) {
    const auto source = log.partition_name(partition);
    auto& counts = view.sources[source];
    counts.received = log.end(partition).sequence;
    counts.in_flight = counts.received - processed[source];
  }
}

}  // namespace

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

BalanceView balance_of(const Config& config, EventLog& log, Store& store) {
  // Three witnesses: what the log counted as it came, how far the pipeline is, and where it says the events
  // went.
  BalanceView view;
  for (const auto& source : config.sources)
    view.sources[source.name];
  auto reading = store.begin(Store::For::reading);
  for (const auto& [source, counters] : reading->counters())
    view.sources[source] = {0, counters.applied,  counters.filtered, counters.duplicate, counters.quarantined,
                            0, counters.repeated, counters.lost};
  if (config.kafka) {
    count_apart(log, *reading, view);
  } else {
    count_shared(log, *reading, view);
  }
  return view;
}

std::vector<SinkView> sinks_of(const Config& config, StoreTransaction& reading) {
  const auto last = reading.last_notice();
  std::vector<SinkView> sinks;
  for (const auto& name : sink_names(config)) {
    const auto delivered = number(reading.value("notices delivered to " + name));
    sinks.push_back({name, delivered, last - delivered});
  }
  return sinks;
}

StatusView status_of(const Config& config, const std::string& node, EventLog& log, Store& store) {
  StatusView view;
  view.version = program_version();
  view.data = config.data.string();
  view.node = node;
  view.log = config.kafka ? "kafka " + config.kafka->settings.brokers + " " + config.kafka->settings.prefix
                          : "embedded";
  view.store = config.postgres ? "postgresql " + config.postgres->schema : "sqlite";
  {
    auto reading = store.begin(Store::For::reading);
    auto size = reading->size();
    view.persons = size.people, view.facts = size.topics;
    for (const auto& lead : reading->leads(LeadState::open))
      ++view.open_leads[std::string(name_of(lead.kind))];
    view.notices = reading->last_notice();
    view.sinks = sinks_of(config, *reading);
    for (const auto& sink : view.sinks)
      view.notices_waiting = std::max(view.notices_waiting, sink.waiting);
    for (std::int32_t partition = 0; partition < log.partitions(); ++partition) {
      auto why = reading->value(stop_reason_name(log.partition_name(partition)));
      if (!why.empty()) view.stopped[log.partition_name(partition)] = why;
    }
  }
  for (const auto& one : store.nodes())
    view.nodes.push_back({one.name, one.seen_ms_ago});
  for (const auto& lease : store.leases())
    view.leases.push_back({lease.partition, lease.owner, lease.epoch, lease.remaining_ms});
  try {
    log.received();  // asked by itself: a store that is away is no answer
  } catch (const std::exception& away) {
    view.log_away = mask_numbers_in(away.what());
    return view;
  }
  try {
    view.balance = balance_of(config, log, store);
  } catch (const LogUnavailable& away) {
    view.log_away = mask_numbers_in(away.what());
  }
  return view;
}

std::vector<SourceView> sources_of(const Config& config, EventLog& log, Store& store) {
  std::map<std::string, std::int64_t> received;
  for (const auto& [source, count] : log.received())
    received[source] = count;
  auto reading = store.begin(Store::For::reading);
  std::map<std::string, CoverageRow> coverage;
  for (auto& row : reading->coverage())
    coverage[row.source] = row;
  std::vector<SourceView> views;
  for (const auto& source : config.sources) {
    SourceView view;
    view.name = source.name, view.connector = source.connector;
    view.isolation = source.isolation == Isolation::process ? "process" : "in_process";
    view.state = readiness(config, source);
    if (view.state == "ready" && has_snapshot(source) && !coverage[source.name].loaded) {
      auto why = reading->value(snapshot_failure_name(source.name));
      view.state = why.empty() ? "snapshot not loaded yet" : "snapshot failed: " + why;
    }
    if (auto why = reading->value(trouble_name(source.name)); !why.empty()) view.state = "failing: " + why;
    if (auto partition = partition_of(config, log, source.name))
      if (auto why = reading->value(stop_reason_name(log.partition_name(*partition))); !why.empty())
        view.state = "stopped: " + why;
    view.received = received[source.name];
    if (auto at = number(reading->value(last_received_name(source.name))); at > 0)
      view.last_received_at_us = at;
    if (auto until = coverage[source.name].complete_until_us; until > 0) view.complete_until_us = until;
    views.push_back(std::move(view));
  }
  return views;
}

std::vector<PositionView> positions_of(const Config& config, EventLog& log, Store& store) {
  auto reading = store.begin(Store::For::reading);
  std::vector<PositionView> views;
  for (const auto& source : config.sources) {
    auto partition = partition_of(config, log, source.name);
    if (!partition) continue;
    PositionView view;
    view.source = source.name;
    view.partition = log.partition_name(*partition);
    view.processed = reading->position(view.partition).sequence;
    view.stopped = reading->value(stop_reason_name(view.partition));
    try {
      view.start = view.end = log.end(*partition).sequence;  // where nothing is kept
      view.start = log.start(*partition).sequence;
      for (const auto& name : checkpoint_names(source.name))
        view.checkpoint |= !log.checkpoint(name).empty();
    } catch (const LogDamaged& damaged) {
      if (view.stopped.empty()) view.stopped = damaged.what();
    }
    views.push_back(std::move(view));
  }
  return views;
}

}  // namespace kinhub::cli
