#include "hub/policy/what_if.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace kinhub {
namespace {

Date month_after(Date month) {
  return month.plus_months(1);
}

int month_number(Date day) {
  return day.year() * 12 + static_cast<int>(day.month());
}

/// The first day from which payments count in one of the months: a year's payment has its 1 January.
MonthChange& month_of(std::vector<MonthChange>& months, Date first, Date period) {
  const auto at = static_cast<std::size_t>(month_number(period) - month_number(first));
  assert(at < months.size());
  return months[at];
}

bool stands(const MonthChange& month) {
  return month.due_before || month.due_after || month.pending_before || month.pending_after;
}

/// Due on one side and only pending on the other: nobody has won or lost it yet.
bool undecided(const MonthChange& month) {
  return (month.due_before && !month.due_after && month.pending_after) ||
         (month.due_after && !month.due_before && month.pending_before);
}

void judge(RightChange& change) {
  change.fen_before = change.fen_after = change.gain_fen = 0;
  bool other_months = false, other_pending = false;
  for (const auto& month : change.months) {
    change.fen_before += month.fen_before, change.fen_after += month.fen_after;
    if (undecided(month)) {
      other_pending = true;
      continue;
    }
    change.gain_fen += month.fen_after - month.fen_before;
    other_months |= month.due_before != month.due_after || month.fen_before != month.fen_after;
    other_pending |= month.pending_before != month.pending_after;
  }
  using Kind = RightChange::Kind;
  change.kind = change.gain_fen > 0   ? Kind::more
                : change.gain_fen < 0 ? Kind::less
                : other_months        ? Kind::moved
                : other_pending       ? Kind::pending
                                      : Kind::same;
}

/// The spans that may be paid in the months, without what only explains them. A year's payment in a month of
/// it may rest on any day of the year.
std::vector<Entitlement> payable_in(const std::vector<Entitlement>& timeline, Interval months) {
  const Interval years{Date(months.from.year(), 1, 1), Date(months.until.plus_days(-1).year() + 1, 1, 1)};
  std::vector<Entitlement> kept;
  for (const auto& right : timeline) {
    if (overlap(right.when, years).empty()) continue;
    auto& span = kept.emplace_back();
    span.benefit = right.benefit, span.when = right.when;
    span.amount = right.amount, span.certainty = right.certainty;
  }
  return kept;
}

bool same_spans(const PolicyPair& pair, const std::vector<Entitlement>& before,
                const std::vector<Entitlement>& after) {
  return std::ranges::equal(before, after, [&](const Entitlement& a, const Entitlement& b) {
    return pair.place_before(a.benefit) == pair.place_after(b.benefit) && a.when == b.when &&
           a.amount == b.amount && a.certainty == b.certainty;
  });
}

struct Standing {
  Amount amount;
  Certainty certainty{};
  friend bool operator==(const Standing&, const Standing&) = default;
};
std::optional<Standing> standing_on(std::span<const Entitlement> timeline,
                                    std::optional<BenefitIndex> benefit, Date day) {
  for (const auto& right : timeline)
    if (benefit && right.benefit == *benefit && right.when.contains(day))
      return Standing{right.amount, right.certainty};
  return std::nullopt;
}

}  // namespace

std::string_view name_of(RightChange::Kind kind) {
  switch (kind) {
    case RightChange::Kind::same:
      return "same";
    case RightChange::Kind::more:
      return "more";
    case RightChange::Kind::less:
      return "less";
    case RightChange::Kind::moved:
      return "moved";
    case RightChange::Kind::pending:
      return "pending";
  }
  return "";
}

PolicyPair::PolicyPair(const PolicySet& before, const PolicySet& after)
    : before_(before), after_(after), repricing_(Repricing::between(before, after)) {
  const auto add = [&](const kinhub::Benefit& benefit) {
    benefits_.push_back({benefit.id, benefit.title, benefit.whose == kinhub::Benefit::For::household,
                         before.find(benefit.id), after.find(benefit.id)});
  };
  for (const auto& benefit : before.benefits())
    add(benefit);
  for (const auto& benefit : after.benefits())
    if (!before.find(benefit.id)) add(benefit);
  places_before_.resize(before.benefits().size()), places_after_.resize(after.benefits().size());
  for (std::size_t i = 0; i < benefits_.size(); ++i) {
    if (benefits_[i].before) places_before_[*benefits_[i].before] = i;
    if (benefits_[i].after) places_after_[*benefits_[i].after] = i;
  }
  const auto excluded = [](const PolicySet& set, BenefitIndex of) {
    std::vector<std::string> ids;
    for (const auto other : set.benefits()[of].excludes)
      ids.push_back(set.benefits()[other].id);
    std::ranges::sort(ids);
    return ids;
  };
  for (const auto& benefit : benefits_)
    paid_alike_ = paid_alike_ && benefit.before && benefit.after && *benefit.before == *benefit.after &&
                  before.benefits()[*benefit.before].calendar == after.benefits()[*benefit.after].calendar &&
                  excluded(before, *benefit.before) == excluded(after, *benefit.after);
}

