#include "hub/record/identity.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <numeric>
#include <set>
#include <span>
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
  explicit Groups(std::size_t elements) : parent_(elements) { std::iota(parent_.begin(), parent_.end(), 0); }
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

/// The identifiers of nodes, interned: each distinct one is its index in their sorted order, so that what
/// follows compares and counts numbers.
class Borne {
 public:
  using Index = std::uint32_t;

  explicit Borne(const std::vector<Node>& nodes) {
    for (const auto& node : nodes)
      each(node, [&](const Identifier& one) {
        const auto at = place_of(one);
        if (at == sorted_.end() || **at != one) sorted_.insert(at, &one);
      });
    ends_.reserve(nodes.size());
    for (const auto& node : nodes) {
      each(node, [&](const Identifier& one) {
        borne_.push_back(static_cast<Index>(place_of(one) - sorted_.begin()));
      });
      ends_.push_back(borne_.size());
    }
  }
  /// Distinct identifiers.
  std::size_t size() const { return sorted_.size(); }
  IdentifierKind kind(Index index) const { return sorted_[index]->kind; }
  /// Whether it is one person's own and no paper's: a citizen number or a police id.
  bool strong(Index index) const {
    return kind(index) == IdentifierKind::citizen_number || kind(index) == IdentifierKind::police_id;
  }
  /// The current identifiers of a node, then its former ones.
  std::span<const Index> of(std::size_t node) const {
    const auto begin = node == 0 ? 0 : ends_[node - 1];
    return std::span(borne_).subspan(begin, ends_[node] - begin);
  }

 private:
  template <class See>
  static void each(const Node& node, See see) {
    for (const auto* identifiers : {&node.mention().identifiers, &node.mention().former})
      for (const auto& one : *identifiers)
        see(one);
  }
  std::vector<const Identifier*>::const_iterator place_of(const Identifier& one) const {
    return std::lower_bound(
        sorted_.begin(), sorted_.end(), one,
        [](const Identifier* known, const Identifier& wanted) { return *known < wanted; });
  }

  std::vector<const Identifier*> sorted_;
  std::vector<Index> borne_;       ///< of all nodes, one after the other
  std::vector<std::size_t> ends_;  ///< of each node, in borne_
};

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

/// Identifier collision: two people of one citizen number, as the police tell it by different names. One
/// person may have several police ids (each province's system gives its own), but then under one name.
struct Contest {
  struct Holder {
    std::set<Borne::Index> police_ids;
    std::set<std::string> names;  ///< in their normal form
    std::set<Identifier> parents;
    std::string newest_version;
    bool holds_now = false;
  };
  std::vector<Holder> holders;

