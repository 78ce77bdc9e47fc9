#include "hub/base/time_text.hpp"

#include <gtest/gtest.h>

#include "hub/base/date.hpp"

namespace kinhub {
namespace {

TEST(Time, IsReadAndWrittenInShanghai) {
  // 2026-11-18 23:30 in Shanghai is still 15:30 the same day in UTC; 2026-11-19 00:30 is the day before.
  auto late = read_time("2026-11-19T00:30:05+08:00");
  ASSERT_TRUE(late);
  EXPECT_EQ(iso_time(*late), "2026-11-19T00:30:05+08:00");
  EXPECT_EQ(shanghai_time(*late), "2026-11-19 00:30:05");
  EXPECT_EQ(shanghai_date(*late).text(), "2026-11-19");
  EXPECT_EQ(iso_time(*read_time("1969-12-31")), "1969-12-31T00:00:00+08:00");
}

TEST(Time, RefusesWhatIsNone) {
  for (std::string_view text :
       {"", "today", "2026-02-30", "2026-11-18T", "2026-11-18T24:00:00+08:00", "2026-11-18T09:60:00+08:00",
        "2026-11-18T09:30:05Z", "2026-11-18T09-30-05+08:00", "2026-11-18T09:30:05+08:00x",
        "2026-11-18Ta9:30:05+08:00"})
    EXPECT_FALSE(read_time(text)) << text;
}

}  // namespace
}  // namespace kinhub
