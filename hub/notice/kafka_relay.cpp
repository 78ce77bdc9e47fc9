#include "hub/notice/kafka_relay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "hub/base/failpoint.hpp"
#include "hub/notice/notice_progress.hpp"
#include "hub/store/notice_numbers.hpp"
#include "hub/store/values.hpp"
#include "hub/stream/kafka_look.hpp"

namespace kinhub {
namespace {

using std::chrono::steady_clock;

constexpr std::size_t notices_max = 1000;          // batch size of one transaction
constexpr std::size_t bytes_max = 1 << 20;         // likewise
constexpr std::uint32_t patience_ms_max = 10'000;  // a hub that stops waits no longer for its relay
constexpr int call_ms_max = 500;
constexpr std::chrono::seconds note_pause{1};
constexpr std::int32_t partition = 0;
constexpr char progress_key[] = "notices";
constexpr char delivered_name[] = "notices delivered to kafka";  // in the store, for status alone
constexpr std::string_view content_type[] = {"content-type", "application/cloudevents+json"};

KafkaSettings patient(KafkaSettings settings) {
  settings.patience_ms = std::min(settings.patience_ms, patience_ms_max);
  return settings;
}

struct Seen {
  std::optional<NoticeProgress> progress;
  NoticesTopic topic;
};

/// Retention check, see NoticesTopic::holds_the_last. The record was written with its notices or after them,
/// so they begin behind its offset.
bool holds_the_last(kafka::Looker& looker, const std::string& topic, const NoticeProgress& progress,
                    std::int64_t end, kafka::Deadline give_up) {
  const auto from = std::max<std::int64_t>(progress.offset, 0), start = looker.start(topic, give_up);
  if (start > from) return true;  // a topic that was made anew starts at 0
  bool found = false;
  const bool seen = looker.scan(topic, from, end, give_up, [&](const rd_kafka_message_t& message) {
    found = notice_id({static_cast<const char*>(message.payload), message.len}) == progress.id;
    return !found;
  });
  if (!seen && !found)
    throw Unavailable(fmt::format("Kafka topic {}: whether notice {} stands in it cannot be read now", topic,
                                  progress.sequence));
  return found;
}

/// Reads the progress record and the topic's offsets. REQUIRES: nothing of this relay is under way any more.
Seen look(const KafkaSettings& settings) try {
  kafka::Looker looker(settings);
  auto give_up = kafka::in_ms(settings.patience_ms);
  Seen seen;
  seen.topic.end = looker.end(notices_topic(settings), give_up);
  auto topic = progress_topic(settings);
  auto extent = looker.extent(topic, give_up);
  std::string wrong;  // with the last of its records; those before it count no more
  auto all_seen =
      looker.scan(topic, extent.low, extent.high, give_up, [&](const rd_kafka_message_t& message) {
        if (std::string_view(static_cast<const char*>(message.key), message.key_len) != progress_key)
          return true;
        seen.progress.reset(), wrong.clear();
        if (message.payload == nullptr) return true;  // a person has decided to publish anew
        auto progress = notice_progress_from({static_cast<const char*>(message.payload), message.len});
        if (progress)
          seen.progress = std::move(*progress);
        else
          wrong = fmt::format("{}, offset {}: {}", topic, message.offset, describe(progress.error()));
        return true;
      });
  if (!all_seen)
    throw Unavailable(
        fmt::format("Kafka topic {}: how far notices are published cannot be read to its end now: a "
                    "transaction is still open, or the brokers are slow",
                    topic));
  if (!wrong.empty()) throw std::runtime_error(wrong);
  if (const auto& progress = seen.progress;
      progress && progress->sequence > 0 && progress->offset < seen.topic.end)
    seen.topic.holds_the_last =
        holds_the_last(looker, notices_topic(settings), *progress, seen.topic.end, give_up);
  return seen;
} catch (const kafka::TopicMissing& missing) {
  throw Unavailable(std::string(missing.what()) + ". Notices wait in the store");
}

}  // namespace

/// Producer of notices and of the progress record that belongs to them. Any exception ends its life.
class KafkaRelay::Publisher {
 public:
  explicit Publisher(const KafkaSettings& settings)
      : notices_topic_(notices_topic(settings)), progress_topic_(progress_topic(settings)) {}
  virtual ~Publisher() = default;
  /// Publishes a batch, durable when it returns. Sets progress.offset to where the last notice is; the record
  /// itself may hold it as it was. Throws std::runtime_error when the topic was made anew since.
  virtual void publish(std::span<const NoticeRow> rows, NoticeProgress& progress) = 0;

