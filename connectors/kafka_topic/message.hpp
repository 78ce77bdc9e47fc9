#pragma once
// Classification of one message of a topic: an event, bytes to reject,
// or nothing new. Pure: decided on its bytes alone.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub::kafka_topic {

constexpr std::size_t key_bytes_max = 4096;

enum class Envelope : std::uint8_t { plain, debezium };

struct CuttingRules {
  Envelope envelope = Envelope::plain;
  std::vector<std::string> key;  ///< paths that make the business key; empty: the message's own key
  std::string charset = "UTF-8";
  std::size_t message_bytes_max = std::size_t{16} << 20;
};

/// One message as the broker gave it.
struct Message {
  std::string_view topic;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  std::optional<std::string_view> key, value;
  std::string_view charset_header, content_type_header;  ///< empty: there is none
  std::optional<std::int64_t> timestamp_ms;
};

struct Cutting {
  enum class Kind : std::uint8_t { event, rejection, nothing };
  Kind kind = Kind::event;
  std::string key;   ///< also of a rejection: what follows with the same key waits behind it
  std::string body;  ///< of an event
  std::string content_type = "application/json", charset;
  std::optional<std::int64_t> occurred_at_us;
  Error error;  ///< of a rejection
};

/// Never fails: what is no event is a rejection that says why.
Cutting cut_message(const Message& message, const CuttingRules& rules);

/// "topic/partition@offset"
std::string origin_of(const Message& message);

/// The place of an error beside its origin: the part of the message. Without a value it names the message,
/// too: by its place alone the hub tells rejections without bytes apart.
std::string place_of(const Message& message, std::string_view part);

/// True: the charset is one whose JSON can be cut on bytes.
bool is_known_charset(std::string_view name);

}  // namespace kinhub::kafka_topic
