// The record is a function of a set of statements: identity, evidence, reversal, kin.
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "tests/unit/store/record_fixture.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub::test {
namespace {

using enum FactKind;
using enum Role;
constexpr auto by_hospital_word = EvidenceClass::hospital, by_insurer_word = EvidenceClass::insurance,
               cremation = EvidenceClass::cremation, certificate = EvidenceClass::certificate;

const std::string police = "police", civil = "civil", clinic = "hospital", insurer = "insurance";

TEST(Record, FiveReportsOfOneDeathAreOneDeathWithFiveEvidencesInEveryOrder) {
  std::vector<Statement> reports = {
      say(police, death, "J1", "20261118102501", "2026-11-18",
          {mention(person, {"n:322228200005210171", "p:55"})}),
      say(clinic, death, "Z77", "20261118064512", "2026-11-18",
          {mention(person, {"n:322228200005210171", "c:A/Z77"})}, Op::assert_, by_hospital_word),
      say(clinic, death, "cert", "20261118063500", "2026-11-17", {mention(person, {"n:322228200005210171"})},
          Op::assert_, certificate),
      say(civil, death, "BZ1", "20261120110200", "2026-11-18", {mention(person, {"n:322228200005210171"})},
          Op::assert_, cremation),
      say(insurer, death, "R1", "20261125090003", "2026-11-19",
          {mention(person, {"n:322228200005210171", "i:99"})}, Op::assert_, by_insurer_word)};
  std::vector<int> order = {0, 1, 2, 3, 4};
  std::string expected;
  do {
    std::vector<Statement> shuffled;
    for (int i : order)
      shuffled.push_back(reports[static_cast<std::size_t>(i)]);
    auto record = record_of(shuffled, 2);
    if (expected.empty()) {
      expected = record;
      EXPECT_NE(record.find("died=2026-11-18 by civil/BZ1 hospital/Z77 hospital/cert insurance/R1 police/J1"),
                std::string::npos)
          << record;
      EXPECT_EQ(std::count(record.begin(), record.end(), '\n'), 1) << record;
    }
    ASSERT_EQ(record, expected);
  } while (std::next_permutation(order.begin(), order.end()));
}

TEST(Record, AReversalThatComesFirstIsParkedAndCancelsTheOriginal) {
  auto said = say(police, death, "J1", "20261118102501", "2026-11-18",
                  {mention(person, {"n:322228200005210171", "p:55"})});
  auto taken_back = say(police, death, "J1", "20261203094501", "2026-11-18",
                        {mention(person, {"n:322228200005210171", "p:55"})}, Op::retract);
  auto both = record_of({said, taken_back});
  EXPECT_EQ(both, record_of({taken_back, said}));
  EXPECT_EQ(both.find("died="), std::string::npos);
}

TEST(Record, APoliceReversalAloneLeavesTheDeathDisputed) {
  auto said =
      say(police, death, "J1", "20261118102501", "2026-11-18", {mention(person, {"n:322228200005210171"})});
  auto cremated = say(civil, death, "BZ1", "20261120110200", "2026-11-18",
                      {mention(person, {"n:322228200005210171"})}, Op::assert_, cremation);
  auto taken_back = said;
  taken_back = say(police, death, "J1", "20261203094501", "2026-11-18",
                   {mention(person, {"n:322228200005210171"})}, Op::retract);
  EXPECT_NE(record_of({said, cremated, taken_back}).find("died=2026-11-18? by civil/BZ1 withdrawn police/J1"),
            std::string::npos);
}

TEST(Record, ALighterSourceTakingItsWordBackDisputesNothing) {
  auto by_police = say(police, death, "J1", "1", "2026-11-18", {mention(person, {"n:322228200005210171"})});
  auto by_hospital = say(clinic, death, "Z", "1", "2026-11-18", {mention(person, {"n:322228200005210171"})},
                         Op::assert_, by_hospital_word);
  auto cancelled = say(clinic, death, "Z", "2", "2026-11-18", {mention(person, {"n:322228200005210171"})},
                       Op::retract, by_hospital_word);
  EXPECT_NE(record_of({by_police, by_hospital, cancelled})
                .find("died=2026-11-18 by police/J1 withdrawn hospital/Z"),
            std::string::npos);
}

TEST(Identity, EvidenceOfTheOldNumberJoinsAfterACorrection) {
  auto died = say(police, death, "J1", "20261118", "2026-11-18",
                  {mention(person, {"n:322228200005210171", "p:55"}, "王试子")});
  auto corrected =
      say(police, identity, "J9", "20261121", "2026-11-21",
          {mention(person, {"n:322228200005210331", "p:55", "-n:322228200005210171"}, "王试子")});
  auto cremated = say(civil, death, "BZ1", "20261122", "2026-11-18",
                      {mention(person, {"n:322228200005210171"}, "王试子")}, Op::assert_, cremation);
  auto record = record_of({died, corrected, cremated});
  EXPECT_EQ(record, record_of({cremated, corrected, died}));
  EXPECT_NE(record.find("number=322228200005210331"), std::string::npos) << record;
  EXPECT_NE(record.find("former=322228200005210171"), std::string::npos);
  EXPECT_NE(record.find("by civil/BZ1 police/J1"), std::string::npos);
}

TEST(Identity, TwoPeopleOfOneNumberStayTwoAndTakeWhatBearsTheirName) {
  // 纠正重号: both registered under one number, one of them given a new one.
  auto first = say(police, birth, "B1", "2000", "2000-05-21",
                   {mention(person, {"n:322228200005210171", "p:1"}, "王试子")});
  auto second = say(police, birth, "B2", "2000", "2000-05-21",
                    {mention(person, {"n:322228200005210171", "p:2"}, "赵试远")});
  auto corrected = say(police, identity, "C1", "2026", "2026-11-21",
                       {mention(person, {"n:322228200005210331", "p:1", "-n:322228200005210171"}, "王试子")});
  auto died = say(civil, death, "D1", "2026", "2026-11-18",
                  {mention(person, {"n:322228200005210171"}, "赵试远")}, Op::assert_, cremation);
  std::vector<Statement> all = {first, second, corrected, died};
  auto record = record_of(all);
  EXPECT_EQ(std::count(record.begin(), record.end(), '\n'), 2) << record;
  EXPECT_NE(record.find("name=赵试远 number=322228200005210171 born=2000-05-21 died"), std::string::npos)
      << record;
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.content < b.content; });
  do
    EXPECT_EQ(record_of(all, 1), record);
  while (std::next_permutation(all.begin(), all.end(),
                               [](const auto& a, const auto& b) { return a.content < b.content; }));
}

