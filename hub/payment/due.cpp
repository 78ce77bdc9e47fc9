#include "hub/payment/due.hpp"

#include <algorithm>
#include <cassert>
#include <tuple>

namespace kinhub {
namespace {

/// The contiguous runs of days of sorted spans.
std::vector<Interval> runs_of(const std::vector<RightSpan>& spans) {
  std::vector<Interval> runs;
  for (const auto& span : spans) {
    if (span.when.empty()) continue;
    if (!runs.empty() && runs.back().until >= span.when.from)
      runs.back().until = std::max(runs.back().until, span.when.until);
    else
      runs.push_back(span.when);
  }
  return runs;
}

bool confirms_day_of(const Confirmation& confirmation, Interval run) {
  return std::any_of(confirmation.confirmed.begin(), confirmation.confirmed.end(),
                     [&](const RightSpan& span) { return !overlap(span.when, run).empty(); });
}

/// A period of money as days.
Interval days_of(Date period, Per per) {
  switch (per) {
    case Per::month:
      return {period, period.plus_months(1)};
    case Per::year:
      return {period, period.plus_months(12)};
    case Per::once:
      break;
  }
  return {period, period.plus_days(1)};
}

/// A gap-free run of one benefit, and the first month it is paid for; nothing: it stands confirmed no more.
struct Run {
  Interval days;
  std::optional<Date> paid_from;
};

/// One benefit as money sees it.
struct Account {
  std::vector<RightSpan> spans;
  std::vector<Run> runs;

