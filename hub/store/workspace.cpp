#include "hub/store/workspace.hpp"

#include <algorithm>
#include <cassert>
#include <set>
#include <sstream>
#include <utility>

namespace kinhub {
namespace {

template <class T>
void sort_unique(std::vector<T>& all) {
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
}

void insert_sorted(std::vector<PersonId>& people, PersonId person) {
  auto at = std::lower_bound(people.begin(), people.end(), person);
  if (at == people.end() || *at != person) people.insert(at, person);
}

bool includes_all(const Mention& newer, const Mention& older) {
  auto has = [&](const Identifier& identifier) {
    return std::find(newer.identifiers.begin(), newer.identifiers.end(), identifier) !=
               newer.identifiers.end() ||
           std::find(newer.former.begin(), newer.former.end(), identifier) != newer.former.end();
  };
  return std::all_of(older.identifiers.begin(), older.identifiers.end(), has) &&
         std::all_of(older.former.begin(), older.former.end(), has);
}

/// Precondition of the fast path: whether the mention can only add to what is said of someone, never tell
/// them apart or bind what nothing binds now. Each identifier that is known is borne by a version that binds;
/// it brings no second police id and no other number. `borne` says of each identifier, current ones before
/// former ones, whether anybody bears it.
bool grows_only(const Dossier& dossier, const Mention& mention, const std::vector<bool>& borne) {
  std::vector<const Identifier*> identifiers;
  for (const auto* list : {&mention.identifiers, &mention.former})
    for (const auto& identifier : *list)
      identifiers.push_back(&identifier);
  std::vector<bool> current(identifiers.size());
  const std::string* police = nullptr;
  bool other_number = false;
  for (const auto& identifier : mention.identifiers)
    if (identifier.kind == IdentifierKind::police_id) police = &identifier.value;
  for (const auto& entry : dossier.entries) {
    const auto* counts = entry.history.current(known_now);
    for (auto own : entry.own) {
      const auto& version = entry.history.versions[own.version];
      const auto& known = version.fact.people[own.mention];
      bool now = &version == counts && joins_people(version.fact);
      for (const auto* list : {&known.identifiers, &known.former})
        for (const auto& identifier : *list) {
          for (std::size_t i = 0; i < identifiers.size(); ++i)
            if (now && *identifiers[i] == identifier) current[i] = true;
          other_number |= identifier.kind == IdentifierKind::citizen_number;
        }
      for (const auto& identifier : known.identifiers) {
        if (identifier.kind != IdentifierKind::police_id) continue;
        if (police && *police != identifier.value) return false;
        police = &identifier.value;
      }
    }
  }
  for (std::size_t i = 0; i < identifiers.size(); ++i) {
    if (borne[i] && !current[i]) return false;
    if (!borne[i] && identifiers[i]->kind == IdentifierKind::citizen_number && other_number) return false;
  }
  return true;
}

bool identified(const Mention& mention) {
  return !mention.identifiers.empty() || !mention.former.empty();
}

/// Deaths of one person that reach nobody, from scratch. Of few dossiers a word of a death holds, so few are
/// portrayed: each row of somebody who lives denies one.
std::vector<Workspace::Unnamed::Death> unnamed_deaths(const Dossier& dossier) {
  const auto tells_death = [](const Entry& entry) {
    if (entry.history.versions.begin()->fact.kind != FactKind::death) return false;
    const auto* said = entry.history.current(known_now);
    return said && asserts(said->fact.op);
  };
  if (std::none_of(dossier.entries.begin(), dossier.entries.end(), tells_death)) return {};
  std::vector<Workspace::Unnamed::Death> deaths;
  for (const auto* said : unnamed_death(portray(dossier)))
    deaths.push_back({said->source, said->event_sequence, said->fact.key});
  return deaths;
}

}  // namespace

std::string dossier_context(PersonId person) {
  return "dossier " + std::to_string(person.value);
}

Workspace::Workspace(PeopleShelf& people, const Keyring& keys, SharedEvidenceRules evidence)
    : shelf_(people), keys_(keys), evidence_(std::move(evidence)) {}

DossierUnreadable::DossierUnreadable(PersonId whose, const std::string& why)
    : std::runtime_error("the record of a person (row " + std::to_string(whose.value) +
                         " of table dossier) cannot be read: " + why +
                         "; see docs/operators.md, An unreadable record"),
      person_(whose) {}

namespace {

constexpr char unreadable_name[] = "unreadable records";
constexpr std::size_t unreadable_max = 1000;  // more is damage of the whole store

void put_unreadable(ValueShelf& values, const std::vector<PersonId>& people) {
  std::string text;
  for (auto person : people)
    text += std::to_string(person.value) + ' ';
  values.put(unreadable_name, text);
}

}  // namespace

std::vector<PersonId> unreadable_people(ValueShelf& values) {
  std::vector<PersonId> people;
  std::istringstream text(values.get(unreadable_name));
  for (PersonId person; text >> person.value;)
    people.push_back(person);
  return people;
}

void note_unreadable(ValueShelf& values, PersonId person) {
  auto people = unreadable_people(values);
  if (people.size() >= unreadable_max || std::binary_search(people.begin(), people.end(), person)) return;
  insert_sorted(people, person);
  put_unreadable(values, people);
}

void note_readable(ValueShelf& values, PersonId person) {
  auto people = unreadable_people(values);
  if (std::erase(people, person) > 0) put_unreadable(values, people);
}

void require_whole(LeadShelf& leads, PersonId person) {
  if (leads.is_damaged(person))
    throw DossierUnreadable(person, "a lead or a decision of theirs is not as the hub wrote it");
}

Workspace::Loaded& Workspace::loaded(PersonId person) {
  auto& of = row_of(person);
  if (of.unreadable) throw DossierUnreadable(person, *of.unreadable);
  return of;
}

Workspace::Loaded& Workspace::row_of(PersonId person) {
  auto& [last, before] = loaded_before_[static_cast<std::size_t>(person.value) % loaded_before_.size()];
  if (before != nullptr && last == person) return *before;
  auto [at, fresh] = loaded_.try_emplace(person);
  if (fresh) {
    at->second.dossier.person = person;
    for (const auto& row : shelf_.dossiers({&person, 1}))
      read(at->second, row);
  }
  last = person, before = &at->second;
  return at->second;
}

namespace {

constexpr char not_as_written[] = "its row is not as the hub wrote it";
constexpr char index_differs[] = "the index of entries names it for a record that it does not have";

}  // namespace

Dossier dossier_from(const DossierRow& row, const Keyring& keys, HistoriesRead& histories) try {
  if (row.damaged) throw std::runtime_error(not_as_written);
  return dossier_from(row.person, keys.unseal(row.sealed, dossier_context(row.person)), histories);
} catch (const UnknownKey&) {  // no damage: the key file is behind
  throw;
} catch (const std::runtime_error& damage) {
  throw DossierUnreadable(row.person, damage.what());
}

void Workspace::read(Loaded& of, const DossierRow& row) {
  of.marks = row.marks;
  if (row.damaged) {
    of.unreadable = not_as_written;
    return;
  }
  if (!row.sealed.empty()) try {
      of.dossier =
          dossier_from(row.person, keys_.unseal(row.sealed, dossier_context(row.person)), histories_read_);
    } catch (const UnknownKey&) {  // no damage: the key file is behind
      throw;
    } catch (const std::runtime_error& damage) {
      of.unreadable = damage.what();
      return;
    }
  if (of.marks.unnamed) of.unnamed = unnamed_deaths(of.dossier);
}

Workspace::Holding& Workspace::holding(const Token& identifier) {
  auto& [last, before] = held_before_[std::hash<Token>()(identifier) % held_before_.size()];
  if (before != nullptr && last == identifier) return *before;
  auto [at, fresh] = holdings_.try_emplace(identifier);
  if (fresh) {
    for (const auto& row : shelf_.holders({&identifier, 1}))
      insert_sorted(at->second.now, row.person);
    at->second.stored = at->second.now;
  }
  last = identifier, before = &at->second;
  return at->second;
}

PersonId Workspace::home(const std::string& source, const Token& history) {
  auto [at, fresh] = homes_.try_emplace(history);
  if (fresh)
    for (const auto& row : shelf_.homes(source, {&history, 1}))
      at->second = row.person;
  return at->second;
}

namespace {

/// Visits the current ties of a dossier: the other people of what is said now, with their role and its own.
template <class See>
void each_tie(const Dossier& dossier, See see) {
  for (const auto& entry : dossier.entries) {
    const auto* said = entry.history.current(known_now);
    const auto* own = said ? entry.mention_in(*said) : nullptr;
    if (!own || said->fact.people.size() < 2) continue;
    for (const auto& other : said->fact.people)
      if (&other != own && other.role != own->role) see(own->role, other);
  }
}

bool names_a_couple(Role role) {
  return role == Role::husband || role == Role::wife;
}
bool names_a_parent(Role role) {
  return role == Role::mother || role == Role::father;
}

}  // namespace

void Workspace::fetch_holdings(std::vector<Token> identifiers) {
  sort_unique(identifiers);
  std::erase_if(identifiers, [&](const Token& token) { return holdings_.contains(token); });
  if (identifiers.empty()) return;
  holdings_.reserve(holdings_.size() + identifiers.size());
  for (const auto& token : identifiers)
    holdings_.try_emplace(token);
  for (const auto& row : shelf_.holders(identifiers)) {
    auto& holding = holdings_.at(row.identifier);
    insert_sorted(holding.now, row.person);
    insert_sorted(holding.stored, row.person);
  }
}

void Workspace::fetch_homes(const std::string& source, std::vector<Token> histories) {
  sort_unique(histories);
  std::erase_if(histories, [&](const Token& token) { return homes_.contains(token); });
  if (histories.empty()) return;
  homes_.reserve(homes_.size() + histories.size());
  for (const auto& history : histories)
    homes_.try_emplace(history);
  for (const auto& row : shelf_.homes(source, histories))
    homes_.at(row.history) = row.person;
}

void Workspace::fetch_people(std::vector<PersonId> people) {
  sort_unique(people);
  std::erase_if(people, [&](PersonId person) { return loaded_.contains(person); });
  if (people.empty()) return;
  loaded_.reserve(loaded_.size() + people.size());
  for (auto person : people)
    loaded_[person].dossier.person = person;
  for (const auto& row : shelf_.dossiers(people))
    read(loaded_.at(row.person), row);
}

std::vector<PersonId> Workspace::prefetch(std::span<const KeyedStatement* const> statements) {
  std::map<std::string_view, std::vector<Token>> histories;  // by source
  std::vector<Token> identifiers;
  for (const auto* one : statements) {
    histories[one->statement.source].push_back(one->history);
    for (const auto& tokens : one->identifiers)
      identifiers.insert(identifiers.end(), tokens.begin(), tokens.end());
  }
  for (const auto& [source, keys] : histories)
    fetch_homes(std::string(source), keys);
  fetch_holdings(std::move(identifiers));
  std::vector<PersonId> mentioned;
  for (const auto* one : statements)
    if (auto person = homes_.at(one->history)) mentioned.push_back(person);
  const auto spoken_of_before = mentioned;  // another version may group these anew
  // Why a person is prefetched: whose rights will be looked at.
  enum Why : std::uint8_t { touched = 1, reviewed = 2, child = 4 };
  std::unordered_map<PersonId, std::uint8_t> why;
  std::vector<std::pair<PersonId, Why>> next, now;
  for (const auto* one : statements)
    for (const auto& tokens : one->identifiers)
      for (const auto& token : tokens)
        for (auto person : holdings_.at(token).now) {
          mentioned.push_back(person);
          if (traits_of(one->statement.fact.kind).moves_rights) next.emplace_back(person, touched);
        }
  fetch_people(std::move(mentioned));

  constexpr int rounds = 3;  // kin, the kin of those whose rights hang on it, other parents of children
  for (int round = 0; round < rounds && !next.empty(); ++round) {
    now.clear();
    for (auto [person, reason] : next) {
      auto& known = why[person];
      if ((known & reason) == 0) now.emplace_back(person, reason);
      known |= reason;
    }
    std::vector<std::pair<Token, Why>> kin;
    for (auto [person, reason] : now)
      each_tie(loaded_.at(person).dossier, [&, reason = reason](Role own, const Mention& other) {
        bool down = other.role == Role::person, couple = names_a_couple(other.role),
             up = names_a_parent(other.role);
        bool wanted =
            reason == touched || (reason == reviewed && (down || couple)) || (reason == child && up);
        if (!wanted || (other.identifiers.empty() && other.former.empty()) || own == other.role) return;
        const auto& first = other.identifiers.empty() ? other.former.front() : other.identifiers.front();
        kin.emplace_back(identifier_token(keys_, first), down ? child : reviewed);
      });
    std::vector<Token> tokens;
    for (const auto& [token, reason] : kin)
      tokens.push_back(token);
    if (round == 0)
      for (auto person : spoken_of_before)
        for (const auto& token : own_tokens(keys_, loaded_.at(person).dossier))
          tokens.push_back(token);
    fetch_holdings(std::move(tokens));
    next.clear();
    std::vector<PersonId> people;
    for (const auto& [token, reason] : kin)
      for (auto person : holdings_.at(token).now)
        next.emplace_back(person, reason), people.push_back(person);
    fetch_people(std::move(people));
  }
  for (auto [person, reason] : next)
    why[person] |= reason;
  std::vector<PersonId> rights;
  for (auto [person, reasons] : why)
    if (reasons & (touched | reviewed)) rights.push_back(person);
  std::sort(rights.begin(), rights.end());
  return rights;
}

void Workspace::prefetch_rights(std::vector<PersonId> people) {
  const auto down = [](Tie::Kind kind) { return kind == Tie::Kind::parent_of || kind == Tie::Kind::adopts; };
  const auto beside = [](Tie::Kind kind) {
    return kind == Tie::Kind::married || kind == Tie::Kind::divorced;
  };
  const auto up = [](Tie::Kind kind) { return kind == Tie::Kind::child_of || kind == Tie::Kind::adopted_by; };
  fetch_people(people);
  fetch_tied(people, beside);
  auto children = fetch_tied(people, down);
  fetch_tied(children, up);
}

/// Fetches those at the other end of the ties of these people; who that is, sorted.
template <class Wanted>
std::vector<PersonId> Workspace::fetch_tied(std::vector<PersonId>& people, Wanted wanted) {
  sort_unique(people);
  std::vector<Token> tokens;
  for (auto person : people) {
    if (loaded_.at(person).unreadable) continue;
    for (const auto& tie : portrait(person).ties) {
      if (!wanted(tie.kind)) continue;
      const auto& identifiers =
          tie.mention->identifiers.empty() ? tie.mention->former : tie.mention->identifiers;
      if (identifiers.empty()) continue;
      if (!tie.first_token) tie.first_token = identifier_token(keys_, identifiers.front());
      tokens.push_back(*tie.first_token);
    }
  }
  fetch_holdings(tokens);
  std::vector<PersonId> tied;
  for (const auto& token : tokens)
    for (auto person : holdings_.at(token).now)
      tied.push_back(person);
  sort_unique(tied);
  fetch_people(tied);
  return tied;
}

void Workspace::prefetch_histories(const std::string& source, const std::vector<Token>& keys) {
  fetch_homes(source, keys);
  std::vector<PersonId> people;
  for (const auto& key : keys)
    if (auto person = homes_.at(key)) people.push_back(person);
  fetch_people(std::move(people));
}

const Dossier& Workspace::dossier(PersonId person) {
  return loaded(person).dossier;
}

PersonMarks Workspace::marks(PersonId person) {
  return row_of(person).marks;
}

void Workspace::set_marks(PersonId person, PersonMarks marks) {
  if (row_of(person).marks == marks) return;
  auto& of = loaded(person);
  of.changed = true;
  of.marks = marks;
}

const std::vector<PersonId>& Workspace::holders(const Token& identifier) {
  return holding(identifier).now;
}

const Portrait& Workspace::portrait(PersonId person) {
  auto& of = loaded(person);
  if (!of.portrait) of.portrait = portray(of.dossier, known_now, *evidence_);
  return *of.portrait;
}

PersonId Workspace::whose(const Tie& tie) {
  std::vector<PersonId> candidates;
  bool first = true;
  auto token_of = [&](const Identifier& identifier) {
    if (!std::exchange(first, false)) return identifier_token(keys_, identifier);
    if (!tie.first_token) tie.first_token = identifier_token(keys_, identifier);
    return *tie.first_token;
  };
  for (const auto* identifiers : {&tie.mention->identifiers, &tie.mention->former})
    for (const auto& identifier : *identifiers) {
      const auto& people = holders(token_of(identifier));
      if (people.size() == 1) return people.front();  // not contested: this is the one
      candidates.insert(candidates.end(), people.begin(), people.end());
    }
  for (auto person : candidates) {
    const auto* entry = dossier(person).find(tie.history);
    if (entry && std::find(entry->own.begin(), entry->own.end(), tie.other) != entry->own.end())
      return person;
  }
  return {};
}

bool Workspace::ever_parent(PersonId person) {
  bool married = false;
  for (const auto& entry : dossier(person).entries)
    for (auto own : entry.own) {
      auto role = entry.history.versions[own.version].fact.people[own.mention].role;
      if (names_a_parent(role)) return true;
      married |= names_a_couple(role);
    }
  return married && !children_of(person, *this).empty();  // named without a number, and married to the other
}

const History* Workspace::history(const std::string& source, const Token& key) {
  home(source, key);
  return history_at_home(key);
}

/// Of a history whose home is known.
const History* Workspace::history_at_home(const Token& key) {
  const auto at = homes_.at(key);
  if (!at) return nullptr;
  const auto* entry = loaded(at).dossier.find(key);
  return entry ? &entry->history : nullptr;
}

void Workspace::hold(const Token& identifier, PersonId person) {
  insert_sorted(holding(identifier).now, person);
}

/// Index look-up that trusts the record more than the index: where the row of the index is gone or names
/// somebody else, the history stands with one of the people it mentions, and the row is written anew. Throws
/// DossierUnreadable when it is found nowhere: under a second key it would count twice.
PersonId Workspace::home_of(const KeyedStatement& keyed) {
  const auto at = home(keyed.statement.source, keyed.history);
  if (at && loaded(at).dossier.find(keyed.history)) return at;
  for (const auto& tokens : keyed.identifiers)
    for (const auto& token : tokens)
      for (auto person : holders(token))
        if (loaded(person).dossier.find(keyed.history)) {
          homes_[keyed.history] = person;
          histories_changed_.push_back(keyed.history);
          return person;
        }
  if (at) throw DossierUnreadable(at, index_differs);
  return {};
}

Workspace::Change Workspace::add(const KeyedStatement& keyed) {
  Change change;
  const auto& [statement, key, tokens] = keyed;
  auto at = home_of(keyed);
  History history{key, {}};
  bool unmatched_before = false;
  if (at) {
    unmatched_before = loaded(at).dossier.find(key)->history.unmatched();
    if (add_version(at, keyed, change)) {
      histories_changed_.push_back(key);
      change.unmatched = loaded(at).dossier.find(key)->history.unmatched() - unmatched_before;
      return change;
    }
    change.touched.clear();
    history = loaded(at).dossier.find(key)->history;
  }
  const auto versions = history.versions.size();
  if (!history.add(statement)) {
    change.repetition = true;
    return change;
  }
  histories_changed_.push_back(key);
  // A redelivery that arrived earlier than what it repeats only amends since when that is known.
  change.repetition = history.versions.size() == versions;
  change.unmatched = history.unmatched() - unmatched_before;
  if (!at && add_to_known(history, keyed, change)) return change;
  regroup_around(history, change);
  return change;
}

Workspace::Change Workspace::read_anew(const Token& key, std::span<const Statement> gone,
                                       std::span<const KeyedStatement* const> told, std::int64_t at_us) {
  Change change;
  change.repetition = gone.empty() && told.empty();
  if (change.repetition) return change;
  const auto at = told.empty() ? home(gone.front().source, key) : home_of(*told.front());
  if (at && !loaded(at).dossier.find(key)) throw DossierUnreadable(at, index_differs);
  assert(at || gone.empty());
  History before{key, {}};
  if (at) before = loaded(at).dossier.find(key)->history;
  auto history = before;
  for (const auto& said : gone) {
    const auto* counts = std::find_if(history.versions.begin(), history.versions.end(), [&](const auto& one) {
      return one.replaced_at_us == 0 && !log_before(one, said) && !log_before(said, one);
    });
    assert(counts != history.versions.end());
    history.versions.replace(counts, at_us);
  }
  bool news = !gone.empty();
  for (const auto* one : told)
    news |= history.add(one->statement);
  if (!news) {
    change.repetition = true;
    return change;
  }
  histories_changed_.push_back(key);
  change.unmatched = history.unmatched() - before.unmatched();
  if (!at && told.size() == 1 && add_to_known(history, *told.front(), change)) return change;
  change.touched.clear();
  if (!at || !replace_alike(before, history, change)) regroup_around(history, change);
  return change;
}

namespace {

/// Whether all that grouping asks of a statement is the same in both.
bool group_alike(const Fact& a, const Fact& b) {
  const auto alike = [](const Mention& one, const Mention& other) {
    return one.role == other.role && one.identifiers == other.identifiers && one.former == other.former &&
           one.name == other.name;
  };
  return a.kind == b.kind && a.op == b.op && a.version == b.version &&
         std::equal(a.people.begin(), a.people.end(), b.people.begin(), b.people.end(), alike);
}

std::optional<std::uint32_t> index_of_current(const History& history) {
  const auto* current = history.current(known_now);
  if (!current) return std::nullopt;
  return static_cast<std::uint32_t>(current - history.versions.begin());
}

/// Where each version of a history stands in a later state of it, and of each new one which it is like.
struct Succession {
  std::vector<std::uint32_t> went;                              ///< by index before
  std::vector<std::pair<std::uint32_t, std::uint32_t>> alikes;  ///< index now, of a version before
};

/// Nothing where a new version is like none that it replaces.
std::optional<Succession> succession_of(const History& before, const History& now) {
  Succession found;
  std::vector<bool> was(now.versions.size());
  for (const auto& one : before.versions) {
    const auto* at = std::lower_bound(now.versions.begin(), now.versions.end(), one, log_before);
    if (at == now.versions.end() || log_before(one, *at)) return std::nullopt;  // taken out
    found.went.push_back(static_cast<std::uint32_t>(at - now.versions.begin()));
    was[found.went.back()] = true;
  }
  for (std::uint32_t n = 0; n < now.versions.size(); ++n) {
    if (was[n]) continue;
    std::optional<std::uint32_t> like;
    for (std::uint32_t b = 0; b < before.versions.size() && !like; ++b)
      if (before.versions[b].replaced_at_us == 0 && now.versions[found.went[b]].replaced_at_us != 0 &&
          before.versions[b].event_sequence == now.versions[n].event_sequence &&
          group_alike(before.versions[b].fact, now.versions[n].fact))
        like = b;
    if (!like) return std::nullopt;
    found.alikes.emplace_back(n, *like);
  }
  return found;
}

}  // namespace

/// Fast path for a reading that names the same people by the same identifiers and names, and counts where
/// the one before it did: no link can change.
bool Workspace::replace_alike(const History& before, const History& now, Change& change) {
  const auto succession = succession_of(before, now);
  if (!succession) return false;
  const auto counted = index_of_current(before), counts = index_of_current(now);
  if (!counted || !counts) return false;
  const bool same = succession->went[*counted] == *counts;
  const bool alike = std::find(succession->alikes.begin(), succession->alikes.end(),
                               std::pair(*counts, *counted)) != succession->alikes.end();
  if (!same && !alike) return false;
  std::set<PersonId> people;
  for (const auto& version : before.versions)
    for (const auto& mention : version.fact.people)
      for (const auto& token : tokens_of(mention))
        for (auto person : holders(token))
          if (loaded(person).dossier.find(now.key)) people.insert(person);
  for (auto person : people) {
    auto& of = loaded(person);
    auto& entry = *of.dossier.find(now.key);
    std::vector<OwnMention> own;
    for (const auto& one : entry.own) {
      own.push_back({succession->went[one.version], one.mention});
      for (const auto& [index, like] : succession->alikes)
        if (like == one.version) own.push_back({index, one.mention});
    }
    std::sort(own.begin(), own.end());
    entry = {now, std::move(own)};
    of.changed = true, of.portrait.reset();
    change.touched.push_back(person);
  }
  return true;
}

/// Fast path for a new history: every mention is one known person, perhaps with identifiers nobody bore
/// before, or wholly nobody yet.
bool Workspace::add_to_known(const History& history, const KeyedStatement& keyed, Change& change) {
  const auto& statement = keyed.statement;
  if (!joins_people(statement.fact)) return false;
  struct Placed {
    std::uint32_t mention;
    std::span<const Token> tokens;
    PersonId person;
  };
  std::vector<Placed> placed;
  for (std::uint32_t m = 0; m < statement.fact.people.size(); ++m) {
    const auto& mention = statement.fact.people[m];
    if (!identified(mention)) continue;
    Placed one{m, keyed.identifiers[m], {}};
    std::vector<bool> borne_by_any;
    for (const auto& token : one.tokens) {
      const auto& people = holders(token);
      borne_by_any.push_back(!people.empty());
      if (people.empty()) continue;
      if (people.size() > 1 || (one.person && one.person != people.front())) return false;
      one.person = people.front();
    }
    if (one.person && !grows_only(dossier(one.person), mention, borne_by_any)) return false;
    for (const auto& other : placed) {
      if (one.person && other.person == one.person) return false;
      for (const auto& token : one.tokens)
        if (std::find(other.tokens.begin(), other.tokens.end(), token) != other.tokens.end()) return false;
    }
    placed.push_back(one);
  }
  for (auto& one : placed) {
    if (!one.person) {
      one.person = shelf_.new_person();
      loaded_[one.person].dossier.person = one.person;
    }
    for (const auto& token : one.tokens)
      hold(token, one.person);
    auto& of = loaded(one.person);
    auto& entries = of.dossier.entries;
    auto where =
        std::lower_bound(entries.begin(), entries.end(), history.key,
                         [](const Entry& entry, const Token& token) { return entry.history.key < token; });
    entries.insert(where, Entry{history, {{0, one.mention}}});
    of.changed = true, of.portrait.reset();
    change.touched.push_back(one.person);
  }
  if (!placed.empty()) homes_[history.key] = placed.front().person;
  return true;
}

/// Fast path for a version that supersedes: it speaks of the same people with at least the same identifiers,
/// so no link can change.
bool Workspace::add_version(PersonId at, const KeyedStatement& keyed, Change& change) {
  const auto& statement = keyed.statement;
  const auto& tokens = keyed.identifiers;
  const auto& known = loaded(at).dossier.find(keyed.history)->history;
  const auto count = static_cast<std::uint32_t>(known.versions.size());
  const auto latest = known.latest(known_now);
  // Other readings took the place of all, or what counts stands before an absence that says nothing.
  if (!latest.current || latest.current != latest.last) return false;
  const auto& before = latest.current->fact.people;
  const auto& now = statement.fact.people;
  const bool supersedes =
      log_before(known.versions.back(), statement) &&
      compare_versions(statement.fact.version, latest.version) >= 0 &&
      std::none_of(known.versions.begin(), known.versions.end(),
                   [&](const auto& version) { return version.content == statement.content; });
  if (!supersedes || before.size() != now.size() || !joins_people(statement.fact) ||
      !joins_people(latest.current->fact))
    return false;
  std::vector<Entry*> entries(now.size());
  for (std::uint32_t m = 0; m < now.size(); ++m) {
    if (before[m].role != now[m].role || !includes_all(now[m], before[m]) ||
        identified(before[m]) != identified(now[m]))
      return false;
    PersonId person;
    for (const auto& token : tokens[m]) {
      const auto& bearers = holders(token);
      if (bearers.size() != 1 || (person && person != bearers.front())) return false;
      person = bearers.front();
    }
    if (!person) continue;
    if (!grows_only(dossier(person), now[m],
                    std::vector<bool>(now[m].identifiers.size() + now[m].former.size(), true)))
      return false;
    entries[m] = loaded(person).dossier.find(keyed.history);
    if (!entries[m]) return false;
    const auto in_this_place = std::count_if(entries[m]->own.begin(), entries[m]->own.end(),
                                             [&](OwnMention own) { return own.mention == m; });
    if (in_this_place != count) return false;  // an earlier version spoke of somebody else here
    change.touched.push_back(person);
  }
  // Whom an earlier version alone names has a copy of the history, too, which would not grow along.
  for (const auto& version : known.versions)
    for (std::size_t m = 0; m < version.fact.people.size(); ++m)
      if (identified(version.fact.people[m]) && (m >= now.size() || !entries[m])) return false;
  // All share the versions: the others let go of them first, so that they grow where they are.
  Entry* grown = nullptr;
  for (auto* entry : entries)
    if (entry && !grown)
      grown = entry;
    else if (entry && entry != grown)
      entry->history.versions = {};
  if (grown) grown->history.versions.push_back(statement);
  for (std::uint32_t m = 0, touched = 0; m < now.size(); ++m) {
    if (!entries[m]) continue;
    auto& of = loaded(change.touched[touched++]);
    if (entries[m] != grown) entries[m]->history.versions = grown->history.versions;
    entries[m]->own.push_back({count, m});
    of.changed = true, of.portrait.reset();
  }
  return true;
}

std::vector<PersonId> Workspace::bearers(const Token& identifier) {
  const auto bears = [&](const Entry& entry) {
    const auto* said = entry.history.current(known_now);
    if (!said || !joins_people(said->fact)) return false;
    return std::any_of(entry.own.begin(), entry.own.end(), [&](OwnMention own) {
      if (&entry.history.versions[own.version] != said) return false;
      const auto tokens = tokens_of(said->fact.people[own.mention]);
      return std::find(tokens.begin(), tokens.end(), identifier) != tokens.end();
    });
  };
  std::vector<PersonId> found;
  for (auto person : std::vector<PersonId>(holders(identifier))) {
    const auto& entries = dossier(person).entries;
    if (std::any_of(entries.begin(), entries.end(), bears)) found.push_back(person);
  }
  return found;
}

std::vector<PersonId> Workspace::connected(std::vector<Token> identifiers) {
  std::set<PersonId> people;
  while (!identifiers.empty()) {
    sort_unique(identifiers);
    fetch_holdings(identifiers);
    std::vector<PersonId> more;
    for (const auto& token : identifiers)
      for (auto person : holders(token))
        if (people.insert(person).second) more.push_back(person);
    fetch_people(more);
    identifiers.clear();
    for (auto person : more) {
      const auto tokens = own_tokens(keys_, dossier(person));
      identifiers.insert(identifiers.end(), tokens.begin(), tokens.end());
    }
  }
  return {people.begin(), people.end()};
}

/// Slow path: everyone who could be meant is loaded and grouped anew.
void Workspace::regroup_around(const History& history, Change& change) {
  std::vector<Token> spoken_of;
  for (const auto& version : history.versions)
    for (const auto& mention : version.fact.people) {
      auto tokens = tokens_of(mention);
      spoken_of.insert(spoken_of.end(), tokens.begin(), tokens.end());
    }
  change.regrouped = connected(std::move(spoken_of));
  std::set<PersonId> people(change.regrouped.begin(), change.regrouped.end());

  std::vector<Dossier> known;
  for (auto person : people) {
    known.push_back(std::move(loaded(person).dossier));
    for (const auto& token : own_tokens(keys_, known.back()))
      std::erase(holding(token).now, person);
  }
  auto regrouped = regroup(known, history);
  // Stale index entries: histories that a dossier has lost, perhaps the one they were found by.
  std::set<Token> homeless{history.key};
  for (const auto& before : known) {
    auto after = std::find_if(regrouped.dossiers.begin(), regrouped.dossiers.end(),
                              [&](const Dossier& dossier) { return dossier.person == before.person; });
    for (const auto& entry : before.entries)
      if (after == regrouped.dossiers.end() || !after->find(entry.history.key)) {
        homeless.insert(entry.history.key);
        home(entry.history.versions.begin()->source, entry.history.key);
      }
  }
  // The index may not have met them yet.
  histories_changed_.insert(histories_changed_.end(), homeless.begin(), homeless.end());
  for (auto& dossier : regrouped.dossiers) {
    if (!dossier.person) dossier.person = shelf_.new_person();
    people.erase(dossier.person);
    for (const auto& token : own_tokens(keys_, dossier))
      hold(token, dossier.person);
    for (const auto& entry : dossier.entries)
      if (homeless.contains(entry.history.key)) homes_[entry.history.key] = dossier.person;
    change.touched.push_back(dossier.person);
  }
  for (const auto& gone : regrouped.dissolved) {
    change.merged.push_back({gone.person, regrouped.dossiers[gone.into].person});
    people.insert(gone.person);
  }
  for (auto& dossier : regrouped.dossiers) {
    auto& of = loaded(dossier.person);
    of.dossier = std::move(dossier);
    of.changed = true, of.portrait.reset();
  }
  for (auto gone : people) {  // nothing is left that mentions them
    auto& of = loaded(gone);
    of.dossier.entries.clear();
    of.changed = true, of.portrait.reset();
  }
}

void Workspace::turn_page() {
  save();
  loaded_before_ = {};
  held_before_ = {};
  loaded_.clear();
  holdings_.clear();
  homes_.clear();
  histories_read_.clear();
}

/// Counts the deaths of a changed dossier that reach nobody against those the store has counted of it. The
/// mark says whether it has: a store of before counted none.
void Workspace::count_unnamed(Loaded& of) {
  auto now = unnamed_deaths(of.dossier);
  for (const auto& death : of.unnamed)
    unnamed_.change[death.source] -= 1;
  for (const auto& death : now) {
    unnamed_.change[death.source] += 1;
    const bool counted = std::any_of(of.unnamed.begin(), of.unnamed.end(), [&](const auto& before) {
      return before.source == death.source && before.key == death.key;
    });
    if (!counted) unnamed_.news.push_back(death);
  }
  of.unnamed = std::move(now);
  of.marks.unnamed = !of.unnamed.empty();
}

KeyedDigest entry_digest(const Keyring& keys) {
  return KeyedDigest(keys.token("entry digest", ""));
}

EntryRow entry_of(const History& history, const KeyedDigest& digest, PersonId home) {
  assert(!history.versions.empty() && home);
  EntryRow row;
  row.key = history.key, row.home = home;
  row.kind = history.versions.begin()->fact.kind;  // of one kind and source, all of them
  if (const auto* said = history.current(known_now)) {
    row.told = digest.of(said->content);
    row.asserts = kinhub::asserts(said->fact.op);
  }
  return row;
}

/// Writes the index rows of the histories that were changed.
void Workspace::save_histories() {
  if (histories_changed_.empty()) return;
  std::sort(histories_changed_.begin(), histories_changed_.end());
  const auto last = std::unique(histories_changed_.begin(), histories_changed_.end());
  histories_changed_.erase(last, histories_changed_.end());
  const auto digest = entry_digest(keys_);
  std::map<std::string_view, std::vector<EntryRow>> rows;  // by source
  for (const auto& key : histories_changed_)
    if (const auto* changed = history_at_home(key); changed && !changed->versions.empty())
      rows[changed->versions.begin()->source].push_back(entry_of(*changed, digest, homes_.at(key)));
  for (const auto& [source, of_source] : rows)
    shelf_.put_histories(std::string(source), of_source);
  histories_changed_.clear();
}

void Workspace::save() {
  std::vector<PersonId> changed;
  for (const auto& [person, of] : loaded_)
    if (of.changed) changed.push_back(person);
  std::sort(changed.begin(), changed.end());
  std::vector<DossierRow> rows;
  std::vector<PersonId> gone;
  for (auto person : changed) {
    auto& of = loaded_.at(person);
    of.changed = false;
    count_unnamed(of);
    if (of.dossier.entries.empty() && of.marks == PersonMarks{})
      gone.push_back(person);
    else
      rows.push_back({person, of.marks,
                      of.dossier.entries.empty()
                          ? std::string()
                          : keys_.seal(to_bytes(of.dossier), dossier_context(person))});
  }
  shelf_.put_dossiers(rows);
  shelf_.erase_dossiers(gone);

  std::vector<HolderRow> added, removed;
  for (auto& [token, holding] : holdings_) {
    if (holding.now == holding.stored) continue;
    for (auto person : holding.stored)
      if (!std::binary_search(holding.now.begin(), holding.now.end(), person))
        removed.push_back({token, person});
    for (auto person : holding.now)
      if (!std::binary_search(holding.stored.begin(), holding.stored.end(), person))
        added.push_back({token, person});
    holding.stored = holding.now;
  }
  std::sort(removed.begin(), removed.end());
  std::sort(added.begin(), added.end());
  shelf_.remove_holders(removed);
  shelf_.add_holders(added);

  save_histories();
}

}  // namespace kinhub
