#include "hub/pipeline/ownership.hpp"

#include <algorithm>

namespace kinhub {

OwnsAll::OwnsAll(const EventLog& log) {
  for (std::int32_t partition = 0; partition < log.partitions(); ++partition) owned_.push_back({partition, 0});
}

void OwnsAll::lost(std::int32_t partition) {
  std::erase_if(owned_, [&](const auto& one) { return one.partition == partition; });
}

void OwnsAll::stopped(std::int32_t partition, const std::string&) { lost(partition); }

}  // namespace kinhub
