// What is Kafka's own: several writers of one source, topics that are not what they were, what others could
// see.

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <nlohmann/json.hpp>

#include <fstream>
#include <set>
#include <thread>

#include "hub/stream/kafka_progress.hpp"
#include "hub/stream/kafka_writer.hpp"
#include "tests/contract/event_log_contract.hpp"
#include "tests/contract/kafka_fixture.hpp"

namespace kinhub {
namespace {

using ::testing::HasSubstr;

class KafkaLogTest : public ::testing::Test {
 protected:
  KafkaLogTest() { make_topics(settings_, sources_); }
  std::unique_ptr<KafkaLog> open() { return KafkaLog::open(settings_, sources_, keyring_); }
  std::string topic() const { return events_topic(settings_, "police"); }

  /// What the work throws says what happened and what to do.
  template <class Work>
  void expect_damage(Work work, const std::string& says) {
    try {
      work();
      ADD_FAILURE() << "nothing was thrown; wanted: " << says;
    } catch (const LogDamaged& damage) {
      EXPECT_THAT(damage.what(), HasSubstr(says));
      EXPECT_THAT(damage.what(), HasSubstr(topic()));
      EXPECT_THAT(damage.what(), HasSubstr("kinhub source rewind police"));
      EXPECT_EQ(damage.partition(), 0);
    }
  }

  KafkaSettings settings_ = test_kafka();
  std::vector<std::string> sources_{"police", "hospital"};
  Keyring keyring_ = Keyring::from_passphrase("kafka");
};

TEST_F(KafkaLogTest, TellsAProcessThatAnotherHasMovedItsCheckpoint) {
  auto one = open(), other = open();
  one->append({numbered_event("police", 0)}, SourceCheckpoint{"police", "p0"});
  EXPECT_EQ(other->checkpoint("police"), "p0");
  other->append({numbered_event("police", 1)}, SourceCheckpoint{"police", "p1"});
  EXPECT_THROW(one->append({numbered_event("police", 1)}, SourceCheckpoint{"police", "p1"}), LogOvertaken);
  EXPECT_EQ(one->end(0).sequence, 2) << "what was overtaken must not be in the log";
  EXPECT_EQ(one->checkpoint("police"), "p1");
  one->append({numbered_event("police", 2)}, SourceCheckpoint{"police", "p2"});
  // Events without a checkpoint move nothing: those of a capture go in between.
  other->append({numbered_event("police", 3)}, std::nullopt);
  one->append({numbered_event("police", 4)}, SourceCheckpoint{"police", "p4"});
  // A rewind by a person counts as moving.
  other->set_checkpoint({"police", "p0"});
  EXPECT_THROW(one->append({numbered_event("police", 5)}, SourceCheckpoint{"police", "p5"}), LogOvertaken);
  EXPECT_EQ(one->checkpoint("police"), "p0");
  expect_counts_up(numbers_by_source(*one)["police"], "police");
}

TEST_F(KafkaLogTest, ThreadsOfOneSourceShareTransactions) {
  auto log = open();
  log->append({numbered_event("police", 0)}, std::nullopt);
  auto before = log->end(0).offset;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 8; ++t)
      threads.emplace_back([&] {
        for (int i = 0; i < 10; ++i)
          log->append({numbered_event("police", 1)}, std::nullopt);
      });
  }
  auto after = log->end(0);
  EXPECT_EQ(after.sequence, 81);
  // Each transaction takes an offset of its own at its end: 80 of them would take 160.
  EXPECT_LT(after.offset - before, 130);
}

TEST_F(KafkaLogTest, ProcessesThatTakeASourceFromEachOtherLoseAndDoubleNothing) {
  constexpr int each = 60;
  auto one = open(), other = open();
  auto append_all = [&](KafkaLog& log, int from) {
    for (int i = from; i < from + each; ++i)
      for (;;)
        try {
          log.append({numbered_event("police", i)}, std::nullopt);
          break;
        } catch (const LogUnavailable&) {  // the other one had it for longer than this one waits
        }
  };
  {
    std::jthread beside([&] { append_all(*other, each); });
    append_all(*one, 0);
  }
  std::multiset<std::string> keys;
  const auto events = read_everything(*open());
  for (const auto& logged : events.at(0))
    keys.insert(logged.event.key);
  EXPECT_EQ(keys.size(), 2u * each);
  for (int i = 0; i < 2 * each; ++i)
    EXPECT_EQ(keys.count(numbered_event("police", i).key), 1u) << i;
}

