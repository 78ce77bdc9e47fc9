#pragma once
// What-if: two policy sets side by side. The difference that they make to one parent, and its sums over many.
// Pure; a parent's timelines come from elsewhere.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hub/policy/policy.hpp"
#include "hub/policy/reprice.hpp"

namespace kinhub {

/// Two policy sets, their benefits paired by id. Both outlive it. Safe from any thread.
class PolicyPair {
 public:
  PolicyPair(const PolicySet& before, const PolicySet& after);

  struct Benefit {
    std::string id, title;
    bool household = false;                     ///< counted by households, not by persons
    std::optional<BenefitIndex> before, after;  ///< nothing: the set does not have it
  };
  /// Those of `before` in its order, then those that only `after` has.
  const std::vector<Benefit>& benefits() const { return benefits_; }
  const PolicySet& before() const { return before_; }
  const PolicySet& after() const { return after_; }

  struct Timelines {
    std::vector<Entitlement> before, after;
  };
  /// Evaluates both; the second by its prices alone where that suffices.
  Timelines evaluate(const Situation& situation) const;
  /// Whether the sets differ in sums and payment rules alone, so that rights are evaluated once.
  bool repriced() const { return repricing_.has_value(); }
  /// Where a benefit of either set stands in benefits().
  std::size_t place_before(BenefitIndex benefit) const { return places_before_[benefit]; }
  std::size_t place_after(BenefitIndex benefit) const { return places_after_[benefit]; }
  /// Whether equal timelines are paid equally under both.
  bool paid_alike() const { return paid_alike_; }

 private:
  const PolicySet& before_;
  const PolicySet& after_;
  std::vector<Benefit> benefits_;
  std::vector<std::size_t> places_before_, places_after_;
  bool paid_alike_ = true;
  std::optional<Repricing> repricing_;
};

/// What one benefit comes to in one month, under both. A year's payment stands in January, a one-off in the
/// month of its event.
struct MonthChange {
  Date month;
  bool due_before = false, due_after = false;  ///< surely, with a known sum
  std::int64_t fen_before = 0, fen_after = 0;
  bool pending_before = false, pending_after = false;  ///< possible, or its sum not known: in no sum
  friend bool operator==(const MonthChange&, const MonthChange&) = default;
};

/// What becomes of one benefit of one parent, over the months that were asked.
struct RightChange {
  std::size_t benefit = 0;          ///< of PolicyPair::benefits()
  std::vector<MonthChange> months;  ///< those in which anything stands; in order
  enum class Kind : std::uint8_t {
    same,
    more,
    less,
    moved,   ///< the same money in other months
    pending  ///< only what is not sure changes, or becomes sure, or is so no longer
  } kind = Kind::same;
  std::int64_t fen_before = 0, fen_after = 0;
  std::int64_t gain_fen = 0;  ///< without the months in which one side is due and the other only pending
  friend bool operator==(const RightChange&, const RightChange&) = default;
};
std::string_view name_of(RightChange::Kind kind);

/// The changes of one parent in the months of [from, until), benefit by benefit; also those that stay as they
/// are. REQUIRES: `months` begins and ends with the first of a month.
std::vector<RightChange> changes_of(const PolicyPair& pair, const PolicyPair::Timelines& timelines,
                                    Interval months);

/// Leaves only the months that `keeps` wants; a right of which none is left is gone.
void keep_months(std::vector<RightChange>& changes, const std::function<bool(Date)>& keeps);

/// The first day in [from, until) on which the two timelines say something else of a benefit; nothing: none.
std::optional<Date> first_difference(const PolicyPair& pair, std::size_t benefit,
                                     const PolicyPair::Timelines& timelines, Interval within);

/// Sums of one benefit in one area and month.
struct CellSums {
  std::int64_t people_before = 0, people_after = 0, fen_before = 0, fen_after = 0;
  std::int64_t pending_before = 0, pending_after = 0;  ///< people
  void add(const CellSums& other);
  bool empty() const { return *this == CellSums{}; }
  friend bool operator==(const CellSums&, const CellSums&) = default;
};

/// Sums of one benefit, or of all together: each person counts once, however many months.
struct ChangeSums {
  std::int64_t people_before = 0, people_after = 0, fen_before = 0, fen_after = 0;
  std::int64_t winners = 0, losers = 0, won_fen = 0, lost_fen = 0;
  std::int64_t moved = 0, pending = 0;  ///< people
  void add(const ChangeSums& other);
  friend bool operator==(const ChangeSums&, const ChangeSums&) = default;
};

/// Accumulator of changes over many people, a value: pages are added up on their own, and merged.
class WhatIfSums {
 public:
  WhatIfSums() = default;
  WhatIfSums(std::size_t benefits, Interval months);

  /// Adds the changes of one parent; `area_on` says where the money of a month counts.
  void add(const std::vector<RightChange>& changes, const std::function<std::string(Date)>& area_on);
  void add(const WhatIfSums& other);
  /// People that were looked at, whether they have rights or not.
  std::int64_t people = 0;

  const std::vector<ChangeSums>& benefits() const { return benefits_; }
  const ChangeSums& all() const { return all_; }  ///< over persons, their benefits together
  const std::vector<Date>& months() const { return months_; }
  /// By area: one for each benefit and month, at benefit * months().size() + month.
  const std::map<std::string, std::vector<CellSums>>& areas() const { return areas_; }
  /// Nothing changes for anybody.
  bool unchanged() const;

 private:
  std::vector<ChangeSums> benefits_;
  ChangeSums all_;
  std::vector<Date> months_;
  std::map<std::string, std::vector<CellSums>> areas_;
};

/// The area in which money counts, of an area of 6, 9 or 12 digits or "": the region (6 digits), or one level
/// below `region` if that was asked for; as much of it as is known.
std::string counted_area(std::string_view area, std::string_view region);

}  // namespace kinhub
