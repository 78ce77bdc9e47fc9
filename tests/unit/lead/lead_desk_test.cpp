// The lead desk: what one process did is known to the next through the store alone.
#include "hub/lead/lead_desk.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/places/places.hpp"
#include "tests/unit/store/counting_store.hpp"
#include "tests/unit/store/record_fixture.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub::test {
namespace {

using enum FactKind;
using enum Role;

const PolicySet& shipped() {
  static const auto set = [] {
    auto read = PolicySet::read(kinhub::tests::source_dir() + "/mappings/policies");
    if (auto* errors = std::get_if<std::vector<Error>>(&read))
      throw std::runtime_error(describe(errors->front()));
    return std::move(std::get<PolicySet>(read));
  }();
  return set;
}

const Date today(2026, 11, 30);
SituationCoverage complete() {
  const Interval always{Date::beginning(), Date::forever()};
  return {always, always, always};
}

/// A process of its own: it knows nothing but what it reads in the store.
class Process {
 public:
  Process(Store& store, const Keyring& keys) : store_(store), keys_(keys) {}

  enum class Foresee : bool { no, yes };

  /// One batch; what it asked the store.
  Questions hear(const std::vector<Statement>& said, Foresee foresee = Foresee::yes) {
    Questions asked;
    auto stored = store_.begin(Store::For::writing);
    CountingTransaction transaction(*stored, asked);
    std::vector<KeyedStatement> statements;
    for (const auto& statement : said)
      statements.push_back(keyed(keys_, statement));
    Workspace people(transaction.people(), keys_, built_in_evidence());
    desk_.begin(transaction, complete(), {}, today);
    if (foresee == Foresee::yes) {
      std::vector<const KeyedStatement*> batch;
      for (const auto& statement : statements)
        batch.push_back(&statement);
      desk_.foresee(people.prefetch(batch), people, transaction);
    }
    for (const auto& statement : statements) {
      auto change = people.add(statement);
      if (!change.regrouped.empty()) desk_.rehome(change, people, transaction);
      if (statement.statement.fact.kind != insurance)
        desk_.review(change.touched, people, transaction);  // moves no right
    }
    people.save();
    transaction.commit();
    return asked;
  }

  /// Decides the open lead of whoever bears this police id.
  void decide(std::string_view police_id, LeadState verdict) {
    auto transaction = store_.begin(Store::For::writing);
    Workspace people(transaction->people(), keys_, built_in_evidence());
    desk_.begin(*transaction, complete(), {}, today);
    const auto token = identifier_token(keys_, {IdentifierKind::police_id, std::string(police_id)});
    const auto person = people.bearers(token).at(0);
    auto open = transaction->leads().open_of(person);
    ASSERT_EQ(open.size(), 1U) << police_id;
    ASSERT_TRUE(desk_.decide(std::move(open[0]), verdict, "visited", "me", people, *transaction));
    desk_.review_parent(person, people, *transaction);
    people.save();
    transaction->commit();
  }

