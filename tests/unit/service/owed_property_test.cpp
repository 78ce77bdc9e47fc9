// Coverage over random acts and archives equals a naive count, day by day; the order of acts says nothing.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "hub/service/owed.hpp"
#include "tests/places/places.hpp"
#include "tests/seeds.hpp"

namespace kinhub::service {
namespace {

const ServiceSet& shipped() {
  static const auto set = [] {
    const auto mappings = std::filesystem::path(tests::source_dir()) / "mappings";
    return std::get<ServiceSet>(ServiceSet::read(mappings / "care", mappings / "codes"));
  }();
  return set;
}

const Interval always{Date(1990, 1, 1), Date::forever()};
const Date first(2025, 11, 1), last(2026, 12, 31);

/// Some families with an archive each, opened and closed at random, and acts at random.
Record some_record(std::mt19937& chance) {
  Record record;
  const auto day = [&] { return first.plus_days(static_cast<int>(chance() % 426)); };
  for (std::int64_t id = 1; id <= 4; ++id) {
    Person person;
    person.id = {id}, person.sex = Sex::female;
    person.special = person.bereaved = {{always}};
    person.lives = {{"320812901201", always, always.from}};
    person.helpers = {{"village_cadre", "helper", "", "", "", {day(), Date::forever()}}};
    record.people.push_back(person);
    const auto number = "320812-901-2012-0000" + std::to_string(id);
    auto from = day();
    for (unsigned spans = chance() % 3; spans > 0; --spans) {
      const auto until = from.plus_days(static_cast<int>(chance() % 200));
      record.archive_events.push_back({"A", {id}, number, "opened", "", "", "", from});
      record.archive_events.push_back({"B", {id}, number, "closed", "", "", "", until});
      from = until.plus_days(static_cast<int>(chance() % 60));
    }
    record.archive_events.push_back({"C", {id}, number, "opened", "", "", "", from});
    for (unsigned acts = chance() % 40; acts > 0; --acts) {
      Act act;
      act.key = std::to_string(record.acts.size()), act.person = {id}, act.on = day();
      if (chance() % 2 == 0) act.archive_no = number;
      act.channel = "VPNG"[chance() % 4], act.reached = chance() % 5 != 0;
      act.not_at_home = chance() % 3 == 0;
      act.doers = {chance() % 6 == 0 ? "stranger" : "helper"};
      act.services = {chance() % 3 == 0 ? "S07" : "S02"};
      record.acts.push_back(std::move(act));
    }
  }
  std::sort(record.acts.begin(), record.acts.end(),
            [](const Act& a, const Act& b) { return std::tie(a.on, a.key) < std::tie(b.on, b.key); });
  std::stable_sort(record.archive_events.begin(), record.archive_events.end(),
                   [](const ArchiveEvent& a, const ArchiveEvent& b) { return a.on < b.on; });
  return record;
}

bool open_on(const Record& record, const std::string& number, Date day) {
  bool open = false;
  for (const auto& event : record.archive_events)
    if (event.archive_no == number && event.on <= day) open = event.event == "opened";
  return open;
}
/// Whether an act is one of a helper for this family, by who is and where nothing is said of the archive by
/// when it is open.
bool counts(const Record& record, const std::string& number, PersonId person, const Act& act,
            std::string_view service) {
  if (act.person != person || !act.reached || !act.names(service) || act.doers[0] != "helper") return false;
  static_cast<void>(number);
  return record.find(person)->helpers[0].when.contains(act.on);
}

/// The rate of whole months or weeks, counted day by day.
Rate naive_whole(const Record& record, Unit unit, const std::string& channels, Interval range) {
  Rate rate;
  for (const auto& person : record.people) {
    const auto number = "320812-901-2012-0000" + std::to_string(person.id.value);
    for (auto day = range.from; day < range.until; day = day.plus_days(1)) {
      const auto period = unit_of(day, unit);
      if (period.until.plus_days(-1) != day) continue;  // counted on its last day
      bool whole = true, met = false;
      for (auto one = period.from; one < period.until; one = one.plus_days(1)) {
        whole = whole && open_on(record, number, one);
        for (const auto& act : record.acts)
          met |= act.on == one && channels.find(act.channel) != std::string::npos &&
                 counts(record, number, person.id, act, "S02");
      }
      if (whole) ++rate.den, rate.num += met ? 1 : 0;
    }
  }
  return rate;
}

/// Of festivals: the fifteen days before.
Rate naive_festivals(const Record& record, Interval range) {
  Rate rate;
  for (const auto& person : record.people) {
    const auto number = "320812-901-2012-0000" + std::to_string(person.id.value);
    for (const auto& festival : {Date(2026, 1, 1), Date(2026, 2, 17), Date(2026, 6, 19), Date(2026, 9, 25)}) {
      if (!range.contains(festival) || !open_on(record, number, festival)) continue;
      bool met = false;
      for (auto day = festival.plus_days(-15); day <= festival; day = day.plus_days(1))
        for (const auto& act : record.acts)
          met |= act.on == day && counts(record, number, person.id, act, "S07") &&
                 (act.channel == 'V' || (act.channel == 'P' && act.not_at_home));
      ++rate.den, rate.num += met ? 1 : 0;
    }
  }
  return rate;
}

Rate rate_of(const Record& record, std::string_view id, Interval range) {
  const Ledger ledger(record, shipped().festivals());
  const auto* service = shipped().find("320812", last, id);
  Rate rate;
  for (const auto& one : ledger.owed(*service, range, range.until.plus_days(-1)))
    ++rate.den, rate.num += one.met ? 1 : 0;
  return rate;
}

TEST(Owed, EqualsANaiveCountDayByDay) {
  const auto seed = test::seed(1);
  std::mt19937 chance(seed);
  Rate all;
  for (int round = 0; round < 40; ++round) {
    const auto record = some_record(chance);
    for (const auto& range :
         {Interval{Date(2026, 1, 1), Date(2026, 4, 1)}, Interval{Date(2026, 9, 1), Date(2026, 10, 1)},
          Interval{Date(2026, 1, 1), Date(2027, 1, 1)}}) {
      EXPECT_EQ(rate_of(record, "S02", range), naive_whole(record, Unit::month, "VPN", range))
          << "seed " << seed << " round " << round;
      EXPECT_EQ(rate_of(record, "S03", range), naive_whole(record, Unit::week, "VPN", range))
          << "seed " << seed << " round " << round;
      EXPECT_EQ(rate_of(record, "S04", range), naive_whole(record, Unit::month, "V", range))
          << "seed " << seed << " round " << round;
      EXPECT_EQ(rate_of(record, "S07", range), naive_festivals(record, range))
          << "seed " << seed << " round " << round;
      all += rate_of(record, "S02", range), all += rate_of(record, "S07", range);
    }
  }
  // What the histories must have had, or the test proves little.
  EXPECT_GT(all.num, 100);
  EXPECT_GT(all.den - all.num, 100);
}

TEST(Owed, TheOrderOfActsSaysNothing) {
  std::mt19937 chance(test::seed(2));
  for (int round = 0; round < 10; ++round) {
    auto record = some_record(chance);
    const Interval year{Date(2026, 1, 1), Date(2027, 1, 1)};
    const auto before = rate_of(record, "S02", year);
    std::shuffle(record.acts.begin(), record.acts.end(), chance);
    EXPECT_EQ(rate_of(record, "S02", year), before);
  }
}

}  // namespace
}  // namespace kinhub::service
