#include "hub/base/terminal_text.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

TEST(DisplayWidth, CountsChineseTwice) {
  struct Case {
    std::string_view text;
    std::size_t width;
  };
  for (auto [text, width] : {Case{"", 0},
                             {"abc", 3},
                             {"王试男", 6},
                             {"疑似新增 new", 12},
                             {"买买提·艾力", 11},
                             {"𠮷", 2},
                             {"e\u0301", 1},
                             {"\xff\xfe", 2},
                             {"ａ", 2},
                             {"\xe7\x8e", 2}})
    EXPECT_EQ(display_width(text), width) << text;
}

TEST(Printable, LeavesNothingThatSteersATerminal) {
  EXPECT_EQ(printable("王\x1b[2J试\r\n"), "王\uFFFD[2J试\uFFFD\uFFFD");
  EXPECT_EQ(printable("\xc2\x9b\xe2\x80\xae"), "\uFFFD\uFFFD");
  EXPECT_EQ(printable("\xff"
                      "a\xed\xa0\x80"),
            "\uFFFD"
            "a\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(printable("周雪 𠮷 -"), "周雪 𠮷 -");
}

}  // namespace
}  // namespace kinhub