 protected:
  void expect_behind(std::int64_t before, std::int64_t offset) const {
    if (offset < 0) return;  // not told: what the brokers had already from an earlier try
    if (auto anew = made_anew_since(before, offset, notices_topic_))
      throw std::runtime_error(describe(*anew));
  }
  const std::string notices_topic_, progress_topic_;
};

class KafkaRelay::InTransactions final : public Publisher {
 public:
  explicit InTransactions(const KafkaSettings& settings)
      : Publisher(settings), producer_(settings, notices_topic_) {}
  void publish(std::span<const NoticeRow> rows, NoticeProgress& progress) override {
    offsets_.assign(rows.size(), -1);
    producer_.begin();
    failpoint("relay.begun");
    for (std::size_t i = 0; i < rows.size(); ++i)
      producer_.produce(notices_topic_, partition, notice_subject(rows[i].body), rows[i].body,
                        {{content_type[0], content_type[1]}}, &offsets_[i]);
    producer_.produce(progress_topic_, partition, progress_key, to_text(progress));
    producer_.flush();
    failpoint("relay.produced");
    try {
      expect_behind(progress.offset, offsets_.front());
    } catch (...) {
      producer_.abort();
      throw;
    }
    producer_.commit();
    failpoint("relay.committed");
    if (offsets_.back() >= 0) progress.offset = offsets_.back();
  }

 private:
  std::vector<std::int64_t> offsets_;  // before the producer, which writes into it
  kafka::TransactionalProducer producer_;
};

/// Idempotent producer without transactions: the brokers take its messages in order or not at all, so there
/// is never a gap; what a failure left unknown is sent again by the next one.
class KafkaRelay::AtLeastOnce final : public Publisher {
 public:
  explicit AtLeastOnce(const KafkaSettings& settings) : Publisher(settings), settings_(settings) {
    auto conf = kafka::common_conf(settings);
    kafka::set(*conf, "enable.idempotence", "true");
    kafka::set(*conf, "acks", "all");
    kafka::set(*conf, "linger.ms", "5");
    kafka::set(*conf, "message.timeout.ms", "0");  // a message that expires would leave a gap before the next
    rd_kafka_conf_set_opaque(conf.get(), this);
    rd_kafka_conf_set_dr_msg_cb(conf.get(), [](rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
      static_cast<AtLeastOnce*>(self)->reported(*message);
    });
    client_ = kafka::make_client(RD_KAFKA_PRODUCER, std::move(conf));
    // Metadata warm-up: a topic that is opened is asked about at once; one that a message
    // merely names, a second later.
    notices_.reset(rd_kafka_topic_new(client_.get(), notices_topic_.c_str(), nullptr));
    progress_.reset(rd_kafka_topic_new(client_.get(), progress_topic_.c_str(), nullptr));
  }
  ~AtLeastOnce() override {
    notices_.reset();
    progress_.reset();
    rd_kafka_purge(client_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    client_.reset();
  }
  void publish(std::span<const NoticeRow> rows, NoticeProgress& progress) override {
    failpoint("relay.begun");
    first_offset_ = -1;
    for (const auto& row : rows) {
      auto key = notice_subject(row.body);
      auto value = row.body;
      sent(rd_kafka_producev(client_.get(), RD_KAFKA_V_RKT(notices_.get()), RD_KAFKA_V_PARTITION(partition),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                             RD_KAFKA_V_VALUE(value.data(), value.size()),
                             RD_KAFKA_V_KEY(key.data(), key.size()),
                             RD_KAFKA_V_HEADER(content_type[0].data(), content_type[1].data(),
                                               static_cast<ssize_t>(content_type[1].size())),
                             RD_KAFKA_V_END));
    }
    flush();
    failpoint("relay.produced");
    expect_behind(progress.offset, first_offset_);
    if (last_offset_ >= 0) progress.offset = last_offset_;
    auto text = to_text(progress);  // only now: the record must never be further than the notices
    sent(rd_kafka_producev(client_.get(), RD_KAFKA_V_RKT(progress_.get()), RD_KAFKA_V_PARTITION(partition),
                           RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                           RD_KAFKA_V_VALUE(text.data(), text.size()),
                           RD_KAFKA_V_KEY(progress_key, sizeof progress_key - 1), RD_KAFKA_V_END));
    flush();
    failpoint("relay.committed");
  }

 private:
  void reported(const rd_kafka_message_t& message) {
    --waiting_;
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR)
      failed_ = message.err;
    else
      last_offset_ = message.offset, first_offset_ = first_offset_ < 0 ? message.offset : first_offset_;
  }
  void sent(rd_kafka_resp_err_t error) {
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw Unavailable(kafka::describe(settings_, "sending notices", error));
    ++waiting_;
  }
  void flush() {
    auto give_up = kafka::in_ms(settings_.patience_ms);
    while (waiting_ > 0 && failed_ == RD_KAFKA_RESP_ERR_NO_ERROR && steady_clock::now() < give_up)
      rd_kafka_flush(client_.get(), call_ms_max);
    auto error =
        failed_ == RD_KAFKA_RESP_ERR_NO_ERROR && waiting_ > 0 ? RD_KAFKA_RESP_ERR__TIMED_OUT : failed_;
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
      throw Unavailable(kafka::describe(settings_, "sending notices", error));
  }

