#pragma once
// The hub of one data directory: opens key, log, store and rules, and answers what commands ask.

#include <memory>

#include "hub/cli/context.hpp"

namespace kinhub::cli {

/// Opens the data directory of the configuration. Throws what broke; wrong mappings or policies are
/// ErrorThrown.
std::unique_ptr<Operations> open_local_hub(const Context& context);

}  // namespace kinhub::cli