TEST_F(KafkaLogTest, SaysSoWhenATopicWasMadeAnew) {
  auto log = open();
  for (int i = 0; i < 5; ++i)
    log->append({numbered_event("police", i)}, std::nullopt);
  auto events = read_everything(*log)[0];
  delete_topic(settings_, topic());
  make_topics(settings_, sources_);
  auto at = events[2].position;
  expect_damage([&] { open()->read(at, 10, 20'000); }, "made anew");
  expect_damage([&] { open()->read(events[4].position, 10, 20'000); }, "made anew");
  expect_damage([&] { open()->append({numbered_event("police", 5)}, std::nullopt); }, "made anew");
  open()->append({numbered_event("hospital", 0)}, std::nullopt);  // the others go on
}

TEST_F(KafkaLogTest, GoesOnInATopicMadeAnewWhenAPersonHasDecidedSo) {
  auto log = open();
  for (int i = 0; i < 5; ++i)
    log->append({numbered_event("police", i)}, std::nullopt);
  log->accept_end(0);  // nothing is wrong, nothing happens
  EXPECT_EQ(log->end(0).sequence, 5);
  delete_topic(settings_, topic());
  make_topics(settings_, sources_);
  expect_damage([&] { open()->append({numbered_event("police", 5)}, std::nullopt); }, "made anew");
  open()->accept_end(0);
  auto other = open();
  EXPECT_EQ(other->end(0).sequence, 5);
  EXPECT_EQ(other->start(0).sequence, 5);
  other->append({numbered_event("police", 5)}, std::nullopt);
  auto events = open()->read({0, 5}, 10, 20'000);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events.front().position.sequence, 6);
  expect_damage([&] { open()->read({0, 3}, 10, 20'000); }, "4 to 5 are no longer in it");
}

TEST_F(KafkaLogTest, GoesOnBehindAStrangersWordsWhenAPersonHasDecidedSo) {
  auto log = open();
  log->append({numbered_event("police", 0)}, std::nullopt);
  {
    kafka::TransactionalProducer stranger(settings_, "stranger");
    stranger.begin();
    stranger.produce(topic(), 0, "key", "a stranger's words");
    stranger.commit();
  }
  expect_damage([&] { open()->append({numbered_event("police", 1)}, std::nullopt); }, "a foreign message");
  open()->accept_end(0);
  open()->append({numbered_event("police", 1)}, std::nullopt);
  auto events = open()->read({0, 1}, 10, 20'000);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events.front().position.sequence, 2);
}

// Its neighbours go on; and what a hub writes behind it, or a person who copies the record before it, mends
// it.
TEST_F(KafkaLogTest, AStrangersWordsInTheProgressStopTheirSourceUntilAGoodRecordStandsBehindThem) {
  auto before = open();
  before->append({numbered_event("police", 0)}, std::nullopt);
  before->append({numbered_event("hospital", 0)}, std::nullopt);
  auto write = [&](const std::string& value) {
    kafka::TransactionalProducer stranger(settings_, "stranger");
    stranger.begin();
    stranger.produce(progress_topic(settings_), 0, kafka::ProgressTopic::key_of("police"), value);
    stranger.commit();
  };
  kafka::Looker looker(settings_);
  kafka::ProgressTopic progress(settings_, keyring_, looker);
  progress.refresh(kafka::in_ms(10'000));
  const auto good = progress.of("police", 0);
  write("garbage");
  auto log = open();
  try {
    log->end(0);
    ADD_FAILURE() << "garbage was taken for a position";
  } catch (const LogDamaged& damage) {
    EXPECT_EQ(damage.partition(), 0);
    EXPECT_THAT(damage.what(), HasSubstr("events/police"));
    EXPECT_THAT(damage.what(), HasSubstr("once more behind it"));
  }
  EXPECT_THROW(log->append({numbered_event("police", 1)}, std::nullopt), LogDamaged);
  log->append({numbered_event("hospital", 1)}, std::nullopt);
  EXPECT_EQ(log->end(1).sequence, 2);
  EXPECT_EQ(log->read({1, 0}, 10, 20'000).size(), 2u);
  EXPECT_EQ(log->received(), (std::vector<std::pair<std::string, std::int64_t>>{{"hospital", 2}}));

  write(progress.seal("police", good));
  EXPECT_EQ(log->end(0).sequence, 1);
  log->append({numbered_event("police", 1)}, std::nullopt);
  expect_counts_up(numbers_by_source(*log)["police"], "police");
}

TEST_F(KafkaLogTest, SaysWhichSourcesTopicIsGoneWhileNothingComes) {
  auto log = open();
  log->append({numbered_event("police", 0)}, std::nullopt);
  log->append({numbered_event("hospital", 0)}, std::nullopt);
  auto police = log->read({0, 0}, 10, 20'000), hospital = log->read({1, 0}, 10, 20'000);
  ASSERT_EQ(police.size() + hospital.size(), 2u);
  delete_topic(settings_, topic());
  std::vector<LogPosition> after{police.front().position, hospital.front().position};
  try {
    for (int tries = 0; tries < 200; ++tries)
      log->read(after, 10, 200);
    FAIL() << "nobody was told";
  } catch (const LogDamaged& damaged) {
    EXPECT_EQ(damaged.partition(), 0);
    EXPECT_THAT(damaged.what(), testing::HasSubstr("it is gone"));
  }
  log->append({numbered_event("hospital", 1)}, std::nullopt);
  EXPECT_EQ(log->read(std::span(&after[1], 1), 10, 20'000).size(), 1u);
}

TEST_F(KafkaLogTest, OpensWithoutATopicThatIsGoneForTheOtherSources) {
  open()->append({numbered_event("police", 0)}, std::nullopt);
  open()->append({numbered_event("hospital", 0)}, std::nullopt);
  delete_topic(settings_, topic());
  auto log = open();
  EXPECT_EQ(log->read({1, 0}, 10, 20'000).size(), 1u);
  log->append({numbered_event("hospital", 1)}, std::nullopt);
  expect_damage(
      [&] {
        for (int tries = 0; tries < 200; ++tries)
          log->read({0, 0}, 10, 200);
      },
      "it is gone");
  EXPECT_EQ(log->read({1, 1}, 10, 20'000).size(), 1u);
}

TEST_F(KafkaLogTest, SaysSoWhenSomebodyElseWritesToATopic) {
  auto log = open();
  log->append({numbered_event("police", 0)}, std::nullopt);
  {
    kafka::TransactionalProducer stranger(settings_, "stranger");
    stranger.begin();
    stranger.produce(topic(), 0, "key", "a stranger's words");
    stranger.commit();
  }
  auto first = log->read({0, 0}, 10, 20'000);
  ASSERT_EQ(first.size(), 1u);
  expect_damage([&] { log->read(first.front().position, 10, 20'000); }, "somebody else writes to this topic");
  expect_damage([&] { open()->append({numbered_event("police", 1)}, std::nullopt); }, "a foreign message");
}

TEST_F(KafkaLogTest, SaysSoWhenProgressIsGone) {
  open()->append({numbered_event("police", 0)}, std::nullopt);
  delete_topic(settings_, progress_topic(settings_));
  make_topics(settings_, sources_);
  expect_damage([&] { open()->append({numbered_event("police", 0)}, std::nullopt); }, "event 1 stands where");
}

TEST_F(KafkaLogTest, RefusesAnotherKeyFileAndSaysWhich) {
  open()->append({numbered_event("police", 0)}, std::nullopt);
  keyring_ = Keyring::from_passphrase("another");
  try {
    open();
    ADD_FAILURE() << "opened";
  } catch (const LogDamaged& damage) {
    EXPECT_THAT(damage.what(), HasSubstr("was sealed with key file k"));
  }
}

TEST_F(KafkaLogTest, NamesTheTopicThatIsMissing) {
  sources_.push_back("nobody");
  try {
    open();
    ADD_FAILURE() << "opened";
  } catch (const LogDamaged& damage) {
    EXPECT_THAT(damage.what(), HasSubstr(settings_.prefix + ".events.nobody"));
    EXPECT_THAT(damage.what(), HasSubstr("kinhub topics apply"));
  }
}

TEST_F(KafkaLogTest, ShowsNothingOfAPersonToWhoeverReadsTheTopics) {
  auto event = numbered_event("police", 0);
  event.key = "322228197711180021", event.body = "<XM>Wang Shizi</XM>";
  open()->append({event, event}, SourceCheckpoint{"police", "322228197711180021"});
  kafka::Looker looker(settings_);
  int seen = 0;
  std::vector<std::string> keys;
  for (const auto& name : {topic(), progress_topic(settings_)}) {
    auto until = kafka::in_ms(20'000);
    looker.scan(name, 0, looker.extent(name, until).high, until, [&](const rd_kafka_message_t& message) {
      ++seen;
      std::string key(static_cast<const char*>(message.key), message.key_len);
      std::string bytes(static_cast<const char*>(message.payload), message.len);
      for (const auto& text : {key, bytes})
        for (const char* word : {"322228", "Wang", "XM"})
          EXPECT_EQ(text.find(word), std::string::npos) << name;
      if (name == topic()) keys.push_back(key);
      return true;
    });
  }
  EXPECT_EQ(seen, 3);
  ASSERT_EQ(keys.size(), 2u);
  EXPECT_EQ(keys[0], keys[1]) << "events of one key must keep together";
}

TEST_F(KafkaLogTest, TakesEventsUpToItsLimitAndRefusesLargerOnes) {
  auto log = open();
  EXPECT_THROW(log->append({numbered_event("police", 0, 17 << 20)}, std::nullopt), std::length_error);
  log->append({numbered_event("police", 0, 15 << 20)}, std::nullopt);
  log->append({numbered_event("police", 1, 15 << 20), numbered_event("police", 2, 15 << 20)}, std::nullopt);
  expect_counts_up(numbers_by_source(*log)["police"], "police");
}

// A process dies in the middle of an append. Its transaction stays open at the broker, and nobody may take it
// for done or for given up until it is settled, which beginning to write does at once.
TEST_F(KafkaLogTest, SettlesWhatADeadProcessLeftOpen) {
  open()->append({numbered_event("police", 0)}, SourceCheckpoint{"police", "p0"});
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    try {
      kafka::Looker looker(settings_);
      kafka::ProgressTopic progress(settings_, keyring_, looker);
      progress.refresh(kafka::in_ms(10'000));
      auto next = progress.of("police", 0);
      ++next.appends, ++next.sequence;
      kafka::TransactionalProducer producer(settings_, topic());
      producer.begin();
      producer.produce(topic(), 0, "", keyring_.seal("half", kafka::event_context("police", 2)),
                       {{"sequence", "2"}});
      producer.produce(progress.topic(), 0, progress.key_of("police"), progress.seal("police", next));
      producer.flush();
      ::kill(::getpid(), SIGKILL);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  auto log = open();
  EXPECT_EQ(log->read({0, 0}, 10, 20'000).size(), 1u) << "what is open is not read";
  EXPECT_EQ(log->checkpoint("police"), "p0");
  EXPECT_EQ(log->end(0).sequence, 1);
  log->append({numbered_event("police", 1)}, SourceCheckpoint{"police", "p1"});
  expect_counts_up(numbers_by_source(*log)["police"], "police");
}

// A reader alone waits until the brokers have given the dead process's transaction up.
TEST_F(KafkaLogTest, AReaderAloneWaitsForWhatIsOpen) {
  open()->append({numbered_event("hospital", 0)}, std::nullopt);
  auto transaction = std::make_unique<kafka::TransactionalProducer>(settings_, "open");
  transaction->begin();
  transaction->produce(progress_topic(settings_), 0, "notices", "x");
  transaction->flush();
  auto log = open();
  std::jthread ends([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    transaction->commit();
  });
  EXPECT_EQ(log->end(1).sequence, 1);
}

TEST_F(KafkaLogTest, FindsOutInTimeThatNobodyIsThere) {
  auto nobody = settings_;
  nobody.brokers = "127.0.0.1:1";
  nobody.patience_ms = 500;
  EXPECT_THROW(KafkaLog::open(nobody, sources_, keyring_), LogUnavailable);
  EXPECT_THROW(look_at_topics(nobody, topics_needed(nobody, sources_)), LogUnavailable);
}

// ---- TLS and SASL, on the broker's other listeners

class SecureKafkaTest : public KafkaLogTest {
 protected:
  SecureKafkaTest() {
    const char* file = std::getenv("KINHUB_TEST_KAFKA_SECURE");
    if (file == nullptr) throw std::runtime_error("KINHUB_TEST_KAFKA_SECURE is not set: ctest sets it");
    listeners_ = nlohmann::json::parse(std::ifstream(file));
  }
  KafkaSettings tls(const char* listener, KafkaSettings::Security security) const {
    auto settings = settings_;
    settings.brokers = listeners_.at(listener), settings.security = security;
    settings.ca_file = std::string(listeners_.at("ca_file"));
    settings.patience_ms = 5'000;
    return settings;
  }
  void expect_works(const KafkaSettings& settings) {
    auto log = KafkaLog::open(settings, sources_, keyring_);
    auto number = log->end(0).sequence;
    log->append({numbered_event("police", number)}, std::nullopt);
    auto some = log->read({0, number}, 10, 20'000);
    ASSERT_EQ(some.size(), 1u);
    EXPECT_EQ(number_of(some.front().event), number);
  }
  /// With the reason, so that nobody looks for a fault of the network.
  void expect_refused(const KafkaSettings& settings, const char* says) {
    try {
      KafkaLog::open(settings, sources_, keyring_);
      ADD_FAILURE() << "opened";
    } catch (const LogUnavailable& refused) {
      EXPECT_THAT(refused.what(), ::testing::HasSubstr(says));
      if (!settings.password.empty()) {
        EXPECT_EQ(std::string(refused.what()).find(settings.password), std::string::npos);
      }
    }
  }
  nlohmann::json listeners_;
};

TEST_F(SecureKafkaTest, SpeaksTlsWithACertificateOfItsOwn) {
  auto settings = tls("tls", KafkaSettings::Security::tls);
  settings.certificate_file = std::string(listeners_.at("certificate_file"));
  settings.key_file = std::string(listeners_.at("key_file"));
  expect_works(settings);
  auto strange = settings;
  strange.ca_file = std::string(listeners_.at("other_ca_file"));
  expect_refused(strange, "certificate verify failed");
  auto without = settings;
  without.certificate_file.clear(), without.key_file.clear();
  expect_refused(without, "bad certificate");
  auto plaintext = settings;
  plaintext.security = KafkaSettings::Security::plaintext;
  expect_refused(plaintext, "incorrect security.protocol");
}

TEST_F(SecureKafkaTest, LogsInByEveryMechanismOverTls) {
  auto settings = tls("sasl_tls", KafkaSettings::Security::sasl_tls);
  settings.user = listeners_.at("user"), settings.password = listeners_.at("password");
  using Sasl = KafkaSettings::Sasl;
  for (auto mechanism : {Sasl::plain, Sasl::scram_sha_256, Sasl::scram_sha_512}) {
    settings.sasl = mechanism;
    expect_works(settings);
  }
  settings.password += "x";
  expect_refused(settings, "uthentication failed");
}

TEST_F(SecureKafkaTest, LogsInByScramWithoutTls) {
  auto settings = tls("sasl_plaintext", KafkaSettings::Security::sasl_plaintext);
  settings.user = listeners_.at("user"), settings.password = listeners_.at("password");
  settings.sasl = KafkaSettings::Sasl::scram_sha_256;
  expect_works(settings);
}

// ---- topics

TEST_F(KafkaLogTest, MendsASettingAndKeepsTheOthers) {
  auto wishes = topics_needed(settings_, sources_);
  for (const auto& finding : look_at_topics(settings_, wishes))
    EXPECT_EQ(finding.state, TopicFinding::State::right) << finding.wish.name;
  // Somebody changes a setting, and adds one of his own.
  auto changed = look_at_topics(settings_, wishes).front();
  changed.state = TopicFinding::State::wrong;
  changed.wrong = {{"retention.ms", "", "3600000", "", true}, {"flush.messages", "", "7", "", true}};
  apply_topics(settings_, {changed});
  auto found = look_at_topics(settings_, wishes).front();
  ASSERT_EQ(found.state, TopicFinding::State::wrong);
  ASSERT_EQ(found.wrong.size(), 1u);
  EXPECT_EQ(found.wrong[0].setting, "retention.ms");
  EXPECT_EQ(found.wrong[0].found, "3600000");
  EXPECT_TRUE(found.wrong[0].can_mend);
  apply_topics(settings_, {found});
  found = look_at_topics(settings_, wishes).front();
  EXPECT_EQ(found.state, TopicFinding::State::right);
  EXPECT_EQ(found.own["flush.messages"], "7");
}

TEST_F(KafkaLogTest, SaysWhatItCannotMend) {
  auto wish = topics_needed(settings_, {"broad"}).front();
  auto broad = wish;
  broad.partitions = 3;
  apply_topics(settings_, look_at_topics(settings_, {broad}));
  auto found = look_at_topics(settings_, {wish}).front();
  ASSERT_EQ(found.wrong.size(), 1u);
  EXPECT_EQ(found.wrong[0].setting, "partitions");
  EXPECT_FALSE(found.wrong[0].can_mend);
  EXPECT_THROW(KafkaLog::open(settings_, {"broad"}, keyring_), LogDamaged);
  wish.name += "2", wish.replication = 3;
  try {
    apply_topics(settings_, look_at_topics(settings_, {wish}));
    ADD_FAILURE() << "three copies on one broker";
  } catch (const LogUnavailable& refused) {
    EXPECT_THAT(refused.what(), HasSubstr("smaller replication"));
  }
}

}  // namespace
}  // namespace kinhub