PolicyPair::Timelines PolicyPair::evaluate(const Situation& situation) const {
  Timelines timelines{before_.evaluate(situation), {}};
  if (repricing_) {
    if (timelines.before.empty()) return timelines;
    if (auto priced = repricing_->apply(timelines.before)) {
      timelines.after = std::move(*priced);
      return timelines;
    }
  }
  timelines.after = after_.evaluate(situation);
  return timelines;
}

std::vector<RightChange> changes_of(const PolicyPair& pair, const PolicyPair::Timelines& timelines,
                                    Interval months) {
  assert(months.from.month_start() == months.from && months.until.month_start() == months.until);
  std::vector<RightChange> changes;
  const auto before = payable_in(timelines.before, months), after = payable_in(timelines.after, months);
  if (before.empty() && after.empty()) return changes;
  const bool alike = pair.paid_alike() && same_spans(pair, before, after);
  std::vector<bool> met(pair.benefits().size());
  for (const auto& right : before)
    met[pair.place_before(right.benefit)] = true;
  for (const auto& right : after)
    met[pair.place_after(right.benefit)] = true;
  const auto count = static_cast<std::size_t>(month_number(months.until) - month_number(months.from));
  for (std::size_t i = 0; i < met.size(); ++i) {
    if (!met[i]) continue;
    const auto& benefit = pair.benefits()[i];
    RightChange change;
    change.benefit = i;
    change.months.resize(count);
    if (benefit.before)
      for (const auto& due : pair.before().months_due(before, *benefit.before, months.from, months.until)) {
        auto& month = month_of(change.months, months.from, due.period);
        const bool sure = due.certainty == Certainty::sure && due.amount.known;
        (sure ? month.due_before : month.pending_before) = true;
        if (sure) month.fen_before += due.amount.fen;
      }
    if (benefit.after && !alike)
      for (const auto& due : pair.after().months_due(after, *benefit.after, months.from, months.until)) {
        auto& month = month_of(change.months, months.from, due.period);
        const bool sure = due.certainty == Certainty::sure && due.amount.known;
        (sure ? month.due_after : month.pending_after) = true;
        if (sure) month.fen_after += due.amount.fen;
      }
    auto day = months.from;
    for (auto& month : change.months) {
      month.month = day, day = month_after(day);
      if (alike)
        month.due_after = month.due_before, month.fen_after = month.fen_before,
        month.pending_after = month.pending_before;
    }
    std::erase_if(change.months, [](const MonthChange& month) { return !stands(month); });
    if (change.months.empty()) continue;
    judge(change);
    changes.push_back(std::move(change));
  }
  return changes;
}

void keep_months(std::vector<RightChange>& changes, const std::function<bool(Date)>& keeps) {
  for (auto& change : changes) {
    std::erase_if(change.months, [&](const MonthChange& month) { return !keeps(month.month); });
    judge(change);
  }
  std::erase_if(changes, [](const RightChange& change) { return change.months.empty(); });
}

std::optional<Date> first_difference(const PolicyPair& pair, std::size_t benefit,
                                     const PolicyPair::Timelines& timelines, Interval within) {
  const auto& of = pair.benefits()[benefit];
  std::vector<Date> days{within.from};
  for (const auto* timeline : {&timelines.before, &timelines.after})
    for (const auto& right : *timeline)
      for (auto day : {right.when.from, right.when.until})
        if (within.contains(day)) days.push_back(day);
  std::ranges::sort(days);
  for (auto day : days)
    if (standing_on(timelines.before, of.before, day) != standing_on(timelines.after, of.after, day))
      return day;
  return std::nullopt;
}

