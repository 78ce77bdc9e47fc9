// What changed between two policy files, in words; reformatting is no change.

#include "hub/policy/meaning.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/places/places.hpp"

namespace kinhub {
namespace {

using ::testing::ElementsAre;

constexpr const char* rules = R"(policy: county
title: 县
region: "322228"
in_force: 2019-02-01 ..
published: 2019-01-24
calendar:
  age: on_birthday
  feb29: feb28
  month: any_day
  year: calendar_year, any_day
  death_day: counts_as_alive
  late: pay_from_event
  remarried: judged_by_self
  money: fen, half_up, per person and month
evidence:
  death: police_registration, certificate; or 2 sources
  own_death: police_registration
define:
  bereaved (失独): only child is dead
benefits:
  dead (死亡):
    clause: 一
    quote: 句
    for: each parent, while alive
    when: [bereaved, age line 49]
    amount:
      - {until: 2022-06-30, pay: 450 yuan per month}
      - {from: 2022-07-01, pay: 590 yuan per month}
  help (家政金):
    clause: 二
    quote: 句
    for: household
    when: [bereaved]
    amount:
      - {when: household is urban, pay: 300 yuan per year}
      - {otherwise: 200 yuan per year}
)";

std::string with(std::string text, std::string_view was, std::string_view becomes) {
  const auto at = text.find(was);
  EXPECT_NE(at, std::string::npos) << was;
  return at == std::string::npos ? text : text.replace(at, was.size(), becomes);
}

PolicySet set_of(const std::string& text) {
  const std::vector<PolicyText> texts{{"county.yaml", text}};
  auto read = PolicySet::read(texts);
  if (auto* errors = std::get_if<std::vector<Error>>(&read))
    throw std::runtime_error(describe(errors->front()));
  return std::move(std::get<PolicySet>(read));
}

std::vector<std::string> told(const std::string& before, const std::string& after) {
  std::vector<std::string> told;
  for (const auto& change : meaning_changes(set_of(before), set_of(after)))
    told.push_back(change.benefit + " " + change.english);
  return told;
}

TEST(Meaning, SaysWhatChangedBenefitByBenefit) {
  struct Case {
    const char *was, *becomes, *told;
  };
  const Case cases[] = {
      {"pay: 590", "pay: 610.5",
       "county/dead amount from 2022-07-01 on: 590.00 yuan per month becomes 610.50 yuan per month"},
      {"{from: 2022-07-01, pay: 590 yuan per month}",
       "{from: 2022-07-01, until: 2026-12-31, pay: 590 yuan per month}\n      - {from: 2027-01-01, pay: 610 "
       "yuan per month}",
       "county/dead amount from 2027-01-01 on: 590.00 yuan per month becomes 610.00 yuan per month"},
      {"age line 49", "age line 50", "county/dead condition asks 'age line 50' in place of 'age line 49'"},
      {"[bereaved, age line 49]", "[bereaved]", "county/dead condition no longer asks: age line 49"},
      {"[bereaved, age line 49]", "[bereaved, age line 49, household is urban]",
       "county/dead condition also asks: household is urban"},
      {"in_force: 2019-02-01 ..", "in_force: 2019-02-01 .. 2030-12-31",
       " in_force: '2019-02-01 .. ' becomes '2019-02-01 .. 2030-12-31'"},
      {"clause: 二", "clause: 三", "county/help clause: '二' becomes '三'"},
      {"quote: 句", "quote: 另一句", "county/dead quote: '句' becomes '另一句'"},
      {"month: any_day", "month: first_day", nullptr},
      {"for: household", "for: household, two after a divorce",
       "county/help for: 'household' becomes 'household, two after a divorce'"},
      {"pay: 300", "pay: 301", nullptr},
      {"or 2 sources", "or 3 sources", nullptr},
      {"published: 2019-01-24", "published: 2019-01-25", " published: '2019-01-24' becomes '2019-01-25'"},
      {"only child is dead", "\"only child is disabled, grade 1..3\"", nullptr},
  };
  for (const auto& one : cases) {
    const auto changes = told(rules, with(rules, one.was, one.becomes));
    ASSERT_FALSE(changes.empty()) << one.was;
    if (one.told) {
      EXPECT_THAT(changes, ElementsAre(one.told)) << one.was;
    }
    for (const auto& change : meaning_changes(set_of(rules), set_of(with(rules, one.was, one.becomes))))
      EXPECT_NE(change.chinese, "") << one.was;
  }
}

TEST(Meaning, ADefinitionIsToldOnceAndWhereItIsAsked) {
  const auto changes = told(rules, with(rules, "bereaved (失独): only child is dead",
                                        "bereaved (失独): [only child is dead, household is urban]"));
  EXPECT_THAT(changes, ElementsAre(" define bereaved also asks: household is urban",
                                   "county/dead condition: 'bereaved' means something else now",
                                   "county/help condition: 'bereaved' means something else now"));
}

TEST(Meaning, ADefinitionThatCameWentOrIsCalledOtherwise) {
  const std::string whole = rules;
  const auto more = with(rules, "define:\n", "define:\n  urban (城镇): household is urban\n");
  EXPECT_THAT(told(whole, more), ElementsAre(" define urban is new: household is urban"));
  EXPECT_THAT(told(more, whole), ElementsAre(" define urban is gone: household is urban"));
  auto renamed = with(more, "urban (城镇)", "townsfolk (城里)");
  EXPECT_THAT(told(more, renamed), ElementsAre(" define urban is called 'townsfolk' now"));
  EXPECT_THAT(told(more, with(more, "城镇", "城里")),
              ElementsAre(" define urban is called '城里' in Chinese now"));
  const auto changes =
      meaning_changes(set_of(more), set_of(with(more, "household is urban", "household is rural")));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].before, "household is urban");
  EXPECT_EQ(changes[0].after, "household is rural");
  EXPECT_EQ(changes[0].english, "define urban asks 'household is rural' in place of 'household is urban'");
}

