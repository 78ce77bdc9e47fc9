#pragma once
// Differences planted in an agency's snapshot, for the night round that ends the demonstration.

#include <filesystem>
#include <string>

#include "hub/base/result.hpp"

namespace kinhub::demo {

/// What an agency's register has become over night: how many records of each kind.
struct PlantedNight {
  int lost = 0, doubled = 0, changed = 0;
};

/// The text of a snapshot of residents with one row lost, another one doubled and a third one changed (its
/// household, at the time of the file), pure. The number of its rows stays as it is declared. Errors:
/// DEMO_SNAPSHOT, fewer than three rows that can be told apart.
Result<std::string> with_differences(const std::string& residents, PlantedNight& planted);

/// The same of the largest file of a folder, in its place.
Result<PlantedNight> plant_differences(const std::filesystem::path& snapshot);

}  // namespace kinhub::demo
