#include "hub/record/identity.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <numeric>
#include <set>
#include <tuple>

#include "hub/base/name_form.hpp"

namespace kinhub {
namespace {

/// Element of the union-find: one mention of one version of one history.
struct Node {
  const History* history;
  OwnMention at;
  PersonId before;  ///< whose it was; 0: nobody's
  bool binds;       ///< of the version that counts, and that joins people

  const Statement& version() const { return history->versions[at.version]; }
  const Mention& mention() const { return version().fact.people[at.mention]; }
};

/// Union-find with path halving.
class Groups {
 public:
  std::size_t add() {
    parent_.push_back(parent_.size());
    return parent_.size() - 1;
  }
  std::size_t find(std::size_t element) {
    while (parent_[element] != element)
      element = parent_[element] = parent_[parent_[element]];
    return element;
  }
  void join(std::size_t a, std::size_t b) { parent_[find(b)] = find(a); }

 private:
  std::vector<std::size_t> parent_;
};

std::vector<Identifier> all_identifiers(const Mention& mention) {
  auto all = mention.identifiers;
  all.insert(all.end(), mention.former.begin(), mention.former.end());
  return all;
}

/// A history with the index of its version that binds; none does where a correction was taken back.
struct Binding {
  const History* history;
  std::optional<std::uint32_t> version;

  explicit Binding(const History& of) : history(&of) {
    const auto* current = of.current(known_now);
    if (current && joins_people(current->fact))
      version = static_cast<std::uint32_t>(current - of.versions.data());
  }
  Node node(OwnMention at, PersonId before) const { return {history, at, before, version == at.version}; }
};

std::optional<std::string> police_id(const Mention& mention) {
  for (const auto& identifier : mention.identifiers)
    if (identifier.kind == IdentifierKind::police_id) return identifier.value;
  return std::nullopt;
}

/// Identifier collision: two people of one citizen number, as the police tell it by different names. One
/// person may have several police ids (each province's system gives its own), but then under one name.
struct Contest {
  struct Holder {
    std::set<std::string> police_ids, names;  ///< names in their normal form
    std::set<Identifier> parents;
    std::string newest_version;
    bool holds_now = false;
  };
  std::vector<Holder> holders;

