// Property: the record is a function of the set of facts and their places in the log, in any order of
// application and with any redelivery.
#include <gtest/gtest.h>

#include <random>

#include "hub/record/standing.hpp"
#include "tests/unit/record/record.hpp"

namespace kinhub::test {
namespace {

/// The whole record as lines that hang on no number the record gave: people are named by what mentions them.
class Description {
 public:
  explicit Description(Record& record, std::int64_t known_at = known_now)
      : record_(record), known_at_(known_at) {
    for (const auto& dossier : record.dossiers())
      if (dossier.person) names_[dossier.person] = mentions_of(dossier);
  }

  std::string text() {
    std::set<std::string> lines;
    for (const auto& [person, name] : names_)
      lines.insert(name + "\n" + portrait_of(person) + kin(person));
    std::string text;
    for (const auto& line : lines)
      text += line + "\n";
    return text;
  }

 private:
  static std::string mentions_of(const Dossier& dossier) {
    std::set<std::string> mentions;
    for (const auto& entry : dossier.entries)
      for (auto own : entry.own) {
        const auto& said = entry.history.versions[own.version];
        mentions.insert(said.source + "/" + std::string(name_of(said.fact.kind)) + "/" + said.fact.key + "/" +
                        std::to_string(own.version) + "." + std::to_string(own.mention));
      }
    std::string text;
    for (const auto& one : mentions)
      text += one + " ";
    return text;
  }
  static std::string day(const std::optional<PartialDate>& date) { return date ? date->text() : "?"; }
  static std::string sorted(std::vector<std::string> lines) {
    std::sort(lines.begin(), lines.end());
    std::string text;
    for (const auto& line : lines)
      text += "  " + line + "\n";
    return text;
  }

  std::string portrait_of(PersonId person) {
    const auto& one = record_.portrait(person);
    Lines lines = {"name " + one.name + " number " + one.citizen_number + " sex " +
                   std::to_string(static_cast<int>(one.sex)) + " born " + day(one.born) + " by " +
                   dated(one.birth_evidence) + (one.registered ? " registered" : "")};
    for (const auto& number : one.former_numbers)
      lines.push_back("former " + number);
    if (one.death)
      lines.push_back("died " + one.death->on.text() + " " + one.death->dispute + " by " +
                      dated(one.death->evidence) + " withdrawn " + dated(one.death->withdrawn));
    lines.push_back("death taken back " + dated(one.death_taken_back));
    for (const auto& grade : one.disability)
      lines.push_back("grade " + std::to_string(grade.grade) + " " + text_of(grade.valid) + " by " +
                      dated(grade.evidence));
    for (const auto& lived : one.residence)
      lines.push_back("lives " + lived.region + " " + text_of(lived.when) + " by " + dated(lived.evidence));
    for (const auto& insured : one.insurance)
      lines.push_back("insured " + insured.status + " by " + dated({insured.evidence}));
    lines.push_back("seen alive " + dated(one.seen_alive));
    std::set<FactKind> told;
    for (const auto& entry : record_.dossier(person).entries)
      told.insert(entry.history.versions[0].fact.kind);
    for (const auto& kind : fact_kinds()) {
      if (kind.form == KindForm::happening || !told.contains(kind.kind)) continue;
      for (const auto& stands : standing_of(kind.kind, record_.dossier(person), known_at_)) {
        auto line = std::string(kind.name) + " " + text_of(stands.when);
        for (const auto& told : values_of(stands.said->fact, *stands.own))
          line += " " + told.text;
        lines.push_back(line + " by " + dated(stands.by));
      }
    }
    for (const auto& tie : one.ties)
      lines.push_back("tie " + std::to_string(static_cast<int>(tie.kind)) + " " + day(tie.on) + " to " +
                      names_[record_.whose(tie)] + " by " + dated({tie.evidence}));
    return sorted(lines);
  }

