#pragma once
// A bounded blocking queue between threads: who pushes waits for room, and nothing is dropped.

#include <cassert>
#include <condition_variable>
#include <deque>
#include <optional>
#include <stop_token>

#include "hub/base/mutex.hpp"

namespace kinhub {

/// Safe from any thread.
template <class T>
class BoundedQueue {
 public:
  explicit BoundedQueue(std::size_t size_max) : size_max_(size_max) { assert(size_max > 0); }

  /// Blocks until there is room. False: closed or stopped, the item was not taken.
  bool push(T item, std::stop_token stop = {}) {
    MutexLock lock(mutex_);
    if (!room_.wait(lock, stop,
                    [&]() KINHUB_REQUIRES(mutex_) { return closed_ || items_.size() < size_max_; }))
      return false;
    if (closed_) return false;
    items_.push_back(std::move(item));
    filled_.notify_one();
    return true;
  }

  /// Blocks until there is an item. Nothing: closed and empty, or stopped.
  std::optional<T> pop(std::stop_token stop = {}) {
    MutexLock lock(mutex_);
    if (!filled_.wait(lock, stop, [&]() KINHUB_REQUIRES(mutex_) { return closed_ || !items_.empty(); }))
      return std::nullopt;
    if (items_.empty()) return std::nullopt;
    std::optional<T> item(std::move(items_.front()));
    items_.pop_front();
    room_.notify_one();
    return item;
  }

  /// Closes the queue: no more pushes, and what is inside can still be popped.
  void close() {
    MutexLock lock(mutex_);
    closed_ = true;
    filled_.notify_all();
    room_.notify_all();
  }

 private:
  const std::size_t size_max_;
  Mutex mutex_;
  std::condition_variable_any room_, filled_;
  std::deque<T> items_ KINHUB_GUARDED_BY(mutex_);
  bool closed_ KINHUB_GUARDED_BY(mutex_) = false;
};

}  // namespace kinhub
