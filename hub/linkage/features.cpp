#include "hub/linkage/features.hpp"

#include <algorithm>

#include "hub/base/name_form.hpp"
#include "hub/record/portrait.hpp"

namespace kinhub::linkage {
namespace {

template <class T>
void add(std::vector<T>& to, T value) {
  if (std::find(to.begin(), to.end(), value) == to.end()) to.push_back(std::move(value));
}

void add_identifier(Features& features, const Identifier& identifier) {
  switch (identifier.kind) {
    case IdentifierKind::citizen_number:
      add(features.numbers, identifier.value);
      return;
    case IdentifierKind::police_id:
      add(features.police_ids, identifier.value);
      return;
    case IdentifierKind::birth_certificate:
    case IdentifierKind::disability_certificate:
    case IdentifierKind::insurance_id:
    case IdentifierKind::chart:
      add(features.papers, std::string(name_of(identifier.kind)) + ":" + identifier.value);
      return;
  }
}

void add_mention(Features& features, const Mention& mention) {
  if (mention.name) add(features.names, Name(*mention.name));
  if (mention.born) add(features.born, *mention.born);
  for (const auto& identifier : mention.identifiers)
    add_identifier(features, identifier);
  for (const auto& identifier : mention.former)
    add_identifier(features, identifier);
}

Relative relative_of(const Mention& mention) {
  Relative relative;
  if (mention.name) relative.name = Name(*mention.name);
  for (const auto& identifier : mention.identifiers)
    if (identifier.kind == IdentifierKind::citizen_number) relative.number = identifier.value;
  relative.born = mention.born;
  return relative;
}

void note_alive(Features& features, const std::optional<PartialDate>& on) {
  if (on && on->precision == Precision::day)
    features.alive_on = std::max(features.alive_on.value_or(on->first), on->first);
}

void add_tie(Features& features, const Tie& tie) {
  if (tie.mention == nullptr || tie.doubted) return;
  switch (tie.kind) {
    case Tie::Kind::child_of:
    case Tie::Kind::adopted_by:
      (tie.role == Role::father ? features.fathers : features.mothers).push_back(relative_of(*tie.mention));
      return;
    case Tie::Kind::parent_of:
    case Tie::Kind::adopts:
      features.children.push_back(relative_of(*tie.mention));
      // Who bears a child lives; a father may have died before.
      if (tie.evidence != nullptr && tie.evidence->fact.kind == FactKind::birth &&
          features.sex == Sex::female)
        note_alive(features, tie.on);
      return;
    case Tie::Kind::married:
      features.spouses.push_back(relative_of(*tie.mention));
      note_alive(features, tie.on);  // who marries lives
      return;
    case Tie::Kind::divorced:
      features.spouses.push_back(relative_of(*tie.mention));
      return;
    case Tie::Kind::adoption_ended:
    case Tie::Kind::adoption_voided:
    case Tie::Kind::annulled:
    case Tie::Kind::distinct_from:
      return;
  }
}

}  // namespace

std::u32string address_form(std::string_view written) {
  return to_points(name_form(written));
}

Features features_of(const Dossier& dossier, const Portrait& portrait, std::int64_t known_at_us) {
  Features features;
  for (const auto& entry : dossier.entries) {
    const auto* current = entry.history.current(known_at_us);
    if (current == nullptr || !asserts(current->fact.op)) continue;
    if (const auto* own = entry.mention_in(*current)) add_mention(features, *own);
    if (current->fact.kind == FactKind::address)
      if (const auto written = text_of(current->fact, FactField::address))
        add(features.addresses, address_form(*written));
  }
  features.sex = portrait.sex;
  if (portrait.born) add(features.born, *portrait.born);
  if (!portrait.name.empty()) add(features.names, Name(portrait.name));
  if (portrait.death && !portrait.death->disputed) features.died = portrait.death->on;
  for (const auto* seen : portrait.seen_alive)
    note_alive(features, seen->fact.on);
  for (const auto& tie : portrait.ties)
    add_tie(features, tie);
  for (const auto& housed : portrait.households)
    if (!housed.number.empty()) add(features.households, housed.number);
  if (!portrait.residence.empty()) features.region = portrait.residence.back().region;
  return features;
}

}  // namespace kinhub::linkage
