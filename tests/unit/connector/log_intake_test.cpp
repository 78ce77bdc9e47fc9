#include "hub/connector/log_intake.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source_fixture.hpp"

namespace kinhub {
namespace {

using ::testing::ElementsAre;

class LogIntakeTest : public SourceFixture {
 protected:
  static Harvest harvest(std::vector<std::string> bodies, std::string position = "",
                         std::optional<std::int64_t> complete_until_us = {}) {
    Harvest harvest;
    for (auto& body : bodies) {
      Event event;
      event.body = std::move(body);
      harvest.events.push_back(std::move(event));
    }
    harvest.position = std::move(position);
    harvest.complete_until_us = complete_until_us;
    return harvest;
  }

  const SourceOptions options_ = options("{}");
  StatusBoard board_;
  LogIntake intake_{options_, log_, clock_, board_};
};

TEST_F(LogIntakeTest, OneHarvestIsOneAppendWithItsCheckpoint) {
  intake_.expect(LogIntake::Mode::stream);
  ASSERT_TRUE(intake_.commit(harvest({"0", "1"}, "p1")));
  EXPECT_EQ(log_.appends, 1);
  EXPECT_EQ(numbers(), count_to(2));
  EXPECT_EQ(logged()[0].source, "police-1");
  EXPECT_EQ(log_.checkpoint("police-1"), "p1");
  EXPECT_EQ(board_.status.events, 2);
  EXPECT_EQ(board_.status.last_event_at_us, clock_.now_us());
}

TEST_F(LogIntakeTest, WhatIsDurableIsToldWithItsTimeAndWhatWasRefusedIsNot) {
  std::vector<std::string> told;
  auto telling = options_;
  telling.durable = [&](std::span<const Event> events, std::int64_t now_us) {
    for (const auto& event : events)
      told.push_back(event.body + (now_us == clock_.now_us() ? " now" : " at another time"));
  };
  LogIntake intake(telling, log_, clock_, board_);
  intake.expect(LogIntake::Mode::stream);
  ASSERT_TRUE(intake.commit(harvest({"0", "1"}, "p1")));
  EXPECT_THAT(told, ElementsAre("0 now", "1 now"));
  log_.refuse = 1;
  EXPECT_FALSE(intake.commit(harvest({"2"}, "p2")));
  EXPECT_EQ(told.size(), 2u);
}

TEST_F(LogIntakeTest, WhatTheLogRefusedIsNotCountedAndSaysWhy) {
  log_.refuse = 1;
  intake_.expect(LogIntake::Mode::stream);
  EXPECT_FALSE(intake_.commit(harvest({"0"}, "p1")));
  EXPECT_EQ(intake_.failure(), "the disk is full");
  EXPECT_FALSE(intake_.log_is_damaged());
  EXPECT_EQ(board_.status.events, 0);
  EXPECT_EQ(log_.checkpoint("police-1"), "");
  log_.damaged = true;
  EXPECT_FALSE(intake_.commit(harvest({"0"}, "p1")));
  EXPECT_TRUE(intake_.log_is_damaged());
  intake_.expect(LogIntake::Mode::stream);
  EXPECT_EQ(intake_.failure(), "");
  EXPECT_FALSE(intake_.thrown());
}

TEST_F(LogIntakeTest, ASnapshotMovesItsOwnCursorAndKeepsTheWatermark) {
  intake_.begin_snapshot();
  intake_.expect(LogIntake::Mode::snapshot);
  ASSERT_TRUE(intake_.commit(harvest({"0"}, "c1", 42)));
  EXPECT_EQ(log_.checkpoint(snapshot_name("police-1")), "c1");
  EXPECT_EQ(log_.checkpoint("police-1"), "");
  EXPECT_EQ(intake_.watermark_us(), 42);
  EXPECT_EQ(logged().size(), 1u) << "the runner, not the intake, says that a snapshot is complete";
}

TEST_F(LogIntakeTest, AClaimOfCompletenessEndsAtItsReceipt) {
  constexpr std::int64_t end_of_time = 253'402'271'999'000'000, minute_us = 60'000'000;
  intake_.expect(LogIntake::Mode::stream);
  ASSERT_TRUE(intake_.commit(harvest({"0"}, "p1", end_of_time)));
  EXPECT_EQ(logged().back().occurred_at_us, clock_.now_us());
  EXPECT_EQ(board_.status.complete_until_us, clock_.now_us());
  clock_.set(clock_.now_us() + 2 * minute_us);
  ASSERT_TRUE(intake_.commit(harvest({"1"}, "p2", clock_.now_us() - minute_us)));
  EXPECT_EQ(logged().back().occurred_at_us, clock_.now_us() - minute_us) << "a later, lower one counts";
  intake_.begin_snapshot();
  intake_.expect(LogIntake::Mode::snapshot);
  ASSERT_TRUE(intake_.commit(harvest({"2"}, "c1", end_of_time)));
  EXPECT_EQ(intake_.watermark_us(), clock_.now_us());
  std::lock_guard lock(notes_mutex_);
  ASSERT_EQ(notes_.size(), 1u) << "said once, not at every claim";
  EXPECT_NE(notes_[0].find("beyond the present"), std::string::npos);
}

TEST_F(LogIntakeTest, TheRecordThatIsSkippedGoesToQuarantineWithTheDeath) {
  intake_.expect(LogIntake::Mode::skip, "killed by signal 11");
  ASSERT_TRUE(intake_.commit(harvest({"0"}, "p1")));
  auto events = logged();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].kind, EventKind::rejected);
  EXPECT_EQ(events[0].code, "PLUGIN_CRASHED");
  EXPECT_EQ(events[0].detail, "killed by signal 11");
  EXPECT_EQ(intake_.rejected(), 1);
}

TEST_F(LogIntakeTest, CapturedFilesAreGatheredUntilTheyAreFlushed) {
  intake_.expect(LogIntake::Mode::capture);
  ASSERT_TRUE(intake_.commit(harvest({"0"}, "p1", 42)));
  ASSERT_TRUE(intake_.commit(harvest({"1"})));
  EXPECT_EQ(intake_.taken(), 2);
  EXPECT_EQ(intake_.harvested(), 0);
  EXPECT_FALSE(intake_.all_written());
  EXPECT_EQ(log_.appends, 0);
  ASSERT_TRUE(intake_.write_gathered());
  EXPECT_TRUE(intake_.all_written());
  EXPECT_EQ(log_.appends, 1);
  EXPECT_EQ(numbers(), count_to(2));
  EXPECT_EQ(log_.checkpoint("police-1"), "");
}

}  // namespace
}  // namespace kinhub
