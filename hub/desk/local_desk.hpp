#pragma once
// In-process implementation of Desk: opens key, log, store and rules of one data directory, and answers what
// the guard lets through. Doors open it through open_desk() (guarded_desk.hpp); tests and tools may without a
// guard.

#include <memory>

#include "hub/desk/desk.hpp"
#include "hub/desk/desk_options.hpp"

namespace kinhub {

/// Factory: opens the data directory of the configuration. Throws what broke; wrong mappings
/// or policies are ErrorThrown.
std::unique_ptr<Desk> open_local_desk(DeskOptions options);

}  // namespace kinhub
