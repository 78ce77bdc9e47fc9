#include "hub/base/trace_id.hpp"

#include <gtest/gtest.h>

#include <set>

namespace kinhub {
namespace {

TEST(TraceId, NoTwoAreAlikeAndNoneIsNone) {
  std::set<TraceId> seen;
  for (int i = 0; i < 100'000; ++i)
    ASSERT_TRUE(seen.insert(new_trace_id()).second);
  EXPECT_FALSE(seen.contains(0));
}

TEST(TraceId, IsSixteenHexDigits) {
  EXPECT_EQ(trace_text(0x1f), "000000000000001f");
  EXPECT_EQ(trace_text(~TraceId{0}), "ffffffffffffffff");
}

}  // namespace
}  // namespace kinhub
