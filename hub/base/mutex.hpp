#pragma once
// Mutex and scoped lock with the annotations of clang's thread safety analysis: what is guarded by which lock
// is checked by `make tidy`. Under g++ the annotations are empty.

#include <chrono>
#include <mutex>

#if defined(__clang__)
#define KINHUB_THREAD_SAFETY(attribute) __attribute__((attribute))
#else
#define KINHUB_THREAD_SAFETY(attribute)
#endif

/// A type that can be held, and a type that holds one while it lives.
#define KINHUB_CAPABILITY(name) KINHUB_THREAD_SAFETY(capability(name))
#define KINHUB_SCOPED_CAPABILITY KINHUB_THREAD_SAFETY(scoped_lockable)
/// A member that is touched only while `mutex` is held.
#define KINHUB_GUARDED_BY(mutex) KINHUB_THREAD_SAFETY(guarded_by(mutex))
/// A function that is called only while the mutexes are held, or only while they are not.
#define KINHUB_REQUIRES(...) KINHUB_THREAD_SAFETY(requires_capability(__VA_ARGS__))
#define KINHUB_EXCLUDES(...) KINHUB_THREAD_SAFETY(locks_excluded(__VA_ARGS__))
/// A function that takes the mutex, gives it back, or takes it when it returns the first argument.
#define KINHUB_ACQUIRE(...) KINHUB_THREAD_SAFETY(acquire_capability(__VA_ARGS__))
#define KINHUB_RELEASE(...) KINHUB_THREAD_SAFETY(release_capability(__VA_ARGS__))
#define KINHUB_TRY_ACQUIRE(...) KINHUB_THREAD_SAFETY(try_acquire_capability(__VA_ARGS__))
/// A function the analysis does not understand; a comment there says why.
#define KINHUB_NO_ANALYSIS KINHUB_THREAD_SAFETY(no_thread_safety_analysis)

namespace kinhub {

/// Mutual exclusion between threads. Taken by MutexLock; the functions are for it and for standard templates.
class KINHUB_CAPABILITY("mutex") Mutex {
 public:
  void lock() KINHUB_ACQUIRE() { mutex_.lock(); }
  void unlock() KINHUB_RELEASE() { mutex_.unlock(); }
  bool try_lock() KINHUB_TRY_ACQUIRE(true) { return mutex_.try_lock(); }
  bool try_lock_until(std::chrono::steady_clock::time_point give_up) KINHUB_TRY_ACQUIRE(true) {
    return mutex_.try_lock_until(give_up);
  }

 private:
  std::timed_mutex mutex_;  // costs what a plain one does, but for the wait with a time limit
};

/// Scoped lock: holds the mutex while it lives, but between unlock() and lock(). A condition variable
/// (std::condition_variable_any) waits with it; its predicate says KINHUB_REQUIRES(the mutex).
class KINHUB_SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mutex) KINHUB_ACQUIRE(mutex) : mutex_(mutex) { mutex_.lock(); }
  /// After a try_lock() that succeeded.
  MutexLock(Mutex& mutex, std::adopt_lock_t) KINHUB_REQUIRES(mutex) : mutex_(mutex) {}
  ~MutexLock() KINHUB_RELEASE() {
    if (holds_) mutex_.unlock();
  }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

  void lock() KINHUB_ACQUIRE() {
    mutex_.lock();
    holds_ = true;
  }
  void unlock() KINHUB_RELEASE() {
    holds_ = false;
    mutex_.unlock();
  }

 private:
  Mutex& mutex_;
  bool holds_ = true;
};

}  // namespace kinhub
