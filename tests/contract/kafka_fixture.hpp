#pragma once
// A Kafka log of its own for each test, on the broker that the test run started.

#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

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

}  // namespace kinhub
