#pragma once
// Lazily opened event log, for commands: opened by the first question that only the log can answer, so that a
// person can go on working with what the store knows while the log is away.

#include <functional>
#include <memory>

#include "hub/base/mutex.hpp"
#include "hub/config/config.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// Lazy proxy of an event log. Safe from any thread. Which partitions there are is known from the
/// configuration; all else opens the log, and throws what opening it throws.
class LogOnDemand final : public EventLog {
 public:
  using Open = std::function<std::unique_ptr<EventLog>()>;
  LogOnDemand(const Config& config, Open open);

  /// Forces the log open.
  EventLog& opened() const;

  void append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) override;
  std::string checkpoint(const std::string& source) override;
  void set_checkpoint(const SourceCheckpoint& checkpoint) override;
  using EventLog::read;
  std::vector<LoggedEvent> read(std::span<const LogPosition> after, std::size_t count_max,
                                std::uint32_t timeout_ms, std::stop_token stop = {}) override;
  LogPosition end(std::int32_t partition) override;
  LogPosition start(std::int32_t partition) override;
  std::int32_t partitions() const override;
  std::string partition_name(std::int32_t partition) const override;
  std::vector<std::pair<std::string, std::int64_t>> received() override;

 private:
  const Open open_;
  std::vector<std::string> names_;
  mutable Mutex mutex_;
  mutable std::unique_ptr<EventLog> log_ KINHUB_GUARDED_BY(mutex_);
};

}  // namespace kinhub
