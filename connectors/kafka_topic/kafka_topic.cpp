// Kafka as an agency: reads topics that other systems write,
// plain JSON or Debezium changes, message by message.

#include <algorithm>

#include "connectors/kafka_topic/message.hpp"
#include "connectors/kafka_topic/position.hpp"
#include "connectors/kafka_topic/reader.hpp"
#include "connectors/kafka_topic/settings.hpp"

namespace kinhub {
namespace {

using namespace sdk;
using namespace kafka_topic;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// What an operator does when the position cannot be gone on from.
const std::string forget_it = "run 'kinhub source rewind SOURCE --checkpoint --apply'";
const std::string give_again = "have the agency give again what may be missing, then ";

constexpr milliseconds step_max{100}, linger{5}, coverage_every{10'000};

std::string name_of(const Partition& partition) {
  return "topic " + partition.topic + ", partition " + std::to_string(partition.number);
}

/// A partition that is being read.
struct Reading {
  Place place;
  std::int64_t target = 0;                   ///< its end when reading began
  std::optional<std::uint32_t> mark_wanted;  ///< of the message at place.next - 1, read again to compare
  std::optional<std::int64_t> end;           ///< its end was seen here, and nothing has come since
  std::optional<std::int64_t> newest_ms;     ///< the latest message time
  bool caught_up() const { return end.has_value() || place.next >= target; }
};
using Readings = std::map<Partition, Reading>;

/// A message of librdkafka as the cutting sees it. The views live as long as the message.
Message message_of(const rd_kafka_message_t& raw) {
  Message message;
  message.topic = rd_kafka_topic_name(raw.rkt);
  message.partition = raw.partition;
  message.offset = raw.offset;
  if (raw.key != nullptr) message.key = std::string_view(static_cast<const char*>(raw.key), raw.key_len);
  if (raw.payload != nullptr)
    message.value = std::string_view(static_cast<const char*>(raw.payload), raw.len);
  rd_kafka_timestamp_type_t type{};
  if (const auto time_ms = rd_kafka_message_timestamp(&raw, &type);
      type != RD_KAFKA_TIMESTAMP_NOT_AVAILABLE && time_ms > 0)
    message.timestamp_ms = time_ms;
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&raw, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    const auto header = [&](const char* name) -> std::string_view {
      const void* value = nullptr;
      std::size_t size = 0;
      if (rd_kafka_header_get_last(headers, name, &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR ||
          value == nullptr)
        return {};
      return {static_cast<const char*>(value), size};
    };
    message.charset_header = header("charset");
    message.content_type_header = header("content-type");
  }
  return message;
}

class KafkaTopic final : public Connector {
 public:
  KafkaTopic(Host& host, const Config& config) : host_(host), settings_(read_settings(host, config)) {
    if (settings_.brokers.empty()) return;  // captured messages can be read without
    reader_ = std::make_unique<Reader>(host_, settings_);
  }

  void poll(std::string_view position, milliseconds timeout) override {
    wanted_brokers();
    try {
      const auto now = steady_clock::now();
      if (!at_ || *at_ != position) {
        begin(position);
      } else if (now - looked_ >= milliseconds{settings_.look_every_ms}) {
        looked_ = now;
        const auto partitions = reader_->partitions();
        const bool news = std::any_of(partitions.begin(), partitions.end(),
                                      [&](const auto& one) { return !readings_.contains(one); });
        if (news) begin(position);
      }
      deliver(timeout);
      (void)keep_position();  // beyond messages that said nothing new
      tell_coverage();
    } catch (...) {
      // Rollback: the host may not have what was read, so the next call begins where the host says.
      at_.reset();
      throw;
    }
  }

  void snapshot(std::string_view cursor) override {
    wanted_brokers();
    Reader reader(host_, settings_);
    auto range = snapshot_from(reader, cursor);
    Readings readings;
    for (const auto& [partition, place] : range.places) {
      Reading reading;
      reading.place = place;
      if (place.next < *place.end) readings.emplace(partition, reading);
    }
    assign(reader, readings);
    auto progress = steady_clock::now();
    while (!readings.empty()) {
      if (host_.stop_requested()) return;
      const auto message = reader.next(step_max);
      if (!message) {
        if (steady_clock::now() - progress > milliseconds{settings_.patience_ms})
          throw Retry("the brokers give nothing more, though the topics hold more: look at the cluster");
        continue;
      }
      progress = steady_clock::now();
      const auto found = readings.find(partition_of(*message));
      if (found == readings.end()) continue;
      auto& place = range.places.at(found->first);
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (message->offset < *place.end)
          throw Retry(name_of(found->first) +
                      " has become shorter while it was read: the snapshot begins anew");
        place.next = *place.end;
      } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        judge(*message);
        continue;
      } else if (message->offset >= *place.end) {
        place.next = *place.end;
      } else if (message->offset >= place.next) {
        place.next = message->offset + 1;
        hand_over(message_of(*message), range.text());
      }
      if (place.next >= *place.end) {
        reader.rest(found->first);
        readings.erase(found);
      }
    }
    host_.complete_until(*range.taken_us);
  }