  std::string kin(PersonId person) {
    Lines lines;
    for (const auto& child : children_of(person, record_))
      lines.push_back((child.relation == ChildRelation::born ? "born " : "adopted ") + text_of(child.when) +
                      " " + names_[child.child] + " starts " + dated(child.starts) + " ends " +
                      dated(child.ends));
    for (const auto& marriage : marriages_of(person, record_))
      lines.push_back("married " + text_of(marriage.when) + " " + names_[marriage.spouse] + " starts " +
                      dated(marriage.starts) + " ends " + dated(marriage.ends));
    const auto kin = kin_of(person, record_, {});
    const auto name_at = [&](std::int16_t index) {
      return index < 0 ? std::string("nobody") : names_[kin.people[static_cast<std::size_t>(index)]];
    };
    for (const auto& span : kin.situation.marriages)
      lines.push_back("marriage " + text_of(span.when) + " " + name_at(span.spouse) +
                      std::to_string(static_cast<int>(span.certainty)));
    for (const auto& span : kin.situation.children)
      lines.push_back("child " + text_of(span.when) + " " + name_at(span.child) + " with " +
                      name_at(span.other_parent));
    lines.push_back("withdrawn " + std::to_string(kin.withdrawn.size()));
    for (auto concerned : concerned_by(person, record_))
      lines.push_back("concerned " + names_[concerned]);
    for (auto one : couple_of(person, record_))
      lines.push_back("couple " + names_[one]);
    return sorted(lines);
  }

  Record& record_;
  std::int64_t known_at_;
  std::map<PersonId, std::string> names_;
};

/// Random facts with everything that makes order matter: versions, equal and of different precision,
/// retractions, denials, absences, corrected and shared numbers, charts and merges, numbers of fifteen
/// digits. Arrival times differ and follow no version.
class RandomFacts {
 public:
  explicit RandomFacts(std::uint32_t seed) : chance_(seed), people_(4 + any(4)) {}

  std::vector<Statement> facts() {
    std::vector<Statement> all;
    std::set<std::pair<std::string, std::string>> contents;
    for (std::int64_t instant = 1; instant <= 20; ++instant) {
      const Statement one =
          fact().known_since(1 + (instant * 7) % 23).bytes(static_cast<std::uint64_t>(instant));
      if (contents.emplace(one.source, one.content).second) all.push_back(one);
    }
    return all;
  }
  /// Read again from the log, and delivered again: the same bytes at a later place.
  std::vector<Statement> shuffled_with_copies(const std::vector<Statement>& facts) {
    auto all = facts;
    for (int copies = 6; copies > 0; --copies) {
      auto copy = one_of(facts);
      if (copies % 2 == 0) copy.event_sequence += 100, copy.received_at_us += 100;
      all.push_back(std::move(copy));
    }
    std::shuffle(all.begin(), all.end(), chance_);
    return all;
  }
  /// Some of them told again in other bytes, after all of them.
  std::vector<Statement> told_again(const std::vector<Statement>& facts) {
    auto all = facts;
    for (std::int64_t place = 50; place < 58; ++place) {
      auto again = one_of(facts);
      again.event_sequence = again.received_at_us = place;
      again.event_digest = static_cast<std::uint64_t>(place);
      all.push_back(std::move(again));
    }
    return all;
  }
  /// Other readings of the events of some: of each what is gone, and what its event tells instead. New
  /// contents, of half of them under another key.
  std::vector<std::pair<Statement, std::vector<Statement>>> readings(const std::vector<Statement>& facts) {
    std::set<std::pair<std::string, std::string>> contents;
    for (const auto& one : facts)
      contents.emplace(one.source, one.content);
    std::vector<std::pair<Statement, std::vector<Statement>>> all;
    for (const auto& gone : facts) {
      if (any(3) != 0) continue;
      auto& told = all.emplace_back(gone, std::vector<Statement>()).second;
      if (any(4) == 0) continue;  // it tells nothing now
      auto other = static_cast<Statement>(fact()).fact;
      if (any(2)) {
        other = gone.fact;
        other.on =
            PartialDate::parse("20" + std::to_string(10 + any(15)) + "-0" + std::to_string(1 + any(9)));
      }
      Statement one(std::move(other), gone.source, gone.received_at_us, gone.event_sequence, gone.fact_index,
                    gone.event_digest);
      if (contents.emplace(one.source, one.content).second) told.push_back(std::move(one));
    }
    return all;
  }
  template <class T>
  void shuffle(std::vector<T>& all) {
    std::shuffle(all.begin(), all.end(), chance_);
  }
  /// Shuffled, but for the order within each history.
  std::vector<Statement> shuffled_by_history(std::vector<Statement> all) {
    std::shuffle(all.begin(), all.end(), chance_);
    std::map<Token, std::vector<std::size_t>> places;
    for (std::size_t i = 0; i < all.size(); ++i)
      places[statement_key(keys(), all[i].source, all[i].fact)].push_back(i);
    for (const auto& [key, of] : places) {
      std::vector<Statement> sorted;
      for (auto at : of)
        sorted.push_back(all[at]);
      std::sort(sorted.begin(), sorted.end(), log_before);
      for (std::size_t i = 0; i < of.size(); ++i)
        all[of[i]] = sorted[i];
    }
    return all;
  }

