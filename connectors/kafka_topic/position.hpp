#pragma once
// The resume position of a kafka_topic source, as the text the hub keeps: the cluster, and of each partition
// the next offset and a checksum of the message before it.

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace kinhub::kafka_topic {

/// One partition of one topic.
struct Partition {
  std::string topic;
  std::int32_t number = 0;
  auto operator<=>(const Partition&) const = default;
};

/// Where a partition continues.
struct Place {
  std::int64_t next = 0;  ///< offset of the next message to read
  /// Of the message at next - 1, if it was read: a topic that was deleted and made anew under its old name
  /// has another message there. (librdkafka 2.0.2 does not tell the identity of a topic.)
  std::optional<std::uint32_t> mark;
  std::optional<std::int64_t> end;  ///< of a snapshot: where it ends
  bool operator==(const Place&) const = default;
};

/// "v1;@cluster=MkU3OEVB;agency.changes=0:15~9c01f2aa,1:20;" and of a snapshot
/// "v1;@cluster=..;@taken=<us>;topic=0:15-40;"
struct Position {
  std::string cluster;
  std::optional<std::int64_t> taken_us;  ///< of a snapshot: when its ends were taken
  std::map<Partition, Place> places;

  std::string text() const;
  /// Nothing when the text is not one of this connector. REQUIRES: not empty.
  static std::optional<Position> parse(std::string_view text);
  bool knows(std::string_view topic) const;
  bool operator==(const Position&) const = default;
};

/// The checksum of a message.
std::uint32_t mark_of(std::int64_t timestamp_ms, std::string_view key, std::string_view value);

}  // namespace kinhub::kafka_topic
