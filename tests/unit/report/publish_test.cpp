// Published tables: small units and cells are hidden, and no way of adding up gives them back.
#include "hub/report/publish.hpp"

#include <cmath>
#include <random>

#include "hub/report/write.hpp"
#include "tests/seeds.hpp"
#include "tests/unit/report/county.hpp"

namespace kinhub::test {
namespace {

using report::Report;

constexpr const char* figures[] = {"households",     "bereaved_households",     "disabled_households",
                                   "old_households", "old_bereaved_households", "old_disabled_households"};

/// 失独49以上, 失独未满, 伤残49以上, 伤残未满
using Four = std::array<std::int64_t, 4>;
struct Town {
  std::string name;
  Four four;
};

Report table_of(const std::vector<Town>& towns) {
  Report report{"basic-statistics", "特殊家庭基本情况统计表", {}, {}, {}, {"应退档：320812-901-2013-00001"}};
  report.question.period = service::Period::read("2026Q3").value();
  report.checks = {{report::Check::State::amber, "F7", "应退档 1 户：320812-901-2013-00001"}};
  report::Table table{"basic", report.title, {{"unit", "单位"}}, {}};
  for (const std::string prefix :
       {"", "bereaved_", "disabled_", "old_", "old_bereaved_", "old_disabled_", "possible_"})
    for (const std::string what : {"households", "people"})
      table.columns.push_back({prefix + what, prefix + what});
  Four all{};
  const auto add = [&](const std::string& name, const Four& four, bool total) {
    const auto [a, b, c, d] = four;
    report::Row row{{name}, total, {}};
    for (const auto households : {a + b + c + d, a + b, c + d, a + c, a, c, std::int64_t(3)})
      row.cells.emplace_back(households), row.cells.emplace_back(2 * households);
    table.rows.push_back(std::move(row));
  };
  for (const auto& town : towns) {
    add(town.name, town.four, false);
    for (std::size_t i = 0; i < 4; ++i)
      all[i] += town.four[i];
  }
  add("合计", all, true);
  report.tables = {std::move(table)};
  return report;
}

std::string text_of(const Report& report) {
  std::string text;
  for (const auto& row : report.tables[0].rows) {
    for (const auto& cell : row.cells)
      text += report::text_of(cell) + " ";
    text.back() = '\n';
  }
  return text;
}

TEST(Publish, TheWorkedExampleKeepsTwoFigures) {
  const auto open =
      report::published(County::whole().report("basic-statistics", "2026Q3", Date(2026, 9, 30)));
  ASSERT_TRUE(open);
  EXPECT_EQ(text_of(*open), "合计 10 16 * * * * * * * * * *\n");
  EXPECT_EQ(open->notes, (std::vector<std::string>{"“*”为保护隐私不予公布"}));
}

TEST(Publish, WhatIsLargeStaysAndNothingOfArchivesOrDoubtIsSaid) {
  const auto open =
      report::published(table_of({{"甲", {20, 20, 20, 20}}, {"乙", {30, 5, 6, 7}}, {"丙", {12, 0, 0, 0}}}));
  ASSERT_TRUE(open);
  EXPECT_EQ(text_of(*open),
            "甲 80 160 40 80 40 80 40 80 20 40 20 40\n"
            "乙 48 96 35 70 13 26 36 72 30 60 6 12\n"
            "丙 12 24 12 24 0 0 12 24 12 24 0 0\n"
            "合计 140 280 87 174 53 106 88 176 62 124 26 52\n");
  EXPECT_TRUE(open->checks.empty());
  EXPECT_TRUE(open->notes.empty());
}

TEST(Publish, SmallUnitsAreOne) {
  EXPECT_EQ(text_of(*report::published(table_of({{"甲", {20, 20, 20, 20}},
                                                 {"乙", {9, 0, 0, 0}},
                                                 {"丙", {0, 0, 9, 0}},
                                                 {"未落实乡镇", {0, 20, 0, 0}}}))),
            "甲 80 160 40 80 40 80 40 80 20 40 20 40\n"
            "其他乡镇 38 76 29 58 9 18 18 36 9 18 9 18\n"
            "合计 118 236 69 138 49 98 58 116 29 58 29 58\n");
  // The rest is too small, or nothing but the rest is left: the county alone.
  for (const auto& towns : {std::vector<Town>{{"甲", {20, 20, 20, 20}}, {"乙", {9, 0, 0, 0}}},
                            std::vector<Town>{{"甲", {9, 0, 0, 0}}, {"乙", {9, 0, 0, 0}}}})
    EXPECT_EQ(report::published(table_of(towns))->tables[0].rows.size(), 1u);
}

TEST(Publish, FewerThanFiveHouseholdsAreNotTold) {
  EXPECT_EQ(text_of(*report::published(table_of({{"甲", {4, 0, 0, 0}}}))), "合计 * * * * * * * * * * * *\n");
  EXPECT_EQ(text_of(*report::published(table_of({}))), "合计 0 0 0 0 0 0 0 0 0 0 0 0\n");
}

TEST(Publish, OnlyStatisticsHaveAPublicForm) {
  for (const auto* name : {"movement", "member-list", "contact-system"}) {
    auto report = table_of({});
    report.name = name;
    const auto open = report::published(report);
    ASSERT_FALSE(open) << name;
    EXPECT_EQ(open.error().code, "NOT_PUBLIC");
  }
}

/// Gauss over reals, from nothing but what is printed: which sums of the unknown kinds of households follow.
class Reader {
 public:
  explicit Reader(const report::Table& table) : table_(table) {
    const auto rows = table.rows.size();
    units_ = std::max<std::size_t>(rows - 1, 1);
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < 6; ++i)
        if (std::holds_alternative<std::int64_t>(table.at(row, figures[i])))
          add(coefficients(row, printed[i]));
  }
  bool knows(std::size_t row, const std::array<int, 4>& of) const {
    auto asked = coefficients(row, of);
    reduce(asked);
    return std::all_of(asked.begin(), asked.end(), [](double v) { return std::abs(v) < 1e-7; });
  }
  static constexpr std::array<int, 4> printed[] = {{1, 1, 1, 1}, {1, 1, 0, 0}, {0, 0, 1, 1},
                                                   {1, 0, 1, 0}, {1, 0, 0, 0}, {0, 0, 1, 0}};

