#include <chrono>
#include <condition_variable>
#include <mutex>
#include <ostream>

#include "hub/base/mask.hpp"
#include "hub/base/unavailable.hpp"
#include "hub/cli/commands.hpp"
#include "hub/cli/signals.hpp"

namespace kinhub::cli {
namespace {

constexpr std::chrono::seconds look_again{2};

/// Runs until stopped, from the moment log and store are there. What waiting cannot mend is thrown.
void run_when_possible(const Context& context, const std::stop_token& stop) {
  bool told = false;
  while (!stop.stop_requested()) {
    try {
      auto hub = context.parts.open_hub(context);
      hub->run(stop);
      return;
    } catch (const Unavailable& error) {
      if (!std::exchange(told, true))
        context.err << "waiting, not all that the hub stands on is there: " << printable(mask_numbers_in(error.what())) << std::endl;
    }
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any().wait_for(lock, stop, look_again, [] { return false; });
  }
}

}  // namespace

Exit run(const Context& context) {
  StopOnSignal signals;
  run_when_possible(context, signals.token());
  return Exit::done;
}

}  // namespace kinhub::cli