TEST(Meaning, AClauseOrAQuoteOfADefinition) {
  const auto text =
      with(rules, "bereaved (失独): only child is dead",
           "bereaved (失独): {all: [only child is dead, household is urban], clause: 三, quote: 甲}");
  EXPECT_THAT(told(text, with(text, "clause: 三", "clause: 四")),
              ElementsAre(" define bereaved: '三 甲' becomes '四 甲'"));
  EXPECT_THAT(told(text, with(text, "quote: 甲", "quote: 乙")),
              ElementsAre(" define bereaved: '三 甲' becomes '三 乙'"));
  EXPECT_THAT(told(text, with(text, ", clause: 三, quote: 甲", "")),
              ElementsAre(" define bereaved: '三 甲' becomes nothing"));
}

TEST(Meaning, ConditionsInsideOneAnotherAreToldWithBothTexts) {
  const auto asks = [](const std::string& when) {
    return with(rules, "when: [bereaved, age line 49]", "when: " + when);
  };
  const auto any = asks("[bereaved, {any: [age line 49, household is urban]}]");
  const auto changes =
      meaning_changes(set_of(any), set_of(asks("[bereaved, {any: [age line 55, household is urban]}]")));
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes[0].before, "age line 49, or household is urban");
  EXPECT_EQ(changes[0].after, "age line 55, or household is urban");
  EXPECT_EQ(
      changes[0].english,
      "condition asks 'age line 55, or household is urban' in place of 'age line 49, or household is urban'");
  EXPECT_THAT(told(asks("[bereaved, {not: {any: [age line 49, household is urban]}}]"),
                   asks("[bereaved, {not: {any: [age line 49, household is rural]}}]")),
              ElementsAre("county/dead condition asks 'not: age line 49, or household is rural' in place of "
                          "'not: age line 49, or household is urban'"));
  // What a name stands for is said where the name alone would say nothing.
  const auto other = with(any, "bereaved (失独): only child is dead",
                          "bereaved (失独): \"only child is disabled, grade 1..3\"");
  const auto named = meaning_changes(set_of(any), set_of(other));
  ASSERT_EQ(named.size(), 3u);
  EXPECT_EQ(named[0].english,
            "define bereaved asks 'only child is disabled, grade 1..3' in place of 'only child is dead'");
  EXPECT_EQ(named[1].english, "condition: 'bereaved' means something else now");
  EXPECT_EQ(named[1].before, "bereaved (only child is dead)");
  EXPECT_EQ(named[1].after, "bereaved (only child is disabled, grade 1..3)");
}

