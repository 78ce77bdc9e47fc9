// Causes of leaf edges: a search of the situation for the fact that has the day of the edge.

#include "hub/policy/causes.hpp"

namespace kinhub::policy {
namespace {

using Kind = Leaf::Kind;

Cause coverage_cause(Date day) {
  return Cause{Cause::What::coverage, 0, day, 0};
}

}  // namespace

bool CauseFinder::counts(const ChildSpan& span) const {
  return span.relation != ChildRelation::step && person_of(situation_, span.child);
}

std::optional<Cause> CauseFinder::recorded(CauseIndex index) const {
  if (index < 0 || static_cast<std::size_t>(index) >= situation_.causes.size()) return std::nullopt;
  return situation_.causes[static_cast<std::size_t>(index)];
}
Cause CauseFinder::known_or(CauseIndex index, Cause::What what, std::int16_t who, Date on, int number) const {
  if (auto cause = recorded(index)) return *cause;
  return Cause{what, who, on, number};
}

std::optional<Cause> CauseFinder::death_on(std::int16_t index, Date day, bool day_after_too) const {
  const auto* who = person_of(situation_, index);
  if (!who || !who->died) return std::nullopt;
  if (who->died->on == day || (day_after_too && day_after(who->died->on) == day))
    return known_or(who->died->cause, Cause::What::death, index, who->died->on);
  const Date first = who->died->first();  // a death known to the month or the year
  if (first == day || (day_after_too && day_after(first) == day))
    return Cause{Cause::What::death, index, first, 0};
  return std::nullopt;
}

std::optional<Cause> CauseFinder::child_cause(Date day, bool grades) const {
  for (const auto& span : situation_.children)
    if (counts(span))
      if (auto cause = death_on(span.child, day, false)) return cause;
  for (const auto& span : situation_.children) {
    if (!counts(span)) continue;
    auto what = span.relation == ChildRelation::adopted ? Cause::What::adoption : Cause::What::birth;
    const auto& born = person_of(situation_, span.child)->born;
    if (span.when.from == day) return known_or(span.starts, what, span.child, day);
    if (born && (born->latest == day || born->earliest == day))
      return Cause{Cause::What::birth, span.child, day, 0};
    if (span.when.until == day)
      return known_or(
          span.ends,
          span.relation == ChildRelation::adopted ? Cause::What::adoption_dissolved : Cause::What::parentage,
          span.child, day);
  }
  if (grades)
    for (const auto& child : situation_.children) {
      if (!counts(child)) continue;
      const DisabilitySpan* ended = nullptr;
      for (const auto& span : situation_.disabilities) {
        if (span.person != child.child) continue;
        if (span.when.from == day)
          return known_or(span.starts,
                          span.certainty == Certainty::sure ? Cause::What::disability_grade
                                                            : Cause::What::certificate_expiry,
                          span.person, day, span.grade);
        if (span.when.until == day) ended = &span;
      }
      if (ended) return known_or(ended->ends, Cause::What::disability_grade, ended->person, day, 0);
    }
  return std::nullopt;
}

std::optional<Cause> CauseFinder::marriage_cause(Date day) const {
  for (const auto& marriage : situation_.marriages) {
    if (auto cause = death_on(marriage.spouse, day, false)) return cause;
    if (marriage.when.from == day)
      return known_or(marriage.starts, Cause::What::marriage, marriage.spouse, day);
    if (marriage.when.until == day)
      return known_or(marriage.ends, Cause::What::divorce, marriage.spouse, day);
  }
  for (auto partner : partners_)
    if (auto cause = death_on(partner, day, false)) return cause;
  return std::nullopt;
}

std::optional<Cause> CauseFinder::age_cause(const Leaf& leaf, Date day) const {
  auto reached = [&](std::int16_t index) -> bool {
    const auto* who = person_of(situation_, index);
    return who && who->born &&
           (reaches_under(leaf, who->born->latest) == day || reaches_under(leaf, who->born->earliest) == day);
  };
  bool is_woman = !situation_.people.empty() && situation_.people[0].sex == Sex::female;
  const bool asks_partners = leaf.kind == Kind::age ? leaf.who != Who::parent
                                                    : !is_woman && leaf.kind != Kind::parent_reaches &&
                                                          leaf.kind != Kind::parent_turns;
  if (asks_partners)
    for (auto partner : partners_)
      if (reached(partner)) return Cause{Cause::What::own_age, partner, day, leaf.low};
  if (reached(0)) return Cause{Cause::What::own_age, 0, day, leaf.low};
  return std::nullopt;
}

std::optional<Cause> CauseFinder::residence_cause(Date day, bool from_first) const {
  const ResidenceSpan* other = nullptr;
  for (const auto& span : situation_.residences) {
    if ((from_first ? span.when.from : span.when.until) == day)
      return known_or(from_first ? span.starts : span.ends, Cause::What::residence, span.person, day);
    if ((from_first ? span.when.until : span.when.from) == day) other = &span;
  }
  if (other)
    return known_or(from_first ? other->ends : other->starts, Cause::What::residence, other->person, day);
  return std::nullopt;
}

Cause CauseFinder::of_receipt(const ReceiptSpan& span, Date day) const {
  return known_or(span.when.from == day ? span.starts : span.ends, Cause::What::receipt, span.person, day);
}

std::optional<Cause> CauseFinder::receipt_edge(Kind kind, Date day) const {
  auto what = kind == Kind::resident_pension ? ReceiptSpan::What::resident_pension
                                             : ReceiptSpan::What::low_income_allowance;
  for (const auto& span : situation_.receipts)
    if (span.what == what && (span.when.from == day || span.when.until == day)) return of_receipt(span, day);
  if (kind == Kind::resident_pension)
    for (const auto& span : situation_.states)
      if (is_resident_pension(span) && (span.when.from == day || span.when.until == day))
        return known_or(span.when.from == day ? span.starts : span.ends, Cause::What::receipt, span.person,
                        day);
  return std::nullopt;
}

Cause CauseFinder::of_leaf(const Leaf& leaf, Date day) const {
  std::optional<Cause> cause;
  switch (leaf.kind) {
    case Kind::always:
      break;
    case Kind::in_days:
      return Cause{Cause::What::policy, 0, day, 0};
    case Kind::registered_in:
    case Kind::urban:
    case Kind::rural:
      cause = residence_cause(day, true);
      break;
    case Kind::parent_alive:
      cause = death_on(0, day, true);
      break;
    case Kind::only_child_dead:
    case Kind::only_child_disabled:
    case Kind::another_living_child:
      cause = child_cause(day, leaf.kind != Kind::only_child_dead);
      break;
    case Kind::age_line:
    case Kind::wife_reaches:
      cause = marriage_cause(day);
      if (auto age = age_cause(leaf, day); age && !cause) cause = age;
      break;
    case Kind::parent_reaches:
      cause = age_cause(leaf, day);
      break;
    case Kind::couple_married:
    case Kind::spouses_born_from:
      cause = marriage_cause(day);
      break;
    case Kind::low_income_allowance:
    case Kind::resident_pension:
      if (auto receipt = receipt_edge(leaf.kind, day)) return *receipt;
      cause = leaf.kind == Kind::low_income_allowance ? marriage_cause(day) : std::nullopt;
      break;
    case Kind::death_of_only_child:
    case Kind::birth_after_ivf:
      cause = child_cause(day, false);
      if (!cause) cause = child_cause(day.plus_days(-1), false);  // the end of an event's only day
      break;
    case Kind::children:
    case Kind::age:
    case Kind::sex:
    case Kind::residence:
    case Kind::marriage:
    case Kind::state:
      cause = form_cause(leaf, day);
      break;
    case Kind::child_born:
    case Kind::child_adopted:
    case Kind::child_dies:
    case Kind::parent_turns:
    case Kind::state_starts:
      cause = form_cause(leaf, day);
      if (!cause) cause = form_cause(leaf, day.plus_days(-1));
      break;
  }
  return cause ? *cause : coverage_cause(day);
}

// A child that reaches an age of the count.
std::optional<Cause> CauseFinder::child_age_cause(const Leaf& leaf, Date day) const {
  for (int years : {leaf.count.age_from, leaf.count.age_below})
    for (const auto& span : situation_.children) {
      if (years == 0 || !counts(span)) continue;
      Leaf asked = leaf;
      asked.low = years;
      const auto& born = person_of(situation_, span.child)->born;
      if (born && (reaches_under(asked, born->latest) == day || reaches_under(asked, born->earliest) == day))
        return Cause{Cause::What::own_age, span.child, day, years};
    }
  return std::nullopt;
}

std::optional<Cause> CauseFinder::state_cause(const Leaf& leaf, Date day) const {
  for (const auto& span : situation_.states)
    if (span.kind == leaf.fact && (span.when.from == day || span.when.until == day))
      return known_or(span.when.from == day ? span.starts : span.ends, Cause::What::receipt, span.person,
                      day);
  for (const auto& span : situation_.receipts)
    if (span.when.from == day || span.when.until == day) return of_receipt(span, day);
  return std::nullopt;
}

// Of the general forms: what they rest on, and the day before for the end of an event's only day.
std::optional<Cause> CauseFinder::form_cause(const Leaf& leaf, Date day) const {
  if (leaf.kind == Kind::age || leaf.kind == Kind::parent_turns) {
    for (int years : {leaf.low, leaf.high}) {
      Leaf asked = leaf;
      asked.low = years;
      if (auto cause = years > 0 ? age_cause(asked, day) : std::nullopt) return cause;
    }
  } else if (leaf.kind == Kind::residence) {
    if (auto cause = residence_cause(day, true)) return cause;
  } else if (leaf.kind == Kind::state || leaf.kind == Kind::state_starts) {
    if (auto cause = state_cause(leaf, day)) return cause;
  } else if (leaf.kind != Kind::marriage) {
    if (auto cause = child_cause(day, leaf.count.grade_low > 0)) return cause;
    return child_age_cause(leaf, day);
  }
  if (leaf.who == Who::child) return child_cause(day, false);
  const bool asks_marriage = leaf.kind == Kind::marriage || leaf.who != Who::parent;
  return asks_marriage ? marriage_cause(day) : std::nullopt;
}

Cause CauseFinder::of_reporter(Date day) const {
  for (auto partner : partners_)
    if (auto cause = death_on(partner, day, true)) return *cause;
  if (auto cause = marriage_cause(day)) return *cause;
  if (auto cause = residence_cause(day, true)) return *cause;
  for (auto partner : partners_)
    if (const auto* who = person_of(situation_, partner);
        who && who->died && next_period(who->died->on, Per::year) >= day && who->died->on < day)
      return known_or(who->died->cause, Cause::What::death, partner, who->died->on);
  return coverage_cause(day);
}

}  // namespace kinhub::policy
