// What does not fit together: retractions under another key, corrections taken back, one number of several
// people, two mothers.
#include <gtest/gtest.h>

#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

/// "2026-11-18", "2026-11-18: why disputed", "alive"; of the one who has `who`.
std::string death_of(Record& record, std::string_view who) {
  const auto& portrait = record.portrait(who);
  if (!portrait.death) return "alive";
  return portrait.death->on.text() + (portrait.death->disputed ? ": " + portrait.death->dispute : "");
}

/// In every order of application; places in the log are those of the table.
template <class Look>
void expect_in_every_order(const char* what, const std::vector<Statement>& said, const std::string& expected,
                           Look look) {
  std::vector<std::size_t> order(said.size());
  for (std::size_t i = 0; i < order.size(); ++i)
    order[i] = i;
  do {
    Record record;
    for (auto at : order)
      record.add(said[at]);
    ASSERT_EQ(look(record), expected) << what;
  } while (std::next_permutation(order.begin(), order.end()));
}

Said died(std::string source, std::string key) {
  return death(std::move(source), std::move(key)).of(wang).on("2026-11-18");
}

TEST(DeathTakenBackElsewhere, IsDoubtedWhenTheSameSourceSaidItLater) {
  constexpr auto doubted = "2026-11-18: death taken back under another key";
  struct Row {
    const char* what;
    std::vector<Statement> said;
    const char* death;
  };
  const std::vector<Row> rows = {
      {"cancelled without the visit number",
       {died("hospital", "A|77|V1").version("1"), died("hospital", "A|77").version("2").taken_back()},
       doubted},
      {"denied by a later message of another visit",
       {died("hospital", "A|77|V1").version("1"), died("hospital", "A|77|V2").version("2").denied()},
       doubted},
      {"denied before it was said",
       {died("hospital", "A|77|V1").version("2"), died("hospital", "A|77|V2").version("1").denied()},
       "2026-11-18"},
      {"taken back before it was said",
       {died("hospital", "A|77|V1").version("2"), died("hospital", "A|77").version("1").taken_back()},
       "2026-11-18"},
      {"of one instant, later in the log",
       {died("hospital", "A|77|V1"), died("hospital", "A|77").taken_back()},
       doubted},
      {"of one instant, earlier in the log",
       {died("hospital", "A|77").taken_back(), died("hospital", "A|77|V1")},
       "2026-11-18"},
      {"of one instant, only denied",
       {died("hospital", "A|77|V1"), died("hospital", "A|77|V2").denied()},
       "2026-11-18"},
      {"by another source",
       {died("hospital", "A|77|V1").version("1"), died("insurance", "R1").version("2").taken_back()},
       "2026-11-18"},
      {"the police have spoken",
       {died("hospital", "A|77|V1").version("1"), died("hospital", "A|77").version("2").taken_back(),
        died("police", "J1")},
       "2026-11-18"},
      {"only an insurer has spoken besides",
       {died("hospital", "A|77|V1").version("1"), died("hospital", "A|77").version("2").taken_back(),
        died("insurance", "R1")},
       doubted},
      {"its own statement came after all",
       {died("hospital", "A|77|V1").version("1"), died("hospital", "A|77").version("2").taken_back(),
        died("hospital", "A|77").version("0")},
       "2026-11-18"},
      {"asserted under that key again",
       {died("hospital", "A|77|V1").version("1"), died("hospital", "A|77").version("2").taken_back(),
        died("hospital", "A|77").version("3")},
       "2026-11-18"},
      {"a retraction of somebody else",
       {died("hospital", "A|77|V1").version("1"),
        death("hospital", "A|78").of(mother_su).version("2").taken_back()},
       "2026-11-18"},
      {"a retraction alone", {died("hospital", "A|77").version("2").taken_back()}, "alive"},
      {"a cancelled discharge against a certificate",
       {died("hospital", "C|1").weight(EvidenceClass::certificate).version("1"),
        died("hospital", "A|77").version("2").taken_back()},
       "2026-11-18"},
      {"a cancelled discharge against ward and certificate: the certificate is left",
       {died("hospital", "C|1").weight(EvidenceClass::certificate).version("1"),
        died("hospital", "A|77|V1").version("1"), died("hospital", "A|77").version("2").taken_back()},
       "2026-11-18"},
      {"a denial by a lighter message of the same source",
       {died("hospital", "C|1").weight(EvidenceClass::certificate).version("1"),
        died("hospital", "Q|1").weight(EvidenceClass::insurance).version("2").denied()},
       "2026-11-18"},
      {"a void certificate against the ward",
       {died("hospital", "A|77|V1").version("1"),
        died("hospital", "C|1").weight(EvidenceClass::certificate).version("2").taken_back()},
       doubted},
  };
  for (const auto& row : rows)
    expect_in_every_order(row.what, row.said, row.death,
                          [](Record& record) { return death_of(record, wang); });
}

