#include <gtest/gtest.h>

#include "hub/policy/policy.hpp"
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

const PolicySet& shipped() {
  static const auto set = [] {
    auto read = PolicySet::read(kinhub::tests::source_dir() + "/mappings/policies");
    if (auto* errors = std::get_if<std::vector<Error>>(&read))
      throw std::runtime_error(describe(errors->front()));
    return std::move(std::get<PolicySet>(read));
  }();
  return set;
}

BenefitIndex death() {
  return *shipped().find("national-special-assistance/death");
}
BenefitIndex disability() {
  return *shipped().find("national-special-assistance/disability");
}

SituationPerson person(Sex sex, Date born) {
  return {sex, SituationPerson::Born{born, born}, {}};
}

// A mother of 1960 whose only child, born 1990, died on 2023-05-05; all records complete.
Situation bereaved_mother() {
  Situation s;
  s.people = {person(Sex::female, Date(1960, 1, 1)), person(Sex::male, Date(1990, 1, 1))};
  s.people[1].died = SituationPerson::Died{Date(2023, 5, 5), Certainty::sure, 0};
  s.causes = {{Cause::What::death, 1, Date(2023, 5, 5), 0}};
  s.children = {{1, ChildRelation::born, {Date(1990, 1, 1), Date::forever()}}};
  s.coverage = {{}, {}, {}, {}};
  return s;
}

std::vector<Entitlement> only(const std::vector<Entitlement>& all, BenefitIndex benefit) {
  std::vector<Entitlement> some;
  for (const auto& one : all)
    if (one.benefit == benefit) some.push_back(one);
  return some;
}

TEST(TimelineEngine, ADisputedDeathBesideAHealthyChildLeavesNoRightOpen) {
  auto s = bereaved_mother();
  s.people[1].died->certainty = Certainty::possible;
  s.disabilities = {{1, 3, {Date(2015, 1, 1), Date::forever()}, Certainty::sure}};
  s.people.push_back(person(Sex::female, Date(2020, 1, 1)));
  s.children.push_back({2, ChildRelation::adopted, {Date(2024, 2, 1), Date::forever()}});
  // Dead or alive, with the adoption there is a healthy child.
  const Interval open{Date(2023, 5, 5), Date(2024, 2, 1)};
  auto disabled = only(shipped().evaluate(s), disability());
  ASSERT_FALSE(disabled.empty());
  EXPECT_EQ(disabled.back().when, open);
  auto dead = only(shipped().evaluate(s), death());
  ASSERT_EQ(dead.size(), 1u);
  EXPECT_EQ(dead[0].when, open);
  std::swap(s.children[0], s.children[1]);
  EXPECT_EQ(only(shipped().evaluate(s), disability()).back().when, open);
}

TEST(ShippedPolicies, PassTheirOwnTests) {
  auto report = shipped().test();
  for (const auto& error : report.failed)
    ADD_FAILURE() << describe(error);
  EXPECT_GE(report.passed, 40u);
}

TEST(ShippedPolicies, TestEveryClauseBothWaysAndSayWhatFollowsTheDistrictRule) {
  for (const auto& notice : shipped().notices())
    EXPECT_EQ(notice.code, "POLICY_GAP") << describe(notice);
  ASSERT_EQ(shipped().notices().size(), 1u);
  EXPECT_NE(shipped().notices()[0].text.find(
                "from 2022-02-01 applies: allowance dead: national-special-assistance/death"),
            std::string::npos);
}

TEST(Evaluate, RightBeginsOnTheDeathDayWithTheRecordedCause) {
  auto found = only(shipped().evaluate(bereaved_mother()), death());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].when, (Interval{Date(2023, 5, 5), Date::forever()}));
  EXPECT_EQ(found[0].amount, (Amount{59000, Per::month}));
  EXPECT_EQ(found[0].certainty, Certainty::sure);
  EXPECT_EQ(found[0].starts_because, (Cause{Cause::What::death, 1, Date(2023, 5, 5), 0}));
}

TEST(Evaluate, NothingForSomeoneWithoutPeopleOrChildren) {
  EXPECT_TRUE(shipped().evaluate(Situation{}).empty());
  Situation alone;
  alone.people = {person(Sex::female, Date(1960, 1, 1))};
  EXPECT_TRUE(only(shipped().evaluate(alone), death()).empty());
}

