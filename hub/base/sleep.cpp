#include "hub/base/sleep.hpp"

#include <condition_variable>

#include "hub/base/mutex.hpp"

namespace kinhub {

bool sleep_for(std::chrono::milliseconds time, const std::stop_token& stop) {
  Mutex mutex;
  MutexLock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, time, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace kinhub
