#include "hub/stream/kafka_client.hpp"

#include <gmock/gmock.h>
#include <librdkafka/rdkafka_mock.h>

#include "hub/stream/kafka_log.hpp"
#include "hub/stream/kafka_topics.hpp"

namespace kinhub {
namespace {

using namespace kafka;
using ::testing::HasSubstr;

// ---- settings

std::string value_of(const rd_kafka_conf_t& conf, const char* name) {
  char value[512];
  std::size_t size = sizeof value;
  return rd_kafka_conf_get(&conf, name, value, &size) == RD_KAFKA_CONF_OK ? value : "";
}

KafkaSettings reachable() {
  KafkaSettings settings;
  settings.brokers = "a:9092,b:9092";
  return settings;
}

TEST(KafkaSettings, AreSaidToTheClientInItsOwnWords) {
  using Security = KafkaSettings::Security;
  using Sasl = KafkaSettings::Sasl;
  auto settings = reachable();
  auto conf = common_conf(settings);
  EXPECT_EQ(value_of(*conf, "bootstrap.servers"), "a:9092,b:9092");
  EXPECT_EQ(value_of(*conf, "security.protocol"), "plaintext");
  EXPECT_EQ(value_of(*conf, "socket.nagle.disable"), "true");
  settings.security = Security::sasl_tls, settings.sasl = Sasl::scram_sha_512;
  settings.user = "hub", settings.password = "secret";
  settings.ca_file = "/etc/ca.pem", settings.certificate_file = "/etc/hub.pem",
  settings.key_file = "/etc/hub.key";
  settings.key_password = "open";
  conf = common_conf(settings);
  EXPECT_EQ(value_of(*conf, "security.protocol"), "sasl_ssl");
  EXPECT_EQ(value_of(*conf, "sasl.mechanisms"), "SCRAM-SHA-512");
  EXPECT_EQ(value_of(*conf, "sasl.username"), "hub");
  EXPECT_EQ(value_of(*conf, "sasl.password"), "secret");
  EXPECT_EQ(value_of(*conf, "ssl.ca.location"), "/etc/ca.pem");
  EXPECT_EQ(value_of(*conf, "ssl.certificate.location"), "/etc/hub.pem");
  EXPECT_EQ(value_of(*conf, "ssl.key.location"), "/etc/hub.key");
  EXPECT_EQ(value_of(*conf, "ssl.key.password"), "open");
  EXPECT_EQ(value_of(*conf, "ssl.endpoint.identification.algorithm"), "https");
  settings.security = Security::sasl_plaintext, settings.sasl = Sasl::plain;
  conf = common_conf(settings);
  EXPECT_EQ(value_of(*conf, "security.protocol"), "sasl_plaintext");
  EXPECT_EQ(value_of(*conf, "sasl.mechanisms"), "PLAIN");
}

TEST(KafkaSettings, ThatCannotBeAreRefusedWithoutTheirSecrets) {
  auto refused = [](auto change, const std::string& says) {
    auto settings = reachable();
    settings.password = settings.key_password = "secret";
    change(settings);
    try {
      make_client(RD_KAFKA_PRODUCER, common_conf(settings));
      ADD_FAILURE() << "taken: " << says;
    } catch (const std::invalid_argument& error) {
      EXPECT_THAT(error.what(), HasSubstr(says));
      EXPECT_EQ(std::string(error.what()).find("secret"), std::string::npos);
    }
  };
  using Security = KafkaSettings::Security;
  refused([](auto& s) { s.brokers.clear(); }, "no brokers");
  refused([](auto& s) { s.security = Security::sasl_tls; }, "without a mechanism");
  refused([](auto& s) { s.security = Security::sasl_plaintext, s.sasl = KafkaSettings::Sasl::plain; },
          "user");
  refused([](auto& s) { s.security = Security::tls, s.key_file = "/k"; }, "belong together");
  refused([](auto& s) { s.security = Security::tls, s.ca_file = "/no/such/ca.pem"; }, "ssl.ca.location");
}

// ---- what to do about an error

TEST(KafkaRemedy, WhatIsNotClassedIsFatal) {
  EXPECT_EQ(remedy_of(nullptr), Remedy::none);
  ErrorPtr plain(rd_kafka_error_new(RD_KAFKA_RESP_ERR__STATE, "no class"));
  EXPECT_EQ(remedy_of(plain.get()), Remedy::replace);
}

/// Brokers inside the client library that fail as they are told. They prove nothing about transactions'
/// effects.
class KafkaProducerTest : public ::testing::Test {
 protected:
  static constexpr std::int16_t produce = 0, add_partitions = 24, end_transaction = 26, begin_producing = 22;