 private:
  Store& store_;
  const Keyring& keys_;
  SystemClock clock_;
  LeadDesk desk_{shipped(), keys_, clock_};
};

using CaseLine =
    std::tuple<std::int64_t, CaseKind, std::string, std::int64_t, CaseState, std::string, std::int64_t>;

/// The table of cases as it is kept.
std::set<CaseLine> kept_cases(StoreTransaction& reading, const Keyring& keys) {
  const CaseWords words(reading.values());
  std::vector<std::int64_t> references;
  for (std::int64_t person = 1; person <= reading.people().last_person().value; ++person)
    references.push_back(case_reference(keys, {person}));
  std::set<CaseLine> lines;
  for (const auto& row : reading.cases().of(references))
    lines.insert({person_of_case(keys, row.key.person)->value, row.key.kind, words.word_of(row.key.what),
                  row.area, row.state, row.since.text() + ".." + row.until.text(), row.fen});
  std::int64_t counted = 0;
  for (const auto& count : reading.cases().counts())
    counted += count.number;
  EXPECT_EQ(counted, static_cast<std::int64_t>(lines.size())) << "a row of nobody, or a wrong count";
  return lines;
}

/// What it has to be, of all dossiers and decisions from scratch.
std::set<CaseLine> cases_afresh(StoreTransaction& reading, const Keyring& keys) {
  Workspace people(reading.people(), keys, built_in_evidence());
  std::set<CaseLine> lines;
  for (auto person : all_people(reading.people())) {
    const auto kin = kin_of(person, people, complete());
    std::map<BenefitIndex, std::vector<DecidedFor>> decided_for;
    for (const auto& row : reading.leads().decided(person))
      decided_for[*shipped().find(row.benefit)].push_back(
          {row.anchor, decided_from(keys.unseal(row.content, decided_context(person, row.benefit)))});
    Decisions decisions;
    for (auto& [benefit, all] : decided_for)
      decisions[benefit] = merged(std::move(all), today);
    for (const auto& one : cases_of(shipped(), shipped().stand(kin.situation), decisions, today))
      lines.insert({person.value, one.kind, one.what, area_on(kin.situation, today), one.state,
                    one.run.from.text() + ".." + one.run.until.text(), one.fen});
  }
  return lines;
}

class SharedStore : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  Keyring keys_ = Keyring::from_passphrase("test");
  std::unique_ptr<SqliteStore> store_ = SqliteStore::open(folder_.path / "kinhub.db", keys_);
  Process one_{*store_, keys_}, other_{*store_, keys_};

  std::string leads() {
    std::string text;
    auto reading = store_->begin(Store::For::reading);
    for (const auto& lead : all_leads(reading->leads(), std::nullopt))
      text += fmt::format("{} {} {} by {}\n", name_of(lead.state), name_of(lead.kind), lead.benefit,
                          lead.person.value);
    return text;
  }
  /// The leads of whoever bears the police id, in order of opening, then how many months are confirmed.
  std::string of(std::string_view police_id) {
    const auto person = row_of(police_id).person;
    auto reading = store_->begin(Store::For::reading);
    std::string text;
    for (const auto& lead : reading->leads().of(person))
      text += fmt::format("{} {}, ", name_of(lead.state), name_of(lead.kind));
    for (const auto& row : reading->leads().decided(person)) {
      const auto decided = decided_from(keys_.unseal(row.content, decided_context(person, row.benefit)));
      text += fmt::format("{}{}", decided.confirmed.empty() ? "nothing confirmed" : "confirmed since ",
                          decided.confirmed.empty() ? "" : decided.confirmed.front().when.from.text());
      if (decided.set_aside) text += ", set aside";
    }
    return text;
  }
  DossierRow row_of(std::string_view police_id) {
    auto reading = store_->begin(Store::For::reading);
    Workspace people(reading->people(), keys_, built_in_evidence());
    const auto bearers =
        people.bearers(identifier_token(keys_, {IdentifierKind::police_id, std::string(police_id)}));
    if (bearers.size() != 1) throw std::runtime_error("not one person bears this id");
    return reading->people().dossiers({&bearers.front(), 1}).at(0);
  }
};

Mention woman(std::initializer_list<std::string_view> words, std::string_view born) {
  auto one = mention(mother, words);
  one.sex = Sex::female, one.born = PartialDate::parse(born);
  return one;
}
Statement child_of(std::string_view word, std::string_view mother_word) {
  return say("police", birth, std::string(word), "1", "2001-05-21",
             {mention(person, {word}), woman({mother_word}, "1972-03-04")});
}
Statement death_of(std::string_view word, Op op = Op::assert_) {
  return say("police", death, std::string(word), op == Op::assert_ ? "1" : "2", "2026-11-18",
             {mention(person, {word})}, op);
}

