// What the silence of sources means, and on which days.
#include "hub/lead/coverage.hpp"

#include <gtest/gtest.h>

#include "hub/base/clock.hpp"
#include "tests/contract/store/store_model.hpp"

namespace kinhub {
namespace {

const Date today(2026, 11, 30);

CoverageRow told_until(std::string source, Date day) {
  CoverageRow row;
  row.source = std::move(source);
  row.loaded = true;
  row.complete_until_us = std::int64_t{day.days()} * 86'400'000'000;
  return row;
}

TEST(Coverage, ARegisterOfMarriagesSpeaksOfTheDaysSinceItBegan) {
  const SourceCovers civil{"civil", {Covers::adoptions, Covers::marriages}, Date(2003, 10, 1)};
  const auto coverage = coverage_of({told_until("civil", today)}, {civil}, today);
  EXPECT_EQ(coverage.marriages, (Interval{Date(2003, 10, 1), Date::forever()}));
}

TEST(Coverage, OfTwoRegistersTheYoungerOneCounts) {
  const std::vector<SourceCovers> both{{"old", {Covers::marriages}, Date(1980, 1, 1)},
                                       {"young", {Covers::marriages}, Date(2012, 1, 1)}};
  const auto coverage = coverage_of({told_until("old", today), told_until("young", today)}, both, today);
  EXPECT_EQ(coverage.marriages.from, Date(2012, 1, 1));
}

TEST(Coverage, NothingIsCoveredByASourceThatWasNeverLoaded) {
  const SourceCovers civil{"civil", {Covers::marriages}, Date(2003, 10, 1)};
  EXPECT_TRUE(coverage_of({}, {civil}, today).marriages.empty());
}

TEST(Coverage, OfThoseOfWhomSomethingIsHeldTheSilenceOfItsSourceSaysNothing) {
  const Interval always{Date::beginning(), Date::forever()};
  const SituationCoverage all{always, always, always, always};
  const std::vector<SourceCovers> covers{{"police", {Covers::births, Covers::residence}},
                                         {"civil", {Covers::adoptions, Covers::marriages}}};
  auto held_of = [](std::string source) { return std::vector<HeldMention>{{Token{}, 1, std::move(source)}}; };
  EXPECT_EQ(without_held(all, {}, covers), all);
  EXPECT_EQ(without_held(all, held_of("hospital"), covers), all) << "it covers nothing";
  const auto police = without_held(all, held_of("police"), covers);
  EXPECT_TRUE(police.children.empty() && police.residence.empty());
  EXPECT_EQ(police.marriages, always);
  const auto civil = without_held(all, held_of("civil"), covers);
  EXPECT_TRUE(civil.children.empty() && civil.marriages.empty());
  EXPECT_EQ(civil.residence, always);
}

class CoverageKnown : public ::testing::Test {
 protected:
  void tell(const CoverageRow& now, std::int64_t at_us) {
    ModelTransaction store(model_);
    CoverageRow before{now.source};
    for (const auto& row : store.balance().coverage())
      if (row.source == now.source) before = row;
    note_coverage(store, before, now, at_us);
    store.commit();
  }
  /// The days up to which the sources were complete, as of a time; "-" where they were not loaded.
  std::string known(std::int64_t at_us) {
    ModelTransaction store(model_);
    std::string text;
    for (const auto& row : coverage_as_known(store, at_us))
      text += row.source + " " + (row.loaded ? shanghai_date(row.complete_until_us).text() : "-") + ";";
    return text;
  }
  StoreModel model_;
};

TEST_F(CoverageKnown, ADayIsKnownSinceItWasTold) {
  tell({"police", false, told_until("", Date(2026, 11, 1)).complete_until_us}, 5);
  tell(told_until("police", Date(2026, 11, 2)), 10);
  tell(told_until("police", Date(2026, 11, 9)), 20);
  EXPECT_EQ(known(4), "") << "nothing had been said";
  EXPECT_EQ(known(5), "police -;");
  EXPECT_EQ(known(10), "police 2026-11-02;");
  EXPECT_EQ(known(19), "police 2026-11-02;");
  EXPECT_EQ(known(20), "police 2026-11-09;");
}

TEST_F(CoverageKnown, WhatShowsInNoRightIsNotKept) {
  auto row = told_until("police", Date(2026, 11, 2));
  for (int minute = 0; minute < 600; ++minute)
    row.complete_until_us += 60'000'000, tell(row, minute);
  EXPECT_EQ(ModelTransaction(model_).values().dated("coverage police").size(), 1U);
  EXPECT_EQ(ModelTransaction(model_).balance().coverage().at(0).complete_until_us, row.complete_until_us);
}

TEST_F(CoverageKnown, WhatWasToldBeforeItWasDatedCountsFromTheBeginning) {
  ModelTransaction before(model_);
  before.balance().put_coverage(told_until("police", Date(2026, 11, 2)));
  before.commit();
  EXPECT_EQ(known(1), "police 2026-11-02;");
  tell(told_until("police", Date(2026, 11, 9)), 20);
  EXPECT_EQ(known(1), "police 2026-11-02;");
  EXPECT_EQ(known(20), "police 2026-11-09;");
}

}  // namespace
}  // namespace kinhub
