#pragma once
// Money of a lead: arrears and overpayments, the difference of two timelines in months, years and events.

#include <map>

#include "hub/lead/lead.hpp"

namespace kinhub {

struct MoneyDifference {
  std::int64_t arrears_fen = 0, overpaid_fen = 0;
};

/// Payments owed for periods up to `today` if `benefit` is confirmed today: what `timeline` is due, as far
/// back as the calendar's `late` goes. Someone whose right was decided before is owed all of it from the
/// first decided month on, also after its end was confirmed, and whoever stood confirmed for another that
/// this one takes the place of, from that day on: only a first confirmation comes late (N07). A benefit that
/// is due beside this one and excludes it takes away the months for which it can be paid, by its own `late`:
/// the order in which two are confirmed says nothing. One-off sums are never late.
std::vector<Due> owed(const PolicySet& policies, BenefitIndex benefit,
                      const std::vector<Entitlement>& timeline, const Decisions& decisions, Date today);

/// Sums what is owed and was not decided, and what was decided and is not due, period by period. Decided
/// timelines are compared with decided ones: two that are never paid together count once in the month in
/// which one follows the other, and both where both stand for the same days. One-off sums are paired by their
/// order: a corrected day moves one and costs nothing. A period of which a sum is not known says nothing.
MoneyDifference money_difference(const PolicySet& policies, BenefitIndex benefit,
                                 const std::vector<Entitlement>& timeline, const Decisions& decisions,
                                 Date today);

/// The same by month, as far as the benefits are paid by the month; months without a difference are left out.
/// Nothing stands in a month that is not paid for, nor in one that has not begun. Their sum is
/// money_difference() of them.
std::map<Date, MoneyDifference> monthly_differences(const PolicySet& policies, BenefitIndex benefit,
                                                    const std::vector<Entitlement>& timeline,
                                                    const Decisions& decisions, Date today);

}  // namespace kinhub
