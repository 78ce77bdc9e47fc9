// What a case worker says beside the agencies: docs/decisions/0022-care-desk.md, row by row.

#include <gmock/gmock.h>

#include "hub/record/field_origin.hpp"
#include "hub/record/kin.hpp"
#include "tests/unit/record/facts.hpp"
#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

Said desk(Said said) {
  return said.weight(EvidenceClass::care_desk);
}

Record of(std::vector<Statement> said) {
  Record record;
  for (auto& one : said)
    record.add(one);
  return record;
}

TEST(CareDesk, ADeathItTellsIsOfItsOwnClassAndOfNoSource) {
  auto alone = of({parentage("police", "R1").of(wang).mother(mother_su),
                   desk(death("care-desk", "e1").of(wang).on("2026-11-18"))});
  const auto kin = kin_of(alone.person(mother_su), alone, {});
  const auto& died = kin.situation.people[static_cast<std::size_t>(kin.situation.children.at(0).child)].died;
  ASSERT_TRUE(died);
  EXPECT_EQ(died->classes, 1u << static_cast<unsigned>(EvidenceClass::care_desk));
  EXPECT_EQ(died->sources, 0) << "a case worker repeats what an insurer told: that is one source, not two";
  alone.add(death("insurance", "R1").of(wang).on("2026-11-19"));
  const auto with = kin_of(alone.person(mother_su), alone, {});
  const auto& both =
      with.situation.people[static_cast<std::size_t>(with.situation.children.at(0).child)].died;
  EXPECT_EQ(both->sources, 1);
  EXPECT_EQ(alone.portrait(wang).death->on.text(), "2026-11-19") << "the weightier word has the day";
}

TEST(CareDesk, AParentItAloneNamesIsPossible) {
  auto record = of({birth("police", "B1").of(wang).mother(mother_su).on("2000-05-21"),
                    desk(parentage("care-desk", "e1").of(wang).mother(mother_he))});
  const auto told = children_of(record.person(mother_he), record);
  ASSERT_THAT(told, SizeIs(1));
  EXPECT_EQ(told[0].dispute, "a parent told by a case worker alone");
  EXPECT_EQ(children_of(record.person(mother_su), record).at(0).dispute, "")
      << "the registered mother stays sure";
  record.add(parentage("civil", "P9").of(wang).mother(mother_su));
  const auto kin = kin_of(record.person(mother_he), record, {});
  EXPECT_EQ(kin.situation.children.at(0).certainty, Certainty::possible);
}

TEST(CareDesk, AParentAnAgencyNamesTooIsSure) {
  auto record = of({desk(parentage("care-desk", "e1").of(wang).mother(mother_su)),
                    parentage("police", "R1").of(wang).mother(mother_su)});
  EXPECT_EQ(children_of(record.person(mother_su), record).at(0).dispute, "");
}

TEST(CareDesk, AMarriageItAloneTellsIsPossible) {
  auto record = of({desk(marriage("care-desk", "e1").couple(father_qin, mother_su).on("2001-05-01"))});
  ASSERT_THAT(marriages_of(record.person(mother_su), record), SizeIs(1));
  EXPECT_EQ(marriages_of(record.person(mother_su), record)[0].certainty, Certainty::possible);
  record.add(marriage("civil", "m1").couple(father_qin, mother_su).on("2001-05-01"));
  EXPECT_EQ(marriages_of(record.person(mother_su), record)[0].certainty, Certainty::sure);
}

TEST(CareDesk, EndsNoMarriageAndGivesNoGrade) {
  auto record = of({marriage("civil", "m1").couple(father_qin, mother_su).on("2001-05-01"),
                    desk(divorce("care-desk", "e1").couple(father_qin, mother_su).on("2020-05-01")),
                    desk(disability("care-desk", "e2").of(mother_su).on("2020-05-01").grade(1))});
  EXPECT_EQ(marriages_of(record.person(mother_su), record).at(0).when.until, Date::forever());
  EXPECT_THAT(record.portrait(mother_su).disability, IsEmpty());
}

