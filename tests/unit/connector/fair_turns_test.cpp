#include "hub/connector/fair_turns.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

using std::chrono::milliseconds;

TEST(FairTurns, WhoHasUsedMoreWaitsWhileAnotherIsAtIt) {
  FairTurns turns;
  turns.begin("flood");
  turns.end("flood", milliseconds(5000));
  EXPECT_FALSE(turns.would_wait("flood")) << "alone it never waits";
  turns.begin("honest");
  EXPECT_TRUE(turns.would_wait("flood"));
  EXPECT_FALSE(turns.would_wait("honest"));
  EXPECT_FALSE(turns.would_wait("new"));
  turns.end("honest", milliseconds(1));
  EXPECT_FALSE(turns.would_wait("flood"));
}

TEST(FairTurns, LevelSourcesRunSideBySideAndTheIdleSaveUpNothing) {
  FairTurns turns;
  turns.begin("a");
  turns.begin("b");  // would block if it were a lock
  turns.end("a", milliseconds(100));
  turns.begin("idle");  // level with b from here on
  turns.end("b", milliseconds(1000));
  EXPECT_TRUE(turns.would_wait("b"));
  turns.end("idle", milliseconds(1000));
  turns.begin("b");
  EXPECT_FALSE(turns.would_wait("idle")) << "both have used a second since";
  turns.end("b", milliseconds(0));
}

}  // namespace
}  // namespace kinhub