TEST_F(SharedStore, WhatOneProcessOpenedAnotherCloses) {
  one_.hear({child_of("p:child", "p:mother")});
  EXPECT_EQ(leads(), "");
  EXPECT_FALSE(row_of("mother").marks.leads);
  other_.hear({death_of("p:child")});
  EXPECT_EQ(leads(), "open new national-special-assistance/death by 2\n");
  EXPECT_TRUE(row_of("mother").marks.leads);
  one_.hear({death_of("p:child", Op::retract)});
  EXPECT_EQ(leads(), "closed new national-special-assistance/death by 2\n");
  other_.hear({child_of("p:second", "p:mother")});
  EXPECT_EQ(leads(), "closed new national-special-assistance/death by 2\n");
}

TEST_F(SharedStore, ACalendarEntryThatOneProcessMadeAnotherTakesAway) {
  auto young = say("police", birth, "c", "1", "2001-05-21",
                   {mention(person, {"p:child"}), woman({"p:mother"}, "1980-03-04")});
  one_.hear({young, death_of("p:child")});
  EXPECT_EQ(all_due(store_->begin(Store::For::reading)->people(), Date::forever()),
            std::vector<PersonId>{row_of("mother").person});
  EXPECT_TRUE(row_of("mother").marks.next_change);
  other_.hear({death_of("p:child", Op::retract)});
  EXPECT_TRUE(all_due(store_->begin(Store::For::reading)->people(), Date::forever()).empty());
  EXPECT_FALSE(row_of("mother").marks.next_change);
}

TEST_F(SharedStore, WhoeverIsFoundToBeAnotherGivesTheirLeadsAndTheirMarks) {
  other_.hear({say("clinic", insurance, "i1", "1", "", {mention(person, {"c:chart"})})});
  one_.hear({child_of("p:child", "p:mother"), death_of("p:child")});
  auto before = row_of("mother").person;
  one_.hear({say("clinic", identity, "m", "1", "", {mention(person, {"p:mother", "c:chart"})})});
  auto after = row_of("mother").person;
  ASSERT_NE(before, after) << "the chart was known first, so its person stays";
  EXPECT_EQ(leads(), fmt::format("open new national-special-assistance/death by {}\n", after.value));
  EXPECT_TRUE(row_of("mother").marks.leads);
  EXPECT_TRUE(store_->begin(Store::For::reading)->people().dossiers({&before, 1}).empty())
      << "nothing is left of the other";
  other_.hear({death_of("p:child", Op::retract)});
  EXPECT_EQ(leads(), fmt::format("closed new national-special-assistance/death by {}\n", after.value));
}

Statement one_and_two_are_one(Op op = Op::assert_) {
  return say("clinic", identity, "merge", op == Op::assert_ ? "1" : "2", "",
             {mention(person, {"p:one", "p:two"})}, op);
}

TEST_F(SharedStore, AMergeUndoneGivesEachBackTheirLeads) {
  one_.hear({child_of("p:a", "p:one"), death_of("p:a"), child_of("p:b", "p:two")});
  other_.hear({one_and_two_are_one()});
  EXPECT_EQ(of("one"), "closed new, ") << "another child lives";
  EXPECT_EQ(of("two"), of("one"));
  one_.hear({one_and_two_are_one(Op::retract)});
  EXPECT_EQ(of("one"), "closed new, open new, ");
  EXPECT_EQ(of("two"), "");
  EXPECT_TRUE(row_of("one").marks.leads);
  EXPECT_FALSE(row_of("two").marks.leads);
}

TEST_F(SharedStore, WhatWasConfirmedBeforeAMergeIsTheirsAfterItIsUndone) {
  one_.hear({child_of("p:a", "p:one"), death_of("p:a"), child_of("p:b", "p:two"), death_of("p:b")});
  one_.decide("one", LeadState::confirmed);
  const auto before_one = of("one"), before_two = of("two");
  EXPECT_EQ(before_one, "confirmed new, confirmed since 2026-11-18");
  EXPECT_EQ(before_two, "open new, ");
  other_.hear({one_and_two_are_one()});
  EXPECT_EQ(row_of("one").person, row_of("two").person);
  one_.hear({one_and_two_are_one(Op::retract)});
  EXPECT_NE(row_of("one").person, row_of("two").person);
  EXPECT_EQ(of("one"), before_one);
  EXPECT_EQ(of("two"), "closed new, open new, ") << "it closed while they were one: the right was confirmed";
}

