#include "hub/linkage/number.hpp"

#include "tests/unit/linkage/linkage_test.hpp"

namespace kinhub::linkage::test {
namespace {

TEST(LinkageNumbers, OneSlipIsOneDigitOrTwoNeighbours) {
  EXPECT_TRUE(one_slip("12345", "12945"));
  EXPECT_TRUE(one_slip("12345", "12435"));
  EXPECT_TRUE(one_slip("12345", "1245"));
  EXPECT_TRUE(one_slip("12345", "123345"));
  EXPECT_FALSE(one_slip("12345", "12345"));
  EXPECT_FALSE(one_slip("12345", "15342")) << "exchanged, but no neighbours";
  EXPECT_FALSE(one_slip("12345", "12900"));
}

TEST(LinkageNumbers, EverySlipOfANumberIsFoundAndFailsTheCheck) {
  const auto number = number_of("20180521", 17);
  for (std::size_t at = 0; at < 17; ++at) {
    auto wrong = number;
    wrong[at] = static_cast<char>('0' + (wrong[at] - '0' + 1) % 10);
    EXPECT_FALSE(CitizenNumber::read(wrong)) << wrong;
    EXPECT_TRUE(close_numbers(wrong, number)) << wrong;
    if (at == 16 || number[at] == number[at + 1]) continue;
    auto swapped = number;
    std::swap(swapped[at], swapped[at + 1]);
    EXPECT_TRUE(close_numbers(swapped, number)) << swapped;
  }
}

TEST(LinkageNumbers, OfFifteenDigitsAreComparedWithoutTheCentury) {
  const auto number = number_of("19790314", 23);
  const auto old = number.substr(0, 6) + number.substr(8, 9);
  EXPECT_TRUE(close_numbers(old.substr(0, 14), number));
  EXPECT_TRUE(close_numbers(old + "1", number));
  EXPECT_FALSE(close_numbers(old, number_of("19800314", 25)));
}

TEST(LinkageNumbers, TwoValidOnesAreASlipApartOnlyInTheFirstSeventeen) {
  EXPECT_TRUE(plausible_typo(number_of("19790314", 511), number_of("19790314", 541)));
  EXPECT_FALSE(plausible_typo(number_of("19790314", 511), number_of("19790316", 541)));
}

}  // namespace
}  // namespace kinhub::linkage::test