  const Holder* holder_for(const Mention& mention) const {
    std::vector<const Holder*> named, now;
    auto id = police_id(mention);
    auto name = mention.name ? std::optional(name_form(*mention.name)) : std::nullopt;
    for (const auto& holder : holders) {
      if (id && holder.police_ids.contains(*id)) return &holder;
      if (name && holder.names.contains(*name)) named.push_back(&holder);
      if (holder.holds_now) now.push_back(&holder);
    }
    if (named.size() == 1) return named.front();
    if (now.size() == 1) return now.front();
    return nullptr;
  }
};

/// Joins holders that are one person: the same police id, a name in common, or a parent in common (a change
/// of name); one without a name joins the only other.
std::vector<Contest::Holder> joined(std::vector<Contest::Holder> holders) {
  auto share = [](const auto& a, const auto& b) {
    return std::any_of(a.begin(), a.end(), [&](const auto& one) { return b.contains(one); });
  };
  auto one_person = [&](const Contest::Holder& a, const Contest::Holder& b) {
    return share(a.names, b.names) || share(a.parents, b.parents);
  };
  auto take = [&](std::size_t into, std::size_t from) {
    auto& to = holders[into];
    to.police_ids.merge(holders[from].police_ids);
    to.names.merge(holders[from].names);
    to.parents.merge(holders[from].parents);
    auto& other = holders[from];
    bool newer = std::tie(other.newest_version, other.holds_now) > std::tie(to.newest_version, to.holds_now);
    if (newer) to.newest_version = other.newest_version, to.holds_now = other.holds_now;
    holders.erase(holders.begin() + static_cast<std::ptrdiff_t>(from));
  };
  for (bool again = true; again;) {
    again = false;
    for (std::size_t i = 0; i < holders.size() && !again; ++i)
      for (std::size_t k = i + 1; k < holders.size() && !again; ++k)
        if (one_person(holders[i], holders[k])) take(i, k), again = true;
  }
  auto nameless =
      std::count_if(holders.begin(), holders.end(), [](const auto& one) { return one.names.empty(); });
  if (static_cast<std::size_t>(nameless) + 1 >= holders.size())
    while (holders.size() > 1)
      take(0, 1);
  return holders;
}

std::map<std::string, Contest> contests(const std::vector<Node>& nodes) {
  std::map<std::string, std::map<std::string, Contest::Holder>> told;  // by number, by police id
  for (const auto& node : nodes) {
    auto id = police_id(node.mention());
    if (!node.binds || !id) continue;
    auto note = [&](const Identifier& identifier, bool now) {
      if (identifier.kind != IdentifierKind::citizen_number) return;
      auto& holder = told[identifier.value][*id];
      holder.police_ids.insert(*id);
      if (node.mention().name) holder.names.insert(name_form(*node.mention().name));
      if (node.mention().role == Role::person)
        for (const auto& other : node.version().fact.people)
          if (other.role == Role::mother || other.role == Role::father)
            holder.parents.insert(other.identifiers.begin(), other.identifiers.end());
      const auto& version = node.version().fact.version;
      if (version > holder.newest_version || (version == holder.newest_version && now))
        holder.newest_version = version, holder.holds_now = now;
    };
    for (const auto& identifier : node.mention().identifiers)
      note(identifier, true);
    for (const auto& identifier : node.mention().former)
      note(identifier, false);
  }
  std::map<std::string, Contest> contests;
  for (auto& [number, by_id] : told) {
    if (by_id.size() < 2) continue;
    std::vector<Contest::Holder> holders;
    for (auto& [id, holder] : by_id)
      holders.push_back(std::move(holder));
    holders = joined(std::move(holders));
    if (holders.size() > 1) contests[number].holders = std::move(holders);
  }
  return contests;
}

/// Charts, insurance numbers and certificates that stand for people of different citizen numbers (a
/// hospital's chart 0). Numbers told of one person, by a correction or one police id, do not differ.
std::set<Identifier> shared_papers(const std::vector<Node>& nodes,
                                   const std::map<std::string, Contest>& contested) {
  Groups groups;
  std::map<Identifier, std::size_t> element;
  auto element_of = [&](const Identifier& identifier) {
    auto [at, fresh] = element.try_emplace(identifier, 0);
    if (fresh) at->second = groups.add();
    return at->second;
  };
  auto strong = [](const Identifier& identifier) {
    return identifier.kind == IdentifierKind::citizen_number || identifier.kind == IdentifierKind::police_id;
  };
  /// Of a number that several people bear, the one of them who is meant.
  auto whose = [&](const Identifier& identifier, const Mention& mention) {
    if (identifier.kind != IdentifierKind::citizen_number) return identifier;
    const auto contest = contested.find(identifier.value);
    const auto* holder = contest == contested.end() ? nullptr : contest->second.holder_for(mention);
    return holder ? Identifier{IdentifierKind::police_id, *holder->police_ids.begin()} : identifier;
  };
  std::map<Identifier, std::vector<std::size_t>> bearers;
  for (const auto& node : nodes) {
    if (!node.binds) continue;
    std::optional<std::size_t> person;
    for (const auto& identifier : all_identifiers(node.mention())) {
      if (!strong(identifier)) continue;
      auto one = element_of(whose(identifier, node.mention()));
      if (person) groups.join(*person, one);
      person = one;
    }
    for (const auto& identifier : all_identifiers(node.mention()))
      if (!strong(identifier) && person) bearers[identifier].push_back(*person);
  }
  std::set<Identifier> shared;
  for (const auto& [paper, people] : bearers)
    for (auto person : people)
      if (groups.find(person) != groups.find(people.front())) shared.insert(paper);
  return shared;
}

/// Cannot-link constraints: pairs of mentions that a statement tells apart.
std::vector<std::pair<std::size_t, std::size_t>> told_apart(const std::vector<Node>& nodes) {
  std::map<const Statement*, std::size_t> first;
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i].binds || nodes[i].version().fact.kind != FactKind::distinct) continue;
    const auto [at, fresh] = first.try_emplace(&nodes[i].version(), i);
    if (!fresh) pairs.emplace_back(at->second, i);
  }
  return pairs;
}

/// Must-link edge of a mention and an identifier. The order is that in which they bind where some are told
/// apart: first those who are, then by the weight of the identifier, then by what is said; never by arrival.
struct Bond {
  Identifier identifier;
  bool former;
  const Node* node;
  std::size_t index;

  friend bool operator<(const Bond& a, const Bond& b) {
    if (a.rank() != b.rank()) return a.rank() < b.rank();
    if (a.identifier != b.identifier) return a.identifier < b.identifier;
    const auto &one = a.node->version(), &two = b.node->version();
    return std::tie(one.source, one.fact.kind, one.fact.key, a.node->at) <
           std::tie(two.source, two.fact.kind, two.fact.key, b.node->at);
  }

 private:
  int rank() const {
    if (node->version().fact.kind == FactKind::distinct) return 0;
    constexpr int behind_all_current = 16;  // a number that was replaced may be somebody else's
    const int by_kind =
        identifier.kind == IdentifierKind::police_id ? 1 : 2 + static_cast<int>(identifier.kind);
    return by_kind + (former ? behind_all_current : 0);
  }
};

