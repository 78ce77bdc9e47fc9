#include "hub/report/count.hpp"

#include "hub/report/report.hpp"

namespace kinhub::report {

Pair& Pair::operator+=(const Pair& other) {
  households += other.households, people += other.people;
  return *this;
}

Figures& Figures::operator+=(const Figures& other) {
  all += other.all, bereaved += other.bereaved, disabled += other.disabled;
  old += other.old, old_bereaved += other.old_bereaved, old_disabled += other.old_disabled;
  possible += other.possible;
  return *this;
}

Place place_in(std::string_view area, std::string_view region) {
  // Of whom a county alone is known, no town of it is.
  if (area.empty() || !service::lies_in(area, region)) return {};
  return {true, service::town_of(area)};
}

std::string unit_name(const std::string& town) {
  return town.empty() ? std::string(no_town) : town;
}

ByTown count(const std::vector<service::Household>& households, std::string_view region) {
  ByTown towns;
  for (const auto& household : households) {
    if (const auto seat = place_in(household.seat, region); seat.inside) {
      auto& of = towns[seat.town];
      if (household.possible) {
        ++of.possible.households;
      } else {
        ++of.all.households;
        ++(household.bereaved ? of.bereaved : of.disabled).households;
        if (household.of_49) {
          ++of.old.households;
          ++(household.bereaved ? of.old_bereaved : of.old_disabled).households;
        }
      }
    }
    for (const auto& member : household.members) {
      const auto at = place_in(member.area, region);
      if (!at.inside) continue;
      auto& of = towns[at.town];
      if (member.certainty != Certainty::sure) {
        ++of.possible.people;
        continue;
      }
      ++of.all.people;
      ++(member.bereaved ? of.bereaved : of.disabled).people;
      if (!member.of_49) continue;
      ++of.old.people;
      ++(member.bereaved ? of.old_bereaved : of.old_disabled).people;
    }
  }
  return towns;
}

}  // namespace kinhub::report
