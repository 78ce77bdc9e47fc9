#include "hub/pipeline/identity_queue.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace kinhub {
namespace {

constexpr double parts_of_a_bit = 64;

std::string digest_of(const linkage::Comparison& found) {
  std::string text;
  for (const auto& finding : found.findings)
    text += std::string(name_of(finding.word)) + " " +
            std::to_string(std::llround(finding.bits * parts_of_a_bit)) + "\n";
  const auto digest = sha256(text);
  return {digest.begin(), digest.end()};
}

const Mention* binding_mention(const Entry& entry) {
  const auto* said = entry.history.current(known_now);
  return said && joins_people(said->fact) ? entry.mention_in(*said) : nullptr;
}

}  // namespace

PairState state_of(PairStanding standing, bool asked) {
  switch (standing) {
    case PairStanding::nobody:
    case PairStanding::one:
      return PairState::gone;
    case PairStanding::one_by_word:
      return PairState::same;
    case PairStanding::apart_by_word:
      return PairState::different;
    case PairStanding::two:
      return asked ? PairState::open : PairState::gone;
  }
  return PairState::gone;
}

IdentityPairRow settled(IdentityPairRow before, PairStanding standing,
                        const std::optional<PairQuestion>& question, std::int64_t now_us) {
  auto after = before;
  after.state = state_of(standing, question.has_value());
  // Of a pair that no longer waits the evidence stays as it was when it did.
  if (after.state == PairState::open)
    after.why = question->why, after.weight = question->weight, after.digest = question->digest;
  if (!same_row(before, after)) after.changed_at_us = now_us;
  return after;
}

bool same_row(const IdentityPairRow& a, const IdentityPairRow& b) {
  return a.id == b.id && a.a == b.a && a.b == b.b && a.state == b.state && a.why == b.why &&
         a.weight == b.weight && a.digest == b.digest;
}

std::optional<PairQuestion> question_of(const linkage::Comparison& found, std::optional<PairWhy> why) {
  if (found.verdict == linkage::Verdict::different) return std::nullopt;
  const auto now =
      found.verdict == linkage::Verdict::same ? why.value_or(PairWhy::likely) : PairWhy::doubtful;
  return PairQuestion{now, std::llround(found.score * parts_of_a_bit), digest_of(found)};
}

bool decides_identity(const Fact& fact) {
  return fact.kind == FactKind::distinct ||
         (fact.kind == FactKind::identity && fact.evidence == EvidenceClass::care_desk);
}

std::string pair_reference(const Keyring& keys, PairId id) {
  return reference_of(keys, 'I', id.value);
}

IdentityQueue::Resolved IdentityQueue::resolve(const IdentityPairRow& row) {
  Resolved found;
  const auto a = people_.bearers(row.a), b = people_.bearers(row.b);
  if (a.empty() || b.empty()) return found;
  // An anchor that several bear names the one whom the other anchor does not.
  found.a = a.front(), found.b = b.front();
  for (auto one : a)
    for (auto other : b)
      if (found.a == found.b && one != other) found.a = one, found.b = other;
  if (found.a == found.b) {
    const auto word = told_one(found.a, row.a, row.b);
    found.standing = word ? PairStanding::one_by_word : PairStanding::one;
    found.entry = word.value_or("");
    return found;
  }
  const auto word = told_apart(found.a, found.b);
  found.standing = word ? PairStanding::apart_by_word : PairStanding::two;
  found.entry = word.value_or("");
  return found;
}

/// The entry by which two are apart; empty: an agency's word. Nothing: none says so.
std::optional<std::string> IdentityQueue::told_apart(PersonId a, PersonId b) {
  for (const auto& tie : people_.portrait(a).ties)
    if (tie.kind == Tie::Kind::distinct_from && people_.whose(tie) == b)
      return by_desk(*tie.evidence) ? tie.evidence->fact.key : std::string();
  return std::nullopt;
}

