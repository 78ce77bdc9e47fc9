#pragma once
// The event log: where events wait in order, durable, between the connectors and the pipeline.
// Two implementations, one contract test (tests/contract/event_log_contract.hpp): embedded (SQLite) and
// Kafka.

#include <memory>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "hub/stream/event.hpp"

namespace kinhub {

/// Place of an event in the log. Positions of one partition grow by one without gaps, the first is 1.
/// The embedded log has the single partition 0, so its order is the order of the whole hub.
struct LogPosition {
  std::int32_t partition = 0;
  std::int64_t sequence = 0;
  friend auto operator<=>(const LogPosition&, const LogPosition&) = default;
};

struct LoggedEvent {
  LogPosition position;
  Event event;
};

/// Where a source continues, stored in the same durable step as the events before it.
struct SourceCheckpoint {
  std::string source;
  std::string position;  ///< opaque to the hub
};

/// Broken infrastructure throws (LogUnavailable); a truncated or foreign log throws LogDamaged: the hub never
/// guesses.
class EventLog {
 public:
  virtual ~EventLog() = default;

  /// Appends all of `events` and the checkpoint in one durable step: when this returns they survive kill -9
  /// and power loss; when it throws none of them is in the log. Several processes may append. Safe from any
  /// thread.
  virtual void append(const std::vector<Event>& events,
                      const std::optional<SourceCheckpoint>& checkpoint) = 0;

  /// The source's last durable checkpoint, empty if it has none.
  virtual std::string checkpoint(const std::string& source) = 0;
  /// Replaces a checkpoint (source rewind).
  virtual void set_checkpoint(const SourceCheckpoint& checkpoint) = 0;

  /// Up to count_max events of `partition` after `after`, in order. Waits at most timeout_ms for the first
  /// one. Throws LogDamaged when `after` is beyond the end or before the first event kept.
  virtual std::vector<LoggedEvent> read(LogPosition after, std::size_t count_max, std::uint32_t timeout_ms,
                                        std::stop_token stop = {}) = 0;

  /// The last position of a partition; sequence 0 when it is empty.
  virtual LogPosition end(std::int32_t partition) = 0;
  virtual std::int32_t partitions() const = 0;

  /// Events ever appended by each source: the `received` side of the balance, counted apart from the
  /// pipeline.
  virtual std::vector<std::pair<std::string, std::int64_t>> received() = 0;
};

class LogUnavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};
class LogDamaged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace kinhub
