#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <map>
#include <thread>

#include "plugins/testing/conformance.hpp"
#include "tests/unit/connectors/broker.hpp"
#include "tests/unit/connectors/support.hpp"

namespace kinhub::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const LoadedPlugin& kafka_topic() {
  static const LoadedPlugin loaded(connector_path("kafka_topic"));
  return loaded;
}

std::string config(const std::string& topic, const std::string& more = {}) {
  return R"({"brokers": ")" + broker() + R"(", "topics": [")" + topic + R"("])" +
         (more.empty() ? "" : ", " + more) + "}";
}

std::vector<std::string> bodies(const FakeHost& host) {
  std::vector<std::string> all;
  for (const auto& one : host.given)
    all.push_back(one.body);
  return all;
}

TEST(KafkaTopic, ReadsPlainMessagesAndGoesOnFromThePosition) {
  const auto topic = new_topic_name();
  OtherSystem other;
  other.make(topic, 1);
  other.write(topic, "k1", R"({"id": 1})", 0, {}, 1'795'000'000'123);
  other.write(topic, "k2", R"({"id": 2})");
  other.flush();
  FakeHost host;
  {
    Running running(kafka_topic(), host, config(topic));
    ASSERT_EQ(running.created, KINHUB_OK) << host.explanation;
    ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
  }
  ASSERT_THAT(bodies(host), ElementsAre(R"({"id": 1})", R"({"id": 2})"));
  EXPECT_EQ(host.given[0].key, "k1");
  EXPECT_EQ(host.given[0].origin, topic + "/0@0");
  EXPECT_EQ(host.given[0].content_type, "application/json");
  EXPECT_EQ(host.given[0].charset, "UTF-8");
  EXPECT_EQ(host.given[0].occurred_at_us, 1'795'000'000'123'000);
  other.write(topic, "k3", R"({"id": 3})");
  other.flush();
  Running running(kafka_topic(), host, config(topic));
  ASSERT_EQ(running.poll(host.position(1)), KINHUB_OK) << host.explanation;
  EXPECT_THAT(bodies(host), ElementsAre(R"({"id": 1})", R"({"id": 2})", R"({"id": 2})", R"({"id": 3})"));
}

constexpr const char* row =
    R"({"before":null,"after":{"id":"A1","XM":"王试子"},"source":{"ts_ms":1795000000123},)"
    R"("op":"c","ts_ms":1795000000999})";

TEST(KafkaTopic, GivesOneBodyForADebeziumChangeWithSchemaOnAndOff) {
  const auto topic = new_topic_name();
  OtherSystem other;
  other.make(topic, 1);
  other.write(topic, R"({"id":"A1"})", row);
  other.write(topic, R"({"schema":{"type":"struct"},"payload":{"id":"A1"}})",
              std::string(R"({"schema":{"type":"struct"},"payload":)") + row + "}");
  other.flush();
  FakeHost host;
  Running running(kafka_topic(), host, config(topic, R"("envelope": "debezium")"));
  ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
  ASSERT_THAT(bodies(host), ElementsAre(row, row));
  EXPECT_EQ(host.given[0].key, R"({"id":"A1"})");
  EXPECT_EQ(host.given[1].key, R"({"id":"A1"})");
  EXPECT_EQ(host.given[0].occurred_at_us, 1'795'000'000'123'000);
}

TEST(KafkaTopic, TakesTheBusinessKeyFromAfterAndOfADeleteFromBefore) {
  const auto topic = new_topic_name();
  OtherSystem other;
  other.make(topic, 1);
  other.write(topic, "x", row);
  other.write(topic, "x", R"({"before":{"id":"A1"},"after":null,"op":"d"})");
  other.write(topic, "x", std::nullopt);
  other.write(topic, "x", R"({"before":null,"after":{"XM":"?"},"op":"u"})");
  other.write(topic, "x", R"({"op":"t"})");
  other.write(topic, "x", R"({"op":"m"})");
  other.write(topic, "x", R"({"id":"A1"})");
  other.flush();
  FakeHost host;
  Running running(kafka_topic(), host, config(topic, R"("envelope": "debezium", "key": ["id"])"));
  ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
  ASSERT_EQ(host.given.size(), 6U);
  EXPECT_EQ(host.given[0].key, "A1");
  EXPECT_EQ(host.given[1].key, "A1");
  EXPECT_EQ(host.metrics["tombstones"], 1);
  const std::vector<std::string> codes{"KAFKA_KEY_MISSING", "DEBEZIUM_TRUNCATE", "DEBEZIUM_OP",
                                       "DEBEZIUM_SHAPE"};
  for (std::size_t i = 0; i < codes.size(); ++i)
    EXPECT_EQ(host.given[i + 2].code, codes[i]);
}

TEST(KafkaTopic, GivesARejectionTheKeyThatItsRecordsEventsHave) {
  const auto change = [](const std::string& op, const std::string& before, const std::string& after) {
    return R"({"op":")" + op + R"(","before":)" + before + R"(,"after":)" + after + "}";
  };
  struct Case {
    const char* what;
    std::string key, value, charset, code;  ///< no code: an event
    std::string wanted = "701";
  };
  const std::string row_of = R"({"id":701,"XM":"?"})", text_row = R"({"id":"A\u00311","XM":"?"})",
                    own = R"({"id":701})";
  const std::string with_schema = R"({"schema":{"type":"struct"},"payload":{"id":701}})";
  const std::vector<Case> debezium{
      {"create", own, change("c", "null", row_of), "", ""},
      {"update, charset unknown", own, change("u", row_of, row_of), "EBCDIC", "CHARSET_UNKNOWN"},
      {"delete", own, change("d", row_of, "null"), "", ""},
      {"the key with its schema", with_schema, change("u", row_of, row_of), "EBCDIC", "CHARSET_UNKNOWN"},
      {"the key with blanks", "{ \"id\" : 701 }", "no json", "", "JSON_MALFORMED"},
      {"no JSON", own, "no json", "", "JSON_MALFORMED"},
      {"no bytes", own, "", "", "JSON_EMPTY"},
      {"Avro", own, std::string("\0\0\0\0\1x", 6), "", "KAFKA_SCHEMA_REGISTRY"},
      {"unknown op, the row says the key", "elsewhere", change("x", "null", row_of), "", "DEBEZIUM_OP"},
      {"no op, the row says the key", "elsewhere", R"({"before":null,"after":{"id":701}})", "",
       "DEBEZIUM_SHAPE"},
      {"truncate with a row", "elsewhere", change("t", row_of, "null"), "", "DEBEZIUM_TRUNCATE"},
      {"update without after", "elsewhere", change("u", row_of, "null"), "", "DEBEZIUM_SHAPE"},
      {"delete without before", own, change("d", "null", "null"), "", "KAFKA_KEY_MISSING"},
      {"the row outweighs the message's key", R"({"id":5})", change("x", "null", row_of), "", "DEBEZIUM_OP"},
      {"a text: create", R"({"id":"A\u00311"})", change("c", "null", text_row), "", "", "A11"},
      {"a text: update, charset unknown", R"({"id":"A\u00311"})", change("u", "null", text_row), "EBCDIC",
       "CHARSET_UNKNOWN", "A11"},
      {"a text: the key with its schema", R"({"payload":{"id":"A11"},"schema":null})", "no json", "",
       "JSON_MALFORMED", "A11"},
      {"one value stands for the one path", "701", "no json", "", "JSON_MALFORMED"},
      {"one text stands for the one path", "\"701\"", "no json", "", "JSON_MALFORMED"},
      {"the key holds another path", R"({"nr":701})", "no json", "", "JSON_MALFORMED", R"({"nr":701})"},
      {"the path is null in the key", R"({"id":null})", "no json", "", "JSON_MALFORMED", R"({"id":null})"},
  };
  const std::vector<Case> plain{
      {"an event", own, row_of, "", ""},
      {"charset unknown", own, row_of, "EBCDIC", "CHARSET_UNKNOWN"},
      {"no object", with_schema, "[1]", "", "JSON_NO_OBJECT"},
      {"the path is missing", own, R"({"XM":"?"})", "", "KAFKA_KEY_MISSING"},
      {"the key is long, and not needed", R"({"id":701,"more":")" + std::string(5000, 'x') + "\"}", row_of,
       "", ""},
      {"the key is long, and says it", R"({"id":701,"more":")" + std::string(5000, 'x') + "\"}", "no json",
       "", "JSON_MALFORMED"},
      {"tombstone", own, "", "", ""},
  };
  const auto check = [](const std::vector<Case>& cases, const std::string& settings) {
    const auto topic = new_topic_name();
    OtherSystem other;
    other.make(topic, 1);
    for (const auto& one : cases) {
      std::vector<std::pair<std::string, std::string>> headers;
      if (!one.charset.empty()) headers.emplace_back("charset", one.charset);
      const bool tombstone = std::string_view(one.what) == "tombstone";
      other.write(topic, one.key, tombstone ? std::nullopt : std::optional(one.value), 0, headers);
    }
    other.flush();
    FakeHost host;
    Running running(kafka_topic(), host, config(topic, settings));
    ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
    ASSERT_EQ(host.given.size(), cases.size());
    for (std::size_t i = 0; i < cases.size(); ++i) {
      EXPECT_EQ(host.given[i].code, cases[i].code) << cases[i].what;
      EXPECT_EQ(host.given[i].key, cases[i].wanted) << cases[i].what;
    }
  };
  check(debezium, R"("envelope": "debezium", "key": ["id"])");
  check(plain, R"("key": ["id"])");
  check({{"two paths: an event", R"({"b":2,"a":1})", R"({"a":1,"b":2})", "", "", "1|2"},
         {"two paths", R"({"b":2,"a":1})", "no json", "", "JSON_MALFORMED", "1|2"},
         {"two paths, one in the key", R"({"a":1})", "no json", "", "JSON_MALFORMED", R"({"a":1})"},
         {"two paths, one value", "1", "no json", "", "JSON_MALFORMED", "1"}},
        R"("key": ["a", "b"])");
}

