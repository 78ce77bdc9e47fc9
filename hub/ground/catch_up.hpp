#pragma once
// Synchronous processing for commands that end when all is processed: by this process where it may,
// else it waits for the owner.

#include <chrono>
#include <optional>
#include <vector>

#include "hub/base/progress.hpp"
#include "hub/ground/ground.hpp"
#include "hub/ground/hub_at_work.hpp"
#include "hub/notice/relay_thread.hpp"

namespace kinhub {

/// Foreground processing, allowed when no hub runs on its data directory and no other node
/// is alive. Runs on one thread.
class CatchUp {
 public:
  CatchUp(HubGround ground, const OnProgress& on_progress);
  /// Releases what it owns.
  ~CatchUp();

  /// Runs `work`, and processes in the background what it may.
  void beside(const std::function<void()>& work);
  /// Waits until what these partitions hold now is processed, by whomever, and the notices of it are
  /// delivered if this process relays them. An error when one of them is stopped, or nobody takes it for two
  /// leases. Throws Unavailable.
  /// With a deadline: STILL_WAITING when it passes first; what waits is processed later by whoever owns it.
  std::optional<Error> until_processed(
      const std::vector<std::int32_t>& partitions,
      std::optional<std::chrono::steady_clock::time_point> deadline = std::nullopt);
  /// Drains the outbox: to all sinks if this process relays them, else at least to the file.
  void deliver();

 private:
  bool may_own();
  bool others_live();
  std::optional<Error> first_stopped(const std::vector<std::int32_t>& partitions);
  std::map<std::int32_t, std::int64_t> waiting(const std::map<std::int32_t, std::int64_t>& ends);
  std::string owner_of(std::int32_t partition);
  Error nobody_processes(std::int32_t partition);
  Pipeline make_pipeline();
  void start_relays();
  void wake_relays();

  const HubGround ground_;
  const OnProgress& on_progress_;
  ProcessorLock lock_;
  std::optional<LeaseKeeper> leases_;
  std::vector<std::unique_ptr<NoticeSink>> sinks_;
  std::vector<std::unique_ptr<RelayThread>> relays_;  ///< last: they use leases and sinks
};

/// Flushes the outbox to the file at once, after a decision, unless another node relays.
/// Kafka is left to a running hub.
void deliver_to_file(const Config& config, Store& store, const std::string& node);

}  // namespace kinhub
