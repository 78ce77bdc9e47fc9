#include "hub/pipeline/ownership.hpp"

#include <algorithm>

namespace kinhub {

OwnsAll::OwnsAll(const EventLog& log) {
  for (std::int32_t partition = 0; partition < log.partitions(); ++partition) owned_.push_back({partition, 0});
}

std::vector<OwnedPartition> OwnsAll::owned() {
  std::lock_guard lock(mutex_);
  return owned_;
}

void OwnsAll::lost(std::int32_t) {}

void OwnsAll::stopped(std::int32_t partition, const std::string&) {
  std::lock_guard lock(mutex_);
  std::erase_if(owned_, [&](const auto& one) { return one.partition == partition; });
}

}  // namespace kinhub
