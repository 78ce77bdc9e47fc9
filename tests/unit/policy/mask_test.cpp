#include "hub/policy/mask.hpp"

#include <gtest/gtest.h>

namespace kinhub::policy {
namespace {

template <std::size_t W>
std::size_t count(const Mask<W>& mask) {
  std::size_t ones = 0;
  for (std::size_t i = 0; i < 64 * W; ++i)
    ones += mask.test(i) ? 1 : 0;
  return ones;
}

TEST(Mask, OnesStandInAHalfOpenRangeAcrossWords) {
  for (auto [from, until] : {std::pair<std::size_t, std::size_t>{0, 256},
                             {0, 0},
                             {63, 64},
                             {64, 65},
                             {63, 65},
                             {60, 200},
                             {128, 192},
                             {255, 256},
                             {9, 3}}) {
    auto mask = Mask<4>::ones(from, until);
    for (std::size_t i = 0; i < 256; ++i)
      EXPECT_EQ(mask.test(i), from <= i && i < until) << from << ".." << until << " at " << i;
  }
  EXPECT_EQ(count(Mask<1>::ones(0, 64)), 64u);
  EXPECT_EQ(count(Mask<1>::ones(1, 63)), 62u);
}

TEST(Mask, TheNextOneIsFoundInALaterWordOrNotAtAll) {
  auto mask = Mask<4>::ones(10, 12) | Mask<4>::ones(130, 131);
  EXPECT_EQ(mask.next_one(0), 10u);
  EXPECT_EQ(mask.next_one(11), 11u);
  EXPECT_EQ(mask.next_one(12), 130u);
  EXPECT_EQ(mask.next_one(131), 256u);
  EXPECT_EQ(mask.next_one(256), 256u);
}

TEST(Mask, LaterCarriesTheValueOfTheSegmentBeforeOverTheWordBorder) {
  auto later = Mask<2>::ones(63, 64).later();
  EXPECT_TRUE(later.test(64));
  EXPECT_EQ(count(later), 1u);
}

TEST(Mask, EverStaysFromTheFirstOneOn) {
  EXPECT_EQ(count(Mask<2>::ones(70, 71).ever()), 128u - 70u);
  EXPECT_FALSE(Mask<2>{}.ever().any());
}

TEST(Pair, UnknownStaysUnknownWhenNegatedAndGivesWayToWhatIsSure) {
  Pair<1> unknown{Mask<1>{}, Mask<1>::all()}, yes = Pair<1>::all(), no;
  auto value = [](const Pair<1>& pair) {
    return pair.must.test(0) ? Value::yes : pair.can.test(0) ? Value::perhaps : Value::no;
  };
  EXPECT_EQ(value(~unknown), Value::perhaps);
  EXPECT_EQ(value(unknown & yes), Value::perhaps);
  EXPECT_EQ(value(unknown & no), Value::no);
  EXPECT_EQ(value(unknown | yes), Value::yes);
  EXPECT_EQ(value(~yes), Value::no);
}

}  // namespace
}  // namespace kinhub::policy