TEST_F(SharedStore, AConfirmedRightThatStandsOnNothingAnyMoreSaysSo) {
  one_.hear({child_of("p:a", "p:one"), one_and_two_are_one(), death_of("p:a")});
  one_.decide("two", LeadState::confirmed);
  // The lead's anchor is of one of the two; the other has nothing after they part.
  other_.hear({one_and_two_are_one(Op::retract)});
  auto reading = store_->begin(Store::For::reading);
  for (const auto& row : all_leads(reading->leads(), LeadState::open)) {
    const auto lead = lead_content_from(keys_.unseal(row.content, lead_context(row.id)));
    EXPECT_FALSE(lead.reasons.empty()) << name_of(lead.kind);
  }
  one_.hear({say("police", birth, "p:a", "2", "2001-05-21",
                 {mention(person, {"p:a"}), woman({"p:three"}, "1972-03-04")})});
  int ended = 0;
  for (const auto& row : all_leads(store_->begin(Store::For::reading)->leads(), LeadState::open)) {
    const auto lead = lead_content_from(keys_.unseal(row.content, lead_context(row.id)));
    ended += lead.kind == LeadKind::ended ? 1 : 0;
    EXPECT_FALSE(lead.reasons.empty()) << name_of(lead.kind);
  }
  EXPECT_GT(ended, 0);
}

/// A case worker says of two who have numbers that they are one, then that they are not: both words stand.
class ToldOneThenTwo : public SharedStore {
 protected:
  void run(const std::string& about, const std::string& other_number) {
    const auto child = [&](std::string_view word, std::string_view police_id, std::string_view number) {
      return say("police", birth, std::string(word), "1", "2001-05-21",
                 {mention(person, {word}), woman({police_id, number}, "1972-03-04")});
    };
    one_.hear(
        {child("p:a", "p:one", first), death_of("p:a"), child("p:b", "p:two", second), death_of("p:b")});
    one_.decide("one", LeadState::confirmed);
    one_.decide("two", LeadState::confirmed);
    const auto one = of("one"), two = of("two");
    EXPECT_EQ(one, "confirmed new, confirmed since 2026-11-18");
    other_.hear({say("care-desk", identity, "same", "1", "", {mention(person, {about, "-" + other_number})},
                     Op::assert_, EvidenceClass::care_desk)});
    EXPECT_EQ(row_of("one").person, row_of("two").person);
    other_.hear({say("care-desk", distinct, "different", "1", "",
                     {mention(person, {about}), mention(other, {other_number})}, Op::assert_,
                     EvidenceClass::care_desk)});
    EXPECT_NE(row_of("one").person, row_of("two").person);
    EXPECT_EQ(of("one"), one);
    EXPECT_EQ(of("two"), two);
  }
  const std::string first = "n:322228197203040026", second = "n:322228197203040042";
};
TEST_F(ToldOneThenTwo, OfTheFirstEachKeepsWhatIsTheirs) {
  run(first, second);
}
TEST_F(ToldOneThenTwo, OfTheSecondEachKeepsWhatIsTheirs) {
  run(second, first);
}

TEST_F(SharedStore, MergedThenConfirmedThenSplitLeavesTheDecisionWithWhomItsLeadWasAbout) {
  one_.hear({child_of("p:a", "p:one"), child_of("p:b", "p:two")});
  one_.hear({death_of("p:a"), one_and_two_are_one()});
  EXPECT_EQ(of("one"), "closed new, ");
  one_.hear({death_of("p:b")});
  EXPECT_EQ(of("one"), "closed new, open new, ") << "both children of the one there is are dead";
  one_.decide("one", LeadState::confirmed);
  EXPECT_EQ(of("one"), "closed new, confirmed new, confirmed since 2026-11-18");
  other_.hear({one_and_two_are_one(Op::retract)});
  EXPECT_EQ(of("one"), "closed new, confirmed new, confirmed since 2026-11-18");
  EXPECT_EQ(of("two"), "open new, ") << "nothing was decided for her";
}