TEST(Identity, AMoveToAnotherProvinceBringsANewPoliceIdNotANewPerson) {
  auto born = say(police, birth, "B1", "2000", "2000-12-13",
                  {mention(person, {"n:322228200012137056", "p:320812-56"}, "罗试飞"),
                   mention(mother, {"n:322228197507230821"})});
  auto died = say(police, death, "J1", "2026", "2026-10-22",
                  {mention(person, {"n:322228200012137056", "p:341523-56"}, "罗试飞")});
  auto record = record_of({born, died});
  EXPECT_EQ(record, record_of({died, born}));
  EXPECT_EQ(std::count(record.begin(), record.end(), '\n'), 2) << record;
  EXPECT_NE(record.find("born=2000-12-13 died=2026-10-22"), std::string::npos) << record;
}

TEST(Identity, ALinkGoesWhenTheStatementThatMadeItIsSuperseded) {
  auto right = say(civil, marriage, "M1", "1", "1998-01-01",
                   {mention(husband, {"n:322228197309050133"}), mention(wife, {"n:322228197503120246"})});
  auto corrected = say(civil, marriage, "M1", "2", "1998-01-01",
                       {mention(husband, {"n:322228197404190118"}), mention(wife, {"n:322228197503120246"})});
  auto record = record_of({right, corrected});
  EXPECT_EQ(record, record_of({corrected, right}));
  EXPECT_NE(record.find("[citizen_number 322228197503120246] name= number=322228197503120246 born=1975-03-12 "
                        "spouse=[citizen_number 322228197404190118]1998-01-01"),
            std::string::npos)
      << record;
}

