#include <gtest/gtest.h>

#include "hub/policy/condition.hpp"

namespace kinhub::policy {
namespace {

TEST(TakeWord, EndsAtABlankInEnglishAndAnywhereInChinese) {
  std::string words = "wife reaches 49";
  EXPECT_FALSE(take_word(words, "wif"));
  EXPECT_TRUE(take_word(words, "wife"));
  EXPECT_EQ(words, "reaches 49");
  words = "妻子死亡";
  EXPECT_TRUE(take_word(words, "妻子"));
  EXPECT_EQ(words, "死亡");
}

// A benefit named `money ()` has an empty Chinese title; its last character was read before it was looked
// whether it has one.
TEST(TakeWord, TheEmptyWordIsNeverThere) {
  std::string words = "wife";
  EXPECT_FALSE(take_word(words, std::string_view{}));
  EXPECT_EQ(words, "wife");
}

}  // namespace
}  // namespace kinhub::policy
