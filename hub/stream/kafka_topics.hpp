#pragma once
// Topic administration: which topics Kinhub needs and with what settings, what differs, and mending it.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "hub/stream/kafka_settings.hpp"

namespace kinhub {

/// The desired state of a topic.
struct TopicWish {
  std::string name;
  int partitions = 1;
  int replication = 1;
  /// Those that the log's promises need; the others are the cluster's.
  std::map<std::string, std::string> settings;
};

/// Pure: one topic of events for each source, one of notices, one of progress.
/// Throws std::invalid_argument when a topic cannot be called so.
std::vector<TopicWish> topics_needed(const KafkaSettings& settings, const std::vector<std::string>& sources);

/// The actual state of a topic that exists.
struct TopicFound {
  int partitions = 0;
  int replication = 0;                          ///< of the partition that has the fewest
  std::map<std::string, std::string> settings;  ///< all in force, defaults too
  std::map<std::string, std::string> own;       ///< those set on the topic itself
};

/// The difference between wish and state of one topic.
struct TopicFinding {
  enum class State : std::uint8_t { missing, right, wrong };
  struct Wrong {
    std::string setting, found, wanted, why;
    bool can_mend = false;
  };
  TopicWish wish;
  State state = State::missing;
  std::vector<Wrong> wrong;
  int partitions = 0, replication = 0;     ///< that it has; 0: it is missing
  std::map<std::string, std::string> own;  ///< settings the topic has of its own: mending keeps the others
};

/// Pure. More replicas, a longer retention, larger messages than wanted are right.
TopicFinding judge_topic(const TopicWish& wish, const TopicFound& found);

/// Asks the brokers. Throws LogUnavailable when they do not answer within settings.patience_ms or refuse.
std::vector<TopicFinding> look_at_topics(const KafkaSettings& settings, const std::vector<TopicWish>& wishes);

/// Makes what is missing and mends what can_mend; partitions and replication of a topic that
/// exists are never changed. Returns when the brokers serve the new topics. Throws
/// LogUnavailable, naming the topic and what to do.
void apply_topics(const KafkaSettings& settings, const std::vector<TopicFinding>& findings);

}  // namespace kinhub
