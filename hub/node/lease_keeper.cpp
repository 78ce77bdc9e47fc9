#include "hub/node/lease_keeper.hpp"

#include <algorithm>

#include "hub/base/failpoint.hpp"
#include "hub/store/positions.hpp"
#include "hub/store/values.hpp"

namespace kinhub {

using std::chrono::milliseconds;

namespace {
constexpr milliseconds look_pause_max{1000};
}

LeaseKeeper::LeaseKeeper(Store& store, const EventLog& log, Options options)
    : LeaseKeeper(store, log, std::move(options), Listener{}) {}

LeaseKeeper::LeaseKeeper(Store& store, const EventLog& log, Options options, Listener listener)
    : store_(store), options_(std::move(options)), listener_(std::move(listener)) {
  for (std::int32_t partition = 0; partition < log.partitions(); ++partition)
    partitions_.push_back(log.partition_name(partition));
  names_ = partitions_;
  names_.insert(names_.end(), options_.duties.begin(), options_.duties.end());
}

LeaseKeeper::~LeaseKeeper() = default;

void LeaseKeeper::start() {
  keeper_ = std::jthread([this](std::stop_token stop) { keep(stop); });
}

void LeaseKeeper::keep(std::stop_token stop) {
  bool waits = false, wanted = true;
  auto next_pass = Steady::now();
  while (!stop.stop_requested()) {
    auto pause = milliseconds(options_.lease_ms / 10);
    try {
      if (wanted || Steady::now() >= next_pass || !still_ours()) {
        const auto next = pass();
        next_pass = Steady::now() + next;
      }
      pause = std::min(look_pause_max, std::chrono::ceil<milliseconds>(next_pass - Steady::now()));
      if (waits && listener_.goes_on)
        listener_.goes_on("the store answers again: the leases of this node are kept");
      waits = false;
    } catch (const std::exception& error) {
      // Failover also of permanent failures: the leases run out and another node takes over,
      // which is what leases are for.
      if (!waits && listener_.waits) listener_.waits(error.what());
      waits = true;
      next_pass = Steady::now();
      drop_expired();
    }
    MutexLock lock(mutex_);
    wake_.wait_for(lock, stop, pause, [&]() KINHUB_REQUIRES(mutex_) { return wanted_; });
    wanted = std::exchange(wanted_, false);
  }
}

/// Detects a lease that was freed by a rewind, so that the position is read anew: that is not
/// left until this node renews.
bool LeaseKeeper::still_ours() {
  auto rows = store_.leases();
  MutexLock lock(mutex_);
  return std::all_of(leased_.begin(), leased_.end(), [&](const auto& one) {
    return std::any_of(rows.begin(), rows.end(), [&](const auto& row) {
      return row.partition == one.first && row.owner == options_.node && row.epoch == one.second.epoch;
    });
  });
}

void LeaseKeeper::tick() {
  pass();
}

milliseconds LeaseKeeper::pass() {
  MutexLock one_at_a_time(ticking_);
  renew();
  look_at_stops();
  return rebalance();
}

LeaseKeeper::Steady::time_point LeaseKeeper::until_from(Steady::time_point asked_at) const {
  return asked_at + milliseconds(options_.lease_ms * 9 / 10);
}

/// Renews, and trusts only leases of unchanged epoch; all else is lost.
void LeaseKeeper::renew() {
  auto asked_at = Steady::now();
  auto rows = store_.renew_leases(options_.node, options_.lease_ms);
  std::vector<std::string> gone;
  {
    MutexLock lock(mutex_);
    for (auto& [name, leased] : leased_) {
      bool ours = std::any_of(rows.begin(), rows.end(), [&, &name = name, &leased = leased](const auto& row) {
        return row.partition == name && row.epoch == leased.epoch;
      });
      if (ours)
        leased.until = until_from(asked_at), leased.refused = false;
      else
        gone.push_back(name);
    }
  }
  drop(gone);
}

/// How long until the next pass: sooner when somebody's lease runs out, or not all could be tried.
milliseconds LeaseKeeper::rebalance() {
  auto leases = store_.leases();
  auto plan =
      plan_leases(names_, leases, store_.nodes(), options_.node, leased_names(), options_.lease_ms - 1);
  for (const auto& name : plan.release) {
    std::int64_t epoch = 0;
    {
      MutexLock lock(mutex_);
      epoch = leased_.at(name).epoch;
    }
    drop({name});  // before anybody else can have it
    store_.release_lease(name, options_.node, epoch);
  }
  const auto enough_at = Steady::now() + milliseconds(options_.lease_ms / 3);
  bool all_tried = true;
  for (const auto& [name, seen_epoch] : plan.take) {
    auto asked_at = Steady::now();
    // Bounded time for one pass: where each has to be waited for, what is ours already must be renewed in
    // between; the rest is taken after that.
    all_tried = asked_at < enough_at;
    if (!all_tried) break;
    auto epoch = store_.take_lease(name, options_.node, seen_epoch, options_.lease_ms);
    if (!epoch) continue;  // somebody was faster
    failpoint("lease.taken");
    {
      MutexLock lock(mutex_);
      leased_[name] = {*epoch, until_from(asked_at)};
    }
    if (listener_.gained) listener_.gained(name);
  }
  std::int64_t next_look_ms = options_.lease_ms / 3;
  for (const auto& lease : leases)
    if (lease.owner != options_.node && lease.remaining_ms > 0)
      next_look_ms = std::min(next_look_ms, lease.remaining_ms + 5);
  return milliseconds(all_tried ? std::max<std::int64_t>(next_look_ms, 5) : 5);
}

/// Synchronizes stops with the store: what another node found, or a rewind cleared, holds here too.
void LeaseKeeper::look_at_stops() {
  std::map<std::string, Stop, std::less<>> untold;
  {
    MutexLock lock(mutex_);
    for (const auto& [name, stop] : stops_)
      if (!stop.told) untold.emplace(name, stop);
  }
  for (const auto& [name, stop] : untold)
    tell_stop(name, stop);
  std::map<std::string, std::string> reasons;
  {
    auto reading = store_.begin(Store::For::reading);
    for (const auto& name : partitions_)
      if (auto why = reading->values().get(stop_reason_name(name)); !why.empty())
        reasons.emplace(name, std::move(why));
  }
  MutexLock lock(mutex_);
  std::erase_if(stops_, [](const auto& stop) { return stop.second.told; });
  for (auto& [name, why] : reasons)
    stops_.try_emplace(name, Stop{std::move(why)});
}

/// Writes a stop, guarded by the lease: only the partition's owner may say so, because to one that slept
/// through its lease the log may well look damaged.
void LeaseKeeper::tell_stop(const std::string& name, const Stop& stop) {
  auto writing = store_.begin(Store::For::writing);
  auto at = writing->positions().at(name);
  if (writing->positions().advance({name, at.sequence, at.sequence, at.offset, stop.epoch})) {
    writing->values().put(stop_reason_name(name), stop.why);
    writing->commit();
  }
  MutexLock lock(mutex_);
  if (auto known = stops_.find(name); known != stops_.end()) known->second.told = true;
}

void LeaseKeeper::drop(const std::vector<std::string>& names) {
  for (const auto& name : names) {
    {
      MutexLock lock(mutex_);
      leased_.erase(name);
    }
    if (listener_.lost) listener_.lost(name);
  }
}

void LeaseKeeper::drop_expired() {
  std::vector<std::string> expired;
  {
    MutexLock lock(mutex_);
    for (const auto& [name, leased] : leased_)
      if (Steady::now() >= leased.until) expired.push_back(name);
  }
  drop(expired);
}

std::vector<std::string> LeaseKeeper::leased_names() {
  MutexLock lock(mutex_);
  std::vector<std::string> names;
  for (const auto& [name, leased] : leased_)
    names.push_back(name);
  return names;
}

void LeaseKeeper::leave() {
  keeper_ = {};
  MutexLock one_at_a_time(ticking_);
  decltype(leased_) leased;
  {
    MutexLock lock(mutex_);
    leased = leased_;
  }
  drop(leased_names());
  try {
    for (const auto& [name, lease] : leased)
      store_.release_lease(name, options_.node, lease.epoch);
    store_.forget_node(options_.node);
  } catch (const std::exception& error) {
    if (listener_.waits) listener_.waits(std::string("leases are left to run out: ") + error.what());
  }
}

std::vector<OwnedPartition> LeaseKeeper::owned() {
  MutexLock lock(mutex_);
  std::vector<OwnedPartition> owned;
  for (std::size_t partition = 0; partition < partitions_.size(); ++partition) {
    auto leased = leased_.find(partitions_[partition]);
    if (leased == leased_.end() || !believed(leased->second) || stops_.contains(partitions_[partition]))
      continue;
    owned.push_back({static_cast<std::int32_t>(partition), leased->second.epoch});
  }
  return owned;
}

bool LeaseKeeper::holds(std::string_view name) {
  MutexLock lock(mutex_);
  auto leased = leased_.find(name);
  return leased != leased_.end() && believed(leased->second);
}

void LeaseKeeper::lost(std::int32_t partition) {
  MutexLock lock(mutex_);
  auto leased = leased_.find(partitions_.at(static_cast<std::size_t>(partition)));
  if (leased != leased_.end()) leased->second.refused = true;
  wanted_ = true;
  wake_.notify_all();
}

void LeaseKeeper::stopped(std::int32_t partition, const std::string& why) {
  const auto& name = partitions_.at(static_cast<std::size_t>(partition));
  Stop stop{why, 0, false};
  {
    MutexLock lock(mutex_);
    auto leased = leased_.find(name);
    if (leased == leased_.end()) return;  // not ours to judge any more
    stop.epoch = leased->second.epoch;
    stops_[name] = stop;
  }
  try {
    tell_stop(name, stop);
  } catch (const Unavailable&) {
    // stopped here all the same; told with the next pass
  }
}

}  // namespace kinhub