TEST_F(SharedStore, DecisionsWithoutAnAnchorAreBothKeptWhenTwoBecomeOne) {
  one_.hear({child_of("p:a", "p:one"), death_of("p:a"), child_of("p:b", "p:two"), death_of("p:b")});
  one_.decide("one", LeadState::confirmed), one_.decide("two", LeadState::dismissed);
  {
    auto writing = store_->begin(Store::For::writing);  // as a hub of before has stored them
    for (const char* who : {"one", "two"}) {
      Workspace people(writing->people(), keys_, built_in_evidence());
      const auto person =
          people.bearers(identifier_token(keys_, {IdentifierKind::police_id, std::string(who)})).at(0);
      for (auto row : writing->leads().decided(person)) {
        writing->leads().erase_decided(person, row.benefit, row.anchor);
        row.anchor = {};
        writing->leads().put_decided(row);
      }
      for (auto lead : writing->leads().of(person)) {
        lead.anchor = {};
        writing->leads().put(lead);
      }
    }
    writing->commit();
  }
  other_.hear({one_and_two_are_one()});
  EXPECT_NE(of("one").find("confirmed since 2026-11-18"), std::string::npos) << of("one");
  EXPECT_EQ(of("one").find("open"), std::string::npos) << "nothing is new: " << of("one");
}

TEST_F(SharedStore, WhatIsDecidedOfOneWhoWasTwoCountsBeforeWhatWasDecidedOfEach) {
  one_.hear({child_of("p:a", "p:one"), death_of("p:a"), child_of("p:b", "p:two"), death_of("p:b")});
  one_.decide("one", LeadState::confirmed), one_.decide("two", LeadState::confirmed);
  one_.hear({one_and_two_are_one(), child_of("p:c", "p:two")});  // a living child: the right has ended
  EXPECT_EQ(of("one").find("open ended") == std::string::npos, false) << of("one");
  one_.decide("one", LeadState::confirmed);
  EXPECT_EQ(of("one").find("open"), std::string::npos)
      << "the older decision of the other is over: " << of("one");
  other_.hear({one_and_two_are_one(Op::retract)});
  const auto of_one = of("one"), of_two = of("two");
  EXPECT_NE(of_one + of_two, "");
  // Whoever the lead was about has the end confirmed; the other what was confirmed for them.
  EXPECT_NE(of_one.find("nothing confirmed") == std::string::npos,
            of_two.find("nothing confirmed") == std::string::npos)
      << of_one << " | " << of_two;
}

