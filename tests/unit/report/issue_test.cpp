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
  EXPECT_TRUE(report::differences(some(7), some(7)).empty());
  EXPECT_EQ(report::differences(some(7), some(8)),
            (std::vector<Difference>{{"表一", "甲", "其中49岁以上 人数", "7", "8"},
                                     {"表一", "合计", "其中49岁以上 人数", "7", "8"},
                                     {"表二", "甲 S02", "金额", "7.00", "8.00"}}));
  // A row that went, and one that came.
  const auto moved = report::differences(some(7), some(7, "乙,\"丙\""));
  ASSERT_EQ(moved.size(), 6u);
  EXPECT_EQ(moved[0], (Difference{"表一", "甲", "其中49岁以上 人数", "7", ""}));
  EXPECT_EQ(moved[1], (Difference{"表一", "乙,\"丙\"", "其中49岁以上 人数", "", "7"}));
}

/// A list of people: somebody who joins it moves the running numbers of others, which say nothing of them.
TEST(Issue, PeopleAreComparedAsPeople) {
  const auto list = [](const std::vector<std::pair<std::string, std::string>>& people) {
    report::Report report{"member-list", "名单", {}, {}, {}, {}};
    report.tables = {
        {"members", "名单", {{"serial", "序号"}, {"name", "姓名", "", Privacy::name}, {"kind", "类别"}}, {}}};
    for (std::int64_t serial = 1; const auto& [person, name] : people)
      report.tables[0].rows.push_back({{serial++, name, std::string("失独")}, false, person});
    return report;
  };
  const auto before = list({{"P2", "王试女"}, {"P3", "陈试男"}});
  EXPECT_EQ(report::differences(before, list({{"P1", "李试女"}, {"P2", "王试女"}, {"P3", "陈试楠"}})),
            (std::vector<Difference>{{"名单", "P3", "姓名", "陈试男", "陈试楠", Privacy::name},
                                     {"名单", "P1", "姓名", "", "李试女", Privacy::name},
                                     {"名单", "P1", "类别", "", "失独"}}));
  // Two people of one name are two rows.
  EXPECT_EQ(report::differences(before, list({{"P2", "王试女"}, {"P4", "陈试男"}})).size(), 4u);
}

/// An act that is entered late moves two cells of a town, and those of the sum, and nothing else.
TEST(Issue, ALateActMovesExactlyTheCellsThatItTouches) {
  auto& county = County::whole();
  const auto then = county.report("three-coverages", "2026-09", Date(2026, 9, 30)),
             later = county.report("three-coverages", "2026-09", Date(2026, 10, 5));
  const std::string table = "三个全覆盖落实情况", town(shixian::town_c);
  EXPECT_EQ(report::differences(then, later),
            (std::vector<Difference>{{table, town, "每月沟通 已", "3", "4"},
                                     {table, town, "每月沟通 率（%）", "60.0", "80.0"},
                                     {table, "合计", "每月沟通 已", "9", "10"},
                                     {table, "合计", "每月沟通 率（%）", "81.8", "90.9"}}));
}

TEST(Issue, IsReadBackAsItWasWritten) {
  auto report = some(7);
  report.question = {"320812", service::Period::read("2026Q3").value(), 16, 15, report::Audience::open};
  report.tables[0].rows[0].cells = {std::monostate(), report::NotConnected()};
  report.tables[1].rows[0].cells = {Date(2026, 9, 30), service::Rate{1, 3}, report::Money{-5}};
  report.tables[1].rows[0].person = "P1", report.notes = {"期末未到"};
  report.checks.push_back({report::Check::State::amber, "F7", "应建档 1 户"});
  const report::Issued issued{3, 17, "zhang", "季度上报", "p", "d", report};
  const auto read = report::issued_from(to_bytes(issued));
  ASSERT_TRUE(read.what);
  EXPECT_EQ(to_csv(*read.what), to_csv(report)) << "same bytes";
  EXPECT_EQ(read.version, 3);
  EXPECT_EQ(read.what->question.known_at_us, 16);
  EXPECT_EQ(read.reason, "季度上报");
  EXPECT_EQ(read.what->tables[1].rows[0].person, "P1");
  EXPECT_EQ(to_bytes(read), to_bytes(issued));
  EXPECT_FALSE(report::issued_from(to_bytes(report::Issued{4, 18, "zhang", "数字有误", "", "", {}})).what)
      << "withdrawn";
  const auto whole = to_bytes(issued);
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THROW(report::issued_from(whole.substr(0, size)), std::runtime_error) << size;
}

TEST(Issue, TheNumberOfAReportNamesIt) {
  for (const auto* text : {"basic-statistics.320812.2026Q3", "three-coverages.320812901.2026-09",
                           "public.basic-statistics.320812.2026"}) {
    const auto read = report::Series::read(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->text(), text);
  }
  EXPECT_EQ(report::Series::read("public.basic-statistics.320812.2026Q1")->before().text(),
            "basic-statistics.320812.2025Q4");
  for (const auto* text :
       {"", "basic-statistics", "basic-statistics.320812", "basic-statistics.320812.2026Q9", ".320812.2026Q3",
        "a..2026Q3", "public.a.2026Q3"})
    EXPECT_FALSE(report::Series::read(text)) << text;
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
