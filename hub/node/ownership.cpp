#include "hub/node/ownership.hpp"

#include <algorithm>
#include <map>
#include <set>

namespace kinhub {
namespace {

/// Fair share: how many leases each live node should have, equal, the first in order of name bear the rest.
std::size_t share_of(const std::string& node, const std::map<std::string, std::size_t>& counts,
                     std::size_t names) {
  auto rank = static_cast<std::size_t>(std::distance(counts.begin(), counts.find(node)));
  return names / counts.size() + (rank < names % counts.size() ? 1 : 0);
}

}  // namespace

OwnsAll::OwnsAll(const EventLog& log) {
  for (std::int32_t partition = 0; partition < log.partitions(); ++partition)
    owned_.push_back({partition, 0});
}

std::vector<OwnedPartition> OwnsAll::owned() {
  MutexLock lock(mutex_);
  return owned_;
}

void OwnsAll::lost(std::int32_t) {}

void OwnsAll::stopped(std::int32_t partition, const std::string&) {
  MutexLock lock(mutex_);
  std::erase_if(owned_, [&](const auto& one) { return one.partition == partition; });
}

LeasePlan plan_leases(const std::vector<std::string>& names, const std::vector<LeaseRow>& leases,
                      const std::vector<NodeRow>& nodes, const std::string& me,
                      const std::vector<std::string>& ours, std::int64_t alive_ms) {
  std::map<std::string, std::size_t> counts{{me, 0}};  // live nodes, with what each holds
  for (const auto& node : nodes)
    if (node.seen_ms_ago <= alive_ms) counts.try_emplace(node.name, 0);

  LeasePlan plan;
  std::vector<LeasePlan::Take> free;
  std::vector<std::string> mine;
  for (const auto& name : std::set<std::string>(names.begin(), names.end())) {
    auto lease =
        std::find_if(leases.begin(), leases.end(), [&](const auto& row) { return row.partition == name; });
    bool leased = lease != leases.end() && lease->remaining_ms > 0;
    if (std::find(ours.begin(), ours.end(), name) != ours.end()) {
      mine.push_back(name);
    } else if (leased && lease->owner == me) {
      plan.take.push_back({name, lease->epoch});  // of an earlier life
    } else if (!leased) {
      free.push_back({name, lease == leases.end() ? 0 : lease->epoch});
    } else if (auto node = counts.find(lease->owner); node != counts.end()) {
      node->second += 1;
    }
  }
  const auto share = share_of(me, counts, std::set<std::string>(names.begin(), names.end()).size());
  auto& my_count = counts[me] = mine.size() + plan.take.size();
  for (auto one = free.begin(); one != free.end() && my_count < share; ++one, ++my_count)
    plan.take.push_back(*one);

  while (!mine.empty() && my_count > share) {
    auto least = std::min_element(counts.begin(), counts.end(),
                                  [](const auto& a, const auto& b) { return a.second < b.second; });
    if (least->second + 2 > my_count) break;
    plan.release.push_back(mine.back());
    mine.pop_back();
    my_count -= 1, least->second += 1;
  }
  return plan;
}

std::string stop_reason_name(std::string_view partition) {
  return "stopped " + std::string(partition);
}

}  // namespace kinhub
