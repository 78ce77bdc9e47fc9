// What the silence of sources means, and on which days.
#include "hub/lead/coverage.hpp"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace kinhub
