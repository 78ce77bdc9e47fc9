#include "hub/record/statement.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <tuple>

#include "hub/record/fact_bytes.hpp"

namespace kinhub {

Statement::Statement(Fact said, std::string by, std::int64_t at_us, std::int64_t sequence,
                     std::uint32_t index, std::uint64_t digest)
    : fact(std::move(said)),
      source(std::move(by)),
      received_at_us(at_us),
      event_sequence(sequence),
      fact_index(index),
      event_digest(digest) {
  Packer out;
  write(out, fact);
  content = out.take();
}

int compare_versions(std::string_view a, std::string_view b) {
  const auto both = std::min(a.size(), b.size());
  return a.substr(0, both).compare(b.substr(0, both));
}

bool log_before(const Statement& a, const Statement& b) {
  return std::tie(a.event_sequence, a.fact_index, a.content, a.received_at_us) <
         std::tie(b.event_sequence, b.fact_index, b.content, b.received_at_us);
}

bool joins_people(const Fact& fact) {
  if (from_absence(fact.op)) return false;  // whom it is about, what stands beside it in its event tells
  return (fact.kind != FactKind::identity && fact.kind != FactKind::distinct) || asserts(fact.op);
}

Token statement_key(const Keyring& keys, const std::string& source, const Fact& fact) {
  std::string name;
  name.append(source).append("\n").append(name_of(fact.kind)).append("\n").append(fact.key);
  return keys.token("statement", name);
}

Token identifier_token(const Keyring& keys, const Identifier& identifier) {
  return keys.token(name_of(identifier.kind), identifier.value);
}

std::vector<Token> identifier_tokens(const Keyring& keys, const Mention& mention) {
  std::vector<Token> tokens;
  tokens.reserve(mention.identifiers.size() + mention.former.size());
  for (const auto* identifiers : {&mention.identifiers, &mention.former})
    for (const auto& identifier : *identifiers)
      tokens.push_back(identifier_token(keys, identifier));
  return tokens;
}

KeyedStatement keyed(const Keyring& keys, Statement statement, std::span<const KeyedStatement> beside) {
  KeyedStatement result{std::move(statement), {}, {}};
  result.history = statement_key(keys, result.statement.source, result.statement.fact);
  const auto known = [&](const Mention& mention) -> const std::vector<Token>* {
    for (const auto& other : beside)
      for (std::size_t i = 0; i < other.identifiers.size(); ++i)
        if (const auto& same = other.statement.fact.people[i];
            same.identifiers == mention.identifiers && same.former == mention.former)
          return &other.identifiers[i];
    return nullptr;
  };
  for (const auto& mention : result.statement.fact.people) {
    const auto* tokens = known(mention);
    result.identifiers.push_back(tokens ? *tokens : identifier_tokens(keys, mention));
  }
  return result;
}

namespace {

/// What is known then by version, of equal ones in log order, told again once. The last is that of the fold.
std::vector<const Statement*> by_version(const Statement* first, const Statement* end,
                                         std::int64_t known_at_us) {
  std::vector<const Statement*> all;
  std::string_view latest;  // as the fold has it
  for (const auto* next = first; next != end; ++next) {
    if (!known_then(*next, known_at_us)) continue;
    const std::string_view version = next->fact.version;
    const auto order = all.empty() ? 1 : compare_versions(version, latest);
    auto at = all.end();
    if (order >= 0) {
      if (order > 0 || version.size() > latest.size()) latest = version;
      if (!all.empty() && next->content == all.back()->content) continue;  // told again
    } else {
      do
        --at;
      while (at != all.begin() && compare_versions(version, (*std::prev(at))->fact.version) < 0);
    }
    all.insert(at, next);
  }
  return all;
}

/// Takes out the absences that say nothing: nothing asserts what is no longer told.
void drop_idle_absences(std::vector<const Statement*>& all) {
  const Statement* before = nullptr;
  std::erase_if(all, [&](const Statement* one) {
    const bool idle = from_absence(one->fact.op) && (!before || !asserts(before->fact.op));
    if (!idle) before = one;
    return idle;
  });
}

/// The fold of `latest`, over the first of them only.
History::Latest latest_of(const Statement* first, const Statement* end, std::int64_t known_at_us) {
  History::Latest latest;
  for (const auto* next = first; next != end; ++next) {
    if (!known_then(*next, known_at_us)) continue;
    const std::string_view version = next->fact.version;
    if (!latest.last) {
      latest = {nullptr, next, version};
      continue;
    }
    const auto order = compare_versions(version, latest.version);
    if (order < 0) continue;
    if (order > 0 || version.size() > latest.version.size()) latest.version = version;
    if (next->content != latest.last->content) latest.last = next;  // else told again: known since then
  }
  latest.current = latest.last;
  if (!latest.last || !from_absence(latest.last->fact.op)) return latest;  // nearly always
  auto all = by_version(first, end, known_at_us);
  assert(all.back() == latest.last);
  drop_idle_absences(all);
  latest.current = all.empty() ? nullptr : all.back();
  return latest;
}

/// Whether one of them is the other's bytes once more, from another place in the log. REQUIRES: equal
/// content.
bool is_redelivery(const Statement& a, const Statement& b) {
  const bool same_bytes = a.event_digest == b.event_digest || a.event_digest == 0 || b.event_digest == 0;
  return same_bytes && (a.event_sequence != b.event_sequence || a.fact_index == b.fact_index);
}

bool earlier_place(const Statement& a, const Statement& b) {
  return std::tie(a.event_sequence, a.fact_index) < std::tie(b.event_sequence, b.fact_index);
}

constexpr auto all_arrived = std::numeric_limits<std::int64_t>::max();

}  // namespace

Versions::Versions(std::vector<Statement> all) : kept_(std::make_shared<Kept>()) {
  kept_->all = std::move(all);
  kept_->latest = latest_of(begin(), end(), all_arrived);
}

/// Changes them in storage of its own.
template <class Change>
void Versions::change(Change change) {
  if (!kept_)
    kept_ = std::make_shared<Kept>();
  else if (kept_.use_count() > 1)
    kept_ = std::make_shared<Kept>(Kept{kept_->all, {}});
  change(kept_->all);
  kept_->latest = latest_of(begin(), end(), all_arrived);
}

void Versions::insert(const Statement* before, const Statement& statement) {
  assert(begin() <= before && before <= end());
  const auto at = before - begin();
  change([&](auto& all) { all.insert(all.begin() + at, statement); });
}

void Versions::erase(const Statement* element) {
  assert(begin() <= element && element < end());
  const auto at = element - begin();
  change([&](auto& all) { all.erase(all.begin() + at); });
}

void Versions::replace(const Statement* element, std::int64_t at_us) {
  assert(begin() <= element && element < end() && element->replaced_at_us == 0 && at_us > 0);
  const auto at = static_cast<std::size_t>(element - begin());
  change([&](auto& all) { all[at].replaced_at_us = at_us; });
}

History::Latest History::latest(std::int64_t known_at_us) const {
  if (known_at_us == all_arrived) return versions.latest_now();
  return latest_of(versions.begin(), versions.end(), known_at_us);
}

std::vector<History::State> History::states_before(std::int64_t known_at_us) const {
  const auto keeps_states = [](const Statement& one) {
    return one.fact.op == Op::succeed || ends_state(one.fact.op);
  };
  const bool any = versions.size() > 1 && std::any_of(versions.begin(), versions.end(), keeps_states);
  if (!any) return {};  // nearly always
  auto all = by_version(versions.begin(), versions.end(), known_at_us);
  drop_idle_absences(all);
  const auto takes_back = [](const Statement& one) {
    return !asserts(one.fact.op) && !ends_state(one.fact.op);
  };
  std::vector<const Statement*> chain;  // those that none after it corrects or takes back
  for (const auto* next : all) {
    if (takes_back(*next))
      chain.clear();
    else if (!chain.empty() && (next->fact.op == Op::assert_ || takes_back(*chain.back())))
      chain.pop_back();
    chain.push_back(next);
  }
  assert(chain.empty() || chain.back() == current(known_at_us));
  // A state counts until the day from which a later one does, or on which it ended.
  std::vector<State> states;
  const Statement* ended_by = nullptr;
  auto until = Date::forever();
  for (std::size_t i = chain.size(); i-- > 0;) {
    const auto& fact = chain[i]->fact;
    const bool is_end = ends_state(fact.op);
    if (!asserts(fact.op) && !is_end) break;
    if (is_end && !fact.on) continue;
    const auto since = fact.on ? fact.on->first : Date::beginning();  // since when is not known
    if (since >= until) continue;
    if (is_end)
      ended_by = chain[i];
    else if (i + 1 < chain.size())
      states.push_back({chain[i], ended_by});
    until = since;
    if (!is_end) ended_by = nullptr;
  }
  std::reverse(states.begin(), states.end());
  return states;
}

History History::as_known(std::int64_t known_at_us) const {
  const auto same_then = [&](const Statement& one) {
    return one.received_at_us <= known_at_us && one.replaced_at_us == 0;
  };
  if (std::all_of(versions.begin(), versions.end(), same_then)) return *this;
  std::vector<Statement> then;
  for (const auto& one : versions)
    if (known_then(one, known_at_us)) then.emplace_back(one).replaced_at_us = 0;
  return {key, Versions(std::move(then))};
}

bool History::add(const Statement& statement) {
  assert(!statement.content.empty());
  auto insert = [&](const Statement& one) {
    versions.insert(std::upper_bound(versions.begin(), versions.end(), one, log_before), one);
    return true;
  };
  const Statement* told = nullptr;  // the same content, earlier in the log
  for (const auto& known : versions) {
    if (known.replaced_at_us != 0 || known.content != statement.content) continue;
    if (is_redelivery(known, statement)) {
      if (read_anew(known) || read_anew(statement)) {
        if (!earlier_place(statement, known)) return false;
        if (read_anew(statement))  // what counted under the later place was known by then
          versions.replace(&known, statement.received_at_us);
        else
          versions.erase(&known);
        return insert(statement);
      }
      const bool earlier = log_before(statement, known);
      if (!earlier && statement.received_at_us >= known.received_at_us) return false;
      auto earliest = earlier ? statement : known;
      earliest.received_at_us = std::min(known.received_at_us, statement.received_at_us);
      versions.erase(&known);
      return insert(earliest);
    }
    if (log_before(known, statement)) told = &known;
  }
  if (told) {
    const auto* place = std::upper_bound(versions.begin(), versions.end(), statement, log_before);
    const auto then = latest_of(versions.begin(), place, all_arrived);
    const bool changes_nothing =
        then.last->content == statement.content || compare_versions(statement.fact.version, then.version) < 0;
    if (changes_nothing) return false;
  }
  return insert(statement);
}

std::vector<const Statement*> History::of_event(std::string_view source, std::int64_t event_sequence) const {
  std::vector<const Statement*> found;
  for (const auto& one : versions)
    if (one.replaced_at_us == 0 && one.event_sequence == event_sequence && one.source == source)
      found.push_back(&one);
  return found;
}

bool History::unmatched() const {
  bool taken_back = false;
  for (const auto& version : versions) {
    if (version.replaced_at_us != 0) continue;
    if (asserts(version.fact.op)) return false;
    taken_back |= version.fact.op == Op::retract;
  }
  return taken_back;
}

}  // namespace kinhub
