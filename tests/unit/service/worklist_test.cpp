// The order of the worklist, and the days on which a family is left in peace.
#include "hub/service/worklist.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/places/places.hpp"

namespace kinhub::service {
namespace {

const Interval always{Date(1990, 1, 1), Date::forever()};

const ServiceSet& shipped() {
  static const auto set = [] {
    const auto mappings = std::filesystem::path(tests::source_dir()) / "mappings";
    return std::get<ServiceSet>(ServiceSet::read(mappings / "care", mappings / "codes"));
  }();
  return set;
}

Person woman(std::int64_t id) {
  Person one;
  one.id = {id}, one.sex = Sex::female, one.number = "N" + std::to_string(id);
  one.special = one.bereaved = {{always}};
  one.lives = {{"320812901201", always, always.from}};
  return one;
}
ArchiveEvent opened(std::int64_t id, const std::string& number, Date on) {
  return {"A" + std::to_string(id), {id}, number, "opened", "", "", "", on};
}

TEST(Worklist, QuietDaysAreThoseAroundAChildsDaysAndTombSweeping) {
  Household household;
  auto one = woman(1);
  one.deaths = {{{2}, Date(2024, 9, 30), Date(2024, 10, 1), Date(2003, 1, 2)}};
  household.members = {{&one}};
  const struct {
    Date day;
    bool quiet;
  } rows[] = {
      {Date(2024, 9, 30), false},  // the day itself and the days after: people go there at once
      {Date(2025, 9, 26), false}, {Date(2025, 9, 27), true},   {Date(2025, 10, 3), true},
      {Date(2025, 10, 4), false}, {Date(2025, 12, 29), false}, {Date(2025, 12, 30), true},
      {Date(2026, 1, 5), true},   {Date(2026, 1, 6), false},   {Date(2026, 4, 4), false},
      {Date(2026, 4, 5), true},   {Date(2026, 4, 6), false},   {Date(2024, 1, 2), false},  // the child lived
  };
  for (const auto& row : rows)
    EXPECT_EQ(is_quiet(household, shipped().festivals(), row.day), row.quiet) << row.day.text();
}

TEST(Worklist, ADueDayMovesBackBeforeQuietDays) {
  Record record;
  record.people = {woman(1)};
  record.people[0].deaths = {{{2}, Date(2020, 9, 29), Date(2020, 10, 1), std::nullopt}};
  record.archive_events = {opened(1, "320812-901-2013-00001", Date(2013, 1, 10))};
  const Ledger ledger(record, shipped().festivals());
  const auto of_september = [&](Date day) {
    for (const auto& line : worklist(ledger, shipped(), "320812", day))
      if (line.service == "S02" && line.what == "2026-09") return line;
    return WorkLine{};
  };
  EXPECT_EQ(of_september(Date(2026, 9, 24)).due, Date(2026, 9, 25));
  EXPECT_EQ(of_september(Date(2026, 10, 2)).days_over, 2) << "what is overdue counts from its own day";
}

TEST(Worklist, EventsFirstThenOverduePriorityHouseholdsFirst) {
  Record record;
  record.people = {woman(1), woman(2), woman(3)};
  record.people[1].supported = {always};  // low income
  record.people[2].deaths = {{{9}, Date(2026, 9, 28), Date(2026, 9, 29), std::nullopt}};
  record.archive_events = {opened(1, "320812-901-2013-00001", Date(2013, 1, 10)),
                           opened(2, "320812-901-2013-00002", Date(2013, 1, 10)),
                           opened(3, "320812-901-2013-00003", Date(2013, 1, 10))};
  const Ledger ledger(record, shipped().festivals());
  std::vector<std::string> order;
  for (const auto& line : worklist(ledger, shipped(), "320812901", Date(2026, 10, 1)))
    if (line.service == "S02" || line.service == "S05" || line.service == "S07")
      if (line.state != WorkLine::State::open)
        order.push_back(line.service + " " + line.archive_no.substr(20));
  EXPECT_EQ(order, (std::vector<std::string>{"S05 3", "S07 2", "S02 2", "S07 1", "S07 3", "S02 1", "S02 3"}));
  EXPECT_TRUE(worklist(ledger, shipped(), "320812902", Date(2026, 10, 1)).empty()) << "another town";
}

}  // namespace
}  // namespace kinhub::service