TEST(Kin, AHospitalNewbornIsTheChildThatIsRegisteredLaterButTwinsAreTwo) {
  auto newborn = [&](std::string chart) {
    return say(clinic, birth, chart, "20261115", "2026-11-15",
               {mention(person, {"c:A/" + chart}), mention(mother, {"n:322228198506180222"})}, Op::assert_,
               by_hospital_word);
  };
  auto registered =
      say(police, birth, "B1", "20261120", "2026-11-15",
          {mention(person, {"n:322228202611150374", "p:7"}), mention(mother, {"n:322228198506180222"})});
  auto children = [](const std::string& record) {
    std::size_t count = 0;
    for (auto at = record.find(" child="); at != std::string::npos; at = record.find(" child=", at + 1))
      ++count;
    return count;
  };
  EXPECT_EQ(children(record_of({newborn("1"), registered})), 1u);
  EXPECT_EQ(children(record_of({newborn("1"), newborn("2"), registered})), 2u);
  EXPECT_EQ(children(record_of({newborn("1"), newborn("2"), newborn("3")})), 3u);
}

TEST(Kin, SeparatedAndReunitedParentsAreDatedEdges) {
  auto couple = [](std::string key, FactKind kind, std::string_view on) {
    return say(civil, kind, std::move(key), "1", on,
               {mention(husband, {"n:322228197309050133"}), mention(wife, {"n:322228197503120246"})});
  };
  auto record = record_of({couple("2", divorce, "2005-06-01"), couple("3", marriage, "2010-01-01"),
                           couple("1", marriage, "1998-01-01")});
  EXPECT_NE(record.find("1998-01-01..2005-06-01"), std::string::npos) << record;
  EXPECT_NE(record.find("2010-01-01..10000-01-01"), std::string::npos);
}

TEST(Kin, ADivorceWhoseMarriageNobodyToldStillEndsAMarriage) {
  auto record =
      record_of({say(civil, divorce, "1", "1", "2027-03-05",
                     {mention(husband, {"n:322228197309050133"}), mention(wife, {"n:322228197503120246"})})});
  EXPECT_NE(record.find("0001-01-01..2027-03-05"), std::string::npos) << record;
}

TEST(Disability, ALaterCertificatesWordOfTheOneBeforeOnlyFillsWhatNoOwnWordTells) {
  auto grade = [](std::string key, std::string_view on, std::string_view until, int value,
                  bool earlier = false) {
    Fact fact;
    fact.kind = disability, fact.evidence = certificate, fact.key = std::move(key),
    fact.version = std::string(on);
    fact.people = {mention(person, {"n:322228200304190246"})};
    fact.on = PartialDate::parse(on), fact.until = PartialDate::parse(until), fact.grade = value;
    if (earlier) fact.status = "earlier";
    return Statement(fact, civil, 0, 0);
  };
  // 4 -> 3 in 2025 -> 2 in 2026; each change also says what the card before it said, "since the first
  // certificate".
  auto first = grade("1", "2015-07-26", "2025-07-25", 4);
  auto second = grade("2", "2025-07-26", "2035-07-25", 3),
       of_first = grade("2b", "2015-07-26", "2025-07-26", 4, true);
  auto third = grade("3", "2026-05-01", "2036-04-30", 2),
       of_second = grade("3b", "2015-07-26", "2026-05-01", 3, true);
  auto told = record_of({first, second, of_first, third, of_second});
  EXPECT_NE(told.find("grade=4@2015-07-26 grade=3@2025-07-26 grade=2@2026-05-01"), std::string::npos) << told;
  auto hearsay = record_of({third, of_second, second, of_first});
  EXPECT_NE(hearsay.find("grade=4@2015-07-26 grade=3@2025-07-26 grade=2@2026-05-01"), std::string::npos)
      << hearsay;
  auto renewed = record_of({first, grade("4", "2025-07-20", "2035-07-19", 4)});
  EXPECT_NE(renewed.find("grade=4@2015-07-26 grade=4@2025-07-20"), std::string::npos) << renewed;
}

