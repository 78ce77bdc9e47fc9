#include "hub/base/histogram.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

TEST(Histogram, CountsEachDurationInEveryBucketThatHoldsIt) {
  Histogram times;
  for (std::int64_t us : std::initializer_list<std::int64_t>{0, 1'000, 1'001, 600'000, 4'000'000'000})
    times.observe(us);
  EXPECT_EQ(times.up_to(0), 2) << "a bound belongs to its bucket";
  EXPECT_EQ(times.up_to(1), 3);
  EXPECT_EQ(times.up_to(8), 3) << "half a second";
  EXPECT_EQ(times.up_to(9), 4);
  EXPECT_EQ(times.up_to(Histogram::bounds_us.size() - 1), 4) << "more than an hour is in no bucket";
  EXPECT_EQ(times.count(), 5);
  EXPECT_EQ(times.sum_us(), 1'000 + 1'001 + 600'000 + 4'000'000'000);
}

TEST(Histogram, AClockThatWasSetBackIsNoTimeAtAll) {
  Histogram times;
  times.observe(-5);
  EXPECT_EQ(times.up_to(0), 1);
  EXPECT_EQ(times.sum_us(), 0);
}

TEST(Histogram, BoundsGrow) {
  for (std::size_t i = 1; i < Histogram::bounds_us.size(); ++i)
    EXPECT_LT(Histogram::bounds_us[i - 1], Histogram::bounds_us[i]);
}

}  // namespace
}  // namespace kinhub