 private:
  int any(int below) { return static_cast<int>(chance_() % static_cast<std::uint32_t>(below)); }

  const Statement& one_of(const std::vector<Statement>& facts) {
    return facts[static_cast<std::size_t>(any(static_cast<int>(facts.size())))];
  }

  std::string number(int who) {
    auto text = number_of(std::to_string(19600101 + 10000 * who), who);
    if (any(4) == 0) text = text.substr(0, 6) + text.substr(8, 9);  // as before 1999
    return "n:" + text;
  }

  Said fact() {
    const int who = any(people_), other = (who + 1 + any(people_ - 1)) % people_;
    const auto key = std::to_string(any(3)), version = std::to_string(any(4));
    const auto police_id = " p:" + std::to_string(who);
    const auto name = "甲" + std::to_string(any(5) == 0 ? other : who);
    const char* agencies[] = {"police", "police", "police", "crematory", "hospital"};
    auto said = [&]() -> Said {
      switch (any(24)) {
        case 0:
          return birth("police", key).of(number(who) + police_id, name).mother(number(other));
        case 1:
          return parentage("civil", key).of(number(who)).father(number(other));
        case 2:
          return adoption(any(2) ? "civil" : "police", key).of(number(who)).mother(number(other));
        case 3:
          return adoption_dissolved("civil", key).of(number(who)).mother(number(other));
        case 4:
          return adoption_voided("civil", key).of(number(who)).mother(number(other));
        case 5:
          return marriage(any(2) ? "civil" : "police", key).couple(number(who), number(other));
        case 6:
          return any(3) ? divorce("civil", key).couple(number(who), number(other))
                        : marriage_annulled("civil", key).couple(number(who), number(other));
        case 7:
          return identity("police", key).of(number(who) + police_id + " -" + number(other), name);
        case 8:
          return identity("hospital", key).of("c:" + key + " -c:" + version);
        case 9:
          return death("hospital", key).of("c:" + version + (any(2) ? " " + number(who) : ""), name);
        case 10:
          return disability("civil", key).of(number(who)).grade(1 + any(4));
        case 11:
          return residence("police", key)
              .of(number(who) + police_id, name)
              .region(any(2) ? "322228" : "370306");
        case 17:
          return distinct("desk", key)
              .of(any(2) ? number(who) : "c:" + key, name)
              .as(Role::other, any(2) ? number(other) : "c:" + version);
        case 18:
          return identity("desk", key).of(number(who) + " c:" + version, name);
        case 12:
          return alive(any(2) ? "insurer" : "hospital", key).of(number(who), name);
        case 13:
          return said_of(FactKind::name, any(2) ? "police" : "civil", key)
              .of(number(who) + police_id, "乙" + version);
        case 14:
        case 15:
        case 16:
          return any_kind(any(3) ? "civil" : agencies[any(5)], key, number(who), name);
        default:
          return death(agencies[any(5)], key).of(number(who), name);
      }
    }();
    said.version(any(3) ? version : version + std::to_string(any(2)))
        .on("20" + std::to_string(10 + any(15)) + "-0" + std::to_string(1 + any(9)) + "-11");
    const auto kind = said.fact().kind;
    const bool timeline = traits_of(kind).form == KindForm::state && kind != FactKind::residence;
    if (timeline && any(3) == 0) said.until("2021-06-30");
    if (is_state(kind) && any(2)) any(4) ? said.succeeds() : said.ends();
    if (any(4) == 0) said.taken_back();
    if (any(12) == 0) said.denied();
    if (any(12) == 0) any(2) && is_state(kind) ? said.lapses() : said.untold();
    return said;
  }

