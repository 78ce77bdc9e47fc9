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

std::string column(std::size_t figure, const std::string& what) {
  constexpr const char* figures[] = {"", "bereaved_", "disabled_", "old_", "old_bereaved_", "old_disabled_"};
  return figures[figure] + what;
}

/// 失独49以上, 失独未满, 伤残49以上, 伤残未满
using Four = std::array<std::int64_t, 4>;
struct Town {
  std::string name;
  Four four;           ///< households
  Four people = four;  ///< doubled where nothing else is said
};
Town town(const std::string& name, const Four& four) {
  return {name, four, {2 * four[0], 2 * four[1], 2 * four[2], 2 * four[3]}};
}

Report table_of(const std::vector<Town>& towns) {
  Report report{"basic-statistics", "特殊家庭基本情况统计表", {}, {}, {}, {"应退档：320812-901-2013-00001"}};
  report.question.period = service::Period::read("2026Q3").value();
  report.checks = {{report::Check::State::amber, "F7", "应退档 1 户：320812-901-2013-00001"}};
  report::Table table{"basic", report.title, {{"unit", "单位"}}, {}};
  for (const std::string prefix :
       {"", "bereaved_", "disabled_", "old_", "old_bereaved_", "old_disabled_", "possible_"})
    for (const std::string what : {"households", "people"})
      table.columns.push_back({prefix + what, prefix + what});
  Town all = {"合计", {}, {}};
  const auto figures_of = [](const Four& four) {
    const auto [a, b, c, d] = four;
    return std::array{a + b + c + d, a + b, c + d, a + c, a, c, std::int64_t(3)};
  };
  const auto add = [&](const Town& of, bool total) {
    report::Row row{{of.name}, total, {}};
    const auto households = figures_of(of.four), people = figures_of(of.people);
    for (std::size_t i = 0; i < households.size(); ++i)
      row.cells.emplace_back(households[i]), row.cells.emplace_back(people[i]);
    table.rows.push_back(std::move(row));
  };
  for (const auto& town : towns) {
    add(town, false);
    for (std::size_t i = 0; i < 4; ++i)
      all.four[i] += town.four[i], all.people[i] += town.people[i];
  }
  add(all, true);
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
  const auto open = report::published(
      table_of({town("甲", {20, 20, 20, 20}), town("乙", {30, 5, 6, 7}), town("丙", {12, 0, 0, 0})}));
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
  EXPECT_EQ(
      text_of(*report::published(table_of({town("甲", {20, 20, 20, 20}), town("乙", {9, 0, 0, 0}),
                                           town("丙", {0, 0, 9, 0}), town("未落实乡镇", {0, 20, 0, 0})}))),
      "甲 80 160 40 80 40 80 40 80 20 40 20 40\n"
      "其他乡镇 38 76 29 58 9 18 18 36 9 18 9 18\n"
      "合计 118 236 69 138 49 98 58 116 29 58 29 58\n");
  // The rest is too small, or nothing but the rest is left: the county alone.
  for (const auto& towns : {std::vector{town("甲", {20, 20, 20, 20}), town("乙", {9, 0, 0, 0})},
                            std::vector{town("甲", {9, 0, 0, 0}), town("乙", {9, 0, 0, 0})}})
    EXPECT_EQ(report::published(table_of(towns))->tables[0].rows.size(), 1u);
}

TEST(Publish, FewerThanFiveHouseholdsAreNotTold) {
  EXPECT_EQ(text_of(*report::published(table_of({town("甲", {4, 0, 0, 0})}))),
            "合计 * * * * * * * * * * * *\n");
  EXPECT_EQ(text_of(*report::published(table_of({}))), "合计 0 0 0 0 0 0 0 0 0 0 0 0\n");
}

/// Two hidden figures of a column are the sum less what is printed.
TEST(Publish, WhatSeveralTownsHaveTogetherIsNotTold) {
  EXPECT_EQ(text_of(*report::published(table_of(
                {town("甲", {20, 10, 1, 0}), town("乙", {20, 10, 1, 0}), town("丙", {30, 30, 30, 30})}))),
            "甲 31 62 * * * * 21 42 * * * *\n"
            "乙 31 62 * * * * 21 42 * * * *\n"
            "丙 120 240 * * * * 60 120 * * * *\n"
            "合计 182 364 120 240 62 124 102 204 70 140 32 64\n");
}

