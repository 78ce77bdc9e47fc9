#include "hub/ground/file_events.hpp"

#include "hub/ground/sources.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {
namespace {

/// Event log that keeps what is appended in memory. Used by one thread.
class EventsInMemory final : public EventLog {
 public:
  void append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>&) override {
    events_.insert(events_.end(), events.begin(), events.end());
  }
  std::string checkpoint(const std::string&) override { return {}; }
  void set_checkpoint(const SourceCheckpoint&) override {}
  std::vector<LoggedEvent> read(std::span<const LogPosition>, std::size_t, std::uint32_t,
                                std::stop_token) override {
    return {};
  }
  LogPosition end(std::int32_t partition) override {
    return {partition, static_cast<std::int64_t>(events_.size())};
  }
  LogPosition start(std::int32_t partition) override { return {partition, 0}; }
  std::int32_t partitions() const override { return 1; }
  std::string partition_name(std::int32_t) const override { return "memory"; }
  std::vector<std::pair<std::string, std::int64_t>> received() override { return {}; }

  std::vector<Event> take() { return std::move(events_); }

 private:
  std::vector<Event> events_;
};

}  // namespace

Result<std::vector<Event>> events_of_files(const Config& config, const SourceConfig& source,
                                           const std::vector<std::filesystem::path>& files,
                                           const Clock& clock) {
  EventsInMemory log;
  const auto read = capture(config, source, log, clock, files, [](const Captured&) {});
  if (!read) return read.error();
  return log.take();
}

}  // namespace kinhub