TEST(DeathTakenBack, DoubtsWhatItsSourceToldOfItBeforeUnderAnotherKey) {
  constexpr auto doubted = "2026-11-18: death taken back under another key";
  auto ward = [](const char* key, const char* version) { return died("hospital", key).version(version); };
  auto certified = [](const char* key, const char* version) {
    return died("hospital", key).weight(EvidenceClass::certificate).version(version);
  };
  struct Row {
    const char* what;
    std::vector<Statement> said;
    const char* death;
  };
  const std::vector<Row> rows = {
      {"told without the visit, then with it, and that cancelled",
       {ward("A|77", "1"), ward("A|77|V1", "2"), ward("A|77|V1", "3").taken_back()},
       doubted},
      {"of one instant: files of a source may come in any order",
       {ward("A|77", "1"), ward("A|77|V1", "1"), ward("A|77|V1", "1").taken_back()},
       "2026-11-18"},
      {"corrected in between: what is taken back is the last word",
       {ward("A|77|V1", "1"), ward("A|77", "2"), ward("A|77|V1", "3").region("1"),
        ward("A|77|V1", "4").taken_back()},
       doubted},
      {"issued again before the first is void",
       {certified("C|1", "1"), certified("C|2", "2"), certified("C|1", "3").taken_back()},
       "2026-11-18"},
      {"issued again in one instant, by the log",
       {certified("C|1", "1"), certified("C|2", "1"), certified("C|1", "1").taken_back()},
       "2026-11-18"},
      {"told again after it was taken back",
       {ward("A|77", "1"), ward("A|77|V1", "2"), ward("A|77|V1", "3").taken_back(), ward("A|77", "4")},
       "2026-11-18"},
      {"a discharge cancelled after a certificate",
       {certified("C|1", "1"), ward("A|77|V1", "2"), ward("A|77|V1", "3").taken_back()},
       "2026-11-18"},
      {"a certificate void after the ward's word",
       {ward("A|77", "1"), certified("C|1", "2"), certified("C|1", "3").taken_back()},
       "2026-11-18: death taken back by a weightier source"},
      {"the police have spoken",
       {ward("A|77", "1"), ward("A|77|V1", "2"), ward("A|77|V1", "3").taken_back(), died("police", "J1")},
       "2026-11-18"},
      {"another hospital as well",
       {ward("A|77", "1"), ward("A|77|V1", "2"), ward("A|77|V1", "3").taken_back(),
        died("clinic", "B|1").weight(EvidenceClass::hospital)},
       "2026-11-18"},
      {"of another source",
       {died("clinic", "B|1").weight(EvidenceClass::hospital), ward("A|77|V1", "2"),
        ward("A|77|V1", "3").taken_back()},
       "2026-11-18"},
      {"denied: nobody of whom that is true had died before",
       {ward("A|77|V1", "1"), ward("A|77", "2"), ward("A|77|V1", "3").denied()},
       doubted},
  };
  for (const auto& row : rows)
    expect_in_every_order(row.what, row.said, row.death,
                          [](Record& record) { return death_of(record, wang); });
}

TEST(DeathTakenBackElsewhere, StandsAmongWhatWasWithdrawn) {
  Record record(
      {died("hospital", "A|77|V1").version("1"), died("hospital", "A|77").version("2").taken_back()});
  EXPECT_EQ(text_of(record.portrait(wang).death->withdrawn), "hospital/A|77");
}

