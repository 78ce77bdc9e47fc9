// Children, marriages and the situation of a parent, as intervals with their evidence.
#include "hub/record/kin.hpp"

#include <gtest/gtest.h>

#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

struct Row {
  const char* what;
  std::vector<Statement> said;
  Lines expected;
};
using Reading = Lines (*)(Record&, PersonId);

/// What one of them has, in both orders of arrival.
void expect_of(std::string_view who, Reading read, const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    Record record(row.said), backwards({row.said.rbegin(), row.said.rend()});
    EXPECT_EQ(read(record, record.person(who)), row.expected) << row.what;
    EXPECT_EQ(read(backwards, backwards.person(who)), row.expected) << row.what << ", backwards";
  }
}

Said born(std::string source, std::string key) {
  return birth(std::move(source), std::move(key))
      .of(wang)
      .mother(mother_su)
      .father(father_qin)
      .on("2000-05-21");
}
Said adopted(std::string source, std::string key, std::string_view on) {
  return adoption(std::move(source), std::move(key)).of(foster_child).father(father_lin).on(on);
}
Said dissolved(std::string key, std::string_view on) {
  return adoption_dissolved("civil", std::move(key)).of(foster_child).father(father_lin).on(on);
}
Said voided(std::string key, std::string_view on) {
  return adoption_voided("civil", std::move(key)).of(foster_child).father(father_lin).on(on);
}

TEST(Children, BornOnesAreChildrenFromBirthForEver) {
  expect_of(mother_su, children_text,
            {{"by birth", {born("police", "B1")}, {"born 322228200005210171 2000-05-21.."}},
             {"by two sources it is one child",
              {born("police", "B1"), born("hospital", "B2")},
              {"born 322228200005210171 2000-05-21.."}},
             {"by parentage, since birth whenever it is told",
              {parentage("police", "P1").of(wang).mother(mother_su).on("2010-01-01")},
              {"born 322228200005210171 2000-05-21.."}},
             {"the child's death does not end it",
              {born("police", "B1"), death("police", "J1").of(wang).on("2026-11-18")},
              {"born 322228200005210171 2000-05-21.."}},
             {"taken back by one of two",
              {born("police", "B1").version("1"), born("hospital", "B2"),
               born("police", "B1").version("2").taken_back()},
              {"born 322228200005210171 2000-05-21.."}},
             {"taken back by all",
              {born("police", "B1").version("1"), born("police", "B1").version("2").taken_back()},
              {}},
             {"of another mother by a later version",
              {born("police", "B1").version("1"),
               birth("police", "B1").of(wang).mother(mother_he).on("2000-05-21").version("2"),
               death("police", "J").of(mother_su).on("2020-01-01")},
              {}}});
}

TEST(Children, AdoptedOnesAreChildrenFromTheAdoptionUntilItIsDissolved) {
  expect_of(
      father_lin, children_text,
      {{"adopted", {adopted("civil", "1", "2024-11-20")}, {"adopted 322228202408100208 2024-11-20.."}},
       {"dissolved",
        {adopted("civil", "1", "2024-11-20"), dissolved("2", "2027-01-05")},
        {"adopted 322228202408100208 2024-11-20..2027-01-05"}},
       {"adopted again",
        {adopted("civil", "1", "2024-11-20"), dissolved("2", "2027-01-05"),
         adopted("civil", "3", "2028-01-01")},
        {"adopted 322228202408100208 2024-11-20..2027-01-05", "adopted 322228202408100208 2028-01-01.."}},
       {"told by two on different days, it is one",
        {adopted("civil", "1", "2024-11-20"), adopted("police", "1", "2024-12-01")},
        {"adopted 322228202408100208 2024-11-20.."}},
       {"dissolved by two words on different days, the earlier counts",
        {adopted("civil", "1", "2024-11-20"), dissolved("2", "2027-01-05"), dissolved("3", "2027-02-05")},
        {"adopted 322228202408100208 2024-11-20..2027-01-05"}},
       {"a dissolution before the adoption ends nothing",
        {adopted("civil", "1", "2024-11-20"), dissolved("2", "2024-01-05")},
        {"adopted 322228202408100208 2024-11-20.."}},
       {"a dissolution taken back",
        {adopted("civil", "1", "2024-11-20"), dissolved("2", "2027-01-05"),
         dissolved("2", "2027-01-05").version("2").taken_back()},
        {"adopted 322228202408100208 2024-11-20.."}},
       {"voided: it never had effect", {adopted("civil", "1", "2024-11-20"), voided("2", "2027-01-05")}, {}},
       {"voided, and adopted again later",
        {adopted("civil", "1", "2024-11-20"), voided("2", "2027-01-05"), adopted("civil", "3", "2027-06-01")},
        {"adopted 322228202408100208 2027-06-01.."}},
       {"voided is the latest before the judgement",
        {adopted("civil", "1", "2024-11-20"), dissolved("2", "2025-01-05"),
         adopted("civil", "3", "2026-06-01"), voided("4", "2027-01-05")},
        {"adopted 322228202408100208 2024-11-20..2025-01-05"}},
       {"told by two and voided once",
        {adopted("civil", "1", "2024-11-20"), adopted("police", "1", "2024-12-01"),
         voided("2", "2027-01-05")},
        {}},
       {"voided by two words, the adoption before it stays",
        {adopted("civil", "1", "2024-11-20"), dissolved("2", "2025-01-05"),
         adopted("civil", "3", "2026-06-01"), voided("4", "2027-01-05"), voided("5", "2027-01-06")},
        {"adopted 322228202408100208 2024-11-20..2025-01-05"}},
       {"a judgement before the adoption voids nothing",
        {adopted("civil", "1", "2024-11-20"), voided("2", "2024-01-05")},
        {"adopted 322228202408100208 2024-11-20.."}},
       {"the adoption taken back",
        {adopted("civil", "1", "2024-11-20"), adopted("civil", "1", "2024-11-20").version("2").taken_back()},
        {}}});
}

