#include "hub/linkage/grouping.hpp"

#include <algorithm>
#include <cassert>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <tuple>

namespace kinhub::linkage {
namespace {

using Record = std::uint32_t;
using Both = std::pair<Record, Record>;

Both ordered(Record a, Record b) {
  return a < b ? Both{a, b} : Both{b, a};
}

bool best_first(const Review& x, const Review& y) {
  return x.score != y.score ? x.score > y.score : std::pair(x.a, x.b) < std::pair(y.a, y.b);
}

/// Disjoint sets that know their members; the representative is the smallest.
class Groups {
 public:
  explicit Groups(std::size_t count) : group_(count), members_(count) {
    std::iota(group_.begin(), group_.end(), Record{0});
    for (Record i = 0; i < count; ++i)
      members_[i] = {i};
  }
  Record of(Record record) const { return group_[record]; }
  const std::vector<Record>& members(Record group) const { return members_[group]; }
  void join(Record a, Record b) {
    auto into = std::min(of(a), of(b)), from = std::max(of(a), of(b));
    if (into == from) return;
    for (auto member : members_[from])
      group_[member] = into;
    members_[into].insert(members_[into].end(), members_[from].begin(), members_[from].end());
    std::sort(members_[into].begin(), members_[into].end());
    members_[from].clear();
  }

 private:
  std::vector<Record> group_;
  std::vector<std::vector<Record>> members_;
};

class Grouping {
 public:
  Grouping(std::size_t count, const std::function<Bar(Record, Record)>& bar, const LinkageRules& rules)
      : groups_(count), bar_(bar), rules_(rules) {}

  void decide(std::vector<Decision> decisions) {
    std::sort(decisions.begin(), decisions.end(),
              [](const Decision& x, const Decision& y) { return x.order < y.order; });
    std::map<Both, Decision> last;
    for (const auto& decision : decisions)
      last[ordered(decision.a, decision.b)] = decision;
    std::vector<Decision> same;
    for (const auto& [pair, decision] : last) {
      if (decision.same)
        same.push_back(decision), decided_same_.insert(pair);
      else
        decided_apart_.insert(pair);
    }
    std::sort(same.begin(), same.end(),
              [](const Decision& x, const Decision& y) { return x.order < y.order; });
    for (const auto& decision : same) {
      // A person's word stands against a veto of the evidence, not against another person's.
      if (decided_between(decision.a, decision.b))
        waits_.push_back({{decision.a, decision.b, 0, Verdict::same}, Waits::decisions});
      else
        groups_.join(decision.a, decision.b);
    }
  }

  void join(std::vector<Link> links) {
    for (auto& link : links)
      std::tie(link.a, link.b) = ordered(link.a, link.b);
    std::sort(links.begin(), links.end(), before);
    std::vector<Link> same;
    for (const auto& link : links) {
      if (link.verdict == Verdict::same)
        same.push_back(link);
      else if (link.verdict == Verdict::doubtful)
        waits_.push_back({link, Waits::doubtful});
    }
    const auto tied = ties(same);
    for (std::size_t from = 0; from < same.size();) {
      auto until = from;
      std::vector<Link> level;
      for (; until < same.size() && same[until].score == same[from].score; ++until) {
        if (tied.contains({same[until].a, same[until].b}))
          waits_.push_back({same[until], Waits::tie});
        else
          level.push_back(same[until]);
      }
      join_level(level);
      from = until;
    }
  }

  Grouped result(std::size_t count) {
    Grouped grouped;
    grouped.group_of.resize(count);
    for (Record i = 0; i < count; ++i)
      grouped.group_of[i] = groups_.of(i);
    std::map<Both, Review> best;
    std::sort(waits_.begin(), waits_.end(), [](const Waiting& x, const Waiting& y) {
      if ((x.why == Waits::decisions) != (y.why == Waits::decisions)) return x.why == Waits::decisions;
      return before(x.link, y.link);
    });
    for (const auto& [link, why] : waits_) {
      const auto a = groups_.of(link.a), b = groups_.of(link.b);
      if (a == b) continue;
      const bool settled =
          decided_between(link.a, link.b) || (why == Waits::doubtful && barred(a, b, Bar::veto));
      if (settled && why != Waits::decisions) {
        ++grouped.answered;
        continue;
      }
      auto [at, fresh] = best.try_emplace(ordered(a, b), Review{link.a, link.b, link.score, why, 1});
      if (!fresh) ++at->second.links;
    }
    for (const auto& [pair, review] : best)
      grouped.queue.push_back(review);
    std::sort(grouped.queue.begin(), grouped.queue.end(), best_first);
    return grouped;
  }

 private:
  struct Waiting {
    Link link;
    Waits why;
  };

  /// The best first; of equal scores by record, so that the order of input does not matter.
  static bool before(const Link& x, const Link& y) {
    if (x.score != y.score) return x.score > y.score;
    return std::tuple(x.a, x.b, x.verdict) < std::tuple(y.a, y.b, y.verdict);
  }

  Bar bar_between(Record a, Record b) const {
    if (decided_apart_.contains(ordered(a, b))) return Bar::veto;
    return decided_same_.contains(ordered(a, b)) ? Bar::none : bar_(a, b);
  }

