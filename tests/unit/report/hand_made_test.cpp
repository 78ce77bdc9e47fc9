// Reports of a few families made by hand: what the worked example has nothing of.
#include <filesystem>
#include <fstream>

#include "hub/desk/masking.hpp"
#include "hub/report/write.hpp"
#include "tests/unit/base/scratch.hpp"
#include "tests/unit/report/county.hpp"

namespace kinhub::test {
namespace {

namespace fs = std::filesystem;
using service::ArchiveEvent;
using service::Record;

const Interval always{Date(1990, 1, 1), Date::forever()};
const std::string first_no = "320812-901-2013-00001", second_no = "320812-901-2013-00002";

service::Person person(std::int64_t id, Sex sex, const std::string& area) {
  service::Person one;
  one.id = {id}, one.sex = sex, one.ref = "P" + std::to_string(id);
  one.special = one.bereaved = {{always}};
  one.lives = {{area, always, always.from}};
  return one;
}
void move(service::Person& one, const std::string& area, Date on) {
  one.lives.back().when.until = on;
  one.lives.push_back({area, {on, Date::forever()}, on});
}
ArchiveEvent opened(const std::string& key, std::int64_t id, const std::string& number) {
  return {key, {id}, number, "opened", "", "", "", Date(2013, 1, 10)};
}

service::ServiceSet services(const fs::path& care) {
  auto read = service::ServiceSet::read(care, fs::path(tests::source_dir()) / "mappings" / "codes");
  if (auto* errors = std::get_if<std::vector<Error>>(&read))
    throw std::runtime_error(describe(errors->front()));
  return std::move(std::get<service::ServiceSet>(read));
}
const service::ServiceSet& shipped() {
  static const auto set = services(fs::path(tests::source_dir()) / "mappings" / "care");
  return set;
}

Result<report::Report> made(std::string_view name, const Record& record, const std::string& region,
                            const std::string& period, const service::ServiceSet& set = shipped()) {
  const service::Ledger ledger(record, set.festivals());
  return report::make_report(name, {ledger, set, &record},
                             {region, service::Period::read(period).value(), 0, 0});
}
std::string check(const report::Report& report, std::string_view id) {
  for (const auto& one : report.checks)
    if (one.id == id) return one.text;
  return "no check " + std::string(id);
}

TEST(Movement, WhatMovesWithinTheRegionIsBookedApart) {
  Record record;
  record.people = {person(1, Sex::female, "320812901201"), person(2, Sex::female, "341523901201"),
                   person(3, Sex::female, "320812902201")};
  move(record.people[0], "341523901201", Date(2026, 11, 5));   // out of the county
  move(record.people[1], "320812902201", Date(2026, 11, 10));  // into it, to another town
  move(record.people[2], "320812903201", Date(2026, 11, 12));  // within it
  const auto report = made("movement", record, "320812", "2026-11").value();
  const auto& table = report.tables[0];
  const auto row = table.rows.size() - 1;
  for (const std::string what : {"_households", "_people"}) {
    EXPECT_EQ(table.number(row, "moved_in" + what), 1);
    EXPECT_EQ(table.number(row, "moved_out" + what), -1);
    EXPECT_EQ(table.number(row, "inner_in" + what), 0);
    EXPECT_EQ(table.number(1, "moved_in" + what), 1) << "902";
    EXPECT_EQ(table.number(1, "inner_in" + what), 0);
    EXPECT_EQ(table.number(1, "inner_out" + what), -1);
    EXPECT_EQ(table.number(2, "inner_in" + what), 1) << "903";
  }
  EXPECT_EQ(failed(report), "");
  const auto basic = made("basic-statistics", record, "320812", "2026-11").value().tables[0];
  for (const auto* column : {"inner_in_people", "inner_out_households", "moved_out_people"}) {
    auto bent = table;
    std::get<std::int64_t>(bent.rows[2].cells[bent.index_of(column)]) += 1;
    EXPECT_EQ(check_movement(bent, basic)[1].state, report::Check::State::red) << column;
  }
}

TEST(BasicStatistics, ComparesArchivesWithHouseholdsAsSets) {
  Record record;
  record.people = {person(1, Sex::female, "320812901201"), person(2, Sex::male, "320812901201"),
                   person(3, Sex::female, "320812902201")};
  const Interval wed{Date(2026, 3, 1), Date::forever()};
  record.people[0].marriages = {{{2}, wed}}, record.people[1].marriages = {{{1}, wed}};
  record.archive_events = {opened("A", 1, first_no), opened("B", 2, second_no), opened("C", 3, first_no)};
  const auto report = made("basic-statistics", record, "320812", "2026Q3").value();
  EXPECT_EQ(check(report, "F7"), "应建档 1 户：P3；一户两档 1 户：" + first_no + "+" + second_no +
                                     "；档案号核对 1 件：" + first_no)
      << "two archives and two households, and yet nothing fits";
  EXPECT_EQ(check(made("basic-statistics", record, "320812902", "2026Q3").value(), "F7"),
            "应建档 1 户：P3；档案号核对 1 件：" + first_no)
      << "of one region";
}

TEST(Coverages, EachArchiveGoesByTheFileOfItsOwnCounty) {
  const Scratch folder;
  const auto write = [&](const char* region, const char* rest) {
    fs::create_directories(folder.path() / region);
    std::ofstream(folder.path() / region / "own.yaml")
        << "care: own\ntitle: 试\nregion: \"" << region << "\"\nin_force: 2019-02-01 ..\nservices:\n"
        << rest;
  };
  write("000000", "  S02: {name: 每月, rule: whole(1 per month)}\n");
  write("320812",
        "  S02: {name: 每月, rule: whole(1 per month), used: no}\n  S03: {name: 每周, rule: whole(1 per "
        "week)}\n");
  const auto set = services(folder.path());
  Record record;
  record.people = {person(1, Sex::female, "320812901201"), person(2, Sex::female, "320813901201")};
  record.archive_events = {opened("A", 1, first_no), opened("B", 2, "320813-901-2013-00001")};
  const auto all = made("three-coverages", record, "3208", "2026-09", set).value().tables[0];
  const auto row = all.rows.size() - 1;
  EXPECT_EQ(all.number(row, "S02_owed"), 1) << "the other county's";
  EXPECT_EQ(all.number(row, "S03_owed"), 4) << "weeks";
  const auto one = made("three-coverages", record, "320812", "2026-09", set).value().tables[0];
  EXPECT_EQ(one.number(one.rows.size() - 1, "S03_owed"), 4);
  EXPECT_EQ(made("contact-system", record, "3208", "2026-09", set).value().tables[0].number(row, "S03_owed"),
            4);
}

TEST(Reports, AreOfACountyOrATown) {
  const Record record;
  for (const auto name : report::report_names()) {
    const auto report = made(name, record, "320812903201", "2026Q3");
    ASSERT_FALSE(report) << name;
    EXPECT_EQ(report.error().code, "REPORT_REGION");
  }
}

TEST(MemberList, SaysWhyOneIsNew) {
  Record record;
  record.people = {person(1, Sex::female, "320812901201"), person(2, Sex::female, "341523901201")};
  record.people[0].special = record.people[0].bereaved = {{{Date(2026, 8, 1), Date::forever()}}};
  move(record.people[1], "320812902201", Date(2026, 8, 10));
  const auto members = made("member-list", record, "320812", "2026Q3").value().tables[0];
  ASSERT_EQ(members.rows.size(), 2u);
  EXPECT_EQ(std::get<std::string>(members.at(0, "reason")), "子女死亡");
  EXPECT_EQ(std::get<std::string>(members.at(1, "reason")), "迁入");
}

TEST(Digest, IsOfWhatIsHandedOut) {
  Record record;
  record.people = {person(1, Sex::female, "320812901201")};
  record.people[0].name = "王试女";
  ReportView view{made("member-list", record, "320812", "2026Q3").value(), "of what was made"};
  mask(view);
  EXPECT_EQ(report::to_csv(view.report).find("王试女"), std::string::npos);
  EXPECT_EQ(view.digest, report::digest_of(view.report));
}

}  // namespace
}  // namespace kinhub::test
