// Where a field of a person comes from: the words for its value, those that lost, and by which rule.
#include "hub/record/field_origin.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

using Lines = std::vector<std::string>;

std::string text_of(const FieldValue& value) {
  std::string text;
  for (const auto* part : {&value.text, &value.name, &value.number})
    if (!part->empty()) text += (text.empty() ? "" : " ") + *part;
  return text;
}
std::string text_of(const FieldWord& word) {
  return text_of(word.value) + " by " + word.said->source + "/" + word.said->fact.key + " in " + word.field +
         (word.lost.empty() ? "" : ": " + std::string(word.lost)) +
         (word.untold_by ? " (event " + std::to_string(word.untold_by->event_sequence) + ")" : "");
}

/// One line for each value, those of its words below it, then what lost.
Lines origin(PersonField field, Record record, std::int64_t known_at) {
  const auto person = record.person(wang);
  Lines lines;
  const auto origin = origin_of(field, record.dossier(person), record.portrait(person), known_at);
  for (const auto& settled : origin.settled) {
    lines.push_back(text_of(settled.value) + " since " + std::to_string(settled.known_since_us) +
                    (settled.dispute.empty() ? "" : " (" + settled.dispute + ")"));
    for (const auto& word : settled.by)
      lines.push_back("  " + text_of(word));
  }
  for (const auto& word : origin.lost)
    lines.push_back("- " + text_of(word));
  return lines;
}

Lines origin(PersonField field, const std::vector<Statement>& said, std::int64_t known_at = known_now) {
  return origin(field, Record(said, known_at), known_at);
}

struct Row {
  const char* what;
  PersonField field;
  std::vector<Statement> said;
  Lines expected;
};

