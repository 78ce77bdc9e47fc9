// Who is counted: households, kinds and seats, as small tables (specification of care 0.3).
#include "hub/service/counted.hpp"

#include <gtest/gtest.h>

#include "hub/service/archive.hpp"

namespace kinhub::service {
namespace {

const Interval always{Date(1990, 1, 1), Date::forever()};
const Date day(2026, 9, 30);

Person person(std::int64_t id, Sex sex, const std::string& area) {
  Person one;
  one.id = {id}, one.sex = sex;
  one.special = {{always}};
  one.lives = {{area, always, always.from}};
  return one;
}
void marry(Person& a, Person& b, Interval when, bool by_death = false) {
  a.marriages.push_back({b.id, when, by_death}), b.marriages.push_back({a.id, when, by_death});
}
/// "1+2 seat 320812901 失独 49+ | 3 ..."
std::string told(const std::vector<Household>& households) {
  std::string text;
  for (const auto& household : households) {
    text += text.empty() ? "" : " | ";
    for (const auto& member : household.members)
      text += (text.ends_with(" ") || text.empty() ? "" : "+") + std::to_string(member.person->id.value);
    text += " in " + town_of(household.seat);
    text += household.possible ? " 待核实" : household.bereaved ? " 失独" : " 伤残";
    if (household.of_49) text += " 49+";
  }
  return text;
}

TEST(Counted, ACoupleIsOneHouseholdInTheWomansTown) {
  Record record;
  auto man = person(1, Sex::male, "320812902201"), woman = person(2, Sex::female, "320812901201");
  marry(man, woman, {Date(1992, 1, 1), Date::forever()});
  woman.of_age = {{always}};
  man.bereaved = woman.bereaved = {{always}};
  record.people = {man, woman};
  EXPECT_EQ(told(households_on(record, day)), "2+1 in 320812901 失独 49+");
}

TEST(Counted, DivorcedParentsAreTwoAndAWidowStaysOne) {
  Record record;
  auto man = person(1, Sex::male, "320812902201"), woman = person(2, Sex::female, "320812901201");
  marry(man, woman, {Date(1992, 1, 1), Date(2019, 4, 4)});
  record.people = {man, woman};
  EXPECT_EQ(told(households_on(record, Date(2019, 4, 3))), "2+1 in 320812901 伤残");
  EXPECT_EQ(told(households_on(record, Date(2019, 4, 4))), "1 in 320812902 伤残 | 2 in 320812901 伤残");
  // He dies: she is the household.
  record.people[0].special = {{{always.from, Date(2018, 5, 6)}}};
  EXPECT_EQ(told(households_on(record, Date(2018, 5, 6))), "2 in 320812901 伤残");
}

TEST(Counted, WhoMarriesAMemberIsNone) {
  Record record;
  auto man = person(1, Sex::male, "320812902201"), second = person(3, Sex::female, "320812901201");
  second.special.clear();
  marry(man, second, {Date(2015, 1, 1), Date::forever()});
  record.people = {man, second};
  EXPECT_EQ(told(households_on(record, day)), "1 in 320812902 伤残")
      << "she is no member: he has his own seat";
}

TEST(Counted, PossibleMembersAreInDoubtAndNeverDropped) {
  Record record;
  auto man = person(1, Sex::male, "320812902201"), woman = person(2, Sex::female, "320812901201");
  marry(man, woman, {Date(1992, 1, 1), Date::forever()});
  man.special = woman.special = {{{always.from, Date(2026, 9, 1)}},
                                 {{Date(2026, 9, 1), Date::forever()}, Certainty::possible}};
  record.people = {man, woman};
  EXPECT_EQ(told(households_on(record, Date(2026, 8, 31))), "2+1 in 320812901 伤残");
  EXPECT_EQ(told(households_on(record, Date(2026, 9, 1))), "2+1 in 320812901 待核实");
  // One of them is sure: the household is.
  record.people[0].special = {{always}};
  EXPECT_EQ(told(households_on(record, day)), "2+1 in 320812901 伤残");
}

TEST(Counted, ATownThatIsNotToldStaysOpen) {
  Record record;
  record.people = {person(1, Sex::female, "320812")};
  EXPECT_EQ(told(households_on(record, day)), "1 in  伤残");
  record.people[0].lives.clear();
  auto man = person(2, Sex::male, "320812903001");
  marry(record.people[0], man, {Date(1992, 1, 1), Date::forever()});
  record.people.push_back(man);
  EXPECT_EQ(told(households_on(record, day)), "1+2 in 320812903 伤残")
      << "of whom nothing is known: where the spouse is";
}

TEST(Archive, GoesOnWithTheWidowAndStaysWithTheWomanAfterADivorce) {
  Record record;
  auto man = person(1, Sex::male, "320812902201"), woman = person(2, Sex::female, "320812901201");
  marry(man, woman, {Date(1992, 1, 1), Date(2020, 3, 3)}, true);
  woman.died = Date(2020, 3, 3);
  woman.special = {{{always.from, Date(2020, 3, 4)}}};
  record.people = {man, woman};
  record.archive_events = {{"A", {2}, "320812-901-2013-00001", "opened", "", "", "", Date(2013, 1, 10)}};
  const auto archives = archives_of(record);
  const Keeping keeping(record);
  EXPECT_EQ(keeping.seat(archives[0], Date(2020, 3, 2)), "320812901201");
  EXPECT_EQ(keeping.seat(archives[0], day), "320812902201") << "the widower's";
  ASSERT_TRUE(keeping.household(archives[0], day));
  EXPECT_TRUE(keeping.household(archives[0], day)->has({1}));
}

TEST(Archive, IsOpenedClosedAndRestored) {
  Record record;
  record.people = {person(2, Sex::female, "320812901201")};
  const auto event = [](const char* what, Date on) {
    return ArchiveEvent{"A", {2}, "320812-901-2013-00001", what, "", "", "", on};
  };
  record.archive_events = {event("opened", Date(2013, 1, 10)), event("closed", Date(2020, 1, 1)),
                           event("closed", Date(2020, 2, 1)), event("restored", Date(2021, 1, 1))};
  const auto archives = archives_of(record);
  ASSERT_EQ(archives.size(), 1u);
  EXPECT_TRUE(archives[0].is_open(Date(2019, 12, 31)));
  EXPECT_FALSE(archives[0].is_open(Date(2020, 1, 1)));
  EXPECT_TRUE(archives[0].is_open(Date(2021, 1, 1)));
  EXPECT_EQ(archives[0].opened_before(day), Date(2021, 1, 1));
  EXPECT_EQ(next_number(record, "320812903", 2013).text(), "320812-903-2013-00002") << "per county and year";
  EXPECT_EQ(next_number(record, "320812903", 2014).text(), "320812-903-2014-00001");
  for (const auto* wrong :
       {"", "320812-903-2023-4", "320812-903-2023-00000", "32081a-903-2023-00004", "320812/903-2023-00004"})
    EXPECT_FALSE(ArchiveNumber::read(wrong)) << wrong;
}

}  // namespace
}  // namespace kinhub::service
