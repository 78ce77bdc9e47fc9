#pragma once
// Lease management of this node: which partitions it processes, which duties it has, and until when.

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <stop_token>
#include <thread>

#include "hub/base/mutex.hpp"
#include "hub/node/ownership.hpp"

namespace kinhub {

/// Ownership by leases with fencing epochs in the store (docs/decisions/0009). Safe from any thread.
/// REQUIRES: no other process of this node keeps leases (the file lock of its data directory): what is under
/// the node's name from an earlier life is taken at once.
class LeaseKeeper final : public Ownership {
 public:
  struct Options {
    std::string node;                ///< the name of this data directory among the nodes of the store
    std::int64_t lease_ms = 10'000;  ///< time to live: how long after its death others take over
    std::vector<std::string> duties = {"@relay", "@night"};
  };
  /// Callbacks for each name (partition or duty) and for outages. On the keeper's thread, or that of tick()
  /// and leave(); must return soon, as nothing is renewed meanwhile. May ask owned() and holds().
  struct Listener {
    std::function<void(const std::string&name)> gained, lost;
    std::function<void(const std::string& why)> waits;  ///< the store does not answer: once an outage
    std::function<void(const std::string&)> goes_on;
  };

  /// Owns nothing yet.
  LeaseKeeper(Store& store, const EventLog& log, Options options, Listener listener);
  LeaseKeeper(Store& store, const EventLog& log, Options options);
  /// Joins the thread; the leases expire by themselves.
  ~LeaseKeeper() override;

  /// Starts the thread that renews and rebalances: whenever a third of the lease has passed,
  /// somebody else's lease runs out, or a batch was refused. That a lease was freed (a rewind) or
  /// taken is seen within a second.
  void start();
  /// One pass: renews, releases what is too much, takes what is free. Throws Unavailable.
  void tick();
  /// Graceful release of all leases, so that others need not wait for them to expire; joins the thread. Never
  /// fails: what the store does not hear of runs out.
  void leave();

  std::vector<OwnedPartition> owned() override;
  /// Whether a partition or a duty is ours, as far as can be known without asking the store.
  bool holds(std::string_view name);
  void lost(std::int32_t partition) override;
  /// Stops one partition: it stays leased, is not processed, and says why in the store (stop_reason_name),
  /// until a rewind clears that.
  void stopped(std::int32_t partition, const std::string& why) override;

 private:
  using Steady = std::chrono::steady_clock;
  struct Leased {
    std::int64_t epoch = 0;
    Steady::time_point until;  ///< before it could have expired
    bool refused = false;      ///< a batch was: not believed until the store has been asked
  };
  struct Stop {
    std::string why;
    std::int64_t epoch = 0;
    bool told = true;  ///< the store knows
  };

  void keep(std::stop_token stop);
  bool still_ours();
  /// How long until the next pass.
  std::chrono::milliseconds pass();
  void renew() KINHUB_REQUIRES(ticking_);
  std::chrono::milliseconds rebalance() KINHUB_REQUIRES(ticking_);
  void look_at_stops() KINHUB_REQUIRES(ticking_);
  void tell_stop(const std::string& name, const Stop& stop);
  void drop(const std::vector<std::string>& names);
  void drop_expired();
  std::vector<std::string> leased_names();
  Steady::time_point until_from(Steady::time_point asked_at) const;
  bool believed(const Leased& leased) const { return !leased.refused && Steady::now() < leased.until; }

  Store& store_;
  const Options options_;
  const Listener listener_;
  std::vector<std::string> partitions_;  ///< by index in the log
  std::vector<std::string> names_;       ///< partitions and duties

  Mutex ticking_;  ///< one pass at a time

  Mutex mutex_;
  std::condition_variable_any wake_;
  bool wanted_ KINHUB_GUARDED_BY(mutex_) = false;
  std::map<std::string, Leased, std::less<>> leased_ KINHUB_GUARDED_BY(mutex_);
  std::map<std::string, Stop, std::less<>> stops_ KINHUB_GUARDED_BY(mutex_);

  std::jthread keeper_;
};

}  // namespace kinhub