  const Holder* holder_for(std::optional<Borne::Index> police_id, const Mention& mention) const {
    std::vector<const Holder*> named, now;
    auto name = mention.name ? std::optional(name_form(*mention.name)) : std::nullopt;
    for (const auto& holder : holders) {
      if (police_id && holder.police_ids.contains(*police_id)) return &holder;
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

/// The citizen numbers of several people, and which of them is meant.
class Contests {
 public:
  Contests(const std::vector<Node>& nodes, const Borne& borne) : nodes_(nodes), borne_(borne) {
    const auto numbers = with_several_police_ids();
    if (numbers.empty()) return;                                           // nearly always
    std::map<Borne::Index, std::map<Borne::Index, Contest::Holder>> told;  // by number, by police id
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const auto id = nodes_[i].binds ? police_id(i) : std::nullopt;
      const auto identifiers = borne_.of(i);
      for (std::size_t k = 0; id && k < identifiers.size(); ++k)
        if (std::binary_search(numbers.begin(), numbers.end(), identifiers[k]))
          note(told[identifiers[k]][*id], *id, nodes_[i], k < nodes_[i].mention().identifiers.size());
    }
    for (auto& [number, by_id] : told) {
      std::vector<Contest::Holder> holders;
      for (auto& [id, holder] : by_id)
        holders.push_back(std::move(holder));
      holders = joined(std::move(holders));
      if (holders.size() > 1) contests_[number].holders = std::move(holders);
    }
  }

  /// What a node's identifier binds it by: of a contested number the police id of the one who is meant.
  Borne::Index meant(Borne::Index identifier, std::size_t node) const {
    const auto contest = contests_.find(identifier);
    if (contest == contests_.end()) return identifier;
    const auto* holder = contest->second.holder_for(police_id(node), nodes_[node].mention());
    return holder ? *holder->police_ids.begin() : identifier;
  }

 private:
  std::optional<Borne::Index> police_id(std::size_t node) const {
    for (auto identifier : borne_.of(node).first(nodes_[node].mention().identifiers.size()))
      if (borne_.kind(identifier) == IdentifierKind::police_id) return identifier;
    return std::nullopt;
  }

  /// Sorted.
  std::vector<Borne::Index> with_several_police_ids() const {
    std::vector<std::pair<Borne::Index, Borne::Index>> told;  // number, police id
    for (std::size_t i = 0; i < nodes_.size(); ++i) {
      const auto id = nodes_[i].binds ? police_id(i) : std::nullopt;
      if (!id) continue;
      for (auto identifier : borne_.of(i))
        if (borne_.kind(identifier) == IdentifierKind::citizen_number) told.emplace_back(identifier, *id);
    }
    std::sort(told.begin(), told.end());
    told.erase(std::unique(told.begin(), told.end()), told.end());
    std::vector<Borne::Index> numbers;
    for (std::size_t i = 1; i < told.size(); ++i)
      if (told[i].first == told[i - 1].first && (numbers.empty() || numbers.back() != told[i].first))
        numbers.push_back(told[i].first);
    return numbers;
  }

  static void note(Contest::Holder& holder, Borne::Index police_id, const Node& node, bool now) {
    holder.police_ids.insert(police_id);
    if (node.mention().name) holder.names.insert(name_form(*node.mention().name));
    if (node.mention().role == Role::person)
      for (const auto& other : node.version().fact.people)
        if (other.role == Role::mother || other.role == Role::father)
          holder.parents.insert(other.identifiers.begin(), other.identifiers.end());
    const auto& version = node.version().fact.version;
    if (version > holder.newest_version || (version == holder.newest_version && now))
      holder.newest_version = version, holder.holds_now = now;
  }

  const std::vector<Node>& nodes_;
  const Borne& borne_;
  std::map<Borne::Index, Contest> contests_;
};

/// Of each identifier whether it is a chart, insurance number or certificate that stands for people of
/// different citizen numbers (a hospital's chart 0). Numbers told of one person, by a correction or one
/// police id, do not differ.
std::vector<bool> shared_papers(const std::vector<Node>& nodes, const Borne& borne,
                                const Contests& contested) {
  Groups people(borne.size());
  std::vector<std::pair<Borne::Index, Borne::Index>> bearers;  // paper, one of the person's numbers
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    if (!nodes[i].binds) continue;
    std::optional<Borne::Index> person;
    for (auto identifier : borne.of(i)) {
      if (!borne.strong(identifier)) continue;
      const auto one = contested.meant(identifier, i);
      if (person) people.join(*person, one);
      person = one;
    }
    for (auto identifier : borne.of(i))
      if (!borne.strong(identifier) && person) bearers.emplace_back(identifier, *person);
  }
  std::vector<bool> shared(borne.size());
  std::vector<std::optional<std::size_t>> first(borne.size());  // bearer of each paper
  for (auto [paper, number] : bearers) {
    const auto person = people.find(number);
    if (first[paper] && *first[paper] != person) shared[paper] = true;
    first[paper] = person;
  }
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

/// Weight of an identifier where several point to different people, the weightiest first: the police id, the
/// citizen number, papers; a replaced one behind all current ones, as it may be somebody else's.
int rank_of(IdentifierKind kind, bool former) {
  constexpr int behind_all_current = 16;
  const int by_kind = kind == IdentifierKind::police_id ? 1 : 2 + static_cast<int>(kind);
  return by_kind + (former ? behind_all_current : 0);
}

/// Must-link edge of a mention and an identifier. The order is that in which they bind where some are told
/// apart: first those who are, then by the weight of the identifier, then by what is said; never by arrival.
struct Bond {
  Borne::Index identifier;
  IdentifierKind kind;
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
  int rank() const { return node->version().fact.kind == FactKind::distinct ? 0 : rank_of(kind, former); }
};

/// Groups of nodes: must-link by identifiers, cannot-link where a statement tells apart.
class Grouping {
 public:
  explicit Grouping(const std::vector<Node>& nodes)
      : nodes_(nodes),
        borne_(nodes),
        contested_(nodes, borne_),
        shared_(shared_papers(nodes, borne_, contested_)),
        groups_(nodes.size()),
        element_(borne_.size()) {
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
  std::size_t element_of(Borne::Index identifier) {
    auto& element = element_[identifier];
    if (!element) element = groups_.add();
    return *element;
  }

  /// Visits the identifiers that bind a node, and whether each is a former one.
  template <class See>
  void each_bond(std::size_t i, See see) const {
    const auto identifiers = borne_.of(i);
    const bool numbered = std::any_of(identifiers.begin(), identifiers.end(),
                                      [&](Borne::Index identifier) { return borne_.strong(identifier); });
    for (std::size_t k = 0; k < identifiers.size(); ++k)
      if (!numbered || !shared_[identifiers[k]])  // else the number decides
        see(contested_.meant(identifiers[k], i), k >= nodes_[i].mention().identifiers.size());
  }
  void bind(std::size_t i) {
    each_bond(i, [&](Borne::Index identifier, bool) { groups_.join(element_of(identifier), i); });
  }
  void bind_current() {
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].binds) bind(i);
  }
  void bind_current(const std::vector<std::pair<std::size_t, std::size_t>>& apart) {
    std::vector<Bond> bonds;
    for (std::size_t i = 0; i < nodes_.size(); ++i)
      if (nodes_[i].binds)
        each_bond(i, [&](Borne::Index identifier, bool former) {
          bonds.push_back({identifier, borne_.kind(identifier), former, &nodes_[i], i});
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

  /// The element of the group with most of a superseded node's identifiers; of equal votes the weightiest
  /// identifier's: a record of a police id whose number was corrected stays with the police id, whoever the
  /// old number is by now.
  std::optional<std::size_t> best_of(std::size_t i) {
    struct Vote {
      int rank;
      Borne::Index identifier;
      std::size_t group;
      auto operator<=>(const Vote&) const = default;
    };
    std::vector<Vote> votes;
    each_bond(i, [&](Borne::Index identifier, bool former) {
      if (element_[identifier])
        votes.push_back(
            {rank_of(borne_.kind(identifier), former), identifier, groups_.find(*element_[identifier])});
    });
    std::sort(votes.begin(), votes.end());
    std::optional<std::size_t> best;
    std::ptrdiff_t most = 0;
    for (const auto& vote : votes) {
      const auto count = std::ranges::count(votes, vote.group, &Vote::group);
      if (count > most) most = count, best = element_[vote.identifier];
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
        follow.emplace_back(*best, i);
      else
        left_over.push_back(i);
    }
    for (auto [to, node] : follow)
      groups_.join(to, node);
    for (auto node : left_over)
      bind(node);
  }

  const std::vector<Node>& nodes_;
  const Borne borne_;
  const Contests contested_;
  const std::vector<bool> shared_;
  Groups groups_;                                    ///< of nodes, and behind them of identifiers that bind
  std::vector<std::optional<std::size_t>> element_;  ///< of each identifier in groups_, once it binds
};

/// The persons that the groups make, and where most of the mentions of each earlier one went.
struct Persons {
  std::vector<Dossier> dossiers;
  struct Home {
    PersonId person;
    std::size_t place = 0;  ///< index into dossiers
  };
  std::vector<Home> homes;  ///< by person; of one without a mention nothing
};

Persons persons_of(const std::vector<Node>& nodes) {
  const auto number = Grouping(nodes).numbers();
  std::vector<std::size_t> order(nodes.size()), place(nodes.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return std::tie(number[a], nodes[a].history->key, nodes[a].at) <
           std::tie(number[b], nodes[b].history->key, nodes[b].at);
  });
  Persons result;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const auto& node = nodes[order[k]];
    if (k == 0 || number[order[k]] != number[order[k - 1]]) result.dossiers.emplace_back();
    auto& entries = result.dossiers.back().entries;
    if (entries.empty() || entries.back().history.key != node.history->key)
      entries.push_back({*node.history, {}});
    entries.back().own.push_back(node.at);
    place[order[k]] = result.dossiers.size() - 1;
  }

  // Who keeps a person's number: whoever has most of that person's mentions, then the first.
  std::vector<std::pair<PersonId, std::size_t>> went;
  for (std::size_t i = 0; i < nodes.size(); ++i)
    if (nodes[i].before) went.emplace_back(nodes[i].before, place[i]);
  std::sort(went.begin(), went.end());
  for (auto at = went.begin(); at != went.end();) {
    Persons::Home home{at->first};
    std::ptrdiff_t most = 0;
    while (at != went.end() && at->first == home.person) {
      const auto next = std::upper_bound(at, went.end(), *at);
      if (next - at > most) most = next - at, home.place = at->second;
      at = next;
    }
    auto& keeps = result.dossiers[home.place].person;
    if (!keeps) keeps = home.person;
    result.homes.push_back(home);
  }
  return result;
}

/// The histories of some dossiers, by key, each once: `changed`, if any, in place of the one of its key.
std::vector<const History*> histories_of(const std::vector<Dossier>& known,
                                         const History* changed = nullptr) {
  std::vector<const History*> all;
  if (changed) all.push_back(changed);
  for (const auto& dossier : known)
    for (const auto& entry : dossier.entries)
      all.push_back(&entry.history);
  std::stable_sort(all.begin(), all.end(),
                   [](const History* a, const History* b) { return a->key < b->key; });
  all.erase(std::unique(all.begin(), all.end(),
                        [](const History* a, const History* b) { return a->key == b->key; }),
            all.end());
  return all;
}

const Binding& find(const std::vector<Binding>& bindings, const Token& key) {
  return *std::lower_bound(
      bindings.begin(), bindings.end(), key,
      [](const Binding& known, const Token& wanted) { return known.history->key < wanted; });
}

}  // namespace

Regrouped regroup(const std::vector<Dossier>& known, const History& changed) {
  assert(!changed.versions.empty());
  for ([[maybe_unused]] const auto& dossier : known)
    assert(dossier.person);
  std::vector<Binding> histories;
  for (const auto* history : histories_of(known, &changed))
    histories.emplace_back(*history);
  std::vector<Node> nodes;
  /// Of mentions of the changed history.
  std::map<std::pair<std::uint32_t, std::string_view>, PersonId> owner_before;
  for (const auto& dossier : known) {
    for (const auto& entry : dossier.entries) {
      if (entry.history.key == changed.key) {
        for (auto own : entry.own)
          owner_before[{own.mention, entry.history.versions[own.version].content}] = dossier.person;
        continue;
      }
      const auto& history = find(histories, entry.history.key);
      for (auto own : entry.own)
        nodes.push_back(history.node(own, dossier.person));
    }
  }
  const auto& history = find(histories, changed.key);
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
    const auto at =
        std::lower_bound(persons.homes.begin(), persons.homes.end(), dossier.person,
                         [](const Persons::Home& home, PersonId person) { return home.person < person; });
    if (at == persons.homes.end() || at->person != dossier.person)
      continue;  // had no mention but of the changed history, and those are re-made
    if (result.dossiers[at->place].person != dossier.person)
      result.dissolved.push_back({dossier.person, at->place});
  }
  return result;
}

std::vector<Dossier> regroup_as_known(const std::vector<Dossier>& known, std::int64_t known_at_us) {
  std::vector<History> then;
  for (const auto* history : histories_of(known))
    then.push_back(history->as_known(known_at_us));
  std::vector<Binding> histories;
  for (const auto& history : then)
    histories.emplace_back(history);
  std::vector<Node> nodes;
  for (const auto& dossier : known)
    for (const auto& entry : dossier.entries) {
      const auto& binding = find(histories, entry.history.key);
      const auto& versions = binding.history->versions;
      for (auto own : entry.own) {
        const auto& said = entry.history.versions[own.version];
        if (!known_then(said, known_at_us)) continue;
        const auto* at = std::lower_bound(versions.begin(), versions.end(), said, log_before);
        nodes.push_back(
            binding.node({static_cast<std::uint32_t>(at - versions.begin()), own.mention}, dossier.person));
      }
    }
  return persons_of(nodes).dossiers;
}

}  // namespace kinhub
