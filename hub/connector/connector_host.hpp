#pragma once
// The child's side of a connector in a process of its own: the command `kinhub connector-host`.

namespace kinhub {

/// Runs one instance and serves the hub's orders until the hub ends it or is gone. Started by the hub with a
/// socket as file 3; returns 2 when it was not, and otherwise leaves through _exit().
int connector_host_main();

}  // namespace kinhub