TEST(Kin, AVoidAdoptionNeverHadEffectAndADissolvedOneHadUntilThen) {
  auto act = [](FactKind kind, std::string key, std::string_view on) {
    return say(civil, kind, std::move(key), "1", on,
               {mention(person, {"n:322228202408100208"}), mention(father, {"n:322228197404190118"})},
               Op::assert_, certificate);
  };
  auto dissolved = record_of({act(adoption_dissolved, "2", "2027-01-05"), act(adoption, "1", "2026-11-20")});
  EXPECT_NE(dissolved.find("2026-11-20..2027-01-05"), std::string::npos) << dissolved;
  auto voided = record_of({act(adoption_voided, "2", "2027-01-05"), act(adoption, "1", "2026-11-20")});
  EXPECT_EQ(voided.find("child="), std::string::npos) << voided;
  auto again = record_of({act(adoption_voided, "2", "2027-01-05"), act(adoption, "1", "2026-11-20"),
                          act(adoption, "3", "2027-06-01")});
  EXPECT_NE(again.find("2027-06-01..10000-01-01"), std::string::npos) << again;
}

/// An absence of its key: names whom it is about alone.
Statement no_longer_told(const Statement& one) {
  auto fact = one.fact;
  fact.op = Op::untold;
  fact.people.resize(1);
  return {std::move(fact), one.source, one.received_at_us, one.event_sequence};
}

/// Random facts with everything that makes order matter: versions, retractions, absences, shared and
/// corrected numbers, copies.
std::vector<Statement> random_facts(std::mt19937& chance) {
  auto number = [](int who) { return fmt::format("n:32222819{:02}0101{:04}", 50 + who % 40, who); };
  std::vector<Statement> said;
  std::uniform_int_distribution<int> any(0, 9);
  int people = 4 + any(chance) % 4;
  std::int64_t place = 0;  // in the log
  for (int i = 0; i < 18; ++i) {
    int who = any(chance) % people, other = (who + 1 + any(chance) % (people - 1)) % people;
    auto key = std::to_string(any(chance) % 6);
    auto version = std::to_string(any(chance) % 4);
    auto on = fmt::format("20{:02}-0{}-11", 10 + any(chance), 1 + any(chance) % 9);
    auto op = any(chance) < 2 ? Op::retract : Op::assert_;
    auto n = number(who), p = fmt::format("p:{}", who), o = number(other);
    switch (any(chance) % 9) {
      case 8: {  // told apart by a person, or found to be one
        const auto chart = "c:" + version;
        if (any(chance) < 3)
          said.push_back(say("desk", identity, key, version, on, {mention(person, {n, chart})}, op));
        else
          said.push_back(say("desk", FactKind::distinct, key, version, on,
                             {mention(person, {n}), mention(Role::other, {chart})}, op));
        break;
      }
      case 6: {  // a hospital that knows no number, with a chart that others may bear, too
        auto chart = "c:" + version;
        said.push_back(
            say(clinic, death, key, version, on, {mention(person, {chart}, "甲" + p)}, op, by_hospital_word));
        break;
      }
      case 7: {  // a chart merged into another
        auto chart = "c:" + key, former = "-c:" + version;
        said.push_back(say(clinic, identity, key, version, on, {mention(person, {chart, former})}, op,
                           by_hospital_word));
        break;
      }
      case 0:
        said.push_back(say(police, death, key, version, on, {mention(person, {n, p}, "甲" + p)}, op));
        break;
      case 1:
        said.push_back(say(civil, death, key, version, on, {mention(person, {n}, "甲" + p)}, op, cremation));
        break;
      case 2:
        said.push_back(
            say(police, birth, key, version, on, {mention(person, {n, p}), mention(mother, {o})}, op));
        break;
      case 3:
        said.push_back(
            say(civil, marriage, key, version, on, {mention(husband, {n}), mention(wife, {o})}, op));
        break;
      case 4: {
        auto former = "-" + o;
        said.push_back(
            say(police, identity, key, version, on, {mention(person, {n, p, former}, "甲" + p)}, op));
        break;
      }
      default: {
        auto chart = "c:" + key;
        said.push_back(
            say(clinic, death, key, version, on, {mention(person, {n, chart})}, op, by_hospital_word));
      }
    }
  }
  for (auto& one : said) {
    if (any(chance) < 2) one = no_longer_told(one);
    one.event_sequence = one.received_at_us = ++place;
    one.event_digest = static_cast<std::uint64_t>(place);
  }
  return said;
}

