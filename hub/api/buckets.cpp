#include "hub/api/buckets.hpp"

#include <algorithm>
#include <chrono>

namespace kinhub::api {

std::int64_t SteadyClock::now_us() const {
  using namespace std::chrono;
  return duration_cast<microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

const Clock& monotonic_clock() {
  static const SteadyClock clock;
  return clock;
}

std::int64_t Buckets::take(const std::string& key, std::int64_t now_us) {
  MutexLock hold(mutex_);
  if (full_at_us_.size() >= keys_max) forget_full(now_us);
  auto& full_at = full_at_us_[key];
  const auto after = std::max(full_at, now_us) + refill_us_;
  const auto over = after - now_us - burst_ * refill_us_;
  if (over > 0) return over;
  full_at = after;
  return 0;
}

void Buckets::forget_full(std::int64_t now_us) {
  std::erase_if(full_at_us_, [&](const auto& one) { return one.second <= now_us; });
  if (full_at_us_.size() >= keys_max) full_at_us_.clear();  // under attack: better than to grow
}

std::size_t Buckets::size() const {
  MutexLock hold(mutex_);
  return full_at_us_.size();
}

void HourlyCount::add(const std::string& key, std::int64_t count, std::int64_t now_us) {
  MutexLock hold(mutex_);
  had_[key].emplace_back(now_us, count);
}

std::int64_t HourlyCount::within_hour(const std::string& key, std::int64_t now_us) {
  constexpr std::int64_t hour_us = 3600LL * 1'000'000;
  MutexLock hold(mutex_);
  const auto found = had_.find(key);
  if (found == had_.end()) return 0;
  auto& had = found->second;
  while (!had.empty() && had.front().first <= now_us - hour_us)
    had.pop_front();
  std::int64_t sum = 0;
  for (const auto& [at_us, count] : had)
    sum += count;
  if (had.empty()) had_.erase(found);
  return sum;
}

}  // namespace kinhub::api