  KafkaProducerTest() : owner_(make_client(RD_KAFKA_PRODUCER, ConfPtr(rd_kafka_conf_new()))) {
    brokers_ = rd_kafka_mock_cluster_new(owner_.get(), 1);
    rd_kafka_mock_topic_create(brokers_, "events", 1, 1);
    settings_.brokers = rd_kafka_mock_cluster_bootstraps(brokers_);
    settings_.patience_ms = 3'000;
  }
  ~KafkaProducerTest() override { rd_kafka_mock_cluster_destroy(brokers_); }

  void fail(std::int16_t request, std::vector<rd_kafka_resp_err_t> errors) {
    rd_kafka_mock_push_request_errors_array(brokers_, request, errors.size(), errors.data());
  }
  static void write(TransactionalProducer& producer, int count = 1) {
    producer.begin();
    for (int i = 0; i < count; ++i)
      producer.produce("events", 0, "key", "value");
    producer.commit();
  }

  ClientPtr owner_;
  rd_kafka_mock_cluster_t* brokers_ = nullptr;
  KafkaSettings settings_;
};

TEST_F(KafkaProducerTest, WritesAndTellsOffsets) {
  TransactionalProducer producer(settings_, "id");
  std::int64_t first = -1, last = -1;
  producer.begin();
  producer.produce("events", 0, "", "a", {{"name", "text"}}, &first);
  producer.produce("events", 0, "k", "b", {}, &last);
  producer.commit();
  EXPECT_TRUE(producer.alive());
  EXPECT_EQ(last, first + 1);
  write(producer, 1000);
}

TEST_F(KafkaProducerTest, WhatPassesIsWaitedOut) {
  TransactionalProducer producer(settings_, "id");
  fail(end_transaction,
       {RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE});
  fail(add_partitions, {RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS});
  write(producer);
  EXPECT_TRUE(producer.alive());
}

TEST_F(KafkaProducerTest, ARefusalBeforeTheCommitLeavesItAlive) {
  TransactionalProducer producer(settings_, "id");
  fail(add_partitions, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  EXPECT_THROW(write(producer), Aborted);
  EXPECT_TRUE(producer.alive());
  write(producer);
}

TEST_F(KafkaProducerTest, IsDeadAndFencedWhenAnotherHasItsId) {
  TransactionalProducer producer(settings_, "id");
  fail(end_transaction, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED});
  EXPECT_THROW(write(producer), Fenced);
  EXPECT_FALSE(producer.alive());
  EXPECT_TRUE(producer.fenced());
}

TEST_F(KafkaProducerTest, IsDeadWhenACommitGetsNoAnswer) {
  settings_.patience_ms = 1'500;
  TransactionalProducer producer(settings_, "id");
  write(producer);
  rd_kafka_mock_broker_set_rtt(brokers_, 1, 60'000);
  EXPECT_THROW(write(producer), Unavailable);
  EXPECT_FALSE(producer.alive());
  rd_kafka_mock_broker_set_rtt(brokers_, 1, 0);
  EXPECT_THROW(producer.begin(), Unavailable) << "nobody may go on with it";
}

/// The commit's answer is an error, and finding out what became of it fails once, too.
TEST_F(KafkaProducerTest, WhatBecameOfAnAppendIsFoundOutHoweverOftenItTakes) {
  constexpr std::int16_t list_offsets = 2;
  settings_.patience_ms = 20'000;
  for (const auto& topic : {events_topic(settings_, "police"), progress_topic(settings_)})
    rd_kafka_mock_topic_create(brokers_, topic.c_str(), 1, 1);
  auto keys = Keyring::from_passphrase("test");
  auto log = KafkaLog::open(settings_, {"police"}, keys);
  Event event;
  event.source = "police", event.body = "one";
  log->append({event}, std::nullopt);
  ASSERT_EQ(log->end(0).sequence, 1);
  fail(end_transaction, {RD_KAFKA_RESP_ERR_PRODUCER_FENCED});
  fail(list_offsets, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  log->append({event}, std::nullopt);
  EXPECT_EQ(log->end(0).sequence, 2) << "written once";
}

TEST_F(KafkaProducerTest, IsDeadWhenAFatalErrorComes) {
  TransactionalProducer producer(settings_, "id");
  fail(add_partitions, {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED});
  EXPECT_THROW(write(producer), Unavailable);
  EXPECT_FALSE(producer.alive());
}

TEST_F(KafkaProducerTest, IsNotMadeWithoutBrokers) {
  rd_kafka_mock_broker_set_down(brokers_, 1);
  settings_.patience_ms = 300;
  EXPECT_THROW(TransactionalProducer(settings_, "id"), Unavailable);
}

TEST_F(KafkaProducerTest, RefusesAMessageThatIsTooLargeAndGoesOn) {
  TransactionalProducer producer(settings_, "id");
  producer.begin();
  EXPECT_THROW(producer.produce("events", 0, "k", std::string(kafka::message_size_max, 'x')),
               std::length_error);
  EXPECT_TRUE(producer.alive());
  producer.produce("events", 0, "k", "v");
  producer.commit();
}

// ---- topics

TEST(KafkaTopics, AreOnePerSourceAndTwoMore) {
  auto settings = reachable();
  auto wishes = topics_needed(settings, {"police", "civil"});
  ASSERT_EQ(wishes.size(), 4u);
  EXPECT_EQ(wishes[0].name, "kinhub.events.police");
  EXPECT_EQ(wishes[3].name, "kinhub.progress");
  EXPECT_EQ(wishes[3].settings["cleanup.policy"], "compact");
  for (auto& wish : wishes) {
    EXPECT_EQ(wish.partitions, 1) << wish.name;
    EXPECT_EQ(wish.replication, 3) << wish.name;
    EXPECT_EQ(wish.settings["min.insync.replicas"], "2") << wish.name;
    EXPECT_EQ(wish.settings["unclean.leader.election.enable"], "false") << wish.name;
  }
  settings.replication = 1;
  EXPECT_EQ(topics_needed(settings, {})[0].settings["min.insync.replicas"], "1");
  EXPECT_THROW(topics_needed(settings, {"公安"}), std::invalid_argument);
  EXPECT_THROW(topics_needed(settings, {std::string(300, 'a')}), std::invalid_argument);
}

TEST(KafkaTopics, MoreThanWantedIsRight) {
  auto wish = topics_needed(reachable(), {"police"})[0];
  TopicFound found{1, 3, wish.settings, {}};
  auto judged = [&](const char* setting, const char* value) {
    auto changed = found;
    changed.settings[setting] = value;
    return judge_topic(wish, changed).wrong.size();
  };
  EXPECT_EQ(judge_topic(wish, found).state, TopicFinding::State::right);
  EXPECT_EQ(judged("retention.ms", "-1"), 0u);
  EXPECT_EQ(judged("retention.ms", "99999999999"), 0u);
  EXPECT_EQ(judged("retention.ms", "604800000"), 1u);
  EXPECT_EQ(judged("retention.bytes", "1000000000"), 1u);
  EXPECT_EQ(judged("min.insync.replicas", "1"), 1u);
  EXPECT_EQ(judged("max.message.bytes", "20000000"), 0u);
  EXPECT_EQ(judged("max.message.bytes", "1048588"), 1u);
  EXPECT_EQ(judged("cleanup.policy", "compact,delete"), 1u);
  EXPECT_EQ(judged("unclean.leader.election.enable", "true"), 1u);
  found.replication = 5;
  EXPECT_EQ(judge_topic(wish, found).state, TopicFinding::State::right);
  found.replication = 2;
  ASSERT_EQ(judge_topic(wish, found).wrong.size(), 1u);
  EXPECT_FALSE(judge_topic(wish, found).wrong[0].can_mend);
}

}  // namespace
}  // namespace kinhub
