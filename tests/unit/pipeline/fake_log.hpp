#pragma once
// An event log in memory with a partition for each source, whose order across partitions is drawn by chance,
// and which can be cut, lose its head, or fail.

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

#include "hub/stream/event_log.hpp"

namespace kinhub::test {

/// Safe from any thread. Copies of what a broker may do to us are made by the test: cut_tail, drop_head.
class FakeLog final : public EventLog {
 public:
  FakeLog(std::vector<std::string> sources, unsigned seed) : chance_(seed) {
    for (auto& source : sources)
      partitions_.push_back({std::move(source), {}, 0, {}});
  }

  void append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) override {
    std::lock_guard lock(mutex_);
    for (const auto& event : events) {
      auto& of = partition_of(event.source);
      of.events.push_back(event);
    }
    if (checkpoint) checkpoints_[checkpoint->source] = checkpoint->position;
    news_.notify_all();
  }
  std::string checkpoint(const std::string& source) override {
    std::lock_guard lock(mutex_);
    return checkpoints_[source];
  }
  void set_checkpoint(const SourceCheckpoint& checkpoint) override { append({}, checkpoint); }

  using EventLog::read;
  std::vector<LoggedEvent> read(std::span<const LogPosition> after, std::size_t count_max,
                                std::uint32_t timeout_ms, std::stop_token stop = {}) override {
    std::unique_lock lock(mutex_);
    std::vector<LogPosition> at(after.begin(), after.end());
    for (const auto& one : at)
      check(one);
    auto waiting = [&] {
      std::erase_if(
          at, [&](const auto& one) { return one.sequence >= end_of(one.partition) || next_is_spoilt(one); });
      return !at.empty();
    };
    auto all = at;
    news_.wait_for(lock, stop, std::chrono::milliseconds(timeout_ms), [&] {
      at = all;
      return waiting();
    });
    std::vector<LoggedEvent> read;
    // Now and then fewer than there are, and from any partition next: a broker gives no better promise.
    auto count = count_max == 0 ? 0 : chance_() % count_max + 1;
    while (read.size() < count && waiting()) {
      auto& next = at[chance_() % at.size()];
      const auto& of = partitions_[static_cast<std::size_t>(next.partition)];
      next.sequence += 1, next.offset = next.sequence * 2;
      read.push_back({next, of.events[static_cast<std::size_t>(next.sequence - 1)]});
    }
    return read;
  }

  LogPosition end(std::int32_t partition) override {
    std::lock_guard lock(mutex_);
    return {partition, end_of(partition)};
  }
  LogPosition start(std::int32_t partition) override {
    std::lock_guard lock(mutex_);
    return {partition, at(partition).start};
  }
  std::int32_t partitions() const override { return static_cast<std::int32_t>(partitions_.size()); }
  std::string partition_name(std::int32_t partition) const override {
    return partitions_[static_cast<std::size_t>(partition)].name;
  }
  std::vector<std::pair<std::string, std::int64_t>> received() override {
    std::lock_guard lock(mutex_);
    std::map<std::string, std::int64_t> counts;
    for (const auto& of : partitions_)
      for (const auto& event : of.events)
        counts[event.source] += 1;
    return {counts.begin(), counts.end()};
  }

  /// Retention: the events up to this one are no longer kept.
  void drop_head(std::int32_t partition, std::int64_t until) {
    std::lock_guard lock(mutex_);
    at(partition).start = until;
  }
  /// What was lost with the broker's disk.
  void cut_tail(std::int32_t partition, std::int64_t end) {
    std::lock_guard lock(mutex_);
    at(partition).events.resize(static_cast<std::size_t>(end));
  }
  /// Bytes that cannot be read any more.
  void spoil(std::int32_t partition, std::int64_t sequence) {
    std::lock_guard lock(mutex_);
    at(partition).spoilt.push_back(sequence);
  }

 private:
  struct Partition {
    std::string name;
    std::vector<Event> events;
    std::int64_t start = 0;
    std::vector<std::int64_t> spoilt;
  };
  Partition& at(std::int32_t partition) { return partitions_.at(static_cast<std::size_t>(partition)); }
  Partition& partition_of(const std::string& source) {
    if (partitions_.size() == 1 && partitions_.front().name == "log") return partitions_.front();
    for (auto& of : partitions_)
      if (of.name == source) return of;
    throw std::logic_error("no partition " + source);
  }
  std::int64_t end_of(std::int32_t partition) {
    return static_cast<std::int64_t>(at(partition).events.size());
  }
  bool next_is_spoilt(const LogPosition& after) {
    const auto& spoilt = at(after.partition).spoilt;
    return std::find(spoilt.begin(), spoilt.end(), after.sequence + 1) != spoilt.end();
  }
  void check(const LogPosition& after) {
    const auto& of = at(after.partition);
    if (after.sequence < of.start)
      throw LogDamaged(of.name + " no longer holds the next event", after.partition);
    if (after.sequence > end_of(after.partition))
      throw LogDamaged(of.name + " ends before the position", after.partition);
    if (next_is_spoilt(after))
      throw LogDamaged(of.name + " has an event that cannot be read", after.partition);
  }

  std::mutex mutex_;
  std::condition_variable_any news_;
  std::mt19937 chance_;
  std::vector<Partition> partitions_;
  std::map<std::string, std::string> checkpoints_;
};

}  // namespace kinhub::test