TEST(Workspace, ARetractionThatMeetsNothingIsOneMoreUntilItsStatementComes) {
  TemporaryFolder folder;
  const auto keys = Keyring::from_passphrase("test");
  auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
  auto transaction = store->begin(Store::For::writing);
  Workspace people(transaction->people(), keys, built_in_evidence());
  auto said = [](const char* version, Op op) {
    return say(police, death, "J1", version, "2026-11-18", {mention(person, {"n:322228200005210171"})}, op);
  };
  EXPECT_EQ(people.add(said("2", Op::retract)).unmatched, 1);
  EXPECT_EQ(people.add(said("2", Op::retract)).unmatched, 0) << "again";
  EXPECT_EQ(people.add(said("3", Op::retract)).unmatched, 0) << "the same key";
  EXPECT_EQ(people.add(said("1", Op::assert_)).unmatched, -1);
  EXPECT_EQ(people.add(said("4", Op::retract)).unmatched, 0);
  EXPECT_EQ(
      people.add(say(police, death, "J2", "1", "", {mention(person, {"n:322228200005210171"})}, Op::deny))
          .unmatched,
      0);
}

// Also in the dossier of somebody whom earlier versions alone name.
TEST(Workspace, EveryCopyOfAHistoryGrows) {
  const auto told = [](const char* version, std::initializer_list<Mention> people, Op op = Op::assert_) {
    return say(police, FactKind::parentage, "R1", version, "", people, op);
  };
  const auto child = mention(person, {"n:322228202611150374"}),
             mother_known = mention(mother, {"n:322228198506180222"}),
             mother_named = mention(mother, {}, "李试女"),
             father_known = mention(father, {"n:322228197309050133"});
  const std::vector<Statement> stories[] = {
      {told("1", {child, mother_known, father_known}), told("2", {child, mother_known}),
       told("3", {child, mother_known}), told("4", {child, mother_known})},
      {told("1", {child, mother_known}), told("2", {child, mother_named}), told("3", {child, mother_named}),
       told("4", {child, mother_named})},
      {told("1", {child, mother_known, father_known}), told("2", {child}, Op::untold),
       told("3", {child}, Op::untold), told("4", {child}, Op::untold)},
  };
  for (const auto& story : stories) {
    TemporaryFolder folder;
    const auto keys = Keyring::from_passphrase("test");
    auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
    for (const auto& statement : story) {
      auto transaction = store->begin(Store::For::writing);
      Workspace people(transaction->people(), keys, built_in_evidence());
      people.add(statement);
      people.save();
      transaction->commit();
    }
    auto reading = store->begin(Store::For::reading);
    Workspace people(reading->people(), keys, built_in_evidence());
    const auto key = statement_key(keys, police, story[0].fact);
    for (auto person : all_people(reading->people()))
      if (const auto* entry = people.dossier(person).find(key)) {
        EXPECT_EQ(entry->history.versions.size(), story.size()) << name_of_person(people.dossier(person));
      }
  }
}

