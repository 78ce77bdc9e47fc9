#pragma once
// Mutual exclusion of reconciliation runs: one at a time over a source, on this data directory and, where
// nodes share a store, on all of them.

#include <chrono>
#include <memory>
#include <string>

#include "hub/base/result.hpp"
#include "hub/ground/hub_at_work.hpp"

namespace kinhub {

/// Held as long as it lives. A file lock on the data directory, which ends with the process however that
/// ends; on a shared store also a lease, which the next run of this node takes over at once and others when
/// it has expired. On one thread.
class RunLock {
 public:
  /// Errors: RUN_AT_WORK.
  static Result<std::unique_ptr<RunLock>> take(const HubGround& ground, const std::string& source);
  ~RunLock();
  RunLock(const RunLock&) = delete;
  RunLock& operator=(const RunLock&) = delete;
  /// Renews the lease when it is time. Called now and then while the run goes on.
  void renew();

 private:
  explicit RunLock(const HubGround& ground, const std::string& source);
  bool take_lease();

  const HubGround& ground_;
  const std::string name_, owner_;
  int handle_ = -1;
  std::int64_t epoch_ = 0;
  std::chrono::steady_clock::time_point leased_at_;
};

}  // namespace kinhub
