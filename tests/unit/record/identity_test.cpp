// Who is who: groups by identifiers, corrections, two people of one number, shared papers, merges.
#include "hub/record/identity.hpp"

#include <gtest/gtest.h>

#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

constexpr std::string_view old_number = wang, new_number = wang_corrected;

/// Which of the statements speak of the same person: "J1 C1 | J2", sorted; the statements' keys name them.
std::string groups_of(const Record& record) {
  std::set<std::string> groups;
  for (const auto& dossier : record.dossiers()) {
    std::set<std::string> said;
    for (const auto& entry : dossier.entries)
      for (auto own : entry.own)
        if (&entry.history.versions[own.version] == entry.history.current(known_now))
          said.insert(entry.history.versions[own.version].fact.key);
    std::string text;
    for (const auto& key : said)
      text += (text.empty() ? "" : " ") + key;
    if (!text.empty()) groups.insert(text);
  }
  std::string text;
  for (const auto& group : groups)
    text += (text.empty() ? "" : " | ") + group;
  return text;
}

struct Row {
  const char* what;
  std::vector<Statement> said;
  const char* groups;
};

/// In every order; the rows have at most five statements.
void expect_groups(const std::vector<Row>& rows) {
  for (const auto& row : rows) {
    std::vector<std::size_t> order(row.said.size());
    for (std::size_t i = 0; i < order.size(); ++i)
      order[i] = i;
    do {
      Record record;
      for (auto at : order)
        record.add(row.said[at]);
      ASSERT_EQ(groups_of(record), row.groups) << row.what;
    } while (std::next_permutation(order.begin(), order.end()));
  }
}

TEST(Identity, MentionsThatShareAnIdentifierAreOfOnePerson) {
  expect_groups({
      {"one number", {death("police", "1").of(wang), death("civil", "2").of(wang)}, "1 2"},
      {"two numbers", {death("police", "1").of(wang), death("civil", "2").of(mother_su)}, "1 | 2"},
      {"a chain of different identifiers",
       {death("police", "1").of("n:322228200005210171 p:55"), death("hospital", "2").of("c:A/Z77"),
        insurance("insurance", "3").of("c:A/Z77 i:99"), insurance("insurance", "4").of("p:55 i:99")},
       "1 2 3 4"},
      {"one value of different kinds",
       {death("hospital", "1").of("c:77"), insurance("insurance", "2").of("i:77"),
        death("police", "3").of("p:77")},
       "1 | 2 | 3"},
      {"names bind nobody",
       {death("police", "1").of(wang, "王试子"), death("civil", "2").of(mother_su, "王试子")},
       "1 | 2"},
      {"mother and child of one statement are two", {birth("police", "1").of(wang).mother(mother_su)}, "1"},
  });
  EXPECT_EQ(Record({birth("police", "1").of(wang).mother(mother_su)}).dossiers().size(), 2u);
}

TEST(Identity, ANumberOfFifteenDigitsIsThatOfEighteen) {
  expect_groups({
      {"born 1975",
       {death("police", "1").of("n:322228750312024"), death("civil", "2").of("n:322228197503120246")},
       "1 2"},
      {"upper and lower x",
       {death("police", "1").of("n:32222819760704046x"), death("civil", "2").of("n:322228760704046")},
       "1 2"},
      {"of a hundred years",
       {death("police", "1").of("n:322228800101996"),
        death("civil", "2").of("n:" + number_of("18800101", 996))},
       "1 2"},
      {"another serial",
       {death("police", "1").of("n:322228750312024"), death("civil", "2").of("n:322228750312026")},
       "1 | 2"},
  });
}

TEST(Identity, AMentionWithoutAnIdentifierIsNobody) {
  const Record record({birth("police", "1").of(wang).as(Role::mother, "", "苏试母")});
  EXPECT_EQ(record.dossiers().size(), 1u);
}

