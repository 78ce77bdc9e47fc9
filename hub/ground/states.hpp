#pragma once
// State of a hub as plain values, read from its log and store: balance, sources, positions, sinks, status.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/config/config.hpp"
#include "hub/store/store.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// Accounting of events by the invariant received + repeated = applied + filtered + duplicate + quarantined +
/// in_flight + lost; what is left over is the residue.
struct Counts {
  std::int64_t received = 0, applied = 0, filtered = 0, duplicate = 0, quarantined = 0, in_flight = 0;
  std::int64_t repeated = 0, lost = 0;  ///< booked by rewinds: read again, given up
  std::int64_t unmatched = 0;  ///< of the applied: keys taken back that were never said; no part of the sum
  std::int64_t unnamed = 0;    ///< deaths that hold of people nobody can name; no part of the sum
  std::int64_t residue() const {
    return received + repeated - applied - filtered - duplicate - quarantined - in_flight - lost;
  }
  Counts& operator+=(const Counts& other);
};
struct Balance {
  std::map<std::string, Counts> sources;
  Counts total() const;
  /// Whether the invariant holds for every source: sums can hide two that cancel.
  bool closes() const;
};

struct SourceSummary {
  std::string name, connector, isolation;  ///< the last two empty: built in
  std::string state;                       ///< ready, stopped: and why, or why else not
  std::int64_t received = 0;
  std::optional<std::int64_t> last_received_at_us, complete_until_us;
  std::vector<std::string> unprotected;  ///< what this machine's kernel does not keep from its connector
};

/// Checkpoint of a source: how far its events are processed. Sources of an embedded log
/// share one partition, "log".
struct PositionState {
  std::string source, partition;
  std::int64_t start = 0;  ///< before the first event that is still kept
  std::int64_t end = 0, processed = 0;
  std::int64_t waiting() const { return end - processed; }
  bool checkpoint = false;  ///< the connector goes on from where it was
  std::string stopped;      ///< why the log cannot be read on; empty: it can
};

/// One of Kinhub's own Kafka topics as it is beside what it must be.
struct TopicState {
  struct Wrong {
    std::string setting, found, wanted, why;
    bool can_mend = false;
  };
  std::string name, state;                      ///< missing, right, wrong
  int partitions = 0, replication = 0;          ///< that it has; of a missing one, that it is to have
  std::map<std::string, std::string> settings;  ///< that it needs
  std::vector<Wrong> wrong;
  std::string done;  ///< of `topics apply`: made, mended, or empty
};

struct NodeState {
  std::string name;
  std::int64_t seen_ms_ago = 0;
};
struct LeaseState {
  std::string name;  ///< a partition of the log, or a duty: @relay, @night
  std::string owner;
  std::int64_t epoch = 0, remaining_ms = 0;
};
struct SinkState {
  std::string name;  ///< file, kafka
  std::int64_t delivered = 0, waiting = 0;
};

/// The last run of reconciliation over a source.
struct RunSummary {
  std::string source;
  std::int64_t run = 0;
  std::string state;  ///< done, braked, not whole, ...
  std::int64_t begun_us = 0, ended_us = 0, records = 0;
  double records_per_second = 0;                ///< of the comparison; 0: not known
  std::map<std::string, std::int64_t> classes;  ///< records by class, and what is not there
  std::int64_t corrected = 0, kept = 0;
};

struct HubState {
  std::string version, data;
  std::int64_t persons = 0, facts = 0;
  std::map<std::string, std::int64_t> open_leads;      ///< by kind
  std::map<std::string, std::int64_t> identity_pairs;  ///< that wait for a case worker, by reason
  std::string last_scan, last_identity_scan;           ///< days of the night round's parts; empty: never
  std::int64_t notices = 0;                            ///< seq of the last one written
  std::int64_t notices_waiting = 0;                    ///< stored, not yet delivered by the slowest sink
  std::optional<Balance> balance;                      ///< nothing: the log does not answer
  std::string node, log, store;  ///< this node; "embedded" or the brokers; "sqlite" or "postgresql"
  std::vector<NodeState> nodes;
  std::vector<LeaseState> leases;
  std::map<std::string, std::string> stopped;  ///< partition to why
  std::vector<SinkState> sinks;
  std::int64_t unreadable = 0;  ///< people whose records cannot be read
  std::int64_t damaged = 0;     ///< rows that are not as the hub wrote them: damage.hpp
  std::string log_away;         ///< why the log does not answer; empty: it does
  std::string policies;         ///< why nobody is scanned: nodes have other policies; empty: they have not
  std::string evidence;         ///< why the configured evidence rules do not count; empty: they do
  std::string night_round;      ///< the day of the last whole night round; empty: none was
  std::int64_t night_ended_us = 0;
  std::vector<std::string> night_alarms;   ///< why somebody should look at the night round
  std::vector<RunSummary> runs;            ///< the last one of each source that had any
  std::vector<std::string> plain_network;  ///< sources that may do without TLS beyond this machine
  std::string data_shared;                 ///< who else may change the data directory; empty: nobody
  std::string config;                      ///< the configuration's file; empty: there is none
  ConfigFrom config_from = ConfigFrom::defaults;
};

/// Key of the value in the store that says why the last try of a source's snapshot failed; of no meaning
/// once the snapshot is loaded.
std::string snapshot_failure_name(std::string_view source);
/// Key of the value that says when the log was last seen to have grown by events of this
/// source, in UTC microseconds.
std::string last_received_name(std::string_view source);
/// Key of the value that says why its connector cannot read, as the hub that runs it last found.
std::string trouble_name(std::string_view source);

/// Routing: the partition of the log that holds a source's events, or nothing.
std::optional<std::int32_t> partition_of(const Config& config, const EventLog& log, std::string_view source);

Balance balance_of(const Config& config, EventLog& log, Store& store);
HubState status_of(const Config& config, const std::string& node, EventLog& log, Store& store);
std::vector<SourceSummary> sources_of(const Config& config, EventLog& log, Store& store);
std::vector<PositionState> positions_of(const Config& config, EventLog& log, Store& store);
/// The last runs of the configured sources, those that had any.
std::vector<RunSummary> runs_of(const Config& config, StoreTransaction& reading);
std::vector<SinkState> sinks_of(const Config& config, StoreTransaction& reading);
/// Checkpoint keys: the names under which a source may keep checkpoints.
std::vector<std::string> checkpoint_names(const std::string& source);

}  // namespace kinhub
