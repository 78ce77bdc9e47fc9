#pragma once
// Failpoints: named steps of the journey at which a test build can be told to die, stop, wait or fail.
// A build without KINHUB_FAILPOINTS has none of it: the calls are empty.

#include <string_view>
#include <vector>

namespace kinhub {

#ifdef KINHUB_FAILPOINTS
/// Does what the environment variable KINHUB_FAILPOINT says of this step, else nothing:
/// NAME[:PASSES][=ACTION], actions kill (SIGKILL, the default), stop (SIGSTOP), throw (Unavailable), sleep-MS;
/// PASSES: how often the step is passed unharmed before. Several are separated by commas.
/// Names: those of failpoint_names(); an unknown one ends the program at its start with an explanation.
void failpoint(std::string_view name);
#else
inline constexpr void failpoint(std::string_view) {}
#endif

/// All there are, in the order of the journey: the kill matrix goes through them.
std::vector<std::string_view> failpoint_names();

}  // namespace kinhub