TEST(Evaluate, BrokenIndicesAreNobody) {
  auto s = bereaved_mother();
  s.marriages.push_back({77, {Date(1985, 1, 1), Date::forever()}});
  s.marriages.push_back({-5, {Date(1985, 1, 1), Date::forever()}});
  s.children.push_back({99, ChildRelation::born, {Date(1992, 1, 1), Date::forever()}});
  s.disabilities.push_back({42, 2, {Date(1992, 1, 1), Date::forever()}});
  s.children[0].other_parent = 1000;
  s.people[1].died->cause = 31000;
  auto found = only(shipped().evaluate(s), death());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].starts_because.what, Cause::What::death);
}

TEST(Evaluate, InvertedAndEmptySpansHoldNothing) {
  auto s = bereaved_mother();
  s.people[1].died.reset();
  s.disabilities = {{1, 2, {Date(2020, 1, 1), Date(2019, 1, 1)}},
                    {1, 2, {Date(2021, 1, 1), Date(2021, 1, 1)}}};
  EXPECT_TRUE(only(shipped().evaluate(s), disability()).empty());
}

// A long history of re-assessments needs more than one word of segments.
class LongHistory : public ::testing::TestWithParam<int> {};

TEST_P(LongHistory, GivesEverySpanOfGradeThree) {
  auto s = bereaved_mother();
  s.people[1].died.reset();
  int spans = GetParam();
  Date day(2010, 1, 1);
  for (int i = 0; i < spans; ++i, day = day.plus_days(7))
    s.disabilities.push_back({1, i % 2 ? 4 : 3, {day, day.plus_days(7)}});
  auto found = only(shipped().evaluate(s), disability());
  std::vector<Interval> expected;
  for (int i = 0; i < spans; i += 2) {
    Date from = Date(2010, 1, 1).plus_days(7 * i), until = from.plus_days(7);
    Date raise(2022, 7, 1);
    if (from < raise && raise < until)
      expected.push_back({from, raise}), expected.push_back({raise, until});
    else
      expected.push_back({from, until});
  }
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    ASSERT_EQ(found[i].when, expected[i]) << i;
}

INSTANTIATE_TEST_SUITE_P(Cuts, LongHistory,
                         ::testing::Values(1, 50, 61, 62, 63, 64, 65, 128, 250, 600, 2500));

TEST(Evaluate, RefusesASituationThatIsNoFamily) {
  auto s = bereaved_mother();
  for (int i = 0; i < 40'000; ++i)
    s.disabilities.push_back({1, 3, {Date::from_days(-200'000 + 2 * i), Date::from_days(-199'999 + 2 * i)}});
  EXPECT_THROW(shipped().evaluate(s), std::length_error);
}

TEST(Evaluate, FatherWithoutKnownMotherOrMarriageIsPending) {
  auto s = bereaved_mother();
  s.people[0].sex = Sex::male;
  s.coverage.marriages = {Date::beginning(), Date::beginning()};
  auto found = only(shipped().evaluate(s), death());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].certainty, Certainty::possible);
  EXPECT_EQ(found[0].pending, std::vector<std::string>{"marriage"});
}

TEST(Evaluate, MotherNeedsNoMarriageRecords) {
  auto s = bereaved_mother();
  s.coverage.marriages = {Date::beginning(), Date::beginning()};
  EXPECT_EQ(only(shipped().evaluate(s), death())[0].certainty, Certainty::sure);
}

TEST(Evaluate, UnknownSexIsPendingOnlyWhereTheBranchesDiffer) {
  auto s = bereaved_mother();
  s.people[0].sex = Sex::unknown;
  EXPECT_EQ(only(shipped().evaluate(s), death())[0].certainty,
            Certainty::sure);  // single: own age either way
  s.people.push_back(person(Sex::female, Date(1980, 1, 1)));
  s.marriages = {{2, {Date(2000, 1, 1), Date::forever()}}};
  auto found = only(shipped().evaluate(s), death());
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found[0].certainty, Certainty::possible);
  EXPECT_EQ(found[0].pending, std::vector<std::string>{"sex"});
}

TEST(Evaluate, PendingNamesEveryThingItWaitsFor) {
  auto s = bereaved_mother();
  s.people[1].died->certainty = Certainty::possible;
  s.coverage.children = {Date::beginning(), Date::beginning()};
  auto found = only(shipped().evaluate(s), death());
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].pending, (std::vector<std::string>{"death disputed", "no other living child"}));
}