TEST(Undo, ACorrectionTakenBackJoinsNobodyAndCountsForNothing) {
  auto people = [](Record& record) {
    std::set<std::string> lines;
    for (const auto& dossier : record.dossiers()) {
      const auto& one = record.portrait(dossier.person);
      auto text = one.citizen_number + " " + one.name + " " + (one.born ? one.born->text() : "?");
      for (const auto& number : one.former_numbers)
        text += " formerly " + number;
      lines.insert(text);
    }
    std::string text;
    for (const auto& line : lines)
      text += (text.empty() ? "" : " | ") + line;
    return text;
  };
  const auto correction = [](const char* version) {
    return identity("police", "C1").of("n:322228200005210171 -n:322228200005210331", "王试").version(version);
  };
  expect_in_every_order("a number corrected",
                        {insurance("insurance", "1").of(wang, "王试"),
                         insurance("insurance", "2").of(wang_corrected, "王试"), correction("1")},
                        "322228200005210171 王试 2000-05-21 formerly 322228200005210331", people);
  expect_in_every_order(
      "and taken back: two people again",
      {insurance("insurance", "1").of(wang, "王试"), insurance("insurance", "2").of(wang_corrected, "王试"),
       correction("1"), correction("2").taken_back()},
      "322228200005210171 王试 2000-05-21 | 322228200005210331 王试 2000-05-21", people);
  expect_in_every_order(
      "taken back before it came",
      {insurance("insurance", "1").of(wang, "王试"), insurance("insurance", "2").of(wang_corrected, "王试"),
       correction("2").taken_back()},
      "322228200005210171 王试 2000-05-21 | 322228200005210331 王试 2000-05-21", people);
  expect_in_every_order(
      "a birthday corrected and taken back",
      {identity("police", "R1").of("n:322228200005210171 p:55", "王试").born("2000-05-21"),
       identity("police", "C2").of("n:322228200005210171 p:55").born("1999-01-01").version("1"),
       identity("police", "C2").of("n:322228200005210171 p:55").born("1999-01-01").version("2").taken_back()},
      "322228200005210171 王试 2000-05-21", people);
  expect_in_every_order("charts merged and parted",
                        {death("hospital", "1").of("c:A/1", "王试").on("2026-11-18"),
                         death("hospital", "2").of("c:A/2", "李试").on("2026-11-19"),
                         identity("hospital", "M").of("c:A/1 -c:A/2").version("1"),
                         identity("hospital", "M").of("c:A/1 -c:A/2").version("2").taken_back()},
                        " 李试 ? |  王试 ?", people);
}

TEST(Undo, WhatStandsOnlyInARetractionCountsWhereNothingElseIsSaid) {
  Record record({death("hospital", "1").of(wang, "王试").born("1999-01-01").on("2026-11-18").taken_back()});
  EXPECT_EQ(record.portrait(wang).name, "王试");
  record.add(insurance("insurance", "2").of(wang, "王试子").born("2000-05-21"));
  EXPECT_EQ(record.portrait(wang).name, "王试子");
  EXPECT_EQ(record.portrait(wang).born->text(), "2000-05-21");
}

std::string conflicts_of(Record& record, std::string_view who) {
  std::string text;
  for (const auto& conflict : record.portrait(who).conflicts)
    text += (text.empty() ? "" : "; ") + conflict;
  return text;
}