TEST(Children, AnAdoptionOutweighsABirthOfTheSameParent) {
  const auto told_as_born = [] {
    return birth("police", "B").of(foster_child).father(father_lin).on("2024-08-10");
  };
  expect_of(father_lin, children_text,
            {{"both are told",
              {told_as_born(), adopted("civil", "1", "2024-11-20")},
              {"adopted 322228202408100208 2024-11-20.."}},
             {"the adoption is void",
              {told_as_born(), adopted("civil", "1", "2024-11-20"), voided("2", "2025-01-05")},
              {"born 322228202408100208 2024-08-10.."}}});
}

TEST(Children, AMarriageMakesNobodysChildrenTheSpouses) {
  expect_of(father_lin, children_text,
            {{"of the wife alone",
              {born("police", "B1"), marriage("civil", "M").couple(father_lin, mother_su).on("2005-01-01")},
              {}}});
}

TEST(Children, EachTieHasItsEvidenceWithItsArrival) {
  Record record({adopted("civil", "1", "2024-11-20").known_since(40),
                 adopted("police", "1", "2024-12-01").known_since(10),
                 dissolved("2", "2027-01-05").known_since(30), dissolved("3", "2027-02-05").known_since(20)});
  const auto children = children_of(record.person(father_lin), record);
  ASSERT_EQ(children.size(), 1u);
  EXPECT_EQ(dated(children[0].starts), "civil/1@40 police/1@10");
  EXPECT_EQ(dated(children[0].ends), "civil/2@30");
  EXPECT_TRUE(children[0].ends_by_dissolution);
}

TEST(Children, AreWhatWasKnownAtATime) {
  const std::vector<Statement> said = {adopted("civil", "1", "2024-11-20").known_since(20),
                                       dissolved("2", "2027-01-05").known_since(10),
                                       voided("3", "2027-03-05").known_since(30)};
  const std::pair<std::int64_t, Lines> rows[] = {
      {10, {}}, {20, {"adopted 322228202408100208 2024-11-20..2027-01-05"}}, {30, {}}};
  for (const auto& [known_at, expected] : rows) {
    Record record(said, known_at);
    EXPECT_EQ(children_text(record, record.person(father_lin)), expected) << known_at;
  }
}

std::size_t number_of_children(const std::vector<Statement>& said) {
  Record record(said);
  return children_of(record.person(mother_he), record).size();
}

TEST(Children, AHospitalNewbornIsTheRegisteredChildOfThatDayAndTwinsAreTwo) {
  const auto newborn = [](std::string chart, std::string_view on = "2026-11-15") {
    return birth("hospital", chart).of("c:A/" + chart).mother(mother_he).on(on);
  };
  const auto registered = [](std::string key, std::string who) {
    return birth("police", std::move(key)).of(who).mother(mother_he).on("2026-11-15");
  };
  const auto twin = "n:" + number_of("20261115", 38);
  const std::string one(baby_he);
  EXPECT_EQ(number_of_children({newborn("1")}), 1u);
  EXPECT_EQ(number_of_children({newborn("1"), registered("B1", one)}), 1u);
  EXPECT_EQ(number_of_children({newborn("1"), newborn("2"), registered("B1", one)}), 2u);
  EXPECT_EQ(number_of_children({newborn("1"), newborn("2"), registered("B1", one), registered("B2", twin)}),
            2u);
  EXPECT_EQ(number_of_children({newborn("1"), registered("B1", one), registered("B2", twin)}), 2u);
  EXPECT_EQ(number_of_children({newborn("1", "2026-11-14"), registered("B1", one)}), 1u) << "about midnight";
  EXPECT_EQ(number_of_children({newborn("1", "2026-11-13"), registered("B1", one)}), 2u) << "another day";
}