/// What is open and decided of three mothers after a year of deaths, reversals and decisions, with or without
/// mergers of two of them that are undone before the next decision.
std::string after_a_year(std::uint32_t seed, bool mergers) {
  TemporaryFolder folder;
  const auto keys = Keyring::from_passphrase("test");
  auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
  Process process(*store, keys);
  std::mt19937 chance(seed), merging(seed);
  auto any = [](std::mt19937& dice, int below) {
    return static_cast<int>(dice() % static_cast<std::uint32_t>(below));
  };
  auto word = [](std::string_view kind, int who) { return fmt::format("p:{}{}", kind, who); };
  auto person_of = [&](StoreTransaction& reading, int who) {
    Workspace people(reading.people(), keys, built_in_evidence());
    const Identifier identifier{IdentifierKind::police_id, fmt::format("mother{}", who)};
    return people.bearers(identifier_token(keys, identifier)).at(0);
  };
  constexpr int mothers = 3;
  for (int who = 0; who < mothers; ++who)
    process.hear({child_of(word("child", who), word("mother", who))});
  for (int step = 1; step <= 14; ++step) {
    const int who = any(chance, mothers), what = any(chance, 5);
    if (what < 3) {
      auto fact = death_of(word("child", who), what == 0 ? Op::retract : Op::assert_).fact;
      fact.version = std::to_string(step);
      fact.on = PartialDate::parse(fmt::format("2026-{:02}-01", 1 + any(chance, 9)));
      process.hear({Statement(fact, "police", step, 1000 + step)});
    } else {
      auto reading = store->begin(Store::For::reading);
      const bool open = !reading->leads().open_of(person_of(*reading, who)).empty();
      reading.reset();
      const auto verdict = what == 3 ? LeadState::confirmed : LeadState::dismissed;
      if (open) process.decide(word("mother", who).substr(2), verdict);
    }
    if (!mergers) continue;
    const int one = any(merging, mothers), two = (one + 1) % mothers;
    for (auto op : {Op::assert_, Op::retract}) {
      auto merge = one_and_two_are_one(op).fact;
      merge.people = {mention(person, {word("mother", one), word("mother", two)})};
      merge.key = fmt::format("merge {}", step);
      process.hear({Statement(merge, "clinic", step, 2000 + 2 * step + (op == Op::retract))});
    }
  }
  std::string text;
  auto reading = store->begin(Store::For::reading);
  for (int who = 0; who < mothers; ++who) {
    const auto person = person_of(*reading, who);
    for (const auto& lead : reading->leads().of(person))
      if (lead.state != LeadState::closed)
        text += fmt::format("{} {}, ", name_of(lead.state), name_of(lead.kind));
    for (const auto& row : reading->leads().decided(person)) {
      const auto decided = decided_from(keys.unseal(row.content, decided_context(person, row.benefit)));
      for (const auto& span : decided.confirmed)
        text += span.when.from.text() + " ";
      if (decided.set_aside && !decided.set_aside->empty())
        text += "set aside " + decided.set_aside->front().when.from.text();
    }
    text += "\n";
  }
  return text;
}

TEST(LeadDesk, MergersThatAreUndoneLeaveEachWithWhatIsTheirs) {
  std::set<std::string> different;
  for (std::uint32_t seed = 1; seed <= 25; ++seed) {
    const auto expected = after_a_year(seed, false);
    ASSERT_EQ(after_a_year(seed, true), expected) << "seed " << seed;
    different.insert(expected);
  }
  EXPECT_GT(different.size(), 15U) << "the histories are all alike";
}

TEST_F(SharedStore, WhoeverNothingMentionsAnyMoreKeepsTheirMarks) {
  one_.hear({child_of("p:child", "p:mother"), death_of("p:child")});
  auto mother = row_of("mother").person;
  auto elsewhere = child_of("p:child", "p:stepmother");  // the same birth, told of another mother
  elsewhere.fact.version = "2", elsewhere.fact.key = "p:child";
  other_.hear({Statement(elsewhere.fact, "police", 0, 0)});
  auto rows = store_->begin(Store::For::reading)->people().dossiers({&mother, 1});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].marks.leads);
}

