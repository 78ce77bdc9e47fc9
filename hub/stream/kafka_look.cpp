#include "hub/stream/kafka_look.hpp"

#include <cassert>
#include <thread>

namespace kinhub::kafka {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int scan_wait_ms = 10;  // the end of a topic shows in an empty answer
constexpr int ask_ms = 2000;
constexpr int slice_ms = 100;
constexpr int retry_pause_ms = 50;
constexpr std::int32_t partition = 0;

int left_ms(Deadline give_up) {
  auto left = std::chrono::duration_cast<milliseconds>(give_up - steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 1, 3'600'000));
}

std::string missing_text(const KafkaSettings& settings, const std::string& topic) {
  return "Kafka at " + settings.brokers + " has no topic " + topic +
         ": ask who removed it; kinhub topics apply makes an empty one";
}

struct DestroyList {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
using TopicListPtr = std::unique_ptr<rd_kafka_topic_partition_list_t, DestroyList>;

/// Scope guard that ends the consumption of a partition.
struct Consuming {
  rd_kafka_topic_t* topic;
  ~Consuming() { rd_kafka_consume_stop(topic, partition); }
};

}  // namespace

Deadline in_ms(std::int64_t ms) {
  return steady_clock::now() + milliseconds(ms);
}

ConfPtr reader_conf(const KafkaSettings& settings, int wait_ms) {
  auto conf = common_conf(settings);
  set(*conf, "isolation.level", "read_committed");
  set(*conf, "enable.auto.commit", "false");
  set(*conf, "enable.auto.offset.store", "false");
  set(*conf, "auto.offset.reset", "error");
  set(*conf, "enable.partition.eof", "true");
  set(*conf, "allow.auto.create.topics", "false");
  set(*conf, "check.crcs", "true");
  set(*conf, "fetch.wait.max.ms", std::to_string(wait_ms));
  set(*conf, "fetch.error.backoff.ms", "50");
  return conf;
}

Looker::Looker(const KafkaSettings& settings) : settings_(settings) {
  auto conf = reader_conf(settings, scan_wait_ms);
  set(*conf, "isolation.level", "read_uncommitted");
  // A short socket timeout: whoever asks has little time.
  set(*conf, "socket.timeout.ms", std::to_string(ask_ms));
  set(*conf, "socket.connection.setup.timeout.ms", std::to_string(ask_ms));
  asking_ = make_client(RD_KAFKA_CONSUMER, std::move(conf));
  conf = reader_conf(settings, scan_wait_ms);
  set(*conf, "queued.max.messages.kbytes", "16384");
  scanner_ = make_client(RD_KAFKA_CONSUMER, std::move(conf));
}

Looker::~Looker() {
  topics_.clear();
  asked_.clear();
}

/// A cached topic handle: the client keeps its leader in mind and asks for it anew by itself.
rd_kafka_topic_t* Looker::asked(const std::string& topic) {
  MutexLock lock(asked_mutex_);
  auto& known = asked_[topic];
  if (!known) known.reset(rd_kafka_topic_new(asking_.get(), topic.c_str(), nullptr));
  return known.get();
}

/// Refreshes the client's metadata of the topic, its leader among it. Throws TopicMissing when the brokers
/// say that it is not there, and says nothing when they do not answer or nobody leads it.
void Looker::look_for(const std::string& topic, Deadline give_up) {
  const rd_kafka_metadata_t* found = nullptr;
  auto error = rd_kafka_metadata(asking_.get(), 0, asked(topic), &found, std::min(left_ms(give_up), ask_ms));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const bool missing =
      found->topic_cnt == 1 && found->topics[0].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
  rd_kafka_metadata_destroy(found);
  if (missing) throw TopicMissing(missing_text(settings_, topic));
}

/// `place`: RD_KAFKA_OFFSET_BEGINNING or RD_KAFKA_OFFSET_END. Not rd_kafka_query_watermark_offsets:
/// that of librdkafka 2.0.2 waits for ever when its answer gets lost (mended in 2.3.0). What the
/// client says of a topic it may have from its memory: before a broker was up, nobody led it, and
/// that reads like a topic that is gone.
std::int64_t Looker::offset_of(const std::string& topic, std::int64_t place, Deadline give_up) {
  asked(topic);
  for (;;) {
    const TopicListPtr list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = place;
    auto error = rd_kafka_offsets_for_times(asking_.get(), list.get(), std::min(left_ms(give_up), ask_ms));
    if (list->elems[0].err != RD_KAFKA_RESP_ERR_NO_ERROR) error = list->elems[0].err;
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) return list->elems[0].offset;
    look_for(topic, give_up);
    if (steady_clock::now() >= give_up)
      throw Unavailable(describe(settings_, "looking at topic " + topic, error));
    std::this_thread::sleep_for(milliseconds(std::min(left_ms(give_up), retry_pause_ms)));
  }
}

std::int64_t Looker::start(const std::string& topic, Deadline give_up) {
  return offset_of(topic, RD_KAFKA_OFFSET_BEGINNING, give_up);
}

std::int64_t Looker::end(const std::string& topic, Deadline give_up) {
  return offset_of(topic, RD_KAFKA_OFFSET_END, give_up);
}

Extent Looker::extent(const std::string& topic, Deadline give_up) {
  const auto low = start(topic, give_up);
  return {low, end(topic, give_up)};
}

bool Looker::scan(const std::string& name, std::int64_t from, std::int64_t until, Deadline give_up,
                  const std::function<bool(const rd_kafka_message_t&)>& see) {
  assert(from >= 0 && see);
  if (from >= until) return true;
  if (!scanning_.try_lock_until(give_up)) return false;
  MutexLock lock(scanning_, std::adopt_lock);
  auto& known = topics_[name];
  if (!known) known.reset(rd_kafka_topic_new(scanner_.get(), name.c_str(), nullptr));
  auto* topic = known.get();
  if (rd_kafka_consume_start(topic, partition, from) != 0)
    throw Unavailable(describe(settings_, "reading topic " + name, rd_kafka_last_error()));
  Consuming consuming{topic};
  while (steady_clock::now() < give_up) {
    MessagePtr message(rd_kafka_consume(topic, partition, std::min(slice_ms, left_ms(give_up))));
    rd_kafka_poll(scanner_.get(), 0);
    if (!message) continue;
    switch (message->err) {
      case RD_KAFKA_RESP_ERR_NO_ERROR:
        if (message->offset < from) continue;  // of an earlier scan
        if (!see(*message) || message->offset + 1 >= until) return true;
        continue;
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        if (message->offset >= until) return true;
        continue;
      case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        look_for(name, give_up);
        throw Unavailable(describe(settings_, "reading topic " + name, message->err));
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
        throw Unavailable(describe(settings_, "reading topic " + name, message->err,
                                   rd_kafka_message_errstr(message.get())));
      default:
        continue;  // the client tries again by itself
    }
  }
  return false;
}

std::map<std::string, int> Looker::partition_counts(Deadline give_up) {
  const rd_kafka_metadata_t* found = nullptr;
  auto error = rd_kafka_metadata(asking_.get(), 1, nullptr, &found, left_ms(give_up));
  if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw Unavailable(describe(settings_, "asking for the topics", error));
  std::map<std::string, int> counts;
  for (int i = 0; i < found->topic_cnt; ++i)
    if (found->topics[i].err != RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
      counts[found->topics[i].topic] = found->topics[i].partition_cnt;
  rd_kafka_metadata_destroy(found);
  return counts;
}

}  // namespace kinhub::kafka
