#include "tests/agencies/truth.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kinhub::agencies {
namespace {

/// A small language for families: people by letter, days as text.
class Town {
 public:
  PersonIndex woman(const char* born) { return add(Sex::female, born); }
  PersonIndex man(const char* born) { return add(Sex::male, born); }
  PersonIndex child(const char* born, PersonIndex mother, PersonIndex father) {
    const PersonIndex who = add(Sex::male, born);
    world.children.push_back({who, mother, father, Relation::born, day(born)});
    return who;
  }
  PersonIndex adopted(const char* born, PersonIndex mother, PersonIndex father, const char* from,
                      const char* until = "") {
    const PersonIndex who = add(Sex::female, born);
    world.children.push_back({who, mother, father, Relation::adopted, day(from)});
    if (*until) world.children.back().until = day(until);
    return who;
  }
  void married(PersonIndex husband, PersonIndex wife, const char* from, const char* divorced = "") {
    world.marriages.push_back({husband, wife, day(from)});
    if (*divorced) world.marriages.back().divorced = day(divorced);
  }
  void died(PersonIndex who, const char* on) { world.at(who).died = day(on); }
  void certified(PersonIndex who, const char* on, int grade, const char* valid_until = "9999-12-31") {
    world.certificates.push_back(
        {who, day(on), day(valid_until), day(on), day(on), grade, 4, Certificate::Why::first});
  }
  /// "death 2024-03-12.. | disability 2020-01-01..2024-03-12 ?" : this parent's rights; ? means nobody can be
  /// sure.
  std::string rights(PersonIndex parent) const {
    std::string text;
    for (const TrueSpan& span : true_spans(world)) {
      if (span.parent != parent) continue;
      if (!text.empty()) text += " | ";
      text += span.right == Right::death ? "death " : "disability ";
      text += span.when.from.text() + "..";
      if (span.when.until != Date::forever()) text += span.when.until.text();
      if (!span.sure) text += " ?";
    }
    return text;
  }

  World world;

