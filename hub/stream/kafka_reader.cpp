#include "hub/stream/kafka_reader.hpp"

#include <cassert>

#include <fmt/format.h>

#include "hub/stream/event_codec.hpp"
#include "hub/stream/kafka_writer.hpp"

namespace kinhub::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// Short, because a waiting fetch is not woken by a commit, and a partition that joins waits for it.
constexpr int fetch_wait_ms = 30;
constexpr int retry_pause_ms = 100;
constexpr int slice_ms = 200;       // between looks at whether the brokers are gone
constexpr int silence_ms = 5'000;   // then the brokers are asked whether they are there
constexpr int place_ms_min = 1000;  // finding a position takes several answers
constexpr int settle_ms = 300;      // transactions under way end sooner, unless somebody died
constexpr std::size_t chunk_max = 512;
constexpr std::int64_t missing_ms_max = 10'000;       // brokers that start may not know their topics yet
constexpr std::int64_t start_missing_ms_max = 2'000;  // as above, of who only asks

bool is_missing(rd_kafka_resp_err_t error) {
  return error == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || error == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC ||
         error == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION;
}

constexpr char gone_text[] = "it is gone; ask who removed it before `kinhub topics apply` makes an empty one";

}  // namespace

EventReader::EventReader(const KafkaSettings& settings, const std::vector<std::string>& sources,
                         const Keyring& keyring, Looker& looker, ProgressTopic& progress,
                         std::size_t read_size_max)
    : settings_(settings),
      sources_(sources),
      keyring_(keyring),
      looker_(looker),
      progress_(progress),
      read_size_max_(read_size_max),
      topics_(sources.size()),
      cursors_(sources.size()) {}

EventReader::~EventReader() {
  for (auto& cursor : cursors_)
    halt(cursor);
  topics_.clear();
  queue_.reset();
}

std::string EventReader::topic_name(std::int32_t partition) const {
  return events_topic(settings_, sources_[static_cast<std::size_t>(partition)]);
}

void EventReader::damaged(std::int32_t partition, const std::string& what) const {
  const auto& source = sources_[static_cast<std::size_t>(partition)];
  throw LogDamaged(
      fmt::format("Kafka topic {} of source {}: {}. The source stands still until a person has decided: "
                  "kinhub source rewind {} shows the way on",
                  topic_name(partition), source, what, source),
      partition);
}

/// Reports the topic looked at last as gone; where it is the topic of progress, no source can go on.
void EventReader::gone(const std::string& what) {
  missing_since_.reset();
  if (looked_at_ == LogDamaged::whole_log) throw LogDamaged(what);
  damaged(looked_at_, gone_text);
}

rd_kafka_topic_t* EventReader::topic(std::int32_t partition) {
  if (!client_) {
    auto conf = reader_conf(settings_, fetch_wait_ms);
    set(*conf, "fetch.message.max.bytes", "2097152");
    // Prefetch for more than a second: librdkafka fetches nothing for a second once a queue is full.
    set(*conf, "queued.min.messages", "40000");
    set(*conf, "queued.max.messages.kbytes", "32768");
    client_ = make_client(RD_KAFKA_CONSUMER, std::move(conf));
    queue_.reset(rd_kafka_queue_new(client_.get()));
  }
  auto& known = topics_[static_cast<std::size_t>(partition)];
  if (!known) known.reset(rd_kafka_topic_new(client_.get(), topic_name(partition).c_str(), nullptr));
  return known.get();
}

void EventReader::halt(Cursor& cursor) {
  if (!cursor.reading) return;
  cursor.reading = false;
  rd_kafka_consume_stop(topic(cursor.at.partition), 0);
}

// ---- finding a position

