#pragma once
// The consumer of the event topics: in order and without a gap, or the reason why that cannot be.

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hub/base/mutex.hpp"
#include "hub/stream/event_log.hpp"
#include "hub/stream/kafka_progress.hpp"

namespace kinhub::kafka {

/// Fetches events of all partitions with one client. Safe from any thread; calls are serialized, and cost
/// least when each goes on where the last one ended.
class EventReader {
 public:
  EventReader(const KafkaSettings& settings, const std::vector<std::string>& sources, const Keyring& keyring,
              Looker& looker, ProgressTopic& progress, std::size_t read_size_max);
  ~EventReader();

  /// As EventLog::read. REQUIRES: positions of partitions there are, sequences >= 0.
  std::vector<LoggedEvent> read(std::span<const LogPosition> after, std::size_t count_max,
                                std::uint32_t timeout_ms, std::stop_token stop);
  /// The position before the first event that is kept.
  LogPosition start(std::int32_t partition);

 private:
  /// Where reading of a partition stands.
  struct Cursor {
    bool reading = false;
    LogPosition at;                    ///< the last event handed out, or where reading was asked to begin
    std::int64_t ends_at_least = 0;    ///< events up to here are known to exist...
    std::int64_t decided_until = 0;    ///< ...and stand before this offset
    std::optional<LogPosition> doubt;  ///< after this one something else came than should have
    Deadline heard_at;                 ///< the last sign of life of this topic
  };

  bool place(const LogPosition& after, Deadline give_up) KINHUB_REQUIRES(reading_);
  std::int64_t offset_after(const LogPosition& after, const Progress& end, const Extent& extent,
                            Deadline give_up);
  void take(rd_kafka_message_t& message, std::vector<LoggedEvent>& events) KINHUB_REQUIRES(reading_);
  void take_event(rd_kafka_message_t& message, Cursor& cursor, std::vector<LoggedEvent>& events)
      KINHUB_REQUIRES(reading_);
  void doubt(Cursor& cursor, const std::string& what) KINHUB_REQUIRES(reading_);
  void halt(Cursor& cursor) KINHUB_REQUIRES(reading_);
  void check_brokers() KINHUB_REQUIRES(reading_);
  void check_topics() KINHUB_REQUIRES(reading_);
  void heard() KINHUB_REQUIRES(reading_);
  rd_kafka_topic_t* topic(std::int32_t partition) KINHUB_REQUIRES(reading_);
  std::string topic_name(std::int32_t partition) const;
  [[noreturn]] void gone(const std::string& what) KINHUB_REQUIRES(reading_);
  [[noreturn]] void damaged(std::int32_t partition, const std::string& what) const;

  const KafkaSettings settings_;
  const std::vector<std::string> sources_;
  const Keyring keyring_;
  Looker& looker_;
  ProgressTopic& progress_;
  const std::size_t read_size_max_;

  Mutex reading_;
  std::optional<Deadline> failing_since_ KINHUB_GUARDED_BY(reading_);
  std::optional<Deadline> missing_since_ KINHUB_GUARDED_BY(reading_);
  /// The partition whose topic was asked for last.
  std::int32_t looked_at_ KINHUB_GUARDED_BY(reading_) = 0;
  Deadline heard_at_ KINHUB_GUARDED_BY(reading_);  // of a broker
  ClientPtr client_ KINHUB_GUARDED_BY(reading_);
  QueuePtr queue_ KINHUB_GUARDED_BY(reading_);
  std::vector<TopicPtr> topics_ KINHUB_GUARDED_BY(reading_);
  std::vector<Cursor> cursors_ KINHUB_GUARDED_BY(reading_);
};

}  // namespace kinhub::kafka
