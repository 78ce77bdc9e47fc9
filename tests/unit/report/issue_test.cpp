// Versions of a report: kept as they are, compared cell by cell.
#include "hub/report/issue.hpp"

#include "hub/report/write.hpp"
#include "tests/unit/report/county.hpp"

namespace kinhub::test {
namespace {

using report::Difference;

report::Report some(std::int64_t people, const std::string& unit = "甲") {
  report::Report report{"basic-statistics", "表", {}, {}, {}, {}};
  report.question.period = service::Period::read("2026Q3").value();
  report.tables = {{"basic",
                    "表一",
                    {{"unit", "单位"}, {"people", "人数", "其中49岁以上"}},
                    {{{unit, people}}, {{std::string("合计"), people}, true}}},
                   {"services",
                    "表二",
                    {{"unit", "单位"}, {"service", "服务"}, {"fen", "金额"}},
                    {{{unit, std::string("S02"), report::Money{people * 100}}},
                     {{unit, std::string("S07"), report::Money{5}}}}}};
  report.checks = {{report::Check::State::passed, "F1", ""}};
  return report;
}

TEST(Issue, TellsWhichCellsDiffer) {
  const auto before = to_csv(some(7)), after = to_csv(some(8));
  EXPECT_TRUE(report::differences(before, before).empty());
  EXPECT_EQ(report::differences(before, after),
            (std::vector<Difference>{{"表一", "甲", "其中49岁以上 人数", "7", "8"},
                                     {"表一", "合计", "其中49岁以上 人数", "7", "8"},
                                     {"表二", "甲 S02", "金额", "7.00", "8.00"}}));
  // A row that went, and one that came.
  const auto moved = report::differences(before, to_csv(some(7, "乙,\"丙\"")));
  ASSERT_EQ(moved.size(), 6u);
  EXPECT_EQ(moved[0], (Difference{"表一", "甲", "其中49岁以上 人数", "7", ""}));
  EXPECT_EQ(moved[1], (Difference{"表一", "乙,\"丙\"", "其中49岁以上 人数", "", "7"}));
}

/// An act that is entered late moves two cells of a town, and those of the sum, and nothing else.
TEST(Issue, ALateActMovesExactlyTheCellsThatItTouches) {
  auto& county = County::whole();
  const auto then = county.report("three-coverages", "2026-09", Date(2026, 9, 30)),
             later = county.report("three-coverages", "2026-09", Date(2026, 10, 5));
  const std::string table = "三个全覆盖落实情况", town(shixian::town_c);
  EXPECT_EQ(report::differences(to_csv(then), to_csv(later)),
            (std::vector<Difference>{{table, town, "每月沟通 已", "3", "4"},
                                     {table, town, "每月沟通 率（%）", "60.0", "80.0"},
                                     {table, "合计", "每月沟通 已", "9", "10"},
                                     {table, "合计", "每月沟通 率（%）", "81.8", "90.9"}}));
}

TEST(Issue, IsReadBackAsItWasWritten) {
  const report::Issued issued{3, 17, 16, "zhang", "季度上报", "p", "d", to_csv(some(7))};
  const auto read = report::issued_from(to_bytes(issued));
  EXPECT_EQ(read.csv, issued.csv);
  EXPECT_EQ(read.version, 3);
  EXPECT_EQ(read.known_at_us, 16);
  EXPECT_EQ(read.reason, "季度上报");
  EXPECT_EQ(to_bytes(read), to_bytes(issued));
  EXPECT_THROW(report::issued_from(to_bytes(issued).substr(0, 30)), std::runtime_error);
}

TEST(Write, NothingThatWasToldIsAFormulaOrATag) {
  const auto report = some(7, "=HYPERLINK(\"x\")<b>");
  EXPECT_NE(to_csv(report).find("\"'=HYPERLINK(\"\"x\"\")<b>\""), std::string::npos) << to_csv(report);
  const auto html = to_html(report, "d");
  EXPECT_EQ(html.find("<b>"), std::string::npos);
  EXPECT_NE(html.find("&lt;b&gt;"), std::string::npos);
}

}  // namespace
}  // namespace kinhub::test
