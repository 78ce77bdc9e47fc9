#pragma once
// The configuration of a kafka_topic source, checked.

#include <cstdint>
#include <string>
#include <vector>

#include "connectors/kafka_topic/message.hpp"
#include "plugins/sdk/connector.hpp"

namespace kinhub::kafka_topic {

enum class Start : std::uint8_t { earliest, latest };
enum class Coverage : std::uint8_t { off, caught_up, message_time };

struct Settings {
  std::string brokers;
  std::vector<std::string> topics;
  std::string group;
  CuttingRules rules;
  Start start = Start::earliest;
  Coverage coverage = Coverage::off;
  std::int64_t lag_us = 0;
  std::size_t batch_messages = 1000, batch_bytes = std::size_t{8} << 20;
  std::int64_t patience_ms = 10'000, look_every_ms = 60'000;
  /// What librdkafka is told, secrets included: never shown.
  std::vector<std::pair<std::string, std::string>> client;
};

/// Throws sdk::Fatal that names the setting.
Settings read_settings(const sdk::Host& host, const sdk::Config& config);

}  // namespace kinhub::kafka_topic