void CellSums::add(const CellSums& other) {
  people_before += other.people_before, people_after += other.people_after;
  fen_before += other.fen_before, fen_after += other.fen_after;
  pending_before += other.pending_before, pending_after += other.pending_after;
}

void ChangeSums::add(const ChangeSums& other) {
  people_before += other.people_before, people_after += other.people_after;
  fen_before += other.fen_before, fen_after += other.fen_after;
  winners += other.winners, losers += other.losers;
  won_fen += other.won_fen, lost_fen += other.lost_fen;
  moved += other.moved, pending += other.pending;
}

WhatIfSums::WhatIfSums(std::size_t benefits, Interval months) : benefits_(benefits) {
  for (auto month = months.from; month < months.until; month = month_after(month))
    months_.push_back(month);
}

namespace {

void count(ChangeSums& sums, RightChange::Kind kind, std::int64_t gain_fen) {
  switch (kind) {
    case RightChange::Kind::same:
      break;
    case RightChange::Kind::more:
      ++sums.winners, sums.won_fen += gain_fen;
      break;
    case RightChange::Kind::less:
      ++sums.losers, sums.lost_fen -= gain_fen;
      break;
    case RightChange::Kind::moved:
      ++sums.moved;
      break;
    case RightChange::Kind::pending:
      ++sums.pending;
      break;
  }
}

}  // namespace

void WhatIfSums::add(const std::vector<RightChange>& changes,
                     const std::function<std::string(Date)>& area_on) {
  using Kind = RightChange::Kind;
  std::int64_t gain_fen = 0;
  bool was = false, is = false, moved = false, pending = false;
  std::string area;
  std::vector<CellSums>* cells = nullptr;  // of the area of the month before: mostly the same
  const auto cells_of = [&](Date month) -> std::vector<CellSums>& {
    auto now = area_on(month);
    if (cells == nullptr || now != area) {
      area = std::move(now), cells = &areas_[area];
      if (cells->empty()) cells->resize(benefits_.size() * months_.size());
    }
    return *cells;
  };
  for (const auto& change : changes) {
    auto& sums = benefits_[change.benefit];
    bool theirs_was = false, theirs_is = false;
    for (const auto& month : change.months) {
      theirs_was |= month.due_before, theirs_is |= month.due_after;
      const auto at = static_cast<std::size_t>(month_number(month.month) - month_number(months_.front()));
      cells_of(month.month)[change.benefit * months_.size() + at].add(
          {month.due_before ? 1 : 0, month.due_after ? 1 : 0, month.fen_before, month.fen_after,
           month.pending_before ? 1 : 0, month.pending_after ? 1 : 0});
    }
    sums.people_before += theirs_was ? 1 : 0, sums.people_after += theirs_is ? 1 : 0;
    for (auto* of : {&sums, &all_})
      of->fen_before += change.fen_before, of->fen_after += change.fen_after;
    count(sums, change.kind, change.gain_fen);
    gain_fen += change.gain_fen;
    was |= theirs_was, is |= theirs_is;
    moved |= change.kind != Kind::same && change.kind != Kind::pending;
    pending |= change.kind == Kind::pending;
  }
  all_.people_before += was ? 1 : 0, all_.people_after += is ? 1 : 0;
  count(all_,
        gain_fen > 0   ? Kind::more
        : gain_fen < 0 ? Kind::less
        : moved        ? Kind::moved
        : pending      ? Kind::pending
                       : Kind::same,
        gain_fen);
}

void WhatIfSums::add(const WhatIfSums& other) {
  people += other.people;
  for (std::size_t i = 0; i < benefits_.size(); ++i)
    benefits_[i].add(other.benefits_[i]);
  all_.add(other.all_);
  for (const auto& [area, theirs] : other.areas_) {
    auto& cells = areas_[area];
    if (cells.empty()) cells.resize(theirs.size());
    for (std::size_t i = 0; i < cells.size(); ++i)
      cells[i].add(theirs[i]);
  }
}

bool WhatIfSums::unchanged() const {
  return std::ranges::all_of(benefits_, [](const ChangeSums& sums) {
    return sums.winners == 0 && sums.losers == 0 && sums.moved == 0 && sums.pending == 0;
  });
}

std::string counted_area(std::string_view area, std::string_view region) {
  const std::size_t digits = region.size() >= 9 ? 12 : region.size() >= 6 ? 9 : 6;
  return std::string(area.substr(0, digits));
}

}  // namespace kinhub