  template <class Test>
  bool any_between(Record a, Record b, Test test) const {
    for (auto one : groups_.members(groups_.of(a)))
      for (auto other : groups_.members(groups_.of(b)))
        if (test(one, other)) return true;
    return false;
  }
  bool decided_between(Record a, Record b) const {
    return !decided_apart_.empty() && any_between(a, b, [&](Record one, Record other) {
      return decided_apart_.contains(ordered(one, other));
    });
  }
  bool barred(Record a, Record b, Bar least) const {
    return any_between(a, b, [&](Record one, Record other) { return bar_between(one, other) >= least; });
  }

  /// Links of one record to two that are apart, neither of them clearly the better.
  std::set<Both> ties(const std::vector<Link>& same) const {
    std::map<Record, std::vector<const Link*>> of;
    for (const auto& link : same)
      of[link.a].push_back(&link), of[link.b].push_back(&link);
    std::set<Both> tied;
    for (const auto& [record, links] : of) {
      // The links of a record to its own kind are many where one person has many records: the limit of a
      // group.
      const auto most = std::min(links.size(), rules_.group_max);
      for (std::size_t i = 0; i < most; ++i)
        for (std::size_t k = i + 1; k < most; ++k) {
          const auto one = links[i]->a == record ? links[i]->b : links[i]->a;
          const auto other = links[k]->a == record ? links[k]->b : links[k]->a;
          if (links[i]->score - links[k]->score > rules_.tie_margin) break;  // sorted by score
          if (one == other || groups_.of(one) == groups_.of(other) || bar_between(one, other) == Bar::none)
            continue;
          tied.insert({links[i]->a, links[i]->b}), tied.insert({links[k]->a, links[k]->b});
        }
    }
    return tied;
  }

  /// Joins all links of one score, or, of those that contradict each other, none: which of them stood first
  /// is no evidence.
  void join_level(const std::vector<Link>& level) {
    std::map<Record, std::set<Record>> next;  // between groups
    for (const auto& link : level) {
      const auto a = groups_.of(link.a), b = groups_.of(link.b);
      if (a != b) next[a].insert(b), next[b].insert(a);
    }
    std::set<Record> seen;
    std::map<Record, Waits> refused;  // by group before the level
    for (const auto& [start, neighbours] : next) {
      if (seen.contains(start)) continue;
      std::vector<Record> component{start};
      seen.insert(start);
      for (std::size_t i = 0; i < component.size(); ++i)
        for (auto neighbour : next.at(component[i]))
          if (seen.insert(neighbour).second) component.push_back(neighbour);
      std::size_t size = 0;
      for (auto one : component)
        size += groups_.members(one).size();
      std::optional<Waits> why;
      if (size > rules_.group_max) why = Waits::too_many;
      for (std::size_t i = 0; i < component.size() && !why; ++i)
        for (std::size_t k = i + 1; k < component.size() && !why; ++k)
          if (barred(component[i], component[k], Bar::held)) why = Waits::contradicted;
      if (why)
        for (auto one : component)
          refused[one] = *why;
    }
    std::vector<std::pair<Link, std::optional<Waits>>> what;
    for (const auto& link : level) {
      auto found = refused.find(groups_.of(link.a));
      what.emplace_back(link, found == refused.end() ? std::nullopt : std::optional(found->second));
    }
    for (const auto& [link, why] : what) {
      if (why)
        waits_.push_back({link, *why});
      else
        groups_.join(link.a, link.b);
    }
  }

  Groups groups_;
  const std::function<Bar(Record, Record)>& bar_;
  const LinkageRules& rules_;
  std::set<Both> decided_same_, decided_apart_;
  std::vector<Waiting> waits_;
};

}  // namespace

std::string_view name_of(Waits why) {
  switch (why) {
    case Waits::doubtful:
      return "doubtful";
    case Waits::contradicted:
      return "contradicted";
    case Waits::tie:
      return "tie";
    case Waits::too_many:
      return "too_many";
    case Waits::decisions:
      return "decisions";
    case Waits::join:
      return "join";
  }
  return "";
}

Grouped group(std::size_t count, std::vector<Link> links, std::vector<Decision> decisions,
              const std::function<Bar(std::uint32_t, std::uint32_t)>& bar, const LinkageRules& rules) {
  for ([[maybe_unused]] const auto& link : links)
    assert(link.a < count && link.b < count && link.a != link.b);
  for ([[maybe_unused]] const auto& decision : decisions)
    assert(decision.a < count && decision.b < count);
  Grouping grouping(count, bar, rules);
  grouping.decide(std::move(decisions));
  grouping.join(std::move(links));
  return grouping.result(count);
}

std::vector<Review> questions(const Grouped& grouped, std::vector<Link> links) {
  std::erase_if(links, [&](const Link& link) {
    return link.verdict != Verdict::same || grouped.group_of[link.a] != grouped.group_of[link.b];
  });
  for (auto& link : links)
    std::tie(link.a, link.b) = ordered(link.a, link.b);
  std::sort(links.begin(), links.end(), [](const Link& x, const Link& y) {
    return x.score != y.score ? x.score > y.score : std::pair(x.a, x.b) < std::pair(y.a, y.b);
  });
  auto all = grouped.queue;
  Groups asked(grouped.group_of.size());
  for (const auto& link : links) {
    if (asked.of(link.a) == asked.of(link.b)) continue;
    asked.join(link.a, link.b);
    all.push_back({link.a, link.b, link.score, Waits::join, 1});
  }
  std::sort(all.begin(), all.end(), best_first);
  return all;
}

}  // namespace kinhub::linkage