TEST(FieldOrigin, TellsTheWordsForAValueAndTheRuleByWhichTheOthersLost) {
  using enum PersonField;
  const Row rows[] = {
      {"nobody said it", insurance, {identity("police", "1").of(wang)}, {}},
      {"two sources of one mind, in two spellings",
       name,
       {identity("police", "1").of(wang, "王试·子").known_since(5),
        death("hospital", "Z").of(wang, "王试•子").known_since(3)},
       {"王试·子 since 5", "  王试•子 by hospital/Z in person.name", "  王试·子 by police/1 in person.name"}},
      {"a state that was succeeded says no number any more",
       number,
       {test::residence("police", "1")
            .of(wang)
            .on("1990-01-01")
            .region("370306")
            .version("1")
            .succeeds()
            .known_since(1),
        test::residence("police", "1")
            .of(wang)
            .on("2021-05-20")
            .region("322228")
            .version("2")
            .succeeds()
            .known_since(2)},
       {"322228200005210171 since 2", "  322228200005210171 by police/1 in person.citizen_number",
        "- 322228200005210171 by police/1 in person.citizen_number: a later version of this record tells it "
        "anew"}},
      {"the police outweigh a hospital",
       name,
       {identity("police", "1").of(wang, "王试子").known_since(5),
        death("hospital", "Z").of(wang, "王子").known_since(3)},
       {"王试子 since 5", "  王试子 by police/1 in person.name",
        "- 王子 by hospital/Z in person.name: the registration of the police outweighs it"}},
      {"of one weight the later version",
       name,
       {identity("police", "1").of(wang, "王旧").version("1").known_since(1),
        identity("police", "2").of(wang, "王新").version("2").known_since(2)},
       {"王新 since 2", "  王新 by police/2 in person.name",
        "- 王旧 by police/1 in person.name: a later word of the same weight counts"}},
      {"a corrected version",
       name,
       {identity("police", "1").of(wang, "王旧").version("1").known_since(1),
        identity("police", "1").of(wang, "王新").version("2").known_since(2)},
       {"王新 since 2", "  王新 by police/1 in person.name",
        "- 王旧 by police/1 in person.name: a later version of this record says otherwise"}},
      {"a later version that says the same",
       name,
       {identity("police", "1").of(wang, "王试子").version("1").known_since(1),
        identity("police", "1").of(wang, "王试子").born("2000-05-21").version("2").known_since(2)},
       {"王试子 since 2", "  王试子 by police/1 in person.name",
        "- 王试子 by police/1 in person.name: a later version of this record tells it anew"}},
      {"a day of birth beside a death gives way to a birth",
       born,
       {birth("police", "1").of(wang).mother(mother_su).on("2000-05-21").known_since(4),
        death("police", "2").of(wang).born("2000-05-20").known_since(2),
        death("hospital", "3").of(wang).born("2000-05-21").known_since(3)},
       {"2000-05-21 since 3", "  2000-05-21 by hospital/3 in person.born", "  2000-05-21 by police/1 in on",
        "- 2000-05-20 by police/2 in person.born: a birth counts before a day of birth told beside something "
        "else"}},
      {"five words of a death are its evidence, one was taken back",
       died,
       {death("police", "1").of(wang).on("2026-11-18").known_since(9),
        death("hospital", "Z").of(wang).on("2026-11-17").known_since(3),
        death("insurance", "i").of(wang).on("2026-11-19").version("1").known_since(1),
        death("insurance", "i").of(wang).on("2026-11-19").version("2").taken_back().known_since(2)},
       {"2026-11-18 since 9", "  2026-11-17 by hospital/Z in on", "  2026-11-18 by police/1 in on",
        "- 2026-11-19 by insurance/i in on: its source took it back"}},
      {"a death in doubt says why",
       died,
       {death("police", "1").of(wang).on("2026-11-18").known_since(1),
        death("hospital", "Z").of(wang).on("2026-01-17").known_since(2)},
       {"2026-11-18 since 1 (dates of death far apart)", "  2026-01-17 by hospital/Z in on",
        "  2026-11-18 by police/1 in on"}},
      {"residence over time, with a row that succeeded another and one that was corrected",
       residence,
       {test::residence("police", "1")
            .of(wang)
            .region("370306")
            .on("1990-01-01")
            .version("1")
            .succeeds()
            .known_since(1),
        test::residence("police", "1")
            .of(wang)
            .region("320813")
            .on("2021-05-20")
            .version("2")
            .succeeds()
            .known_since(2),
        test::residence("police", "1")
            .of(wang)
            .region("320812")
            .on("2021-05-20")
            .version("3")
            .known_since(3)},
       {"370306 since 1990-01-01 until 2021-05-20 since 1", "  370306 since 1990-01-01 by police/1 in region",
        "320812 since 2021-05-20 since 3", "  320812 since 2021-05-20 by police/1 in region",
        "- 320813 since 2021-05-20 by police/1 in region: a later version of this record says otherwise"}},
      {"parents, each with the words for them",
       parents,
       {birth("police", "1").of(wang).mother(mother_su).father(father_qin).on("2000-05-21").known_since(1),
        parentage("civil", "2").of(wang).mother(mother_su).known_since(2)},
       {"father 322228197309050133 since 1",
        "  father 322228197309050133 by police/1 in father.citizen_number",
        "mother 322228197503120246 since 1",
        "  mother 322228197503120246 by civil/2 in mother.citizen_number",
        "  mother 322228197503120246 by police/1 in mother.citizen_number"}},
      {"a number that was replaced",
       number,
       {identity("police", "1").of("n:322228200005210331 p:1").known_since(1),
        identity("police", "2")
            .of("n:322228200005210171 p:1 -n:322228200005210331")
            .version("2")
            .known_since(2)},
       {"322228200005210171 since 2", "  322228200005210171 by police/2 in person.citizen_number",
        "- 322228200005210331 by police/1 in person.citizen_number: this number was replaced"}},
      {"a record that tells it no more",
       died,
       {identity("police", "1").of(wang).known_since(1),
        death("police", "J1").of(wang).on("2026-11-18").known_since(2),
        death("police", "J1").of(wang).version("2").known_since(3).untold()},
       {"- 2026-11-18 by police/J1 in on: its source tells it no more (event 3)"}},
      {"a state that ended because the row tells it no more",
       household,
       {identity("police", "1").of(wang).known_since(1),
        said_of(FactKind::household, "police", "H1")
            .of(wang)
            .household("018", "20")
            .succeeds()
            .known_since(2),
        said_of(FactKind::household, "police", "H1")
            .of(wang)
            .version("2")
            .on("2020-05-21")
            .known_since(3)
            .lapses()},
       {"018 since 2", "  018 by police/H1 in household_number (event 3)"}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(origin(row.field, row.said), row.expected) << row.what;
    EXPECT_EQ(origin(row.field, {row.said.rbegin(), row.said.rend()}), row.expected)
        << row.what << ", backwards";
  }
}

TEST(FieldOrigin, IsAsWasKnownAtATime) {
  const std::vector<Statement> said = {death("insurance", "i").of(wang).on("2026-11-19").known_since(10),
                                       death("police", "1").of(wang).on("2026-11-18").known_since(20)};
  EXPECT_EQ(origin(PersonField::died, said, 9), (Lines{}));
  EXPECT_EQ(origin(PersonField::died, said, 10),
            (Lines{"2026-11-19 since 10", "  2026-11-19 by insurance/i in on"}));
  EXPECT_EQ(origin(PersonField::died, said, 20).front(), "2026-11-18 since 20");
}

TEST(PersonField, NamesAndEnumeratorsAreOneList) {
  for (const auto name : person_field_names())
    EXPECT_EQ(name_of(*person_field(name)), name);
  EXPECT_FALSE(person_field("colour"));
}

TEST(FieldOrigin, OfAnEventThatWasReadAnewBothReadingsAreTold) {
  const Statement told = death("police", "J1").of(wang, "王试子").on("2026-11-17").known_since(5);
  const auto misread = death("police", "J1").of(wang, "王试子").on("2026-11-18").known_since(5);
  Record record({identity("police", "R1").of(wang).known_since(1), misread});
  record.read_anew(misread, {told}, 50);
  EXPECT_EQ(origin(PersonField::died, record, known_now),
            (Lines{"2026-11-17 since 50", "  2026-11-17 by police/J1 in on",
                   "- 2026-11-18 by police/J1 in on: its message was read anew by a mended mapping, and says "
                   "otherwise"}));
  EXPECT_EQ(origin(PersonField::name, record, known_now),
            (Lines{"王试子 since 50", "  王试子 by police/J1 in person.name"}))
      << "what both readings say is told once";
}

TEST(FieldOrigin, WhatAMendedMappingTellsNoMoreIsToldAsLost) {
  const auto misread = death("police", "J1").of(wang).on("2026-11-18").known_since(5);
  Record record({identity("police", "R1").of(wang).known_since(1), misread});
  record.read_anew(misread, {}, 50);
  EXPECT_EQ(origin(PersonField::died, record, known_now),
            (Lines{"- 2026-11-18 by police/J1 in on: its message was read anew by a mended mapping, and says "
                   "otherwise"}));
}

}  // namespace
}  // namespace kinhub::test
