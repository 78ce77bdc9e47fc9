// What was learnt of one person between two known times, as lines: "+ died 2026-11-18 by police/J1".
#include "hub/record/field_changes.hpp"

#include <gtest/gtest.h>

#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

constexpr char son[] = "n:322228200005210171", chart[] = "c:Z1";

std::string line_of(const FieldChange& change) {
  std::string text = change.what == FieldChange::What::learnt ? "+ " : "- ";
  text.append(name_of(change.field));
  for (const auto* part : {&change.value.text, &change.value.name, &change.value.number})
    if (!part->empty()) text += " " + *part;
  if (!change.dispute.empty()) text += " (" + change.dispute + ")";
  if (change.read_anew_at_us != 0) text += " read anew @" + std::to_string(change.read_anew_at_us);
  return text + " by " + text_of(change.by);
}

/// Of everyone there is, who stand for one person here.
Lines changes(const Record& now, std::int64_t from, std::int64_t until) {
  auto before = now.as_known(from), after = now.as_known(until);
  auto readings = [](Record& record) {
    std::vector<PersonReading> all;
    for (const auto& dossier : record.dossiers())
      all.push_back({&dossier, record.portrait(dossier.person)});
    return all;
  };
  Lines lines;
  const auto replaced_at = [&](const Statement& said) -> std::int64_t {
    for (const auto& dossier : now.dossiers())
      for (const auto& entry : dossier.entries)
        for (const auto& one : entry.history.versions)
          if (!log_before(one, said) && !log_before(said, one) && one.replaced_at_us <= until)
            return one.replaced_at_us;
    return 0;
  };
  for (const auto& change : changes_between(readings(before), readings(after), replaced_at))
    lines.push_back(line_of(change));
  return lines;
}
Lines changes(const std::vector<Statement>& said, std::int64_t from, std::int64_t until) {
  return changes(Record(said), from, until);
}

TEST(FieldChanges, ADeathIsLearntAndTakenBackByTheEventsThatSaySo) {
  const std::vector<Statement> said = {
      identity("police", "R1").of(son, "王试子").known_since(1),
      death("police", "J1").of(son, "王试子").on("2026-11-18").version("1").known_since(5),
      death("police", "J1").of(son, "王试子").version("2").taken_back().known_since(9)};
  EXPECT_EQ(changes(said, 1, 5), (Lines{"+ died 2026-11-18 by police/J1"}));
  EXPECT_EQ(changes(said, 5, 9), (Lines{"- died 2026-11-18 by police/J1"}));
  EXPECT_EQ(changes(said, 1, 9), Lines{}) << "learnt and taken back between: nothing is left of it";
  EXPECT_EQ(changes(said, 9, 20), Lines{});
}

TEST(FieldChanges, WhoeverWasNotKnownIsLearntWhole) {
  const std::vector<Statement> said = {identity("police", "R1").of(son, "王试子").known_since(3)};
  EXPECT_EQ(changes(said, 1, 3),
            (Lines{"+ name 王试子 by police/R1", "+ sex male by police/R1",
                   "+ number 322228200005210171 by police/R1", "+ born 2000-05-21 by police/R1"}))
      << "sex and day of birth stand in the number alone";
}

TEST(FieldChanges, ACorrectionNamesTheEventThatCorrects) {
  const std::vector<Statement> said = {
      residence("police", "R1").of(son).on("1990-01-01").region("370306").version("1").known_since(1),
      residence("police", "R1").of(son).on("1990-01-01").region("320812").version("2").known_since(4)};
  EXPECT_EQ(changes(said, 1, 4), (Lines{"- residence 370306 since 1990-01-01 by police/R1",
                                        "+ residence 320812 since 1990-01-01 by police/R1"}));
}

TEST(FieldChanges, ASecondSourceOfTheSameValueChangesNoValueButADisputeDoes) {
  std::vector<Statement> said = {death("police", "J1").of(son).on("2026-11-18").known_since(1),
                                 death("crematory", "C1").of(son).on("2026-11-18").known_since(2),
                                 death("hospital", "H1").of(son).on("2026-06-01").known_since(3)};
  EXPECT_EQ(changes(said, 1, 2), Lines{});
  const auto disputed = changes(said, 2, 3);
  ASSERT_EQ(disputed.size(), 2U);
  EXPECT_EQ(disputed[0].substr(0, 18), "- died 2026-11-18 ") << disputed[0];
  EXPECT_NE(disputed[1].find("by hospital/H1"), std::string::npos) << disputed[1];
}

TEST(FieldChanges, OfTwoWhoBecameOneTheValuesOfBothAreCompared) {
  const std::vector<Statement> said = {
      birth("hospital", "B1").of(chart, "王之子").on("2000-05-21").known_since(1),
      identity("police", "R1").of(son, "王试子").known_since(2),
      identity("hospital", "A1").of(std::string(chart) + " " + son).known_since(3)};
  EXPECT_EQ(changes(said, 2, 3), (Lines{"- name 王之子 by hospital/A1"}));
}

/// A death of which the mapping once read the wrong day, and a birth told beside it.
Record with_a_death() {
  return Record({identity("police", "R1").of(son, "王试子").known_since(1),
                 death("police", "J1").of(son, "王试子").on("2026-11-18").known_since(5)});
}
const Statement misread = death("police", "J1").of(son, "王试子").on("2026-11-18").known_since(5);

TEST(FieldChanges, WhatAMendedMappingTellsIsToldByTheEventThatWasReadAnew) {
  auto record = with_a_death();
  record.read_anew(misread, {death("police", "J1").of(son, "王试子").on("2026-11-17").known_since(5)}, 50);
  EXPECT_EQ(changes(record, 1, 49), (Lines{"+ died 2026-11-18 by police/J1"}));
  EXPECT_EQ(changes(record, 49, 50),
            (Lines{"- died 2026-11-18 by police/J1", "+ died 2026-11-17 by police/J1"}));
  EXPECT_EQ(changes(record, 50, 60), Lines{});
}

TEST(FieldChanges, WhatAMendedMappingTellsNoMoreNamesTheEventAndTheTimeOfTheReading) {
  auto record = with_a_death();
  record.read_anew(misread, {}, 50);
  EXPECT_EQ(changes(record, 49, 50), (Lines{"- died 2026-11-18 read anew @50 by police/J1"}));
  EXPECT_EQ(changes(record, 1, 50), Lines{}) << "learnt and gone between";
}

}  // namespace
}  // namespace kinhub::test
