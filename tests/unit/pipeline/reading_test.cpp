// Two readings of one event: what stays, what is paired with what, and which fields differ.
#include "hub/pipeline/reading.hpp"

#include <gtest/gtest.h>

#include "tests/unit/record/facts.hpp"

namespace kinhub::test {
namespace {

using Lines = std::vector<std::string>;

Statement at(Said said, std::uint32_t index) {
  return said.known_since(10).bytes(7).fact_index(index);
}

/// "death gone", "birth added", "death changed: key on", sorted.
Lines changes(const std::vector<Statement>& counting, const std::vector<Statement>& told) {
  std::vector<CountingStatement> before;
  for (const auto& one : counting)
    before.push_back({statement_key(keys(), one.source, one.fact), one});
  std::vector<KeyedStatement> now;
  for (const auto& one : told)
    now.push_back(keyed(keys(), one));
  Lines lines;
  for (const auto& change : compare_readings(before, now)) {
    const auto described = describe(change);
    auto line =
        std::string(name_of(described.kind)) + (described.what == FactChange::What::added  ? " added"
                                                : described.what == FactChange::What::gone ? " gone"
                                                                                           : " changed:");
    for (const auto& field : described.fields)
      line += " " + field;
    lines.push_back(line);
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

Said died(const char* key) {
  return death("police", key).of(wang, "王试子").on("2026-11-18");
}
Said born(const char* key) {
  return birth("police", key).of(wang).mother(mother_su).on("2000-05-21");
}

Statement withdrawal(const char* version) {
  auto fact = death("police", "J1").of(wang).version(version).fact();
  fact.op = Op::withdraw;
  return {std::move(fact), "police", 10, 10, 0, 7};
}

TEST(CompareReadings, FindsWhatDiffersAndPairsIt) {
  struct Row {
    const char* what;
    std::vector<Statement> counting, told;
    Lines expected;
  };
  const Row rows[] = {
      {"the same", {at(died("J1"), 0)}, {at(died("J1"), 0)}, {}},
      {"the same, behind a fact that is new",
       {at(died("J1"), 0)},
       {at(born("B1"), 0), at(died("J1"), 1)},
       {"birth added"}},
      {"another day", {at(died("J1"), 0)}, {at(died("J1").on("2026-11-17"), 0)}, {"death changed: on"}},
      {"a day more, a day less",
       {at(died("J1").until("2026-11-19"), 0)},
       {at(died("J1").version("2"), 0)},
       {"death changed: until version"}},
      {"somebody else",
       {at(died("J1"), 0)},
       {at(death("police", "J1").of(father_lin).on("2026-11-18"), 0)},
       {"death changed: person.citizen_number person.name"}},
      {"another key", {at(died("J1"), 0)}, {at(died("J2"), 0)}, {"death changed: key"}},
      {"another operation", {at(died("J1"), 0)}, {at(died("J1").taken_back(), 0)}, {"death changed: op"}},
      {"another weight",
       {at(died("J1"), 0)},
       {at(died("J1").weight(EvidenceClass::hospital), 0)},
       {"death changed: evidence"}},
      {"nothing any more", {at(died("J1"), 0), at(born("B1"), 1)}, {}, {"birth gone", "death gone"}},
      {"something where nothing was", {}, {at(died("J1"), 0)}, {"death added"}},
      {"another kind", {at(died("J1"), 0)}, {at(born("J1"), 0)}, {"birth added", "death gone"}},
      {"two of one key in another order",
       {at(died("J1"), 0), at(died("J1").taken_back(), 1)},
       {at(died("J1").taken_back(), 0), at(died("J1"), 1)},
       {"death changed: op", "death changed: op"}},
      {"two of one key, behind a third of it",
       {at(died("J1"), 0), at(died("J1").taken_back(), 1)},
       {at(died("J1"), 0), at(died("J1").on("2026-11-17"), 1), at(died("J1").taken_back(), 2)},
       {"death added", "death changed: on op"}},
      {"of several of a kind, the one in the same place",
       {at(died("J1"), 0), at(died("J2"), 1)},
       {at(died("J3"), 1), at(died("J1"), 0)},
       {"death changed: key"}},
      {"an absence that nothing was before", {}, {at(died("J1").untold(), 0)}, {"death changed: absence"}},
      {"an absence no more", {at(died("J1").untold(), 0)}, {}, {"death changed: absence"}},
      {"told no more, by a mended mapping",
       {at(died("J1"), 0)},
       {at(died("J1").untold(), 0)},
       {"death changed: op"}},
      {"a withdrawal that became a retraction",
       {at(death("police", "J1").of(wang).mother(mother_su).version("3").taken_back(), 0)},
       {withdrawal("3")},
       {}},
      {"a withdrawal of another version",
       {at(death("police", "J1").of(wang).version("3").taken_back(), 0)},
       {withdrawal("4")},
       {"death changed: op version"}},
  };
  for (const auto& row : rows)
    EXPECT_EQ(changes(row.counting, row.told), row.expected) << row.what;
}

TEST(CompareReadings, NamesFieldsAndNeverValues) {
  const auto lines = changes({at(died("J1"), 0)}, {at(death("police", "J2").of(father_lin, "林试父"), 0)});
  ASSERT_EQ(lines.size(), 1u);
  for (const auto* secret : {"3222", "王", "林", "J1", "J2"})
    EXPECT_EQ(lines[0].find(secret), std::string::npos) << lines[0];
}

}  // namespace
}  // namespace kinhub::test
