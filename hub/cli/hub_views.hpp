#pragma once
// How the hub stands, read from its log and store: balance, status, sources, positions.

#include "hub/cli/config.hpp"
#include "hub/cli/views.hpp"
#include "hub/store/store.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub::cli {

/// Why the last try of a source's snapshot failed; of no meaning once the snapshot is loaded.
std::string snapshot_failure_name(std::string_view source);
/// When the log was last seen to have grown by events of this source, in UTC microseconds.
std::string last_received_name(std::string_view source);
/// Why its connector cannot read, as the hub that runs it last found.
std::string trouble_name(std::string_view source);

/// The partition of the log that holds a source's events, or nothing.
std::optional<std::int32_t> partition_of(const Config& config, const EventLog& log, std::string_view source);

BalanceView balance_of(const Config& config, EventLog& log, Store& store);
StatusView status_of(const Config& config, const std::string& node, EventLog& log, Store& store);
std::vector<SourceView> sources_of(const Config& config, EventLog& log, Store& store);
std::vector<PositionView> positions_of(const Config& config, EventLog& log, Store& store);
std::vector<SinkView> sinks_of(const Config& config, StoreTransaction& reading);
/// The names under which a source may keep checkpoints.
std::vector<std::string> checkpoint_names(const std::string& source);

}  // namespace kinhub::cli
