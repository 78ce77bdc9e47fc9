#pragma once
// Which partitions of the event log this node may process, and by which right.

#include <mutex>
#include <string>
#include <vector>

#include "hub/store/store.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// A partition this node owns now, under this lease.
struct OwnedPartition {
  std::int32_t partition = 0;
  std::int64_t lease_epoch = 0;
  friend bool operator==(const OwnedPartition&, const OwnedPartition&) = default;
};

/// The pipeline's view of ownership. Safe from any thread.
class Ownership {
 public:
  virtual ~Ownership() = default;
  virtual std::vector<OwnedPartition> owned() = 0;
  /// A batch was refused: somebody else has taken the partition, or moved its position.
  virtual void lost(std::int32_t partition) = 0;
  /// The log cannot be read on from the stored position: this partition stops, the others go on. A person
  /// decides (kinhub source rewind).
  virtual void stopped(std::int32_t partition, const std::string& why) = 0;
};

/// Everything, without leases: one process on one machine, and tests. Nobody else can take a partition, so
/// one that was refused was moved (by a rewind, by another command) and is read again from where it stands.
class OwnsAll final : public Ownership {
 public:
  explicit OwnsAll(const EventLog& log);
  std::vector<OwnedPartition> owned() override;
  void lost(std::int32_t partition) override;
  void stopped(std::int32_t partition, const std::string& why) override;

 private:
  std::mutex mutex_;
  std::vector<OwnedPartition> owned_;
};

/// What a node should do next about leases.
struct LeasePlan {
  struct Take {
    std::string partition;
    std::int64_t seen_epoch = 0;
    friend bool operator==(const Take&, const Take&) = default;
  };
  std::vector<Take> take;
  std::vector<std::string> release;  ///< so that a node that came gets its share
};

/// Pure. `names`: all partitions and duties there are; `ours`: those of them this node holds in this life of
/// its own. A node takes what nobody holds, what has expired, and what is under its own name from an earlier
/// life. With several nodes alive each aims at an equal share, give or take one; it gives something up only
/// when it has more than its share and another has at least two fewer, so nothing moves to and fro.
/// `alive_ms`: a node not seen for longer counts as gone.
LeasePlan plan_leases(const std::vector<std::string>& names, const std::vector<LeaseRow>& leases,
                      const std::vector<NodeRow>& nodes, const std::string& me,
                      const std::vector<std::string>& ours, std::int64_t alive_ms);

/// The value in the store that says why a partition is stopped; empty when it is not.
std::string stop_reason_name(std::string_view partition);

}  // namespace kinhub
