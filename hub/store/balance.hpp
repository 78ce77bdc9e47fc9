#pragma once
// The shelf of the balance: what became of each source's events, and what it said of its completeness.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace kinhub {

/// Event counters of one source. Kept apart from the log's own count of what was received, so
/// that the two check each other.
struct Counters {
  std::int64_t applied = 0, filtered = 0, duplicate = 0, quarantined = 0;
  std::int64_t discarded = 0;  ///< of the filtered: those a person discarded from quarantine
  /// Booked by a rewind: `repeated` was read again though received once, `lost` was given up though received.
  std::int64_t repeated = 0, lost = 0;
  std::int64_t unmatched = 0;  ///< keys that were taken back and never said: retractions that met nothing
  std::int64_t unnamed = 0;    ///< deaths that hold of people nobody can name: unnamed_death()
  friend bool operator==(const Counters&, const Counters&) = default;
};

/// Coverage state of a source: what it said about its completeness.
struct CoverageRow {
  std::string source;
  bool loaded = false;  ///< a full snapshot was taken
  std::int64_t complete_until_us = 0;
};

class BalanceShelf {
 public:
  virtual ~BalanceShelf() = default;
  virtual std::vector<std::pair<std::string, Counters>> counters() = 0;
  virtual void add_counters(const std::string& source, const Counters& change) = 0;
  virtual std::vector<CoverageRow> coverage() = 0;
  virtual void put_coverage(const CoverageRow& row) = 0;
};

}  // namespace kinhub