/// What is told of families in a year: births, marriages, deaths and their reversals, grades, moves,
/// insurance lines. A source tells versions of one key mostly in order, from `first` on; else in any.
std::vector<Statement> year_of(int families, int events, std::mt19937& chance, bool in_order = false,
                               int first = 0) {
  std::vector<Statement> said;
  auto any = [&](int below) { return std::uniform_int_distribution<int>(0, below - 1)(chance); };
  for (int i = 0; i < events; ++i) {
    const int family = any(families);
    const auto who = [&](std::string_view kind) { return fmt::format("p:{}{}", kind, family); };
    const auto husband_id = who("h"), wife_id = who("w"), child = fmt::format("p:c{}.{}", family, any(2));
    const auto key = fmt::format("{}.{}", family, any(3)),
               version = in_order ? fmt::format("{:06}", first + i) : std::to_string(any(5));
    const auto on = fmt::format("20{:02}-0{}-1{}", 10 + any(16), 1 + any(9), any(10));
    const auto op = any(6) == 0 ? Op::retract : Op::assert_;
    auto parent = [&](Role role, std::string_view id) {
      auto one = mention(role, {id});
      one.sex = role == mother ? Sex::female : Sex::male,
      one.born = PartialDate::parse(role == mother ? "1972-03-04" : "1970-02-01");
      return one;
    };
    switch (any(8)) {
      case 0:
      case 1:
        said.push_back(say("police", birth, child, version, "2001-05-21",
                           {mention(person, {child}), parent(mother, wife_id), parent(father, husband_id)},
                           op));
        break;
      case 2:
        said.push_back(say("civil", marriage, key, version, "1999-10-01",
                           {mention(husband, {husband_id}), mention(wife, {wife_id})}, op));
        break;
      case 3:
        said.push_back(say("police", death, child, version, on, {mention(person, {child})}, op));
        break;
      case 4:
        said.push_back(say("clinic", death, key, version, on, {mention(person, {child, "c:" + child})}, op,
                           EvidenceClass::hospital));
        break;
      case 5:
        said.push_back(say("police", death, husband_id, version, on, {mention(person, {husband_id})}, op));
        break;
      case 6:
        said.push_back(
            say("insurer", insurance, key, version, on, {mention(person, {wife_id, "i:" + wife_id})}, op));
        break;
      default:
        said.push_back(say("civil", divorce, key, version, on,
                           {mention(husband, {husband_id}), mention(wife, {wife_id})}, op));
        break;
    }
  }
  return said;
}

TEST(Prefetch, ATypicalBatchAsksAHandfulOfQuestions) {
  TemporaryFolder folder;
  auto keys = Keyring::from_passphrase("test");
  auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
  Process process(*store, keys);
  std::mt19937 chance(7);
  process.hear(year_of(2000, 6000, chance, true));
  auto batch = year_of(2000, 3000, chance, true, 6000);
  int questions = 0;
  std::string which;
  for (const auto& [name, count] : process.hear(batch))
    questions += count, which += fmt::format(" {}={}", name, count);
  EXPECT_LE(questions, 40)
      << which;  // 1.3 in a hundred events; one by one it is more than three for each event
}

TEST(LeadDesk, TheTableOfCasesIsAtAllTimesWhatTheDossiersComeTo) {
  std::set<std::pair<CaseKind, CaseState>> met;
  int merged_away = 0;
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    TemporaryFolder folder;
    const auto keys = Keyring::from_passphrase("test");
    auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
    Process process(*store, keys);
    std::mt19937 chance(seed);
    for (int batch = 0; batch < 8; ++batch) {
      process.hear(year_of(5, 12, chance), batch % 2 == 0 ? Process::Foresee::yes : Process::Foresee::no);
      // Two wives are told to be one, or no longer; somebody decides what is open.
      auto merge = one_and_two_are_one(chance() % 3 == 0 ? Op::retract : Op::assert_).fact;
      const auto first = chance() % 5;
      merge.people = {mention(person, {fmt::format("p:w{}", first), fmt::format("p:w{}", (first + 1) % 5)})};
      merge.key = fmt::format("merge {}", first), merge.version = std::to_string(batch);
      const auto people_before = store->begin(Store::For::reading)->people().size().people;
      process.hear({Statement(merge, "clinic", batch, 5000 + batch)});
      merged_away += store->begin(Store::For::reading)->people().size().people < people_before;
      for (int family = 0; family < 5; ++family) {
        auto reading = store->begin(Store::For::reading);
        Workspace people(reading->people(), keys, built_in_evidence());
        const auto wife = fmt::format("w{}", family);
        const auto bearers = people.bearers(identifier_token(keys, {IdentifierKind::police_id, wife}));
        const bool decides = bearers.size() == 1 && reading->leads().open_of(bearers.front()).size() == 1;
        reading.reset();
        if (decides && chance() % 2 == 0)
          process.decide(wife, chance() % 3 == 0 ? LeadState::dismissed : LeadState::confirmed);
      }
      auto reading = store->begin(Store::For::reading);
      const auto kept = kept_cases(*reading, keys);
      ASSERT_EQ(kept, cases_afresh(*reading, keys)) << "seed " << seed << ", batch " << batch;
      for (const auto& line : kept)
        met.insert({std::get<1>(line), std::get<4>(line)});
    }
  }
  EXPECT_GT(merged_away, 5) << "proves too little";
  for (auto kind : {CaseKind::right, CaseKind::decided, CaseKind::condition})
    EXPECT_TRUE(met.contains({kind, CaseState::now})) << static_cast<int>(kind);
  EXPECT_TRUE(met.contains({CaseKind::condition, CaseState::over}))
      << "a death that was taken back, a second child";
}