TEST(KafkaTopic, SetsAsideWhatIsNoJsonWithItsKeyAndPlace) {
  const auto topic = new_topic_name();
  const std::vector<std::pair<std::string, std::string>> cases{
      {"no json", "JSON_MALFORMED"},
      {"", "JSON_EMPTY"},
      {"[1]", "JSON_NO_OBJECT"},
      {R"({"nr": 32222820030419024642})", "JSON_NUMBER"},
      {"{\"a\": \"\xFF\"}", "JSON_NOT_UTF8"},
      {std::string("\0\0\0\0\1x", 6), "KAFKA_SCHEMA_REGISTRY"},
      {std::string(100, '[') + std::string(100, ']'), "JSON_TOO_DEEP"},
      {R"({"a": ")" + std::string(2000, 'x') + R"("})", "KAFKA_TOO_LARGE"},
  };
  OtherSystem other;
  other.make(topic, 1);
  for (const auto& [value, code] : cases)
    other.write(topic, "k", value);
  other.write(topic, "k", "{}", 0, {{"charset", "EBCDIC"}});
  other.write(topic, "k", "{\"a\": \"\xCD\x5C\"}", 0,
              {{"content-type", "application/json; charset=gb18030"}});
  other.flush();
  FakeHost host;
  Running running(kafka_topic(), host, config(topic, R"("message_bytes_max": 1024)"));
  ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
  ASSERT_EQ(host.given.size(), cases.size() + 2);
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const auto& one = host.given[i];
    EXPECT_EQ(one.code, cases[i].second);
    EXPECT_EQ(one.body, cases[i].first);
    EXPECT_EQ(one.key, "k");
    EXPECT_EQ(one.origin, topic + "/0@" + std::to_string(i));
    EXPECT_EQ(one.place, one.body.empty() ? "value of " + one.origin : "value")
        << "of rejections without bytes the place tells two apart";
  }
  EXPECT_EQ(host.given[cases.size()].code, "CHARSET_UNKNOWN");
  EXPECT_EQ(host.given[cases.size()].place, "header charset");
  EXPECT_FALSE(host.given.back().rejected) << host.given.back().detail;
  EXPECT_EQ(host.given.back().charset, "GB18030");
}

