// Workbooks: equal reports have equal bytes; what a spreadsheet program would not take is given another form.
#include "hub/report/xlsx.hpp"

#include <gtest/gtest.h>

namespace kinhub::test {
namespace {

report::Report some(const std::string& title, const std::string& unit) {
  report::Report report{"basic-statistics", "表", {}, {}, {}, {}};
  report.question.period = service::Period::read("2026Q3").value();
  report.question.known_at_us = 1'790'784'000'000'000;
  const report::Table table{"basic",
                            title,
                            {{"unit", "单位"}, {"people", "人数", "其中"}, {"rate", "率", "其中"}},
                            {{{unit, std::int64_t(7), service::Rate{9, 11}}},
                             {{std::string("合计"), report::NotConnected(), service::Rate{}}, true}}};
  report.tables = {table, table};
  return report;
}

TEST(Xlsx, EqualReportsHaveEqualBytes) {
  const auto first = report::to_xlsx(some("表一", "甲"), "d"),
             again = report::to_xlsx(some("表一", "甲"), "d");
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->substr(0, 2), "PK");
  EXPECT_EQ(*first, *again);
  EXPECT_NE(*first, *report::to_xlsx(some("表一", "乙"), "d"));
  EXPECT_NE(*first, *report::to_xlsx(some("表一", "甲"), "d", "basic-statistics.320812.2026Q3.1"));
}

/// What other writers of workbooks broke on: names of sheets, empty tables, signs of formulas, controls.
TEST(Xlsx, AnyTextIsTaken) {
  for (const auto* title :
       {"", "[]:*?/\\'", "一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五", "History",
        "=1+1"})
    EXPECT_TRUE(report::to_xlsx(some(title, "甲"), "d")) << title;
  for (const std::string unit : {"=HYPERLINK(\"http://x\")", "<b>&\"'", "\x01\x1f", "😀\u202e", ""})
    EXPECT_TRUE(report::to_xlsx(some("表", unit), "d")) << unit;
  auto empty = some("表", "甲");
  for (auto& table : empty.tables)
    table.rows.clear();
  EXPECT_TRUE(report::to_xlsx(empty, "d"));
}

}  // namespace
}  // namespace kinhub::test