/// Groups of nodes: must-link by identifiers, cannot-link where a statement tells apart.
class Grouping {
 public:
  explicit Grouping(const std::vector<Node>& nodes)
      : nodes_(nodes), contested_(contests(nodes)), shared_(shared_papers(nodes, contested_)) {
    for (std::size_t i = 0; i < nodes.size(); ++i)
      groups_.add();
    const auto apart = told_apart(nodes);
    if (apart.empty())  // nearly always
      bind_current();
    else
      bind_current(apart);
    follow_current();
  }

  /// The group of every node.
  std::vector<std::size_t> numbers() {
    std::vector<std::size_t> number(nodes_.size());
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      number[i] = groups_.find(i);
    return number;
  }

 private:
  std::size_t element_of(const Identifier& identifier) {
    auto [at, fresh] = element_.try_emplace(identifier, 0);
    if (fresh) at->second = groups_.add();
    return at->second;
  }

  /// Visits the identifiers that bind a node, and whether each is a former one.
  template <class See>
  void each_bond(std::size_t i, See see) const {
    const auto& mention = nodes_[i].mention();
    const auto identifiers = all_identifiers(mention);
    const bool numbered =
        std::any_of(identifiers.begin(), identifiers.end(), [](const Identifier& identifier) {
          return identifier.kind == IdentifierKind::citizen_number ||
                 identifier.kind == IdentifierKind::police_id;
        });
    for (std::size_t k = 0; k < identifiers.size(); ++k) {
      const auto& identifier = identifiers[k];
      if (numbered && shared_.contains(identifier)) continue;  // the number decides
      auto contest = identifier.kind == IdentifierKind::citizen_number ? contested_.find(identifier.value)
                                                                       : contested_.end();
      const auto* holder = contest == contested_.end() ? nullptr : contest->second.holder_for(mention);
      see(holder == nullptr ? identifier : Identifier{IdentifierKind::police_id, *holder->police_ids.begin()},
          k >= mention.identifiers.size());
    }
  }
  void bind(std::size_t i) {
    each_bond(i, [&](const Identifier& identifier, bool) { groups_.join(element_of(identifier), i); });
  }
  void bind_current() {
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].binds) bind(i);
  }
  void bind_current(const std::vector<std::pair<std::size_t, std::size_t>>& apart) {
    std::vector<Bond> bonds;
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].binds)
        each_bond(i, [&](const Identifier& identifier, bool former) {
          bonds.push_back({identifier, former, &nodes_[i], i});
        });
    std::sort(bonds.begin(), bonds.end());
    for (const auto& bond : bonds) {
      const auto one = groups_.find(element_of(bond.identifier)), two = groups_.find(bond.index);
      const bool barred = std::any_of(apart.begin(), apart.end(), [&](const auto& pair) {
        const auto a = groups_.find(pair.first), b = groups_.find(pair.second);
        return (a == one && b == two) || (a == two && b == one);
      });
      if (!barred) groups_.join(one, two);
    }
  }

  /// The identifier of the group with most of a superseded node's identifiers; of equal votes the first
  /// identifier's, not the first arrival's.
  std::optional<Identifier> best_of(std::size_t i) {
    std::vector<Identifier> identifiers;
    each_bond(i, [&](const Identifier& identifier, bool) { identifiers.push_back(identifier); });
    std::sort(identifiers.begin(), identifiers.end());
    std::map<std::size_t, int> votes;
    for (const auto& identifier : identifiers)
      if (auto known = element_.find(identifier); known != element_.end())
        ++votes[groups_.find(known->second)];
    std::optional<Identifier> best;
    int most = 0;
    for (const auto& identifier : identifiers) {
      auto known = element_.find(identifier);
      if (known == element_.end() || votes[groups_.find(known->second)] <= most) continue;
      most = votes[groups_.find(known->second)], best = identifier;
    }
    return best;
  }

  /// Superseded mentions follow, they do not lead; those nobody current is like stay among themselves.
  void follow_current() {
    std::vector<std::pair<std::size_t, std::size_t>> follow;
    std::vector<std::size_t> left_over;
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      if (nodes_[i].binds) continue;
      if (const auto best = best_of(i))
        follow.emplace_back(element_.at(*best), i);
      else
        left_over.push_back(i);
    }
    for (auto [to, node] : follow)
      groups_.join(to, node);
    for (auto node : left_over)
      bind(node);
  }

  const std::vector<Node>& nodes_;
  const std::map<std::string, Contest> contested_;
  const std::set<Identifier> shared_;
  Groups groups_;
  std::map<Identifier, std::size_t> element_;
};

/// The persons that the groups make, and where most of the mentions of each earlier one went.
struct Persons {
  std::vector<Dossier> dossiers;
  std::map<PersonId, std::size_t> home;  ///< index into dossiers; of a person without a mention nothing
};