 private:
  using Line = std::vector<double>;
  Line coefficients(std::size_t row, const std::array<int, 4>& of) const {
    Line line(units_ * 4, 0);
    for (std::size_t unit = 0; unit < units_; ++unit)
      if (unit == row || row + 1 == table_.rows.size())
        for (std::size_t i = 0; i < 4; ++i)
          line[unit * 4 + i] = of[i];
    return line;
  }
  void reduce(Line& line) const {
    for (const auto& [lead, other] : lines_)
      if (const auto times = line[lead]; times != 0)
        for (std::size_t i = 0; i < line.size(); ++i)
          line[i] -= times * other[i];
  }
  void add(Line line) {
    reduce(line);
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (std::abs(line[i]) < 1e-7) continue;
      const auto first = line[i];
      for (auto& value : line)
        value /= first;
      lines_.emplace_back(i, std::move(line));
      return;
    }
  }
  const report::Table& table_;
  std::size_t units_ = 1;
  std::vector<std::pair<std::size_t, Line>> lines_;
};

/// Property: no sum of 1 to 4 households, of any kinds together, follows from a published table.
TEST(Publish, NoSmallFigureFollowsFromWhatIsPrinted) {
  for (const unsigned seed : seeds({1, 2, 3})) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 chance(seed);
    std::size_t told = 0;
    for (int round = 0; round < 300; ++round) {
      std::vector<Town> towns(chance() % 7);
      for (std::size_t i = 0; i < towns.size(); ++i) {
        towns[i].name = "镇" + std::to_string(i);
        for (auto& value : towns[i].four)
          value = chance() % 3 == 0 ? chance() % 6 : chance() % 40;
      }
      const auto full = table_of(towns);
      const auto open = report::published(full);
      ASSERT_TRUE(open);
      const auto& table = open->tables[0];
      // The kinds behind each row that is printed; of merged ones what is left of the sum.
      std::vector<Four> kinds(table.rows.size());
      Four rest{}, all{};
      for (const auto& town : towns)
        for (std::size_t i = 0; i < 4; ++i)
          all[i] += town.four[i];
      rest = all;
      for (std::size_t row = 0; row < table.rows.size(); ++row)
        for (const auto& town : towns)
          if (std::get<std::string>(table.rows[row].cells[0]) == town.name) {
            kinds[row] = town.four;
            for (std::size_t i = 0; i < 4; ++i)
              rest[i] -= town.four[i];
          }
      for (std::size_t row = 0; row < table.rows.size(); ++row) {
        if (std::get<std::string>(table.rows[row].cells[0]) == "其他乡镇") kinds[row] = rest;
        if (table.rows[row].total) kinds[row] = all;
      }
      const auto value_of = [&](std::size_t row, const std::array<int, 4>& of) {
        std::int64_t value = 0;
        for (std::size_t kind = 0; kind < 4; ++kind)
          value += of[kind] * kinds[row][kind];
        return value;
      };
      const Reader reader(table);
      for (std::size_t row = 0; row < table.rows.size(); ++row) {
        for (std::size_t i = 0; i < 6; ++i)
          if (const auto* number = std::get_if<std::int64_t>(&table.at(row, figures[i]))) {
            EXPECT_EQ(*number, value_of(row, Reader::printed[i]));
            ++told;
          }
        for (int mask = 1; mask < 16; ++mask) {
          const std::array<int, 4> of{mask & 1, mask >> 1 & 1, mask >> 2 & 1, mask >> 3 & 1};
          if (const auto value = value_of(row, of); value >= 1 && value <= 4) {
            EXPECT_FALSE(reader.knows(row, of)) << value << " households\n"
                                                << text_of(full) << text_of(*open);
          }
        }
      }
    }
    EXPECT_GT(told, 2000u) << "a table that hides everything protects, and says nothing";
  }
}

}  // namespace
}  // namespace kinhub::test
