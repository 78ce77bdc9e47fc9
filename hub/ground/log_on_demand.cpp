#include "hub/ground/log_on_demand.hpp"

namespace kinhub {

LogOnDemand::LogOnDemand(const Config& config, Open open) : open_(std::move(open)) {
  if (!config.kafka)
    names_.emplace_back("log");
  else
    for (const auto& source : config.sources)
      names_.push_back(source.name);
}

EventLog& LogOnDemand::opened() const {
  MutexLock lock(mutex_);
  if (!log_) log_ = open_();
  return *log_;
}

void LogOnDemand::append(const std::vector<Event>& events,
                         const std::optional<SourceCheckpoint>& checkpoint) {
  opened().append(events, checkpoint);
}
std::string LogOnDemand::checkpoint(const std::string& source) {
  return opened().checkpoint(source);
}
void LogOnDemand::set_checkpoint(const SourceCheckpoint& checkpoint) {
  opened().set_checkpoint(checkpoint);
}
std::vector<LoggedEvent> LogOnDemand::read(std::span<const LogPosition> after, std::size_t count_max,
                                           std::uint32_t timeout_ms, std::stop_token stop) {
  return opened().read(after, count_max, timeout_ms, std::move(stop));
}
LogPosition LogOnDemand::end(std::int32_t partition) {
  return opened().end(partition);
}
LogPosition LogOnDemand::start(std::int32_t partition) {
  return opened().start(partition);
}
std::int32_t LogOnDemand::partitions() const {
  return static_cast<std::int32_t>(names_.size());
}
std::string LogOnDemand::partition_name(std::int32_t partition) const {
  return names_.at(static_cast<std::size_t>(partition));
}
std::vector<std::pair<std::string, std::int64_t>> LogOnDemand::received() {
  return opened().received();
}

}  // namespace kinhub