  // What kcat -C printed: one value, or one a line.
  void read_capture(std::string_view origin, std::string_view bytes) override {
    const auto whole = cut_message(captured(origin, bytes, 0), settings_.rules);
    const auto lines = std::count(bytes.begin(), bytes.end(), '\n');
    if (whole.kind != Cutting::Kind::rejection || lines < 2) {
      give(whole, captured(origin, bytes, 0), origin, {});
      return;
    }
    std::int64_t number = 0;
    while (!bytes.empty()) {
      const auto end = std::min(bytes.find('\n'), bytes.size());
      const auto line = bytes.substr(0, end);
      bytes.remove_prefix(std::min(end + 1, bytes.size()));
      ++number;
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      if (host_.stop_requested()) return;
      const auto message = captured(origin, line, number);
      give(cut_message(message, settings_.rules), message, std::string(origin) + "#" + std::to_string(number),
           {});
    }
  }

  void set_aside(std::string_view position) override {
    wanted_brokers();
    begin(position);
    at_.reset();  // the host may have moved on from it, or not
    auto deadly = readings_.end();
    for (auto one = readings_.begin(); one != readings_.end(); ++one) {
      if (one->second.caught_up()) continue;
      if (deadly != readings_.end())
        throw Refused(
            "which of the messages that several partitions hold next it was is not known: wait until "
            "the others are read, or have the connector mended");
      deadly = one;
    }
    const auto until = steady_clock::now() + milliseconds{settings_.patience_ms};
    while (deadly != readings_.end() && !host_.stop_requested()) {
      const auto message = reader_->next(step_max);
      if (!message && steady_clock::now() > until)
        throw Retry("the brokers give nothing, though the topics hold more: look at the cluster");
      if (!message || partition_of(*message) != deadly->first) continue;
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) return;
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        judge(*message);
      } else if (message->offset >= deadly->second.place.next) {
        return reject_unread(deadly->first, message_of(*message));
      }
    }
  }

 private:
  void reject_unread(const Partition& partition, const Message& message) {
    const auto mark =
        mark_of(message.timestamp_ms.value_or(0), message.key.value_or(""), message.value.value_or(""));
    position_.places[partition] = {message.offset + 1, mark, std::nullopt};
    const Error error{
        "CONNECTOR_DIED",
        "the connector ended several times while it read this message: it is kept whole, unread",
        place_of(message, "value")};
    host_.reject({message.value.value_or(""), "application/json", settings_.rules.charset, position_.text(),
                  origin_of(message), error, unread_key(message), std::nullopt});
  }
  // The key its record's events have, where nothing need be looked into:
  // it could be what is deadly. Empty: not known.
  std::string_view unread_key(const Message& message) const {
    const auto key = message.key.value_or("");
    const bool perhaps_object =
        key.find_first_not_of(" \t\r\n\xEF\xBB\xBF") == key.find('{');  // in which a schema may stand
    const bool known = settings_.rules.key.empty() && !perhaps_object && key.size() <= key_bytes_max;
    return known ? key : std::string_view{};
  }

  void wanted_brokers() const {
    if (!reader_)
      throw Fatal("configuration: 'brokers' and 'topics' are missing: name the cluster and what to read");
  }

  static Partition partition_of(const rd_kafka_message_t& message) {
    return {message.rkt == nullptr ? std::string() : rd_kafka_topic_name(message.rkt), message.partition};
  }

  static Message captured(std::string_view origin, std::string_view bytes, std::int64_t number) {
    Message message;
    message.topic = origin;
    message.offset = number;
    message.value = bytes;
    return message;
  }

  // ---- the stream

  // Resolves the resume offset of every partition.
  // Whatever does not fit the position is an error: nothing is guessed.
  void begin(std::string_view text) {
    if (reader_->assigned()) reader_ = std::make_unique<Reader>(host_, settings_);
    position_ = Position{};
    if (!text.empty()) {
      auto stored = Position::parse(text);
      if (!stored || stored->taken_us)
        throw Fatal("the stored position is not one of this connector: " + forget_it);
      position_ = std::move(*stored);
    }
    const auto cluster = reader_->cluster();
    if (!text.empty() && position_.cluster != cluster)
      throw Fatal("the stored position is of another cluster (" + position_.cluster + ", this one is " +
                  cluster + "): mend 'brokers', or " + forget_it);
    const auto partitions = reader_->partitions();
    for (const auto& [partition, place] : position_.places) {
      const bool configured = std::find(settings_.topics.begin(), settings_.topics.end(), partition.topic) !=
                              settings_.topics.end();
      if (configured && !std::binary_search(partitions.begin(), partitions.end(), partition) &&
          std::find(partitions.begin(), partitions.end(), partition) == partitions.end())
        throw Fatal(name_of(partition) + " is gone: the topic was made anew with fewer partitions; " +
                    forget_it);
    }
    const auto before = position_;
    position_.cluster = cluster;
    Readings readings;
    for (const auto& partition : partitions) {
      const auto bounds = reader_->bounds(partition);
      Reading reading;
      reading.target = bounds.end;
      if (const auto known = before.places.find(partition); known != before.places.end()) {
        reading.place = known->second;
        verify(partition, reading, bounds);
      } else {
        // A topic's first run goes by 'start'; a partition added to it later is read from its beginning.
        const bool from_end = settings_.start == Start::latest && !before.knows(partition.topic);
        reading.place.next = from_end ? bounds.end : bounds.low;
      }
      position_.places[partition] = reading.place;
      readings.emplace(partition, reading);
    }
    readings_ = std::move(readings);
    assign(*reader_, readings_);
    looked_ = steady_clock::now();
    at_ = text;
    // Where a topic was begun is kept before anything comes:
    // otherwise a later start would begin it elsewhere.
    if (!keep_position() && settings_.start == Start::latest && text.empty())
      throw Fatal(
          "configuration: 'start' is latest, and this hub is too old to keep where that was: use earliest, "
          "or a newer hub");
  }

  // False: the host cannot keep a position at which nothing was emitted.
  bool keep_position() {
    auto text = position_.text();
    if (*at_ == text) return true;
    if (!host_.checkpoint(text)) return false;
    at_ = std::move(text);
    return true;
  }

  static void verify(const Partition& partition, Reading& reading, const Bounds& bounds) {
    const auto next = reading.place.next;
    if (next < bounds.low)
      throw Fatal(name_of(partition) + ": the messages from offset " + std::to_string(next) + " to " +
                  std::to_string(bounds.low - 1) +
                  " were removed before they were read (retention, or the topic was made anew): have "
                  "the agency give them again, then " +
                  forget_it);
    if (next > bounds.end)
      throw Fatal(name_of(partition) + ": it was read up to offset " + std::to_string(next) +
                  ", but the topic ends at " + std::to_string(bounds.end) +
                  ": it was truncated or made anew; " + give_again + forget_it);
    if (reading.place.mark && next - 1 >= bounds.low) reading.mark_wanted = reading.place.mark;
  }

  static void assign(Reader& reader, const Readings& readings) {
    std::map<Partition, std::int64_t> from;
    for (const auto& [partition, reading] : readings)
      from.emplace(partition, reading.place.next - (reading.mark_wanted ? 1 : 0));
    reader.assign(from);
  }

  void deliver(milliseconds timeout) {
    const auto began = steady_clock::now();
    auto progress = began;
    std::size_t messages = 0, bytes = 0;
    while (messages < settings_.batch_messages && bytes < settings_.batch_bytes) {
      if (host_.stop_requested()) break;
      const bool caught_up = std::all_of(readings_.begin(), readings_.end(),
                                         [](const auto& one) { return one.second.caught_up(); });
      if (messages > 0 && host_commits_late(began)) break;
      const auto message =
          reader_->next(messages > 0 && caught_up ? linger : std::min(step_max, std::max(timeout, linger)));
      const auto now = steady_clock::now();
      if (!message) {
        if (!caught_up && now - progress > milliseconds{settings_.patience_ms})
          throw Retry("the brokers give nothing, though the topics hold more: look at the cluster");
        if (caught_up && (messages > 0 || now - began >= timeout)) break;
        continue;
      }
      progress = now;
      const auto found = readings_.find(partition_of(*message));
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        if (found != readings_.end()) found->second.end = message->offset;
      } else if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        judge(*message);
      } else if (found != readings_.end() && take(found->first, found->second, *message)) {
        ++messages;
        bytes += message->len + message->key_len;
      }
    }
    host_.metric("messages", static_cast<std::int64_t>(messages));
  }

  // Bounds a batch in time: a long catch-up is handed over piece by piece.
  static bool host_commits_late(steady_clock::time_point began) {
    return steady_clock::now() - began > std::chrono::seconds{5};
  }

  // False: it was only read again to compare.
  bool take(const Partition& partition, Reading& reading, const rd_kafka_message_t& raw) {
    const auto message = message_of(raw);
    const auto mark =
        mark_of(message.timestamp_ms.value_or(0), message.key.value_or(""), message.value.value_or(""));
    // A clock that is ahead says nothing of what is still to come,
    // and no more when its message is read once more.
    const auto now_ms = host_.now_us() / 1000;
    if (message.timestamp_ms && (raw.offset >= reading.place.next || *message.timestamp_ms <= now_ms))
      reading.newest_ms = std::max(reading.newest_ms.value_or(0), std::min(*message.timestamp_ms, now_ms));
    if (raw.offset < reading.place.next) {
      if (reading.mark_wanted && raw.offset == reading.place.next - 1 && *reading.mark_wanted != mark)
        throw Fatal(name_of(partition) + ": offset " + std::to_string(raw.offset) +
                    " holds another message than the one that was read there: the topic was made anew; " +
                    give_again + forget_it);
      reading.mark_wanted.reset();
      return false;
    }
    reading.mark_wanted.reset();  // compacted away since
    reading.end.reset();
    reading.place = {raw.offset + 1, mark, std::nullopt};
    position_.places[partition] = reading.place;
    auto text = position_.text();
    if (hand_over(message, text)) at_ = std::move(text);
    return true;
  }

  // What a message of librdkafka that is an error says.
  void judge(const rd_kafka_message_t& message) const {
    const auto where = message.rkt == nullptr ? std::string() : name_of(partition_of(message)) + ": ";
    switch (message.err) {
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        throw Fatal(where + "the position " + std::to_string(message.offset) +
                    " no longer exists: the topic was truncated, made anew, or its messages were "
                    "removed before they were read; " +
                    give_again + forget_it);
      case RD_KAFKA_RESP_ERR__TRANSPORT:
      case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
      case RD_KAFKA_RESP_ERR__TIMED_OUT:
      case RD_KAFKA_RESP_ERR__RESOLVE:
        return;  // librdkafka connects again; patience is counted by the caller
      default:
        throw Retry(where + rd_kafka_message_errstr(&message));
    }
  }

  // True: the host has it, with the position.
  bool hand_over(const Message& message, const std::string& position) {
    return give(cut_message(message, settings_.rules), message, origin_of(message), position);
  }
  bool give(const Cutting& cutting, const Message& message, std::string_view origin,
            std::string_view position) {
    switch (cutting.kind) {
      case Cutting::Kind::event:
        host_.emit({cutting.key, cutting.body, cutting.content_type, cutting.charset, position, origin,
                    cutting.occurred_at_us});
        return true;
      case Cutting::Kind::rejection:
        host_.reject({message.value.value_or(""), cutting.content_type, cutting.charset, position, origin,
                      cutting.error, cutting.key, cutting.occurred_at_us});
        return true;
      case Cutting::Kind::nothing:
        host_.metric("tombstones", 1);
        return false;
    }
    return false;
  }

  // ---- completeness

  void tell_coverage() {
    if (settings_.coverage == Coverage::off || readings_.empty()) return;
    const bool at_end = std::all_of(readings_.begin(), readings_.end(),
                                    [](const auto& one) { return one.second.end.has_value(); });
    if (!at_end) return;
    std::int64_t until_us = INT64_MAX;
    if (settings_.coverage == Coverage::message_time) {
      for (const auto& [partition, reading] : readings_) {
        if (!reading.newest_ms) return;  // an empty partition says nothing about time
        until_us = std::min(until_us, *reading.newest_ms * 1000);
      }
    } else {
      const auto now = steady_clock::now();
      if (now - told_at_ < coverage_every) return;
      until_us = host_.now_us();
      // What an open transaction hides was written, but cannot be read yet.
      for (const auto& [partition, reading] : readings_)
        if (reader_->end_written(partition) > *reading.end) return;
      for (const auto& [partition, reading] : readings_)
        if (reader_->bounds(partition).end > *reading.end) return;
      told_at_ = now;
    }
    until_us -= settings_.lag_us;
    if (until_us <= told_us_) return;
    told_us_ = until_us;
    host_.complete_until(until_us);
  }

  // ---- snapshots

  // The range of offsets still to read of a snapshot: where an interrupted one goes on. One whose topics were
  // made anew since begins again.
  Position snapshot_from(Reader& reader, std::string_view cursor) {
    Position range;
    range.cluster = reader.cluster();
    if (!cursor.empty()) {
      auto stored = Position::parse(cursor);
      const bool usable = stored && stored->taken_us &&
                          std::all_of(stored->places.begin(), stored->places.end(),
                                      [](const auto& one) { return one.second.end; });
      if (!usable) throw Fatal("the stored cursor is not one of this connector's snapshots: " + forget_it);
      const auto partitions = reader.partitions();
      bool same = stored->cluster == range.cluster;
      for (auto& [partition, place] : stored->places) {
        same = same && std::find(partitions.begin(), partitions.end(), partition) != partitions.end();
        if (!same) break;
        const auto bounds = reader.bounds(partition);
        same = bounds.end >= *place.end;
        // Retention may have removed what is still to be read.
        place.next = std::max(place.next, std::min(bounds.low, *place.end));
      }
      if (same) return std::move(*stored);
      host_.log(KINHUB_LOG_WARNING, "the topics are not those the snapshot began with: it begins anew");
    }
    range.taken_us = host_.now_us();
    for (const auto& partition : reader.partitions()) {
      const auto bounds = reader.bounds(partition);
      range.places[partition] = {bounds.low, std::nullopt, bounds.end};
    }
    return range;
  }

  Host& host_;
  const Settings settings_;
  std::unique_ptr<Reader> reader_;
  Position position_;  // as far as was read
  Readings readings_;
  std::optional<std::string> at_;  // the position the host has, when reading goes on from there
  steady_clock::time_point looked_, told_at_;
  std::int64_t told_us_ = INT64_MIN;
};