TEST(Identity, ACorrectionJoinsTheOldNumberWithTheNew) {
  const std::string corrected = std::string(new_number) + " -" + std::string(old_number);
  expect_groups({
      {"without the correction",
       {death("police", "1").of(old_number), death("civil", "2").of(new_number)},
       "1 | 2"},
      {"with it",
       {death("police", "1").of(old_number), death("civil", "2").of(new_number),
        identity("police", "C").of(corrected)},
       "1 2 C"},
      {"a chart merged into another",
       {death("hospital", "1").of("c:A/1"), birth("hospital", "2").of("c:A/2"),
        identity("hospital", "C").of("c:A/2 -c:A/1")},
       "1 2 C"},
  });
}

TEST(Identity, ASupersededVersionBindsNothing) {
  const auto wrong = [] { return death("hospital", "Z").of("n:322228200005210171 c:A/1").version("1"); };
  const auto right = [] { return death("hospital", "Z").of("n:322228197503120246 c:A/1").version("2"); };
  expect_groups({
      {"the first version alone",
       {death("police", "1").of(wang), death("police", "2").of(mother_su), wrong()},
       "1 Z | 2"},
      {"the second",
       {death("police", "1").of(wang), death("police", "2").of(mother_su), wrong(), right()},
       "1 | 2 Z"},
      {"a superseded link between two",
       {death("police", "1").of(wang), death("civil", "2").of(wang_corrected),
        identity("police", "C").of("n:322228200005210331 -n:322228200005210171").version("1"),
        identity("police", "C").of("n:322228200005210331").version("2")},
       "1 | 2 C"},
  });
}

TEST(Identity, ASupersededMentionStaysWithWhoHasMostOfItsIdentifiers) {
  const Record record({death("hospital", "Z").of("n:322228200005210171 c:A/1").version("1"),
                       death("hospital", "Z").of("n:322228197503120246").version("2"),
                       birth("police", "1").of(wang),
                       insurance("insurance", "2").of("c:A/1 n:322228200005210171")});
  const auto& dossier = record.dossier(record.person(wang));
  const auto* entry = dossier.find(history_of({death("hospital", "Z").of(wang)}).key);
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->own, (std::vector<OwnMention>{{0, 0}}));
}

TEST(Identity, ASupersededMentionOfAPoliceIdStaysWithItWhoeverTheOldNumberIsByNow) {
  const auto row = [](std::string_view who, const char* version) {
    return residence("police", "55").of(who).version(version);
  };
  const auto was = row("n:322228200005210171 p:55", "1"), is = row("n:322228200005210331 p:55", "2");
  const auto key = history_of({was}).key;
  for (const auto& said : std::vector<std::vector<Statement>>{
           {was, is, birth("civil", "1").of(wang)},
           {birth("civil", "1").of(wang), is, was},
           {is, was, birth("civil", "1").of(wang), insurance("insurance", "2").of(wang)}}) {
    const Record record(said);
    const auto* entry = record.dossier(record.person(wang_corrected)).find(key);
    ASSERT_NE(entry, nullptr);
    EXPECT_EQ(entry->own, (std::vector<OwnMention>{{0, 0}, {1, 0}}));
    EXPECT_EQ(record.dossier(record.person(wang)).find(key), nullptr);
  }
}

TEST(Identity, SeveralPoliceIdsUnderOneNameAreOnePersonUnderTwoNamesTwo) {
  const auto first = [] { return birth("police", "B1").of("n:322228200005210171 p:1", "王试子"); };
  const auto moved = [] { return residence("police", "R1").of("n:322228200005210171 p:2", "王试子"); };
  const auto other = [] { return birth("police", "B2").of("n:322228200005210171 p:2", "赵试远"); };
  expect_groups({
      {"a move brings a new police id", {first(), moved()}, "B1 R1"},
      {"two people of one number", {first(), other()}, "B1 | B2"},
      {"one mention with the name of the other makes the two one",
       {first(), other(), death("police", "J").of("n:322228200005210171 p:2", "王试子")},
       "B1 B2 J"},
      {"a mention goes by its name",
       {first(), other(), death("civil", "J").of("n:322228200005210171", "赵试远")},
       "B1 | B2 J"},
      {"without a name it goes to who holds the number now",
       {first(), other(), death("civil", "J").of("n:322228200005210171"),
        identity("police", "C").of("n:322228200005210331 p:1 -n:322228200005210171", "王试子").version("2")},
       "B1 C | B2 J"},
      {"where both hold it, it stays apart until someone decides",
       {first(), other(), death("civil", "J").of("n:322228200005210171")},
       "B1 | B2 | J"},
      {"an unknown name where both hold it stays apart, too",
       {first(), other(), death("civil", "J").of("n:322228200005210171", "钱试三")},
       "B1 | B2 | J"},
      {"a holder without a name joins the only other",
       {first(), birth("police", "B2").of("n:322228200005210171 p:2")},
       "B1 B2"},
  });
}

