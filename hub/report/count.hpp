#pragma once
// Counting of households and persons by town (specification of care 0.3, 4.2 R01): a household in the town of
// its seat, a person in his own.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "hub/service/counted.hpp"

namespace kinhub::report {

struct Pair {
  std::int64_t households = 0, people = 0;
  Pair& operator+=(const Pair& other);
  friend bool operator==(const Pair&, const Pair&) = default;
};

/// The figures of one unit.
struct Figures {
  Pair all, bereaved, disabled;          ///< 合计, 失独, 伤残: of whom is sure
  Pair old, old_bereaved, old_disabled;  ///< 其中49岁以上
  Pair possible;                         ///< 待核实
  Figures& operator+=(const Figures& other);
};

/// Figures by town of nine digits within a region; "" of whom the town is not known.
using ByTown = std::map<std::string, Figures, std::less<>>;

ByTown count(const std::vector<service::Household>& households, std::string_view region);

/// The town, if the area lies in the region; null: it does not, or is not known at all.
struct Place {
  bool inside = false;
  std::string town;  ///< "" : not known
};
Place place_in(std::string_view area, std::string_view region);

/// Towns in the order of reports: by code, and last those whose town is not known.
template <class Values>
std::vector<std::string> towns_of(const Values& by_town) {
  std::vector<std::string> towns;
  for (const auto& [town, value] : by_town)
    if (!town.empty()) towns.push_back(town);
  if (by_town.contains("")) towns.emplace_back();
  return towns;
}
/// How a town is called in a table.
std::string unit_name(const std::string& town);

}  // namespace kinhub::report