TEST_F(SharedStore, ASpecialFamilyWithoutTheAgeStandsInTheTableOfCases) {
  auto young = say("police", birth, "c", "1", "2001-05-21",
                   {mention(person, {"p:child"}), woman({"p:mother"}, "1990-03-04")});
  one_.hear({young, death_of("p:child")});
  const auto mother = row_of("mother").person.value;
  const auto lines = kept_cases(*store_->begin(Store::For::reading), keys_);
  const auto line_of = [&](CaseKind kind, const char* what) {
    for (const auto& line : lines)
      if (std::get<0>(line) == mother && std::get<1>(line) == kind && std::get<2>(line) == what)
        return fmt::format("{} {} {}", static_cast<int>(std::get<4>(line)), std::get<5>(line),
                           std::get<6>(line));
    return std::string("none");
  };
  EXPECT_EQ(line_of(CaseKind::condition, "national-special-assistance/special-family"),
            "0 2026-11-18..10000-01-01 0");
  EXPECT_EQ(line_of(CaseKind::condition, "national-special-assistance/bereaved"),
            "0 2026-11-18..10000-01-01 0");
  EXPECT_EQ(line_of(CaseKind::right, "national-special-assistance/death").substr(0, 12), "2 2039-03-04");
  EXPECT_TRUE(row_of("mother").marks.cases);
  EXPECT_EQ(leads(), "") << "no right is due yet";
  other_.hear({death_of("p:child", Op::retract)});
  EXPECT_TRUE(kept_cases(*store_->begin(Store::For::reading), keys_).empty());
  EXPECT_FALSE(row_of("mother").marks.cases);
}

TEST(Prefetch, ForeseeingChangesNothingOfWhatComesOut) {
  for (std::uint32_t seed = 1; seed <= 25; ++seed) {
    auto keys = Keyring::from_passphrase("test");
    std::string record[2], leads[2];
    for (auto foresee : {Process::Foresee::no, Process::Foresee::yes}) {
      std::mt19937 chance(seed);
      TemporaryFolder folder;
      auto store = SqliteStore::open(folder.path / "kinhub.db", keys);
      Process process(*store, keys);
      for (int batch = 0; batch < 4; ++batch)
        process.hear(year_of(6, 30, chance), foresee);
      auto reading = store->begin(Store::For::reading);
      auto which = static_cast<std::size_t>(foresee);
      record[which] = record_text(*reading, keys);
      for (const auto& lead : all_leads(reading->leads(), std::nullopt))
        leads[which] += fmt::format("{} {} {} {} {} {}\n", lead.id.value, lead.person.value, lead.benefit,
                                    name_of(lead.kind), name_of(lead.state), lead.revision);
      for (const auto& notice : reading->notices().page(0, 10000))
        leads[which] += std::to_string(notice.sequence) + " ";
      for (auto person : all_due(reading->people(), Date::forever()))
        leads[which] += fmt::format("due {} ", person.value);
    }
    ASSERT_EQ(record[0], record[1]) << "seed " << seed;
    ASSERT_EQ(leads[0], leads[1]) << "seed " << seed;
    EXPECT_NE(leads[0], "") << "seed " << seed;
  }
}

}  // namespace
}  // namespace kinhub::test
