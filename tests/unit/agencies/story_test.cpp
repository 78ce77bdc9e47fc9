#include "tests/agencies/story.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "tests/agencies/population.hpp"
#include "tests/agencies/truth.hpp"

namespace kinhub::agencies {
namespace {

const Window half_year{Date(2026, 6, 1), Date(2026, 11, 30)};

Batch batch_of(std::uint64_t seed, std::size_t families = 1500, bool leave_open = false) {
  Storyteller teller({seed, half_year, leave_open});
  return make_batch(teller, half_year, 0, families, 0);
}

TEST(Story, EveryNumberIsValidInventedAndHeldByOnePerson) {
  for (std::uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    std::set<std::string> seen;
    for (const World& world : batch_of(seed).worlds) {
      for (const Person& person : world.people) {
        for (const std::string& number : {person.number, person.former_number}) {
          if (number.empty()) continue;
          const auto read = CitizenNumber::read(number);
          ASSERT_TRUE(read) << number;
          EXPECT_EQ(read->text(), number);
          EXPECT_EQ(read->birth(), person.born);
          EXPECT_EQ(read->sex(), person.sex);
          EXPECT_THAT(number, testing::StartsWith("322228"));
          EXPECT_TRUE(seen.insert(number).second) << "given twice";
        }
      }
    }
  }
}

TEST(Story, EverythingIsDeliveredByTheEnd) {
  for (std::uint64_t seed : {1, 2, 3})
    for (const Report& report : batch_of(seed).reports) {
      EXPECT_LE(report.delivered, half_year.end_at()) << "seed " << seed;
      EXPECT_LE(report.at, report.delivered) << "seed " << seed;
    }
}

TEST(Story, EveryFalseDeathIsTakenBackAndEveryTrueOneIsRegistered) {
  for (std::uint64_t seed : {1, 2, 3}) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Batch batch = batch_of(seed);
    std::set<std::uint64_t> reversed;
    for (const Report& report : batch.reports)
      if (report.reversal) reversed.insert(report.serial);
    std::size_t taken_back = 0;
    std::set<std::pair<std::uint32_t, PersonIndex>> registered;
    for (const Report& report : batch.reports) {
      const bool says_dead = report.kind == Kind::police_death || report.kind == Kind::hospital_death ||
                             report.kind == Kind::certificate_row || report.kind == Kind::civil_cremation ||
                             (report.kind == Kind::insurance_row && report.action == Action::stopped);
      if (!says_dead || report.reversal) continue;
      const Person& person = batch.worlds[report.family].at(report.person);
      const bool true_death = person.died && std::abs(person.died->days() - report.on.days()) <= 1;
      if (!true_death) {
        EXPECT_TRUE(reversed.contains(report.serial));
      }
      if (!true_death) ++taken_back;
      if (true_death && report.kind == Kind::police_death) registered.insert({report.family, report.person});
    }
    EXPECT_GT(taken_back, 0u);
    for (std::uint32_t family = 0; family < batch.worlds.size(); ++family)
      for (PersonIndex i = 0; i < static_cast<PersonIndex>(batch.worlds[family].people.size()); ++i)
        if (batch.worlds[family].at(i).died) {
          EXPECT_TRUE(registered.contains({family, i}));
        }
  }
}

TEST(Story, LeaveOpenLeavesSomeFalseDeathsStanding) {
  const Batch batch = batch_of(5, 3000, true);
  std::set<std::uint64_t> reversed;
  for (const Report& report : batch.reports)
    if (report.reversal) reversed.insert(report.serial);
  std::size_t open = 0;
  for (const Report& report : batch.reports)
    if (report.kind == Kind::police_death && !reversed.contains(report.serial) &&
        !batch.worlds[report.family].at(report.person).died)
      ++open;
  EXPECT_GT(open, 0u);
}

TEST(Story, SomeReversalsOvertakeTheirOriginal) {
  const Batch batch = batch_of(1);
  std::map<std::uint64_t, Moment> reversal;
  for (const Report& report : batch.reports)
    if (report.reversal) reversal[report.serial] = report.delivered;
  std::size_t overtaken = 0;
  for (const Report& report : batch.reports)
    if (!report.reversal && reversal.contains(report.serial) && reversal[report.serial] < report.delivered)
      ++overtaken;
  EXPECT_GT(overtaken, 0u);
}

TEST(Story, TellsEveryKindOfThingThatHappens) {
  const Batch batch = batch_of(1, 4000);
  std::map<Kind, std::size_t> kinds;
  std::map<Action, std::size_t> actions;
  std::size_t duplicates = 0, legacy = 0, old_numbers = 0, fifteen = 0, multiple_births = 0, leap_births = 0,
              rare_names = 0;
  std::set<std::tuple<std::uint64_t, Kind, bool, Moment>> seen;
  for (const Report& report : batch.reports) {
    ++kinds[report.kind];
    ++actions[report.action];
    legacy += report.legacy;
    old_numbers += report.old_number && !batch.worlds[report.family].at(report.person).former_number.empty();
    fifteen += report.fifteen_digits;
    multiple_births += report.kind == Kind::hospital_birth && report.parts >= 3;
    if (report.at >= half_year.start_at() && report.parts == 0)
      duplicates += !seen.insert({report.serial, report.kind, report.reversal, report.at}).second;
  }
  for (const World& world : batch.worlds)
    for (const Person& person : world.people) {
      leap_births += person.born.month() == 2 && person.born.day() == 29;
      rare_names +=
          person.name().find("·") != std::string::npos || person.name().find("𠮷") != std::string::npos;
    }
  for (int kind = 0; kind <= static_cast<int>(Kind::certificate_row); ++kind)
    EXPECT_GT(kinds[static_cast<Kind>(kind)], 0u) << kind;
  for (Action action : {Action::married, Action::divorced, Action::marriage_reissued,
                        Action::divorce_reissued, Action::adopted, Action::dissolved, Action::adoption_void,
                        Action::enrolled, Action::paused, Action::resumed, Action::stopped})
    EXPECT_GT(actions[action], 0u) << static_cast<int>(action);
  for (std::size_t count :
       {duplicates, legacy, old_numbers, fifteen, multiple_births, leap_births, rare_names})
    EXPECT_GT(count, 0u);
}

TEST(Story, WivesTurn49InTheWindowAndNobodyTellsIt) {
  const Batch batch = batch_of(2);
  std::size_t opened_by_birthday = 0;
  for (const World& world : batch.worlds)
    for (const TrueSpan& span : true_spans(world))
      if (half_year.start <= span.when.from && span.when.from <= half_year.today &&
          reaches(world.at(span.parent).born, 49) == span.when.from)
        ++opened_by_birthday;
  EXPECT_GT(opened_by_birthday, 0u);
}

TEST(Story, RegistersAndCursorsNeverGoBack) {
  const Batch batch = batch_of(3);
  for (Agency agency : {Agency::civil_affairs, Agency::medical_insurance}) {
    Moment last = 0;
    for (const Telegram& telegram : batch.stream(agency, half_year)) {
      EXPECT_LE(last, telegram.report->at);
      last = telegram.report->at;
    }
  }
}

TEST(NumberOffice, SaysWhenADayIsFull) {
  NumberOffice office;
  std::set<std::string> given;
  while (auto number = office.give(Sex::female, Date(1969, 12, 31))) {
    ASSERT_TRUE(CitizenNumber::read(*number));
    ASSERT_TRUE(given.insert(*number).second);
    ASSERT_LT(given.size(), 1000u);
  }
  EXPECT_GT(given.size(), 400u);
  EXPECT_TRUE(office.give(Sex::male, Date(1969, 12, 31)));
}

}  // namespace
}  // namespace kinhub::agencies