TEST(CareDesk, AResidenceItTellsFillsInWhereNoRegisterSpeaks) {
  auto told = desk(residence("care-desk", "e1").of(wang).on("2021-05-20").region("370306"));
  auto alone = of({told});
  ASSERT_THAT(alone.portrait(wang).residence, SizeIs(1));
  EXPECT_EQ(alone.portrait(wang).residence[0].region, "370306");
  EXPECT_THAT(alone.portrait(wang).conflicts, IsEmpty());

  auto beside = of({told, residence("police", "R1").of(wang).on("2000-05-21").region("320812")});
  const auto& portrait = beside.portrait(wang);
  ASSERT_THAT(portrait.residence, SizeIs(1));
  EXPECT_EQ(portrait.residence[0].region, "320812");
  EXPECT_EQ(portrait.residence[0].when.until, Date::forever()) << "nobody moves by a case worker's word";
  EXPECT_THAT(portrait.conflicts,
              ::testing::ElementsAre("a case worker tells another residence than the registers"));
  const auto origin = origin_of(PersonField::residence, beside.dossier(beside.person(wang)), portrait);
  ASSERT_THAT(origin.lost, SizeIs(1));
  EXPECT_EQ(origin.lost[0].lost, "a register tells it, and counts before a case worker");

  auto same = of({told, residence("police", "R1").of(wang).on("2021-05-19").region("370306")});
  EXPECT_THAT(same.portrait(wang).conflicts, IsEmpty());
}

TEST(CareDesk, ANumberThatAnAgencySaysNowIsNotReplacedByItsWord) {
  const auto corrected =
      desk(identity("care-desk", "e1").of(std::string(wang_corrected) + " -" + std::string(wang)));
  auto beside = of({identity("police", "R1").of(wang), corrected});
  EXPECT_EQ(beside.portrait(wang).citizen_number, std::string(wang).substr(2));
  EXPECT_EQ(beside.person(wang), beside.person(wang_corrected)) << "it is found by both";
  auto alone = of({desk(identity("care-desk", "e0").of(wang)), corrected});
  EXPECT_EQ(alone.portrait(wang).citizen_number, std::string(wang_corrected).substr(2));
}

TEST(CareDesk, SexAndBirthCountBehindWhatTheNumberSays) {
  Record record(
      {identity("police", "R1").of(wang), desk(identity("desk", "E1").of(wang).born("1970-01-01"))});
  EXPECT_EQ(record.portrait(wang).born->text(), "2000-05-21");
  Record chart_alone({desk(identity("desk", "E1").of("c:Z1").born("1970-01-01").sex(Sex::female))});
  EXPECT_EQ(chart_alone.portrait("c:Z1").born->text(), "1970-01-01") << "nobody else says anything";
  EXPECT_EQ(chart_alone.portrait("c:Z1").sex, Sex::female);
}

TEST(CareDesk, AResidenceToldAloneIsShownAndMovesNoRight) {
  Record record({identity("police", "R1").of(wang),
                 desk(residence("desk", "E1").of(wang).region("370306").on("2010-01-01"))});
  EXPECT_EQ(record.portrait(wang).residence.size(), 1U);
  EXPECT_TRUE(kin_of(record.person(wang), record, {}).situation.residences.empty());
}

TEST(CareDesk, AMarriageIsSureFromTheDayOfTheRegister) {
  constexpr std::string_view husband = wang;
  auto both = of({desk(marriage("care-desk", "e1").couple(husband, mother_su).on("1990-01-01")),
                  marriage("civil", "M1").couple(husband, mother_su).on("2001-05-20")});
  const auto married = marriages_of(both.person(mother_su), both);
  ASSERT_THAT(married, SizeIs(1));
  EXPECT_EQ(married[0].certainty, Certainty::sure);
  EXPECT_EQ(married[0].when.from, Date(2001, 5, 20));
}

TEST(CareDesk, AChildItTellsTakesNoNewbornAndDoubtsNoChild) {
  auto told = of({birth("hospital", "B1").of("c:Z1").mother(mother_su).on("2000-05-21"),
                  death("hospital", "D1").of("c:Z1").on("2000-05-22"),
                  desk(parentage("care-desk", "e1").of(wang).mother(mother_su))});
  const auto newborn = told.person("c:Z1");
  bool sure = false;
  for (const auto& child : children_of(told.person(mother_su), told))
    if (child.child == newborn) sure = child.dispute.empty();
  EXPECT_TRUE(sure) << "the newborn is still a child of hers, and sure";
}

}  // namespace
}  // namespace kinhub::test