TEST(Identity, APaperOfPeopleOfDifferentNumbersBindsOnlyMentionsWithoutANumber) {
  const auto one = [] { return death("hospital", "1").of("n:322228200005210171 c:0"); };
  const auto two = [] { return death("hospital", "2").of("n:322228197503120246 c:0"); };
  expect_groups({
      {"chart 0 of two people", {one(), two()}, "1 | 2"},
      {"who has no number is neither of them", {one(), two(), birth("hospital", "3").of("c:0")}, "1 | 2 | 3"},
      {"those without a number are bound by it",
       {one(), two(), birth("hospital", "3").of("c:0"), death("hospital", "4").of("c:0")},
       "1 | 2 | 3 4"},
      {"a paper of one number binds", {one(), birth("hospital", "3").of("c:0")}, "1 3"},
      {"numbers of one person by a correction do not differ",
       {one(), death("hospital", "2").of("n:322228200005210331 c:0"),
        identity("police", "C").of("n:322228200005210331 -n:322228200005210171")},
       "1 2 C"},
      {"an insurance number of two people",
       {insurance("insurance", "1").of("n:322228200005210171 i:9"),
        insurance("insurance", "2").of("n:322228197503120246 i:9")},
       "1 | 2"},
  });
}

TEST(Regroup, NewPeopleHaveNoNumberAndKnownOnesKeepTheirs) {
  const auto born = history_of({birth("police", "B1").of(wang).mother(mother_su)});
  auto first = regroup({}, born);
  ASSERT_EQ(first.dossiers.size(), 2u);
  EXPECT_TRUE(first.dissolved.empty());
  for (auto& dossier : first.dossiers)
    EXPECT_EQ(dossier.person, PersonId{});
  first.dossiers[0].person = {4}, first.dossiers[1].person = {9};

  const auto second = regroup(first.dossiers, history_of({death("police", "J1").of(wang)}));
  std::set<PersonId> kept;
  for (const auto& dossier : second.dossiers)
    kept.insert(dossier.person);
  EXPECT_EQ(kept, (std::set<PersonId>{{4}, {9}}));
  EXPECT_TRUE(second.dissolved.empty());
}

TEST(Regroup, AMergeDissolvesOneAndSaysIntoWhom) {
  Record record({death("police", "1").of(old_number), death("hospital", "2").of(new_number),
                 death("civil", "3").of(new_number)});
  const auto before_old = record.person(old_number), before_new = record.person(new_number);
  ASSERT_NE(before_old, before_new);
  const auto dissolved =
      record.add(identity("police", "C").of(std::string(new_number) + " -" + std::string(old_number)));
  ASSERT_EQ(dissolved.size(), 1u);
  const auto stays = record.person(new_number);
  EXPECT_EQ(record.person(old_number), stays);
  EXPECT_EQ(record.dossiers()[dissolved[0].into].person, stays);
  EXPECT_EQ(dissolved[0].person == before_old ? before_new : before_old, stays);
}

TEST(Regroup, AMergeTakenBackByALaterVersionGivesTwoAgain) {
  Record record({death("police", "1").of(old_number), death("hospital", "2").of(new_number),
                 identity("police", "C").of("n:322228200005210331 -n:322228200005210171").version("1")});
  const auto together = record.person(old_number);
  EXPECT_EQ(record.person(new_number), together);
  EXPECT_TRUE(record.add(identity("police", "C").of(new_number).version("2")).empty());
  EXPECT_NE(record.person(new_number), record.person(old_number));
  EXPECT_TRUE(record.person(new_number) == together || record.person(old_number) == together)
      << "one of them goes on under the number both had";
}

