#include "hub/connector/fair_turns.hpp"

#include <algorithm>
#include <cassert>
#include <optional>

namespace kinhub {

bool FairTurns::is_ahead(const std::string& source) const {
  const auto own = shares_.find(source);
  const auto used = own == shares_.end() ? Time{} : own->second.used;
  return std::any_of(shares_.begin(), shares_.end(), [&](const auto& other) {
    return other.first != source && other.second.at_it > 0 && other.second.used + lead_max < used;
  });
}

bool FairTurns::would_wait(const std::string& source) const {
  MutexLock lock(mutex_);
  return is_ahead(source);
}

void FairTurns::begin(const std::string& source) {
  MutexLock lock(mutex_);
  std::optional<Time> least;
  for (const auto& [name, share] : shares_)
    if (name != source && share.at_it > 0) least = std::min(least.value_or(share.used), share.used);
  auto& own = shares_[source];
  if (least) own.used = std::max(own.used, *least);
  ++own.at_it;  // those ahead wait for this one from now on
  changed_.wait(lock, [&]() KINHUB_REQUIRES(mutex_) { return !is_ahead(source); });
}

void FairTurns::end(const std::string& source, Time used) {
  {
    MutexLock lock(mutex_);
    auto& own = shares_[source];
    assert(own.at_it > 0 && used >= Time{});
    own.used += used;
    --own.at_it;
  }
  changed_.notify_all();
}

}  // namespace kinhub
