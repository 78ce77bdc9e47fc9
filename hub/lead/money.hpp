#pragma once
// Money of a lead: arrears and overpayments, the difference of two timelines in months, years and events.

#include "hub/lead/lead.hpp"

namespace kinhub {

struct MoneyDifference {
  std::int64_t arrears_fen = 0, overpaid_fen = 0;
};

/// Payments owed for periods up to `today` if `benefit` is confirmed today: what `timeline` is due, as far
/// back as the calendar's `late` goes. Someone whose right, or one that excludes it, was decided before is
/// owed all of it from the first decided month on, also after its end was confirmed: only a first
/// confirmation comes late (N07). One-off sums are never late.
std::vector<Due> owed(const PolicySet& policies, BenefitIndex benefit,
                      const std::vector<Entitlement>& timeline, const Decisions& decisions, Date today);

/// Sums what is owed and was not decided, and what was decided and is not due, period by period. Decided
/// timelines are compared with decided ones: two that are never paid together count once in the month in
/// which one follows the other, and both where both stand for the same days. One-off sums are paired by their
/// order: a corrected day moves one and costs nothing. A period of which a sum is not known says nothing.
MoneyDifference money_difference(const PolicySet& policies, BenefitIndex benefit,
                                 const std::vector<Entitlement>& timeline, const Decisions& decisions,
                                 Date today);

}  // namespace kinhub
