#pragma once
// Captured files as events, through the connector of their source and into no log: for `kinhub map try`.

#include <filesystem>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/config/config.hpp"
#include "hub/stream/event.hpp"

namespace kinhub {

/// The events that `kinhub ingest` would append for these files, in order; those that the connector cannot
/// read are of kind `rejected`. Keeps nothing on disk. REQUIRES: the source has a connector.
Result<std::vector<Event>> events_of_files(const Config& config, const SourceConfig& source,
                                           const std::vector<std::filesystem::path>& files,
                                           const Clock& clock);

}  // namespace kinhub
