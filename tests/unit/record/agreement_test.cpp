// Who says what of a person, beside what counts: alone, confirmed by another source, or otherwise.
#include "hub/record/agreement.hpp"

#include <gtest/gtest.h>

#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view other_mother = "n:322228197701010021";

std::string text_of(const FieldValue& value) {
  std::string text;
  for (const auto* part : {&value.text, &value.name, &value.number})
    if (!part->empty()) text += (text.empty() ? "" : " ") + *part;
  return text;
}

/// One line for each value that a source says: "civil: 王试 differs from 王试子 of police since 7: why".
Lines voices(PersonField field, const std::vector<Statement>& said) {
  Record record(said, known_now);
  const auto person = record.person(wang);
  const auto origin = origin_of(field, record.dossier(person), record.portrait(person));
  Lines lines;
  for (const auto& voice : voices_of(field, origin)) {
    auto line = voice.source + ": " + text_of(voice.word.value) + " " + std::string(name_of(voice.agreement));
    if (voice.agreement == Agreement::differs) {
      line += " from " + text_of(voice.settled) + " of";
      for (const auto& source : voice.settled_by)
        line += " " + source;
      line += " since " + std::to_string(voice.since_us) + ": " + std::string(voice.rule);
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

struct Row {
  const char* what;
  PersonField field;
  std::vector<Statement> said;
  Lines expected;
};

TEST(Agreement, TellsOfEachSourceWhetherItIsAloneConfirmedOrSaysOtherwise) {
  using enum PersonField;
  const Row rows[] = {
      {"nobody speaks of it", sex, {identity("police", "1").of(wang)}, {}},
      {"one source alone", name, {identity("police", "1").of(wang, "王试子")}, {"police: 王试子 alone"}},
      {"two spellings of one name",
       name,
       {identity("police", "1").of(wang, "王试·子"), death("hospital", "Z").of(wang, "王试•子")},
       {"hospital: 王试•子 confirmed", "police: 王试·子 confirmed"}},
      {"the police outweigh a hospital; since both are known",
       name,
       {identity("police", "1").of(wang, "王试子").known_since(5),
        death("hospital", "Z").of(wang, "王子").known_since(7)},
       {"hospital: 王子 differs from 王试子 of police since 7: the registration of the police outweighs it",
        "police: 王试子 alone"}},
      {"what a newborn is called after its mother is no other name",
       name,
       {identity("police", "1").of(wang, "王试子"), birth("hospital", "Z").of(wang, "苏试之子")},
       {"hospital: 苏试之子 alone", "police: 王试子 alone"}},
      {"what was corrected is said no more",
       name,
       {identity("police", "1").of(wang, "王旧").version("1").known_since(1),
        identity("police", "1").of(wang, "王新").version("2").known_since(2)},
       {"police: 王新 alone"}},
      {"a month agrees with its days, another month does not",
       born,
       {birth("police", "1").of(wang).mother(mother_su).on("2000-05-21").known_since(1),
        death("hospital", "2").of(wang).born("2000-05").known_since(2),
        death("civil", "3").of(wang).born("2000-06").known_since(3)},
       {"civil: 2000-06 differs from 2000-05-21 of police since 3: a birth counts before a day of birth told "
        "beside something else",
        "hospital: 2000-05 confirmed", "police: 2000-05-21 confirmed"}},
      {"two days of one death",
       died,
       {death("police", "1").of(wang).on("2026-11-18").known_since(9),
        death("hospital", "Z").of(wang).on("2026-11-17").known_since(3)},
       {"hospital: 2026-11-17 differs from 2026-11-18 of police hospital since 9: the day that another word "
        "tells counts",
        "police: 2026-11-18 alone"}},
      {"one took its word of a death back, another holds it",
       died,
       {death("police", "1").of(wang).on("2026-11-18").known_since(4),
        death("insurance", "i").of(wang).on("2026-11-18").version("1").known_since(1),
        death("insurance", "i").of(wang).version("2").taken_back().known_since(5)},
       {"insurance: 2026-11-18 differs from 2026-11-18 of police since 4: its source took it back, and "
        "others "
        "have not",
        "police: 2026-11-18 alone"}},
      {"a register that still lists as living whom a hospital reports dead, long after",
       died,
       {death("hospital", "Z").of(wang).on("2026-06-18").known_since(3),
        death("police", "r").of(wang).denied().version("20261101000000").known_since(2)},
       {"hospital: 2026-06-18 alone",
        "police: living differs from 2026-06-18 of hospital since 3: another source reports this person "
        "dead"}},
      {"a register lags behind for some weeks",
       died,
       {death("hospital", "Z").of(wang).on("2026-06-18").known_since(3),
        death("police", "r").of(wang).denied().version("20260718000000").known_since(2)},
       {"hospital: 2026-06-18 alone"}},
      {"a register that tells of the death itself, in another message",
       died,
       {death("police", "1").of(wang).on("2026-06-18").known_since(3),
        death("police", "r").of(wang).denied().version("20261101000000").known_since(2)},
       {"police: 2026-06-18 alone"}},
      {"the living are no question where nobody reports a death",
       died,
       {death("police", "r").of(wang).denied().version("20261101000000").known_since(2)},
       {}},
      {"two mothers",
       parents,
       {birth("police", "1").of(wang).mother(mother_su).on("2000-05-21").known_since(1),
        birth("hospital", "2").of(wang).mother(other_mother).on("2000-05-21").known_since(2)},
       {"hospital: mother 322228197701010021 differs from mother 322228197503120246 of police "
        "since 2: another source names somebody else, and neither is proven wrong",
        "police: mother 322228197503120246 alone"}},
      {"a father beside a mother is no other parent",
       parents,
       {birth("police", "1").of(wang).father(father_qin).on("2000-05-21"),
        parentage("civil", "2").of(wang).mother(mother_su)},
       {"civil: mother 322228197503120246 alone", "police: father 322228197309050133 alone"}},
      {"a move ends one residence and begins another, and is no difference",
       residence,
       {test::residence("police", "1").of(wang).region("370306").on("1990-01-01").version("1").succeeds(),
        test::residence("police", "1").of(wang).region("320812").on("2021-05-20").version("2").succeeds()},
       {"police: 320812 since 2021-05-20 alone", "police: 370306 since 1990-01-01 alone"}},
      {"one county, whatever its first day, and another one",
       residence,
       {test::residence("police", "1").of(wang).region("370306").on("1990-01-01").known_since(1),
        test::residence("insurance", "2").of(wang).region("370306").on("2001-01-01").known_since(2),
        test::residence("civil", "3").of(wang).region("370304").on("2001-01-01").known_since(3)},
       {"civil: 370304 since 2001-01-01 differs from 370306 since 2001-01-01 of insurance since 3: another "
        "word "
        "counts for its days",
        "insurance: 370306 since 2001-01-01 confirmed", "police: 370306 since 1990-01-01 confirmed"}},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(voices(row.field, row.said), row.expected) << row.what;
    EXPECT_EQ(voices(row.field, {row.said.rbegin(), row.said.rend()}), row.expected)
        << row.what << ", backwards";
  }
}

TEST(Agreement, ComparesTheFieldsThatSeveralAgenciesTell) {
  for (const auto field : compared_fields())
    EXPECT_TRUE(person_field(name_of(field)));
}

/// Who lists as living whom others report dead, so that somebody has to look.
Lines contradicting(const std::vector<Statement>& said, const CompleteUntil& complete = {}) {
  Record record(said, known_now);
  const auto person = record.person(wang);
  const auto death = death_of(person, record);
  Lines lines;
  if (!death) return lines;
  for (const auto* row : living_against(*death, record.dossier(person), complete, *built_in_evidence()))
    lines.push_back(row->source + " " + row->fact.key);
  return lines;
}

TEST(LivingAgainst, IsWhoeverNobodyThatTellsOfTheDeathOutweighs) {
  const Statement dead = death("hospital", "Z").of(wang).on("2026-06-18").known_since(1);
  const auto listed = [](const char* source, const char* version) -> Statement {
    return death(source, "r").of(wang).denied().version(version).known_since(2);
  };
  const auto police = listed("police", "20261101000000");
  EXPECT_EQ(contradicting({dead, police}), Lines{"police r"});
  EXPECT_EQ(contradicting({dead, listed("insurance", "20261101000000")}), Lines{})
      << "a hospital outweighs an insurer's row";
  const Statement cremated = death("crematory", "K").of(wang).on("2026-06-20").known_since(3);
  EXPECT_EQ(contradicting({dead, cremated, police}), Lines{"police r"}) << "the register outweighs them all";
  const Statement registered = death("police", "1").of(wang).on("2026-06-18").known_since(3);
  EXPECT_EQ(contradicting({dead, registered, police}), Lines{}) << "its own message says it";
  EXPECT_EQ(contradicting({police}), Lines{}) << "nobody reports a death";
  // An old row says what it said on its day, and on the day up to which its source is complete.
  const auto old = listed("police", "20180301000000");
  EXPECT_EQ(contradicting({dead, old}), Lines{});
  EXPECT_EQ(contradicting({dead, old}, {{"police", Date(2026, 7, 18)}}), Lines{}) << "it may lag so long";
  EXPECT_EQ(contradicting({dead, old}, {{"police", Date(2026, 7, 19)}}), Lines{"police r"});
  EXPECT_EQ(contradicting({dead, old}, {{"other", Date(2026, 9, 19)}}), Lines{});
}

}  // namespace
}  // namespace kinhub::test