/// Where the first event after `after` stands, or would stand.
std::int64_t EventReader::offset_after(const LogPosition& after, const Progress& end, const Extent& extent,
                                       Deadline give_up) {
  if (after.offset >= 0 && after.sequence > 0) return after.offset + 1;
  if (after.sequence == 0) return extent.low;
  if (after.sequence == end.sequence) return end.offset + 1;
  // Sequences grow with offsets. In a topic that was made anew they are larger than these.
  auto low = extent.low, high = std::min(extent.high, end.offset);
  auto name = topic_name(after.partition);
  while (low < high) {
    auto middle = low + (high - low) / 2;
    std::int64_t sequence = INT64_MAX, offset = high;
    bool whole = looker_.scan(name, middle, end.offset + 1, give_up, [&](const rd_kafka_message_t& message) {
      sequence = sequence_of(message).value_or(0);
      offset = message.offset;
      return false;
    });
    if (!whole) throw LogUnavailable("Kafka topic " + name + ": finding a position took too long");
    if (sequence > after.sequence)
      high = middle;
    else
      low = std::max(offset, middle) + 1;
  }
  return low;
}

/// False: it could not be found out in time, and nothing is known to be wrong.
bool EventReader::place(const LogPosition& after, Deadline give_up) {
  auto& cursor = cursors_[static_cast<std::size_t>(after.partition)];
  halt(cursor);
  // Where somebody's transaction stays open, what is known already is a lower bound of the end, and will do.
  looked_at_ = LogDamaged::whole_log;
  bool fresh = progress_.refresh(give_up, settle_ms);
  looked_at_ = after.partition;
  auto end = progress_.of(sources_[static_cast<std::size_t>(after.partition)], after.partition);
  if (!fresh && after.sequence > end.sequence) return false;
  if (after.sequence > end.sequence)
    damaged(after.partition,
            fmt::format("it ends at event {}, but event {} has been processed: the topics were cut or "
                        "made anew, or the store belongs to others",
                        end.sequence, after.sequence));
  auto extent = looker_.extent(topic_name(after.partition), give_up);
  if (end.offset >= extent.high)
    damaged(after.partition,
            fmt::format("it ends at offset {}, but event {} was at offset {}: it was cut or made anew",
                        extent.high, end.sequence, end.offset));
  auto offset = std::max(extent.low, offset_after(after, end, extent, give_up));
  if (offset > extent.high)
    damaged(after.partition,
            fmt::format("it ends at offset {}, but event {} was read at offset {}: it was cut or made anew",
                        extent.high, after.sequence, after.offset));
  cursor.at = after;
  cursor.heard_at = steady_clock::now();
  cursor.ends_at_least = end.sequence;
  cursor.decided_until = extent.high;
  auto* to = topic(after.partition);
  if (rd_kafka_consume_start_queue(to, 0, offset, queue_.get()) != 0)
    throw Unavailable(
        describe(settings_, "reading topic " + topic_name(after.partition), rd_kafka_last_error()));
  cursor.reading = true;
  heard();
  return true;
}

// ---- reading

/// A gap or a foreign message is confirmed by a second read from the position before, and only then reported.
void EventReader::doubt(Cursor& cursor, const std::string& what) {
  halt(cursor);
  if (cursor.doubt != cursor.at) {
    cursor.doubt = cursor.at;
    return;
  }
  cursor.doubt.reset();
  damaged(cursor.at.partition, what);
}

void EventReader::take_event(rd_kafka_message_t& message, Cursor& cursor, std::vector<LoggedEvent>& events) {
  if (message.offset <= cursor.at.offset && cursor.at.sequence > 0) return;  // seen before
  auto partition = cursor.at.partition;
  auto expected = cursor.at.sequence + 1;
  auto sequence = sequence_of(message);
  if (!sequence)
    return doubt(cursor, fmt::format("offset {} is no event of Kinhub: somebody else writes to this topic",
                                     message.offset));
  if (*sequence > expected)
    return doubt(cursor, fmt::format("events {} to {} are no longer in it, the next is {}", expected,
                                     *sequence - 1, *sequence));
  if (*sequence < expected)
    return doubt(
        cursor,
        fmt::format("event {} is followed by event {} at offset {}: it was made anew, or two logs were "
                    "mixed",
                    expected - 1, *sequence, message.offset));
  const auto& source = sources_[static_cast<std::size_t>(partition)];
  std::optional<Event> event;
  std::string why = "its bytes are no event of a version this program knows";
  try {
    event = decode_event(keyring_.unseal({static_cast<const char*>(message.payload), message.len},
                                         event_context(source, *sequence)));
  } catch (const UnknownKey&) {  // no damage: the key file is behind; all are placed anew for the next read
    for (auto& each : cursors_)
      halt(each);
    throw;
  } catch (const std::runtime_error& error) {
    why = error.what();
  }
  if (!event) return doubt(cursor, fmt::format("event {} at offset {}: {}", *sequence, message.offset, why));
  cursor.at = {partition, *sequence, message.offset};
  events.push_back({cursor.at, std::move(*event)});
}