TEST(Conflicts, OfANumberAndWhatIsSaidOfItsBearer) {
  struct Row {
    const char* what;
    std::vector<Statement> said;
    const char* conflicts;
  };
  constexpr auto several =
      "citizen number of another day of birth; one number, people of different name and day of birth";
  const std::vector<Row> rows = {
      {"all fits", {insurance("insurance", "1").of(wang, "王试子").born("2000-05-21").sex(Sex::male)}, ""},
      {"another day of birth than the number's",
       {insurance("insurance", "1").of(wang, "王试子").born("2000-05-22")},
       "citizen number of another day of birth"},
      {"known to the year, and the year fits",
       {insurance("insurance", "1").of(wang, "王试子").born("2000")},
       ""},
      {"another sex",
       {insurance("insurance", "1").of(wang).sex(Sex::female)},
       "citizen number of another sex"},
      {"another name and another day of birth",
       {insurance("insurance", "1").of(wang, "王试子").born("2000-05-21"),
        death("hospital", "2").of(wang, "丙试").born("1950-01-01").on("2026-11-18")},
       several},
      {"another name alone",
       {insurance("insurance", "1").of(wang, "王试子").born("2000-05-21"),
        death("hospital", "2").of(wang, "丙试").born("2000-05-21").on("2026-11-18")},
       ""},
      {"another spelling and another day",
       {insurance("insurance", "1").of(wang, "阿试·买试").born("2000-05-21"),
        insurance("insurance", "2").of(wang, "阿试\u2022买试").born("2000-05-12")},
       ""},
      {"the police corrected both",
       {identity("police", "1").of("n:322228200005210171 p:55", "王试子").born("1999-05-21"),
        identity("police", "2").of("n:322228200005210171 p:55", "王试").born("2000-05-21").version("2")},
       ""},
  };
  for (const auto& row : rows) {
    if (std::string_view(row.what) == "another spelling and another day") {
      Record record(row.said);
      EXPECT_EQ(conflicts_of(record, wang).find("people of different"), std::string::npos) << row.what;
      continue;
    }
    expect_in_every_order(row.what, row.said, row.conflicts,
                          [](Record& record) { return conflicts_of(record, wang); });
  }
}

TEST(Conflicts, ADeathUnderTheNumberOfSeveralPeopleIsDisputed) {
  Record record({insurance("insurance", "1").of(wang, "王试子").born("2000-05-21"),
                 death("hospital", "2").of(wang, "丙试").born("1950-01-01").on("2026-11-18")});
  EXPECT_EQ(death_of(record, wang), "2026-11-18: one number, people of different name and day of birth");
}

TEST(Conflicts, ANameInLettersOrAfterTheMotherIsNoOtherPerson) {
  for (const auto* name : {"Wang Shizi", "李试女之子"}) {
    Record record({identity("police", "1").of(wang, "王试子").born("2000-05-21"),
                   death("hospital", "2").of(wang, name).born("2000-05-22").on("2026-11-18")});
    EXPECT_EQ(death_of(record, wang), "2026-11-18") << name;
    Record newborn({insurance("insurance", "1").of(wang, name).born("2000-05-21"),
                    death("insurance", "2").of(wang, "王试子").born("2000-05-22").on("2026-11-18")});
    EXPECT_EQ(death_of(newborn, wang), "2026-11-18") << name << ", told first";
  }
}

/// "sure" or why not, of each child.
std::string children_of(Record& record, std::string_view parent) {
  std::string text;
  for (const auto& child : kinhub::children_of(record.person(parent), record))
    text += (text.empty() ? "" : "; ") + (child.dispute.empty() ? "sure" : std::string(child.dispute));
  return text;
}

TEST(TiesTakenBackElsewhere, ArePossibleAndNotSure) {
  auto wed = [](std::string key, const char* version) {
    return marriage("civil", std::move(key)).couple(father_qin, mother_su).on("1999-01-01").version(version);
  };
  auto married = [](const std::vector<Statement>& said) {
    Record record(said);
    const auto marriages = marriages_of(record.person(father_qin), record);
    return marriages.size() == 1 ? marriages[0].certainty == Certainty::sure ? "sure" : "possible" : "none";
  };
  EXPECT_STREQ(married({wed("1", "1"), wed("2", "2").taken_back()}), "possible");
  EXPECT_STREQ(married({wed("1", "2"), wed("2", "1").taken_back()}), "sure") << "before it was told";
  EXPECT_STREQ(married({wed("1", "1"), wed("2", "2").taken_back(), wed("2", "1")}), "sure") << "met its own";
  EXPECT_STREQ(married({wed("1", "1"), wed("3", "3"), wed("2", "2").taken_back()}), "sure") << "told again";
  EXPECT_STREQ(
      married(
          {wed("1", "1"),
           marriage("civil", "2").couple(father_qin, mother_he).on("1999-01-01").version("2").taken_back()}),
      "sure")
      << "another wife";

  constexpr auto doubted = "a parent taken back under another key";
  auto adopts = [](std::string key, const char* version) {
    return adoption("civil", std::move(key))
        .of(foster_child)
        .mother(mother_su)
        .on("2025-01-01")
        .version(version);
  };
  auto newborn = [](std::string key, const char* version) {
    return birth("hospital", std::move(key)).of("c:A/1").mother(mother_su).on("2026-11-15").version(version);
  };
  expect_in_every_order("an adoption", {adopts("1", "1"), adopts("2", "2").taken_back()}, doubted,
                        [](Record& record) { return children_of(record, mother_su); });
  expect_in_every_order("a newborn", {newborn("1", "1"), newborn("2", "2").taken_back()}, doubted,
                        [](Record& record) { return children_of(record, mother_su); });
  expect_in_every_order("a newborn told twice, of which the second is taken back",
                        {newborn("1", "1"), newborn("2", "2"), newborn("2", "3").taken_back()}, doubted,
                        [](Record& record) { return children_of(record, mother_su); });
  expect_in_every_order("a newborn told again, and the first taken back",
                        {newborn("1", "1"), newborn("2", "2"), newborn("1", "3").taken_back()}, "sure",
                        [](Record& record) { return children_of(record, mother_su); });
  expect_in_every_order("adopted twice, of which the second is taken back: the first was another",
                        {adopts("1", "1"), adopts("2", "2"), adopts("2", "3").taken_back()}, "sure",
                        [](Record& record) { return children_of(record, mother_su); });
  expect_in_every_order(
      "a newborn with a certificate, a ward's word taken back",
      {newborn("1", "1").weight(EvidenceClass::certificate), newborn("2", "2").taken_back()}, "sure",
      [](Record& record) { return children_of(record, mother_su); });
}