Persons persons_of(const std::vector<Node>& nodes) {
  // Which group may keep which person's number: the one with most of that person's mentions, then the first.
  const auto number = Grouping(nodes).numbers();
  std::map<std::size_t, std::vector<std::size_t>> members;
  std::map<PersonId, std::map<std::size_t, int>> went;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    members[number[i]].push_back(i);
    if (nodes[i].before) ++went[nodes[i].before][number[i]];
  }
  std::map<std::size_t, PersonId> keeps;
  std::map<PersonId, std::size_t> home;
  for (const auto& [person, groups] : went) {
    auto most = std::max_element(groups.begin(), groups.end(),
                                 [](const auto& a, const auto& b) { return a.second < b.second; });
    home[person] = most->first;
    keeps.try_emplace(most->first, person);
  }

  Persons result;
  std::map<std::size_t, std::size_t> place;
  for (const auto& [group_number, nodes_of] : members) {
    Dossier dossier;
    if (auto kept = keeps.find(group_number); kept != keeps.end()) dossier.person = kept->second;
    std::map<Token, Entry> entries;
    for (auto i : nodes_of) {
      auto& entry = entries[nodes[i].history->key];
      if (entry.own.empty()) entry.history = *nodes[i].history;
      entry.own.push_back(nodes[i].at);
    }
    for (auto& [key, entry] : entries) {
      std::sort(entry.own.begin(), entry.own.end());
      dossier.entries.push_back(std::move(entry));
    }
    place[group_number] = result.dossiers.size();
    result.dossiers.push_back(std::move(dossier));
  }
  for (const auto& [person, group_number] : home)
    result.home[person] = place.at(group_number);
  return result;
}

}  // namespace

Regrouped regroup(const std::vector<Dossier>& known, const History& changed) {
  assert(!changed.versions.empty());
  for ([[maybe_unused]] const auto& dossier : known)
    assert(dossier.person);
  std::map<Token, Binding> histories{{changed.key, Binding(changed)}};
  std::vector<Node> nodes;
  /// Of mentions of the changed history.
  std::map<std::pair<std::uint32_t, std::string>, PersonId> owner_before;
  for (const auto& dossier : known) {
    for (const auto& entry : dossier.entries) {
      if (entry.history.key == changed.key) {
        for (auto own : entry.own)
          owner_before[{own.mention, entry.history.versions[own.version].content}] = dossier.person;
        continue;
      }
      const auto& history = histories.try_emplace(entry.history.key, entry.history).first->second;
      for (auto own : entry.own)
        nodes.push_back(history.node(own, dossier.person));
    }
  }
  const auto& history = histories.at(changed.key);
  for (std::uint32_t v = 0; v < changed.versions.size(); ++v) {
    const auto& version = changed.versions[v];
    for (std::uint32_t m = 0; m < version.fact.people.size(); ++m) {
      const auto& mention = version.fact.people[m];
      if (mention.identifiers.empty() && mention.former.empty()) continue;
      auto before = owner_before.find({m, version.content});
      nodes.push_back(history.node({v, m}, before == owner_before.end() ? PersonId{} : before->second));
    }
  }

  auto persons = persons_of(nodes);
  Regrouped result;
  result.dossiers = std::move(persons.dossiers);
  for (const auto& dossier : known) {
    auto at = persons.home.find(dossier.person);
    if (at == persons.home.end())
      continue;  // had no mention but of the changed history, and those are re-made
    if (result.dossiers[at->second].person != dossier.person)
      result.dissolved.push_back({dossier.person, at->second});
  }
  return result;
}

std::vector<Dossier> regroup_as_known(const std::vector<Dossier>& known, std::int64_t known_at_us) {
  std::map<Token, History> then;
  for (const auto& dossier : known)
    for (const auto& entry : dossier.entries)
      if (!then.contains(entry.history.key))
        then.emplace(entry.history.key, entry.history.as_known(known_at_us));
  std::map<Token, Binding> histories;
  std::vector<Node> nodes;
  for (const auto& dossier : known)
    for (const auto& entry : dossier.entries) {
      const auto& history = then.at(entry.history.key);
      const auto& binding = histories.try_emplace(history.key, history).first->second;
      for (auto own : entry.own) {
        const auto& said = entry.history.versions[own.version];
        if (!known_then(said, known_at_us)) continue;
        const auto* at = std::lower_bound(history.versions.begin(), history.versions.end(), said, log_before);
        nodes.push_back(binding.node({static_cast<std::uint32_t>(at - history.versions.begin()), own.mention},
                                     dossier.person));
      }
    }
  return persons_of(nodes).dossiers;
}

}  // namespace kinhub