void EventReader::take(rd_kafka_message_t& message, std::vector<LoggedEvent>& events) {
  std::size_t index = 0;
  while (index < topics_.size() && topics_[index].get() != message.rkt)
    ++index;
  if (index == topics_.size() || !cursors_[index].reading) return;  // of a partition no longer read
  auto& cursor = cursors_[index];
  if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) cursor.heard_at = steady_clock::now();
  switch (message.err) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
      heard();
      return take_event(message, cursor, events);
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      heard();
      if (message.offset >= cursor.decided_until && cursor.at.sequence < cursor.ends_at_least)
        doubt(cursor, fmt::format("events {} to {} are no longer in it", cursor.at.sequence + 1,
                                  cursor.ends_at_least));
      return;
    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      return doubt(cursor, fmt::format("event {} is no longer in it", cursor.at.sequence + 1));
    default:
      if (is_missing(message.err)) halt(cursor);  // finding the position anew will tell
      return;
  }
}

/// Outage detection when nothing has come for a while: are the brokers there at all? Throws Unavailable.
void EventReader::check_brokers() {
  rd_kafka_poll(client_.get(), 0);
  auto now = steady_clock::now();
  if (now - heard_at_ < milliseconds(silence_ms) || rd_kafka_queue_length(queue_.get()) > 0) return;
  looker_.partition_counts(in_ms(place_ms_min));
  heard();
}

/// Liveness check of silent topics: the client library says nothing about one that is gone, for minutes or
/// for good. Throws TopicMissing.
void EventReader::check_topics() {
  for (auto& cursor : cursors_) {
    if (!cursor.reading || steady_clock::now() - cursor.heard_at < milliseconds(silence_ms)) continue;
    looked_at_ = cursor.at.partition;
    cursor.heard_at = steady_clock::now();
    try {
      const auto end = looker_.end(topic_name(looked_at_), in_ms(place_ms_min));
      const bool shorter = cursor.at.sequence > 0 && end <= cursor.at.offset;
      if (shorter) halt(cursor);  // finding the position anew will tell
    } catch (const TopicMissing&) {
      cursor.heard_at -= milliseconds(silence_ms);  // asked again at once, until it is certain
      throw;
    } catch (const Unavailable&) {
      // An outage of this partition's leader keeps nobody from reading the others.
    }
  }
}

void EventReader::heard() {
  heard_at_ = steady_clock::now();
  failing_since_.reset();
}