TEST(Parents, TwoMothersOfOneChildAreBothPossible) {
  const std::vector<Statement> said = {birth("police", "B1").of(wang).mother(mother_su).father(father_qin),
                                       parentage("police", "J1").of(wang).mother(mother_he)};
  for (auto mother : {mother_su, mother_he})
    expect_in_every_order("two mothers", said, "two mothers named",
                          [&](Record& record) { return children_of(record, mother); });
  expect_in_every_order("one father", said, "sure",
                        [](Record& record) { return children_of(record, father_qin); });
  expect_in_every_order("named twice", {said[0], parentage("civil", "P1").of(wang).mother(mother_su)}, "sure",
                        [](Record& record) { return children_of(record, mother_su); });
  expect_in_every_order("a mother known by her chart alone",
                        {said[0], birth("hospital", "H1").of(wang).mother("c:A/9")}, "sure",
                        [](Record& record) { return children_of(record, mother_su); });
  Record record(said);
  const auto kin = kin_of(record.person(mother_su), record, {});
  ASSERT_EQ(kin.situation.children.size(), 1u);
  EXPECT_EQ(kin.situation.children[0].certainty, Certainty::possible);
}

TEST(Parents, NoOlderThanTheChildIsPossibleOnly) {
  Record record({parentage("police", "B1").of(wang).mother(baby_he)});
  EXPECT_EQ(children_of(record, baby_he), "a parent is not older than the child");
}

TEST(Parents, NamedWithoutANumberAndMarriedToTheOtherArePossible) {
  const auto wedding = [](std::string_view wife, const char* name) {
    return marriage("civil", "M1").as(Role::husband, father_qin).as(Role::wife, wife, name).on("1994-01-01");
  };
  const Statement child =
      birth("police", "B1").of(wang).father(father_qin).as(Role::mother, "", "李试\u3000女").on("2000-05-21");
  Record record({child, wedding(mother_su, "李试女")});
  EXPECT_EQ(children_of(record, mother_su), "a parent known by name and marriage alone");
  EXPECT_EQ(children_of(record, father_qin), "sure");
  const auto concerned = concerned_by(record.person(wang), record);
  EXPECT_EQ(std::count(concerned.begin(), concerned.end(), record.person(mother_su)), 1);
  Record another({child, wedding(mother_su, "何试女")});
  EXPECT_EQ(children_of(another, mother_su), "") << "another name";
  Record unmarried({child, insurance("insurance", "1").of(mother_su, "李试女")});
  EXPECT_EQ(children_of(unmarried, mother_su), "");
}