  const KafkaSettings settings_;
  std::size_t waiting_ = 0;
  std::int64_t first_offset_ = -1, last_offset_ = -1;
  rd_kafka_resp_err_t failed_ = RD_KAFKA_RESP_ERR_NO_ERROR;
  kafka::ClientPtr client_;
  kafka::TopicPtr notices_, progress_;
};

struct KafkaRelay::Session {
  std::unique_ptr<Publisher> publisher;
  NoticeProgress progress;  ///< as of the last transaction that is known to be written
  std::int64_t noted = -1;  ///< what the store knows of it
  steady_clock::time_point noted_at{};
};

KafkaRelay::KafkaRelay(KafkaSettings settings, Delivery delivery)
    : settings_(patient(std::move(settings))), delivery_(delivery) {}
KafkaRelay::~KafkaRelay() = default;

void KafkaRelay::let_go() {
  session_.reset();
}

std::unique_ptr<KafkaRelay::Session> KafkaRelay::begin(Store& store) const {
  auto session = std::make_unique<Session>();
  // Fencing first: only when every older producer is shut out and its transaction settled
  // does the record stand still.
  if (delivery_ == Delivery::exactly_once)
    session->publisher = std::make_unique<InTransactions>(settings_);
  else
    session->publisher = std::make_unique<AtLeastOnce>(settings_);
  auto seen = look(settings_);
  Outbox outbox{installation_id(store), 0, ""};
  {
    auto reading = store.begin(Store::For::reading);
    outbox.last = reading->notices().last();
    const auto published = seen.progress ? seen.progress->sequence : 0;
    if (is_given_up(notice_jumps(reading->values()), published)) {
      // A person said that it is of the hub before a restore.
      outbox.id_there = seen.progress->id, outbox.last = std::max(outbox.last, published);
    } else if (published > 0) {
      for (const auto& row : reading->notices().page(published - 1, 1))
        if (row.sequence == published) outbox.id_there = notice_id(row.body);
    }
  }
  auto after = go_on_after(seen.progress, outbox, seen.topic, notices_topic(settings_));
  if (!after) throw std::runtime_error(describe(after.error()));
  // First publication: what stands in the topic is of other times, and is not looked through again.
  session->progress = seen.progress.value_or(NoticeProgress{0, "", seen.topic.end - 1, outbox.store});
  return session;
}

std::int64_t KafkaRelay::deliver(Store& store, std::stop_token stop) try {
  if (!session_) session_ = begin(store);
  auto& [publisher, progress, noted, noted_at] = *session_;
  const auto before = progress.sequence;
  while (!stop.stop_requested()) {
    auto rows = store.begin(Store::For::reading)->notices().page(progress.sequence, notices_max);
    rows.resize(rows_in_one_go(rows, bytes_max));
    if (rows.empty()) break;
    auto next = progress;
    next.sequence = rows.back().sequence;
    next.id = notice_id(rows.back().body);
    publisher->publish(rows, next);
    progress = next;
  }
  // Flushes the store's copy of the progress when idle: while much is published this is seldom worth waiting
  // for the batch that is being stored.
  const bool idle = progress.sequence == before;
  if (noted != progress.sequence && (idle || steady_clock::now() - noted_at >= note_pause)) {
    auto writing = store.begin(Store::For::writing);
    writing->values().put(delivered_name, std::to_string(progress.sequence));
    writing->commit();
    noted = progress.sequence, noted_at = steady_clock::now();
  }
  return progress.sequence;
} catch (const kafka::Fenced&) {
  session_.reset();
  throw Unavailable("another node has begun to publish notices to Kafka topic " + notices_topic(settings_));
} catch (...) {
  // Drops a session in doubt: whether the last transaction was written shows when the
  // next producer has settled it.
  session_.reset();
  throw;
}

}  // namespace kinhub