/// The entry that names one person by both anchors.
std::optional<std::string> IdentityQueue::told_one(PersonId person, const Token& a, const Token& b) {
  for (const auto& entry : people_.dossier(person).entries) {
    const auto* own = binding_mention(entry);
    if (!own) continue;
    const auto* said = entry.history.current(known_now);
    if (said->fact.kind != FactKind::identity || !by_desk(*said)) continue;
    const auto tokens = identifier_tokens(keys_, *own);
    const auto has = [&](const Token& token) {
      return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
    };
    if (has(a) && has(b)) return said->fact.key;
  }
  return std::nullopt;
}

linkage::Features IdentityQueue::features(PersonId person) {
  return linkage::features_of(people_.dossier(person), people_.portrait(person), known_now);
}

linkage::Comparison IdentityQueue::compare(PersonId a, PersonId b) {
  return linkage::compare(features(a), features(b), rules_);
}

/// The weightiest first: kinds are in the order of how widely they are known.
std::vector<Identifier> IdentityQueue::current_identifiers(PersonId person) {
  std::set<Identifier> found;
  for (const auto& entry : people_.dossier(person).entries)
    if (const auto* own = binding_mention(entry))
      for (const auto* identifiers : {&own->identifiers, &own->former})
        found.insert(identifiers->begin(), identifiers->end());
  std::vector<Identifier> all(found.begin(), found.end());
  const auto& number = people_.portrait(person).citizen_number;
  std::stable_partition(all.begin(), all.end(), [&](const Identifier& one) {
    return one.kind == IdentifierKind::citizen_number && one.value == number;
  });
  return all;
}

std::optional<std::pair<Token, Token>> IdentityQueue::anchors(PersonId a, PersonId b) {
  const auto own = [&](PersonId person) -> std::optional<Token> {
    std::optional<Token> first;
    for (const auto& one : current_identifiers(person)) {
      const auto token = identifier_token(keys_, one);
      if (people_.bearers(token).size() == 1) return token;
      if (!first) first = token;
    }
    return first;
  };
  const auto one = own(a), other = own(b);
  if (!one || !other || *one == *other) return std::nullopt;
  IdentityPairRow row;
  row.a = std::min(*one, *other), row.b = std::max(*one, *other);
  const auto named = resolve(row);
  if (std::minmax(named.a, named.b) != std::minmax(a, b)) return std::nullopt;
  return std::pair(row.a, row.b);
}

std::optional<Identifier> IdentityQueue::identifier_behind(const Token& anchor, PersonId person) {
  for (const auto& one : current_identifiers(person))
    if (identifier_token(keys_, one) == anchor) return one;
  return std::nullopt;
}

IdentityPairRow IdentityQueue::settled_now(const IdentityPairRow& row, std::int64_t now_us) {
  const auto now = resolve(row);
  // What a scan closed, since other pairs ask it already or too many wait, the next scan alone opens again.
  if (row.state == PairState::gone && now.standing == PairStanding::two) return row;
  std::optional<PairQuestion> question;
  if (now.standing == PairStanding::two) {
    const auto found = compare(now.a, now.b);
    // What other pairs make of this one the next scan tells; until then it waits for what it did.
    const bool held_by_others =
        row.why == PairWhy::contradicted || row.why == PairWhy::tie || row.why == PairWhy::too_many;
    const bool goes_on = row.state == PairState::open && held_by_others;
    question = question_of(found, goes_on ? std::optional(row.why) : std::nullopt);
  }
  return settled(row, now.standing, question, now_us);
}

void IdentityQueue::settle(const std::vector<PersonId>& people, std::int64_t now_us) {
  std::set<Token> anchors;
  for (auto person : people)
    for (const auto& token : own_tokens(keys_, people_.dossier(person)))
      anchors.insert(token);
  const std::vector<Token> asked(anchors.begin(), anchors.end());
  std::vector<IdentityPairRow> changed;
  for (const auto& row : pairs_.of(asked)) {
    try {
      auto after = settled_now(row, now_us);
      if (!same_row(row, after)) changed.push_back(std::move(after));
    } catch (const DossierUnreadable&) {  // the next scan sees to it
    }
  }
  pairs_.put(changed);
}

}  // namespace kinhub