TEST(Spouses, KnownByNameAloneCountAsSpouses) {
  const auto wed = [](std::string key, const char* name, std::string_view who = "") {
    return marriage("civil", std::move(key))
        .as(Role::husband, father_qin)
        .as(Role::wife, who, name)
        .born("1985-06-18")
        .on("2010-01-01");
  };
  Record record({wed("M1", "ANNA TEST")});
  auto kin = kin_of(record.person(father_qin), record, {});
  ASSERT_EQ(kin.situation.marriages.size(), 1u);
  const auto& wife = kin.situation.people[static_cast<std::size_t>(kin.situation.marriages[0].spouse)];
  EXPECT_EQ(wife.sex, Sex::female);
  EXPECT_EQ(wife.born->earliest.text(), "1985-06-18");

  record.add(
      divorce("civil", "D1").as(Role::husband, father_qin).as(Role::wife, "", "Anna Test").on("2015-01-01"));
  kin = kin_of(record.person(father_qin), record, {});
  ASSERT_EQ(kin.situation.marriages.size(), 1u);
  EXPECT_EQ(text_of(kin.situation.marriages[0].when), "2010-01-01..2015-01-01");

  Record known({wed("M1", "李试女"), wed("M2", "李试女", mother_su)});
  EXPECT_EQ(kin_of(known.person(father_qin), known, {}).situation.marriages.size(), 1u)
      << "the known one of that name";
}

TEST(Names, SpellingsOfOneNameUnderTwoPoliceIdsAreOnePerson) {
  const std::string number(wang);
  for (const auto* other : {"阿试\u2022买试", "阿试\uFF0E买试", "阿试\u30FB买试", "阿试 · 买试",
                            "阿试·买\u200B试", "阿试·买试\u3000"}) {
    Record record({birth("police", "B1").of(number + " p:1", "阿试·买试").mother(mother_su),
                   death("police", "J1").of(number + " p:2", other).on("2026-11-18")});
    EXPECT_NE(record.person(wang), PersonId{}) << other;
    EXPECT_EQ(death_of(record, wang), "2026-11-18") << other;
    EXPECT_EQ(record.portrait(wang).name, other) << "as it was written last";
  }
  Record apart({birth("police", "B1").of(number + " p:1", "阿试·买试").mother(mother_su),
                death("police", "J1").of(number + " p:2", "阿试买试").on("2026-11-18")});
  EXPECT_EQ(apart.person(wang), PersonId{}) << "another name";
}

TEST(Names, ChangedBetweenTwoPoliceIdsWithAParentInCommonIsOnePerson) {
  const std::string number(wang);
  auto dead = [](Record& record) { return record.person(wang) ? death_of(record, wang) : "two people"; };
  expect_in_every_order("a mother in common",
                        {birth("police", "B1").of(number + " p:1", "王试子").mother(mother_su),
                         death("police", "J1").of(number + " p:2", "李试子").on("2026-11-18"),
                         parentage("police", "J1").of(number + " p:2", "李试子").mother(mother_su)},
                        "2026-11-18", dead);
  expect_in_every_order("another mother",
                        {birth("police", "B1").of(number + " p:1", "王试子").mother(mother_su),
                         death("police", "J1").of(number + " p:2", "李试子").on("2026-11-18"),
                         parentage("police", "J1").of(number + " p:2", "李试子").mother(mother_he)},
                        "two people", dead);
}

TEST(Residence, AMoveSaysWhereSomebodyWasRegisteredBefore) {
  Record record({residence("police", "Q1").of(wang).on("2020-05-20").region("370306").moved_to("322228")});
  const auto& lived = record.portrait(wang).residence;
  ASSERT_EQ(lived.size(), 2u);
  EXPECT_EQ(lived[0].region + " " + text_of(lived[0].when), "370306 ..2020-05-20");
  EXPECT_EQ(lived[1].region + " " + text_of(lived[1].when), "322228 2020-05-20..");
}

TEST(Residence, AMoveSaysWhereSomebodyWasRegisteredBeforeWhicheverRegisterToldFirst) {
  for (const auto* told_in : {"1", "2", "3"}) {
    Record record(
        {residence("police", "Q1").of(wang).on("2020-05-20").region("370306").moved_to("322228").version("2"),
         residence("police", "Q2").of(wang).on("2020-05-20").region("322228").version(told_in)});
    const auto& lived = record.portrait(wang).residence;
    ASSERT_EQ(lived.size(), 2u) << "the move in is of version " << told_in;
    EXPECT_EQ(lived[0].region + " " + text_of(lived[0].when), "370306 ..2020-05-20");
    EXPECT_EQ(lived[1].region + " " + text_of(lived[1].when), "322228 2020-05-20..");
  }
}