/// People stand in their own town, households in that of their seat.
TEST(Publish, APersonWhoseHouseholdIsElsewhereIsNotTold) {
  const auto open = report::published(
      table_of({{"甲", {10, 10, 0, 0}, {15, 15, 1, 0}}, {"乙", {20, 20, 20, 20}, {30, 30, 30, 30}}}));
  for (std::size_t row = 0; row < open->tables[0].rows.size(); ++row)
    if (!open->tables[0].rows[row].total) {
      EXPECT_EQ(report::text_of(open->tables[0].at(row, "disabled_people")), "*") << text_of(*open);
      EXPECT_EQ(report::text_of(open->tables[0].at(row, "bereaved_people")), "*") << text_of(*open);
    }
  // All households have somebody of 49, and one of the people is younger.
  const auto young = report::published(table_of({{"甲", {20, 0, 0, 0}, {30, 1, 0, 0}}}));
  EXPECT_EQ(text_of(*young), "甲 20 31 20 31 0 0 * * * * 0 0\n合计 20 31 20 31 0 0 * * * * 0 0\n");
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
  Reader(const report::Table& table, const std::string& what) : table_(table) {
    const auto rows = table.rows.size();
    units_ = std::max<std::size_t>(rows - 1, 1);
    for (std::size_t row = 0; row < rows; ++row)
      for (std::size_t i = 0; i < 6; ++i)
        if (std::holds_alternative<std::int64_t>(table.at(row, column(i, what))))
          add(coefficients(row, printed[i]));
  }
  /// Of some units together, a bit each.
  bool knows(std::size_t units, const std::array<int, 4>& of) const {
    Line asked(units_ * 4, 0);
    for (std::size_t unit = 0; unit < units_; ++unit)
      if (units >> unit & 1)
        for (std::size_t i = 0; i < 4; ++i)
          asked[unit * 4 + i] = of[i];
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

/// Property: no sum of 1 to 4 households or people, of any kinds and units together, follows from a published
/// table.
TEST(Publish, NoSmallFigureFollowsFromWhatIsPrinted) {
  for (const unsigned seed : seeds({1, 2, 3})) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 chance(seed);
    const auto number = [&](unsigned below) { return static_cast<std::int64_t>(chance() % below); };
    std::size_t told = 0;
    for (int round = 0; round < 200; ++round) {
      std::vector<Town> towns(chance() % 6);
      for (std::size_t i = 0; i < towns.size(); ++i) {
        auto& [name, four, people] = towns[i];
        name = "镇" + std::to_string(i);
        for (std::size_t kind = 0; kind < 4; ++kind) {
          four[kind] = chance() % 3 == 0 ? number(6) : number(40);
          people[kind] =
              std::max<std::int64_t>(0, four[kind] + number(static_cast<unsigned>(four[kind]) + 3) - 1);
        }
      }
      const auto full = table_of(towns);
      const auto open = report::published(full);
      ASSERT_TRUE(open);
      const auto& table = open->tables[0];
      for (const std::string what : {"households", "people"}) {
        // The kinds behind each row that is printed; of merged ones what is left of the sum.
        std::vector<Four> kinds(table.rows.size());
        Four rest{};
        const auto of = [&](const Town& town) { return what == "people" ? town.people : town.four; };
        for (const auto& town : towns)
          for (std::size_t i = 0; i < 4; ++i)
            rest[i] += of(town)[i], kinds.back()[i] += of(town)[i];
        for (std::size_t row = 0; row < table.rows.size(); ++row)
          for (const auto& town : towns)
            if (std::get<std::string>(table.rows[row].cells[0]) == town.name) {
              kinds[row] = of(town);
              for (std::size_t i = 0; i < 4; ++i)
                rest[i] -= of(town)[i];
            }
        for (std::size_t row = 0; row < table.rows.size(); ++row)
          if (std::get<std::string>(table.rows[row].cells[0]) == "其他乡镇") kinds[row] = rest;
        for (std::size_t row = 0; row < table.rows.size(); ++row)
          for (std::size_t i = 0; i < 6; ++i)
            if (const auto* printed = std::get_if<std::int64_t>(&table.at(row, column(i, what)))) {
              std::int64_t value = 0;
              for (std::size_t kind = 0; kind < 4; ++kind)
                value += Reader::printed[i][kind] * kinds[row][kind];
              EXPECT_EQ(*printed, value);
              ++told;
            }
        const Reader reader(table, what);
        const auto units = std::max<std::size_t>(table.rows.size() - 1, 1);
        for (std::size_t some = 1; some < (std::size_t{1} << units); ++some)
          for (int mask = 1; mask < 16; ++mask) {
            const std::array<int, 4> wanted{mask & 1, mask >> 1 & 1, mask >> 2 & 1, mask >> 3 & 1};
            std::int64_t value = 0;
            for (std::size_t unit = 0; unit < units; ++unit)
              for (std::size_t kind = 0; kind < 4; ++kind)
                value += (some >> unit & 1) ? wanted[kind] * kinds[unit][kind] : 0;
            if (value >= 1 && value <= 4) {
              EXPECT_FALSE(reader.knows(some, wanted)) << value << " " << what << "\n"
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
