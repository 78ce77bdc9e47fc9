// The lead desk: what one process did is known to the next through the store alone.
#include "hub/pipeline/lead_desk.hpp"

#include <gtest/gtest.h>

#include "tests/unit/pipeline/record_fixture.hpp"

namespace kinhub::test {
namespace {

using enum FactKind;
using enum Role;

const PolicySet& shipped() {
  static const auto set = [] {
    auto read = PolicySet::read(KINHUB_SOURCE_DIR "/mappings/policies");
    if (auto* errors = std::get_if<std::vector<Error>>(&read)) throw std::runtime_error(describe(errors->front()));
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

  /// One batch.
  void hear(const std::vector<Statement>& said) {
    auto transaction = store_.begin(Store::For::writing);
    Workspace people(*transaction, keys_);
    desk_.begin(*transaction, complete(), today);
    for (const auto& statement : said) {
      auto change = people.add(statement);
      for (auto merged : change.merged) desk_.merge(merged.from, merged.into, people, *transaction);
      desk_.review(change.touched, people, *transaction);
    }
    people.save();
    transaction->commit();
  }

 private:
  Store& store_;
  const Keyring& keys_;
  SystemClock clock_;
  LeadDesk desk_{shipped(), keys_, clock_};
};

class SharedStore : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  Keyring keys_ = Keyring::from_passphrase("test");
  std::unique_ptr<SqliteStore> store_ = SqliteStore::open(folder_.path / "kinhub.db", keys_);
  Process one_{*store_, keys_}, other_{*store_, keys_};

  std::string leads() {
    std::string text;
    auto reading = store_->begin(Store::For::reading);
    for (const auto& lead : reading->leads(std::nullopt))
      text += fmt::format("{} {} {} by {}\n", name_of(lead.state), name_of(lead.kind), lead.benefit, lead.person.value);
    return text;
  }
  DossierRow row_of(std::string_view police_id) {
    auto reading = store_->begin(Store::For::reading);
    auto token = identifier_token(keys_, {IdentifierKind::police_id, std::string(police_id)});
    auto holders = reading->holders({&token, 1});
    if (holders.size() != 1) throw std::runtime_error("not one person bears this id");
    return reading->dossiers({&holders.front().person, 1}).at(0);
  }
};

Mention woman(std::initializer_list<std::string_view> words, std::string_view born) {
  auto one = mention(mother, words);
  one.sex = Sex::female, one.born = PartialDate::parse(born);
  return one;
}
Statement child_of(std::string_view word, std::string_view mother_word) {
  return say("police", birth, std::string(word), "1", "2001-05-21", {mention(person, {word}), woman({mother_word}, "1972-03-04")});
}
Statement death_of(std::string_view word, Op op = Op::assert_) {
  return say("police", death, std::string(word), op == Op::assert_ ? "1" : "2", "2026-11-18", {mention(person, {word})}, op);
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
  auto young = say("police", birth, "c", "1", "2001-05-21", {mention(person, {"p:child"}), woman({"p:mother"}, "1980-03-04")});
  one_.hear({young, death_of("p:child")});
  EXPECT_EQ(store_->begin(Store::For::reading)->due(Date::forever()), std::vector<PersonId>{row_of("mother").person});
  EXPECT_TRUE(row_of("mother").marks.next_change);
  other_.hear({death_of("p:child", Op::retract)});
  EXPECT_TRUE(store_->begin(Store::For::reading)->due(Date::forever()).empty());
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
  EXPECT_TRUE(store_->begin(Store::For::reading)->dossiers({&before, 1}).empty()) << "nothing is left of the other";
  other_.hear({death_of("p:child", Op::retract)});
  EXPECT_EQ(leads(), fmt::format("closed new national-special-assistance/death by {}\n", after.value));
}

TEST_F(SharedStore, WhoeverNothingMentionsAnyMoreKeepsTheirMarks) {
  one_.hear({child_of("p:child", "p:mother"), death_of("p:child")});
  auto mother = row_of("mother").person;
  auto elsewhere = child_of("p:child", "p:stepmother");  // the same birth, told of another mother
  elsewhere.fact.version = "2", elsewhere.fact.key = "p:child";
  other_.hear({Statement(elsewhere.fact, "police", 0, 0)});
  auto rows = store_->begin(Store::For::reading)->dossiers({&mother, 1});
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_TRUE(rows[0].marks.leads);
}

}  // namespace
}  // namespace kinhub::test
