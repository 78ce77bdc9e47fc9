#include "hub/base/sleep.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace kinhub {
namespace {

TEST(Sleep, SaysThatTheTimeHasPassed) {
  EXPECT_TRUE(sleep_for(std::chrono::milliseconds(1), std::stop_token()));
}

TEST(Sleep, IsNotBegunWhenAStopWasAskedFor) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(sleep_for(std::chrono::hours(1), stop.get_token()));
}

TEST(Sleep, IsEndedByAStop) {
  bool slept = true;
  std::jthread sleeper([&](const std::stop_token& stop) { slept = sleep_for(std::chrono::hours(1), stop); });
  sleeper.request_stop();
  sleeper.join();
  EXPECT_FALSE(slept);
}

}  // namespace
}  // namespace kinhub
