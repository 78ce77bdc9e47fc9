#pragma once
// The event log: a durable, ordered, append-only queue between the connectors and the pipeline.
// Two implementations under one contract test (tests/contract/event_log_contract.hpp): embedded and Kafka.

#include <compare>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "hub/base/unavailable.hpp"
#include "hub/stream/event.hpp"

namespace kinhub {

/// Place of an event in the log. Sequences of one partition grow by one without gaps, the first is 1.
/// The embedded log has one partition for the whole hub; Kafka has one for each source, so that the source is
/// the unit of order, of ownership, of stopping and of rewinding (docs/decisions/0008).
struct LogPosition {
  std::int32_t partition = 0;  ///< index in this open log; what is stored goes by EventLog::partition_name
  std::int64_t sequence = 0;   ///< 0: before the first event
  std::int64_t offset = -1;    ///< where the medium itself has that event (a Kafka offset); -1: not known
  /// The offset tells where to look, not what is meant.
  friend bool operator==(const LogPosition& a, const LogPosition& b) {
    return a.partition == b.partition && a.sequence == b.sequence;
  }
  friend std::strong_ordering operator<=>(const LogPosition& a, const LogPosition& b) {
    if (auto order = a.partition <=> b.partition; order != 0) return order;
    return a.sequence <=> b.sequence;
  }
};

struct LoggedEvent {
  LogPosition position;
  Event event;
};

/// The resume position of a source, committed in the same durable step as the events before it.
struct SourceCheckpoint {
  std::string source;    ///< its name, or name#part: it may keep several (police-320812#snapshot)
  std::string position;  ///< opaque to the hub
};

/// Broken infrastructure throws (LogUnavailable: waiting may help); a truncated, replaced or foreign log
/// throws LogDamaged: the hub never guesses, and nothing but a person's decision helps.
class EventLog {
 public:
  virtual ~EventLog() = default;

  /// Atomic and durable: when this returns, all of `events` and the checkpoint survive kill -9 and power
  /// loss; when it throws none of them is in the log, nor will be. An outcome in doubt (a broker that does
  /// not answer) is resolved before anything else of this source is appended or told.
  /// Several processes may append; LogOvertaken says that another one has moved this source's checkpoint on.
  /// REQUIRES: events and checkpoint are of one source. Safe from any thread.
  virtual void append(const std::vector<Event>& events,
                      const std::optional<SourceCheckpoint>& checkpoint) = 0;

  /// The source's last durable checkpoint, empty if it has none.
  virtual std::string checkpoint(const std::string& source) = 0;
  /// Overwrites a checkpoint, whoever set it (source rewind).
  virtual void set_checkpoint(const SourceCheckpoint& checkpoint) = 0;

  /// Long poll: up to count_max events after the given positions, one position for each partition to read
  /// from; each partition's events in order, without a gap. Waits at most timeout_ms for the first one.
  /// Throws LogDamaged, naming the partition, when a position is beyond the end or events after it are no
  /// longer kept. Sequential reads are cheapest: each going on where the last one ended.
  virtual std::vector<LoggedEvent> read(std::span<const LogPosition> after, std::size_t count_max,
                                        std::uint32_t timeout_ms, std::stop_token stop = {}) = 0;
  std::vector<LoggedEvent> read(LogPosition after, std::size_t count_max, std::uint32_t timeout_ms,
                                std::stop_token stop = {}) {
    return read(std::span(&after, 1), count_max, timeout_ms, std::move(stop));
  }

  /// The last position of a partition; sequence 0 when nothing was ever appended.
  virtual LogPosition end(std::int32_t partition) = 0;
  /// The position before the first event that is still kept: what a read of all that is there begins after.
  virtual LogPosition start(std::int32_t partition) = 0;

  /// Accepts data loss at the end of the log, on an operator's word: the next event appended follows on the
  /// last one counted, after all that stands there now, lost or foreign. No-op where nothing is wrong. Throws
  /// Unavailable, and LogDamaged when events stand there that are not counted: those must not be given up so.
  virtual void accept_end(std::int32_t partition) { static_cast<void>(partition); }

  /// Partitions are 0 .. partitions()-1 while this log is open.
  virtual std::int32_t partitions() const = 0;
  /// The name that stays: "log" for the embedded log, the source's name for Kafka.
  virtual std::string partition_name(std::int32_t partition) const = 0;

  /// Event counters by source since the beginning: the `received` side of the balance,
  /// counted apart from the pipeline.
  virtual std::vector<std::pair<std::string, std::int64_t>> received() = 0;
};

/// An outage of the log: waiting may help.
class LogUnavailable : public Unavailable {
 public:
  using Unavailable::Unavailable;
};
/// A write conflict: another process appended for this source meanwhile.
/// Nothing was appended; the checkpoint must be read anew.
class LogOvertaken : public LogUnavailable {
 public:
  using LogUnavailable::LogUnavailable;
};
/// Corruption or loss: the log is cut, replaced or foreign, and only a person's decision helps.
class LogDamaged : public std::runtime_error {
 public:
  static constexpr std::int32_t whole_log = -1;
  explicit LogDamaged(const std::string& what, std::int32_t partition = whole_log)
      : std::runtime_error(what), partition_(partition) {}
  /// The partition that cannot be read on; whole_log when none can.
  std::int32_t partition() const { return partition_; }

 private:
  std::int32_t partition_;
};

}  // namespace kinhub
