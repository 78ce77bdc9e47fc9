#pragma once
// Builder of facts for record tests, a phrase for each fact: death("police", "J1").of(wang).on("2026-11-18").

#include <algorithm>
#include <cassert>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "hub/record/dossier.hpp"

namespace kinhub::test {

inline const Keyring& keys() {
  static const auto keyring = Keyring::from_passphrase("record test");
  return keyring;
}

/// Invented people, by their identifiers.
inline constexpr std::string_view wang = "n:322228200005210171", wang_corrected = "n:322228200005210331",
                                  mother_su = "n:322228197503120246", father_qin = "n:322228197309050133",
                                  father_lin = "n:322228197404190118", mother_he = "n:322228198506180222",
                                  baby_he = "n:322228202611150374", foster_child = "n:322228202408100208";

/// A valid citizen number of the test region: born on `born` ("20000521"), with a serial of three digits.
inline std::string number_of(std::string_view born, int serial) {
  auto text = "322228" + std::string(born) + std::to_string(1000 + serial).substr(1);
  return text + citizen_number_check(text);
}

/// "n:" citizen number in any form that an agency sends, "p:" police id, "c:" chart, "i:" insurance number,
/// "b:" birth certificate, "d:" disability certificate; "-n:" one that is held no longer.
inline Mention mention(Role role, std::string_view identifiers, std::string_view name = "") {
  Mention one;
  one.role = role;
  if (!name.empty()) one.name = std::string(name);
  std::istringstream words{std::string(identifiers)};
  for (std::string word; words >> word;) {
    const bool former = word.front() == '-';
    if (former) word.erase(0, 1);
    static constexpr std::string_view letters = "npbdic";
    const auto kind = static_cast<IdentifierKind>(letters.find(word.front()));
    auto value = word.substr(2);
    // As a mapping does it: the record is given numbers of 18 characters only.
    if (kind == IdentifierKind::citizen_number) value = CitizenNumber::read(value).value().text();
    (former ? one.former : one.identifiers).push_back({kind, value});
  }
  std::sort(one.identifiers.begin(), one.identifiers.end());
  std::sort(one.former.begin(), one.former.end());
  return one;
}

/// What is said, still being said; becomes a Statement. Each one built is known a second later than the one
/// before it, unless `known_since` says otherwise: no two have the same time by accident.
class Said {
 public:
  Said(FactKind kind, std::string source, std::string key) : source_(std::move(source)) {
    static std::int64_t second = 0;
    known_since_us_ = ++second * 1'000'000;
    fact_.kind = kind;
    fact_.key = std::move(key);
    fact_.version = "1";
    fact_.evidence = source_ == "police"      ? EvidenceClass::police_registration
                     : source_ == "civil"     ? EvidenceClass::certificate
                     : source_ == "hospital"  ? EvidenceClass::hospital
                     : source_ == "crematory" ? EvidenceClass::cremation
                                              : EvidenceClass::insurance;
  }

  Said& of(std::string_view who, std::string_view name = "") { return as(Role::person, who, name); }
  Said& mother(std::string_view who) { return as(Role::mother, who); }
  Said& father(std::string_view who) { return as(Role::father, who); }
  Said& couple(std::string_view husband, std::string_view wife) {
    return as(Role::husband, husband).as(Role::wife, wife);
  }
  Said& as(Role role, std::string_view who, std::string_view name = "") {
    fact_.people.push_back(mention(role, who, name));
    return *this;
  }
  Said& sex(Sex value) { return fact_.people.back().sex = value, *this; }
  Said& born(std::string_view day) { return fact_.people.back().born = PartialDate::parse(day), *this; }
  Said& on(std::string_view day) { return fact_.on = PartialDate::parse(day), *this; }
  Said& until(std::string_view last_day) { return fact_.until = PartialDate::parse(last_day), *this; }
  Said& version(std::string text) { return fact_.version = std::move(text), *this; }
  Said& weight(EvidenceClass evidence) { return fact_.evidence = evidence, *this; }
  Said& taken_back() { return fact_.op = Op::retract, *this; }
  Said& grade(int value) { return fact_.grade = value, *this; }
  Said& region(std::string code) { return fact_.region = std::move(code), *this; }
  Said& moved_to(std::string code) { return fact_.region_to = std::move(code), *this; }
  Said& status(std::string word) { return fact_.status = std::move(word), *this; }
  Said& with(FactField field, std::string value) { return set(fact_, field, std::move(value)), *this; }
  Said& with(FactField field, std::int64_t value) { return set(fact_, field, value), *this; }
  Said& household(std::string number, std::string relation) {
    fact_.household_number = std::move(number), fact_.relation = std::move(relation);
    return *this;
  }
  /// Instants of a test are small numbers: 1 is before 2.
  Said& known_since(std::int64_t instant_us) { return known_since_us_ = instant_us, *this; }
  /// Bytes of its event, by a number: what is told again in other bytes is no redelivery.
  Said& bytes(std::uint64_t digest) { return event_digest_ = digest, *this; }
  Said& fact_index(std::uint32_t index) { return fact_index_ = index, *this; }
  Said& denied() { return fact_.op = Op::deny, *this; }
  Said& succeeds() { return fact_.op = Op::succeed, *this; }
  Said& ends() { return fact_.op = Op::end, *this; }
  /// The record tells it no more: taken back, or of a state ended. Names whom it is about alone.
  Said& untold() { return absent(Op::untold); }
  Said& lapses() { return absent(Op::lapse); }

