// Two policy sets side by side: who wins, who loses, what only moves; and sums that are priced anew without
// an evaluation.

#include "hub/policy/what_if.hpp"

#include <gtest/gtest.h>

#include "hub/policy/file_tests.hpp"
#include "tests/places/places.hpp"
#include "tests/property/policy_people.hpp"

namespace kinhub {
namespace {

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
    amount: 610 yuan per month
  grant (一次性):
    clause: 一
    quote: 句
    for: household
    once on: death of the only child
    when: [bereaved]
    amount: 2000 yuan
  help (家政金):
    clause: 一
    quote: 句
    for: household
    when: [bereaved]
    amount: 300 yuan per year
)";

constexpr const char* family =
    "wife born 1970-05-20; husband born 1968-01-02; couple married 1992-10-01; child born 1994-03-03, died "
    "2020-11-11; household registered 322228 from 1990-01-01";

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

/// What changes for a family in the year 2020: "dead wife more 0 -> 8; ..."; what stays is not told.
struct Told {
  std::string text;
  WhatIfSums sums;
  bool repriced = false;
};
Told told(const std::string& before, const std::string& after, const std::string& facts = family,
          Interval months = {Date(2020, 1, 1), Date(2021, 1, 1)}) {
  const auto was = set_of(before), is = set_of(after);
  const PolicyPair pair(was, is);
  const auto read = policy::read_facts(facts, {});
  EXPECT_TRUE(read) << read.error().text;
  Told found{"", WhatIfSums(pair.benefits().size(), months), pair.repriced()};
  for (const auto& [who, situation] : {std::pair("wife", read->wife), std::pair("husband", read->husband)}) {
    if (!situation) continue;
    const auto timelines = pair.evaluate(*situation);
    EXPECT_EQ(timelines.before, was.evaluate(*situation));
    const auto changes = changes_of(pair, timelines, months);
    found.sums.add(changes, [](Date) { return "322228"; });
    for (const auto& change : changes)
      if (change.kind != RightChange::Kind::same)
        found.text += (found.text.empty() ? "" : "; ") + pair.benefits()[change.benefit].id.substr(7) + " " +
                      who + " " + std::string(name_of(change.kind)) + " " +
                      std::to_string(change.fen_before / 100) + " -> " +
                      std::to_string(change.fen_after / 100);
  }
  return found;
}

TEST(WhatIf, SaysWhoWinsAndWhoLoses) {
  struct Case {
    const char *what, *was, *becomes, *told;
    bool repriced;
  };
  // From November, when the only child dies, two months; the household's year; the one-off.
  const Case cases[] = {
      {"nothing", "title: 县", "title: 县城", "", true},
      {"another quote", "quote: 句", "quote: 另一句", "", true},
      {"a higher sum", "610 yuan", "700.50 yuan",
       "dead wife more 1220 -> 1401; dead husband more 1220 -> 1401", true},
      {"a lower sum", "610 yuan", "1 yuan", "dead wife less 1220 -> 2; dead husband less 1220 -> 2", true},
      {"a household counts once", "300 yuan per year", "301 yuan per year", "help wife more 300 -> 301",
       true},
      {"a one-off", "2000 yuan", "1999.99 yuan", "grant wife less 2000 -> 1999", true},
      {"a sum from a day on", "amount: 610 yuan per month",
       "amount:\n      - {until: 2020-11-30, pay: 610 yuan per month}\n      - {from: 2020-12-01, pay: 620 "
       "yuan "
       "per month}",
       "dead wife more 1220 -> 1230; dead husband more 1220 -> 1230", true},
      {"the months that are paid", "month: any_day", "month: first_day",
       "dead wife less 1220 -> 610; dead husband less 1220 -> 610", true},
      {"an age", "age line 49", "age line 51", "dead wife less 1220 -> 0; dead husband less 1220 -> 0",
       false},
      {"one word less", "when: [bereaved, age line 49]", "when: [bereaved]", "", false},
      {"a word that is not known", "when: [bereaved, age line 49]",
       "when: [bereaved, this parent draws resident pension]",
       "dead wife less 1220 -> 0; dead husband less 1220 -> 0", false},
      {"the household becomes each parent's", "for: household\n    when: [bereaved]\n    amount: 300",
       "for: each parent, while alive\n    when: [bereaved]\n    amount: 300", "help husband more 0 -> 300",
       false},
      {"its end", "2019-02-01 ..", "2019-02-01 .. 2020-11-30",
       "dead wife less 1220 -> 610; dead husband less 1220 -> 610", false},
      {"a year that becomes months", "300 yuan per year", "25 yuan per month", "help wife less 300 -> 50",
       false},
  };
  for (const auto& one : cases) {
    const auto found = told(rules, with(rules, one.was, one.becomes));
    EXPECT_EQ(found.text, one.told) << one.what;
    EXPECT_EQ(found.repriced, one.repriced) << one.what;
    EXPECT_EQ(found.sums.unchanged(), found.text.empty()) << one.what;
  }
}

TEST(WhatIf, AYearThatFallsIntoJanuaryCountsThere) {
  const auto found = told(rules, with(rules, "300 yuan", "400 yuan"));
  const auto& cells = found.sums.areas().at("322228");
  const auto& help = cells[2 * 12];  // January of the third benefit
  EXPECT_EQ(help, (CellSums{1, 1, 30000, 40000, 0, 0}));
  EXPECT_EQ(cells[1 * 12 + 10], (CellSums{1, 1, 200000, 200000, 0, 0})) << "the one-off in November";
  EXPECT_EQ(cells[0 * 12 + 9], CellSums{}) << "nobody before the child died";
  EXPECT_EQ(cells[0 * 12 + 10], (CellSums{2, 2, 122000, 122000, 0, 0}));
}

TEST(WhatIf, MovesWhatIsPaidInOtherMonths) {
  const auto* edge =
      "wife born 1970-05-20; husband born 1968-01-02; couple married 1992-10-01; child born "
      "1994-03-03, died 2020-10-15; wife registered 322228 from 1990-01-01 until 2020-11-15; "
      "husband registered 322228 from 1990-01-01 until 2020-11-15";
  const auto found = told(with(rules, "month: any_day", "month: first_day"),
                          with(rules, "month: any_day", "month: last_day"), edge);
  EXPECT_EQ(found.text, "dead wife moved 610 -> 610; dead husband moved 610 -> 610");
  EXPECT_EQ(found.sums.all().moved, 2);
  EXPECT_EQ(found.sums.all().winners + found.sums.all().losers, 0);
}

TEST(WhatIf, CountsEachPersonOnceInAll) {
  const auto found = told(rules, with(with(rules, "610 yuan", "600 yuan"), "2000 yuan", "3000 yuan"));
  EXPECT_EQ(found.text,
            "dead wife less 1220 -> 1200; grant wife more 2000 -> 3000; dead husband less 1220 -> 1200");
  const auto& all = found.sums.all();
  EXPECT_EQ(all.people_before, 2);
  EXPECT_EQ(all.winners, 1) << "the wife, on whom the household's grant is told";
  EXPECT_EQ(all.losers, 1);
  EXPECT_EQ(all.won_fen, 98000);
  EXPECT_EQ(all.lost_fen, 2000);
  EXPECT_EQ(found.sums.benefits()[0].losers, 2);
}

TEST(WhatIf, PendingIsInNoSum) {
  const auto* doubted =
      "wife born 1970-05-20; husband born 1968-01-02; couple married 1992-10-01; child born "
      "1994-03-03, died 2020-11-11 by insurance; household registered 322228 from 1990-01-01";
  const auto found = told(
      rules, with(rules, "police_registration, certificate;", "police_registration, insurance;"), doubted);
  EXPECT_EQ(found.sums.all().people_before, 0);
  EXPECT_EQ(found.text,
            "dead wife pending 0 -> 1220; grant wife pending 0 -> 2000; help wife pending 0 -> 300; "
            "dead husband pending 0 -> 1220");
  EXPECT_EQ(found.sums.all().winners, 0) << "what was pending may have been due all the time";
  EXPECT_EQ(found.sums.all().pending, 2);
  EXPECT_EQ(found.sums.all().won_fen, 0);
  EXPECT_EQ(found.sums.all().people_after, 2);
  EXPECT_EQ(found.sums.all().fen_after, 474000);
  const auto back = told(with(rules, "police_registration, certificate;", "police_registration, insurance;"),
                         rules, doubted);
  EXPECT_EQ(back.sums.all().losers, 0) << back.text;
  EXPECT_EQ(back.sums.all().lost_fen, 0);
  EXPECT_EQ(back.sums.all().pending, 2);
  const auto same = told(rules, with(rules, "610 yuan", "700 yuan"), doubted);
  EXPECT_EQ(same.text, "") << "it is pending under both";
  EXPECT_EQ(same.sums.areas().at("322228")[10], (CellSums{0, 0, 0, 0, 2, 2}));
}

TEST(WhatIf, NewBenefitsAndThoseThatAreGone) {
  const std::string help = rules;
  const auto without = help.substr(0, help.find("  help (家政金)"));
  EXPECT_EQ(told(without, rules).text, "help wife more 0 -> 300");
  EXPECT_EQ(told(rules, without).text, "help wife less 300 -> 0");
}

TEST(WhatIf, SumsOfPagesAreTheSumsOfAll) {
  const auto one = told(rules, with(rules, "610 yuan", "700 yuan")).sums;
  auto twice = one;
  twice.add(one);
  WhatIfSums none(one.benefits().size(), {Date(2020, 1, 1), Date(2021, 1, 1)});
  none.add(one);
  none.add(one);
  EXPECT_EQ(none.all(), twice.all());
  EXPECT_EQ(none.areas(), twice.areas());
  EXPECT_EQ(twice.all().winners, 2 * one.all().winners);
}

TEST(WhatIf, CountsInRegionsAndOneLevelBelowTheOneThatIsAsked) {
  EXPECT_EQ(counted_area("370306001005", ""), "370306");
  EXPECT_EQ(counted_area("370306001005", "3703"), "370306");
  EXPECT_EQ(counted_area("370306001005", "370306"), "370306001");
  EXPECT_EQ(counted_area("370306001005", "370306001"), "370306001005");
  EXPECT_EQ(counted_area("370306", "370306"), "370306");
  EXPECT_EQ(counted_area("", "370306"), "");
}

/// A timeline without its causes.
std::string text_of(const std::vector<Entitlement>& timeline) {
  std::string text;
  for (const auto& right : timeline) {
    text += std::to_string(right.benefit) + " " + right.when.from.text() + " " + right.when.until.text() +
            " " + std::to_string(right.amount.fen) + (right.amount.known ? "" : "?") +
            (right.certainty == Certainty::sure ? "" : " possible");
    for (const auto& word : right.pending)
      text += ", " + word;
    text += "\n";
  }
  return text;
}

TEST(Repricing, IsWhatAnEvaluationWouldSay) {
  const auto folder = tests::source_dir() + "/mappings/policies";
  auto texts = std::get<std::vector<PolicyText>>(read_policy_texts(folder));
  const auto before = std::get<PolicySet>(PolicySet::read(texts));
  // A new sum from a day on, another one for days that are over, one for all days, and other months.
  for (auto& one : texts) {
    if (one.file.ends_with("national-special-assistance.yaml")) {
      one.text = with(one.text, "      - {from: 2022-07-01, pay: 590 yuan per month}\n",
                      "      - {from: 2022-07-01, until: 2024-03-14, pay: 590 yuan per month}\n"
                      "      - {from: 2024-03-15, pay: 700 yuan per month}\n");
      one.text = with(one.text, "until: 2022-06-30, pay: 350 yuan", "until: 2022-06-30, pay: 460 yuan");
    }
    if (one.file.ends_with("2019.yaml")) {
      one.text = with(one.text, "amount:   480 yuan", "amount:   481 yuan");
    }
  }
  const auto after = std::get<PolicySet>(PolicySet::read(texts));
  const auto repricing = Repricing::between(before, after);
  ASSERT_TRUE(repricing);
  int priced = 0, changed = 0;
  for (std::uint64_t seed = 1; seed <= 3000; ++seed) {
    const auto situation = seed % 2 ? naive::any_family(seed) : naive::usual_family(seed);
    const auto was = before.evaluate(situation);
    const auto is = after.evaluate(situation);
    const auto found = repricing->apply(was);
    if (!found) continue;
    ++priced;
    changed += text_of(was) != text_of(is) ? 1 : 0;
    ASSERT_EQ(text_of(*found), text_of(is)) << "seed " << seed;
  }
  EXPECT_GT(priced, 2900);
  EXPECT_GT(changed, 100);
}

TEST(Repricing, IsNotTakenForMoreThanItIs) {
  const auto folder = tests::source_dir() + "/mappings/policies";
  const auto texts = std::get<std::vector<PolicyText>>(read_policy_texts(folder));
  const auto before = std::get<PolicySet>(PolicySet::read(texts));
  const std::pair<const char*, const char*> others[] = {
      {"200% of own basic pension", "150% of own basic pension"},
      {"wife reaches 49", "wife reaches 50"},
      {"in_force:    2019-02-01 .. 2022-01-31", "in_force:    2019-02-01 .. 2022-01-30"}};
  for (const auto& [was, becomes] : others) {
    auto changed = texts;
    bool found = false;
    for (auto& one : changed)
      if (const auto at = one.text.find(was); one.file.ends_with("2019.yaml") && at != std::string::npos)
        one.text.replace(at, std::string_view(was).size(), becomes), found = true;
    auto read = PolicySet::read(changed);
    ASSERT_TRUE(std::holds_alternative<PolicySet>(read)) << was;
    ASSERT_TRUE(found) << was;
    EXPECT_FALSE(Repricing::between(before, std::get<PolicySet>(read))) << was;
  }
}

}  // namespace
}  // namespace kinhub
