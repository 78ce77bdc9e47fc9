#pragma once
// A thin layer over librdkafka, the only place where a client is configured: handles that free themselves,
// the classes of its errors, and a producer of transactions that knows when it must not be used again.

#include <librdkafka/rdkafka.h>

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/base/unavailable.hpp"
#include "hub/stream/kafka_settings.hpp"

namespace kinhub::kafka {

/// A message may have this many bytes, headers and framing included; the topics are made to take as much.
inline constexpr std::int64_t message_size_max = 16 << 20;

struct DestroyConf {
  void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
};
struct DestroyTopic {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};
struct DestroyMessage {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
struct DestroyQueue {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct DestroyError {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
};
struct DestroyClient {
  void operator()(rd_kafka_t* client) const;
};
using ConfPtr = std::unique_ptr<rd_kafka_conf_t, DestroyConf>;
using TopicPtr = std::unique_ptr<rd_kafka_topic_t, DestroyTopic>;
using MessagePtr = std::unique_ptr<rd_kafka_message_t, DestroyMessage>;
using QueuePtr = std::unique_ptr<rd_kafka_queue_t, DestroyQueue>;
using ErrorPtr = std::unique_ptr<rd_kafka_error_t, DestroyError>;
using ClientPtr = std::unique_ptr<rd_kafka_t, DestroyClient>;

/// Sets the log callback of librdkafka (syslog level 0-7, text) for the whole process; there is none by
/// default. It names brokers and topics, never a secret or a message. Called from any thread.
void listen(std::function<void(int, std::string_view)> listener);

/// The base configuration of every client: brokers, TLS, SASL, checksums, no Nagle, short reconnects.
/// Throws std::invalid_argument naming the setting that is wrong, never its value.
ConfPtr common_conf(const KafkaSettings& settings);
/// One more setting. Throws std::invalid_argument naming it.
void set(rd_kafka_conf_t& conf, const char* name, const std::string& value);
/// Takes ownership of `conf`.
/// Throws std::invalid_argument when the settings do not fit together (a CA file that is none).
ClientPtr make_client(rd_kafka_type_t type, ConfPtr conf);

/// The newest librdkafka error in words for an operator:
/// "Kafka 10.0.0.1:9092: Broker: Not enough in-sync replicas (...)".
std::string describe(const KafkaSettings& settings, std::string_view doing, rd_kafka_resp_err_t error,
                     std::string_view said = {});

/// The error class of a failed call: what to do about it.
enum class Remedy : std::uint8_t {
  none,    ///< it did not fail
  again,   ///< the same call again
  abort,   ///< the transaction is lost, the producer is not
  replace  ///< the producer is lost; also whatever librdkafka does not class
};
Remedy remedy_of(const rd_kafka_error_t* error);

/// The transaction was given up; nothing of it was written. The producer may begin another.
class Aborted : public Unavailable {
 public:
  using Unavailable::Unavailable;
};
/// Fencing: another producer with this transactional id has started, so this one is shut out.
class Fenced : public Unavailable {
 public:
  using Unavailable::Unavailable;
};

using Headers = std::vector<std::pair<std::string_view, std::string_view>>;

/// An idempotent, transactional producer. Its creation fences every older producer with
/// the same transactional id, and what those left open is settled: written as a whole or
/// not at all. Used by one thread at a time.
///
/// The rule: once a call has thrown, look at alive(). If it says no, whether the transaction was written is
/// not known to this object and never will be: destroy it, make a new one (that settles it), and look at what
/// was written, in a progress record that belongs to the transaction. If it says yes, nothing was written.
class TransactionalProducer {
 public:
  /// Waits at most settings.patience_ms. Throws Unavailable;
  /// std::invalid_argument for settings that cannot be.
  TransactionalProducer(const KafkaSettings& settings, const std::string& transactional_id);
  ~TransactionalProducer();
  TransactionalProducer(const TransactionalProducer&) = delete;
  TransactionalProducer& operator=(const TransactionalProducer&) = delete;

  void begin();
  /// Enqueues the message; it is sent in the background. `offset`, if given, gets the message's offset by
  /// the time flush() or commit() returns; it and everything it points to must live as long as this
  /// object or until commit() returns. Throws std::length_error (nothing was taken, alive) when the
  /// message is larger than message_size_max.
  void produce(const std::string& topic, std::int32_t partition, std::string_view key, std::string value,
               const Headers& headers = {}, std::int64_t* offset = nullptr);
  /// Returns when the brokers have everything produced so far. Throws Unavailable.
  void flush();
  /// When this returns the transaction is durable as a whole;
  /// readers see it as soon as the brokers have marked it.
  void commit();
  /// Gives the transaction up. Throws nothing; look at alive() before going on.
  void abort() noexcept;

  /// How long calls wait from now on; settings.patience_ms at first.
  void wait_at_most(std::uint32_t patience_ms) { patience_ms_ = patience_ms; }

  bool alive() const { return alive_; }
  /// Whether the transaction begun last may have been written: the brokers were asked to. One that broke off
  /// before never will be, whatever the brokers still have of it.
  bool commit_asked() const { return commit_asked_; }
  /// True when a newer producer with this transactional id has fenced this one:
  /// known only after a call failed.
  bool fenced() const { return fenced_; }

 private:
  rd_kafka_topic_t* topic(const std::string& name);
  void expect_alive() const;
  void judge(rd_kafka_error_t* error, std::string_view doing);
  [[noreturn]] void dead(std::string_view doing, rd_kafka_resp_err_t error, std::string_view said);
  template <class Call>
  void insist(std::string_view doing, Call call);

  const KafkaSettings settings_;
  std::uint32_t patience_ms_;
  std::deque<std::string> values_;                           // what is under way points into these
  std::size_t waiting_ = 0;                                  // messages taken and not yet reported on
  rd_kafka_resp_err_t failed_ = RD_KAFKA_RESP_ERR_NO_ERROR;  // of a message of this transaction
  std::map<std::string, TopicPtr> topics_;
  ClientPtr client_;
  bool alive_ = true, fenced_ = false, open_ = false, committing_ = false, commit_asked_ = false;

  friend void delivered(rd_kafka_t*, const rd_kafka_message_t*, void*);
};

}  // namespace kinhub::kafka