TEST(KafkaTopic, SaysThatAKeyOfAPlainTopicIsGone) {
  const auto topic = new_topic_name();
  OtherSystem other;
  other.make(topic, 1);
  other.write(topic, "k\"1", std::nullopt, 0, {}, 1'795'000'000'123);
  other.write(topic, R"({"id": 7})", std::nullopt, 0, {}, 1'795'000'000'124);
  other.write(topic, "32222820030419024642", std::nullopt, 0, {}, 1'795'000'000'125);
  other.flush();
  FakeHost host;
  Running running(kafka_topic(), host, config(topic));
  ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
  EXPECT_THAT(
      bodies(host),
      ElementsAre("{\"kafka_tombstone\":{\"topic\":\"" + topic +
                      R"(","partition":0,"offset":0,"ts_ms":1795000000123,"key":"k\"1"}})",
                  "{\"kafka_tombstone\":{\"topic\":\"" + topic +
                      R"(","partition":0,"offset":1,"ts_ms":1795000000124,"key":{"id": 7}}})",
                  "{\"kafka_tombstone\":{\"topic\":\"" + topic +
                      R"(","partition":0,"offset":2,"ts_ms":1795000000125,"key":"32222820030419024642"}})"));
}

TEST(KafkaTopic, DoesNotDeliverWhatItsWriterAborted) {
  const auto topic = new_topic_name();
  OtherSystem other(topic + "-writer");
  other.make(topic, 1);
  for (const bool keep : {false, true, false}) {
    other.begin();
    other.write(topic, "k", keep ? R"({"kept": true})" : R"({"kept": false})");
    other.flush();
    keep ? other.commit() : other.abort();
  }
  FakeHost host;
  Running running(kafka_topic(), host, config(topic));
  ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
  EXPECT_THAT(bodies(host), ElementsAre(R"({"kept": true})"));
}

