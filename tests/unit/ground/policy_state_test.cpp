#include "hub/ground/policy_state.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

TEST(PoliciesDiffer, NamesTheNodesThatWorkByOthers) {
  EXPECT_EQ(policies_differ({}, "aaaa"), "");
  EXPECT_EQ(policies_differ({{"a", "aaaa"}, {"b", "aaaa"}}, "aaaa"), "");
  const auto why = policies_differ({{"a", "aaaa"}, {"b", "bbbbbbbbbbbbbbbb"}, {"c", "cccc"}}, "aaaa");
  EXPECT_NE(why.find("b (bbbbbbbbbbbb), c (cccc)"), std::string::npos) << why;
  EXPECT_EQ(why.find("a (aaaa),"), std::string::npos) << why;
  EXPECT_NE(why.find("start them anew"), std::string::npos);
}

}  // namespace
}  // namespace kinhub
