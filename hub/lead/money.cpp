#include "hub/lead/money.hpp"

#include <algorithm>
#include <map>

namespace kinhub {
namespace {

/// The contiguous runs of days of one benefit, whatever their amounts.
std::vector<Interval> runs_of(const std::vector<Entitlement>& timeline, BenefitIndex benefit) {
  std::vector<Interval> runs;
  for (const auto& right : timeline) {  // sorted
    if (right.benefit != benefit || right.when.empty()) continue;
    if (!runs.empty() && runs.back().until == right.when.from)
      runs.back().until = right.when.until;
    else
      runs.push_back(right.when);
  }
  return runs;
}

/// What remains of `when` outside the spans.
template <class Spans>
std::vector<Interval> without(Interval when, const Spans& spans) {
  std::vector<Interval> rest{when};
  for (const auto& span : spans) {
    std::vector<Interval> next;
    for (const auto& part : rest)
      for (auto piece : {Interval{part.from, std::min(part.until, span.when.from)},
                         Interval{std::max(part.from, span.when.until), part.until}})
        if (!piece.empty()) next.push_back(piece);
    rest = std::move(next);
  }
  return rest;
}

/// All days for which a benefit stands or stood confirmed.
std::vector<Interval> ever_confirmed(const Decided& decided) {
  auto days = decided.once;
  for (const auto& span : decided.confirmed)
    days.push_back(span.when);
  return days;
}

/// The earliest month of a run for which the benefit was ever decided: also what was confirmed away since.
std::optional<Date> decided_since(BenefitIndex benefit, Interval run, const Decisions& decisions) {
  const auto found = decisions.find(benefit);
  if (found == decisions.end()) return std::nullopt;
  std::optional<Date> since;
  for (const auto& when : ever_confirmed(found->second))
    if (when.from < run.until && when.until >= run.from)
      since = std::min(since.value_or(Date::forever()), std::max(when.from, run.from).month_start());
  return since;
}

/// The day on which a run of days was confirmed first; nothing: never. Of what was decided before these days
/// were kept, the last confirmation, or the beginning where there was one before it.
std::optional<Date> first_confirmation(BenefitIndex benefit, Interval run, const Decisions& decisions) {
  const auto found = decisions.find(benefit);
  if (found == decisions.end()) return std::nullopt;
  const auto& decided = found->second;
  auto touches = [&](Interval when) { return when.from <= run.until && when.until >= run.from; };
  std::optional<Date> on;
  for (const auto& first : decided.first)
    if (touches(first.run)) on = std::min(on.value_or(Date::forever()), first.on);
  if (on || !decided.first.empty()) return on;
  if (std::any_of(decided.once.begin(), decided.once.end(), touches)) return Date::beginning();
  for (const auto& span : decided.confirmed)
    if (touches(span.when)) return decided.on;
  return std::nullopt;
}

/// Succession: the earliest month of a run in which it takes the place of a benefit that excludes it: of one
/// that was in payment when the run began, or on days for which that one stood confirmed and is not due any
/// more. One that became due beside it is no predecessor: which of the two is confirmed first says nothing.
std::optional<Date> succeeds_since(const Benefit& about, const std::vector<Entitlement>& timeline,
                                   Interval run, const Decisions& decisions) {
  std::optional<Date> since;
  auto count = [&](Date day) { since = std::min(since.value_or(Date::forever()), day.month_start()); };
  for (auto other : about.excludes) {
    const auto found = decisions.find(other);
    if (found == decisions.end()) continue;
    std::vector<Entitlement> stands;
    for (const auto& right : timeline)
      if (right.benefit == other) stands.push_back(right);
    for (const auto& when : ever_confirmed(found->second)) {
      if (when.from < run.from && when.until >= run.from &&
          first_confirmation(other, when, decisions).value_or(run.from) < run.from)
        count(run.from);
      for (const auto& gone : without(overlap(when, run), stands))
        if (!gone.empty()) count(gone.from);
    }
  }
  return since;
}

Interval period_of(const Due& due) {
  switch (due.amount.per) {
    case Per::month:
      return {due.period, due.period.plus_months(1)};
    case Per::year:
      return {due.period, due.period.plus_months(12)};
    case Per::once:
      break;
  }
  return {due.period, due.period.plus_days(1)};
}

/// What was decided, as a timeline. Of benefits excluded by this one only the days on which it does not stand
/// itself: where both were decided for a day, both were paid.
std::vector<Entitlement> decided_timeline(BenefitIndex benefit, const Decisions& decisions) {
  std::vector<Entitlement> timeline;
  const auto mine = decisions.find(benefit);
  for (const auto& [other, decided] : decisions)
    for (const auto& span : decided.confirmed)
      for (auto when : other == benefit || mine == decisions.end()
                           ? std::vector<Interval>{span.when}
                           : without(span.when, mine->second.confirmed)) {
        Entitlement right;
        right.benefit = other, right.when = when, right.amount = span.amount;
        timeline.push_back(right);
      }
  return timeline;
}

Date first_year(const std::vector<Entitlement>& timeline, BenefitIndex benefit, Date today) {
  Date from = today;
  for (const auto& right : timeline)
    if (right.benefit == benefit) from = std::min(from, right.when.from);
  return Date(from.year(), 1, 1);
}

std::vector<Due> due_so_far(const PolicySet& policies, BenefitIndex benefit,
                            const std::vector<Entitlement>& timeline, Date today) {
  return policies.months_due(timeline, benefit, first_year(timeline, benefit, today), today.plus_days(1));
}

/// From which month on a run of days is paid.
struct Limit {
  Interval run;
  Date since;
};

/// The limits of a benefit if it is confirmed today; of one that stands `beside` what is asked, since it was
/// confirmed itself: to have been confirmed makes no month payable that was too late then.
std::vector<Limit> limits_of(const Benefit& about, BenefitIndex benefit, bool beside,
                             const std::vector<Entitlement>& timeline, const Decisions& decisions,
                             Date today) {
  std::vector<Limit> limits;
  for (auto run : runs_of(timeline, benefit)) {
    if (run.from > today) break;
    const auto confirmed = beside ? first_confirmation(benefit, run, decisions).value_or(today) : today;
    auto since = confirmed == Date::beginning() ? run.from.month_start()
                                                : paid_from(about.calendar, run, std::min(confirmed, today));
    if (!beside)
      if (auto decided = decided_since(benefit, run, decisions)) since = std::min(since, *decided);
    if (auto succeeds = succeeds_since(about, timeline, run, decisions)) since = std::min(since, *succeeds);
    limits.push_back({run, since});
  }
  return limits;
}

/// What a period comes to: owed if it is confirmed today, due at all, decided.
struct Period {
  std::int64_t owed = 0, due = 0, paid = 0;
  bool known = true;