TEST(Meaning, BenefitsAndVersionsThatCameAndWent) {
  const std::string whole = rules;
  const auto without = whole.substr(0, whole.find("  help (家政金)"));
  EXPECT_THAT(told(whole, without), ElementsAre("county/help 'help' is gone"));
  EXPECT_THAT(told(without, whole),
              ElementsAre("county/help 'help' is new: if household is urban: 300.00 yuan per year; "
                          "200.00 yuan per year, if bereaved"));
  const std::vector<PolicyText> two{{"a.yaml", with(rules, "2019-02-01 ..", "2019-02-01 .. 2026-12-31")},
                                    {"b.yaml", with(rules, "2019-02-01 ..", "2027-01-01 ..")}};
  const auto later = std::get<PolicySet>(PolicySet::read(two));
  const auto changes = meaning_changes(set_of(rules), later);
  ASSERT_EQ(changes.size(), 4u);
  EXPECT_EQ(changes[0].what, "in_force");
  EXPECT_EQ(changes[1].english, "'县' is new, in force from 2027-01-01 on");
  EXPECT_EQ(changes[1].chinese, "新增《县》，有效期自2027-01-01起");
}

TEST(Meaning, WhatIsOnlyWrittenDifferentlyIsNoDifference) {
  // Comments, blanks, quotes, order, flow and block, Chinese keys and words, a name for the same, nesting.
  const std::pair<const char*, const char*> rewritings[] = {
      {"title: 县", "# a comment\ntitle:   '县'   # another"},
      {"when: [bereaved, age line 49]", "when:\n      - age line 49\n      - bereaved"},
      {"when: [bereaved, age line 49]", "when: {all: [bereaved, {all: [age line 49]}]}"},
      {"when: [bereaved, age line 49]", "when: [only child is dead, age line 49]"},
      {"when: [bereaved, age line 49]", "条件: [失独, 女方年满49周岁(丧偶或离异按本人)]"},
      {"    clause: 一\n    quote: 句\n", "    quote: \"句\"\n    条款: 一\n"},
      {"pay: 450 yuan per month", "pay: 450.00 yuan per month"},
      {"pay: 590 yuan per month", "pay: 每月590元"},
      {"{from: 2022-07-01, pay: 590 yuan per month}",
       "{from: 2022-07-01, until: 2025-12-31, pay: 590 yuan per month}\n      - {from: 2026-01-01, pay: 590 "
       "yuan per month}"},
      {"for: household", "for: 每户"},
  };
  for (const auto& [was, becomes] : rewritings) {
    const auto text = with(rules, was, becomes);
    const std::vector<PolicyText> texts{{"county.yaml", text}};
    auto read = PolicySet::read(texts);
    if (std::holds_alternative<std::vector<Error>>(read)) {
      ADD_FAILURE() << describe(std::get<std::vector<Error>>(read).front()) << "\n" << becomes;
      continue;
    }
    EXPECT_THAT(told(rules, text), ElementsAre()) << becomes;
  }
}

TEST(Meaning, ShippedPoliciesMeanWhatTheyMean) {
  for (const char* folder : {"/mappings/policies", "/mappings/catalogue"}) {
    auto texts = std::get<std::vector<PolicyText>>(read_policy_texts(tests::source_dir() + folder));
    const auto one = std::get<PolicySet>(PolicySet::read(texts));
    std::ranges::reverse(texts);
    const auto other = std::get<PolicySet>(PolicySet::read(texts));
    EXPECT_TRUE(meaning_changes(one, other).empty());
  }
}

}  // namespace
}  // namespace kinhub
