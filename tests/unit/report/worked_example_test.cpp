// The worked example of the specification of care, part 8, to the last figure.
#include "hub/service/worklist.hpp"
#include "tests/unit/report/county.hpp"

namespace kinhub::test {
namespace {

using report::Report;
const Date june(2026, 6, 30), september(2026, 9, 30), october(2026, 10, 5);

/// The columns of 8.2: 户 人 失独 户 人 伤残 户 人 49+ 户 人, 49+ 失独, 49+ 伤残, 待核实.
TEST(WorkedExample, BasicStatisticsAtBothKnownTimes) {
  auto& county = County::whole();
  const auto then = county.report("basic-statistics", "2026Q2", june);
  EXPECT_EQ(row_of(then.tables[0], shixian::town_a), "320812901 4 7 3 5 1 2 3 5 2 3 1 2 0 0");
  EXPECT_EQ(row_of(then.tables[0], shixian::town_b), "320812902 4 6 2 2 2 4 4 6 2 2 2 4 0 0");
  EXPECT_EQ(row_of(then.tables[0], shixian::town_c), "320812903 5 8 4 6 1 2 4 6 3 4 1 2 0 0");
  EXPECT_EQ(row_of(then.tables[0], "合计"), "合计 13 21 9 13 4 8 11 17 7 9 4 8 0 0");
  const auto later = county.report("basic-statistics", "2026Q2", september);
  EXPECT_EQ(row_of(later.tables[0], "合计"), "合计 13 21 10 15 3 6 11 17 8 11 3 6 0 0");
  const auto now = county.report("basic-statistics", "2026Q3", september);
  EXPECT_EQ(row_of(now.tables[0], shixian::town_a), "320812901 2 4 2 4 0 0 2 4 2 4 0 0 0 0");
  EXPECT_EQ(row_of(now.tables[0], shixian::town_b), "320812902 4 6 3 4 1 2 4 6 3 4 1 2 0 0");
  EXPECT_EQ(row_of(now.tables[0], shixian::town_c), "320812903 4 6 4 6 0 0 3 4 3 4 0 0 1 2");
  EXPECT_EQ(row_of(now.tables[0], "合计"), "合计 10 16 9 14 1 2 9 14 8 12 1 2 1 2");
  EXPECT_EQ(failed(now), "") << "open archives are eleven: ten and one";
}

TEST(WorkedExample, MovementOfTheQuarter) {
  const auto report = County::whole().report("movement", "2026Q3", september);
  const auto& table = report.tables[0];
  // 期初, 更正增, 更正减, 新增, 死亡, 再生育, 收养, 康复, 其他, 迁入, 迁出, 转待核实, 转回, 分户, 并户,
  // 区内迁入, 区内迁出, 期末, 伤残转失独
  EXPECT_EQ(row_of(table, "合计"),
            "合计 13 21 1 2 -1 -2 0 0 -1 -1 0 0 -1 -2 0 0 0 0 0 0 0 0 -1 -2 0 0 0 0 0 0 0 0 0 0 10 16 1 2");
  EXPECT_EQ(row_of(table, shixian::town_a),
            "320812901 4 7 0 0 0 0 0 0 -1 -1 0 0 0 0 0 0 0 0 0 0 -1 -2 0 0 0 0 0 0 0 0 0 0 -1 -2 2 4 0 0");
  EXPECT_EQ(row_of(table, shixian::town_b),
            "320812902 4 6 0 0 -1 -2 0 0 0 0 0 0 0 0 0 0 0 0 1 2 0 0 0 0 0 0 0 0 0 0 1 2 0 0 4 6 1 2");
  EXPECT_EQ(row_of(table, shixian::town_c),
            "320812903 5 8 1 2 0 0 0 0 0 0 0 0 -1 -2 0 0 0 0 0 0 0 0 -1 -2 0 0 0 0 0 0 0 0 0 0 4 6 0 0");
  EXPECT_EQ(failed(report), "");
}

TEST(WorkedExample, MemberListOfTheQuarter) {
  const auto report = County::whole().report("member-list", "2026Q3", september);
  EXPECT_EQ(report.tables[0].rows.size(), 18u);
  std::map<std::string, int> towns, changes;
  for (std::size_t row = 0; row < report.tables[0].rows.size(); ++row) {
    ++towns[std::get<std::string>(report.tables[0].at(row, "town"))];
    ++changes[std::get<std::string>(report.tables[0].at(row, "change"))];
  }
  EXPECT_EQ(towns, (std::map<std::string, int>{{"320812901", 4}, {"320812902", 6}, {"320812903", 8}}));
  EXPECT_EQ(changes["新增"], 2) << "11";
  for (std::size_t row = 0; row < report.tables[0].rows.size(); ++row)
    if (std::get<std::string>(report.tables[0].at(row, "change")) == "新增") {
      EXPECT_EQ(std::get<std::string>(report.tables[0].at(row, "reason")), "补报")
          << "died before, told later";
    }
  EXPECT_EQ(changes["变更"], 6) << "02 moved, 06 is bereaved, 13 is in doubt";
  EXPECT_EQ(row_of(report.tables[2], "合计"), "合计 21 2 5 18");
  EXPECT_EQ(row_of(report.tables[2], shixian::town_a), "320812901 7 0 3 4");
  EXPECT_EQ(row_of(report.tables[2], shixian::town_b), "320812902 6 2 2 6");
  EXPECT_EQ(row_of(report.tables[2], shixian::town_c), "320812903 8 2 2 8");
  std::multiset<std::string> reasons;
  for (std::size_t row = 0; row < report.tables[1].rows.size(); ++row)
    reasons.insert(std::get<std::string>(report.tables[1].at(row, "reason")));
  EXPECT_EQ(reasons, (std::multiset<std::string>{"本人死亡", "子女康复或等级变更", "子女康复或等级变更",
                                                 "收养", "收养"}));
  EXPECT_EQ(failed(report), "");
}

/// "num/den" of each town, then of all.
std::string rates(County& county, std::string_view service, Interval range, Date as_of, Date known,
                  bool otherwise = false, bool without_declined = false) {
  const auto& ledger = county.ledger(known);
  const auto* of = county.services().find(shixian::county, as_of, service);
  std::map<std::string, service::Rate> towns;
  service::Rate all;
  for (const auto& one : ledger.owed(*of, range, as_of)) {
    if (without_declined && one.declined) continue;
    const auto area = ledger.area(one);
    if (!area.starts_with(shixian::county)) continue;
    const service::Rate rate{(otherwise ? one.met_otherwise : one.met) ? 1 : 0, 1};
    towns[area.substr(0, 9)] += rate, all += rate;
  }
  std::string text;
  for (const auto& [town, rate] : towns)
    text += std::to_string(rate.num) + "/" + std::to_string(rate.den) + " ";
  return text + std::to_string(all.num) + "/" + std::to_string(all.den) + " = " + all.text();
}
Interval month(unsigned of) {
  return {Date(2026, of, 1), Date(2026, of + 1, 1)};
}
const Interval quarter{Date(2026, 7, 1), Date(2026, 10, 1)};

TEST(WorkedExample, RatesOfServices) {
  auto& county = County::whole();
  const auto s = [&](std::string_view service, Interval range, Date known, bool otherwise = false,
                     bool declined = false) {
    return rates(county, service, range, september, known, otherwise, declined);
  };
  EXPECT_EQ(s("S02", month(7), september), "4/4 3/3 5/5 12/12 = 100.0");
  EXPECT_EQ(s("S02", month(8), september), "3/3 2/3 6/6 11/12 = 91.7");
  EXPECT_EQ(s("S02", month(9), september), "2/2 4/4 3/5 9/11 = 81.8");
  EXPECT_EQ(s("S02", month(9), october), "2/2 4/4 4/5 10/11 = 90.9");
  EXPECT_TRUE(s("S02", quarter, september).ends_with(" 32/35 = 91.4")) << s("S02", quarter, september);
  EXPECT_TRUE(s("S02", quarter, october).ends_with(" 33/35 = 94.3"));
  EXPECT_EQ(s("S04", month(7), september), "2/4 2/3 2/5 6/12 = 50.0");
  EXPECT_EQ(s("S04", month(8), september), "2/3 1/3 2/6 5/12 = 41.7");
  EXPECT_EQ(s("S04", month(9), september), "2/2 3/4 3/5 8/11 = 72.7");
  EXPECT_EQ(s("S07", quarter, september), "2/2 4/4 3/5 9/11 = 81.8");
  EXPECT_EQ(s("S01", quarter, september), "2/2 4/4 4/5 10/11 = 90.9");
  EXPECT_EQ(s("S09", quarter, september), "4/4 6/6 5/8 15/18 = 83.3");
  EXPECT_EQ(s("S09", quarter, september, false, true), "4/4 6/6 5/7 15/17 = 88.2");
  EXPECT_EQ(s("S14", quarter, september), "4/4 6/6 5/8 15/18 = 83.3");
  EXPECT_EQ(s("S14", quarter, september, true), "4/4 6/6 6/8 16/18 = 88.9");
  EXPECT_EQ(s("S13", quarter, september), "2/4 6/8 4/6 12/18 = 66.7");
}

TEST(WorkedExample, CareStatistics) {
  const auto report = County::whole().report("care-statistics", "2026Q3", september);
  const auto& table = report.tables[0];
  // V, V reached, P, N, G, M, none, acts, not reached, households, people, fen
  EXPECT_EQ(row_of(table, shixian::town_a), "320812901 6 6 3 1 0 0 0 10 0 4 4 0");
  EXPECT_EQ(row_of(table, shixian::town_b), "320812902 7 6 6 0 0 0 0 13 1 4 4 0");
  EXPECT_EQ(row_of(table, shixian::town_c), "320812903 8 8 11 0 0 0 0 19 0 6 6 0");
  EXPECT_EQ(row_of(table, "合计"), "合计 21 20 20 1 0 0 0 42 1 13 13 0");
  EXPECT_EQ(failed(report), "");
}

TEST(WorkedExample, ContactSystemAndCoverages) {
  auto& county = County::whole();
  const auto contacts = county.report("contact-system", "2026Q3", september);
  // HH, lacks town leader, lacks village cadre, S01, S02 of the quarter, S05, S34
  EXPECT_EQ(row_of(contacts.tables[0], "合计"),
            "合计 11 1 0 11 10 90.9 35 32 91.4 1 1 100.0 未接入 未接入 未接入");
  EXPECT_EQ(failed(contacts), "");
  const auto coverages = county.report("three-coverages", "2026Q3", september);
  EXPECT_EQ(row_of(coverages.tables[0], "合计"),
            "合计 11 11 10 90.9 35 32 91.4 18 15 83.3 17 15 88.2 未接入 未接入 未接入 18 15 83.3 18 16 88.9 "
            "未接入 未接入 未接入 "
            "未接入 未接入 未接入");
  EXPECT_EQ(failed(coverages), "");
}

TEST(WorkedExample, WorklistOfATown) {
  auto& county = County::whole();
  const Date day(2026, 10, 1);
  std::vector<std::string> lines;
  for (const auto& line : worklist(county.ledger(day), county.services(), shixian::town_c, day))
    EXPECT_NE(line.service, "S10") << "no doctor's visit is known: it is not connected";
  for (const auto& line : worklist(county.ledger(day), county.services(), shixian::town_c, day))
    if (line.service == "S02" || line.service == "S07")
      if (line.state == service::WorkLine::State::overdue)
        lines.push_back(line.service + " " + line.archive_no + " " + line.what + " " +
                        std::to_string(line.days_over));
  const auto h09 = shixian::archive_of("H09"), h13 = shixian::archive_of("H13");
  EXPECT_EQ(lines, (std::vector<std::string>{"S07 " + h13 + " 中秋 6", "S07 " + h09 + " 中秋 6",
                                             "S02 " + h13 + " 2026-09 1", "S02 " + h09 + " 2026-09 1"}));
}

/// Until it is received, the archive of 02 is on the list of the town that gives it away.
TEST(WorkedExample, HandOver) {
  auto& county = County::whole();
  const auto h02 = shixian::archive_of("H02");
  const auto lines_of = [&](std::string_view town, Date day) {
    std::string text;
    for (const auto& line : worklist(county.ledger(day), county.services(), town, day))
      if (line.archive_no == h02 && line.name == "移交") text += line.what + " " + line.due->text();
    return text;
  };
  EXPECT_EQ(lines_of(shixian::town_a, Date(2026, 9, 13)), "320812901->320812902 2026-09-26")
      << "learned 09-12";
  EXPECT_EQ(lines_of(shixian::town_b, Date(2026, 9, 13)), "");
  EXPECT_EQ(lines_of(shixian::town_a, Date(2026, 9, 22)), "") << "received";
  EXPECT_EQ(lines_of(shixian::town_b, Date(2026, 9, 30)), "");
}

// ---- properties

/// Every event told again, in reverse order, and then once more: nothing is new.
TEST(WorkedExample, AnyOrderAndRepetitionOfTheSameGivesTheSame) {
  County again(shixian::Life::last_day(), 7);
  again.tell_again();
  for (const auto* name : {"basic-statistics", "movement", "member-list", "contact-system", "care-statistics",
                           "three-coverages"}) {
    const auto mine = again.report(name, "2026Q3", september),
               others = County::whole().report(name, "2026Q3", september);
    ASSERT_EQ(mine.tables.size(), others.tables.size());
    for (std::size_t i = 0; i < mine.tables.size(); ++i) {
      ASSERT_EQ(mine.tables[i].rows.size(), others.tables[i].rows.size()) << name;
      for (std::size_t row = 0; row < mine.tables[i].rows.size(); ++row)
        EXPECT_EQ(text_of(mine.tables[i].rows[row]), text_of(others.tables[i].rows[row])) << name;
    }
  }
}

/// As of now, by the table of cases, the same people are opened as by looking at everybody.
TEST(WorkedExample, TheTableOfCasesFindsWhomLookingAtEverybodyFinds) {
  auto& county = County::whole();
  const auto& now = county.record();
  const auto& then = county.record(shixian::Life::last_day());
  ASSERT_EQ(now.people.size(), then.people.size());
  for (std::size_t i = 0; i < now.people.size(); ++i) {
    EXPECT_EQ(now.people[i].number, then.people[i].number);
    EXPECT_EQ(now.people[i].special, then.people[i].special);
  }
  EXPECT_EQ(now.acts.size(), then.acts.size());
  EXPECT_EQ(now.archive_events.size(), then.archive_events.size());
}

/// Whatever one cell says too much, the checks say so.
TEST(WorkedExample, EveryCheckBendsWhenOneCellIsChanged) {
  auto& county = County::whole();
  const auto red = [](const std::vector<report::Check>& checks, std::string_view id) {
    for (const auto& check : checks)
      if (check.id == id) return check.state == report::Check::State::red;
    return false;
  };
  const auto bump = [](report::Table table, std::string_view unit, std::string_view column,
                       std::int64_t by = 1) {
    for (auto& row : table.rows)
      if (std::get<std::string>(row.cells.front()) == unit)
        std::get<std::int64_t>(row.cells[table.index_of(column)]) += by;
    return table;
  };
  const auto basic = county.report("basic-statistics", "2026Q3", september).tables[0];
  EXPECT_TRUE(red(check_basic(bump(basic, shixian::town_a, "bereaved_people")), "F1"));
  EXPECT_TRUE(red(check_basic(bump(basic, shixian::town_a, "old_people", 9)), "F2"));
  EXPECT_TRUE(red(check_basic(bump(basic, "合计", "possible_people")), "F3"));
  EXPECT_FALSE(red(check_basic(basic), "F1"));
  const auto movement = county.report("movement", "2026Q3", september).tables[0];
  for (const auto* column :
       {"opening_people", "died_households", "corrected_up_people", "closing_households", "in_doubt_people"})
    EXPECT_TRUE(red(check_movement(bump(movement, shixian::town_c, column), basic), "F5")) << column;
  EXPECT_TRUE(red(check_movement(bump(movement, shixian::town_b, "moved_in_households"), basic), "F6"));
  EXPECT_TRUE(red(check_movement(movement, bump(basic, shixian::town_b, "people")), "F5"));
  const auto members = county.report("member-list", "2026Q3", september);
  EXPECT_TRUE(red(check_members(bump(members.tables[2], "合计", "came"), members.tables[0], basic), "F10"));
  auto fewer = members.tables[0];
  fewer.rows.pop_back();
  EXPECT_TRUE(red(check_members(members.tables[2], fewer, basic), "F10"));
  const auto contacts = county.report("contact-system", "2026Q3", september).tables[0];
  EXPECT_TRUE(red(check_rates(bump(contacts, shixian::town_b, "S02_met"), "F8"), "F8"));
  EXPECT_TRUE(red(check_rates(bump(contacts, "合计", "households"), "F8"), "F8"));
  const auto acts = county.report("care-statistics", "2026Q3", september).tables[0];
  EXPECT_TRUE(red(check_acts(bump(acts, shixian::town_b, "P")), "F9"));
  EXPECT_TRUE(red(check_acts(bump(acts, "合计", "acts")), "F9"));
}

}  // namespace
}  // namespace kinhub::test
