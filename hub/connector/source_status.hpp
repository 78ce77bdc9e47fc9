#pragma once
// The status of a source as operators see it, and the one lock behind which it is kept.

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/mutex.hpp"

namespace kinhub {

enum class SourceState : std::uint8_t {
  stopped,   ///< nobody asked it to run
  running,   ///< the last call went well
  degraded,  ///< it runs, but something needs a look: last_error says what
  backoff,   ///< waits for the next try
  failed     ///< needs an operator; still tried at the longest interval, unless the log itself is damaged
};
std::string_view name_of(SourceState state);

struct SourceStatus {
  std::string name, connector;
  SourceState state = SourceState::stopped;
  std::string last_error;  ///< kept after recovery, with its time
  std::optional<std::int64_t> last_error_at_us, last_event_at_us, last_call_at_us, next_try_at_us,
      complete_until_us;
  std::int64_t events = 0, rejected = 0, bytes = 0;  ///< durable, by this runner
  std::int64_t retries = 0, restarts = 0;
  std::uint32_t failures_in_a_row = 0;
  std::optional<int> process;             ///< id of the child process
  std::vector<std::string> process_said;  ///< last lines of its standard error
  std::map<std::string, std::int64_t> metrics;
};

/// The status, shared between the runner, which sets the state, and its intake, which counts. Safe from any
/// thread that takes `mutex` first.
struct StatusBoard {
  mutable Mutex mutex;
  SourceStatus status KINHUB_GUARDED_BY(mutex);
  std::chrono::steady_clock::time_point alive KINHUB_GUARDED_BY(mutex);  // the connector's last heartbeat
};

}  // namespace kinhub
