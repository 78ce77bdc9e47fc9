// One night round, step by step: which are due, what becomes of one that fails, when the round is whole.
#include "hub/ground/night_round.hpp"

#include <gmock/gmock.h>

#include "tests/unit/ground/ground_fixture.hpp"

namespace kinhub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using enum NightStep;

constexpr std::int64_t minute_us = 60'000'000;
const Date monday(2026, 11, 30);

class NightRoundTest : public GroundTest {
 protected:
  NightRoundTest() {
    night_.steps = {reconcile, rights, identity};
    clock_.set((monday.days() * 24 - 7) * 60 * minute_us);  // one in the morning, in Shanghai
    write([](ValueShelf& values) { note_rounds_since(values, Date(2026, 11, 1)); });
  }
  template <class Work>
  void write(Work work) {
    auto writing = store_->begin(Store::For::writing);
    work(writing->values());
    writing->commit();
  }
  /// One look; the steps it began.
  std::vector<NightStep> look(Date today = monday) {
    begun_.clear();
    do_night_round({*store_, clock_, night_, "me", monday, today, scans_rights_, [&] { return goes_on_; },
                    [&](NightStep step, NightStepDone& done) {
                      begun_.push_back(step);
                      done.said = "worked";
                      return step_ ? step_(step, done) : StepEnd::done;
                    },
                    [&](const std::string& line) { notes_.push_back(line); }});
    return begun_;
  }
  NightRoundDone round() { return kept_round(store_->begin(Store::For::reading)->values()).value(); }
  std::string noted(NightStep step) {
    return step_done_on(store_->begin(Store::For::reading)->values(), step);
  }

  NightConfig night_;
  bool goes_on_ = true, scans_rights_ = true;
  std::function<StepEnd(NightStep, NightStepDone&)> step_;
  std::vector<NightStep> begun_;
  std::vector<std::string> notes_;
};

TEST_F(NightRoundTest, AStepThatFailsKeepsNoOtherFromBeingDone) {
  step_ = [](NightStep step, NightStepDone&) -> StepEnd {
    if (step == reconcile) throw std::runtime_error("cannot write the folder of reports");
    return StepEnd::done;
  };
  EXPECT_THAT(look(), ElementsAre(reconcile, rights, identity));
  EXPECT_EQ(noted(rights), monday.text());
  EXPECT_EQ(noted(reconcile), "");
  const auto failed = round();
  EXPECT_EQ(failed.ended_us, 0) << "it is not whole";
  EXPECT_FALSE(failed.steps[0].worked);
  EXPECT_THAT(night_alarms(night_, failed, "2026-11-01", clock_.now_us()),
              ElementsAre(HasSubstr("did nothing for reconcile: cannot write the folder of reports")));
  EXPECT_THAT(look(), IsEmpty()) << "not at once again";
  clock_.set(clock_.now_us() + 16 * minute_us);
  EXPECT_THAT(look(), ElementsAre(reconcile)) << "but later the same day";
  EXPECT_EQ(notes_.size(), 3U) << "that it fails as before is no news";
  clock_.set(clock_.now_us() + 16 * minute_us);
  step_ = nullptr;
  EXPECT_THAT(look(), ElementsAre(reconcile));
  EXPECT_EQ(noted(reconcile), monday.text());
  EXPECT_EQ(round().ended_us, clock_.now_us());
  EXPECT_THAT(night_alarms(night_, round(), "2026-11-01", clock_.now_us()), IsEmpty());
}

TEST_F(NightRoundTest, WhatWaitsForSomebodyElseIsTriedWithTheNextLook) {
  step_ = [](NightStep step, NightStepDone&) { return step == reconcile ? StepEnd::open : StepEnd::done; };
  EXPECT_THAT(look(), ElementsAre(reconcile, rights, identity));
  EXPECT_EQ(round().ended_us, 0);
  step_ = nullptr;
  EXPECT_THAT(look(), ElementsAre(reconcile));
  EXPECT_NE(round().ended_us, 0);
}

TEST_F(NightRoundTest, AStopNotesNothingOfTheStepItFalls) {
  step_ = [&](NightStep step, NightStepDone&) -> StepEnd {
    if (step != rights) return StepEnd::done;
    goes_on_ = false;
    throw std::runtime_error("torn off");
  };
  EXPECT_THAT(look(), ElementsAre(reconcile, rights));
  EXPECT_EQ(round().steps.size(), 1U);
  goes_on_ = true, step_ = nullptr;
  EXPECT_THAT(look(), ElementsAre(rights, identity));
}

TEST_F(NightRoundTest, IsWholeAlsoWhereItsLastStepWasNotedJustBeforeAStop) {
  look();
  auto torn = round();
  torn.ended_us = 0;
  write([&](ValueShelf& values) { keep_round(values, torn); });
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(round().ended_us, clock_.now_us());
  EXPECT_EQ(round().steps.size(), 3U);
}

TEST_F(NightRoundTest, IsNotWholeWhileRightsWaitForOnePolicy) {
  scans_rights_ = false;
  EXPECT_THAT(look(), ElementsAre(reconcile, identity));
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(round().ended_us, 0);
  scans_rights_ = true;
  EXPECT_THAT(look(), ElementsAre(rights));
  EXPECT_NE(round().ended_us, 0);
}

TEST_F(NightRoundTest, ADayThatHasNotComeIsNoDoneOne) {
  const auto future = monday.plus_days(30);
  write([&](ValueShelf& values) {
    for (const auto step : night_.steps)
      note_step(values, step, future, future);
    keep_round(values, {future, "me", 1, 2, {}});
  });
  EXPECT_THAT(look(), ElementsAre(reconcile, rights, identity));
  EXPECT_THAT(look(), IsEmpty());
  EXPECT_EQ(round().day, monday);
}

TEST_F(NightRoundTest, ADayBetweenTheDueOneAndTodayIs) {
  const auto today = monday.plus_days(1);
  write([&](ValueShelf& values) {
    note_step(values, rights, today, today);
    keep_round(values, {today, "me", 1, 0, {{rights, "by hand", true, ""}}});
  });
  EXPECT_THAT(look(today), ElementsAre(reconcile, identity));
  EXPECT_EQ(noted(rights), today.text());
  EXPECT_EQ(round().steps.size(), 3U) << "what was told of it stays";
}

TEST_F(NightRoundTest, AKeptRoundThatCannotBeReadKeepsNobodyFromTheirRights) {
  write([](ValueShelf& values) { values.put("night round", "torn"); });
  EXPECT_THAT(look(), ElementsAre(reconcile, rights, identity));
  EXPECT_THAT(notes_.front(), HasSubstr("cannot be read"));
  EXPECT_EQ(round().steps.size(), 3U);
}

TEST_F(NightRoundTest, ANewHubComparesFromItsSecondDayOn) {
  write([](ValueShelf& values) { note_rounds_since(values, monday); });
  EXPECT_THAT(look(), ElementsAre(rights, identity));
  EXPECT_EQ(round().steps[0].said, "from the next night on");
  EXPECT_EQ(noted(reconcile), monday.text());
}

}  // namespace
}  // namespace kinhub
