#include "hub/store/past_record.hpp"

#include <algorithm>

namespace kinhub {
namespace {

/// A number that no store gives, in the range that references have: from the first mention of the person.
PersonId number_of_nobody(const Dossier& dossier) {
  const auto& entry = dossier.entries.front();
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < 8; ++i)
    bits = bits << 8 | entry.history.key.bytes[i];
  const auto own = entry.own.front();
  const auto& said = entry.history.versions[own.version];
  bits = (bits * 31 + static_cast<std::uint64_t>(said.event_sequence)) * 31 + said.fact_index;
  bits = bits * 31 + own.mention;
  constexpr auto half = std::uint64_t{1} << 39;
  return {static_cast<std::int64_t>(half | (bits & (half - 1)))};
}

}  // namespace

PastRecord::PastRecord(Workspace& now, const Keyring& keys, std::int64_t known_at_us)
    : now_(now), keys_(keys), known_at_us_(known_at_us) {}

void PastRecord::load(const std::vector<Token>& identifiers) {
  std::vector<Token> unknown;
  std::copy_if(identifiers.begin(), identifiers.end(), std::back_inserter(unknown),
               [&](const Token& token) { return !holders_.contains(token); });
  if (unknown.empty()) return;
  for (const auto& token : unknown)
    holders_.try_emplace(token);
  std::vector<Dossier> today;
  for (auto person : now_.connected(std::move(unknown)))
    today.push_back(now_.dossier(person));
  for (const auto& dossier : today)
    for (const auto& token : own_tokens(keys_, dossier))
      holders_.try_emplace(token);
  for (auto& dossier : regroup_as_known(today, known_at_us_))
    add(std::move(dossier));
}

void PastRecord::add(Dossier dossier) {
  if (!dossier.person) dossier.person = number_of_nobody(dossier);
  const auto person = dossier.person;
  each_own_mention(dossier, [&](const Entry& entry, OwnMention own, const Mention&) {
    owners_[{entry.history.key, own}] = person;
  });
  for (const auto& token : own_tokens(keys_, dossier)) {
    auto& people = holders_[token];
    const auto at = std::lower_bound(people.begin(), people.end(), person);
    if (at == people.end() || *at != person) people.insert(at, person);
  }
  known_[person].dossier = std::move(dossier);
}

PastRecord::Known& PastRecord::known(PersonId person) {
  if (const auto at = known_.find(person); at != known_.end()) return at->second;
  load(own_tokens(keys_, now_.dossier(person)));
  auto& found = known_[person];
  found.dossier.person = person;
  return found;
}

const Dossier& PastRecord::dossier(PersonId person) {
  return known(person).dossier;
}

const Portrait& PastRecord::portrait(PersonId person) {
  auto& one = known(person);
  if (!one.portrait) one.portrait = portray(one.dossier, known_now, evidence_rules());
  return *one.portrait;
}

PersonId PastRecord::whose(const Tie& tie) {
  load(identifier_tokens(keys_, *tie.mention));
  const auto owner = owners_.find({tie.history, tie.other});
  return owner == owners_.end() ? PersonId{} : owner->second;
}

const std::vector<PersonId>& PastRecord::holders(const Token& identifier) {
  load({identifier});
  return holders_.at(identifier);
}

}  // namespace kinhub