TEST(Evaluate, KnownLivingChildIsNotPendingButNotMet) {
  auto s = bereaved_mother();
  s.coverage.children = {Date::beginning(), Date::beginning()};
  s.people.push_back(person(Sex::female, Date(2000, 1, 1)));
  s.children.push_back({2, ChildRelation::born, {Date(2000, 1, 1), Date::forever()}});
  EXPECT_TRUE(only(shipped().evaluate(s), death()).empty());
}

TEST(Evaluate, IsTheSameOnEveryCall) {
  auto s = bereaved_mother();
  auto first = shipped().evaluate(s);
  shipped().evaluate(Situation{});
  EXPECT_EQ(shipped().evaluate(s), first);
}

TEST(Explain, ShowsTheConditionsAsTheFileWordsThemWithClauseQuoteAndCause) {
  auto why = shipped().explain(bereaved_mother(), death(), Date(2023, 5, 4));
  EXPECT_EQ(why.value, Explanation::Value::not_met);
  EXPECT_EQ(why.condition, "特别扶助金-死亡");
  EXPECT_EQ(why.clause, "N04,N11");
  EXPECT_NE(why.quote.find("590元"), std::string::npos);
  const Explanation* bereaved = nullptr;
  for (const auto& part : why.parts)
    if (part.condition == "bereaved") bereaved = &part;
  ASSERT_NE(bereaved, nullptr);
  EXPECT_EQ(bereaved->value, Explanation::Value::not_met);
  ASSERT_EQ(bereaved->parts.size(), 2u);
  EXPECT_EQ(bereaved->parts[0].condition, "special family");
  EXPECT_EQ(bereaved->parts[0].clause, "N03,N04");
  EXPECT_EQ(bereaved->parts[1].condition, "only child is dead");
  ASSERT_EQ(bereaved->parts[1].causes.size(), 1u);  // what will open it
  EXPECT_EQ(bereaved->parts[1].causes[0], (Cause{Cause::What::death, 1, Date(2023, 5, 5), 0}));
  EXPECT_EQ(shipped().explain(bereaved_mother(), death(), Date(2023, 5, 5)).value, Explanation::Value::met);
}

// "What would have to be so": the smallest set, in the words of the file or in Chinese.
TEST(Explain, TellsTheSmallestSetOfConditionsThatWouldHaveToBeSo) {
  const auto why = shipped().explain(bereaved_mother(), death(), Date(2023, 5, 4));
  EXPECT_EQ(missing(why, false), (std::vector<std::string>{"only child is dead"}))
      << "of dead or disabled the one that bereaved asks for anyway";
  EXPECT_EQ(missing(why, true), std::vector<std::string>{"独生子女死亡"});
  EXPECT_TRUE(missing(shipped().explain(bereaved_mother(), death(), Date(2023, 5, 5)), true).empty());
  auto young = bereaved_mother();
  young.people[0].born = SituationPerson::Born{Date(1990, 1, 1), Date(1990, 1, 1)};
  EXPECT_EQ(missing(shipped().explain(young, death(), Date(2024, 1, 1)), true),
            std::vector<std::string>{"女方年满49周岁(丧偶或离异按本人)"});
  const auto home = *shipped().find("zhoucun-special-families-2019/home-help");
  EXPECT_EQ(missing(shipped().explain(bereaved_mother(), home, Date(2024, 1, 1)), true),
            (std::vector<std::string>{"政策有效期2019-02-01至2022-01-31", "户籍在370306"}));
}

TEST(Explain, SaysUnknownWhereTheRecordDoesNotKnow) {
  auto s = bereaved_mother();
  s.coverage.children = {Date::beginning(), Date::beginning()};
  EXPECT_EQ(shipped().explain(s, death(), Date(2024, 1, 1)).value, Explanation::Value::unknown);
}

TEST(NextChange, IsTheFirstEdgeAfterTheDay) {
  auto s = bereaved_mother();
  s.people[0] = person(Sex::female, Date(1980, 8, 8));
  auto timeline = shipped().evaluate(s);
  auto next = next_change(timeline, Date(2026, 1, 1));
  ASSERT_TRUE(next);
  EXPECT_EQ(next->on, Date(2029, 8, 8));
  EXPECT_EQ(next->because, (Cause{Cause::What::own_age, 0, Date(2029, 8, 8), 49}));
  EXPECT_FALSE(next_change(timeline, Date(2029, 8, 8)));
}

}  // namespace
}  // namespace kinhub
