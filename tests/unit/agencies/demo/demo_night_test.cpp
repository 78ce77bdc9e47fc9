#include "tests/agencies/demo/demo_night.hpp"

#include <gtest/gtest.h>

namespace kinhub::demo {
namespace {

std::string row(const std::string& id, const std::string& state, const std::string& household) {
  return "<RECORD no=\"1\"><RYID>" + id + "</RYID><RYZT>" + state + "</RYZT><HH>" + household +
         "</HH><GXSJ>20200101000000</GXSJ></RECORD>\n";
}
std::string file(const std::string& rows) {
  return "<root><head><fssj>20261118020000</fssj><jls>5</jls></head><body>" + rows + "</body></root>";
}

TEST(DemoNight, LosesDoublesAndChangesARowOfTheLiving) {
  const auto a = row("A", "0", "1"), dead = row("B", "9", "2"), b = row("C", "0", "3"),
             c = row("D", "0", "4"), last = row("E", "0", "5");
  PlantedNight planted;
  const auto text = with_differences(file(dead + a + b + c + last), planted);
  ASSERT_TRUE(text);
  auto changed = c;
  changed.replace(changed.find(">4<"), 3, ">49<");
  changed.replace(changed.find("20200101000000"), 14, "20261118020000");
  const auto bare = [](const std::string& one) { return one.substr(0, one.size() - 1); };  // no line break
  EXPECT_EQ(*text, file(dead + "\n" + bare(b) + bare(b) + "\n" + changed + last));
  EXPECT_EQ(planted.lost + planted.doubled + planted.changed, 3);
}

TEST(DemoNight, NeedsThreeRowsOfTheLiving) {
  PlantedNight planted;
  const auto none =
      with_differences(file(row("A", "0", "1") + row("B", "0", "2") + row("C", "9", "3")), planted);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().code, "DEMO_SNAPSHOT");
}

}  // namespace
}  // namespace kinhub::demo
