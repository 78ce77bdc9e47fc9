// Calendar arithmetic: from days of a right to months, years and events of money, by the conventions of the
// policy, applied in one place.

#include <cassert>

#include "hub/policy/policy.hpp"

namespace kinhub {
namespace {

// The longest timeline that is paid out month by month: a life.
constexpr int months_max = 12 * 200;

Date year_start(Date day) {
  return Date(day.year(), 1, 1);
}
Date next_month(Date month) {
  return month.plus_months(1);
}
Date next_year(Date year) {
  return Date(std::min(year.year() + 1, 9999), 1, 1);
}

bool paid_in_month(const Entitlement& span, Date month, Calendar::Month rule) {
  switch (rule) {
    case Calendar::Month::any_day:
    case Calendar::Month::by_days:
      return !overlap(span.when, {month, next_month(month)}).empty();
    case Calendar::Month::first_day:
      return span.when.contains(month);
    case Calendar::Month::last_day:
      return span.when.contains(next_month(month).plus_days(-1));
  }
  return false;
}

// Pro rata by days.
std::int64_t share_of_days(std::int64_t fen, Interval entitled, Date month) {
  assert(!entitled.empty() && month <= entitled.from && entitled.until <= next_month(month));
  std::int64_t days_entitled = entitled.until.days() - entitled.from.days();
  std::int64_t days = next_month(month).days() - month.days();
  return (2 * fen * days_entitled + days) / (2 * days);  // half up
}

// What one benefit brings in one month, before looking at others. When the amount changes inside the month,
// the one of the last day of the right counts; by_days adds the shares.
std::optional<Due> month_of(std::span<const Entitlement> timeline, const Benefit& benefit, BenefitIndex index,
                            Date month) {
  std::optional<Due> due;
  for (const auto& span : timeline) {
    if (span.benefit != index || span.amount.per != Per::month) continue;
    if (!paid_in_month(span, month, benefit.calendar.month)) continue;
    Due mine{month, span.amount, span.certainty};
    if (benefit.calendar.month == Calendar::Month::by_days) {
      mine.amount.fen = share_of_days(span.amount.fen, overlap(span.when, {month, next_month(month)}), month);
      if (due) {
        mine.amount.fen += due->amount.fen;
        mine.amount.known = mine.amount.known && due->amount.known;
        mine.certainty = std::max(mine.certainty, due->certainty);
      }
    } else if (due && due->certainty == Certainty::sure && mine.certainty == Certainty::possible) {
      continue;  // a sure day of the month pays the month
    }
    due = mine;
  }
  return due;
}

std::optional<Due> year_of(std::span<const Entitlement> timeline, const Benefit& benefit, BenefitIndex index,
                           Date year) {
  std::optional<Due> due;
  for (const auto& span : timeline) {
    if (span.benefit != index || span.amount.per != Per::year) continue;
    bool entitled = benefit.calendar.year == Calendar::Year::first_day
                        ? span.when.contains(year)
                        : !overlap(span.when, {year, next_year(year)}).empty();
    if (!entitled) continue;
    if (due && due->certainty == Certainty::sure && span.certainty == Certainty::possible) continue;
    due = Due{year, span.amount, span.certainty};
  }
  return due;
}

// Tie-break of what is never paid together: the higher stays; of equal ones the later in the list of
// benefits. What is only possible takes nothing away from another.
bool gives_way(const Due& mine, BenefitIndex index, const Due& other, BenefitIndex other_index) {
  if (other.certainty == Certainty::possible || !other.amount.known) return false;
  if (other.amount.fen != mine.amount.fen) return other.amount.fen > mine.amount.fen;
  return other_index > index;
}

}  // namespace

std::optional<Date> first_month(const Entitlement& entitlement, const Calendar& calendar) {
  if (entitlement.when.empty()) return std::nullopt;
  Date month = entitlement.when.from.month_start();
  for (int i = 0; i < 2; ++i, month = next_month(month))
    if (paid_in_month(entitlement, month, calendar.month)) return month;
  return std::nullopt;
}

std::optional<Date> last_month(const Entitlement& entitlement, const Calendar& calendar) {
  if (entitlement.when.empty() || entitlement.when.until >= Date::forever()) return std::nullopt;
  Date month = entitlement.when.until.plus_days(-1).month_start();
  for (int i = 0; i < 2; ++i, month = month.plus_months(-1))
    if (paid_in_month(entitlement, month, calendar.month)) return month;
  return std::nullopt;
}

Date paid_from(const Calendar& calendar, Interval right, Date confirmed) {
  assert(!right.empty());
  Date first = right.from.month_start();
  if (calendar.late == Calendar::Late::pay_from_confirmation) return std::max(first, confirmed.month_start());
  if (calendar.late_months_max == 0) return first;
  Date last = right.until > confirmed ? confirmed : right.until.plus_days(-1);
  return std::max(first, last.month_start().plus_months(-calendar.late_months_max));
}

std::optional<Change> next_change(std::span<const Entitlement> entitlements, Date day) {
  std::optional<Change> next;
  auto consider = [&](Date on, const Cause& because) {
    if (on > day && on < Date::forever() && (!next || on < next->on)) next = Change{on, because};
  };
  for (const auto& span : entitlements) {
    consider(span.when.from, span.starts_because);
    consider(span.when.until, span.ends_because);
  }
  return next;
}

std::vector<Due> PolicySet::months_due(std::span<const Entitlement> timeline, BenefitIndex index, Date from,
                                       Date until) const {
  return months_due(timeline, index, from, until, [](BenefitIndex, const Due&) { return true; });
}

std::vector<Due> PolicySet::months_due(std::span<const Entitlement> timeline, BenefitIndex index, Date from,
                                       Date until, const Payable& payable) const {
  assert(index < benefits().size());
  std::vector<Due> dues;
  const auto& benefit = benefits()[index];
  Interval asked{from, until}, touched{Date::forever(), Date::beginning()};
  std::optional<Per> per;
  for (const auto& span : timeline) {
    if (span.benefit != index) continue;
    per = span.amount.per;
    touched.from = std::min(touched.from, span.when.from);
    touched.until = std::max(touched.until, span.when.until);
  }
  if (!per || asked.empty()) return dues;
  switch (*per) {
    case Per::once:
      for (const auto& span : timeline)
        if (span.benefit == index && asked.contains(span.when.from))
          dues.push_back({span.when.from, span.amount, span.certainty});
      break;
    case Per::year: {
      Date year = year_start(std::max(from, touched.from));
      for (int i = 0; i < months_max && year < std::min(until, touched.until); ++i, year = next_year(year))
        if (auto due = year_of(timeline, benefit, index, year);
            due && asked.contains(year) && payable(index, *due))
          dues.push_back(*due);
      break;
    }
    case Per::month: {
      Date month = std::max(from, touched.from).month_start();
      for (int i = 0; i < months_max && month < std::min(until, touched.until);
           ++i, month = next_month(month)) {
        auto due = month_of(timeline, benefit, index, month);
        if (!due || !asked.contains(month) || !payable(index, *due)) continue;
        bool gave_way = false;
        for (auto other : benefit.excludes) {
          auto theirs = month_of(timeline, benefits()[other], other, month);
          gave_way |= theirs && payable(other, *theirs) && gives_way(*due, index, *theirs, other);
        }
        if (!gave_way) dues.push_back(*due);
      }
      break;
    }
  }
  return dues;
}

}  // namespace kinhub
