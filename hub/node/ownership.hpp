#pragma once
// Partition ownership: what of the event log this node may process, and under which lease.

#include <string>
#include <vector>

#include "hub/base/mutex.hpp"
#include "hub/store/store.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// A partition this node owns now, with its fencing epoch.
struct OwnedPartition {
  std::int32_t partition = 0;
  std::int64_t lease_epoch = 0;
  friend bool operator==(const OwnedPartition&, const OwnedPartition&) = default;
};

/// Ownership as the pipeline sees it. Safe from any thread.
class Ownership {
 public:
  virtual ~Ownership() = default;
  virtual std::vector<OwnedPartition> owned() = 0;
  /// Reports a fenced batch: somebody else has taken the partition, or moved its position.
  virtual void lost(std::int32_t partition) = 0;
  /// Reports an unreadable partition: the log cannot be read on from the stored position, so it stops, and
  /// the others go on. A person decides (kinhub source rewind).
  virtual void stopped(std::int32_t partition, const std::string& why) = 0;
};

/// Static ownership without leases, for one process on one machine and for tests. Nobody else can
/// take a partition, so one that was refused was moved (by a rewind, by another command) and is read
/// again from where it stands.
class OwnsAll final : public Ownership {
 public:
  explicit OwnsAll(const EventLog& log);
  std::vector<OwnedPartition> owned() override;
  void lost(std::int32_t partition) override;
  void stopped(std::int32_t partition, const std::string& why) override;

 private:
  Mutex mutex_;
  std::vector<OwnedPartition> owned_ KINHUB_GUARDED_BY(mutex_);
};

/// Plan of one rebalancing pass.
struct LeasePlan {
  struct Take {
    std::string partition;
    std::int64_t seen_epoch = 0;
    friend bool operator==(const Take&, const Take&) = default;
  };
  std::vector<Take> take;
  std::vector<std::string> release;  ///< so that a node that came gets its share
};

/// Rebalancing, pure. `names`: all partitions and duties there are; `ours`: those of them this node holds in
/// this life of its own. A node takes what nobody holds, what has expired, and what is under its own name
/// from an earlier life. With several nodes alive each aims at an equal share, give or take one; it gives
/// something up only when it has more than its share and another has at least two fewer, so nothing moves to
/// and fro. `alive_ms`: a node not seen for longer counts as gone.
LeasePlan plan_leases(const std::vector<std::string>& names, const std::vector<LeaseRow>& leases,
                      const std::vector<NodeRow>& nodes, const std::string& me,
                      const std::vector<std::string>& ours, std::int64_t alive_ms);

/// Key of the value in the store that says why a partition is stopped; empty when it is not.
std::string stop_reason_name(std::string_view partition);

}  // namespace kinhub
