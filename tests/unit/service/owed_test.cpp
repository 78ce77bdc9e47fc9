// What single events oblige to: deaths, birthdays of who is no member any more, two archives of one
// household, numbers that are typed wrongly.
#include "hub/service/owed.hpp"

#include <gtest/gtest.h>

#include <filesystem>

#include "hub/service/worklist.hpp"
#include "tests/places/places.hpp"

namespace kinhub::service {
namespace {

const Interval always{Date(1990, 1, 1), Date::forever()};
const std::string first_no = "320812-901-2013-00001", second_no = "320812-901-2013-00002";

const ServiceSet& shipped() {
  static const auto set = [] {
    const auto mappings = std::filesystem::path(tests::source_dir()) / "mappings";
    return std::get<ServiceSet>(ServiceSet::read(mappings / "care", mappings / "codes"));
  }();
  return set;
}

Person person(std::int64_t id, Sex sex, const std::string& area = "320812901201") {
  Person one;
  one.id = {id}, one.sex = sex, one.number = "N" + std::to_string(id), one.ref = "P" + std::to_string(id);
  one.special = one.bereaved = {{always}};
  one.lives = {{area, always, always.from}};
  one.helpers = {{"village_cadre", "helper", "", "", "", always}};
  return one;
}
void marry(Person& a, Person& b, Interval when, bool by_death = false) {
  a.marriages.push_back({b.id, when, by_death}), b.marriages.push_back({a.id, when, by_death});
}
void die(Person& one, Date on, Date told) {
  one.died = on, one.deaths.push_back({one.id, on, told});
  for (auto* spans : {&one.special, &one.bereaved})
    *spans = {{{always.from, on}}};
}
ArchiveEvent event(const std::string& key, std::int64_t id, const std::string& number,
                   const std::string& what, Date on, const std::string& area = "") {
  return {key, {id}, number, what, area, "", "", on};
}
Act act(const std::string& key, std::int64_t id, const std::string& number, Date on) {
  Act one;
  one.key = key, one.person = {id}, one.archive_no = number, one.on = on;
  one.services = {"S02"}, one.channel = 'V', one.doers = {"helper"};
  return one;
}
/// "owed/met" of a service in a range, as of its last day.
std::string told(const Record& record, std::string_view id, Interval range) {
  const Ledger ledger(record, shipped().festivals());
  const auto as_of = range.until.plus_days(-1);
  std::int64_t owed = 0, met = 0;
  for (const auto& one : ledger.owed(*shipped().find("320812", as_of, id), range, as_of))
    ++owed, met += one.met ? 1 : 0;
  return std::to_string(owed) + "/" + std::to_string(met);
}
/// The lines of a region on a day, of a service or of a name: "number who what due".
std::string lines(const Record& record, std::string_view region, Date day, std::string_view of) {
  const Ledger ledger(record, shipped().festivals());
  std::string text;
  for (const auto& line : worklist(ledger, shipped(), region, day))
    if (line.service == of || line.name == of)
      text += (text.empty() ? "" : "; ") + line.archive_no + " " + (line.who ? line.who->number : "") + " " +
              line.what + " " + (line.due ? line.due->text() : "-");
  return text;
}
const Interval september{Date(2026, 9, 1), Date(2026, 10, 1)}, year{Date(2026, 1, 1), Date(2027, 1, 1)};

TEST(Owed, TheDeathOfAMemberIsAnEventAsLongAsTheOtherLives) {
  Record record;
  auto woman = person(1, Sex::female), man = person(2, Sex::male);
  marry(woman, man, {Date(1992, 1, 1), Date(2026, 9, 20)}, true);
  die(man, Date(2026, 9, 20), Date(2026, 9, 22));
  record.people = {woman, man};
  record.archive_events = {event("A", 1, first_no, "opened", Date(2013, 1, 10))};
  EXPECT_EQ(told(record, "S05", september), "1/0");
  EXPECT_EQ(lines(record, "320812901", Date(2026, 9, 23), "S05"), first_no + " N1 2026-09-20 2026-09-23");
  // The archive stands in his name: it goes on with her, and so does the event.
  record.archive_events[0].person = {2};
  EXPECT_EQ(told(record, "S05", september), "1/0");
  // Nobody is left.
  die(record.people[0], Date(2026, 9, 21), Date(2026, 9, 25));
  EXPECT_EQ(told(record, "S05", september), "0/0");
  // She lived when it was told, and lives no more: it stays counted, and nobody is called on.
  record.people[0].died = Date(2026, 9, 24);
  for (auto* spans : {&record.people[0].special, &record.people[0].bereaved})
    *spans = {{{always.from, Date(2026, 9, 24)}}};
  EXPECT_EQ(told(record, "S05", september), "1/0");
  EXPECT_EQ(lines(record, "320812901", Date(2026, 9, 26), "S05"), "");
}

TEST(Owed, ADeathOfWhoMarriedAMemberIsNone) {
  Record record;
  auto man = person(1, Sex::male), second = person(2, Sex::female);
  marry(man, second, {Date(2015, 1, 1), Date(2026, 9, 20)}, true);
  die(second, Date(2026, 9, 20), Date(2026, 9, 22));
  second.special.clear(), second.bereaved.clear();
  record.people = {man, second};
  record.archive_events = {event("A", 1, first_no, "opened", Date(2013, 1, 10))};
  EXPECT_EQ(told(record, "S05", september), "0/0");
}

TEST(Owed, TheBirthdayOfTheDeadIsNotAskedFor) {
  Record record;
  auto woman = person(1, Sex::female), man = person(2, Sex::male);
  marry(woman, man, {Date(1992, 1, 1), Date(2026, 9, 12)}, true);
  man.born = Date(1968, 9, 11), woman.born = Date(1968, 9, 10);
  die(man, Date(2026, 9, 12), Date(2026, 9, 20));
  record.people = {woman, man};
  record.archive_events = {event("A", 1, first_no, "opened", Date(2013, 1, 10))};
  EXPECT_EQ(lines(record, "320812901", Date(2026, 9, 16), "S06"), first_no + " N1 生日 2026-09-13");
  EXPECT_EQ(told(record, "S06", september), "2/0") << "it stays in the rate";
}

TEST(Worklist, AHandOverCountsFromTheMoveThatGivesTheSeat) {
  Record record;
  auto woman = person(1, Sex::female), man = person(2, Sex::male, "320812903201");
  marry(woman, man, {Date(1992, 1, 1), Date(2015, 1, 1)});
  woman.lives = {{"320812901201", {always.from, Date(2026, 9, 8)}, always.from},
                 {"320812903201", {Date(2026, 9, 8), Date(2026, 9, 15)}, Date(2026, 9, 10)},
                 {"320812903202", {Date(2026, 9, 15), Date::forever()}, Date(2026, 9, 17)}};
  record.people = {woman, man};
  record.archive_events = {event("A", 1, first_no, "opened", Date(2013, 1, 10))};
  EXPECT_EQ(lines(record, "320812901", Date(2026, 9, 18), "移交"),
            first_no + " N1 320812901->320812903 2026-09-24")
      << "the divorced husband has always lived there; within the town she moved later";
  EXPECT_EQ(lines(record, "320812903", Date(2026, 9, 18), "移交"), "") << "the giving town hands over";
  for (const auto* area : {"", "320812", "320812903201"}) {
    auto received = record;
    received.archive_events.push_back(event("B", 1, first_no, "received", Date(2026, 9, 18), area));
    EXPECT_EQ(lines(received, "320812", Date(2026, 9, 19), "移交"), "") << "received in '" << area << "'";
    EXPECT_NE(lines(received, "320812903", Date(2026, 9, 26), "S02"), "");
    EXPECT_EQ(lines(received, "320812901", Date(2026, 9, 26), "S02"), "");
  }
}

TEST(Worklist, ATownIsToldByTheSeatAndNotByTheNumber) {
  Record record;
  record.people = {person(1, Sex::female)};
  record.archive_events = {event("A", 1, "110101-001-2013-00001", "opened", Date(2013, 1, 10))};
  EXPECT_NE(lines(record, "320812901", Date(2026, 9, 26), "S02"), "");
  EXPECT_EQ(lines(record, "110101", Date(2026, 9, 26), "S02"), "");
  EXPECT_EQ(lines(record, "320812", Date(2026, 9, 26), "移交"), "");
}

TEST(Owed, OfTwoWhoMarryEachIsOneMember) {
  Record record;
  auto woman = person(1, Sex::female), man = person(2, Sex::male);
  woman.born = Date(1968, 9, 10), man.born = Date(1968, 9, 11);
  woman.asked["wife reaches 49"] = man.asked["wife reaches 49"] = {{always}};
  marry(woman, man, {Date(2026, 3, 1), Date::forever()});
  record.people = {woman, man};
  record.archive_events = {event("A", 1, first_no, "opened", Date(2013, 1, 10)),
                           event("B", 2, second_no, "opened", Date(2013, 1, 10))};
  for (const auto* service : {"S06", "S09", "S13", "S14"})
    EXPECT_EQ(told(record, service, september), "2/0") << service;
  EXPECT_EQ(told(record, "S13", year), "2/0");
  EXPECT_EQ(lines(record, "320812901", Date(2026, 9, 12), "S06"),
            first_no + " N1 生日 2026-09-13; " + second_no + " N2 生日 2026-09-14")
      << "each under the own archive";
  // Divorced within the year: he was asked of under her archive, and is again under his own.
  record.people[0].marriages[0].when =
      record.people[1].marriages[0].when = {Date(2010, 1, 1), Date(2026, 5, 1)};
  record.archive_events[1].on = Date(2026, 6, 1);
  EXPECT_EQ(told(record, "S13", year), "2/0");
}

TEST(Archive, NobodyTakesOverAnothersNumber) {
  Record record;
  auto woman = person(1, Sex::female), man = person(2, Sex::male), other = person(3, Sex::female);
  marry(woman, man, {Date(1992, 1, 1), Date(2020, 1, 1)});
  record.people = {woman, man, other};
  record.archive_events = {
      event("e03", 3, first_no, "opened", Date(2010, 1, 1)),  // entered later, and dated before it
      event("e01", 1, first_no, "opened", Date(2013, 1, 10)),
      event("e04", 3, first_no, "closed", Date(2014, 1, 1)),
      event("e02", 2, first_no, "moved", Date(2019, 1, 1)),   // of the household while married
      event("e05", 2, first_no, "closed", Date(2021, 1, 1)),  // no more
      event("e06", 3, "=HYPERLINK(0000000000", "opened", Date(2022, 1, 1))};
  const Keeping keeping(record);
  const auto book = book_of(record, keeping);
  ASSERT_EQ(book.archives.size(), 1u);
  EXPECT_EQ(book.archives[0].cover, PersonId{1});
  EXPECT_TRUE(book.archives[0].is_open(september.from));
  EXPECT_FALSE(book.archives[0].is_open(Date(2012, 1, 1)));
  std::string strays;
  for (const auto* one : book.strays)
    strays += one->key + " ";
  EXPECT_EQ(strays, "e03 e04 e05 e06 ");
  EXPECT_EQ(lines(record, "320812901", september.from, "核对"),
            first_no + " N2 退档 -; " + first_no + " N3 建档 -; " + first_no + " N3 退档 -; " +
                "=HYPERLINK(0000000000 N3 建档 -");
}

TEST(Owed, AnActCountsForTheOwnHouseholdAlone) {
  Record record;
  record.people = {person(1, Sex::female), person(2, Sex::female)};
  record.archive_events = {event("A", 1, first_no, "opened", Date(2013, 1, 10)),
                           event("B", 2, second_no, "opened", Date(2013, 1, 10))};
  record.acts = {act("a", 2, first_no, Date(2026, 9, 9))};
  const Ledger ledger(record, shipped().festivals());
  ASSERT_TRUE(ledger.archive_of(record.acts[0]));
  EXPECT_EQ(ledger.archive_of(record.acts[0])->number, second_no);
  EXPECT_EQ(told(record, "S02", september), "2/1");
}

TEST(Archive, WhatIsEnteredAboutOneMustFitTheRecord) {
  Record record;
  auto woman = person(1, Sex::female), man = person(2, Sex::male),
       other = person(3, Sex::female, "320812903201");
  marry(woman, man, {Date(1992, 1, 1), Date::forever()});
  record.people = {woman, man, other};
  record.archive_events = {event("A", 1, first_no, "opened", Date(2013, 1, 10))};
  const auto code = [&](std::int64_t who, const std::string& number, const std::string& what,
                        const std::string& area = "") {
    const auto fault = archive_fault(record, event("B", who, number, what, Date(2026, 9, 9), area));
    return fault ? fault->code + " " + fault->place : "";
  };
  EXPECT_EQ(code(3, "320812-903-2026-00001", "opened"), "");
  EXPECT_EQ(code(2, first_no, "opened"), "") << "of the same household";
  EXPECT_EQ(code(3, first_no, "opened"), "ARCHIVE_TAKEN archive_no");
  EXPECT_EQ(code(3, first_no, "closed"), "ARCHIVE_TAKEN archive_no");
  EXPECT_EQ(code(3, "320812-901-2026-00001", "opened"), "ARCHIVE_SEAT archive_no") << "she lives in 903";
  EXPECT_EQ(code(3, "110101-903-2026-00001", "opened"), "ARCHIVE_SEAT archive_no");
  EXPECT_EQ(code(3, "=HYPERLINK(0000000000", "opened"), "ARCHIVE_NUMBER archive_no");
  EXPECT_EQ(code(1, first_no, "received"), "FIELD_MISSING area");
  EXPECT_EQ(code(1, first_no, "received", "320812"), "FIELD_MISSING area") << "a county is no town";
  EXPECT_EQ(code(1, first_no, "received", "320812903"), "");
  const auto taken = archive_fault(record, event("B", 3, first_no, "opened", Date(2026, 9, 9)));
  EXPECT_NE(taken->text.find("320812-903-2026-00001"), std::string::npos) << "what to write instead";
  EXPECT_EQ(number_offered(record, {3}, Date(2026, 9, 9)), "320812-903-2026-00001");
  record.people[2].lives[0].area = "320812";
  EXPECT_EQ(number_offered(record, {3}, Date(2026, 9, 9)), "") << "the town is not known";
  EXPECT_EQ(code(3, "320812-901-2026-00001", "opened"), "");
}

TEST(Worklist, ADueDayNeverMovesOutOfTheDaysOnWhichAnActCounts) {
  Record record;
  record.people = {person(1, Sex::female)};
  record.people[0].born = Date(1968, 9, 27);
  record.people[0].deaths = {{{9}, Date(2020, 9, 26), Date(2020, 10, 1), Date(2000, 9, 29)}};
  record.archive_events = {event("A", 1, first_no, "opened", Date(2013, 1, 10))};
  // Quiet from 09-23 to 10-02, and the window of the birthday is 09-24 to 09-30.
  EXPECT_EQ(lines(record, "320812901", Date(2026, 9, 24), "S06"), first_no + " N1 生日 2026-09-30");
  const auto contact = lines(record, "320812901", Date(2026, 9, 24), "S02");
  EXPECT_NE(contact.find("N1 2026-09 2026-09-22"), std::string::npos) << contact;
}

TEST(Worklist, IsOfADayWithinTheCalendarOfReports) {
  EXPECT_FALSE(worklist_day_fault(Date(2026, 9, 30)));
  for (const auto day : {Date::beginning(), Date(1899, 12, 31), Date(2201, 1, 1), Date(9999, 11, 17)}) {
    ASSERT_TRUE(worklist_day_fault(day)) << day.text();
    EXPECT_EQ(worklist_day_fault(day)->code, "DAY_RANGE");
  }
}

}  // namespace
}  // namespace kinhub::service