TEST(Newborns, ADayApartAreTheRegisteredChild) {
  auto children = [](const char* hospital_day, const char* second = nullptr) {
    std::vector<Statement> said = {
        birth("police", "B1").of(baby_he).mother(mother_he).on("2026-11-15"),
        birth("hospital", "H1").of("c:A/1").born(hospital_day).mother(mother_he).on(hospital_day)};
    if (second) said.push_back(birth("hospital", "H2").of("c:A/2").born(second).mother(mother_he).on(second));
    Record record(said);
    return kinhub::children_of(record.person(mother_he), record).size();
  };
  EXPECT_EQ(children("2026-11-15"), 1u);
  EXPECT_EQ(children("2026-11-14"), 1u);
  EXPECT_EQ(children("2026-11-16"), 1u);
  EXPECT_EQ(children("2026-11-13"), 2u);
  EXPECT_EQ(children("2026-11-15", "2026-11-16"), 2u) << "twins over midnight stay two";
}

TEST(SeenAlive, DisputesADeathOfAnEarlierDayAndCancelsNone) {
  struct Row {
    const char* what;
    std::vector<Statement> said;
    const char* death;
  };
  const auto seen = [](const char* key) { return alive("insurer", key).of(wang); };
  const std::vector<Row> rows = {
      {"the day after", {died("police", "J1"), seen("1").on("2026-11-19")}, "2026-11-18: seen_alive_after"},
      {"on the very day", {died("police", "J1"), seen("1").on("2026-11-18")}, "2026-11-18"},
      {"in the month of the death", {died("police", "J1"), seen("1").on("2026-11")}, "2026-11-18"},
      {"after a death known to the month",
       {death("police", "J1").of(wang).on("2026-10"), seen("1").on("2026-11-01")},
       "2026-10: seen_alive_after"},
      {"taken back",
       {died("police", "J1"), seen("1").on("2026-11-19").version("1"), seen("1").version("2").taken_back()},
       "2026-11-18"},
      {"one of two taken back",
       {died("police", "J1"), seen("1").on("2026-11-19").version("1"), seen("1").version("2").taken_back(),
        seen("2").on("2026-11-20")},
       "2026-11-18: seen_alive_after"},
      {"whoever said it, the day of the weightiest word counts",
       {died("police", "J1"), death("insurer", "2").of(wang).on("2026-11-01"), seen("1").on("2026-11-10")},
       "2026-11-18"},
      {"a death that is disputed already stays so for its own reason",
       {died("police", "J1"), death("hospital", "2").of(wang).on("2026-01-01"), seen("1").on("2026-11-20")},
       "2026-11-18: dates of death far apart"},
      {"without any death", {seen("1").on("2026-11-19")}, "alive"},
  };
  for (const auto& [what, said, expected] : rows)
    expect_in_every_order(what, said, expected, [](Record& record) { return death_of(record, wang); });
}

TEST(SeenAlive, CountsForAChildWhoseDeathWasToldOfTheNewborn) {
  const auto born = [](Said said, std::string_view who) {
    return said.of(who).mother(mother_su).on("2026-11-15");
  };
  std::vector<Statement> said = {born(birth("police", "B1"), baby_he), born(birth("hospital", "B2"), "c:A/1"),
                                 death("hospital", "D").of("c:A/1").on("2026-11-18"),
                                 death("police", "J1").of(baby_he).on("2026-11-18")};
  const auto dispute = [](Record& record) {
    const auto death = kinhub::death_of(record.person(baby_he), record);
    return death ? death->dispute : "alive";
  };
  Record before(said);
  ASSERT_EQ(dispute(before), "");
  said.push_back(alive("insurer", "1").of(baby_he).on("2026-12-01"));
  expect_in_every_order("seen", said, "seen_alive_after", dispute);
}

}  // namespace
}  // namespace kinhub::test
