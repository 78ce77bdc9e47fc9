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
  return text + " by " + text_of(change.by);
}

/// Of everyone there is, who stand for one person here.
Lines changes(const std::vector<Statement>& said, std::int64_t from, std::int64_t until) {
  Record now(said);
  auto before = now.as_known(from), after = now.as_known(until);
  auto readings = [](Record& record) {
    std::vector<PersonReading> all;
    for (const auto& dossier : record.dossiers())
      all.push_back({&dossier, record.portrait(dossier.person)});
    return all;
  };
  Lines lines;
  for (const auto& change : changes_between(readings(before), readings(after)))
    lines.push_back(line_of(change));
  return lines;
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

}  // namespace
}  // namespace kinhub::test
