#pragma once
// Retry policy of the pipeline: outages of log and store are waited out with exponential
// back-off, and told to a listener.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <random>
#include <stop_token>
#include <string>

#include "hub/base/sleep.hpp"
#include "hub/pipeline/batch_times.hpp"

namespace kinhub {

/// Callbacks of a running pipeline. Each may be empty. Called on the thread of run().
struct Listener {
  std::function<void(const BatchTimes&)> after_batch;  ///< a batch is stored
  /// Reports an outage of log or store: once, however often it is tried again. Nothing is lost meanwhile.
  std::function<void(const std::string& why)> waits;
  std::function<void(const std::string&)> goes_on;  ///< after that
};

/// Bounds of the back-off: doubled from the first to the longest, each pause shortened by chance (jitter).
struct BackOff {
  std::uint32_t first_ms = 200, max_ms = 5'000;
};

/// An outage of log or store: exponential back-off with jitter between the tries. Said once when it begins
/// and once when it is over. Runs on one thread.
class Outage {
 public:
  Outage(const Listener& listener, BackOff back_off) : listener_(listener), back_off_(back_off) {}

  void wait(const std::string& why, const std::stop_token& stop) {
    if (pause_ms_ == 0 && listener_.waits) listener_.waits(why);
    pause_ms_ = std::min(pause_ms_ == 0 ? back_off_.first_ms : pause_ms_ * 2, back_off_.max_ms);
    // Jitter, so that nodes do not come back in step.
    std::uniform_int_distribution<std::uint32_t> some(pause_ms_ / 2, pause_ms_);
    sleep_for(std::chrono::milliseconds(some(chance_)), stop);
  }
  void over() {
    if (pause_ms_ == 0) return;
    pause_ms_ = 0;
    if (listener_.goes_on) listener_.goes_on("log and store answer again: the hub goes on where it was");
  }

 private:
  const Listener& listener_;
  BackOff back_off_;
  std::uint32_t pause_ms_ = 0;  // 0: there is none
  std::minstd_rand chance_{std::random_device{}()};
};

}  // namespace kinhub