/// Deaths that reach nobody, by source: as counted batch by batch, and as found in the whole record
/// afterwards.
struct UnnamedCounts {
  std::map<std::string, std::int64_t> kept, found;
};
UnnamedCounts unnamed_counts_of(const std::vector<Statement>& statements, std::size_t batch) {
  TemporaryFolder folder;
  const auto keys = Keyring::from_passphrase("test");
  auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
  UnnamedCounts counts;
  for (std::size_t i = 0; i < statements.size(); i += batch) {
    auto transaction = store->begin(Store::For::writing);
    Workspace people(transaction->people(), keys, built_in_evidence());
    for (std::size_t k = i; k < std::min(i + batch, statements.size()); ++k) {
      people.add(statements[k]);
      if (k % 7 == 3) people.turn_page();
    }
    people.save();
    for (const auto& [source, more] : people.unnamed().change)
      counts.kept[source] += more;
    transaction->commit();
  }
  std::erase_if(counts.kept, [](const auto& one) { return one.second == 0; });
  auto reading = store->begin(Store::For::reading);
  Workspace people(reading->people(), keys, built_in_evidence());
  for (auto person : all_people(reading->people()))
    for (const auto* said : unnamed_death(people.portrait(person)))
      counts.found[said->source] += 1;
  return counts;
}

TEST(Workspace, ADeathOfNobodyKnownIsCountedUntilThePersonIsNamed) {
  const auto chart_death = say(clinic, death, "Z1", "1", "2026-11-18",
                               {mention(person, {"c:A/Z1"}, "王试子")}, Op::assert_, by_hospital_word);
  const auto taken_back =
      say(clinic, death, "Z1", "2", "", {mention(person, {"c:A/Z1"})}, Op::retract, by_hospital_word);
  const auto named =
      say(clinic, identity, "A40", "2", "2026-11-19", {mention(person, {"c:A/Z1", "n:322228200005210171"})},
          Op::assert_, by_hospital_word);
  const auto of_a_mother = say(clinic, birth, "B1", "1", "2026-11-17",
                               {mention(person, {"c:A/Z1"}), mention(mother, {"n:322228197503120246"})},
                               Op::assert_, by_hospital_word);
  using Kept = std::map<std::string, std::int64_t>;
  for (std::size_t batch : {1, 2}) {
    EXPECT_EQ(unnamed_counts_of({chart_death}, batch).kept, (Kept{{clinic, 1}}));
    EXPECT_EQ(unnamed_counts_of({chart_death, taken_back}, batch).kept, Kept{});
    EXPECT_EQ(unnamed_counts_of({chart_death, named}, batch).kept, Kept{});
    EXPECT_EQ(unnamed_counts_of({named, chart_death}, batch).kept, Kept{});
    EXPECT_EQ(unnamed_counts_of({chart_death, of_a_mother}, batch).kept, Kept{}) << "a newborn that died";
  }
}

TEST(Workspace, WarnsOfADeathOfNobodyKnownOnce) {
  TemporaryFolder folder;
  const auto keys = Keyring::from_passphrase("test");
  auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
  auto news_of = [&](const Statement& statement) {
    auto transaction = store->begin(Store::For::writing);
    Workspace people(transaction->people(), keys, built_in_evidence());
    people.add(statement);
    people.save();
    auto news = people.unnamed().news;
    transaction->commit();
    return news;
  };
  auto said = [](const char* version) {
    return say(clinic, death, "Z1", version, "2026-11-18", {mention(person, {"c:A/Z1"})}, Op::assert_,
               by_hospital_word);
  };
  const auto first = said("1");
  const auto news = news_of(first);
  ASSERT_EQ(news.size(), 1U);
  EXPECT_EQ(news[0].source, clinic);
  EXPECT_EQ(news[0].event_sequence, first.event_sequence);
  EXPECT_TRUE(news_of(said("2")).empty()) << "the same death again";
}

TEST(RecordProperty, DeathsOfNobodyKnownAreCountedAsFromScratchInAnyOrder) {
  std::int64_t counted = 0;
  for (std::uint32_t seed = 1; seed <= 80; ++seed) {
    std::mt19937 chance(seed);
    auto said = random_facts(chance);
    std::shuffle(said.begin(), said.end(), chance);
    const auto counts = unnamed_counts_of(said, 1 + seed % 5);
    ASSERT_EQ(counts.kept, counts.found) << "seed " << seed;
    for (const auto& [source, count] : counts.found)
      counted += count;
  }
  EXPECT_GT(counted, 20) << "the test tries nothing";
}