  /// A fact of any kind without rules of its own, of a few values each.
  Said any_kind(const std::string& source, const std::string& key, const std::string& who,
                const std::string& name) {
    for (;;) {
      const auto& kind = fact_kinds()[static_cast<std::size_t>(any(static_cast<int>(fact_kinds().size())))];
      if (kind.form == KindForm::happening || kind.moves_rights) continue;
      auto said = said_of(kind.kind, source, key).as(about(kind), who, name);
      for (const auto& use : kind.fields) {
        const auto type = traits_of(use.field).type;
        if (use.need != FieldUse::Need::must || type == FieldType::date) continue;
        const auto words = use.words;
        said.with(use.field, std::string(any(2) ? words.substr(0, words.find('|'))
                                                : words.substr(words.rfind('|') + 1)) +
                                 (words.empty() ? std::to_string(any(2)) : ""));
      }
      return said;
    }
  }

  std::mt19937 chance_;
  int people_;
};

#if defined(__SANITIZE_ADDRESS__)
constexpr std::uint32_t seeds = 300;  // seeds 1 to 300
#else
constexpr std::uint32_t seeds = 10'000;  // the whole: without sanitizers
#endif

TEST(RecordProperty, AnyOrderAndAnyRepetitionOfTheSameFactsGiveTheSameRecordAtEveryTime) {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    RandomFacts random(seed);
    const auto facts = random.facts();
    for (const std::int64_t known_at : {std::int64_t{11}, known_now}) {
      Record record(facts, known_at);
      Record again(random.shuffled_with_copies(facts), known_at);
      ASSERT_EQ(Description(again, known_at).text(), Description(record, known_at).text())
          << "seed " << seed << ", known at " << known_at;
    }
  }
}

TEST(RecordProperty, WhatIsToldAgainInOtherBytesCountsByItsPlaceInTheLogInAnyOrderOfTheHistories) {
  std::size_t told_again = 0;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    RandomFacts random(seed);
    auto facts = random.told_again(random.facts());
    for (const std::int64_t known_at : {std::int64_t{52}, known_now}) {
      std::sort(facts.begin(), facts.end(), log_before);
      Record record(facts, known_at);
      for (const auto& dossier : record.dossiers())
        for (const auto& entry : dossier.entries)
          for (const auto& version : entry.history.versions)
            told_again += version.event_sequence >= 50;
      Record again(random.shuffled_by_history(facts), known_at);
      ASSERT_EQ(Description(again, known_at).text(), Description(record, known_at).text())
          << "seed " << seed << ", known at " << known_at;
    }
  }
  EXPECT_GT(told_again, seeds / 10) << "some came after something else of an equal version";
}

TEST(RecordProperty, AskingAsOfATimeEqualsReplayingWhatHadArrivedByThenGroupingIncluded) {
  std::size_t regrouped = 0;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    RandomFacts random(seed);
    const bool told_again = seed % 3 == 0;  // these arrive in the order of the log, as all do from one source
    auto facts = random.facts();
    if (told_again) facts = random.told_again(std::move(facts));
    std::sort(facts.begin(), facts.end(), log_before);
    const Record now(facts);
    for (const std::int64_t known_at : {seed % 2 ? 4 : 8, seed % 2 ? 12 : 16, 20, 53}) {
      std::vector<Statement> arrived;
      std::copy_if(facts.begin(), facts.end(), std::back_inserter(arrived),
                   [&](const auto& one) { return one.received_at_us <= known_at; });
      Record replayed(arrived), asked = now.as_known(known_at);
      regrouped += asked.dossiers().size() != now.dossiers().size() && known_at >= 16;
      ASSERT_EQ(Description(asked).text(), Description(replayed).text())
          << "seed " << seed << ", known at " << known_at;
    }
  }
  EXPECT_GT(regrouped, seeds / 3) << "later facts made or joined people";
}

