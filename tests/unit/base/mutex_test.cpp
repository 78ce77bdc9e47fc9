#include "hub/base/mutex.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace kinhub {
namespace {

bool is_free(Mutex& mutex) {
  bool free = false;
  std::jthread([&] {
    free = mutex.try_lock();
    if (free) mutex.unlock();
  }).join();
  return free;
}

TEST(MutexLock, HoldsTheMutexWhileItLives) {
  Mutex mutex;
  {
    MutexLock lock(mutex);
    EXPECT_FALSE(is_free(mutex));
  }
  EXPECT_TRUE(is_free(mutex));
}

TEST(MutexLock, GivesTheMutexBackInBetween) {
  Mutex mutex;
  {
    MutexLock lock(mutex);
    lock.unlock();
    EXPECT_TRUE(is_free(mutex));
    lock.lock();
    EXPECT_FALSE(is_free(mutex));
    lock.unlock();
  }
  EXPECT_TRUE(is_free(mutex));
}

TEST(MutexLock, AdoptsAMutexThatWasTakenInTime) {
  Mutex mutex;
  {
    ASSERT_TRUE(mutex.try_lock_until(std::chrono::steady_clock::now()));
    MutexLock lock(mutex, std::adopt_lock);
    EXPECT_FALSE(is_free(mutex));
  }
  EXPECT_TRUE(is_free(mutex));
}

TEST(Mutex, IsNotTakenTwice) {
  Mutex mutex;
  MutexLock lock(mutex);
  bool taken = true;
  std::jthread([&] { taken = mutex.try_lock_until(std::chrono::steady_clock::now()); }).join();
  EXPECT_FALSE(taken);
}

}  // namespace
}  // namespace kinhub
