#include "tests/agencies/demo/demo_truth.hpp"

#include <gtest/gtest.h>

namespace kinhub::demo {
namespace {

const char* const number = "322228197503120246";
const char* const death = "national-special-assistance/death";

TrueRight right(bool sure = true) {
  return {number, death, {Date(2026, 11, 1), Date::forever()}, 59000, sure};
}

LeadView lead() {
  LeadView made;
  made.id = "L1";
  made.kind = "new";
  made.state = "open";
  made.benefit = death;
  made.person.citizen_id = number;
  made.when = {Date(2026, 11, 1), Date::forever()};
  made.amount = AmountView{59000, "month"};
  made.certainty = "sure";
  made.timeline = {{made.when, made.amount, "sure"}};
  return made;
}

template <class Change>
LeadView lead_but(Change change) {
  auto made = lead();
  change(made);
  return made;
}

std::string words(const Truth& truth, const std::vector<LeadView>& leads) {
  std::string text;
  for (const auto& one : judge(truth, leads))
    text += one.finding == Finding::found ? "found " : one.finding == Finding::missed ? "missed " : "wrong ";
  return text;
}

TEST(Judge, ComparesLeadsWithTheTruth) {
  const Truth one{{right()}, {}}, none{}, over{{}, {right()}}, open{{right(false)}, {}};
  struct Case {
    const char* name;
    const Truth& truth;
    std::vector<LeadView> leads;
    const char* expected;
  };
  for (const auto& [name, truth, leads, expected] : {
           Case{"the same", one, {lead()}, "found "},
           {"no lead", one, {}, "missed "},
           {"a closed lead is none", one, {lead_but([](auto& l) { l.state = "closed"; })}, "missed "},
           {"another first day",
            one,
            {lead_but([](auto& l) { l.timeline[0].when.from = Date(2026, 12, 1); })},
            "wrong "},
           {"another amount", one, {lead_but([](auto& l) { l.timeline[0].amount->fen = 46000; })}, "wrong "},
           {"an older rate before it",
            one,
            {lead_but([](auto& l) {
              l.timeline.insert(l.timeline.begin(),
                                {{Date(2026, 11, 1), Date(2026, 11, 5)}, AmountView{45000, "month"}, "sure"});
              l.timeline[1].when.from = Date(2026, 11, 5);
            })},
            "found "},
           {"an earlier right, over",
            one,
            {lead_but([](auto& l) {
              l.timeline.insert(l.timeline.begin(),
                                {{Date(2020, 1, 1), Date(2021, 1, 1)}, AmountView{45000, "month"}, "sure"});
            })},
            "found "},
           {"another kind", one, {lead_but([](auto& l) { l.kind = "ended"; })}, "wrong "},
           {"pending, truly sure",
            one,
            {lead_but([](auto& l) { l.certainty = l.timeline[0].certainty = "pending"; })},
            "wrong "},
           {"another benefit", one, {lead_but([](auto& l) { l.benefit = "x/y"; })}, "missed wrong "},
           {"two open leads", one, {lead(), lead()}, "wrong found "},
           {"never true", none, {lead()}, "wrong "},
           {"never true, but pending",
            none,
            {lead_but([](auto& l) { l.certainty = l.timeline[0].certainty = "pending"; })},
            ""},
           {"over: arrears", over, {lead()}, ""},
           {"over: no lead", over, {}, ""},
           {"open: pending",
            open,
            {lead_but([](auto& l) { l.certainty = l.timeline[0].certainty = "pending"; })},
            ""},
           {"open: no lead", open, {}, ""},
           {"open: sure", open, {lead()}, "wrong "},
       })
    EXPECT_EQ(words(truth, leads), expected) << name;
}

TEST(ReadTruth, ReadsWhatTheSimulatorWrites) {
  auto truth = read_truth(
      R"({"entitled": [{"citizen_number": "322228197503120246", "benefit": "b",
    "from": "2026-11-01", "until": null,
    "fen_per_month": 59000, "sure_expected": true, "why": "x"}],
    "past": [{"citizen_number": "322228197503120246", "benefit": "b",
    "from": "2025-11-01", "until": "2026-01-01", "fen_per_month": 1,
    "sure_expected": false, "why": ""}], "future": []})");
  ASSERT_TRUE(truth);
  EXPECT_EQ(truth->entitled[0].when, (Interval{Date(2026, 11, 1), Date::forever()}));
  EXPECT_FALSE(truth->past[0].sure);
  for (auto text : {"", "{}", "[]", R"({"entitled": [{}], "past": []})", R"({"entitled": [1], "past": []})"})
    EXPECT_EQ(read_truth(text).error().code, "TRUTH") << text;
}

}  // namespace
}  // namespace kinhub::demo