  /// The run that touches a period and is payable for it.
  const Run* payable_in(Interval period) const {
    for (const auto& run : runs)
      if (run.paid_from && !overlap(run.days, period).empty() && *run.paid_from < period.until) return &run;
    return nullptr;
  }
};

Account account_of(const Benefit& about, const DecidedRight& right) {
  Account account{counted_days(right), {}};
  for (const auto run : runs_of(right.stands)) {  // of all decided days, whichever of them count
    const auto since = confirmed_since(right.confirmations, run);
    account.runs.push_back(
        {run, since ? std::optional(paid_from(about.calendar, run, *since)) : std::nullopt});
  }
  return account;
}

/// Accounts of all benefits, and their days as a timeline of what is sure.
struct Accounts {
  std::map<BenefitIndex, Account> by_benefit;
  std::vector<Entitlement> timeline;
};

Accounts accounts_of(const PolicySet& policies, const DecidedRights& rights) {
  Accounts all;
  for (const auto& [benefit, right] : rights) {
    auto account = account_of(policies.benefits()[benefit], right);
    for (const auto& span : account.spans) {
      Entitlement days;
      days.benefit = benefit, days.when = span.when, days.amount = span.amount;
      all.timeline.push_back(days);
    }
    all.by_benefit.emplace(benefit, std::move(account));
  }
  return all;
}

/// The due with its days: where in the period the right begins to be held, where it ends.
DuePayment placed(BenefitIndex benefit, const Due& due, const Account& account) {
  const auto period = days_of(due.period, due.amount.per);
  DuePayment found{{benefit, due.period}, due.amount, due.period, due.period, false, false};
  Interval held{Date::forever(), Date::beginning()};
  for (const auto& span : account.spans) {
    const auto days = overlap(span.when, period);
    if (days.empty()) continue;
    held.from = std::min(held.from, days.from);
    if (days.until > held.until)
      held.until = days.until, found.pending = span.certainty == Certainty::possible;
  }
  if (held.empty()) return found;
  found.held_on = held.until.plus_days(-1);
  if (due.amount.per == Per::year) found.due_on = held.from;
  return found;
}

/// What stood confirmed of an exclusive benefit when another took its place: its last amount.
const RightSpan* before_it(const Benefit& about, Date from, const Accounts& all, BenefitIndex& whose) {
  for (auto other : about.excludes) {
    const auto found = all.by_benefit.find(other);
    if (found == all.by_benefit.end()) continue;
    const auto& account = found->second;
    const auto ends = [&](const Run& run) {
      return run.days.until == from && run.paid_from && *run.paid_from < run.days.until;
    };
    if (std::none_of(account.runs.begin(), account.runs.end(), ends)) continue;
    for (const auto& span : account.spans)
      if (span.when.until == from && span.amount.per == Per::month) return whose = other, &span;
  }
  return nullptr;
}

/// Months that would fall between two benefits: the one has ended, the other was confirmed too late for them.
void add_bridged(const PolicySet& policies, const Accounts& all, Date from, Date until,
                 std::vector<DuePayment>& dues) {
  for (const auto& [benefit, account] : all.by_benefit) {
    const auto& about = policies.benefits()[benefit];
    const auto held =
        policies.months_due(all.timeline, benefit, from, until,
                            [one = benefit](BenefitIndex other, const Due&) { return other == one; });
    for (const auto& due : held) {
      if (due.amount.per != Per::month) break;
      const auto month = days_of(due.period, Per::month);
      if (account.payable_in(month)) continue;
      const bool another = std::any_of(dues.begin(), dues.end(), [&](const DuePayment& one) {
        return one.key.period == due.period && one.amount.per == Per::month &&
               std::find(about.excludes.begin(), about.excludes.end(), one.key.benefit) !=
                   about.excludes.end();
      });
      if (another) continue;
      for (const auto& run : account.runs) {
        BenefitIndex whose{};
        const auto* before =
            overlap(run.days, month).empty() ? nullptr : before_it(about, run.days.from, all, whose);
        if (!before) continue;
        auto bridged = placed(benefit, due, account);
        bridged.key.benefit = whose, bridged.amount = before->amount, bridged.bridged = true;
        dues.push_back(bridged);
        break;
      }
    }
  }
}

/// One period of one group of benefits.
struct Cell {
  std::map<BenefitIndex, std::int64_t> delta;
  std::map<BenefitIndex, DuePayment> due;
  bool unknown = false;
};

/// The sum of a cell, laid upon the benefits that differ in its direction, those that differ most first.
std::vector<std::pair<BenefitIndex, std::int64_t>> laid_out(const Cell& cell) {
  std::int64_t sum = 0;
  for (const auto& [benefit, fen] : cell.delta)
    sum += fen;
  std::vector<std::pair<BenefitIndex, std::int64_t>> parts;
  if (sum == 0) return parts;
  std::vector<std::pair<BenefitIndex, std::int64_t>> same;
  for (const auto& [benefit, fen] : cell.delta)
    if ((fen > 0) == (sum > 0) && fen != 0) same.emplace_back(benefit, fen);
  std::stable_sort(same.begin(), same.end(),
                   [](const auto& a, const auto& b) { return std::abs(a.second) > std::abs(b.second); });
  for (const auto& [benefit, fen] : same) {
    if (sum == 0) break;
    const auto part = sum > 0 ? std::min(sum, fen) : std::max(sum, fen);
    parts.emplace_back(benefit, part);
    sum -= part;
  }
  return parts;
}

bool by_period(const PaymentDelta& a, const PaymentDelta& b) {
  return std::tie(a.key.period, a.key.benefit) < std::tie(b.key.period, b.key.benefit);
}

}  // namespace

std::vector<RightSpan> counted_days(const DecidedRight& right) {
  std::vector<RightSpan> counted;
  for (const auto run : runs_of(right.stands)) {
    auto sure_since = Date::forever();
    const auto look = [&](const std::vector<RightSpan>& spans) {
      for (const auto& span : spans)
        if (const auto days = overlap(span.when, run); span.certainty == Certainty::sure && !days.empty())
          sure_since = std::min(sure_since, days.from);
    };
    look(right.stands);
    for (const auto& confirmation : right.confirmations)
      look(confirmation.confirmed);
    for (auto span : right.stands) {
      span.when = overlap(span.when, run);
      if (span.certainty == Certainty::possible) span.when.from = std::max(span.when.from, sure_since);
      if (!span.when.empty()) counted.push_back(span);
    }
  }
  return counted;
}

std::optional<Date> confirmed_since(const std::vector<Confirmation>& confirmations, Interval run) {
  std::optional<Date> since;
  for (auto one = confirmations.rbegin(); one != confirmations.rend() && confirms_day_of(*one, run); ++one)
    since = one->on;
  return since;
}

std::vector<DuePayment> due_payments(const PolicySet& policies, const DecidedRights& rights, Date from,
                                     Date until) {
  const auto all = accounts_of(policies, rights);
  const auto payable = [&](BenefitIndex benefit, const Due& due) {
    const auto found = all.by_benefit.find(benefit);
    return found != all.by_benefit.end() &&
           found->second.payable_in(days_of(due.period, due.amount.per)) != nullptr;
  };
  std::vector<DuePayment> dues;
  for (const auto& [benefit, account] : all.by_benefit)
    for (const auto& due : policies.months_due(all.timeline, benefit, from, until, payable))
      dues.push_back(placed(benefit, due, account));
  add_bridged(policies, all, from, until, dues);
  std::sort(dues.begin(), dues.end(), [](const DuePayment& a, const DuePayment& b) {
    return std::tie(a.key.period, a.key.benefit) < std::tie(b.key.period, b.key.benefit);
  });
  return dues;
}

std::vector<BenefitIndex> exclusive_groups(const PolicySet& policies) {
  const auto& benefits = policies.benefits();
  std::vector<BenefitIndex> group(benefits.size());
  for (BenefitIndex i = 0; i < benefits.size(); ++i)
    group[i] = i;
  for (BenefitIndex i = 0; i < benefits.size(); ++i)
    for (auto other : benefits[i].excludes) {
      const auto low = std::min(group[i], group[other]), high = std::max(group[i], group[other]);
      std::replace(group.begin(), group.end(), high, low);
    }
  return group;
}

Reckoning reckon(const PolicySet& policies, const DecidedRights& rights, const Settled& settled,
                 Interval period, Date ledger_start, Date lived) {
  assert(!period.empty());
  const auto group = exclusive_groups(policies);
  const auto not_lived = [&](Date due_on) { return due_on < period.from && due_on > lived; };
  Reckoning found;
  std::map<std::pair<Date, BenefitIndex>, Cell> cells;  // by period, and the first benefit of the group
  // A yearly sum stands under 1 January: the year of the start is asked from its first day on.
  const Date first_year(ledger_start.year(), 1, 1);
  auto until = period.until;
  for (const auto& [key, fen] : settled)
    until = std::max(until, key.period.plus_months(12));
  for (const auto& due : due_payments(policies, rights, first_year, until)) {
    if (due.due_on < ledger_start) continue;
    auto& cell = cells[{due.key.period, group[due.key.benefit]}];
    cell.due.emplace(due.key.benefit, due);
    cell.unknown = cell.unknown || !due.amount.known;
    cell.delta[due.key.benefit] += due.amount.fen;
    if (due.due_on >= period.until || not_lived(due.due_on)) continue;
    if (!due.amount.known) found.unknown.push_back(due);
    found.due.push_back(due);
  }
  for (const auto& [key, fen] : settled) {
    const auto cell = cells.find({key.period, group[key.benefit]});
    if (key.period < ledger_start && cell == cells.end()) continue;  // older books
    cells[{key.period, group[key.benefit]}].delta[key.benefit] -= fen;
  }
  for (const auto& [at, cell] : cells) {
    if (cell.unknown) continue;  // a sum that is not known is not 0
    for (const auto& [benefit, fen] : laid_out(cell)) {
      PaymentDelta delta{{benefit, at.first}, fen, at.first.plus_months(1).plus_days(-1), false};
      auto due_on = at.first;
      if (const auto due = cell.due.find(benefit); due != cell.due.end())
        delta.held_on = due->second.held_on, delta.pending = due->second.pending, due_on = due->second.due_on;
      if (fen > 0 && (due_on >= period.until || not_lived(due_on))) continue;  // not due yet
      auto& list = fen < 0 ? found.overpaid : due_on >= period.from ? found.regular : found.arrears;
      list.push_back(delta);
    }
  }
  for (auto* list : {&found.regular, &found.arrears, &found.overpaid})
    std::sort(list->begin(), list->end(), by_period);
  return found;
}

}  // namespace kinhub
