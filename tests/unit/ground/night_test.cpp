// The night round: when it is due, what is kept of it, when it is an alarm; and that only one run of a source
// is at work at a time.
#include "hub/ground/night.hpp"

#include <gmock/gmock.h>

#include "hub/ground/run_lock.hpp"
#include "tests/unit/ground/ground_fixture.hpp"

namespace kinhub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t minute_us = 60'000'000, hour_us = 60 * minute_us;
/// An hour of a day in Shanghai.
std::int64_t at(Date day, int hour, int minute = 0) {
  return day.days() * 24 * hour_us + (hour - 8) * hour_us + minute * minute_us;
}
const Date monday(2026, 11, 30);

TEST(NightDue, IsThatOfTodayOnceItsTimeHasCome) {
  NightConfig night;
  EXPECT_EQ(night_due(night, at(monday, 0)), monday);
  EXPECT_EQ(night_due(night, at(monday, 23, 59)), monday);
  night.at_minute = 150;
  EXPECT_EQ(night_due(night, at(monday, 2, 29)), monday.plus_days(-1));
  EXPECT_EQ(night_due(night, at(monday, 2, 30)), monday);
  EXPECT_EQ(night_due(night, at(monday.plus_days(1), 2, 29)), monday);
}

NightRoundDone round_of(Date day,
                        std::vector<NightStepDone> steps = {{NightStep::rights, "3 people", true, ""}}) {
  return {day, "me", at(day, 2, 30), at(day, 3), std::move(steps)};
}

TEST(NightAlarms, TellOfARoundThatWasNotDoneWhenItIsLate) {
  NightConfig night;
  night.at_minute = 150, night.late_hours = 3;
  const auto alarms = [&](const std::optional<NightRoundDone>& last, int hour,
                          const char* since = "2026-11-01") {
    return night_alarms(night, last, since, at(monday, hour, 29));
  };
  EXPECT_THAT(alarms(round_of(monday), 12), IsEmpty());
  EXPECT_THAT(alarms(round_of(monday.plus_days(-1)), 5), IsEmpty()) << "it may be under way";
  EXPECT_THAT(alarms(round_of(monday.plus_days(-1)), 6),
              ElementsAre(HasSubstr("of 2026-11-30 was not done")));
  EXPECT_THAT(alarms(round_of(monday.plus_days(-3)), 5),
              ElementsAre(HasSubstr("of 2026-11-29 was not done")));
  EXPECT_THAT(alarms({}, 6), ElementsAre(HasSubstr("of 2026-11-30 was not done")));
  auto begun = round_of(monday);
  begun.ended_us = 0;
  EXPECT_THAT(alarms(begun, 5), IsEmpty());
  EXPECT_THAT(alarms(begun, 6), ElementsAre(HasSubstr("of 2026-11-30 was not done")));
  EXPECT_THAT(alarms({}, 6, "2026-11-30"), ElementsAre(HasSubstr("was not done")));
  EXPECT_THAT(alarms({}, 5, "2026-11-30"), IsEmpty()) << "no round was due before there was a hub";
  EXPECT_THAT(alarms({}, 6, ""), IsEmpty()) << "no hub was ever at work";
}

TEST(NightAlarms, TellOfARoundThatDidNothingAndOfRunsThatStopped) {
  using reconcile::RunRecord;
  using reconcile::RunState;
  const auto run = [](const char* source, RunState state) {
    RunRecord run;
    run.id = 7, run.source = source, run.state = state, run.counts.corrected = 2;
    return run;
  };
  const auto alarms = [&](const std::vector<RunRecord>& runs, const std::vector<Error>& refused) {
    return night_alarms({}, round_of(monday, {summary_of(runs, refused)}), "2026-11-01", at(monday, 12));
  };
  EXPECT_THAT(alarms({run("police", RunState::done)}, {}), IsEmpty());
  EXPECT_THAT(alarms({}, {}), IsEmpty()) << "no source has a snapshot";
  EXPECT_THAT(alarms({run("police", RunState::not_whole)}, {}),
              ElementsAre(HasSubstr("did nothing for reconcile")));
  EXPECT_THAT(alarms({}, {{"SNAPSHOT_UNREADABLE", "gone", "police"}}),
              ElementsAre(HasSubstr("police [SNAPSHOT_UNREADABLE] could not be compared")));
  EXPECT_THAT(alarms({run("police", RunState::done), run("civil", RunState::braked)}, {}),
              ElementsAre(HasSubstr("civil (run 7) would change more than it may")));
  EXPECT_EQ(summary_of({run("police", RunState::done), run("civil", RunState::not_whole)}, {}).said,
            "1 of 2 sources compared, 2 records corrected");
}

TEST(NightAlarms, ARoundOfADayThatHasNotComeIsNone) {
  const auto early = round_of(monday.plus_days(30), {{NightStep::reconcile, "", false, "told for later"}});
  EXPECT_THAT(night_alarms({}, early, "2026-11-01", at(monday, 12)),
              ElementsAre(HasSubstr("of 2026-11-30 was not done")));
}

using NightTest = GroundTest;

TEST_F(NightTest, ARoundIsKeptAsItWas) {
  auto writing = store_->begin(Store::For::writing);
  EXPECT_FALSE(kept_round(writing->values()));
  const auto round = round_of(monday, {{NightStep::reconcile, "1 of 2", false, "police"},
                                       {NightStep::agreement, "30 people", true, ""}});
  keep_round(writing->values(), round);
  const auto kept = kept_round(writing->values());
  ASSERT_TRUE(kept);
  EXPECT_EQ(std::tuple(kept->day, kept->node, kept->begun_us, kept->ended_us),
            std::tuple(round.day, round.node, round.begun_us, round.ended_us));
  ASSERT_EQ(kept->steps.size(), 2U);
  EXPECT_EQ(kept->steps[0].step, NightStep::reconcile);
  EXPECT_EQ(std::tuple(kept->steps[0].said, kept->steps[0].worked, kept->steps[0].trouble),
            std::tuple(round.steps[0].said, false, "police"));
}

TEST_F(NightTest, TwoRunsOfOneSourceAtOnceAreRefused) {
  const auto here = ground();
  auto first = RunLock::take(here, "police");
  ASSERT_TRUE(first);
  const auto second = RunLock::take(here, "police");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "RUN_AT_WORK");
  EXPECT_TRUE(RunLock::take(here, "civil")) << "another source";
  first->reset();
  EXPECT_TRUE(RunLock::take(here, "police"));
}

TEST_F(NightTest, OnASharedStoreOneNodeAtATime) {
  config_.postgres.emplace();
  auto other_config = config_;
  other_config.data = scratch_.folder("other");
  const HubGround other{
      other_config, *log_, *store_, keys_, rules_, clock_, {}, "other", [](const std::string&) {}};
  const auto here = ground();
  auto first = RunLock::take(here, "police");
  ASSERT_TRUE(first);
  EXPECT_EQ(RunLock::take(other, "police").error().code, "RUN_AT_WORK");
  first->reset();
  auto second = RunLock::take(other, "police");
  ASSERT_TRUE(second);
  EXPECT_EQ(RunLock::take(here, "police").error().code, "RUN_AT_WORK");
  EXPECT_THAT(store_->nodes(), IsEmpty()) << "a run is no node that could process events";
}

}  // namespace
}  // namespace kinhub
