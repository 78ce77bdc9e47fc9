#pragma once
// In-process implementation of Operations: opens key, log, store and rules of one data directory, and
// answers what the doors ask.

#include <memory>

#include "hub/desk/opening.hpp"
#include "hub/desk/operations.hpp"

namespace kinhub {

/// Factory: opens the data directory of the configuration. Throws what broke; wrong mappings
/// or policies are ErrorThrown.
std::unique_ptr<Operations> open_local_hub(Opening opening);

}  // namespace kinhub
