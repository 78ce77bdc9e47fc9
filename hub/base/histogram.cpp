#include "hub/base/histogram.hpp"

#include <algorithm>
#include <cassert>

namespace kinhub {

void Histogram::observe(std::int64_t duration_us) {
  duration_us = std::max<std::int64_t>(duration_us, 0);
  auto bucket = std::lower_bound(bounds_us.begin(), bounds_us.end(), duration_us) - bounds_us.begin();
  if (bucket < static_cast<std::ptrdiff_t>(buckets_.size())) ++buckets_[static_cast<std::size_t>(bucket)];
  ++count_;
  sum_us_ += duration_us;
}

std::int64_t Histogram::up_to(std::size_t bucket) const {
  assert(bucket < buckets_.size());
  std::int64_t count = 0;
  for (std::size_t i = 0; i <= bucket; ++i)
    count += buckets_[i];
  return count;
}

}  // namespace kinhub
