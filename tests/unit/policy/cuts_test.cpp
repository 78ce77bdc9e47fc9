#include "hub/policy/cuts.hpp"

#include <gtest/gtest.h>

namespace kinhub::policy {
namespace {

TEST(CutPoints, StandInOrderAndOnceWhateverTheOrderTheyCameIn) {
  Cuts cuts;
  cuts.restart({Date(2010, 1, 1), Date(2020, 1, 1)});
  for (auto day : {Date(2030, 5, 1), Date(2015, 5, 1), Date(2020, 1, 1), Date(2015, 5, 1), Date::forever(),
                   Date::beginning()})
    cuts.add(day);
  ASSERT_EQ(cuts.size(), 5u);
  EXPECT_EQ(cuts[0], Date::beginning());
  EXPECT_EQ(cuts[2], Date(2015, 5, 1));
  EXPECT_EQ(cuts.rank(Date(2015, 5, 1)), 2u);
  EXPECT_EQ(cuts.rank(Date::forever()), 5u);
  EXPECT_EQ(cuts.segment_of(Date(2015, 4, 30)), 1u);
  EXPECT_EQ(cuts.segment_of(Date(2015, 5, 1)), 2u);
  EXPECT_EQ(cuts.segment_of(Date(2040, 1, 1)), 4u);
}

TEST(CutPoints, AreRankedAlikeInAShortAndInALongTimeline) {
  for (int years : {5, 100}) {
    Cuts cuts;
    cuts.restart({});
    for (int year = 0; year < years; ++year)
      cuts.add(Date(1900 + year, 1, 1));
    for (int year = 0; year < years; ++year)
      EXPECT_EQ(cuts.rank(Date(1900 + year, 1, 1)), static_cast<std::size_t>(year) + 1);
  }
}

}  // namespace
}  // namespace kinhub::policy
