#pragma once
// What an operator's monitoring reads: DATA/metrics.prom, in the text format of Prometheus, written whole
// every few seconds.

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "hub/ground/journey_times.hpp"
#include "hub/ground/states.hpp"

namespace kinhub {

/// The hub at one moment, as far as it was last known. Times are UTC microseconds, 0: not yet.
struct HubMetrics {
  bool up = false;
  std::string version, node;
  Balance balance;
  std::map<std::string, std::int64_t> last_received_us;  ///< by source; 0: never
  std::set<std::string> stopped;                         ///< sources
  std::map<std::string, bool> failing;  ///< sources at work on this node, whether their connector cannot read
  std::map<std::string, bool> owned;    ///< partitions and duties, whether by this node
  std::int64_t notices = 0;
  std::int64_t unreadable = 0;   ///< people whose records cannot be read
  bool policies_differ = false;  ///< nodes at work have other policies: nobody is scanned
  std::vector<RunSummary> runs;  ///< the last of each source
  std::map<std::string, std::int64_t> complete_until_us;  ///< of loaded sources
  std::int64_t night_ended_us = 0;                        ///< of the last whole night round, of any node
  std::int64_t night_alarms = 0;                          ///< why somebody should look at it
  std::vector<SinkState> sinks;
  std::map<JourneyTimes::Stage, Histogram> latency;
  std::map<std::string, bool> waits = {
      {"log", false}, {"store", false}};  ///< for what the hub waits; sinks by "notices SINK"
  std::int64_t written_at_us = 0, started_at_us = 0, last_batch_at_us = 0, last_scan_at_us = 0,
               gathered_at_us = 0;
};

/// One kind of figure: its name, its type as Prometheus knows it, and what it says.
struct MetricKind {
  std::string_view name;
  enum class Type : std::uint8_t { gauge, counter, histogram } type;
  std::string_view help;
};
/// All there are; docs/operators.md names each.
const std::vector<MetricKind>& metric_kinds();

std::string prometheus_text(const HubMetrics& metrics);

/// Readers see the old file or the new one, never a part. Throws std::system_error.
void write_whole(const std::filesystem::path& file, std::string_view text);

}  // namespace kinhub
