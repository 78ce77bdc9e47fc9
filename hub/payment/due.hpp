#pragma once
// Accrual: what is due to one person for each month, by what people decided, beside what closed lists
// settled. Pure, in values; payment lists are made of it.

#include <compare>
#include <cstdint>
#include <map>
#include <vector>

#include "hub/lead/lead.hpp"

namespace kinhub {

/// One confirmation of a benefit: the day in Shanghai, and the whole timeline that it confirmed.
struct Confirmation {
  Date on;
  std::vector<RightSpan> confirmed;
};

/// What was decided of one benefit of a person, as far as it was known.
struct DecidedRight {
  std::vector<RightSpan> stands;            ///< the decided timeline, by from
  std::vector<Confirmation> confirmations;  ///< all of them, in order of time
};
using DecidedRights = std::map<BenefitIndex, DecidedRight>;

/// A payment of one person: of a month, a year or an event of one benefit.
struct PaymentKey {
  BenefitIndex benefit = 0;
  Date period;  ///< as Due has it: the first of the month, 1 January, the day of the event
  friend auto operator<=>(const PaymentKey&, const PaymentKey&) = default;
};
/// What closed lists allotted and no bank gave back, in fen.
using Settled = std::map<PaymentKey, std::int64_t>;

/// A payment that is due.
struct DuePayment {
  PaymentKey key;
  Amount amount;
  Date due_on;   ///< the first day it may be paid: of a yearly one, the first day of that year it is held
  Date held_on;  ///< the last day of the period on which the right is held: where its payer is
  bool pending = false;  ///< the right was decided sure and is only possible on that day: 待核实
  bool bridged = false;  ///< of a month between two benefits, at the last amount of the one that ended
  friend bool operator==(const DuePayment&, const DuePayment&) = default;
};

/// The days of a decided timeline that count for money: those that are sure, and possible ones behind a day
/// of the same run that some confirmation held sure. Sorted.
std::vector<RightSpan> counted_days(const DecidedRight& right);

/// The day from which on a run of days stands confirmed: of the earliest confirmation such that it and every
/// later one confirm a day of the run. Nothing: the last one confirms none.
std::optional<Date> confirmed_since(const std::vector<Confirmation>& confirmations, Interval run);

/// Payments of periods that begin in [from, until). Held by the decided timeline and the month rule of each
/// calendar; payable by its `late` rule from the day its run was confirmed on; then, among what is payable,
/// what is never paid together. A month in which a benefit is held and not yet payable is due at the last
/// confirmed amount of the exclusive one whose run ends where its own begins, and under that one's name.
std::vector<DuePayment> due_payments(const PolicySet& policies, const DecidedRights& rights, Date from,
                                     Date until);

/// Benefits that are never paid together, directly or by a third one: for each the first of its group.
std::vector<BenefitIndex> exclusive_groups(const PolicySet& policies);

/// A difference between what is due and what is settled.
struct PaymentDelta {
  PaymentKey key;
  std::int64_t fen = 0;  ///< above 0: to pay; below: overpaid
  Date held_on;          ///< of what is due; of a period of which nothing is due, its last day
  bool pending = false;
  friend bool operator==(const PaymentDelta&, const PaymentDelta&) = default;
};
struct Reckoning {
  std::vector<PaymentDelta> regular;   ///< 本期应发: of the period
  std::vector<PaymentDelta> arrears;   ///< 补发: of before it, from the start of the ledger on
  std::vector<PaymentDelta> overpaid;  ///< never taken back by itself
  std::vector<DuePayment> unknown;     ///< of which no sum is known: nothing can be paid or claimed
  std::vector<DuePayment> due;         ///< all that is due from the start of the ledger on
  friend bool operator==(const Reckoning&, const Reckoning&) = default;
};
/// Compares what is due up to the end of a period with what is settled. Differences of one person and period
/// among benefits that exclude one another are summed first: only the sum is arrears or overpaid. What falls
/// due behind the period is of no concern yet, unless it is settled. Of what lies before it nothing is
/// arrears that falls due behind `lived`, the day of the reckoning.
Reckoning reckon(const PolicySet& policies, const DecidedRights& rights, const Settled& settled,
                 Interval period, Date ledger_start, Date lived = Date::forever());

}  // namespace kinhub
