#include "hub/base/date.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

TEST(Date, HasNoThirtyFirstOfFebruary) {
  EXPECT_FALSE(Date::make(2026, 2, 31));
  EXPECT_FALSE(Date::parse("2026-02-29"));
  EXPECT_EQ(Date::parse("2024-02-29"), Date(2024, 2, 29));
  EXPECT_FALSE(Date::parse("2026-2-01"));
  EXPECT_FALSE(Date::parse("+026-02-01"));
}

TEST(Date, BoundsAreTheDaysTheyName) {
  EXPECT_EQ(Date::beginning().text(), "0001-01-01");
  EXPECT_EQ(Date::forever().plus_days(-1).text(), "9999-12-31");
}

TEST(Date, MonthsEndWhereTheMonthEnds) {
  EXPECT_EQ(Date(2026, 1, 31).plus_months(1), Date(2026, 2, 28));
  EXPECT_EQ(Date(2026, 1, 31).plus_months(2), Date(2026, 3, 31));
  EXPECT_EQ(Date(2026, 3, 31).plus_months(-13), Date(2025, 2, 28));
}

TEST(Age, IsReachedOnTheBirthday) {
  EXPECT_EQ(reaches(Date(1975, 3, 12), 49), Date(2024, 3, 12));
  EXPECT_EQ(age_on(Date(1975, 3, 12), Date(2024, 3, 11)), 48);
  EXPECT_EQ(age_on(Date(1975, 3, 12), Date(2024, 3, 12)), 49);
}

TEST(Age, OfTheTwentyNinthOfFebruaryIsAChoiceWithAName) {
  EXPECT_EQ(reaches(Date(1972, 2, 29), 49), Date(2021, 2, 28));
  EXPECT_EQ(reaches(Date(1972, 2, 29), 49, Feb29::mar01), Date(2021, 3, 1));
  EXPECT_EQ(reaches(Date(1972, 2, 29), 48), Date(2020, 2, 29));
  EXPECT_EQ(age_on(Date(1972, 2, 29), Date(2021, 2, 28), Feb29::mar01), 48);
}

TEST(PartialDate, KeepsWhatIsNotKnown) {
  EXPECT_EQ(PartialDate::parse("1955-07")->last(), Date(1955, 7, 31));
  EXPECT_EQ(PartialDate::parse("1955")->text(), "1955");
  EXPECT_FALSE(PartialDate::parse("1955-00-00"));
}

TEST(ShanghaiDate, OfADeathAtHalfPastElevenAtNight) {
  // 2026-11-18T23:30+08:00 is 15:30 UTC; 00:10 of the 19th is still the 18th in UTC.
  EXPECT_EQ(shanghai_date(1795015800'000000), Date(2026, 11, 18));
  EXPECT_EQ(shanghai_date(1795018200'000000), Date(2026, 11, 19));
  EXPECT_EQ(shanghai_date(-1), Date(1970, 1, 1));
}

TEST(Interval, UntilIsTheFirstDayThatNoLongerCounts) {
  Interval in_force{Date(2019, 2, 1), Date(2022, 2, 1)};
  EXPECT_TRUE(in_force.contains(Date(2022, 1, 31)));
  EXPECT_FALSE(in_force.contains(Date(2022, 2, 1)));
  EXPECT_TRUE(overlap(in_force, {Date(2022, 2, 1), Date::forever()}).empty());
}

}  // namespace
}  // namespace kinhub