TEST(Regroup, DossiersAreSortedByHistoryAndMentions) {
  const Record record({death("police", "1").of(wang), death("civil", "2").of(wang).version("1"),
                       death("civil", "2").of(wang).version("2"), death("hospital", "3").of(wang)});
  const auto& dossier = record.dossier(record.person(wang));
  ASSERT_EQ(dossier.entries.size(), 3u);
  for (std::size_t i = 1; i < dossier.entries.size(); ++i)
    EXPECT_LT(dossier.entries[i - 1].history.key, dossier.entries[i].history.key);
  for (const auto& entry : dossier.entries)
    EXPECT_TRUE(std::is_sorted(entry.own.begin(), entry.own.end()));
}

TEST(Identity, TwoWhomAPersonToldApartAreTwoWhateverBindsThem) {
  constexpr std::string_view number = wang, chart = "c:Z1", other_chart = "c:Z2";
  const auto together = std::string(number) + " " + std::string(chart);
  expect_groups(
      {{"a hospital's chart under a wrong number: the number decides, the chart's people are another",
        {identity("hospital", "A1").of(together), identity("police", "P1").of(number, "王试子"),
         death("hospital", "D1").of(chart), distinct("desk", "T1").of(number).as(Role::other, chart)},
        "A1 P1 T1 | D1 T1"},
       {"taken back: one again",
        {identity("hospital", "A1").of(together), death("hospital", "D1").of(chart),
         distinct("desk", "T1").of(number).as(Role::other, chart).version("1"),
         distinct("desk", "T1").of(number).as(Role::other, chart).version("2").taken_back()},
        "A1 D1 T1"},
       {"neither of two merges joins them again",
        {identity("hospital", "A1").of(together), identity("clinic", "A2").of(together),
         identity("police", "P1").of(number), death("hospital", "D1").of(chart),
         distinct("desk", "T1").of(number).as(Role::other, chart)},
        "A1 A2 P1 T1 | D1 T1"},
       {"nor a third paper that both have",
        {identity("hospital", "A1").of(std::string(number) + " " + std::string(other_chart)),
         identity("hospital", "A2").of(std::string(chart) + " " + std::string(other_chart)),
         distinct("desk", "T1").of(number).as(Role::other, chart)},
        "A1 T1 | A2 T1"},
       {"who were two anyway stay two",
        {identity("police", "P1").of(number), death("hospital", "D1").of(chart),
         distinct("desk", "T1").of(number).as(Role::other, chart)},
        "D1 T1 | P1 T1"}});
}

TEST(Identity, ANumberThatWasReplacedBindsBehindTheCurrentOnesOfWhoWereToldApart) {
  const auto corrected = "p:9 " + std::string(new_number) + " -" + std::string(old_number);
  expect_groups(
      {{"the stranger who bears the old number is not the one whose number was corrected",
        {identity("police", "I1").of(corrected, "王试子"),
         identity("police", "R2").of("p:9 " + std::string(new_number)), death("insurer", "S1").of(old_number),
         distinct("desk", "T1").of(new_number).as(Role::other, old_number)},
        "I1 R2 T1 | S1 T1"}});
}

TEST(Identity, APaperThatNobodySaysAnyMoreJoinsNoTwoOfOneNumber) {
  const auto with = [](std::string_view paper) { return std::string(wang) + " " + std::string(paper); };
  const std::vector<Statement> said = {identity("police", "R1").of(with("p:1"), "王试子"),
                                       identity("police", "R2").of(with("p:2"), "李试强"),
                                       identity("hospital", "H1").of(with("c:0"), "王试子").version("1"),
                                       identity("hospital", "H1").of(with("c:Z1"), "王试子").version("2"),
                                       identity("hospital", "H2").of(with("c:0"), "李试强").version("1"),
                                       identity("hospital", "H2").of(with("c:Z2"), "李试强").version("2")};
  std::vector<std::size_t> order = {0, 1, 2, 3, 4, 5};
  do {
    Record record;
    for (auto at : order)
      record.add(said[at]);
    ASSERT_EQ(groups_of(record), "H1 R1 | H2 R2");
  } while (std::next_permutation(order.begin(), order.end()));
}

}  // namespace
}  // namespace kinhub::test
