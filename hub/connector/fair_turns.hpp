#pragma once
// Fair queueing between sources that append to one log: whoever has used more of its time than another waits
// while that other one is at it.

#include <chrono>
#include <condition_variable>
#include <map>
#include <string>

#include "hub/base/mutex.hpp"

namespace kinhub {

/// Start-time fair queueing by the time that was used. A source that is alone never waits, and one that was
/// idle saves up nothing. Appends of sources that are level run side by side, as the log commits them
/// together. Safe from any thread.
class FairTurns {
 public:
  using Time = std::chrono::microseconds;

  /// Blocks while somebody else at it has used less of the log's time, by more than `lead_max`.
  void begin(const std::string& source);
  /// Ends what begin() began, which took so long.
  void end(const std::string& source, Time used);
  /// Whether begin() would block.
  bool would_wait(const std::string& source) const;

 private:
  static constexpr Time lead_max{20'000};
  struct Share {
    Time used{};
    int at_it = 0;  ///< calls between begin() and end()
  };
  bool is_ahead(const std::string& source) const KINHUB_REQUIRES(mutex_);

  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::string, Share> shares_ KINHUB_GUARDED_BY(mutex_);
};

}  // namespace kinhub