  const Fact& fact() const { return fact_; }
  operator Statement() const {  // NOLINT
    return {fact_, source_, known_since_us_, known_since_us_, fact_index_, event_digest_};
  }

 private:
  Said& absent(Op op) {
    fact_.op = op;
    if (fact_.people.size() > 1) fact_.people.resize(1);
    return *this;
  }

  Fact fact_;
  std::string source_;
  std::int64_t known_since_us_ = 0;
  std::uint32_t fact_index_ = 0;
  std::uint64_t event_digest_ = 0;
};

inline Said birth(std::string source, std::string key) {
  return {FactKind::birth, std::move(source), std::move(key)};
}
inline Said death(std::string source, std::string key) {
  return {FactKind::death, std::move(source), std::move(key)};
}
inline Said parentage(std::string source, std::string key) {
  return {FactKind::parentage, std::move(source), std::move(key)};
}
inline Said adoption(std::string source, std::string key) {
  return {FactKind::adoption, std::move(source), std::move(key)};
}
inline Said adoption_dissolved(std::string source, std::string key) {
  return {FactKind::adoption_dissolved, std::move(source), std::move(key)};
}
inline Said adoption_voided(std::string source, std::string key) {
  return {FactKind::adoption_voided, std::move(source), std::move(key)};
}
inline Said marriage(std::string source, std::string key) {
  return {FactKind::marriage, std::move(source), std::move(key)};
}
inline Said divorce(std::string source, std::string key) {
  return {FactKind::divorce, std::move(source), std::move(key)};
}
inline Said marriage_annulled(std::string source, std::string key) {
  return {FactKind::marriage_annulled, std::move(source), std::move(key)};
}
inline Said disability(std::string source, std::string key) {
  return {FactKind::disability, std::move(source), std::move(key)};
}
inline Said residence(std::string source, std::string key) {
  return {FactKind::residence, std::move(source), std::move(key)};
}
/// Two people, by a person's decision.
inline Said distinct(std::string source, std::string key) {
  return {FactKind::distinct, std::move(source), std::move(key)};
}
inline Said identity(std::string source, std::string key) {
  return {FactKind::identity, std::move(source), std::move(key)};
}
inline Said insurance(std::string source, std::string key) {
  return {FactKind::insurance, std::move(source), std::move(key)};
}
inline Said household(std::string source, std::string key) {
  return {FactKind::household, std::move(source), std::move(key)};
}

inline Said alive(std::string source, std::string key) {
  return {FactKind::alive, std::move(source), std::move(key)};
}
inline Said said_of(FactKind kind, std::string source, std::string key) {
  return {kind, std::move(source), std::move(key)};
}

/// A fact of the kind with a value in each of its fields: of a code with a closed list its first word.
inline Fact filled(const KindTraits& kind) {
  Fact fact;
  fact.kind = kind.kind;
  for (auto role : {Role::person, Role::mother, Role::father, Role::husband, Role::wife})
    if (kind.people.has(role))
      fact.people.push_back(
          mention(role, "c:" + std::string(name_of(role)), "王试" + std::string(name_of(role))));
  for (const auto& use : kind.fields) {
    if (use.need == FieldUse::Need::absent) continue;
    switch (traits_of(use.field).type) {
      case FieldType::date:
        set(fact, use.field, *PartialDate::parse("2020-02-29"));
        break;
      case FieldType::integer:
      case FieldType::money:
        set(fact, use.field, std::int64_t{3});
        break;
      case FieldType::region:
        set(fact, use.field, std::string("322228"));
        break;
      case FieldType::area:
        set(fact, use.field, std::string("322228001001"));
        break;
      default:
        set(fact, use.field, use.words.empty() ? "x" : std::string(use.words.substr(0, use.words.find('|'))));
    }
  }
  return fact;
}

/// The history of statements that share source, kind and key.
inline History history_of(const std::vector<Statement>& statements) {
  History history{statement_key(keys(), statements.front().source, statements.front().fact), {}};
  for (const auto& statement : statements) {
    assert(statement_key(keys(), statement.source, statement.fact) == history.key);
    history.add(statement);
  }
  return history;
}

}  // namespace kinhub::test
