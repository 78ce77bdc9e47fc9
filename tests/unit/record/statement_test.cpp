// Versions of one business key: which holds, since when it is known, and what a repetition is.
#include "hub/record/statement.hpp"

#include <gtest/gtest.h>

#include "tests/unit/record/facts.hpp"

namespace kinhub::test {
namespace {

Said died(std::string version, std::int64_t known_since) {
  return death("police", "J1").of(wang).on("2026-11-18").version(std::move(version)).known_since(known_since);
}

std::string current_at(const History& history, std::int64_t known_at) {
  const auto* current = history.current(known_at);
  if (!current) return "nothing";
  return std::string(name_of(current->fact.op)) + " " + current->fact.version;
}

TEST(History, TheLatestVersionKnownAtATimeIsCurrent) {
  struct Row {
    const char* what;
    std::vector<Statement> versions;  // in the order of arrival
    std::vector<std::pair<std::int64_t, const char*>> current;
  };
  const std::vector<Row> rows = {
      {"in order", {died("1", 10), died("2", 20)}, {{9, "nothing"}, {10, "assert 1"}, {20, "assert 2"}}},
      {"the later version came first",
       {died("2", 10), died("1", 20)},
       {{9, "nothing"}, {10, "assert 2"}, {19, "assert 2"}, {20, "assert 2"}}},
      {"a retraction after what it retracts",
       {died("1", 10), died("2", 20).taken_back()},
       {{19, "assert 1"}, {20, "retract 2"}}},
      {"a retraction before what it retracts",
       {died("2", 10).taken_back(), died("1", 20)},
       {{10, "retract 2"}, {20, "retract 2"}, {known_now, "retract 2"}}},
      {"said again after a retraction",
       {died("1", 10), died("2", 20).taken_back(), died("3", 30)},
       {{29, "retract 2"}, {30, "assert 3"}}},
      {"both of one version: the source has taken its word back",
       {died("1", 10).taken_back(), died("1", 20)},
       {{10, "retract 1"}, {20, "retract 1"}}},
      {"the same the other way round",
       {died("1", 10), died("1", 20).taken_back()},
       {{10, "assert 1"}, {20, "retract 1"}}},
      {"versions are compared as bytes, so they have a fixed width",
       {died("09", 10), died("10", 20), died("9", 30)},
       {{20, "assert 10"}, {30, "assert 9"}}},
  };
  for (const auto& row : rows) {
    const auto history = history_of(row.versions);
    for (const auto& [known_at, expected] : row.current)
      EXPECT_EQ(current_at(history, known_at), expected) << row.what << ", known at " << known_at;
  }
}

TEST(History, ARepetitionAddsNothingAndKeepsTheEarlierArrival) {
  auto history = history_of({died("1", 10)});
  EXPECT_FALSE(history.add(died("1", 20)));
  ASSERT_EQ(history.versions.size(), 1u);
  EXPECT_EQ(history.versions[0].received_at_us, 10);
  EXPECT_EQ(history.versions[0].event_sequence, 10);
}

TEST(History, OtherContentUnderOneVersionIsNoRepetition) {
  auto history = history_of({died("1", 10)});
  EXPECT_TRUE(history.add(died("1", 20).on("2026-11-19")));
  EXPECT_EQ(history.versions.size(), 2u);
}

TEST(History, EqualVersionsAreOrderedByContentInEveryOrderOfArrival) {
  const Statement eighteenth = died("1", 10), nineteenth = died("1", 20).on("2026-11-19");
  EXPECT_EQ(history_of({eighteenth, nineteenth}).current(known_now)->content,
            history_of({nineteenth, eighteenth}).current(known_now)->content);
}

TEST(History, VersionsAreSortedInEveryOrderOfArrival) {
  std::vector<Statement> all = {died("1", 40), died("2", 30), died("2", 20).taken_back(), died("3", 10)};
  std::vector<std::string> sorted;
  for (const auto& one : all)
    sorted.push_back(one.content);
  std::vector<std::size_t> order = {0, 1, 2, 3};
  do {
    History history;
    for (auto at : order)
      EXPECT_TRUE(history.add(all[at]));
    for (std::size_t i = 0; i < all.size(); ++i)
      EXPECT_EQ(history.versions[i].content, sorted[i]);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(VersionBefore, IsAStrictOrder) {
  const std::vector<Statement> ascending = {died("1", 30), died("1", 20).taken_back(), died("2", 10)};
  for (std::size_t i = 0; i < ascending.size(); ++i)
    for (std::size_t k = 0; k < ascending.size(); ++k)
      EXPECT_EQ(version_before(ascending[i], ascending[k]), i < k) << i << " " << k;
}

TEST(Versions, ACopyIsAValueOfItsOwn) {
  auto history = history_of({died("1", 10)});
  const auto copy = history;
  EXPECT_EQ(copy.versions.data(), history.versions.data()) << "shared until one is changed";
  history.add(died("2", 20));
  EXPECT_EQ(copy.versions.size(), 1u);
  EXPECT_EQ(history.versions.size(), 2u);
}

TEST(Versions, NoneAreEmptyAndWithoutEnd) {
  const Versions none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.begin(), none.end());
  EXPECT_EQ(History{}.current(known_now), nullptr);
}

TEST(StatementKey, ToldApartBySourceKindAndBusinessKeyAndByNothingElse) {
  const auto key = [](const Statement& one) { return statement_key(keys(), one.source, one.fact); };
  const auto police_j1 = key(died("1", 10));
  EXPECT_EQ(key(died("2", 20).on("2020-01-01").taken_back()), police_j1);
  EXPECT_NE(key(death("police", "J2").of(wang)), police_j1);
  EXPECT_NE(key(death("hospital", "J1").of(wang)), police_j1);
  EXPECT_NE(key(birth("police", "J1").of(wang)), police_j1);
}

TEST(IdentifierToken, IsOfOneKindAndOneInstallation) {
  const Identifier chart{IdentifierKind::chart, "77"}, insured{IdentifierKind::insurance_id, "77"};
  EXPECT_EQ(identifier_token(keys(), chart), identifier_token(keys(), chart));
  EXPECT_NE(identifier_token(keys(), chart), identifier_token(keys(), insured));
  EXPECT_NE(identifier_token(keys(), chart),
            identifier_token(Keyring::from_passphrase("another installation"), chart));
}

TEST(KeyedStatement, HasTheTokensOfEachMentionCurrentOnesFirst) {
  const auto all = keyed(
      keys(), birth("police", "B1").of("n:322228200005210331 p:55 -n:322228200005210171").mother(mother_su));
  EXPECT_EQ(all.history, statement_key(keys(), "police", all.statement.fact));
  ASSERT_EQ(all.identifiers.size(), 2u);
  const auto token = [](IdentifierKind kind, const char* value) {
    return identifier_token(keys(), {kind, value});
  };
  EXPECT_EQ(all.identifiers[0],
            (std::vector<Token>{token(IdentifierKind::citizen_number, "322228200005210331"),
                                token(IdentifierKind::police_id, "55"),
                                token(IdentifierKind::citizen_number, "322228200005210171")}));
  EXPECT_EQ(all.identifiers[1],
            (std::vector<Token>{token(IdentifierKind::citizen_number, "322228197503120246")}));
}

}  // namespace
}  // namespace kinhub::test
