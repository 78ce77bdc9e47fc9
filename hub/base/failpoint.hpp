#pragma once
// Failpoints for fault injection: named steps of the journey at which a test build can be told to die, stop,
// wait or fail. A build without KINHUB_FAILPOINTS has none of it: the calls are empty.

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub {

#ifdef KINHUB_FAILPOINTS
inline constexpr bool has_failpoints = true;
/// Injects the fault that the environment variable KINHUB_FAILPOINT orders for this step, else nothing:
/// NAME[:PASSES][=ACTION], actions kill (SIGKILL, the default), stop (SIGSTOP), throw (Unavailable),
/// sleep-MS; PASSES: how often the step is passed unharmed before. Several are separated by commas; each acts
/// once, but for sleep, which acts at every pass from then on. Names: those of failpoint_names(); an unknown
/// one ends the program at its start with an explanation. The variable is read once, at the start: each
/// process counts its own passes. Safe from any thread.
void failpoint(std::string_view name);
#else
inline constexpr bool has_failpoints = false;
inline constexpr void failpoint(std::string_view) {}
#endif

/// The names of all failpoints, in the order of the journey: the kill matrix goes through them.
std::vector<std::string_view> failpoint_names();

/// One fault to inject at one step.
struct FailpointOrder {
  enum class Action : std::uint8_t { kill, stop, throw_, sleep };
  std::string name;
  std::uint64_t passes = 0;  ///< unharmed ones before it acts
  Action action = Action::kill;
  std::uint32_t sleep_ms = 0;
  friend bool operator==(const FailpointOrder&, const FailpointOrder&) = default;
};

/// Parses the form described above, pure; an empty text orders nothing.
Result<std::vector<FailpointOrder>> failpoint_orders(std::string_view text);

/// Pass counters that tell which faults are due: what failpoint() asks. Safe from any thread.
class FailpointCounter {
 public:
  explicit FailpointCounter(std::vector<FailpointOrder> orders)
      : orders_(std::move(orders)), passed_(orders_.size()) {}
  /// The orders that are due at this pass of the step `name`, in the order in which they were given.
  std::vector<FailpointOrder> pass(std::string_view name);
  bool empty() const { return orders_.empty(); }

 private:
  const std::vector<FailpointOrder> orders_;
  std::vector<std::atomic<std::uint64_t>> passed_;
};

}  // namespace kinhub