std::vector<LoggedEvent> EventReader::read(std::span<const LogPosition> after, std::size_t count_max,
                                           std::uint32_t timeout_ms, std::stop_token stop) {
  for ([[maybe_unused]] const auto& position : after)
    assert(position.partition >= 0 && static_cast<std::size_t>(position.partition) < sources_.size() &&
           position.sequence >= 0);
  auto give_up = in_ms(timeout_ms);
  auto place_until = std::max(give_up, in_ms(place_ms_min));
  std::vector<LoggedEvent> events;
  do {
    if (!reading_.try_lock_until(place_until)) return events;
    MutexLock lock(reading_, std::adopt_lock);
    try {
      std::vector<bool> wanted(cursors_.size());
      for (const auto& position : after) {
        auto& cursor = cursors_[static_cast<std::size_t>(position.partition)];
        wanted[static_cast<std::size_t>(position.partition)] = true;
        if ((!cursor.reading || cursor.at != position) && !place(position, place_until))
          throw LogUnavailable(fmt::format(
              "Kafka topic {}: another client's transaction has been open for long", progress_.topic()));
      }
      for (std::size_t i = 0; i < cursors_.size(); ++i)
        if (!wanted[i]) halt(cursors_[i]);
      looked_at_ = LogDamaged::whole_log;
      check_brokers();
      check_topics();
      missing_since_.reset();
    } catch (const TopicMissing& error) {
      auto now = steady_clock::now();
      if (!missing_since_) missing_since_ = now;
      if (now - *missing_since_ >= milliseconds(missing_ms_max)) gone(error.what());
      if (steady_clock::now() >= give_up) return events;
      std::this_thread::sleep_for(milliseconds(retry_pause_ms));
      continue;
    } catch (const Unavailable& error) {
      auto now = steady_clock::now();
      if (!failing_since_) failing_since_ = now - milliseconds(place_ms_min);
      if (now - *failing_since_ >= milliseconds(settings_.patience_ms)) throw LogUnavailable(error.what());
      if (stop.stop_requested() || now >= give_up) return events;
      std::this_thread::sleep_for(milliseconds(retry_pause_ms));
      continue;
    }
    auto left = std::chrono::duration_cast<milliseconds>(give_up - steady_clock::now()).count();
    auto wait = static_cast<int>(std::clamp<std::int64_t>(left, 0, slice_ms));
    rd_kafka_message_t* messages[chunk_max];
    std::size_t size = 0;
    {
      std::stop_callback wake(stop, [queue = queue_.get()] { rd_kafka_queue_yield(queue); });
      if (stop.stop_requested()) wait = 0;
      auto count = rd_kafka_consume_batch_queue(queue_.get(), wait, messages, 1);
      while (count > 0) {
        std::vector<MessagePtr> owned;
        owned.reserve(static_cast<std::size_t>(count));
        for (ssize_t i = 0; i < count; ++i)
          owned.emplace_back(messages[i]);
        for (auto& message : owned) {
          size += message->len;
          take(*message, events);
        }
        if (events.size() >= count_max || size >= read_size_max_) break;
        count = rd_kafka_consume_batch_queue(queue_.get(), 0, messages,
                                             std::min(chunk_max, count_max - events.size()));
      }
    }
    if (!events.empty()) return events;
  } while (!stop.stop_requested() && steady_clock::now() < give_up);
  return events;
}

LogPosition EventReader::start(std::int32_t partition) {
  auto give_up = in_ms(settings_.patience_ms);
  auto name = topic_name(partition);
  if (!progress_.refresh(give_up))
    throw LogUnavailable(fmt::format("Kafka topic {}: another client's transaction has been open for long",
                                     progress_.topic()));
  auto end = progress_.of(sources_[static_cast<std::size_t>(partition)], partition);
  if (end.sequence == 0) return {partition, 0, -1};
  Extent extent;
  for (const auto since = steady_clock::now();;)
    try {
      extent = looker_.extent(name, give_up);
      break;
    } catch (const TopicMissing&) {
      if (steady_clock::now() - since >= milliseconds(start_missing_ms_max)) damaged(partition, gone_text);
      std::this_thread::sleep_for(milliseconds(retry_pause_ms));
    }
  LogPosition found{partition, end.sequence, end.offset};
  bool whole = looker_.scan(name, extent.low, extent.high, give_up, [&](const rd_kafka_message_t& message) {
    auto sequence = sequence_of(message);
    if (sequence) found = {partition, *sequence - 1, *sequence > 1 ? message.offset - 1 : -1};
    return !sequence;
  });
  if (!whole) throw LogUnavailable("Kafka topic " + name + ": its beginning could not be read in time");
  return found;
}

}  // namespace kinhub::kafka
