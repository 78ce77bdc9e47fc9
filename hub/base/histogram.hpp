#pragma once
// A latency histogram with fixed buckets, as Prometheus wants it: cumulative counts, a sum, a count.

#include <array>
#include <cstddef>
#include <cstdint>

namespace kinhub {

/// Durations in microseconds. A value; whoever shares it guards it.
class Histogram {
 public:
  /// Upper bounds of the buckets, inclusive; behind the last one everything counts as more. From what a batch
  /// takes to what a backlog of an hour waits.
  static constexpr std::array<std::int64_t, 16> bounds_us = {
      1'000,   2'500,     5'000,     10'000,     25'000,     50'000,     100'000,     250'000,
      500'000, 1'000'000, 2'500'000, 10'000'000, 30'000'000, 60'000'000, 600'000'000, 3'600'000'000};

  /// Less than nothing (a clock that was set back) counts as nothing.
  void observe(std::int64_t duration_us);

  /// How many took at most bounds_us[bucket].
  std::int64_t up_to(std::size_t bucket) const;
  std::int64_t count() const { return count_; }
  std::int64_t sum_us() const { return sum_us_; }

 private:
  std::array<std::int64_t, bounds_us.size()> buckets_{};  // each by itself, not cumulative
  std::int64_t count_ = 0, sum_us_ = 0;
};

}  // namespace kinhub
