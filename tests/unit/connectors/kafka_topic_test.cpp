#include <gmock/gmock.h>
#include <gtest/gtest.h>

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
  return R"({"brokers": ")" + broker() + R"(", "topics": [")" + topic + R"("])" + (more.empty() ? "" : ", " + more) + "}";
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

TEST(KafkaTopic, PassesTheConformanceKit) {
  const auto topic = new_topic_name();
  {
    OtherSystem other;  // gone before the kit makes its process
    other.make(topic, 3);
    for (int i = 0; i < 12; ++i)
      other.write(topic, "k" + std::to_string(i), i == 5 ? "no json" : R"({"id": )" + std::to_string(i) + "}", i % 3);
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