/// Each child by number or name, and why it is possible only: "王试孪: perhaps a child registered twice".
Lines doubts_text(Record& record, PersonId parent) {
  Lines lines;
  for (const auto& child : children_of(parent, record)) {
    const auto& is = record.portrait(child.child);
    lines.push_back((is.citizen_number.empty() ? is.name + (is.death ? ", dead" : "") : is.citizen_number) +
                    (child.dispute.empty() ? "" : ": " + std::string(child.dispute)));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(Children, RegisteredTwiceWithOneNumberThatOfNoNumberIsPossible) {
  const auto registered = [](std::string key, std::string_view who, std::string_view name,
                             Sex sex = Sex::male, std::string_view on = "2026-11-15") {
    return birth("police", std::move(key)).of(who, name).sex(sex).mother(mother_he).father(father_lin).on(on);
  };
  const auto twin = "n:" + number_of("20261115", 39);
  const std::string first = "p:1 " + std::string(baby_he), number(baby_he.substr(2));
  const auto known = registered("B1", first, "林试宝");
  const std::string twice = ": perhaps a child registered twice";
  const std::vector<Row> rows = {
      {"one name, sex and day", {known, registered("B2", "p:2", "林试宝")}, {number, "林试宝" + twice}},
      {"one name in two spellings", {known, registered("B2", "p:2", "林 试宝")}, {number, "林 试宝" + twice}},
      {"of no sex that is told",
       {known, registered("B2", "p:2", "林试宝", Sex::unknown)},
       {number, "林试宝" + twice}},
      {"three times",
       {known, registered("B2", "p:2", "林试宝"), registered("B3", "p:3", "林试宝")},
       {number, "林试宝" + twice, "林试宝" + twice}},
      {"none has a number, one is sure",
       {registered("B1", "p:1", "林试宝"), registered("B2", "p:2", "林试宝")},
       {"林试宝", "林试宝" + twice}},
      {"told as parents alone",
       {parentage("police", "P1").of("p:1", "林试宝").born("2026-11-15").mother(mother_he).father(father_lin),
        parentage("police", "P2")
            .of("p:2", "林试宝")
            .born("2026-11-15")
            .mother(mother_he)
            .father(father_lin)},
       {"林试宝", "林试宝" + twice}},
      {"none has a number, the one that lives is possible",
       {registered("B1", "p:1", "林试宝"), registered("B2", "p:2", "林试宝"),
        death("police", "J").of("p:2").on("2026-11-20")},
       {"林试宝, dead", "林试宝" + twice}},
      {"the second is given a number",
       {known, registered("B2", "p:2", "林试宝"), identity("police", "I").of("p:2 " + twin)},
       {number, twin.substr(2)}},
      {"one police id is one person", {known, registered("B2", "p:1", "林试宝")}, {number}},
      {"twins have two names", {known, registered("B2", "p:2", "林试贝")}, {number, "林试贝"}},
      {"twins of one name in letters",
       {registered("B1", "p:1", "Lin Shibao"), registered("B2", "p:2", "Lin Shibao")},
       {"Lin Shibao", "Lin Shibao"}},
      {"another sex", {known, registered("B2", "p:2", "林试宝", Sex::female)}, {number, "林试宝"}},
      {"another day",
       {known, registered("B2", "p:2", "林试宝", Sex::male, "2026-11-16")},
       {number, "林试宝"}},
      {"of other parents",
       {known, birth("police", "B2").of("p:2", "林试宝").sex(Sex::male).mother(mother_su).on("2026-11-15")},
       {number}},
  };
  expect_of(mother_he, doubts_text, rows);
  expect_of(father_lin, doubts_text, rows);
}

/// Each child with its death: "322228... 2026-11-16: why disputed", "a newborn alive".
Lines deaths_text(Record& record, PersonId parent) {
  Lines lines;
  for (const auto& child : children_of(parent, record)) {
    const auto& number = record.portrait(child.child).citizen_number;
    const auto death = death_of(child.child, record);
    lines.push_back((number.empty() ? "a newborn" : number) + " " +
                    (!death ? "alive"
                            : death->on.text() + (death->disputed ? ": " + death->dispute : "") + " by " +
                                  text_of(death->evidence)));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

TEST(Children, TheDeathOfANewbornIsThatOfTheRegisteredChildItIsTakenFor) {
  const auto newborn = [](std::string chart, Sex sex = Sex::unknown) {
    return birth("hospital", chart).of("c:A/" + chart).sex(sex).mother(mother_he).on("2026-11-15");
  };
  const auto died = [](std::string chart, std::string_view on = "2026-11-16") {
    return death("hospital", "D" + chart).of("c:A/" + chart).on(on);
  };
  const auto registered = [](std::string key, std::string_view who) {
    return birth("police", std::move(key)).of(who).mother(mother_he).father(father_lin).on("2026-11-15");
  };
  const auto police_death = [](std::string_view who, std::string_view on = "2026-11-16") {
    return death("police", "J").of(who).on(on);
  };
  const auto twin = "n:" + number_of("20261115", 38);  // a girl, as the other one is a boy
  const std::vector<Row> rows = {
      {"registered later, or earlier",
       {newborn("1"), died("1"), registered("B1", baby_he)},
       {"322228202611150374 2026-11-16: death of a newborn taken for this child by hospital/D1"}},
      {"not registered", {newborn("1"), died("1")}, {"a newborn 2026-11-16 by hospital/D1"}},
      {"taken back",
       {newborn("1"), died("1").version("1"), died("1").version("2").taken_back(), registered("B1", baby_he)},
       {"322228202611150374 alive"}},
      {"the police tell it as well",
       {newborn("1"), died("1"), registered("B1", baby_he), police_death(baby_he)},
       {"322228202611150374 2026-11-16 by hospital/D1 police/J"}},
      {"the police tell another day",
       {newborn("1"), died("1"), registered("B1", baby_he), police_death(baby_he, "2027-03-01")},
       {"322228202611150374 2027-03-01: dates of death far apart by hospital/D1 police/J"}},
      {"of twins the one that lives is registered",
       {newborn("1"), newborn("2"), died("1"), registered("B1", baby_he)},
       {"322228202611150374 alive", "a newborn 2026-11-16 by hospital/D1"}},
      {"of twins the one that died is registered",
       {newborn("1"), newborn("2"), died("1"), registered("B1", baby_he), police_death(baby_he)},
       {"322228202611150374 2026-11-16 by hospital/D1 police/J", "a newborn alive"}},
      {"of registered twins the one of the same sex",
       {newborn("1", Sex::female), died("1"), registered("B1", baby_he), registered("B2", twin)},
       {"322228202611150374 alive",
        twin.substr(2) + " 2026-11-16: death of a newborn taken for this child by hospital/D1"}},
      {"of registered twins the one that died",
       {newborn("1"), died("1"), registered("B1", baby_he), registered("B2", twin), police_death(twin)},
       {"322228202611150374 alive", twin.substr(2) + " 2026-11-16 by hospital/D1 police/J"}},
  };
  expect_of(mother_he, deaths_text, rows);
  // Whom the hospital did not name as father is told the same of his registered child.
  for (std::size_t row : {0u, 3u})
    expect_of(father_lin, deaths_text, {rows[row]});
}

TEST(Kin, ADeathOfANewbornReachesTheRightsOfBothParentsOfTheRegisteredChild) {
  Record record({birth("hospital", "1").of("c:A/1").mother(mother_he).on("2026-11-15"),
                 death("hospital", "D1").of("c:A/1").on("2026-11-16"),
                 birth("police", "B1").of(baby_he).mother(mother_he).father(father_lin).on("2026-11-15")});
  const auto newborn = record.person("c:A/1"), father = record.person(father_lin);
  const auto concerned = concerned_by(newborn, record);
  EXPECT_EQ(std::count(concerned.begin(), concerned.end(), father), 1);
  const auto kin = kin_of(father, record, {});
  ASSERT_EQ(kin.situation.children.size(), 1u);
  const auto& child = kin.situation.people[static_cast<std::size_t>(kin.situation.children[0].child)];
  ASSERT_TRUE(child.died);
  EXPECT_EQ(child.died->certainty, Certainty::possible);
  EXPECT_EQ(text_of(kin.evidence[static_cast<std::size_t>(child.died->cause)]), "hospital/D1");
}

Said wed(std::string key, std::string_view on, std::string source = "civil") {
  return marriage(std::move(source), std::move(key)).couple(father_qin, mother_su).on(on);
}
Said parted(std::string key, std::string_view on, std::string source = "civil") {
  return divorce(std::move(source), std::move(key)).couple(father_qin, mother_su).on(on);
}
Said annulled(std::string key, std::string_view on) {
  return marriage_annulled("civil", std::move(key)).couple(father_qin, mother_su).on(on);
}

TEST(Marriages, AreIntervalsFromTheWeddingToTheDivorce) {
  const std::string husband = "322228197309050133 ";
  expect_of(
      mother_su, marriages_text,
      {{"married", {wed("1", "1998-01-01")}, {husband + "1998-01-01.."}},
       {"divorced",
        {wed("1", "1998-01-01"), parted("2", "2005-06-01")},
        {husband + "1998-01-01..2005-06-01"}},
       {"and again",
        {wed("1", "1998-01-01"), parted("2", "2005-06-01"), wed("3", "2010-01-01")},
        {husband + "1998-01-01..2005-06-01", husband + "2010-01-01.."}},
       {"twice divorced",
        {wed("1", "1998-01-01"), parted("2", "2005-06-01"), wed("3", "2010-01-01"),
         parted("4", "2012-01-01")},
        {husband + "1998-01-01..2005-06-01", husband + "2010-01-01..2012-01-01"}},
       {"told by two on different days, it is one",
        {wed("1", "1998-01-01"), wed("1", "1998-01-03", "police")},
        {husband + "1998-01-01.."}},
       {"two divorces on different days, the earlier counts",
        {wed("1", "1998-01-01"), parted("2", "2005-06-01"), parted("2", "2005-07-01", "police")},
        {husband + "1998-01-01..2005-06-01"}},
       {"a divorce whose marriage nobody told", {parted("2", "2005-06-01")}, {husband + "..2005-06-01"}},
       {"and the next marriage",
        {parted("2", "2005-06-01"), wed("3", "2010-01-01")},
        {husband + "..2005-06-01", husband + "2010-01-01.."}},
       {"divorce taken back",
        {wed("1", "1998-01-01"), parted("2", "2005-06-01"),
         parted("2", "2005-06-01").version("2").taken_back()},
        {husband + "1998-01-01.."}},
       {"annulled: it never was", {wed("1", "1998-01-01"), annulled("2", "1999-01-01")}, {}},
       {"annulled is the latest before the judgement",
        {wed("1", "1998-01-01"), parted("2", "2005-06-01"), wed("3", "2010-01-01"),
         annulled("4", "2011-01-01")},
        {husband + "1998-01-01..2005-06-01"}},
       {"annulled by two words, the marriage before it stays",
        {wed("1", "1998-01-01"), parted("2", "2005-06-01"), wed("3", "2010-01-01"),
         annulled("4", "2011-01-01"), annulled("5", "2011-01-02")},
        {husband + "1998-01-01..2005-06-01"}}});
}

TEST(Marriages, OfTwoSpousesAreTwo) {
  expect_of(mother_su, marriages_text,
            {{"one after the other",
              {wed("1", "1998-01-01"), parted("2", "2005-06-01"),
               marriage("civil", "3").couple(father_lin, mother_su).on("2007-01-01")},
              {"322228197309050133 1998-01-01..2005-06-01", "322228197404190118 2007-01-01.."}},
             {"the spouse of a later version replaces the first",
              {wed("1", "1998-01-01").version("1"),
               marriage("civil", "1").couple(father_lin, mother_su).on("1998-01-01").version("2")},
              {"322228197404190118 1998-01-01.."}}});
}

TEST(Marriages, HaveTheirEvidenceWithItsArrival) {
  Record record({wed("1", "1998-01-03", "police").known_since(30), wed("1", "1998-01-01").known_since(20),
                 parted("2", "2005-06-01").known_since(10)});
  const auto marriages = marriages_of(record.person(mother_su), record);
  ASSERT_EQ(marriages.size(), 1u);
  EXPECT_EQ(dated(marriages[0].starts), "civil/1@20 police/1@30");
  EXPECT_EQ(dated(marriages[0].ends), "civil/2@10");
}

TEST(Marriages, AreWhatWasKnownAtATime) {
  const std::vector<Statement> said = {parted("2", "2005-06-01").known_since(10),
                                       wed("1", "1998-01-01").known_since(20)};
  const std::pair<std::int64_t, Lines> rows[] = {{9, {}},
                                                 {10, {"322228197309050133 ..2005-06-01"}},
                                                 {20, {"322228197309050133 1998-01-01..2005-06-01"}}};
  for (const auto& [known_at, expected] : rows) {
    Record record(said, known_at);
    EXPECT_EQ(marriages_text(record, record.person(mother_su)), expected) << known_at;
  }
}

/// "1998-01-01..2005-06-01", "possible 2005-06-01.."
Lines marriage_spans(Record& record, PersonId parent) {
  Lines lines;
  for (const auto& span : kin_of(parent, record, {}).situation.marriages)
    lines.push_back((span.certainty == Certainty::possible ? "possible " : "") + text_of(span.when));
  return lines;
}
Said died(std::string_view who, std::string source, std::string_view on) {
  return death(std::move(source), "J" + std::string(who.substr(2))).of(who).on(on);
}

TEST(Kin, ADeathOfEitherEndsTheMarriageADisputedOneLeavesTheRestPossible) {
  expect_of(mother_su, marriage_spans,
            {{"the spouse",
              {wed("1", "1998-01-01"), died(father_qin, "police", "2010-02-03")},
              {"1998-01-01..2010-02-03"}},
             {"the parent",
              {wed("1", "1998-01-01"), died(mother_su, "police", "2010-02-03")},
              {"1998-01-01..2010-02-03"}},
             {"both, the earlier counts",
              {wed("1", "1998-01-01"), died(mother_su, "police", "2010-02-03"),
               died(father_qin, "police", "2009-02-03")},
              {"1998-01-01..2009-02-03"}},
             {"a death after the divorce changes nothing",
              {wed("1", "1998-01-01"), parted("2", "2005-06-01"), died(father_qin, "police", "2010-02-03")},
              {"1998-01-01..2005-06-01"}},
             {"disputed",
              {wed("1", "1998-01-01"), died(father_qin, "police", "2010-02-03"),
               died(father_qin, "hospital", "2011-02-03")},
              {"1998-01-01..2010-02-03", "possible 2010-02-03.."}}});
}

TEST(Kin, ASureDeathOfOneEndsAMarriageWhateverIsDoubtedOfTheOther) {
  const auto marriages = [](const std::vector<Statement>& said) {
    Record record(said);
    const auto kin = kin_of(record.person(mother_su), record, {});
    Lines lines;
    for (const auto& span : kin.situation.marriages)
      lines.push_back(text_of(span.when) + (span.certainty == Certainty::sure ? "" : "?"));
    return lines;
  };
  const auto his = [](std::string_view on) { return death("police", "H").of(father_qin).on(on); };
  const auto hers = [](std::string_view on) { return death("police", "W").of(mother_su).on(on); };
  // Two days far apart: disputed.
  const auto his_doubted = death("hospital", "D").of(father_qin).on("2001-01-01");
  const auto her_doubted = death("hospital", "E").of(mother_su).on("2001-01-01");
  EXPECT_EQ(marriages({wed("1", "1998-01-01"), his("2010-01-01"), his_doubted, hers("2015-01-01")}),
            (Lines{"1998-01-01..2010-01-01", "2010-01-01..2015-01-01?"}));
  EXPECT_EQ(marriages({wed("1", "1998-01-01"), hers("2010-01-01"), her_doubted, his("2015-01-01")}),
            (Lines{"1998-01-01..2010-01-01", "2010-01-01..2015-01-01?"}));
  EXPECT_EQ(marriages({wed("1", "1998-01-01"), his("2015-01-01"), his_doubted, hers("2010-01-01")}),
            (Lines{"1998-01-01..2010-01-01"}));
  EXPECT_EQ(marriages({wed("1", "1998-01-01"), his("2010-01-01"), his_doubted, parted("2", "2012-01-01")}),
            (Lines{"1998-01-01..2010-01-01", "2010-01-01..2012-01-01?"}));
}

TEST(Kin, TheDeathOfAPersonIsSureOrPossibleWithAllItsEvidence) {
  Record record({born("police", "B1").known_since(1), died(wang, "police", "2026-11-18").known_since(3),
                 died(wang, "hospital", "2025-11-18").known_since(2)});
  const auto kin = kin_of(record.person(mother_su), record, {});
  ASSERT_EQ(kin.situation.children.size(), 1u);
  const auto child = static_cast<std::size_t>(kin.situation.children[0].child);
  EXPECT_EQ(kin.people[child], record.person(wang));
  const auto& death = kin.situation.people[child].died;
  ASSERT_TRUE(death);
  EXPECT_EQ(death->certainty, Certainty::possible);
  EXPECT_EQ(death->on, Date(2026, 11, 18));
  EXPECT_EQ(dated(kin.evidence[static_cast<std::size_t>(death->cause)]),
            "hospital/J322228200005210171@2 police/J322228200005210171@3");
}

TEST(Kin, ADeathOfAChildThatAllTookBackIsNamedAsWithdrawn) {
  const auto taken_back = [] {
    return died(wang, "police", "2026-11-18").version("2").taken_back().known_since(9);
  };
  Record record({born("police", "B1"), died(wang, "police", "2026-11-18"), taken_back()});
  const auto kin = kin_of(record.person(mother_su), record, {});
  EXPECT_EQ(dated(kin.withdrawn), "police/J322228200005210171@9");
  EXPECT_FALSE(kin.situation.people[1].died);
  Record still_dead({born("police", "B1"), died(wang, "police", "2026-11-18"), taken_back(),
                     died(wang, "crematory", "2026-11-18")});
  EXPECT_TRUE(kin_of(still_dead.person(mother_su), still_dead, {}).withdrawn.empty());
}

TEST(Kin, NamesTheOtherParentOfEachChild) {
  Record record({born("police", "B1"), birth("police", "B2").of(baby_he).mother(mother_he).on("2026-11-15")});
  const auto two = kin_of(record.person(mother_su), record, {});
  ASSERT_EQ(two.situation.children.size(), 1u);
  EXPECT_EQ(two.people[static_cast<std::size_t>(two.situation.children[0].other_parent)],
            record.person(father_qin));
  const auto alone = kin_of(record.person(mother_he), record, {});
  EXPECT_EQ(alone.situation.children.at(0).other_parent, -1);
}

TEST(Kin, HasTheResidencesOfTheCoupleButNotOfTheChildren) {
  Record record({born("police", "B1"),
                 residence("police", "R1").of(mother_su).on("2001-01-01").region("320812"),
                 residence("police", "R2").of(father_qin).on("2001-01-01").region("370306"),
                 residence("police", "R3").of(wang).on("2001-01-01").region("370303")});
  const auto kin = kin_of(record.person(father_qin), record, {});
  Lines lines;
  for (const auto& span : kin.situation.residences)
    lines.push_back(
        (kin.people[static_cast<std::size_t>(span.person)] == record.person(mother_su) ? "hers " : "own ") +
        span.region);
  EXPECT_EQ(lines, (Lines{"own 370306", "hers 320812"}));
}

TEST(Kin, HasTheStatesThatPoliciesAskButNotThoseThatACaseWorkerTellsAlone) {
  auto told = [](FactKind kind, std::string source, std::string key, std::string_view on) {
    return said_of(kind, std::move(source), std::move(key)).of(mother_su).on(on);
  };
  Record record(
      {born("police", "B1"),
       told(FactKind::support, "civil", "S1", "2015-01-01")
           .with(FactField::what, "low_income")
           .with(FactField::fen_per_month, std::int64_t{63000}),
       told(FactKind::pension, "social", "P1", "2016-01-01")
           .with(FactField::what, "employee_pension")
           .with(FactField::state, "paying"),
       told(FactKind::credential, "health", "C1", "2001-01-01").with(FactField::type, "only_child"),
       told(FactKind::credential, "health", "C2", "2001-01-01")
           .with(FactField::type, "medical_card")
           .with(FactField::state, "lost"),
       told(FactKind::household_type, "police", "H1", "1990-01-01").with(FactField::household_type, "rural"),
       told(FactKind::work, "care-desk", "W1", "1990-01-01")
           .with(FactField::work, "farming")
           .weight(EvidenceClass::care_desk)});
  for (auto who : {mother_su, father_qin}) {
    const auto kin = kin_of(record.person(who), record, {});
    auto whose = [&](std::int16_t person) { return kin.people[static_cast<std::size_t>(person)]; };
    Lines lines;
    for (const auto& span : kin.situation.receipts) {
      EXPECT_EQ(whose(span.person), record.person(mother_su));
      lines.push_back("receipt " + span.when.from.text() + " " + std::to_string(span.fen_per_month));
    }
    for (const auto& span : kin.situation.states) {
      EXPECT_EQ(whose(span.person), record.person(mother_su));
      ASSERT_GE(span.starts, 0);
      EXPECT_EQ(kin.evidence[static_cast<std::size_t>(span.starts)].size(), 1u);
      lines.push_back(std::string(name_of(span.kind)) + " " + span.word + " " + span.when.from.text() +
                      (span.holds ? "" : " not"));
    }
    EXPECT_EQ(lines, (Lines{"receipt 2015-01-01 63000", "pension employee_pension 2016-01-01",
                            "credential medical_card 2001-01-01 not", "credential only_child 2001-01-01",
                            "household_type rural 1990-01-01"}));
  }
}

TEST(Kin, TellsOfADeathItsFirstAndLastDayAndWhoSaysSo) {
  Record record({born("police", "B1"), died(wang, "insurer", "2024").version("1"),
                 died(wang, "crematory", "2024").version("1")});
  const auto kin = kin_of(record.person(mother_su), record, {});
  const auto& death =
      kin.situation.people.at(static_cast<std::size_t>(kin.situation.children.at(0).child)).died;
  ASSERT_TRUE(death);
  EXPECT_EQ(death->first(), Date(2024, 1, 1));
  EXPECT_EQ(death->on, Date(2024, 12, 31));
  EXPECT_EQ(death->sources, 2);
  EXPECT_NE(death->classes, 0);
}

TEST(Kin, ABirthIsAsPreciseAsItIsKnown) {
  Record record({birth("police", "B").of("p:7").mother(mother_su).on("2000-05")});
  const auto kin = kin_of(record.person(mother_su), record, {});
  ASSERT_TRUE(kin.situation.people.at(1).born);
  EXPECT_EQ(kin.situation.people[1].born->earliest, Date(2000, 5, 1));
  EXPECT_EQ(kin.situation.people[1].born->latest, Date(2000, 5, 31));
}

TEST(Kin, AnExpiredCertificateIsPossibleUntilTheNext) {
  const auto card = [](std::string key, std::string_view on, std::string_view until) {
    return disability("civil", std::move(key)).of(wang).on(on).until(until).grade(2).version(std::string(on));
  };
  const auto spans = [](Record& record, PersonId parent) {
    Lines lines;
    for (const auto& span : kin_of(parent, record, {}).situation.disabilities)
      lines.push_back((span.certainty == Certainty::possible ? "possible " : "") + text_of(span.when));
    return lines;
  };
  expect_of(
      mother_su, spans,
      {{"expired",
        {born("police", "B"), card("1", "2010-01-01", "2019-12-31")},
        {"2010-01-01..2020-01-01", "possible 2020-01-01.."}},
       {"renewed a year later",
        {born("police", "B"), card("1", "2010-01-01", "2019-12-31"), card("2", "2021-01-01", "2030-12-31")},
        {"2010-01-01..2020-01-01", "possible 2020-01-01..2021-01-01", "2021-01-01..2031-01-01",
         "possible 2031-01-01.."}}});
}

TEST(Kin, HasTheResidenceOfTheParentAndTheCoverageAsGiven) {
  SituationCoverage coverage;
  coverage.children = {Date(2020, 1, 1), Date(2026, 1, 1)};
  Record record({residence("police", "R").of(mother_su).on("2001-01-01").region("322228").known_since(5),
                 residence("police", "R2").of(wang).on("2001-01-01").region("370306"), born("police", "B1")});
  const auto kin = kin_of(record.person(mother_su), record, coverage);
  ASSERT_EQ(kin.situation.residences.size(), 1u);
  const auto& lives = kin.situation.residences[0];
  EXPECT_EQ(lives.region, "322228");
  EXPECT_EQ(lives.person, 0);
  EXPECT_EQ(dated(kin.evidence[static_cast<std::size_t>(lives.starts)]), "police/R@5");
  EXPECT_EQ(kin.situation.coverage.children, coverage.children);
}

TEST(Kin, EveryIndexAndEveryCauseIsThere) {
  Record record({born("police", "B1"), wed("1", "1998-01-01"), parted("2", "2005-06-01"),
                 died(wang, "police", "2026-11-18"),
                 adoption("civil", "A").of(foster_child).mother(mother_su).on("2024-11-20"),
                 adoption_dissolved("civil", "D").of(foster_child).mother(mother_su).on("2027-01-05")});
  const auto kin = kin_of(record.person(mother_su), record, {});
  EXPECT_EQ(kin.people.size(), kin.situation.people.size());
  EXPECT_EQ(kin.evidence.size(), kin.situation.causes.size());
  EXPECT_EQ(kin.people.front(), record.person(mother_su));
  ASSERT_EQ(kin.situation.children.size(), 2u);
  for (const auto& span : kin.situation.children) {
    ASSERT_GE(span.starts, 0);
    const auto& cause = kin.situation.causes[static_cast<std::size_t>(span.starts)];
    EXPECT_EQ(cause.what, span.relation == ChildRelation::born ? Cause::What::birth : Cause::What::adoption);
    EXPECT_EQ(cause.person, span.child);
    EXPECT_EQ(span.ends == no_cause, span.relation == ChildRelation::born);
  }
}

Lines numbers_of(Record& record, const std::vector<PersonId>& people) {
  Lines numbers;
  for (auto person : people)
    numbers.push_back(record.portrait(person).citizen_number);
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}
std::string digits(std::string_view number) {
  return std::string(number.substr(2));
}

TEST(ConcernedBy, ReachesParentsAndSpousesButNotTheChildrensOwnRights) {
  const std::vector<Statement> said = {born("police", "B1"), wed("1", "1998-01-01"),
                                       parted("2", "2005-06-01"),
                                       marriage("civil", "3").couple(father_lin, mother_su).on("2007-01-01"),
                                       adoption("civil", "A").of(wang).mother(mother_he).on("2010-01-01")};
  const auto lines = [&](std::string_view who) {
    Record record(said);
    const auto concerned = concerned_by(record.person(who), record);
    EXPECT_TRUE(std::is_sorted(concerned.begin(), concerned.end()));
    return numbers_of(record, concerned);
  };
  EXPECT_EQ(lines(wang), (Lines{digits(father_qin), digits(mother_su), digits(mother_he), digits(wang)}));
  EXPECT_EQ(lines(father_lin), (Lines{digits(father_lin), digits(mother_su)}));
  EXPECT_EQ(lines(father_qin), (Lines{digits(father_qin), digits(mother_su), digits(mother_he)}));
}

TEST(CoupleOf, IsThatOfTheEldestChildOrTheParentAlone) {
  Record record({born("police", "B1"),
                 birth("police", "B2").of(baby_he).mother(mother_su).father(father_lin).on("2026-11-15"),
                 death("police", "J").of(mother_he).on("2026-01-01")});
  EXPECT_EQ(numbers_of(record, couple_of(record.person(mother_su), record)),
            (Lines{digits(father_qin), digits(mother_su)}));
  EXPECT_EQ(numbers_of(record, couple_of(record.person(father_lin), record)),
            (Lines{digits(father_lin), digits(mother_su)}));
  EXPECT_EQ(numbers_of(record, couple_of(record.person(mother_he), record)), (Lines{digits(mother_he)}));
}

}  // namespace
}  // namespace kinhub::test
