#pragma once
// `kinhub demo`: simulated agencies through a whole hub, and its leads beside what the simulator knows is
// true.

#include "hub/cli/commands.hpp"

namespace kinhub::demo {

/// Starts the simulator and a hub of its own, both as child processes, waits until all is told, and judges
/// the leads.
cli::Exit demo(const cli::Context& context, const cli::DemoRequest& request);

}  // namespace kinhub::demo
