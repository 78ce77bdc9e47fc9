#pragma once
// Look-up helpers of the timeline engine: a person by index, a place in a region, the day or
// pay period after a day, the day of an age.

#include <algorithm>
#include <string_view>

#include "hub/policy/program.hpp"
#include "hub/record/fact.hpp"

namespace kinhub::policy {

/// Bounds-checked access: nothing when the situation has no person of that index (-1: not known).
inline const SituationPerson* person_of(const Situation& situation, std::int16_t index) {
  if (index < 0 || static_cast<std::size_t>(index) >= situation.people.size()) return nullptr;
  return &situation.people[static_cast<std::size_t>(index)];
}

/// Prefix match on GB/T 2260: whether `place` lies in `region`, whose trailing 00 stand for "all of it".
inline bool region_contains(std::string_view region, std::string_view place) {
  while (region.size() >= 2 && region.ends_with("00"))
    region.remove_suffix(2);
  return place.starts_with(region);
}

/// A state that speaks of the resident pension: that it was paused or ended. One that is drawn is a receipt.
inline bool is_resident_pension(const StateSpan& span) {
  return span.kind == FactKind::pension && span.word == "resident_pension";
}

/// The next day; forever stays forever.
inline Date day_after(Date day) {
  return day >= Date::forever() ? day : day.plus_days(1);
}

/// The first day of the pay period after the one that contains `day`.
inline Date next_period(Date day, Per per) {
  switch (per) {
    case Per::month:
      return day.month_start().plus_months(1);
    case Per::year:
      return Date(std::min(day.year() + 1, 9999), 1, 1);
    case Per::once:
      return day.plus_days(1);
  }
  return day;
}

/// The day on which someone born on `birth` reaches the age, under its calendar.
inline Date reaches_under(const AgeEdge& age, Date birth) {
  return reaches(birth, age.years, age.feb29).plus_days(age.age == Calendar::Age::day_after_birthday ? 1 : 0);
}
inline Date reaches_under(const Leaf& leaf, Date birth) {
  return reaches_under(AgeEdge{leaf.low, leaf.age, leaf.feb29}, birth);
}

}  // namespace kinhub::policy
