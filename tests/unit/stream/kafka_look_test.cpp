// Questions to brokers that are not as they should be: a mock cluster of the client library.

#include "hub/stream/kafka_look.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka_mock.h>

#include <thread>

namespace kinhub::kafka {
namespace {

using std::chrono::steady_clock;

class LookerTest : public ::testing::Test {
 protected:
  LookerTest() : owner_(make_client(RD_KAFKA_PRODUCER, ConfPtr(rd_kafka_conf_new()))) {
    brokers_ = rd_kafka_mock_cluster_new(owner_.get(), 2);
    rd_kafka_mock_topic_create(brokers_, "events", 1, 2);
    rd_kafka_mock_partition_set_leader(brokers_, "events", 0, 1);
    settings_.brokers = rd_kafka_mock_cluster_bootstraps(brokers_);
  }
  ~LookerTest() override { rd_kafka_mock_cluster_destroy(brokers_); }
  static constexpr int nobody = -1;

  ClientPtr owner_;
  rd_kafka_mock_cluster_t* brokers_ = nullptr;
  KafkaSettings settings_;
};

TEST_F(LookerTest, KnowsATopicsEnds) {
  Looker looker(settings_);
  EXPECT_EQ(looker.start("events", in_ms(20'000)), 0);
  EXPECT_EQ(looker.end("events", in_ms(20'000)), 0);
}

TEST_F(LookerTest, WhatIsNotThereIsMissing) {
  Looker looker(settings_);
  // The mock makes whatever topic it is asked for, unless told that there is none.
  rd_kafka_mock_topic_set_error(brokers_, "gone", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  EXPECT_THROW(looker.end("gone", in_ms(5'000)), TopicMissing);
}

TEST_F(LookerTest, ATopicThatNobodyLeadsIsNotMissingAndIsThereAgainWhenSomebodyDoes) {
  rd_kafka_mock_partition_set_leader(brokers_, "events", 0, nobody);
  Looker looker(settings_);
  try {
    looker.end("events", in_ms(1'500));
    FAIL() << "nobody could know";
  } catch (const TopicMissing& missing) {
    FAIL() << missing.what();
  } catch (const Unavailable&) {
  }
  rd_kafka_mock_partition_set_leader(brokers_, "events", 0, 2);
  EXPECT_EQ(looker.end("events", in_ms(20'000)), 0) << "what it remembers is not believed for long";
}

TEST_F(LookerTest, FollowsAnotherLeader) {
  Looker looker(settings_);
  EXPECT_EQ(looker.end("events", in_ms(20'000)), 0);
  rd_kafka_mock_partition_set_leader(brokers_, "events", 0, 2);
  rd_kafka_mock_broker_set_down(brokers_, 1);
  EXPECT_EQ(looker.end("events", in_ms(20'000)), 0);
}

TEST_F(LookerTest, AQuestionEndsInTimeWhoeverIsSilent) {
  Looker looker(settings_);
  EXPECT_EQ(looker.end("events", in_ms(20'000)), 0);
  rd_kafka_mock_broker_set_rtt(brokers_, -1, 60'000);
  const auto begin = steady_clock::now();
  EXPECT_THROW(looker.end("events", in_ms(1'000)), Unavailable);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(20));
}

}  // namespace
}  // namespace kinhub::kafka
