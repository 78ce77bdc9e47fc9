#pragma once
// A source in a folder of its own: a scripted connector, a log that can refuse, a clock that stands still.

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "hub/connector/source_runner.hpp"
#include "hub/stream/embedded_log.hpp"
#include "plugin_folder.hpp"

namespace kinhub {

/// The embedded log, refusing appends when it is told to.
class MoodyLog final : public EventLog {
 public:
  explicit MoodyLog(const std::filesystem::path& file)
      : log_(EmbeddedLog::open(file, Keyring::from_passphrase("t"))) {}
  std::atomic<int> refuse{0};  // so many appends from now
  std::atomic<int> refuse_every{0};
  std::atomic<bool> damaged{false};
  std::atomic<int> appends{0};
  std::atomic<std::size_t> body_size_max{SIZE_MAX};

  void append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) override {
    auto number = ++appends;
    if (damaged) throw LogDamaged("the log is damaged");
    if (refuse > 0) {
      --refuse;
      throw LogUnavailable("the disk is full");
    }
    if (refuse_every > 0 && number % refuse_every == 0) throw LogUnavailable("the disk is full now and then");
    for (const auto& event : events)
      if (event.body.size() > body_size_max) throw std::length_error("an event is larger than the log takes");
    log_->append(events, checkpoint);
  }
  std::string checkpoint(const std::string& source) override { return log_->checkpoint(source); }
  void set_checkpoint(const SourceCheckpoint& checkpoint) override { log_->set_checkpoint(checkpoint); }
  using EventLog::read;
  std::vector<LoggedEvent> read(std::span<const LogPosition> after, std::size_t count_max,
                                std::uint32_t timeout_ms, std::stop_token stop) override {
    return log_->read(after, count_max, timeout_ms, stop);
  }
  LogPosition end(std::int32_t partition) override { return log_->end(partition); }
  LogPosition start(std::int32_t partition) override { return log_->start(partition); }
  std::int32_t partitions() const override { return 1; }
  std::string partition_name(std::int32_t partition) const override {
    return log_->partition_name(partition);
  }
  std::vector<std::pair<std::string, std::int64_t>> received() override { return log_->received(); }

 private:
  std::unique_ptr<EmbeddedLog> log_;
};

class SourceFixture : public ::testing::Test {
 protected:
  SourceFixture() {
    folder_.install("scripted");
    folder_.install("older");
  }

  SourceOptions options(std::string config) {
    SourceOptions options;
    options.name = "police-1";
    options.connector = "scripted";
    options.config_json = std::move(config);
    options.poll_timeout_ms = 10, options.poll_pause_ms = 1;
    options.backoff_first_ms = 2, options.backoff_max_ms = 10;
    options.seed = 1;
    options.note = [this](int, std::string_view text) {
      std::lock_guard lock(notes_mutex_);
      notes_.emplace_back(text);
    };
    return options;
  }

  /// Waits for something that will come; ctest's time limit ends it otherwise.
  template <class Condition>
  static void until(Condition condition) {
    while (!condition())
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }

  std::vector<Event> logged() {
    std::vector<Event> events;
    LogPosition at;
    for (;;) {
      auto some = log_.read(at, 1000, 0, {});
      if (some.empty()) return events;
      at = some.back().position;
      for (auto& one : some)
        events.push_back(std::move(one.event));
    }
  }
  /// Numbers of the changes and rejected events, coverage left out.
  std::vector<long> numbers() {
    std::vector<long> numbers;
    for (const auto& event : logged())
      if (event.kind != EventKind::coverage) numbers.push_back(std::strtol(event.body.c_str(), nullptr, 10));
    return numbers;
  }
  static std::vector<long> count_to(long count) {
    std::vector<long> numbers(static_cast<std::size_t>(count));
    for (long i = 0; i < count; ++i)
      numbers[static_cast<std::size_t>(i)] = i;
    return numbers;
  }

  PluginFolder folder_;
  MoodyLog log_{folder_.path / "log.db"};
  FixedClock clock_{1'000'000'000};
  ConnectorLibrary library_{{folder_.path}};
  std::mutex notes_mutex_;
  std::vector<std::string> notes_;
};

}  // namespace kinhub
