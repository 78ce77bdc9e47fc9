#pragma once
// A Kafka log of its own for each test, on the broker that the test run started.

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "hub/stream/kafka_client.hpp"
#include "hub/stream/kafka_log.hpp"
#include "hub/stream/kafka_topics.hpp"

namespace kinhub {

/// Topics under a prefix nobody else has.
inline KafkaSettings test_kafka() {
  const char* brokers = std::getenv("KINHUB_TEST_KAFKA");
  if (brokers == nullptr || *brokers == '\0')
    throw std::runtime_error(
        "KINHUB_TEST_KAFKA=host:port is not set: ctest starts a broker and sets it; by hand, start one with "
        "docker/kafka-local");
  KafkaSettings settings;
  settings.brokers = brokers;
  std::random_device chance;
  settings.prefix = "t" + std::to_string(chance()) + std::to_string(chance());
  settings.replication = 1;
  settings.transaction_ms = 5'000;
  return settings;
}

inline void make_topics(const KafkaSettings& settings, const std::vector<std::string>& sources) {
  apply_topics(settings, look_at_topics(settings, topics_needed(settings, sources)));
}

/// Drops everything before this offset, as retention would.
inline void delete_records(const KafkaSettings& settings, const std::string& topic,
                           std::int64_t before_offset) {
  auto client = kafka::make_client(RD_KAFKA_PRODUCER, kafka::common_conf(settings));
  kafka::QueuePtr queue(rd_kafka_queue_new(client.get()));
  auto* offsets = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(offsets, topic.c_str(), 0)->offset = before_offset;
  auto* what = rd_kafka_DeleteRecords_new(offsets);
  rd_kafka_DeleteRecords(client.get(), &what, 1, nullptr, queue.get());
  auto* event = rd_kafka_queue_poll(queue.get(), 30'000);
  std::string error = event == nullptr ? "no answer" : "";
  if (event != nullptr) {
    const auto* result = rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event));
    if (rd_kafka_event_error(event) != RD_KAFKA_RESP_ERR_NO_ERROR)
      error = rd_kafka_event_error_string(event);
    else if (result->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR)
      error = rd_kafka_err2str(result->elems[0].err);
    rd_kafka_event_destroy(event);
  }
  rd_kafka_DeleteRecords_destroy(what);
  rd_kafka_topic_partition_list_destroy(offsets);
  if (!error.empty()) throw std::runtime_error("deleting records of " + topic + ": " + error);
}

inline void delete_topic(const KafkaSettings& settings, const std::string& topic) {
  auto client = kafka::make_client(RD_KAFKA_PRODUCER, kafka::common_conf(settings));
  kafka::QueuePtr queue(rd_kafka_queue_new(client.get()));
  auto* what = rd_kafka_DeleteTopic_new(topic.c_str());
  rd_kafka_DeleteTopics(client.get(), &what, 1, nullptr, queue.get());
  auto* event = rd_kafka_queue_poll(queue.get(), 30'000);
  auto error = event == nullptr ? RD_KAFKA_RESP_ERR__TIMED_OUT : rd_kafka_event_error(event);
  if (event != nullptr) rd_kafka_event_destroy(event);
  rd_kafka_DeleteTopic_destroy(what);
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw std::runtime_error("deleting topic " + topic + ": " + rd_kafka_err2str(error));
  // Gone for this client is not gone for the next one at once.
  for (;;) {
    auto found = look_at_topics(settings, {{topic, 1, 1, {}}});
    if (found.front().state == TopicFinding::State::missing) return;
  }
}

}  // namespace kinhub
