#include "hub/pipeline/read_ahead.hpp"

#include <algorithm>
#include <chrono>

#include "hub/base/failpoint.hpp"
#include "hub/base/sleep.hpp"
#include "hub/store/positions.hpp"

namespace kinhub {
namespace {

std::string damaged_position_text(std::string_view partition) {
  return "its position in the store is not as the hub wrote it (table place, row " + std::string(partition) +
         "), so where to go on is not known: kinhub source rewind shows a plan";
}

}  // namespace

using std::chrono::milliseconds;

ReadAhead::ReadAhead(EventLog& log, Store& store, Ownership& ownership, Map map, Limits limits,
                     std::optional<Ends> until)
    : log_(log),
      store_(store),
      ownership_(ownership),
      map_(std::move(map)),
      limits_(limits),
      until_(std::move(until)),
      reader_([this](std::stop_token stop) {
        std::exception_ptr broken;
        try {
          read_all(stop);
        } catch (...) {
          broken = std::current_exception();
        }
        MutexLock lock(mutex_);
        broken_ = broken, finished_ = true;
        gathered_now_.notify_all();
      }) {}

ReadAhead::~ReadAhead() {
  reader_.request_stop();
}

void ReadAhead::read_all(std::stop_token stop) {
  while (!stop.stop_requested()) {
    follow_ownership();
    if (until_ && all_read()) return;
    auto read = read_some(stop);
    if (read.empty()) continue;
    failpoint("read.done");
    std::vector<MappedEvent> mapped;
    mapped.reserve(read.size());
    for (auto& logged : read) {
      auto& place = places_.at(logged.position.partition);
      place.at = logged.position;
      mapped.push_back(map_(std::move(logged)));
      mapped.back().lease_epoch = place.lease_epoch;
    }
    failpoint("map.done");
    hand_over(std::move(mapped), stop);
  }
}

/// Synchronizes read positions with ownership: what is no longer owned by the same right is forgotten; what
/// is new starts from its stored position.
void ReadAhead::follow_ownership() {
  auto owned = ownership_.owned();
  if (until_) std::erase_if(owned, [&](const auto& one) { return !until_->contains(one.partition); });
  std::erase_if(places_, [&](const auto& place) {
    return std::find(owned.begin(), owned.end(), OwnedPartition{place.first, place.second.lease_epoch}) ==
           owned.end();
  });
  std::erase_if(owned, [&](const auto& one) {
    auto known = unreadable_.find(one.partition);
    return known != unreadable_.end() && known->second == one.lease_epoch;
  });
  if (places_.size() == owned.size()) return;
  auto reading = store_.begin(Store::For::reading);
  for (const auto& one : owned) {
    if (places_.contains(one.partition)) continue;
    auto stored = reading->positions().at(log_.partition_name(one.partition));
    if (stored.damaged) {
      unreadable_[one.partition] = one.lease_epoch;
      MutexLock lock(mutex_);
      damaged_.emplace(one.partition, damaged_position_text(log_.partition_name(one.partition)));
      continue;
    }
    places_[one.partition] = {{one.partition, stored.sequence, stored.offset}, one.lease_epoch};
  }
}

bool ReadAhead::all_read() const {
  return std::all_of(places_.begin(), places_.end(),
                     [&](const auto& place) { return place.second.at.sequence >= until_->at(place.first); });
}

std::vector<LoggedEvent> ReadAhead::read_some(std::stop_token stop) {
  std::vector<LogPosition> after;
  for (const auto& [partition, place] : places_)
    if (!until_ || place.at.sequence < until_->at(partition)) after.push_back(place.at);
  try {
    std::vector<LoggedEvent> read;
    if (!after.empty())
      read = log_.read(after, std::max<std::size_t>(1, limits_.events_max / 4), limits_.look_up_ms, stop);
    {
      MutexLock lock(mutex_);
      in_touch_ |= read.empty() && !stop.stop_requested();
    }
    // Idle wait: owning nothing, there is nothing to wait for but a change of that.
    if (after.empty()) sleep_for(milliseconds(limits_.look_up_ms), stop);
    return read;
  } catch (const LogDamaged& damaged) {
    if (damaged.partition() == LogDamaged::whole_log) throw;
    unreadable_[damaged.partition()] = places_.at(damaged.partition()).lease_epoch;
    places_.erase(damaged.partition());
    MutexLock lock(mutex_);
    damaged_.emplace(damaged.partition(), damaged.what());
    return {};
  }
}

void ReadAhead::hand_over(std::vector<MappedEvent> events, std::stop_token stop) {
  std::size_t bytes = 0;
  for (const auto& event : events)
    bytes += event.logged.event.body.size();
  MutexLock lock(mutex_);
  auto has_room = [&]() KINHUB_REQUIRES(mutex_) {
    return gathered_.empty() || (gathered_.size() + events.size() <= limits_.events_max &&
                                 gathered_bytes_ + bytes <= limits_.bytes_max);
  };
  if (!has_room()) {
    no_room_ = true;
    gathered_now_.notify_all();
    bool room = room_.wait(lock, stop, has_room);
    no_room_ = false;
    if (!room) return;
  }
  if (gathered_.empty()) gathered_since_ = std::chrono::steady_clock::now();
  gathered_bytes_ += bytes;
  std::move(events.begin(), events.end(), std::back_inserter(gathered_));
  in_touch_ = true;
  gathered_now_.notify_all();
}

bool ReadAhead::goes_now() const {
  return finished_ || no_room_ || gathered_.size() < limits_.dense_from ||
         gathered_.size() >= limits_.gather_events;
}

std::optional<std::vector<MappedEvent>> ReadAhead::take(std::stop_token stop, std::uint32_t wait_ms) {
  MutexLock lock(mutex_);
  if (!damaged_before_.empty()) {
    auto damaged = std::exchange(damaged_before_, {});
    lock.unlock();
    report(damaged);
    lock.lock();
  }
  gathered_now_.wait_for(lock, stop, milliseconds(wait_ms),
                         [&]() KINHUB_REQUIRES(mutex_) { return finished_ || !gathered_.empty(); });
  if (!gathered_.empty() && !goes_now())
    gathered_now_.wait_until(lock, stop, gathered_since_ + milliseconds(limits_.gather_ms),
                             [&]() KINHUB_REQUIRES(mutex_) { return goes_now(); });
  if (stop.stop_requested()) return std::nullopt;
  damaged_before_ = std::exchange(damaged_, {});
  if (gathered_.empty() && finished_) {
    auto broken = broken_;
    auto damaged = std::exchange(damaged_before_, {});
    lock.unlock();
    report(damaged);
    if (broken) std::rethrow_exception(broken);
    return std::nullopt;
  }
  room_.notify_all();
  gathered_bytes_ = 0;
  return std::exchange(gathered_, {});
}

/// Reports damage, only when all that was read before has been processed: a partition that is
/// stopped is not owned any more.
void ReadAhead::report(const Damaged& damaged) {
  for (const auto& [partition, why] : damaged)
    ownership_.stopped(partition, why);
}

bool ReadAhead::in_touch() {
  MutexLock lock(mutex_);
  return in_touch_;
}

}  // namespace kinhub