TEST(RecordProperty, AnyOrderAnyRepetitionAnyBatchingGivesTheSameRecord) {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    std::mt19937 chance(seed);
    auto said = random_facts(chance);
    auto expected = record_of(said, 100);
    auto shuffled = said;
    shuffled.insert(shuffled.end(), said.begin(), said.begin() + 5);
    std::shuffle(shuffled.begin(), shuffled.end(), chance);
    ASSERT_EQ(record_of(shuffled, 1 + seed % 5), expected) << "seed " << seed;
  }
}

TEST(PastRecord, AnswersAsTheRecordDidThenGroupingIncluded) {
  const auto keys = Keyring::from_passphrase("test");
  for (std::uint32_t seed = 1; seed <= 60; ++seed) {
    std::mt19937 chance(seed);
    auto said = random_facts(chance);
    TemporaryFolder folder;
    auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
    {
      auto transaction = store->begin(Store::For::writing);
      Workspace people(transaction->people(), keys, built_in_evidence());
      for (const auto& statement : said)
        people.add(statement);
      people.save();
      transaction->commit();
    }
    auto reading = store->begin(Store::For::reading);
    for (std::size_t known = 1; known < said.size(); known += said.size() / 4) {
      const std::vector<Statement> arrived(said.begin(), said.begin() + static_cast<std::ptrdiff_t>(known));
      ASSERT_EQ(record_text_as_known(*reading, keys, arrived.back().received_at_us), record_of(arrived, 100))
          << "seed " << seed << ", known " << known << " of " << said.size();
    }
  }
}

TEST(PastRecord, TwoWhoBecameOneWereTwoAndKeepTheirNumbersWhereTheyCan) {
  TemporaryFolder folder;
  const auto keys = Keyring::from_passphrase("test");
  auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
  auto transaction = store->begin(Store::For::writing);
  Workspace people(transaction->people(), keys, built_in_evidence());
  auto said = [](auto place, Statement statement) {
    statement.received_at_us = statement.event_sequence = place;
    return statement;
  };
  const Identifier chart{IdentifierKind::chart, "Z1"},
      number{IdentifierKind::citizen_number, "322228200005210171"};
  people.add(said(1, say(clinic, birth, "B1", "1", "2000-05-21", {mention(person, {"c:Z1"}, "周之子")})));
  people.add(
      said(2, say(police, identity, "P1", "1", "", {mention(person, {"n:322228200005210171"}, "周试子")})));
  const auto newborn = people.holders(identifier_token(keys, chart)).front();
  const auto registered = people.holders(identifier_token(keys, number)).front();
  EXPECT_NE(newborn, registered);
  people.add(
      said(3, say(clinic, identity, "A1", "1", "", {mention(person, {"c:Z1", "n:322228200005210171"})})));
  const auto one = people.holders(identifier_token(keys, number)).front();
  EXPECT_EQ(people.holders(identifier_token(keys, chart)), std::vector{one});

  PastRecord then(people, keys, 2);
  const auto newborn_then = then.holders(identifier_token(keys, chart)).front();
  const auto registered_then = then.holders(identifier_token(keys, number)).front();
  EXPECT_NE(newborn_then, registered_then);
  EXPECT_TRUE(newborn_then == one || registered_then == one);
  EXPECT_EQ(then.portrait(newborn_then).name, "周之子");
  EXPECT_EQ(then.portrait(registered_then).name, "周试子");

  PastRecord before(people, keys, 1);
  EXPECT_TRUE(before.holders(identifier_token(keys, number)).empty());
  EXPECT_TRUE(before.dossier(PersonId{999}).entries.empty());
  PastRecord never(people, keys, 0);
  EXPECT_TRUE(never.dossier(one).entries.empty());
  EXPECT_TRUE(never.portrait(one).name.empty());
}

}  // namespace
}  // namespace kinhub::test
