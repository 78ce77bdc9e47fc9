// How long events take from the connector to the notice, as this node's own parts tell it.
#include "hub/ground/journey_times.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

constexpr std::int64_t ms = 1'000;

Event event(std::int64_t received_at_us) {
  Event one;
  one.received_at_us = received_at_us;
  return one;
}

class JourneyTimesTest : public ::testing::Test {
 protected:
  std::int64_t count(const char* stage, const char* sink = "") {
    return times_.latency()[{stage, sink}].count();
  }
  std::int64_t sum_us(const char* stage, const char* sink = "") {
    return times_.latency()[{stage, sink}].sum_us();
  }
  JourneyTimes times_{{"file", "kafka"}};
};

TEST_F(JourneyTimesTest, EveryStageIsThereFromTheStart) {
  std::string stages;
  for (const auto& [stage, latency] : times_.latency())
    stages += stage.name + " " + stage.sink + ";";
  EXPECT_EQ(stages, "delivered file;delivered kafka;durable ;mapped ;stored ;");
}

TEST_F(JourneyTimesTest, EachStageCountsFromTheMomentTheHubHadTheEvent) {
  const std::vector<Event> events = {event(100 * ms), event(101 * ms)};
  times_.durable(events, 103 * ms);
  times_.stored({120 * ms, {{1, 100 * ms, 110 * ms, 0, 0}, {2, 101 * ms, 110 * ms, 0, 2}}});
  EXPECT_EQ(sum_us("durable"), (3 + 2) * ms);
  EXPECT_EQ(sum_us("mapped"), (10 + 9) * ms);
  EXPECT_EQ(sum_us("stored"), (20 + 19) * ms);
  times_.delivered("file", 1, 130 * ms);
  EXPECT_EQ(count("delivered", "file"), 0) << "the second of its two notices is not there yet";
  times_.delivered("file", 2, 141 * ms);
  EXPECT_EQ(sum_us("delivered", "file"), 40 * ms);
  EXPECT_EQ(count("delivered", "kafka"), 0) << "each sink by itself";
}

TEST_F(JourneyTimesTest, ARelayThatIsFasterThanTheTellingCountsAllTheSame) {
  times_.delivered("file", 5, 150 * ms);
  times_.stored({120 * ms, {{1, 100 * ms, 110 * ms, 4, 5}}});
  EXPECT_EQ(sum_us("delivered", "file"), 50 * ms);
}

TEST_F(JourneyTimesTest, WhatAnotherNodeDeliveredIsNotCountedWhenThisOneTakesOver) {
  times_.stored({120 * ms, {{1, 100 * ms, 110 * ms, 0, 1}}});
  times_.relayed_elsewhere("kafka");
  times_.stored({220 * ms, {{2, 200 * ms, 210 * ms, 1, 2}}});
  times_.delivered("kafka", 2, 3'600'000 * ms);
  EXPECT_EQ(count("delivered", "kafka"), 0) << "the other node delivered both, an hour ago";
  times_.stored({3'600'020 * ms, {{3, 3'600'000 * ms, 3'600'010 * ms, 2, 3}}});
  times_.delivered("kafka", 3, 3'600'050 * ms);
  EXPECT_EQ(count("delivered", "kafka"), 1) << "from then on it is measured";
  EXPECT_EQ(sum_us("delivered", "kafka"), 50 * ms);
}

TEST_F(JourneyTimesTest, ASinkThatIsAskedAgainWithoutNewsChangesNothing) {
  times_.stored({120 * ms, {{1, 100 * ms, 110 * ms, 0, 1}}});
  times_.delivered("kafka", 1, 130 * ms);
  times_.delivered("kafka", 1, 999 * ms);
  EXPECT_EQ(count("delivered", "kafka"), 1);
  EXPECT_EQ(sum_us("delivered", "kafka"), 30 * ms);
}

}  // namespace
}  // namespace kinhub
