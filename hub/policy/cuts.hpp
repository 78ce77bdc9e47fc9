#pragma once
// Cut points: the sorted days on which anything about one family may change, and the segments between them.
// Segment i is the interval [cuts[i], cuts[i + 1]); the last has no end. There is no horizon: after the last
// cut nothing changes any more.

#include <algorithm>
#include <cassert>
#include <vector>

#include "hub/policy/program.hpp"

namespace kinhub::policy {

class Cuts {
 public:
  /// Starts over with the cut points of the program alone. REQUIRES: `edges` is sorted, without duplicates.
  void restart(const std::vector<Date>& edges) {
    days_.clear();
    days_.push_back(Date::beginning());
    days_.insert(days_.end(), edges.begin(), edges.end());
  }
  /// Insertion sort from the back: most days come in order. A day that stands already, or lies outside of
  /// time, is no cut.
  void add(Date day) {
    if (day <= Date::beginning() || day >= Date::forever()) return;
    auto place = days_.end();
    while (*(place - 1) > day)
      --place;
    if (*(place - 1) != day) days_.insert(place, day);
  }
  std::size_t size() const { return days_.size(); }
  /// The first day of the segment. REQUIRES: segment < size().
  Date operator[](std::size_t segment) const { return days_[segment]; }
  /// Rank query: the segment that begins on `day`; size() for forever. REQUIRES: day was added.
  std::size_t rank(Date day) const {
    if (day >= Date::forever()) return days_.size();
    std::size_t below = 0;
    if (days_.size() <= 32)
      for (Date cut : days_)
        below += cut < day ? 1 : 0;
    else
      below = static_cast<std::size_t>(std::lower_bound(days_.begin(), days_.end(), day) - days_.begin());
    assert(day < Date::beginning() || (below < days_.size() && days_[below] == day));
    return below;
  }
  /// Binary search: the segment that contains `day`.
  std::size_t segment_of(Date day) const {
    auto after = std::upper_bound(days_.begin(), days_.end(), day);
    return after == days_.begin() ? 0 : static_cast<std::size_t>(after - days_.begin()) - 1;
  }

 private:
  std::vector<Date> days_{Date::beginning()};
};

/// Collects into `cuts` (started over) every day on which a condition of `program` may change for this
/// family: spans begin or end, people are born, die or reach an age, documents and amounts change.
void cut_at_changes(const Program& program, const Situation& situation, Cuts& cuts);

}  // namespace kinhub::policy