  MoneyDifference difference() const {
    if (!known) return {};  // a sum that is not known is not 0
    return {std::max<std::int64_t>(0, owed - paid), std::max<std::int64_t>(0, paid - due)};
  }
};

struct Periods {
  std::map<Date, Period> months, years;
  Period once;

  void add(const std::vector<Due>& dues, std::int64_t Period::*what) {
    for (const auto& due : dues) {
      auto& period = due.amount.per == Per::once    ? once
                     : due.amount.per == Per::month ? months[due.period]
                                                    : years[due.period];
      period.*what += due.amount.fen;
      period.known = period.known && due.amount.known;
    }
  }
};

Periods periods_of(const PolicySet& policies, BenefitIndex benefit, const std::vector<Entitlement>& timeline,
                   const Decisions& decisions, Date today) {
  Periods all;
  all.add(owed(policies, benefit, timeline, decisions, today), &Period::owed);
  all.add(due_so_far(policies, benefit, timeline, today), &Period::due);
  all.add(due_so_far(policies, benefit, decided_timeline(benefit, decisions), today), &Period::paid);
  return all;
}

}  // namespace

std::vector<Due> owed(const PolicySet& policies, BenefitIndex benefit,
                      const std::vector<Entitlement>& timeline, const Decisions& decisions, Date today) {
  std::map<BenefitIndex, std::vector<Limit>> limits;  // of this benefit and of those it excludes, as asked
  auto payable = [&](BenefitIndex one, const Due& due) {
    if (due.amount.per == Per::once) return true;
    const auto [known, fresh] = limits.try_emplace(one);
    if (fresh)
      known->second = limits_of(policies.benefits()[one], one, one != benefit, timeline, decisions, today);
    const auto period = period_of(due);
    return std::any_of(known->second.begin(), known->second.end(), [&](const Limit& limit) {
      return !overlap(limit.run, period).empty() && limit.since < period.until;
    });
  };
  return policies.months_due(timeline, benefit, first_year(timeline, benefit, today), today.plus_days(1),
                             payable);
}

MoneyDifference money_difference(const PolicySet& policies, BenefitIndex benefit,
                                 const std::vector<Entitlement>& timeline, const Decisions& decisions,
                                 Date today) {
  const auto all = periods_of(policies, benefit, timeline, decisions, today);
  MoneyDifference money;
  const auto add = [&](const Period& period) {
    const auto difference = period.difference();
    money.arrears_fen += difference.arrears_fen, money.overpaid_fen += difference.overpaid_fen;
  };
  for (const auto* periods : {&all.months, &all.years})
    for (const auto& [day, period] : *periods)
      add(period);
  add(all.once);
  return money;
}

std::map<Date, MoneyDifference> monthly_differences(const PolicySet& policies, BenefitIndex benefit,
                                                    const std::vector<Entitlement>& timeline,
                                                    const Decisions& decisions, Date today) {
  std::map<Date, MoneyDifference> months;
  for (const auto& [day, period] : periods_of(policies, benefit, timeline, decisions, today).months) {
    const auto difference = period.difference();
    if (difference.arrears_fen != 0 || difference.overpaid_fen != 0) months.emplace(day, difference);
  }
  return months;
}

}  // namespace kinhub
