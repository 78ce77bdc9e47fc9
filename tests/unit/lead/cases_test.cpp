// Rows of the table of cases: which run of a timeline a row is about, what its area is, when it changes, and
// what its codes and references tell.
#include "hub/lead/cases.hpp"

#include <gtest/gtest.h>

#include "tests/places/places.hpp"
#include "tests/unit/store/record_fixture.hpp"

namespace kinhub::test {
namespace {

const PolicySet& shipped() {
  static const auto set =
      std::get<PolicySet>(PolicySet::read(kinhub::tests::source_dir() + "/mappings/policies"));
  return set;
}
const Date today(2026, 11, 30);

Entitlement span(Date from, Date until, std::int64_t fen = 59'000, Certainty certainty = Certainty::sure) {
  Entitlement one;
  one.when = {from, until}, one.amount.fen = fen, one.certainty = certainty;
  return one;
}
std::string text_of(const std::vector<CaseFound>& found) {
  constexpr const char* states[] = {"now", "possible", "ahead", "over"};
  std::string text;
  for (const auto& one : found)
    text += fmt::format("{} {}..{} {};", states[static_cast<int>(one.state)], one.run.from.text(),
                        one.run.until.text(), one.fen);
  return text;
}

TEST(Cases, ARowIsAboutTheRunOfTheDay) {
  const Date a(2020, 1, 1), b(2024, 1, 1), c(2026, 11, 30), d(2027, 1, 1), e(2030, 1, 1);
  struct Row {
    std::vector<Entitlement> rights;
    const char* expected;
  };
  const auto perhaps = Certainty::possible;
  for (const auto& row : {
           Row{{}, ""},
           Row{{span(a, e)}, "now 2020-01-01..2030-01-01 59000;"},
           Row{{span(a, b, 45'000), span(b, e)}, "now 2020-01-01..2030-01-01 59000;"},  // a raise is one run
           Row{{span(a, b, 45'000, perhaps), span(b, e)},
               "now 2024-01-01..2030-01-01 59000;"},  // surer is another
           Row{{span(a, b), span(b, e, 59'000, perhaps)}, "possible 2024-01-01..2030-01-01 59000;"},
           Row{{span(a, c)}, "over 2020-01-01..2026-11-30 59000;"},  // its end no longer counts
           Row{{span(c, d)}, "now 2026-11-30..2027-01-01 59000;"},
           Row{{span(d, e)}, "ahead 2027-01-01..2030-01-01 59000;"},
           Row{{span(a, b), span(d, e)}, "ahead 2027-01-01..2030-01-01 59000;"},
           Row{{span(a, b, 1), span(b, c, 2)}, "over 2020-01-01..2026-11-30 2;"},
       }) {
    PolicySet::Standing standing;
    standing.rights = row.rights;
    EXPECT_EQ(text_of(cases_of(shipped(), standing, {}, today)), row.expected);
  }
}

TEST(Cases, ASumThatIsNotKnownIsNoZero) {
  auto one = span(Date(2020, 1, 1), Date::forever(), 0);
  one.amount.known = false;
  PolicySet::Standing standing;
  standing.rights = {one};
  EXPECT_EQ(cases_of(shipped(), standing, {}, today).at(0).fen, -1);
}

TEST(Cases, WhatIsConfirmedAndWhatIsMetStandBesideTheRight) {
  PolicySet::Standing standing;
  standing.rights = {span(Date(2020, 1, 1), Date(2025, 1, 1))};
  standing.conditions = {span(Date(2019, 1, 1), Date::forever(), 0)};
  Decisions decisions;
  decisions[0].confirmed = {{{Date(2020, 1, 1), Date::forever()}, {}, Certainty::sure, false}};
  const auto found = cases_of(shipped(), standing, decisions, today);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].kind, CaseKind::right);
  EXPECT_EQ(found[0].state, CaseState::over);
  EXPECT_EQ(found[1].kind, CaseKind::decided);
  EXPECT_EQ(found[1].state, CaseState::now);
  EXPECT_EQ(found[1].what, found[0].what);
  EXPECT_EQ(found[2].what, shipped().conditions().at(0));
}

TEST(Cases, ADismissedRightIsNotConfirmed) {
  Decisions decisions;
  decisions[0].set_aside =
      std::vector<RightSpan>{{{Date(2020, 1, 1), Date::forever()}, {}, Certainty::sure, false}};
  EXPECT_TRUE(cases_of(shipped(), {}, decisions, today).empty());
}

TEST(Cases, TheAreaIsThatOfTheDayFilledUp) {
  Situation situation;
  EXPECT_EQ(area_on(situation, today), 0) << "nothing is known of where";
  const auto lives = [&](std::int16_t who, const char* region, Date from, Date until) {
    situation.residences.push_back({who, region, {from, until}, {}, no_cause, no_cause});
  };
  lives(1, "320981", Date::beginning(), Date::forever());
  EXPECT_EQ(area_on(situation, today), 0) << "another person's";
  lives(0, "370302", Date::beginning(), today);
  lives(0, "370306", today, Date::forever());
  EXPECT_EQ(area_on(situation, today), 370'306'000'000);
  EXPECT_EQ(area_on(situation, today.plus_days(-1)), 370'302'000'000);
  situation.residences.back().region = "370306001002";
  EXPECT_EQ(area_on(situation, today), 370'306'001'002);
  for (const char* odd : {"", "37030x", "-37030", "3703060010021"}) {
    situation.residences.back().region = odd;
    EXPECT_EQ(area_on(situation, today), 0) << odd;
  }
}

TEST(Cases, TheNextChangeIsTheNearestEdgeBehindTheDay) {
  PolicySet::Standing standing;
  Situation situation;
  EXPECT_FALSE(next_case_change(standing, {}, situation, today));
  standing.conditions = {span(Date(2019, 1, 1), Date(2040, 1, 1), 0)};
  EXPECT_EQ(next_case_change(standing, {}, situation, today), Date(2040, 1, 1));
  standing.rights = {span(today, Date(2035, 1, 1))};
  EXPECT_EQ(next_case_change(standing, {}, situation, today), Date(2035, 1, 1)) << "not the day itself";
  Decisions decisions;
  decisions[0].confirmed = {{{Date(2020, 1, 1), Date(2030, 1, 1)}, {}, Certainty::sure, false}};
  EXPECT_EQ(next_case_change(standing, decisions, situation, today), Date(2030, 1, 1));
  situation.residences.push_back({0, "370306", {Date(2026, 12, 1), Date::forever()}, {}, no_cause, no_cause});
  EXPECT_EQ(next_case_change(standing, decisions, situation, today), Date(2026, 12, 1));
}

TEST(Cases, TheShippedPoliciesTellTheConditionsOfCare) {
  const auto& all = shipped().conditions();
  for (const char* name : {"special-family", "bereaved", "disabled"})
    EXPECT_EQ(std::count(all.begin(), all.end(), std::string("national-special-assistance/") + name), 1)
        << name;
}

TEST(CaseWords, ACodeMeansTheSameForEver) {
  TemporaryFolder folder;
  const auto keys = Keyring::from_passphrase("test");
  auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
  {
    auto writing = store->begin(Store::For::writing);
    CaseWords words(writing->values());
    EXPECT_FALSE(words.find("a/b"));
    EXPECT_EQ(words.code_of("a/b"), 0);
    EXPECT_EQ(words.code_of("a/c"), 1);
    EXPECT_EQ(words.code_of("a/b"), 0);
    writing->commit();
  }
  {
    auto writing = store->begin(Store::For::writing);
    CaseWords words(writing->values());
    EXPECT_EQ(words.code_of("a/d"), 2) << "taken back with its transaction";
  }
  auto writing = store->begin(Store::For::writing);
  CaseWords words(writing->values());
  EXPECT_EQ(words.word_of(1), "a/c");
  EXPECT_EQ(words.word_of(2), "");
  EXPECT_EQ(words.code_of("0/first by the alphabet"), 2);
}

TEST(CaseReference, LeadsBackWithTheKeyAlone) {
  const auto keys = Keyring::from_passphrase("test"), others = Keyring::from_passphrase("another");
  std::set<std::int64_t> seen;
  int resolved_by_another = 0, in_order = 0;
  std::int64_t before = 0;
  for (std::int64_t person = 1; person <= 2000; ++person) {
    const auto reference = case_reference(keys, {person});
    EXPECT_EQ(person_of_case(keys, reference), PersonId{person});
    EXPECT_NE(fmt::format("{}", reference), person_reference(keys, {person}));
    resolved_by_another += person_of_case(others, reference).has_value();
    in_order += reference > before, before = reference;
    seen.insert(reference);
  }
  EXPECT_EQ(seen.size(), 2000U);
  EXPECT_LE(resolved_by_another, 1) << "1 in 16 million by chance";
  EXPECT_NEAR(in_order, 1000, 150) << "the order tells nothing";
}

}  // namespace
}  // namespace kinhub::test
