#pragma once
// Grouping of record linkage: from scored pairs and the decisions of people to joined groups and a review
// queue. Constraint-aware agglomerative clustering; a function of the sets, whatever their order.

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "hub/linkage/rules.hpp"

namespace kinhub::linkage {

/// A compared pair that is not `different`.
struct Link {
  std::uint32_t a = 0, b = 0;
  double score = 0;
  Verdict verdict{};  ///< same or doubtful
};

/// What a person decided about a pair. Of one pair the one with the greatest `order` counts.
struct Decision {
  std::uint32_t a = 0, b = 0;
  bool same = false;
  std::uint64_t order = 0;  ///< when it was taken: unique
};

/// Why a pair waits for a person.
enum class Waits : std::uint8_t {
  doubtful,      ///< its own evidence is not enough, or is held
  contradicted,  ///< enough, but joining would bring people together of whom two are not one
  tie,           ///< enough, but two links contradict each other and none is clearly the better
  too_many,      ///< enough, but the group would be larger than the limit
  decisions,     ///< people have decided what cannot be at once
  join,          ///< enough: it made a group. Waits where only a person joins
};
std::string_view name_of(Waits why);

/// Entry of the review queue: the best link between two groups, or within one.
struct Review {
  std::uint32_t a = 0, b = 0;
  double score = 0;
  Waits why{};
  std::uint32_t links = 1;  ///< how many links stand between the same two groups
  friend bool operator==(const Review&, const Review&) = default;
};

struct Grouped {
  std::vector<std::uint32_t> group_of;  ///< by record: the smallest record of its group
  std::vector<Review> queue;            ///< by score, the best first; then by (a, b)
  std::size_t answered =
      0;  ///< doubtful links that need nobody: the groups are apart by a veto or a decision
};

/// Groups `count` records. `bar(a, b)` is what stands between two records, asked for every two that would
/// come into one group; it must be symmetric and pure.
///
/// 1. A person's "not the same" stands before everything, then "the same", the earlier before the later.
/// 2. Links `same` join by falling score, one score at a time: what contradicts at one score joins nobody.
/// 3. A link that would join records with a bar between them becomes a review; where two links of one record
/// contradict
///    each other and their scores are within `tie_margin`, both do.
Grouped group(std::size_t count, std::vector<Link> links, std::vector<Decision> decisions,
              const std::function<Bar(std::uint32_t, std::uint32_t)>& bar, const LinkageRules& rules);

/// The queue of a site where only a person joins: `grouped.queue`, and of each group the links that made it
/// (its maximum spanning tree), as Waits::join. By score, the best first; then by (a, b).
std::vector<Review> questions(const Grouped& grouped, std::vector<Link> links);

}  // namespace kinhub::linkage
