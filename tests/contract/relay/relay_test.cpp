#include <fmt/format.h>
#include <gmock/gmock.h>
#include <librdkafka/rdkafka.h>
#include <sys/wait.h>
#include <unistd.h>
// After rdkafka.h.
#include <librdkafka/rdkafka_mock.h>

#include <atomic>
#include <csignal>
#include <random>
#include <thread>

#include "hub/base/failpoint.hpp"
#include "hub/notice/kafka_relay.hpp"
#include "hub/notice/notice_progress.hpp"
#include "hub/store/values.hpp"
#include "hub/stream/kafka_look.hpp"
#include "tests/contract/kafka_fixture.hpp"
#include "tests/seeds.hpp"
#include "tests/unit/notice/notices_fixture.hpp"

using namespace kinhub;
using Delivery = KafkaRelay::Delivery;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

namespace {

/// Another program of the build, killed at the end at the latest.
class Program {
 public:
  Program(std::vector<std::string> words, const std::string& failpoint = "") {
    words[0] = std::string(KINHUB_TEST_PROGRAMS) + "/" + words[0];
    std::vector<char*> pointers;
    for (auto& word : words)
      pointers.push_back(word.data());
    pointers.push_back(nullptr);
    id_ = ::fork();
    if (id_ != 0) return;
    if (!failpoint.empty()) ::setenv("KINHUB_FAILPOINT", failpoint.c_str(), 1);
    ::execv(pointers[0], pointers.data());
    ::_exit(127);
  }
  ~Program() {
    if (id_ > 0) kill(), wait();
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  void kill() { ::kill(id_, SIGKILL); }
  void go_on() { ::kill(id_, SIGCONT); }
  /// The signal that ended or stopped it, below zero; else its exit code.
  int wait() {
    int status = 0;
    EXPECT_EQ(::waitpid(id_, &status, WUNTRACED), id_);
    if (WIFSTOPPED(status)) return -WSTOPSIG(status);
    id_ = -1;
    return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
  }
  bool runs() const { return id_ > 0; }

 private:
  pid_t id_ = -1;
};

struct Message {
  std::int64_t offset = 0;
  std::string key, value, content_type;
};

std::string said_by(const std::function<void()>& act) {
  try {
    act();
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

}  // namespace

class Relay : public test::Notices, public ::testing::WithParamInterface<Delivery> {
 protected:
  void SetUp() override { make_topics(settings_, {}); }

  KafkaRelay relay() const { return KafkaRelay(settings_, GetParam()); }
  std::int64_t deliver(KafkaRelay& relay) { return relay.deliver(*store_, {}); }
  void deliver_all() {
    auto fresh = relay();
    ASSERT_EQ(deliver(fresh), store_->begin(Store::For::reading)->notices().last());
  }

  /// What a reader of committed messages finds in the topic.
  std::vector<Message> topic() {
    kafka::Looker looker(settings_);
    std::vector<Message> found;
    auto name = notices_topic(settings_);
    auto extent = looker.extent(name, kafka::in_ms(30'000));
    EXPECT_TRUE(looker.scan(
        name, extent.low, extent.high, kafka::in_ms(30'000), [&](const rd_kafka_message_t& message) {
          Message one{message.offset,
                      {static_cast<const char*>(message.key), message.key_len},
                      {static_cast<const char*>(message.payload), message.len},
                      ""};
          rd_kafka_headers_t* headers = nullptr;
          const void* text = nullptr;
          std::size_t size = 0;
          if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
              rd_kafka_header_get_last(headers, "content-type", &text, &size) == RD_KAFKA_RESP_ERR_NO_ERROR)
            one.content_type.assign(static_cast<const char*>(text), size);
          found.push_back(std::move(one));
          return true;
        }));
    return found;
  }
  std::vector<std::string> values() {
    std::vector<std::string> found;
    for (auto& message : topic())
      found.push_back(std::move(message.value));
    return found;
  }
  /// The topic after the reader's rule, which may only ever have to drop.
  std::vector<std::string> by_the_rule() {
    std::vector<std::string> seen;
    for (auto& value : values()) {
      auto mark = std::string("\"seq\":");
      auto sequence = std::stoll(value.substr(value.find(mark) + mark.size()));
      if (sequence <= static_cast<std::int64_t>(seen.size())) continue;
      EXPECT_EQ(sequence, static_cast<std::int64_t>(seen.size()) + 1) << "a gap";
      seen.push_back(std::move(value));
    }
    return seen;
  }
  void expect_promise_kept(const std::string& when) {
    if (GetParam() == Delivery::exactly_once)
      EXPECT_EQ(values(), bodies(*store_)) << when;
    else
      EXPECT_EQ(by_the_rule(), bodies(*store_)) << when;
  }

  std::vector<std::string> relay_words(std::int64_t until) const {
    return {"relay_alone",
            (folder_ / "kinhub.db").string(),
            settings_.brokers,
            settings_.prefix,
            GetParam() == Delivery::exactly_once ? "exactly" : "atleast",
            std::to_string(until)};
  }
  std::vector<std::string> reader_words(std::int64_t until) const {
    return {"notice_reader",
            settings_.brokers,
            notices_topic(settings_),
            (folder_ / "memory").string(),
            (folder_ / "read.jsonl").string(),
            "--until",
            std::to_string(until)};
  }
  std::vector<std::string> read_by_reader() const { return lines(folder_ / "read.jsonl"); }

  void write_progress(const std::string* text) {
    auto conf = kafka::common_conf(settings_);
    auto client = kafka::make_client(RD_KAFKA_PRODUCER, std::move(conf));
    auto topic = progress_topic(settings_);
    const std::string key = "notices";
    void* value = text == nullptr ? nullptr : const_cast<char*>(text->data());
    std::size_t size = text == nullptr ? 0 : text->size();
    auto error = rd_kafka_producev(client.get(), RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_PARTITION(0),
                                   RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(value, size),
                                   RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
    ASSERT_EQ(error, RD_KAFKA_RESP_ERR_NO_ERROR);
    ASSERT_EQ(rd_kafka_flush(client.get(), 30'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  KafkaSettings settings_ = test_kafka();
};

INSTANTIATE_TEST_SUITE_P(Delivery, Relay, ::testing::Values(Delivery::exactly_once, Delivery::at_least_once),
                         [](const auto& info) {
                           return info.param == Delivery::exactly_once ? "ExactlyOnce" : "AtLeastOnce";
                         });

TEST_P(Relay, PublishesEachNoticeInOrderAsAStructuredCloudEvent) {
  auto one = relay();
  EXPECT_EQ(one.name(), "kafka");
  EXPECT_EQ(deliver(one), 0);
  for (auto count : {1, 2500, 1}) {
    add(count);
    deliver(one);
  }
  EXPECT_EQ(deliver(one), 2502);
  EXPECT_EQ(values(), bodies(*store_));
  for (const auto& message : topic()) {
    ASSERT_EQ(message.key, notice_subject(message.value));
    ASSERT_EQ(message.content_type, "application/cloudevents+json");
  }
  EXPECT_EQ(store_->begin(Store::For::reading)->values().get("notices delivered to kafka"), "2502");
}

TEST_P(Relay, GoesOnWhereTheOneBeforeEnded) {
  for (int life = 0; life < 3; ++life) {
    add(10);
    deliver_all();
  }
  EXPECT_EQ(values(), bodies(*store_));
}

TEST_P(Relay, StopsBetweenTransactionsWhenTold) {
  add(10);
  std::stop_source stop;
  stop.request_stop();
  auto one = relay();
  EXPECT_EQ(one.deliver(*store_, stop.get_token()), 0);
  EXPECT_EQ(one.deliver(*store_, {}), 10);
}

TEST_P(Relay, SaysWhatToRunWhenTheTopicsAreMissing) {
  settings_.prefix += "nowhere";
  add(1);
  auto one = relay();
  try {
    deliver(one);
    FAIL() << "published to a topic that is not there";
  } catch (const Unavailable& problem) {
    EXPECT_THAT(problem.what(), HasSubstr("kinhub topics apply"));
  }
}

TEST_P(Relay, RefusesToMixTheNoticesOfTwoStores) {
  add(5);
  deliver_all();
  auto other = open_store("other.db");
  add(*other, 9);
  auto one = relay();
  EXPECT_THAT(said_by([&] { one.deliver(*other, {}); }), HasSubstr("another store"));
  EXPECT_THROW(one.deliver(*other, {}), std::runtime_error);
  EXPECT_EQ(values(), bodies(*store_));
}

TEST_P(Relay, RefusesAStoreThatWasRestoredFromAnOlderBackup) {
  add(5);
  deliver_all();
  std::filesystem::copy_file(folder_ / "kinhub.db", folder_ / "backup.db");
  if (std::filesystem::exists(folder_ / "kinhub.db-wal"))
    std::filesystem::copy_file(folder_ / "kinhub.db-wal", folder_ / "backup.db-wal");
  add(5);
  deliver_all();
  auto restored = open_store("backup.db");
  auto one = relay();
  EXPECT_THAT(said_by([&] { one.deliver(*restored, {}); }), HasSubstr("this store gave no more than 5"));
  add(*restored, 20, "another");
  EXPECT_THAT(said_by([&] { one.deliver(*restored, {}); }), HasSubstr("is another10 in this store"));
  // Where the store gave the same notices again, readers have been told nothing else.
  restored.reset();
  expect_promise_kept("before a person decided");
}

TEST_P(Relay, PublishesAllAnewOnceAPersonHasTakenTheProgressAway) {
  add(5);
  deliver_all();
  ASSERT_NO_FATAL_FAILURE(write_progress(nullptr));
  add(2);
  deliver_all();
  EXPECT_EQ(values().size(), 12u);
  EXPECT_EQ(by_the_rule(), bodies(*store_));
}

TEST_P(Relay, RefusesAProgressRecordThatNoHubWrote) {
  const std::string text = "12";
  ASSERT_NO_FATAL_FAILURE(write_progress(&text));
  add(1);
  auto one = relay();
  EXPECT_THAT(said_by([&] { deliver(one); }), HasSubstr("none that a hub writes"));
  EXPECT_TRUE(values().empty());
}

TEST_P(Relay, AProgressRecordThatNoHubWroteCountsNoMoreOnceAnotherStandsBehindIt) {
  const std::string text = "12";
  ASSERT_NO_FATAL_FAILURE(write_progress(&text));
  ASSERT_NO_FATAL_FAILURE(write_progress(nullptr));
  add(3);
  deliver_all();
  EXPECT_EQ(values(), bodies(*store_));
}

TEST_P(Relay, RefusesATopicThatWasMadeAnew) {
  add(5);
  deliver_all();
  NoticeProgress far{5, notice_id(bodies(*store_)[4]), 1000, installation_id(*store_)};
  auto text = to_text(far);
  ASSERT_NO_FATAL_FAILURE(write_progress(&text));
  auto one = relay();
  EXPECT_THAT(said_by([&] { deliver(one); }), HasSubstr("made anew or has lost its end"));
}

TEST_P(Relay, StopsAtATopicThatIsMadeAnewUnderIt) {
  add(5);
  auto at_work = relay();
  ASSERT_EQ(deliver(at_work), 5);
  delete_topic(settings_, notices_topic(settings_));
  make_topics(settings_, {});
  add(20);  // more than there were
  EXPECT_THAT(said_by([&] { deliver(at_work); }), HasSubstr("made anew"));
  if (GetParam() == Delivery::exactly_once) {
    EXPECT_TRUE(values().empty()) << "nobody may take it for the whole";
  }
  // However often, and whoever tries.
  EXPECT_THAT(said_by([&] { deliver(at_work); }), HasSubstr("made anew"));
  auto another = relay();
  EXPECT_THAT(said_by([&] { deliver(another); }), HasSubstr("made anew"));
}

TEST_P(Relay, ReaderHasEachNoticeOnceThroughDeathsOfBothAtAnyMoment) {
  const unsigned seed = test::seed(1);
  SCOPED_TRACE(fmt::format("seed {}", seed));
  std::mt19937 chance(seed);
  constexpr int rounds = 12, per_round = 40;
  for (int round = 0; round < rounds; ++round) {
    add(per_round);
    Program relay(relay_words(1 << 30)), reader(reader_words(1 << 30));
    std::this_thread::sleep_for(milliseconds(chance() % 700));
    (round % 2 == 0 ? relay : reader).kill();
    std::this_thread::sleep_for(milliseconds(chance() % 200));
  }
  Program relay(relay_words(rounds * per_round)), reader(reader_words(rounds * per_round));
  EXPECT_EQ(relay.wait(), 0);
  EXPECT_EQ(reader.wait(), 0);
  EXPECT_EQ(read_by_reader(), bodies(*store_));
  expect_promise_kept("at the end");
}

TEST_P(Relay, ReaderSaysWhatItMissed) {
  add(3);
  deliver_all();
  Program first(reader_words(2));
  EXPECT_EQ(first.wait(), 0);
  // Its memory is of another topic: the offset is beyond this one's end.
  std::ofstream(folder_ / "memory") << "2 5000 0 " << notice_id(bodies(*store_)[1]) << "\n";
  Program lost(reader_words(3));
  EXPECT_EQ(lost.wait(), 1);
}

// The offset it remembers is in the topic, and the numbers count on behind it; but they mean other notices.
TEST_P(Relay, ReaderStopsInATopicMadeAnewThatIsLongerThanTheOneBefore) {
  add(10);
  deliver_all();
  Program first(reader_words(10));
  EXPECT_EQ(first.wait(), 0);
  delete_topic(settings_, notices_topic(settings_));
  ASSERT_NO_FATAL_FAILURE(write_progress(nullptr));
  make_topics(settings_, {});
  auto other = open_store("other.db");
  add(*other, 25, "another");
  auto fresh = relay();
  EXPECT_EQ(fresh.deliver(*other, {}), 25);
  Program lost(reader_words(25));
  EXPECT_EQ(lost.wait(), 1);
  EXPECT_EQ(read_by_reader(), bodies(*store_)) << "nothing was taken from the new topic";
}

class RelayInTransactions : public Relay {};
INSTANTIATE_TEST_SUITE_P(Delivery, RelayInTransactions, ::testing::Values(Delivery::exactly_once));

TEST_P(RelayInTransactions, TheOneThatBeganLastPublishesAndTheOtherIsToldSo) {
  auto a = relay(), b = relay();
  add(5);
  EXPECT_EQ(deliver(a), 5);
  add(5);
  EXPECT_EQ(deliver(b), 10);
  add(5);
  EXPECT_THAT(said_by([&] { deliver(a); }), HasSubstr("another node"));
  EXPECT_EQ(values().size(), 10u);
  EXPECT_EQ(deliver(a), 15);  // it has the duty again, and begins anew
  EXPECT_EQ(values(), bodies(*store_));
}

TEST_P(RelayInTransactions, TakesTurnsWithoutDoublingWhenTwoFightForIt) {
  constexpr int rounds = 30;
  std::atomic<bool> over = false;
  std::jthread other([&] {
    auto one = relay();
    while (!over)
      said_by([&] { deliver(one); });
  });
  auto one = relay();
  for (int round = 0; round < rounds; ++round) {
    add(3);
    said_by([&] { deliver(one); });
  }
  over = true;
  other.join();
  deliver_all();
  EXPECT_EQ(values(), bodies(*store_));
}

#ifdef KINHUB_FAILPOINTS
TEST_P(Relay, SurvivesDeathAtEachStep) {
  for (const char* order : {"relay.begun", "relay.begun:1", "relay.produced", "relay.produced:1",
                            "relay.committed", "relay.committed:1"}) {
    add(1500);
    Program dies(relay_words(1 << 30), order);
    ASSERT_EQ(dies.wait(), -SIGKILL) << order;
    deliver_all();
    expect_promise_kept(order);
  }
}

TEST_P(Relay, GoesOnAfterAFailureAtEachStep) {
  for (const char* order : {"relay.begun=throw", "relay.produced=throw", "relay.committed=throw"}) {
    add(3);
    auto until = store_->begin(Store::For::reading)->notices().last();
    Program stumbles(relay_words(until), order);
    ASSERT_EQ(stumbles.wait(), 0) << order;
    expect_promise_kept(order);
  }
}

TEST_P(RelayInTransactions, ANodeThatSleptInTheMiddleOfATransactionChangesNothing) {
  for (const char* order : {"relay.begun=stop", "relay.produced=stop", "relay.committed=stop"}) {
    add(4);
    auto until = store_->begin(Store::For::reading)->notices().last();
    Program zombie(relay_words(until), order);
    ASSERT_EQ(zombie.wait(), -SIGSTOP) << order;
    deliver_all();
    zombie.go_on();
    ASSERT_EQ(zombie.wait(), 0) << order;
    EXPECT_EQ(values(), bodies(*store_)) << order;
  }
}
#endif

// ---- Answers of brokers that a healthy one does not give. The mock cluster can only give answers: what
// stands in its topics after a failure proves nothing, so the tests ask no more than whether the relay goes
// on, and with the right notice.

namespace {

struct MockCluster {
  kafka::ClientPtr owner;
  rd_kafka_mock_cluster_t* cluster;
  MockCluster() {
    kafka::ConfPtr conf(rd_kafka_conf_new());
    kafka::set(*conf, "client.id", "mock");
    kafka::set(*conf, "log_level", "3");  // it has no brokers to name, and says so
    owner = kafka::make_client(RD_KAFKA_PRODUCER, std::move(conf));
    cluster = rd_kafka_mock_cluster_new(owner.get(), 1);
  }
  ~MockCluster() { rd_kafka_mock_cluster_destroy(cluster); }
};

enum : std::int16_t {
  produce_api = 0,
  init_producer_api = 22,
  add_partitions_api = 24,
  end_transaction_api = 26
};

}  // namespace

class RelayAndAnswers : public test::Notices {};

TEST_F(RelayAndAnswers, OfEveryClassLeadToTheNextNoticeAndNeverToAGap) {
  struct {
    const char* name;
    std::int16_t api;
    std::vector<rd_kafka_resp_err_t> answers;
    // The mock shows what an aborted transaction wrote: perhaps a record without its notices, as no broker
    // does. Then it must be seen.
    bool may_show_record_alone = false;
  } const table[] = {
      {"try again", end_transaction_api, {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS}},
      {"the leader has moved", produce_api, {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION}},
      {"a transaction is being settled", add_partitions_api, {RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS}},
      {"the transaction is lost", add_partitions_api, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED}},
      {"the producer is lost", end_transaction_api, {RD_KAFKA_RESP_ERR_INVALID_TXN_STATE}},
      {"its id is forgotten", add_partitions_api, {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING}},
      {"shut out", end_transaction_api, {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH}},
      {"out of order", produce_api, {RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER}, true},
  };
  for (const auto& row : table) {
    SCOPED_TRACE(row.name);
    MockCluster mock;
    KafkaSettings settings;
    settings.brokers = rd_kafka_mock_cluster_bootstraps(mock.cluster);
    settings.prefix = "mock";
    settings.patience_ms = 5'000;
    rd_kafka_mock_topic_create(mock.cluster, "mock.notices", 1, 1);
    rd_kafka_mock_topic_create(mock.cluster, "mock.progress", 1, 1);
    KafkaRelay relay(settings, Delivery::exactly_once);
    auto until = store_->begin(Store::For::reading)->notices().last();
    relay.deliver(*store_, {});
    add(2);
    for (auto answer : row.answers)
      rd_kafka_mock_push_request_errors(mock.cluster, row.api, 1, answer);
    std::int64_t delivered = -1;
    std::string refused;
    for (int attempt = 0; attempt < 5 && delivered < 0; ++attempt) {
      try {
        delivered = relay.deliver(*store_, {});
      } catch (const Unavailable&) {
        // It says that it waits; the next attempt finds out how far it is.
      } catch (const std::runtime_error& error) {
        refused = error.what();
      }
    }
    if (row.may_show_record_alone && !refused.empty()) {
      EXPECT_THAT(refused, HasSubstr("does not stand in the topic"));
    } else {
      EXPECT_EQ(refused, "");
      EXPECT_EQ(delivered, until + 2);
    }
  }
}