TEST(RecordProperty, WhatIsReadAnewCountsFromThenOnAndAsBeforeUntilThen) {
  constexpr std::int64_t read_at = 60;
  std::size_t replaced = 0, under_another_key = 0;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    RandomFacts random(seed);
    auto facts = random.facts();
    auto readings = random.readings(facts);
    const Record untouched(facts);
    auto record = untouched;
    for (const auto& [gone, told] : readings)
      record.read_anew(gone, told, read_at);
    // Until then: as if nothing had been read anew.
    for (const std::int64_t known_at : {std::int64_t{11}, read_at - 1}) {
      Record then = record.as_known(known_at), before = untouched.as_known(known_at);
      ASSERT_EQ(Description(then).text(), Description(before).text())
          << "seed " << seed << ", known at " << known_at;
    }
    // From then on: as if the mended mapping had read these events, and they had come then.
    auto mended = facts;
    for (const auto& [gone, told] : readings) {
      std::erase_if(
          mended, [&](const auto& one) { return one.source == gone.source && one.content == gone.content; });
      for (const auto& one : told) {
        mended.push_back(Record::anew(one, read_at));
        under_another_key +=
            statement_key(keys(), one.source, one.fact) != statement_key(keys(), gone.source, gone.fact);
      }
      ++replaced;
    }
    Record now = record.as_known(read_at), expected = Record(mended).as_known(read_at);
    ASSERT_EQ(Description(now).text(), Description(expected).text()) << "seed " << seed;
    // In any order, and with what is delivered once more afterwards.
    const auto whole = Description(record).text();
    random.shuffle(facts);
    random.shuffle(readings);
    Record again(facts);
    for (const auto& [gone, told] : readings)
      again.read_anew(gone, told, read_at);
    for (const auto& [gone, told] : readings)
      for (auto one : told) {
        one.event_sequence += 100, one.received_at_us += 100;  // read by the mended mapping
        again.add(one);
      }
    ASSERT_EQ(Description(again).text(), whole) << "seed " << seed;
  }
  EXPECT_GT(replaced, seeds * 4);
  EXPECT_GT(under_another_key, seeds);
}

TEST(RecordProperty, TakingEverythingBackLeavesNothingButTheNamesOfWhomItSpokeOf) {
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    auto facts = RandomFacts(seed).facts();
    const auto said = facts.size();
    std::int64_t place = 1000;
    for (std::size_t i = 0; i < said; ++i) {
      auto back = facts[i].fact;
      back.op = Op::retract, back.version = "9";
      ++place;
      facts.emplace_back(std::move(back), facts[i].source, place, place, 0,
                         static_cast<std::uint64_t>(place));
    }
    Record record(facts);
    for (const auto& dossier : record.dossiers()) {
      const auto& left = record.portrait(dossier.person);
      const bool nothing =
          left.birth_evidence.empty() && !left.death && left.disability.empty() && left.residence.empty() &&
          left.insurance.empty() && left.households.empty() && left.ties.empty() && left.conflicts.empty() &&
          children_of(dossier.person, record).empty() && marriages_of(dossier.person, record).empty();
      ASSERT_TRUE(nothing) << "seed " << seed << "\n" << Description(record).text();
    }
  }
}

TEST(RecordProperty, TheHistoriesHoldWhatTheyShould) {
  std::size_t seen_after = 0, standing = 0, renamed = 0;
  std::size_t deaths = 0, disputed = 0, children = 0, marriages = 0, merged = 0, taken_back = 0,
              told_no_more = 0;
  for (std::uint32_t seed = 1; seed <= seeds; ++seed) {
    Record record;
    for (const auto& fact : RandomFacts(seed).facts())
      merged += record.add(fact).size();
    for (const auto& dossier : record.dossiers()) {
      const auto& portrait = record.portrait(dossier.person);
      deaths += portrait.death.has_value();
      disputed += portrait.death && portrait.death->disputed;
      seen_after += portrait.death && portrait.death->dispute == "seen_alive_after";
      renamed += portrait.name.starts_with("乙");
      for (const auto& kind : fact_kinds())
        if (kind.form == KindForm::state && kind.kind != FactKind::residence)
          standing += standing_of(kind.kind, dossier).size();
      taken_back += !portrait.death_taken_back.empty();
      for (const auto& entry : dossier.entries) {
        const auto* current = entry.history.current(known_now);
        told_no_more += current && from_absence(current->fact.op);
      }
      children += children_of(dossier.person, record).size();
      marriages += marriages_of(dossier.person, record).size();
    }
  }
  EXPECT_GT(seen_after, seeds / 20);
  EXPECT_GT(renamed, seeds / 10);
  EXPECT_GT(standing, seeds);
  EXPECT_GT(deaths, seeds);
  EXPECT_GT(disputed, seeds / 10);
  EXPECT_GT(taken_back, seeds / 10);
  EXPECT_GT(told_no_more, seeds / 10);
  EXPECT_GT(children, seeds);
  EXPECT_GT(marriages, seeds);
  EXPECT_GT(merged, seeds / 10);
}

}  // namespace
}  // namespace kinhub::test
