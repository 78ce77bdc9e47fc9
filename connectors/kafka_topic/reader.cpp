#include "connectors/kafka_topic/reader.hpp"

#include <algorithm>
#include <atomic>
#include <cassert>

namespace kinhub::kafka_topic {
namespace {

using namespace sdk;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int slice_ms = 500;  // between two looks at whether to stop
constexpr int offsets_ms = 2000;

struct FreeList {
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
};
struct FreeMetadata {
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
struct FreeQueue {
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
};
struct FreeTopic {
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
};

}  // namespace

/// What librdkafka's callbacks know.
struct Reader::State {
  explicit State(const Host& h) : host(h) {}
  const Host& host;
  std::atomic<bool> all_down{false};
  std::string why_down;  // by the calling thread, inside next()
  std::string fatal;
  std::vector<std::unique_ptr<rd_kafka_queue_t, FreeQueue>> queues;  // of the partitions that are read
};

Reader::Reader(const Host& host, const Settings& settings)
    : host_(host), settings_(settings), state_(std::make_unique<State>(host)) {
  char why[512] = "";
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  for (const auto& [name, value] : settings.client)
    if (rd_kafka_conf_set(conf, name.c_str(), value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) {
      rd_kafka_conf_destroy(conf);
      // What librdkafka says of a secret could hold it.
      const bool secret = name.find("password") != std::string::npos;
      throw Fatal("configuration: librdkafka refuses " + name + (secret ? "" : std::string(": ") + why));
    }
  rd_kafka_conf_set_opaque(conf, state_.get());
  rd_kafka_conf_set_log_cb(
      conf, [](const rd_kafka_t* client, int level, const char* facility, const char* text) {
        // Connections that fail are told by the status of the call.
        if (level > 4 || std::string_view(facility) == "FAIL" || std::string_view(facility) == "ERROR")
          return;
        const auto* const state = static_cast<const State*>(rd_kafka_opaque(client));
        if (state != nullptr) state->host.log(KINHUB_LOG_WARNING, std::string("librdkafka: ") + text);
      });
  rd_kafka_conf_set_error_cb(conf, [](rd_kafka_t* client, int code, const char* text, void* opaque) {
    auto& state = *static_cast<State*>(opaque);
    if (code == RD_KAFKA_RESP_ERR__FATAL) {
      char reason[512] = "";
      rd_kafka_fatal_error(client, reason, sizeof reason);
      state.fatal = reason;
    }
    if (code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) state.all_down = true;
    if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN) state.why_down = text;
  });
  client_ = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
  if (client_ == nullptr) {
    rd_kafka_conf_destroy(conf);
    throw Fatal(std::string("configuration: librdkafka cannot start: ") + why);
  }
  rd_kafka_poll_set_consumer(client_);
}

Reader::~Reader() {
  release();
  // There is no group to leave, and closing could wait for one.
  rd_kafka_destroy_flags(client_, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE);
}

// A reference cycle in librdkafka up to 2.6.0 (its #4724): what is queued for a partition owns the partition,
// which owns the queue; of a topic that was deleted nobody empties it, and ending waits for ever. So the
// partitions are released first, and their queues emptied here.
void Reader::release() {
  if (!assigned_) return;
  (void)rd_kafka_assign(client_, nullptr);
  // Asked of the thread that releases them: its answer comes when all are.
  rd_kafka_topic_partition_list_t* left = nullptr;
  if (rd_kafka_assignment(client_, &left) == RD_KAFKA_RESP_ERR_NO_ERROR)
    rd_kafka_topic_partition_list_destroy(left);
  for (const auto& queue : state_->queues)
    while (rd_kafka_event_t* const event = rd_kafka_queue_poll(queue.get(), 0))
      rd_kafka_event_destroy(event);
  state_->queues.clear();
}

// The same call in slices until it is answered, a stop is requested, or patience ends.
template <class Call>
void Reader::insist(const char* what, const Call& call) {
  const auto until = steady_clock::now() + milliseconds{settings_.patience_ms};
  for (;;) {
    if (host_.stop_requested()) throw HostDeclined{KINHUB_OK};
    const auto began = steady_clock::now();
    const rd_kafka_resp_err_t error = call(slice_ms);
    if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
      state_->all_down = false;
      return;
    }
    (void)rd_kafka_poll(client_, 0);  // lets the error callback say why
    if (steady_clock::now() >= until) {
      const auto& why = state_->why_down;
      throw Retry("the brokers do not answer (" + std::string(what) + ": " + rd_kafka_err2str(error) +
                  (why.empty() ? "" : "; " + why) +
                  "): look at 'brokers', 'security' and the cluster itself");
    }
    if (steady_clock::now() - began < milliseconds{50}) (void)host_.wait(milliseconds{100});
  }
}

std::string Reader::cluster() {
  std::string id;
  insist("cluster id", [&](int wait_ms) {
    // Unasked, librdkafka looks for it once a second.
    const rd_kafka_metadata_t* brokers = nullptr;
    if (const auto error = rd_kafka_metadata(client_, 0, nullptr, &brokers, wait_ms);
        error != RD_KAFKA_RESP_ERR_NO_ERROR)
      return error;
    rd_kafka_metadata_destroy(brokers);
    char* const text = rd_kafka_clusterid(client_, wait_ms);
    if (text == nullptr) return RD_KAFKA_RESP_ERR__TIMED_OUT;
    id = text;
    rd_kafka_mem_free(client_, text);
    return RD_KAFKA_RESP_ERR_NO_ERROR;
  });
  // It becomes a part of the position's text.
  std::erase_if(id, [](char c) { return c == ';' || c == '=' || static_cast<unsigned char>(c) <= ' '; });
  return id;
}

std::vector<Partition> Reader::partitions() {
  std::vector<Partition> all;
  for (const auto& name : settings_.topics) {
    const std::unique_ptr<rd_kafka_topic_t, FreeTopic> topic(
        rd_kafka_topic_new(client_, name.c_str(), nullptr));
    if (!topic) throw Retry("topic " + name + " cannot be asked for");
    rd_kafka_resp_err_t said = RD_KAFKA_RESP_ERR_NO_ERROR;
    insist("metadata", [&](int wait_ms) {
      const rd_kafka_metadata_t* raw = nullptr;
      const auto error = rd_kafka_metadata(client_, 0, topic.get(), &raw, wait_ms);
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
      const std::unique_ptr<const rd_kafka_metadata_t, FreeMetadata> metadata(raw);
      said = metadata->topic_cnt == 1 ? metadata->topics[0].err : RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART;
      if (said == RD_KAFKA_RESP_ERR_NO_ERROR)
        for (int i = 0; i < metadata->topics[0].partition_cnt; ++i)
          all.push_back({name, metadata->topics[0].partitions[i].id});
      return RD_KAFKA_RESP_ERR_NO_ERROR;
    });
    if (said != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw Retry("topic " + name + ": " + rd_kafka_err2str(said) +
                  ": mend 'topics', or have it created or this user admitted to it");
  }
  return all;
}

Bounds Reader::bounds(const Partition& partition) {
  Bounds bounds;
  // Not rd_kafka_query_watermark_offsets: that of librdkafka 2.0.2 waits for ever when its answer gets lost
  // (mended in 2.3.0).
  const auto ask = [&](std::int64_t place, std::int64_t& offset) {
    insist("offsets", [&](int wait_ms) {
      const std::unique_ptr<rd_kafka_topic_partition_list_t, FreeList> asked(
          rd_kafka_topic_partition_list_new(1));
      rd_kafka_topic_partition_list_add(asked.get(), partition.topic.c_str(), partition.number)->offset =
          place;
      const auto error = rd_kafka_offsets_for_times(
          client_, asked.get(), std::max(wait_ms, offsets_ms));  // each time it is asked anew
      if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return error;
      offset = asked->elems[0].offset;
      return asked->elems[0].err;
    });
  };
  ask(RD_KAFKA_OFFSET_BEGINNING, bounds.low);
  ask(RD_KAFKA_OFFSET_END, bounds.end);
  return bounds;
}

std::int64_t Reader::end_written(const Partition& partition) {
  std::int64_t low = 0, end = 0;
  const auto error =
      rd_kafka_get_watermark_offsets(client_, partition.topic.c_str(), partition.number, &low, &end);
  return error == RD_KAFKA_RESP_ERR_NO_ERROR ? end : 0;
}

void Reader::assign(const std::map<Partition, std::int64_t>& from) {
  assert(!assigned_);
  assigned_ = true;
  const std::unique_ptr<rd_kafka_topic_partition_list_t, FreeList> list(
      rd_kafka_topic_partition_list_new(static_cast<int>(from.size())));
  for (const auto& [partition, offset] : from)
    rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number)->offset = offset;
  if (const auto error = rd_kafka_assign(client_, list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
    throw Fatal(std::string("librdkafka does not take the partitions: ") + rd_kafka_err2str(error));
  for (const auto& [partition, offset] : from)
    if (auto* const queue = rd_kafka_queue_get_partition(client_, partition.topic.c_str(), partition.number);
        queue != nullptr)
      state_->queues.emplace_back(queue);
}

void Reader::rest(const Partition& partition) {
  assert(assigned_);
  const std::unique_ptr<rd_kafka_topic_partition_list_t, FreeList> list(rd_kafka_topic_partition_list_new(1));
  rd_kafka_topic_partition_list_add(list.get(), partition.topic.c_str(), partition.number);
  (void)rd_kafka_pause_partitions(client_, list.get());  // what still comes is not looked at
}

MessagePtr Reader::next(milliseconds timeout) {
  assert(assigned_);
  MessagePtr message(rd_kafka_consumer_poll(client_, static_cast<int>(timeout.count())));
  if (!state_->fatal.empty()) throw Fatal("librdkafka cannot go on: " + state_->fatal);
  if (message &&
      (message->err == RD_KAFKA_RESP_ERR_NO_ERROR || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)) {
    state_->all_down = false;
    state_->why_down.clear();
    return message;
  }
  if (!message && state_->all_down) {
    // Said when the last connection ended; one may have come back since, with nothing to tell.
    const rd_kafka_metadata_t* raw = nullptr;
    if (const auto error = rd_kafka_metadata(client_, 0, nullptr, &raw, slice_ms);
        error != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw Retry(std::string("no broker can be reached (") + rd_kafka_err2str(error) +
                  (state_->why_down.empty() ? "" : "; " + state_->why_down) + "): look at the cluster");
    rd_kafka_metadata_destroy(raw);
    state_->all_down = false;
  }
  return message;
}

}  // namespace kinhub::kafka_topic