TEST(KafkaTopic, NeverJumpsWhenItsPositionIsGone) {
  const auto topic = new_topic_name();
  OtherSystem other;
  other.make(topic, 1);
  for (int i = 0; i < 5; ++i)
    other.write(topic, "k", R"({"n": )" + std::to_string(i) + "}");
  other.flush();
  FakeHost host;
  {
    Running running(kafka_topic(), host, config(topic));
    ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
    ASSERT_EQ(host.given.size(), 5U);
  }
  other.truncate(topic, 0, 4);
  {
    Running running(kafka_topic(), host, config(topic));
    EXPECT_EQ(running.poll(host.position(2)), KINHUB_FATAL);
    EXPECT_THAT(host.explanation, HasSubstr("offset 2 to 3"));
    EXPECT_EQ(running.poll(host.position(5)), KINHUB_OK) << host.explanation;
  }
  auto beyond = host.position(5);
  beyond.replace(beyond.find("=0:5"), 4, "=0:9");
  {
    Running running(kafka_topic(), host, config(topic));
    EXPECT_EQ(running.poll(beyond), KINHUB_FATAL);
    EXPECT_THAT(host.explanation, HasSubstr("the topic ends at 5"));
  }
  EXPECT_EQ(host.given.size(), 5U);
}

TEST(KafkaTopic, NoticesThatATopicWasMadeAnewUnderItsName) {
  const auto topic = new_topic_name();
  OtherSystem other;
  other.make(topic, 1);
  other.write(topic, "k", R"({"of": "the first"})");
  other.flush();
  FakeHost host;
  {
    Running running(kafka_topic(), host, config(topic));
    ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
  }
  other.remove(topic);
  OtherSystem anew;
  // The broker needs a moment until the name is free.
  for (;;) {
    try {
      anew.make(topic, 1);
      break;
    } catch (const std::runtime_error&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
  for (int i = 0; i < 3; ++i)
    anew.write(topic, "k", R"({"of": "the second"})");
  anew.flush();
  Running running(kafka_topic(), host, config(topic));
  EXPECT_EQ(running.poll(host.position(1)), KINHUB_FATAL);
  EXPECT_THAT(host.explanation, HasSubstr("made anew"));
  EXPECT_EQ(host.given.size(), 1U);
}

// Does it on a thread of its own, and ends the tests when it takes longer: what hangs cannot be stopped.
template <class Call>
void do_within(std::chrono::seconds limit, const char* what, const Call& call) {
  std::promise<void> promise;
  auto done = promise.get_future();
  std::thread worker([&] {
    call();
    promise.set_value();
  });
  if (done.wait_for(limit) != std::future_status::ready) {
    std::fprintf(stderr, "%s does not return\n", what);
    std::abort();
  }
  worker.join();
}

TEST(KafkaTopic, ReturnsWhenItsTopicIsDeletedWhileItIsRead) {
  const auto check = [](std::size_t messages_read, int calls_after) {
    const auto topic = new_topic_name();
    OtherSystem other;
    other.make(topic, 2);
    for (int i = 0; i < 50; ++i)
      other.write(topic, "k", R"({"id": 1})", i % 2);
    other.flush();
    FakeHost host;
    std::optional<Running> running;
    const auto batch = R"("batch_messages": )" + std::to_string(messages_read);
    running.emplace(kafka_topic(), host,
                    config(topic, R"("look_every_ms": 100, "patience_ms": 2000, )" + batch));
    ASSERT_EQ(running->poll(), KINHUB_OK) << host.explanation;
    ASSERT_EQ(host.given.size(), messages_read);
    other.remove(topic);
    std::vector<kinhub_status> said;
    do_within(std::chrono::seconds{60}, "poll", [&] {
      for (int call = 0; call < calls_after; ++call)
        said.push_back(running->poll(host.position(), 200));
    });
    if (calls_after > 0) {
      EXPECT_NE(said.back(), KINHUB_OK);
      EXPECT_THAT(host.explanation, HasSubstr(topic));
    }
    do_within(std::chrono::seconds{20}, "destroy", [&] { running.reset(); });
  };
  check(50, 20);
  check(50, 0);
  check(10, 20);  // the others are in librdkafka's queues
  check(10, 0);
}

TEST(KafkaTopic, ReadsANewPartitionFromItsBeginningAndBeginsAtTheEndOnlyOnce) {
  const auto topic = new_topic_name();
  OtherSystem other;
  other.make(topic, 1);
  other.write(topic, "k", R"({"n": "before"})");
  other.flush();
  FakeHost host;
  const auto settings = config(topic, R"("start": "latest", "look_every_ms": 100)");
  {
    Running running(kafka_topic(), host, settings);
    ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
    EXPECT_TRUE(host.given.empty());
  }
  other.write(topic, "k", R"({"n": "while nobody read"})");
  other.flush();
  other.widen(topic, 2);
  OtherSystem later;
  later.write(topic, "k", R"({"n": "second partition"})", 1);
  later.flush();
  Running running(kafka_topic(), host, settings);
  ASSERT_EQ(running.poll(host.position()), KINHUB_OK) << host.explanation;
  EXPECT_THAT(bodies(host), ::testing::UnorderedElementsAre(R"({"n": "while nobody read"})",
                                                            R"({"n": "second partition"})"));
}

TEST(KafkaTopic, KeepsTheOrderOfEachKeyOverSeveralPartitionsAndInterruptions) {
  const auto topic = new_topic_name();
  constexpr int partitions = 4, keys = 12, rounds = 25;
  OtherSystem other;
  other.make(topic, partitions);
  for (int n = 0; n < rounds; ++n)
    for (int key = 0; key < keys; ++key)
      other.write(topic, "k" + std::to_string(key), R"({"n": )" + std::to_string(n) + "}", key % partitions);
  other.flush();
  FakeHost host;
  constexpr std::size_t all = std::size_t{keys} * rounds;
  // Batches that end anywhere, each by a new instance that has the position alone.
  for (std::size_t call = 0; call < all && host.given.size() < all; ++call) {
    Running running(kafka_topic(), host, config(topic, R"("batch_messages": 71)"));
    ASSERT_EQ(running.poll(host.position()), KINHUB_OK) << host.explanation;
  }
  ASSERT_EQ(host.given.size(), all);
  std::map<std::string, int> next;
  for (const auto& one : host.given)
    ASSERT_EQ(one.body, R"({"n": )" + std::to_string(next[one.key]++) + "}") << one.key;
  EXPECT_EQ(next.size(), std::size_t{keys});
}

TEST(KafkaTopic, TellsHowCompleteItIsByThePartitionFurthestBehind) {
  const auto topic = new_topic_name();
  OtherSystem other;
  other.make(topic, 2);
  other.write(topic, "a", "{}", 0, {}, 1'795'000'500'000);
  other.flush();
  FakeHost host;
  host.now_us = 1'795'000'600'000'000;
  const auto by_message = config(topic, R"("coverage": "message_time", "lag_seconds": 10)");
  {
    Running running(kafka_topic(), host, by_message);
    ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
    // The ends of the partitions are told after their messages.
    ASSERT_EQ(running.poll(host.position()), KINHUB_OK) << host.explanation;
    EXPECT_TRUE(host.complete_until.empty()) << "the other partition has said nothing yet";
  }
  other.write(topic, "b", "{}", 1, {}, 1'795'000'100'000);
  other.flush();
  {
    // Started anew it goes on behind the first message, whose time still counts.
    Running running(kafka_topic(), host, by_message);
    for (int call = 0; call < 100 && host.complete_until.empty(); ++call)
      ASSERT_EQ(running.poll(host.position()), KINHUB_OK) << host.explanation;
    EXPECT_THAT(host.complete_until, ElementsAre(1'795'000'090'000'000));
  }
  FakeHost silent;
  Running running(kafka_topic(), silent, config(topic));
  ASSERT_EQ(running.poll(), KINHUB_OK) << silent.explanation;
  ASSERT_EQ(running.poll(silent.position()), KINHUB_OK) << silent.explanation;
  EXPECT_TRUE(silent.complete_until.empty()) << "off unless asked for";
}

TEST(KafkaTopic, GivesWhatItSetsAsideUnreadTheKeyThatNeedsNoLookingInto) {
  struct Case {
    std::string key, settings, wanted;
  };
  const std::vector<Case> cases{
      {"701", "", "701"},
      {" \t{\"schema\":null,\"payload\":{}}", "", ""},
      {"\xEF\xBB\xBF{}", "", ""},
      {"701", R"("key": ["id"])", ""},
  };
  for (const auto& one : cases) {
    const auto topic = new_topic_name();
    OtherSystem other;
    other.make(topic, 1);
    other.write(topic, one.key, "deadly");
    other.flush();
    FakeHost host;
    Running running(kafka_topic(), host, config(topic, one.settings));
    ASSERT_EQ(running.set_aside(), KINHUB_OK) << host.explanation;
    ASSERT_EQ(host.given.size(), 1U);
    EXPECT_EQ(host.given[0].key, one.wanted) << one.key.substr(0, 40) << " " << one.settings;
  }
}

TEST(KafkaTopic, IsNotCompleteBeyondNowWhenAnAgencysClockIsAhead) {
  const auto topic = new_topic_name();
  OtherSystem other;
  other.make(topic, 1);
  other.write(topic, "a", "{}", 0, {}, 4'102'358'400'000);  // 2099
  other.flush();
  FakeHost host;
  const auto settings = config(topic, R"("coverage": "message_time", "lag_seconds": 10)");
  Running running(kafka_topic(), host, settings);
  for (int call = 0; call < 100 && host.complete_until.empty(); ++call)
    ASSERT_EQ(running.poll(host.position()), KINHUB_OK) << host.explanation;
  EXPECT_THAT(host.complete_until, ElementsAre(host.now_us - 10'000'000));
  host.now_us += 60'000'000;
  ASSERT_EQ(running.poll(host.position(), 200), KINHUB_OK) << host.explanation;
  EXPECT_EQ(host.complete_until.size(), 1U) << "nothing came since";
}

TEST(KafkaTopic, IsNotCompleteWhileAnOpenTransactionHidesMessages) {
  const auto topic = new_topic_name();
  OtherSystem other(topic + "-writer");
  other.make(topic, 1);
  other.begin();
  other.write(topic, "k", R"({"id": 1})");
  other.commit();
  other.begin();
  other.write(topic, "k", R"({"id": 2})");
  other.flush();
  FakeHost host;
  Running running(kafka_topic(), host, config(topic, R"("coverage": "caught_up", "lag_seconds": 0)"));
  for (int call = 0; call < 5; ++call)
    ASSERT_EQ(running.poll(host.position(), 200), KINHUB_OK) << host.explanation;
  EXPECT_THAT(bodies(host), ElementsAre(R"({"id": 1})"));
  EXPECT_TRUE(host.complete_until.empty()) << "the second is written, and not read";
  other.commit();
  for (int call = 0; call < 100 && host.complete_until.empty(); ++call)
    ASSERT_EQ(running.poll(host.position(), 200), KINHUB_OK) << host.explanation;
  EXPECT_THAT(bodies(host), ElementsAre(R"({"id": 1})", R"({"id": 2})"));
  EXPECT_THAT(host.complete_until, ElementsAre(host.now_us));
}

TEST(KafkaTopic, SetsTheNextMessageAsideUnread) {
  const auto topic = new_topic_name();
  OtherSystem other;
  other.make(topic, 2);
  other.write(topic, "a", R"({"id": 1})");
  other.write(topic, "b", "deadly");
  other.write(topic, "c", R"({"id": 3})");
  other.flush();
  FakeHost host;
  host.stop_after = 1;
  {
    Running running(kafka_topic(), host, config(topic));
    ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
  }
  ASSERT_THAT(bodies(host), ElementsAre(R"({"id": 1})"));
  host.stop_after = SIZE_MAX;
  {
    Running running(kafka_topic(), host, config(topic));
    ASSERT_EQ(running.set_aside(host.position()), KINHUB_OK) << host.explanation;
    ASSERT_EQ(host.given.size(), 2U);
    EXPECT_TRUE(host.given[1].rejected);
    EXPECT_EQ(host.given[1].origin, topic + "/0@1");
    EXPECT_EQ(host.given[1].body, "deadly");
    EXPECT_EQ(host.given[1].key, "b") << "what follows of the record waits";
    ASSERT_EQ(running.poll(host.position()), KINHUB_OK) << host.explanation;
    EXPECT_THAT(bodies(host), ElementsAre(R"({"id": 1})", "deadly", R"({"id": 3})"));
    ASSERT_EQ(running.set_aside(host.position()), KINHUB_OK) << host.explanation;
    EXPECT_EQ(host.given.size(), 3U) << "nothing is there to be set aside";
  }
  other.write(topic, "d", "perhaps deadly", 0);
  other.write(topic, "e", "perhaps deadly", 1);
  other.flush();
  Running running(kafka_topic(), host, config(topic));
  EXPECT_EQ(running.set_aside(host.position()), KINHUB_REJECT);
  EXPECT_THAT(host.explanation, HasSubstr("several partitions"));
  EXPECT_EQ(host.given.size(), 3U);
}

TEST(KafkaTopic, NamesTheWrongSettingAndNeverASecret) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {R"({"brokers": "a:1"})", "'topics'"},
      {R"({"topics": ["a"]})", "'brokers'"},
      {R"({"brokers": "a:1", "topics": ["a b"]})", "'topics'"},
      {R"({"brokers": "a:1", "topics": ["a"], "envelope": "avro"})", "'envelope'"},
      {R"({"brokers": "a:1", "topics": ["a"], "key": ["/x"]})", "'key'"},
      {R"({"brokers": "a:1", "topics": ["a"], "charset": "EBCDIC"})", "'charset'"},
      {R"({"brokers": "a:1", "topics": ["a"], "user": "u"})", "'user'"},
      {R"({"brokers": "a:1", "topics": ["a"], "security": "sasl-plaintext"})", "'user'"},
      {R"({"brokers": "a:1", "topics": ["a"], "security": "tls", "certificate": "/dev/null"})", "'key_file'"},
      {R"({"brokers": "a:1", "topics": ["a"], "security": "tls", "ca": "/no/such/file.pem"})",
       "'ca' is /no/such/file.pem, which cannot be read (No such file"},
      {R"({"brokers": "a:1", "topics": ["a"], "security": "tls",)"
       R"( "certificate": "/no/c.pem", "key_file": "/dev/null"})",
       "'certificate' is /no/c.pem"},
      {R"({"brokers": "a:1", "topics": ["a"], "security": "tls",)"
       R"( "certificate": "/dev/null", "key_file": "/no/k.pem"})",
       "'key_file' is /no/k.pem"},
      {R"({"brokers": "a:1", "topics": ["a"], "security": "tls", "ca": "/dev"})",
       "'ca' is /dev, which is a folder"},
      {R"({"brokers": "a:1,,b:2", "topics": ["a"]})",
       "'brokers' has as number 2 what is no host:port: name them as kafka-1:9092,"},
      {R"({"brokers": "a:1,user:geheim@b:2", "topics": ["a"]})", "'brokers' has as number 2"},
      {R"({"brokers": "nonsense::::", "topics": ["a"]})", "'brokers'"},
      {R"({"brokers": "a:99999", "topics": ["a"]})", "'brokers'"},
      {R"({"brokers": "a:-1", "topics": ["a"]})", "'brokers'"},
      {R"({"brokers": "a:b:1", "topics": ["a"]})", "'brokers'"},
      {R"({"brokers": "http://a:1", "topics": ["a"]})", "'brokers'"},
  };
  for (const auto& [text, named] : cases) {
    FakeHost host;
    host.secrets["password"] = "geheim-4711";
    Running running(kafka_topic(), host, text);
    EXPECT_NE(running.created, KINHUB_OK) << text;
    EXPECT_THAT(host.explanation, HasSubstr(named)) << text;
    EXPECT_EQ(host.explanation.find("geheim"), std::string::npos);
  }
}

TEST(KafkaTopic, TakesEveryFormOfABrokersAddress) {
  for (const auto* const brokers : {"kafka-1.example:9092", "10.0.0.7:9092, 10.0.0.8:9092", "[::1]:9092",
                                    "kafka-1", "SASL_SSL://kafka-1:9093,"}) {
    FakeHost host;
    Running running(kafka_topic(), host,
                    std::string(R"({"brokers": ")") + brokers + R"(", "topics": ["a"]})");
    EXPECT_EQ(running.created, KINHUB_OK) << host.explanation;
  }
}

TEST(KafkaTopic, PassesTheConformanceKit) {
  const auto topic = new_topic_name();
  {
    OtherSystem other;  // gone before the kit makes its process
    other.make(topic, 3);
    for (int i = 0; i < 6; ++i)
      other.write(topic, "k" + std::to_string(i), i == 4 ? "no json" : R"({"id": )" + std::to_string(i) + "}",
                  i % 3);
    other.flush();
  }
  ConformanceOptions options;
  options.config_json = config(topic);
  options.captures = {{"one.json", R"({"id": 1})"}, {"lines.json", "{\"id\": 1}\n{\"id\": 2}\n"}};
  options.expects_events = true;
  const auto report = run_conformance(connector_path("kafka_topic"), options);
  EXPECT_TRUE(report.passed()) << report.text();
}

}  // namespace
}  // namespace kinhub::testing
