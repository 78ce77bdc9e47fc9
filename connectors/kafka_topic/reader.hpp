#pragma once
// A Kafka consumer that reads given partitions from given offsets and never
// moves by itself: librdkafka, wrapped.

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <memory>

#include "connectors/kafka_topic/position.hpp"
#include "connectors/kafka_topic/settings.hpp"

namespace kinhub::kafka_topic {

struct DestroyMessage {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using MessagePtr = std::unique_ptr<rd_kafka_message_t, DestroyMessage>;

/// The low watermark and the end of a partition: offsets [low, end). With read_committed the end is the last
/// stable offset, before the first open transaction.
struct Bounds {
  std::int64_t low = 0, end = 0;
};

/// Its calls throw sdk::Retry when the brokers do not answer in time, and HostDeclined when a stop was
/// requested. One thread at a time. What librdkafka itself logs as a warning goes to the host.
class Reader {
 public:
  Reader(const sdk::Host& host, const Settings& settings);
  /// Ends librdkafka's threads.
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  std::string cluster();
  /// Every partition of the configured topics. Throws Retry when a topic does not exist.
  std::vector<Partition> partitions();
  Bounds bounds(const Partition& partition);
  /// The end of all that is written, open transactions included, as of the last fetch: asks nobody.
  std::int64_t end_written(const Partition& partition);

  /// Reads these partitions, from these offsets on, and no others. Once only: librdkafka 2.0.2 aborts the
  /// process when partitions are released again before it has finished releasing them, so whoever wants
  /// others makes another Reader.
  void assign(const std::map<Partition, std::int64_t>& from);
  bool assigned() const { return assigned_; }
  /// Fetches no more of one of them.
  void rest(const Partition& partition);
  /// A message, or an event about a partition (err is set), or null when nothing came in time. Throws Retry
  /// when all brokers are gone.
  MessagePtr next(std::chrono::milliseconds timeout);

 private:
  struct State;
  void release();
  template <class Call>
  void insist(const char* what, const Call& call);

  const sdk::Host& host_;
  const Settings& settings_;
  std::unique_ptr<State> state_;
  rd_kafka_t* client_ = nullptr;
  bool assigned_ = false;
};

}  // namespace kinhub::kafka_topic
