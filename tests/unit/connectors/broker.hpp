#pragma once
// The broker the tests read from and write to: topics of their own on it, and another system that writes
// them.

#include <librdkafka/rdkafka.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

namespace kinhub::testing {

/// KINHUB_TEST_KAFKA, set by the test run. A test without its broker fails.
inline std::string broker() {
  const char* const address = std::getenv("KINHUB_TEST_KAFKA");
  if (address == nullptr || *address == '\0')
    throw std::runtime_error(
        "KINHUB_TEST_KAFKA names no broker: run through ctest, or start one with docker/kafka-local");
  return address;
}

/// A name no other test has.
inline std::string new_topic_name() {
  static std::mt19937_64 chance{std::random_device{}()};
  return "test.agency." + std::to_string(chance());
}

/// Another system: makes topics and writes messages into them. Throws when the broker does not do it.
class OtherSystem {
 public:
  explicit OtherSystem(const std::string& transactional_id = {}) {
    char why[512];
    rd_kafka_conf_t* const conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", broker());
    set(conf, "linger.ms", "0");
    set(conf, "log_level", "0");
    if (!transactional_id.empty()) set(conf, "transactional.id", transactional_id);
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (client_ == nullptr) throw std::runtime_error(why);
    if (!transactional_id.empty()) check(rd_kafka_init_transactions(client_, wait_ms));
  }
  ~OtherSystem() { rd_kafka_destroy(client_); }
  OtherSystem(const OtherSystem&) = delete;
  OtherSystem& operator=(const OtherSystem&) = delete;

  void make(const std::string& topic, int partitions,
            const std::vector<std::pair<std::string, std::string>>& settings = {}) {
    char why[512];
    auto* one = rd_kafka_NewTopic_new(topic.c_str(), partitions, 1, why, sizeof why);
    if (one == nullptr) throw std::runtime_error(why);
    // No retention: the broker would drop messages with times of their own, by the clock of the machine.
    rd_kafka_NewTopic_set_config(one, "retention.ms", "-1");
    for (const auto& [name, value] : settings)
      rd_kafka_NewTopic_set_config(one, name.c_str(), value.c_str());
    administer([&](rd_kafka_queue_t* queue) { rd_kafka_CreateTopics(client_, &one, 1, nullptr, queue); });
    rd_kafka_NewTopic_destroy(one);
  }
  void remove(const std::string& topic) {
    auto* one = rd_kafka_DeleteTopic_new(topic.c_str());
    administer([&](rd_kafka_queue_t* queue) { rd_kafka_DeleteTopics(client_, &one, 1, nullptr, queue); });
    rd_kafka_DeleteTopic_destroy(one);
  }
  void widen(const std::string& topic, std::size_t partitions) {
    char why[512];
    auto* one = rd_kafka_NewPartitions_new(topic.c_str(), partitions, why, sizeof why);
    administer([&](rd_kafka_queue_t* queue) { rd_kafka_CreatePartitions(client_, &one, 1, nullptr, queue); });
    rd_kafka_NewPartitions_destroy(one);
  }
  /// Removes the messages before an offset.
  void truncate(const std::string& topic, std::int32_t partition, std::int64_t before) {
    auto* list = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(list, topic.c_str(), partition)->offset = before;
    auto* records = rd_kafka_DeleteRecords_new(list);
    administer(
        [&](rd_kafka_queue_t* queue) { rd_kafka_DeleteRecords(client_, &records, 1, nullptr, queue); });
    rd_kafka_DeleteRecords_destroy(records);
    rd_kafka_topic_partition_list_destroy(list);
  }

  using Text = std::optional<std::string>;
  void write(const std::string& topic, const Text& key, const Text& value, std::int32_t partition = 0,
             const std::vector<std::pair<std::string, std::string>>& headers = {}, std::int64_t time_ms = 0) {
    rd_kafka_headers_t* list = rd_kafka_headers_new(headers.size());
    for (const auto& [name, text] : headers)
      rd_kafka_header_add(list, name.data(), static_cast<ssize_t>(name.size()), text.data(),
                          static_cast<ssize_t>(text.size()));
    const auto error = rd_kafka_producev(
        client_, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY((key ? key->data() : nullptr), (key ? key->size() : 0)),
        RD_KAFKA_V_VALUE((value ? const_cast<char*>(value->data()) : nullptr), (value ? value->size() : 0)),
        RD_KAFKA_V_TIMESTAMP(time_ms), RD_KAFKA_V_HEADERS(list), RD_KAFKA_V_END);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      rd_kafka_headers_destroy(list);
      throw std::runtime_error(rd_kafka_err2str(error));
    }
  }
  void flush() {
    if (rd_kafka_flush(client_, wait_ms) != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw std::runtime_error("the broker does not take it");
  }
  void begin() { check(rd_kafka_begin_transaction(client_)); }
  void commit() { check(rd_kafka_commit_transaction(client_, wait_ms)); }
  void abort() { check(rd_kafka_abort_transaction(client_, wait_ms)); }

 private:
  static constexpr int wait_ms = 20'000;
  static void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
    char why[512];
    if (rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
      throw std::runtime_error(why);
  }
  static void check(rd_kafka_error_t* error) {
    if (error == nullptr) return;
    const std::string why = rd_kafka_error_string(error);
    rd_kafka_error_destroy(error);
    throw std::runtime_error(why);
  }
  template <class Call>
  void administer(const Call& call) {
    rd_kafka_queue_t* const queue = rd_kafka_queue_new(client_);
    call(queue);
    rd_kafka_event_t* const answer = rd_kafka_queue_poll(queue, wait_ms);
    std::string why = answer == nullptr                   ? "no answer"
                      : rd_kafka_event_error(answer) != 0 ? rd_kafka_event_error_string(answer)
                                                          : "";
    if (answer != nullptr) {
      std::size_t count = 0;
      const rd_kafka_topic_result_t** results = nullptr;
      if (const auto* created = rd_kafka_event_CreateTopics_result(answer))
        results = rd_kafka_CreateTopics_result_topics(created, &count);
      if (const auto* deleted = rd_kafka_event_DeleteTopics_result(answer))
        results = rd_kafka_DeleteTopics_result_topics(deleted, &count);
      for (std::size_t i = 0; i < count; ++i)
        if (const char* text = rd_kafka_topic_result_error_string(results[i])) why = text;
      rd_kafka_event_destroy(answer);
    }
    rd_kafka_queue_destroy(queue);
    if (!why.empty()) throw std::runtime_error(why);
  }
  rd_kafka_t* client_ = nullptr;
};

}  // namespace kinhub::testing
