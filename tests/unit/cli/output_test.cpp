#include "hub/cli/output.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "hub/base/date.hpp"

namespace kinhub::cli {
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

TEST(Table, AlignsByWidthAndEndsLinesClean) {
  Table table({"name", "yuan", "note"});
  table.add({"王*男", "590", ""});
  table.add({"x", "1", "a\nb"});
  std::ostringstream out;
  table.print(out);
  EXPECT_EQ(out.str(),
            "name   yuan  note\n王*男  590\nx      1     a\uFFFD"
            "b\n");
}

TEST(Yuan, KeepsFen) {
  struct Case {
    std::int64_t fen;
    std::string_view text;
  };
  for (auto [fen, text] :
       {Case{59000, "590"}, {60050, "600.50"}, {5, "0.05"}, {0, "0"}, {-5, "-0.05"}, {-59001, "-590.01"}})
    EXPECT_EQ(yuan(fen), text);
}

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

TEST(Progress, IsSilentInAPipe) {
  std::ostringstream pipe, terminal;
  {
    Progress progress(pipe, Progress::Terminal::no);
    progress.show("half");
  }
  EXPECT_EQ(pipe.str(), "");
  {
    Progress progress(terminal, Progress::Terminal::yes);
    progress.show("half");
  }
  EXPECT_EQ(terminal.str(), "\r\x1b[Khalf\r\x1b[K");
}

}  // namespace
}  // namespace kinhub::cli