 private:
  static Date day(const char* text) { return *Date::parse(text); }
  PersonIndex add(Sex sex, const char* born) {
    Person person;
    person.sex = sex;
    person.born = day(born);
    world.people.push_back(person);
    return static_cast<PersonIndex>(world.people.size() - 1);
  }
};

TEST(Truth, OnlyChildDiesAfterTheWifeIs49) {
  Town town;
  const auto wife = town.woman("1975-03-12"), husband = town.man("1973-09-05");
  town.married(husband, wife, "1998-05-01");
  town.died(town.child("2000-05-21", wife, husband), "2026-11-18");
  EXPECT_EQ(town.rights(wife), "death 2026-11-18..");
  EXPECT_EQ(town.rights(husband), "death 2026-11-18..");
}

TEST(Truth, TheWifesBirthdayOpensTheRightForBoth) {
  Town town;
  const auto wife = town.woman("1980-02-29"), husband = town.man("1985-06-01");
  town.married(husband, wife, "2005-05-01");
  town.died(town.child("2006-05-21", wife, husband), "2010-01-01");
  EXPECT_EQ(town.rights(wife), "death 2029-02-28..");
  EXPECT_EQ(town.rights(husband), "death 2029-02-28..");
}

TEST(Truth, DivorceMakesEachJudgedByOwnAge) {
  Town town;
  const auto wife = town.woman("1970-01-01"), husband = town.man("1975-01-01");
  town.married(husband, wife, "1995-05-01", "2020-06-01");
  town.died(town.child("1996-05-21", wife, husband), "2018-01-01");
  EXPECT_EQ(town.rights(wife), "death 2019-01-01..");
  EXPECT_EQ(town.rights(husband), "death 2019-01-01..2020-06-01 | death 2024-01-01..");
}

TEST(Truth, WidowerIsJudgedByOwnAgeFromTheDayOfTheWifesDeath) {
  Town town;
  const auto wife = town.woman("1980-01-01"), husband = town.man("1970-01-01");
  town.married(husband, wife, "2000-05-01");
  town.died(town.child("2001-05-21", wife, husband), "2018-01-01");
  town.died(wife, "2021-04-05");
  EXPECT_EQ(town.rights(husband), "death 2021-04-05..");
  EXPECT_EQ(town.rights(wife), "");
}

TEST(Truth, TheDayOfTheParentsDeathStillCounts) {
  Town town;
  const auto mother = town.woman("1960-01-01");
  town.died(town.child("1985-05-21", mother, none), "2018-01-01");
  town.died(mother, "2022-02-28");
  EXPECT_EQ(town.rights(mother), "death 2018-01-01..2022-03-01");
}

TEST(Truth, RebirthEndsItOnTheDayOfBirth) {
  Town town;
  const auto wife = town.woman("1970-01-01"), husband = town.man("1970-02-01");
  town.married(husband, wife, "1995-05-01");
  town.died(town.child("1996-05-21", wife, husband), "2019-06-01");
  town.child("2020-07-01", wife, husband);
  EXPECT_EQ(town.rights(wife), "death 2019-06-01..2020-07-01");
}

TEST(Truth, ARebornChildThatDiesOpensItAgain) {
  Town town;
  const auto mother = town.woman("1970-01-01");
  town.died(town.child("1996-05-21", mother, none), "2019-06-01");
  town.died(town.child("2020-07-01", mother, none), "2020-07-08");
  EXPECT_EQ(town.rights(mother), "death 2019-06-01..2020-07-01 | death 2020-07-08..");
}

TEST(Truth, AChildOfTheNewCoupleEndsItForThatParentOnly) {
  Town town;
  const auto wife = town.woman("1968-01-01"), husband = town.man("1968-02-01"),
             second = town.woman("1985-01-01");
  town.married(husband, wife, "1995-05-01", "2018-01-01");
  town.died(town.child("1996-05-21", wife, husband), "2016-06-01");
  town.married(husband, second, "2019-01-01");
  town.child("2020-07-01", second, husband);
  EXPECT_EQ(town.rights(wife), "death 2017-01-01..");
  EXPECT_EQ(town.rights(husband), "death 2017-01-01..2020-07-01");
  EXPECT_EQ(town.rights(second), "");
}

TEST(Truth, RemarriedIsJudgedByOwnAgeNotByTheNewWifes) {
  Town town;
  const auto wife = town.woman("1968-01-01"), husband = town.man("1968-02-01"),
             second = town.woman("1985-01-01");
  town.married(husband, wife, "1995-05-01", "2018-01-01");
  town.died(town.child("1996-05-21", wife, husband), "2016-06-01");
  town.married(husband, second, "2019-01-01");
  EXPECT_EQ(town.rights(husband), "death 2017-01-01..");
}

TEST(Truth, AdoptionEndsItDissolutionRevivesItVoidNeverWas) {
  Town town;
  const auto wife = town.woman("1970-01-01"), husband = town.man("1970-02-01");
  town.married(husband, wife, "1995-05-01");
  town.died(town.child("1996-05-21", wife, husband), "2020-06-01");
  town.adopted("2015-01-01", wife, husband, "2021-03-04", "2022-05-06");
  EXPECT_EQ(town.rights(wife), "death 2020-06-01..2021-03-04 | death 2022-05-06..");
  town.world.children.back().until = Date::forever();
  EXPECT_EQ(town.rights(wife), "death 2020-06-01..2021-03-04");
  town.world.children.back().is_void = true;
  EXPECT_EQ(town.rights(wife), "death 2020-06-01..");
}

struct GradeCase {
  const char* name;
  std::vector<std::pair<const char*, int>> grades;
  const char* expected;
};

TEST(Truth, GradesOneToThreeCount) {
  const GradeCase cases[] = {
      {"three", {{"2020-01-01", 3}}, "disability 2020-01-01.."},
      {"four", {{"2020-01-01", 4}}, ""},
      {"three to four", {{"2020-01-01", 3}, {"2022-02-02", 4}}, "disability 2020-01-01..2022-02-02"},
      {"four to three", {{"2020-01-01", 4}, {"2022-02-02", 3}}, "disability 2022-02-02.."},
      {"three to two changes nothing", {{"2020-01-01", 3}, {"2022-02-02", 2}}, "disability 2020-01-01.."},
      {"one", {{"2020-01-01", 1}}, "disability 2020-01-01.."},
  };
  for (const GradeCase& c : cases) {
    Town town;
    const auto mother = town.woman("1960-01-01");
    const auto child = town.child("1990-05-21", mother, none);
    for (const auto& [on, grade] : c.grades)
      town.certified(child, on, grade);
    EXPECT_EQ(town.rights(mother), c.expected) << c.name;
  }
}

TEST(Truth, AnExpiredCertificateIsNoRecovery) {
  Town town;
  const auto mother = town.woman("1960-01-01");
  const auto child = town.child("1990-05-21", mother, none);
  town.certified(child, "2012-01-01", 2, "2021-12-31");
  EXPECT_EQ(town.rights(mother), "disability 2012-01-01..2022-01-01 | disability 2022-01-01.. ?");
  town.certified(child, "2023-05-05", 2, "2033-05-04");
  EXPECT_EQ(town.rights(mother),
            "disability 2012-01-01..2022-01-01 | disability 2022-01-01..2023-05-05 ? | disability "
            "2023-05-05..2033-05-05 | "
            "disability 2033-05-05.. ?");
}

TEST(Truth, DisabledThenDeadSwitchesOnTheDayOfDeath) {
  Town town;
  const auto mother = town.woman("1960-01-01");
  const auto child = town.child("1990-05-21", mother, none);
  town.certified(child, "2018-01-01", 2);
  town.died(child, "2024-03-11");
  EXPECT_EQ(town.rights(mother), "disability 2018-01-01..2024-03-11 | death 2024-03-11..");
}

TEST(Truth, TwinsAreOneBirthAndTwoChildren) {
  Town town;
  const auto mother = town.woman("1960-01-01");
  const auto first = town.child("1990-05-21", mother, none), second = town.child("1990-05-21", mother, none);
  town.died(first, "2015-01-01");
  EXPECT_EQ(town.rights(mother), "");
  town.died(second, "2016-02-02");
  EXPECT_EQ(town.rights(mother), "death 2016-02-02..");
}

TEST(Truth, SiblingsSideBySideAreNoOnlyChildren) {
  Town town;
  const auto mother = town.woman("1960-01-01");
  town.died(town.child("1988-05-21", mother, none), "2015-01-01");
  town.died(town.child("1992-05-21", mother, none), "2016-01-01");
  EXPECT_EQ(town.rights(mother), "");
}

TEST(Truth, OneAfterAnotherIsStillOneAtATime) {
  Town town;
  const auto mother = town.woman("1960-01-01");
  town.died(town.child("1985-05-21", mother, none), "1988-01-01");
  const auto second = town.child("1990-05-21", mother, none);
  town.certified(second, "2015-03-03", 1);
  EXPECT_EQ(town.rights(mother), "disability 2015-03-03..");
}

TEST(Truth, ParentsBornBefore1933AreOutside) {
  Town town;
  const auto old = town.man("1932-12-31"), wife = town.woman("1933-01-01");
  town.married(old, wife, "1955-05-01");
  town.died(town.child("1958-05-21", wife, old), "2015-01-01");
  EXPECT_EQ(town.rights(wife), "");
  EXPECT_EQ(town.rights(old), "");
}

TEST(Truth, ADisputedDeathIsNeverSure) {
  Town town;
  const auto mother = town.woman("1960-01-01");
  const auto child = town.child("1985-05-21", mother, none);
  town.died(child, "2020-01-01");
  town.world.disputed.push_back(child);
  EXPECT_EQ(town.rights(mother), "death 2020-01-01.. ?");
}

TEST(Truth, WhatADisputedDeathEndsStaysOpen) {
  Town town;
  const auto mother = town.woman("1960-01-01");
  const auto child = town.child("1985-05-21", mother, none);
  town.certified(child, "2015-03-01", 2);
  town.died(child, "2020-01-01");
  EXPECT_EQ(town.rights(mother), "disability 2015-03-01..2020-01-01 | death 2020-01-01..");
  town.world.disputed.push_back(child);
  EXPECT_EQ(town.rights(mother),
            "disability 2015-03-01..2020-01-01 | disability 2020-01-01.. ? | death 2020-01-01.. ?");
}

TEST(Truth, AmountsRoseOnTheFirstOfJuly2022) {
  EXPECT_EQ(amount_fen(Right::death, Date(2022, 6, 30)), 45000);
  EXPECT_EQ(amount_fen(Right::death, Date(2022, 7, 1)), 59000);
  EXPECT_EQ(amount_fen(Right::disability, Date(2022, 6, 30)), 35000);
  EXPECT_EQ(amount_fen(Right::disability, Date(2022, 7, 1)), 46000);
}

}  // namespace
}  // namespace kinhub::agencies
