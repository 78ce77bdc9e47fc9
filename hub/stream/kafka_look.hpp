#pragma once
// Offset queries and short scans of a topic: where it begins and ends, and what stands between two offsets.

#include <chrono>
#include <functional>

#include "hub/base/mutex.hpp"
#include "hub/stream/kafka_client.hpp"

namespace kinhub::kafka {

using Deadline = std::chrono::steady_clock::time_point;
Deadline in_ms(std::int64_t ms);

/// The low and high watermarks of a partition 0: what is kept is [low, high), open transactions included.
struct Extent {
  std::int64_t low = 0, high = 0;
};

/// The brokers say that the topic is not there; whether that lasts is for the caller to find out.
class TopicMissing : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

/// Looks at partitions 0. Safe from any thread: scans go one after the other.
class Looker {
 public:
  explicit Looker(const KafkaSettings& settings);
  ~Looker();

  /// Throws Unavailable when no answer comes until `give_up`, TopicMissing.
  Extent extent(const std::string& topic, Deadline give_up);
  /// Extent::low and Extent::high alone, for one question instead of two.
  std::int64_t start(const std::string& topic, Deadline give_up);
  std::int64_t end(const std::string& topic, Deadline give_up);
  /// Hands every message of a finished transaction from `from` on to `see`, until it says false or everything
  /// before `until` has been seen. False: time was up, since somebody's transaction before `until` is still
  /// open or the brokers are slow. REQUIRES: low <= from. Throws Unavailable, TopicMissing.
  bool scan(const std::string& topic, std::int64_t from, std::int64_t until, Deadline give_up,
            const std::function<bool(const rd_kafka_message_t&)>& see);
  /// How many partitions a topic has; 0 when it is missing. One question for all topics.
  std::map<std::string, int> partition_counts(Deadline give_up);

 private:
  std::int64_t offset_of(const std::string& topic, std::int64_t place, Deadline give_up);
  rd_kafka_topic_t* asked(const std::string& topic);
  void look_for(const std::string& topic, Deadline give_up);

  const KafkaSettings settings_;
  ClientPtr asking_;  // read_uncommitted: sees open transactions, too
  Mutex asked_mutex_;
  std::map<std::string, TopicPtr> asked_ KINHUB_GUARDED_BY(asked_mutex_);  // of asking_
  Mutex scanning_;
  ClientPtr scanner_ KINHUB_GUARDED_BY(scanning_);                       // read_committed
  std::map<std::string, TopicPtr> topics_ KINHUB_GUARDED_BY(scanning_);  // of scanner_
};

/// The base configuration of consumers; `wait_ms` is the fetch wait:
/// how long a broker may delay an answer without news.
ConfPtr reader_conf(const KafkaSettings& settings, int wait_ms);

}  // namespace kinhub::kafka