constexpr std::string_view schema =
    R"({
  "type": "object",
  "additionalProperties": false,
  "secrets": {"password": "of the SASL user", "key_password": "opens key_file"},
  "properties": {
    "brokers": {"type": "string", "description": "host:port,host:port"},
    "topics": {"type": "array", "items": {"type": "string"}, "description": "The topics to read"},
    "envelope": {"type": "string", "enum": ["plain", "debezium"], "default": "plain",
      "description": "plain: the value is the record; debezium: a change with before, after, op, )"
    R"(source, with or without its schema"},
    "key": {"type": "array", "items": {"type": "string"}, "default": [],
      "description": "Paths (id, person.id) that make the business key; of a Debezium change: in after, )"
    R"(or before. Left out: the message's key"},
    "start": {"type": "string", "enum": ["earliest", "latest"], "default": "earliest",
      "description": "Where a topic is begun that was never read; never asked again later"},
    "isolation": {"type": "string", "enum": ["read_committed",
      "read_uncommitted"], "default": "read_committed"},
    "charset": {"type": "string", "default": "UTF-8",
      "description": "UTF-8 or GB18030, unless a message's header says otherwise"},
    "coverage": {"type": "string", "enum": ["off", "caught_up", "message_time"], "default": "off",
      "description": "How completeness is told: caught_up: up to when every partition was read to its )"
    R"(end; message_time: up to the newest message of the partition that is furthest behind"},
    "lag_seconds": {"type": "integer", "default": 60, "minimum": 0, "maximum": 2592000,
      "description": "How late the agency may publish; what is claimed as complete stays so far behind"},
    "batch_messages": {"type": "integer", "default": 1000, "minimum": 1, "maximum": 100000},
    "batch_bytes": {"type": "integer", "default": 8388608, "minimum": 1024, "maximum": 67108864},
    "message_bytes_max": {"type": "integer", "default": 16777216, "minimum": 1024, "maximum": 16777216,
      "description": "A larger value is set aside"},
    "patience_ms": {"type": "integer", "default": 10000, "minimum": 100, "maximum": 600000,
      "description": "How long one question waits for the brokers"},
    "look_every_ms": {"type": "integer", "default": 60000, "minimum": 100, "maximum": 86400000,
      "description": "How often new partitions are looked for"},
    "group": {"type": "string", "default": "kinhub-reader",
      "description": "Named to the brokers, for their access rules; nothing is committed to it"},
    "security": {"type": "string", "enum": ["plaintext", "tls", "sasl-plaintext",
      "sasl-tls"], "default": "plaintext",
      "description": "How the brokers are spoken to"},
    "ca": {"type": "string",
      "description": "File with the trusted CAs, intermediates included, as PEM; left out: those of the )"
    R"(system"},
    "certificate": {"type": "string", "description": "File with this client's certificate, as PEM"},
    "key_file": {"type": "string", "description": "File with its key, as PEM"},
    "check_host_name": {"type": "boolean", "default": true},
    "mechanism": {"type": "string", "enum": ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"], "default": "PLAIN"},
    "user": {"type": "string"}
  }
})";

}  // namespace
}  // namespace kinhub

KINHUB_CONNECTOR(kinhub::KafkaTopic, kinhub::schema)
