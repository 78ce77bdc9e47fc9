#pragma once
// Token buckets: how often one session or address may ask, by a clock that is never set.

#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <utility>

#include "hub/base/clock.hpp"
#include "hub/base/mutex.hpp"

namespace kinhub::api {

/// The monotonic clock, of paces and patience: it goes on evenly, whatever becomes of the time of day. A time
/// of day that was set back by a day would close every door for a day.
class SteadyClock final : public Clock {
 public:
  std::int64_t now_us() const override;
};
const Clock& monotonic_clock();

/// Buckets of one kind, by key. Safe from any thread. Full ones are forgotten, so that keys from outside take
/// no memory for long.
class Buckets {
 public:
  /// `burst` at once, then one more every `refill_us`.
  Buckets(std::int64_t burst, std::int64_t refill_us) : burst_(burst), refill_us_(refill_us) {}
  /// 0: one was taken; else the microseconds until there is one.
  std::int64_t take(const std::string& key, std::int64_t now_us);
  std::size_t size() const;

 private:
  void forget_full(std::int64_t now_us) KINHUB_REQUIRES(mutex_);
  static constexpr std::size_t keys_max = 10'000;
  const std::int64_t burst_, refill_us_;
  mutable Mutex mutex_;
  /// When each is full again (generic cell rate algorithm).
  std::map<std::string, std::int64_t> full_at_us_ KINHUB_GUARDED_BY(mutex_);
};

/// How much each key had within the last hour (sliding window). Safe from any thread; keys are those of
/// accounts, so there are few.
class HourlyCount {
 public:
  void add(const std::string& key, std::int64_t count, std::int64_t now_us);
  std::int64_t within_hour(const std::string& key, std::int64_t now_us);

 private:
  mutable Mutex mutex_;
  /// When, and how much.
  std::map<std::string, std::deque<std::pair<std::int64_t, std::int64_t>>> had_ KINHUB_GUARDED_BY(mutex_);
};

}  // namespace kinhub::api
