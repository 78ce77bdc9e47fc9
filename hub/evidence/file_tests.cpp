// Runner of the tests that stand in a file of evidence rules: each is a person of whom several sources speak.

#include <fmt/format.h>

#include <algorithm>

#include "hub/evidence/evidence_file.hpp"
#include "hub/record/portrait.hpp"
#include "hub/record/standing.hpp"

namespace kinhub {
namespace {

/// The first field of a kind that is plain text, which a test's `says` sets.
std::optional<FactField> told_field(FactKind kind) {
  for (const auto& use : traits_of(kind).fields) {
    if (use.need == FieldUse::Need::absent) continue;
    const auto type = traits_of(use.field).type;
    if (type == FieldType::text || type == FieldType::code || type == FieldType::region) return use.field;
  }
  return std::nullopt;
}

/// Where the person stands in a statement of the kind.
Role own_role(FactKind kind) {
  return about(traits_of(kind));
}

Fact fact_of(const EvidenceTest& test, const EvidenceWord& word) {
  Fact fact;
  fact.evidence = word.by, fact.on = word.on;
  Mention own;
  if (const auto* told = std::get_if<PersonWord>(&test.of)) {
    fact.kind = FactKind::identity;
    switch (*told) {
      case PersonWord::name:
        own.name = word.says;
        break;
      case PersonWord::number:
        own.identifiers.push_back({IdentifierKind::citizen_number, word.says});
        break;
      case PersonWord::sex:
        own.sex = word.says == "male" ? Sex::male : word.says == "female" ? Sex::female : Sex::unknown;
        break;
      case PersonWord::born:
        own.born = PartialDate::parse(word.says);
        break;
    }
  } else {
    fact.kind = std::get<FactKind>(test.of);
    const auto& traits = traits_of(fact.kind);
    if (fact.kind == FactKind::death)
      fact.on = PartialDate::parse(word.says);
    else if (traits.tells_name)
      own.name = word.says;
    else if (const auto field = told_field(fact.kind);
             field && evidence_use(fact.kind).any() && !word.says.empty())
      set(fact, *field, word.says);
  }
  own.role = own_role(fact.kind);
  fact.people.push_back(own);
  if (fact.kind == FactKind::marriage) fact.people.push_back({.role = Role::wife});
  if (own.role == Role::person && evidence_use(fact.kind).proof && fact.kind != FactKind::residence)
    fact.people.push_back({.role = Role::mother});
  return fact;
}

void add(Dossier& dossier, Fact fact, int order) {
  fact.key = fact.version = fmt::format("{:04}", order);
  Entry entry;
  entry.history.key = Token::from(fmt::format("{:016}", order));
  Statement said(std::move(fact), fmt::format("{}-{}", name_of(fact.evidence), order), order, order);
  entry.history.add(said);
  entry.own.push_back({0, 0});
  dossier.entries.push_back(std::move(entry));
}

std::string_view sex_text(Sex sex) {
  return sex == Sex::male ? "male" : sex == Sex::female ? "female" : "unknown";
}

/// What becomes of the words: the value that counts, as `expect` writes it.
std::string outcome(const EvidenceTest& test, const Dossier& dossier, const Portrait& portrait,
                    const EvidenceRules& rules) {
  if (const auto* told = std::get_if<PersonWord>(&test.of)) {
    switch (*told) {
      case PersonWord::name:
        return portrait.name;
      case PersonWord::number:
        return portrait.citizen_number;
      case PersonWord::sex:
        return std::string(sex_text(portrait.sex));
      case PersonWord::born:
        return portrait.born ? portrait.born->text() : "nothing";
    }
  }
  const auto kind = std::get<FactKind>(test.of);
  if (kind == FactKind::death) return portrait.death ? portrait.death->on.text() : "nothing";
  if (kind == FactKind::residence)
    return portrait.residence.empty() ? "nothing" : portrait.residence.back().region;
  if (evidence_use(kind).proof)
    return std::any_of(portrait.ties.begin(), portrait.ties.end(),
                       [](const Tie& tie) { return !tie.doubted; })
               ? "sure"
               : "possible";
  std::string now = "nothing";
  for (const auto& one : standing_of(kind, dossier, known_now, rules)) {
    if (one.when.until != Date::forever()) continue;
    const auto values = values_of(one.said->fact, *one.own);
    if (!values.empty()) now = values.front().text;
  }
  return now;
}

}  // namespace

std::vector<Error> run_evidence_tests(const EvidenceFile& file) {
  std::vector<Error> failed;
  for (const auto& test : file.tests) {
    Dossier dossier;
    dossier.person = PersonId{1};
    int order = 0;
    for (const auto& word : test.words)
      add(dossier, fact_of(test, word), ++order);
    if (test.seen_alive) {
      Fact alive;
      alive.kind = FactKind::alive, alive.on = test.seen_alive, alive.evidence = EvidenceClass::care_desk;
      alive.people.push_back({.role = Role::person});
      add(dossier, std::move(alive), ++order);
    }
    const auto portrait = portray(dossier, known_now, file.rules);
    const auto refuse = [&](std::string what) {
      failed.push_back({"EVIDENCE_TEST", fmt::format("test '{}': {}", test.name, what), test.place});
    };
    if (const auto found = outcome(test, dossier, portrait, file.rules); found != test.expect)
      refuse(fmt::format("expected {}, found {}", test.expect, found));
    const bool disputed = portrait.death && portrait.death->disputed;
    if (disputed != test.disputed)
      refuse(disputed ? fmt::format("the death is disputed: {}", portrait.death->dispute)
                      : "the death is not disputed");
  }
  return failed;
}

}  // namespace kinhub
