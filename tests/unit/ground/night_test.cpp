// The night round: when it is due, what is kept of it, when it is an alarm; and that only one run of a source
// is at work at a time.
#include "hub/ground/night.hpp"

#include <gmock/gmock.h>

#include <fmt/format.h>

#include <fstream>

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
  auto same = run("police", RunState::not_whole);
  same.reasons = {{"SNAPSHOT_SAME", "", ""}};
  EXPECT_THAT(alarms({same}, {}), IsEmpty()) << "an agency may deliver once a week";
  EXPECT_EQ(summary_of({same}, {}).said,
            "0 of 1 sources compared, 0 records corrected, 1 delivered nothing new");
  same.reasons.push_back({"SNAPSHOT_SHRANK", "", ""});
  EXPECT_THAT(alarms({same}, {}), ElementsAre(HasSubstr("did nothing for reconcile")));
  EXPECT_TRUE(summary_of({}, {}, {"police"}).worked) << "somebody else is at it";
  EXPECT_THAT(summary_of({}, {}, {"police"}).said, HasSubstr("police waits for the run"));
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

/// Compared at night by what its agency delivers: the resident master of the police.
class NightSnapshots : public GroundTest {
 protected:
  NightSnapshots() {
    auto police = *config_.source("public-security");
    police.isolation = Isolation::in_process;  // this program is no connector's host
    police.settings = R"({"snapshot":")" + folder_.string() + R"("})";
    config_.sources = {police};
    config_.night.sources = {"public-security"};
    std::filesystem::create_directories(folder_);
  }
  void deliver(const char* night) {
    const auto name = fmt::format("CZRK_320812_{}020000_0001", night);
    std::ofstream(folder_ / (name + ".xml"))
        << "<?xml version=\"1.0\" encoding=\"GB18030\"?><root><head><sjblx>CZRK</sjblx><fssj>" << night
        << "020000</fssj><jls>1</jls></head><body><RECORD no=\"1\"><RYID>3208120000000600001</RYID>"
           "<RYNBID>3208120000000600001</RYNBID><GMSFHM>322228197701010021</GMSFHM><XM>A</XM><XBDM>2</XBDM>"
           "<MZDM>01</MZDM><CSRQ>19770101</CSRQ><RYZT>0</RYZT><SWRQ></SWRQ><FQ_XM></FQ_XM>"
           "<FQ_GMSFHM></FQ_GMSFHM><MQ_XM></MQ_XM><MQ_GMSFHM></MQ_GMSFHM><CSZMBH></CSZMBH>"
           "<PO_GMSFHM></PO_GMSFHM><SSXQDM>320812</SSXQDM><JCWHDM>320812001003</JCWHDM><HH>018000001</HH>"
           "<YHZGXDM>01</YHZGXDM><QYSJ>20000601</QYSJ><JLBZ>1</JLBZ><GXSJ>20261101080000</GXSJ></RECORD>"
           "</body></root>\n";
    std::ofstream(folder_ / (name + ".ok")) << "";
  }
  NightReconciled night(const HubGround& ground, std::optional<Date> day, std::stop_token stop = {}) {
    return reconcile_at_night(ground, day, std::move(stop), [](std::string_view) {});
  }

  const std::filesystem::path folder_ = scratch_.folder("snapshot");
};

TEST_F(NightSnapshots, ARunThatCameToItsEndIsNotedThoughAStopWasAskedFor) {
  deliver("20261128");
  std::stop_source stop;
  auto here = ground();
  here.reported = [&](const reconcile::RunRecord&) { stop.request_stop(); };
  const auto torn = night(here, monday, stop.get_token());
  ASSERT_EQ(torn.runs.size(), 1U) << torn.summary.trouble;
  EXPECT_EQ(torn.runs[0].state, reconcile::RunState::done);
  EXPECT_FALSE(torn.stopped) << "no source is left";
  // The run of another hand comes in between.
  {
    auto other = torn.runs[0];
    other.id = 2, other.state = reconcile::RunState::braked;
    auto writing = store_->begin(Store::For::writing);
    reconcile::put_run(writing->values(), other);
    writing->commit();
  }
  const auto told = night(ground(), monday);
  ASSERT_EQ(told.runs.size(), 1U);
  EXPECT_EQ(told.runs[0].id, torn.runs[0].id) << "what the night did, not what was done since";
  EXPECT_EQ(told.summary.said, torn.summary.said);
  const auto next = night(ground(), monday.plus_days(1));
  ASSERT_EQ(next.runs.size(), 1U);
  EXPECT_EQ(next.runs[0].state, reconcile::RunState::not_whole);
  EXPECT_TRUE(next.summary.worked && next.summary.trouble.empty()) << next.summary.trouble;
}

TEST_F(NightSnapshots, WhatKeptASourceFromItIsToldAgainForItsNight) {
  config_.sources[0].settings = R"({"snapshot":")" + (folder_ / "nowhere").string() + R"("})";
  const auto refused = night(ground(), monday);
  EXPECT_FALSE(refused.summary.worked);
  config_.sources[0].settings = R"({"snapshot":")" + folder_.string() + R"("})";
  deliver("20261128");
  EXPECT_EQ(night(ground(), monday).summary.trouble, refused.summary.trouble);
  EXPECT_EQ(night(ground(), monday.plus_days(1)).summary.trouble, "");
}

TEST_F(NightSnapshots, ASourceOverWhichARunIsAtWorkHasItsTurnLater) {
  deliver("20261128");
  const auto here = ground();
  auto other = RunLock::take(here, "public-security");
  ASSERT_TRUE(other);
  const auto waits = night(here, monday);
  EXPECT_THAT(waits.at_work, ElementsAre("public-security"));
  EXPECT_THAT(waits.refused, IsEmpty());
  EXPECT_EQ(waits.summary.trouble, "");
  other->reset();
  const auto done = night(here, monday);
  EXPECT_THAT(done.at_work, IsEmpty());
  EXPECT_EQ(done.runs.size(), 1U);
}

TEST_F(NightSnapshots, AStopBeforeTheTurnOfASourceNotesNothing) {
  deliver("20261128");
  std::stop_source stop;
  stop.request_stop();
  EXPECT_TRUE(night(ground(), monday, stop.get_token()).stopped);
  EXPECT_EQ(night(ground(), monday).runs.size(), 1U);
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
