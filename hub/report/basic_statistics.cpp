// R01: households and persons by town, kind and age line.
#include <fmt/format.h>

#include <map>
#include <set>

#include "hub/report/count.hpp"
#include "hub/report/reports.hpp"

namespace kinhub::report {
namespace {

const std::vector<Column> columns = {
    {"unit", "单位"},
    {"households", "户数"},
    {"people", "人数"},
    {"bereaved_households", "失独户"},
    {"bereaved_people", "失独人"},
    {"disabled_households", "伤残户"},
    {"disabled_people", "伤残人"},
    {"old_households", "户数", "其中49岁以上"},
    {"old_people", "人数", "其中49岁以上"},
    {"old_bereaved_households", "失独户", "其中49岁以上"},
    {"old_bereaved_people", "失独人", "其中49岁以上"},
    {"old_disabled_households", "伤残户", "其中49岁以上"},
    {"old_disabled_people", "伤残人", "其中49岁以上"},
    {"possible_households", "待核实户"},
    {"possible_people", "待核实人"},
};

Row row_of(const std::string& unit, const Figures& of) {
  Row row;
  row.cells.emplace_back(unit);
  for (const auto* pair :
       {&of.all, &of.bereaved, &of.disabled, &of.old, &of.old_bereaved, &of.old_disabled, &of.possible})
    row.cells.emplace_back(pair->households), row.cells.emplace_back(pair->people);
  return row;
}

/// F7: open archives are those of the households that are counted, one each. Sets are compared, not numbers:
/// of one day and one region, 待核实 included.
Check compare_archives(const Means& means, const std::vector<service::Household>& households,
                       const Question& question) {
  const auto day = question.as_of();
  std::map<PersonId, std::set<std::string>> kept;
  std::string extra, missing, twice, stray;
  std::int64_t extra_count = 0, missing_count = 0, twice_count = 0, stray_count = 0;
  const auto add = [](std::string& list, std::int64_t& count, const std::string& what) {
    if (++count <= 20) list += (list.empty() ? "" : "、") + what;
  };
  for (const auto& archive : means.ledger.archives()) {
    if (!archive.is_open(day)) continue;
    const auto household = means.ledger.keeping().household(archive, day);
    if (household)
      for (const auto& member : household->members)
        kept[member.person->id].insert(archive.number);
    if (!household && place_in(means.ledger.keeping().seat(archive, day), question.region).inside)
      add(extra, extra_count, archive.number);
  }
  for (const auto& household : households) {
    if (!place_in(household.seat, question.region).inside) continue;
    std::set<std::string> numbers;
    for (const auto& member : household.members)
      if (const auto found = kept.find(member.person->id); found != kept.end())
        numbers.insert(found->second.begin(), found->second.end());
    if (numbers.empty()) add(missing, missing_count, household.members.front().person->ref);
    if (numbers.size() > 1) add(twice, twice_count, fmt::format("{}", fmt::join(numbers, "+")));
  }
  for (const auto* event : means.ledger.strays()) {
    const auto* person = means.ledger.record().find(event->person);
    const auto* lives = person ? service::lives_on(*person, day) : nullptr;
    if (event->on <= day && lives && place_in(lives->area, question.region).inside)
      add(stray, stray_count, event->archive_no);
  }
  Check check{Check::State::passed, "F7", ""};
  const auto tell = [&](std::string_view what, std::int64_t count, std::string_view unit,
                        const std::string& which) {
    if (count > 0)
      check.text += fmt::format("{}{} {} {}：{}", check.text.empty() ? "" : "；", what, count, unit, which);
  };
  tell("应建档", missing_count, "户", missing), tell("应退档", extra_count, "户", extra);
  tell("一户两档", twice_count, "户", twice), tell("档案号核对", stray_count, "件", stray);
  if (!check.text.empty()) check.state = Check::State::amber;
  return check;
}

}  // namespace

std::vector<Check> check_basic(const Table& basic) {
  std::vector<Check> checks = {{Check::State::passed, "F1", ""},
                               {Check::State::passed, "F2", ""},
                               {Check::State::passed, "F3", ""},
                               {Check::State::passed, "F4", ""}};
  const auto wrong = [&](std::size_t which, Check::State state, std::size_t row, const std::string& text) {
    auto& check = checks[which];
    check.state = state;
    const auto* unit = std::get_if<std::string>(&basic.rows[row].cells.front());
    check.text += (check.text.empty() ? "" : "；") + (unit ? *unit : std::string()) + text;
  };
  for (std::size_t row = 0; row < basic.rows.size(); ++row) {
    for (const auto* prefix : {"", "old_"})
      for (const auto* what : {"households", "people"}) {
        const auto at = [&](const std::string& kind) { return basic.number(row, prefix + kind + what); };
        if (at("") != at("bereaved_") + at("disabled_"))
          wrong(0, Check::State::red, row, "：失独加伤残不等于合计");
      }
    for (const auto* kind : {"", "bereaved_", "disabled_"})
      for (const auto* what : {"households", "people"})
        if (basic.number(row, std::string("old_") + kind + what) >
            basic.number(row, std::string(kind) + what))
          wrong(1, Check::State::red, row, "：49岁以上多于全部");
    if (basic.number(row, "people") > 2 * basic.number(row, "households"))
      wrong(3, Check::State::amber, row, "：人数多于户数的两倍，有的户座落在别处");
  }
  for (std::size_t column = 1; column < basic.columns.size(); ++column) {
    std::int64_t sum = 0;
    for (std::size_t row = 0; row + 1 < basic.rows.size(); ++row)
      sum += basic.number(row, basic.columns[column].id);
    if (!basic.rows.empty() && sum != basic.number(basic.rows.size() - 1, basic.columns[column].id))
      wrong(2, Check::State::red, basic.rows.size() - 1,
            "：各行之和不等于合计（" + basic.columns[column].title + "）");
  }
  return checks;
}

Report basic_statistics(const Means& means, const Question& question) {
  Report report{"basic-statistics", "特殊家庭基本情况统计表", question, {}, {}, {}};
  const auto households = households_on(means.ledger.record(), question.as_of());
  const auto by_town = count(households, question.region);
  Table table{"basic", report.title, columns, {}};
  Figures all;
  for (const auto& town : towns_of(by_town)) {
    table.rows.push_back(row_of(unit_name(town), by_town.at(town)));
    all += by_town.at(town);
  }
  table.rows.push_back(row_of(std::string(all_towns), all));
  table.rows.back().total = true;
  report.checks = check_basic(table);
  report.checks.push_back(compare_archives(means, households, question));
  report.tables.push_back(std::move(table));
  return report;
}

}  // namespace kinhub::report
