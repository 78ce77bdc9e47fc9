#include "hub/pipeline/pipeline.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "hub/pipeline/batch.hpp"
#include "hub/pipeline/mapping_texts.hpp"
#include "hub/pipeline/policy_history.hpp"
#include "hub/pipeline/portion.hpp"
#include "hub/pipeline/read_ahead.hpp"
#include "hub/store/positions.hpp"

namespace kinhub {
namespace {

constexpr std::uint32_t look_up_ms = 200;  // how soon a change of ownership is noticed while nothing comes

/// The advance of this partition was refused: the batch must not be stored.
struct Refused {
  std::int32_t partition;
};

/// Damage that an event of a batch met: nothing of the batch is stored.
struct Met : std::runtime_error {
  Met(std::size_t at, const DossierUnreadable& what_it_met)
      : runtime_error(what_it_met.what()), event(at), damage(what_it_met) {}
  std::size_t event;  ///< index in the batch
  DossierUnreadable damage;
};

/// What a batch moves: for each partition the stretch its events cover. Nothing: they do not follow on each
/// other, as happens when a partition was lost and gained again between two reads.
std::optional<std::map<std::int32_t, Advance>> moves_of(std::span<const MappedEvent> events,
                                                        const EventLog& log) {
  std::map<std::int32_t, Advance> moves;
  for (const auto& event : events) {
    const auto& at = event.logged.position;
    const auto lease_epoch = event.lease_epoch;
    auto [known, fresh] = moves.try_emplace(at.partition);
    auto& move = known->second;
    if (fresh) move = {log.partition_name(at.partition), at.sequence - 1, at.sequence - 1, -1, lease_epoch};
    if (at.sequence != move.to_sequence + 1 || lease_epoch != move.lease_epoch) return std::nullopt;
    move.to_sequence = at.sequence, move.to_offset = at.offset;
  }
  return moves;
}

}  // namespace

Pipeline::Pipeline(EventLog& log, Store& store, const Keyring& keys, const Rules& rules, const Clock& clock,
                   Ownership& ownership, Options options)
    : log_(log),
      store_(store),
      keys_(keys),
      rules_(rules),
      clock_(clock),
      ownership_(ownership),
      options_(options),
      desk_(*rules.policies, keys, clock),
      evidence_(keys) {}

Date Pipeline::today() const {
  return options_.today ? *options_.today : shanghai_date(clock_.now_us());
}

BatchMeans Pipeline::means() {
  return {keys_, rules_, desk_, evidence_, today()};
}

/// Archives the texts of mappings and policies, once for each process: texts_kept_ says that it is committed.
void Pipeline::keep_texts(ValueShelf& values) {
  if (texts_kept_) return;
  keep_mapping_texts(rules_, keys_, values);
  keep_policies(rules_, keys_, values, clock_.now_us());
}

ReadAhead::Map Pipeline::mapper() const {
  return [this](LoggedEvent logged) {
    auto mapped = map_event(std::move(logged), rules_, keys_, options_.today);
    mapped.mapped_at_us = clock_.now_us();
    return mapped;
  };
}

/// One transaction for the events of all partitions. Where something changed hands since they were read, what
/// was read ahead is worth nothing: what is stored tells where to go on.
Pipeline::Step Pipeline::process(std::vector<MappedEvent> events) {
  const auto owned = ownership_.owned();
  auto dropped = std::erase_if(events, [&](const auto& event) {
    OwnedPartition by{event.logged.position.partition, event.lease_epoch};
    return std::find(owned.begin(), owned.end(), by) == owned.end();
  });
  if (events.empty()) return {{}, false};
  auto times = store_events(events);
  if (!times) return {{}, false};
  tell(*times);
  return {std::move(*times), dropped == 0};
}

/// In one transaction; where an event needs a record that cannot be read, those before it in one, it in one
/// of its own, to quarantine, and the rest in others. Nothing: a partition is no longer this node's.
std::optional<BatchTimes> Pipeline::store_events(std::span<const MappedEvent> events) {
  BatchTimes all;
  auto count = events.size();
  std::optional<DossierUnreadable> damage;
  while (!events.empty()) {
    try {
      auto times = store_batch(events.first(count), damage);
      if (!times) return std::nullopt;
      all.events.insert(all.events.end(), times->events.begin(), times->events.end());
      all.stored_at_us = times->stored_at_us;
    } catch (const Met& met) {
      if (damage) throw;  // the quarantine needs nobody's record
      if (met.event == 0) damage = met.damage;
      count = std::max<std::size_t>(met.event, 1);
      continue;
    }
    if (damage)
      spdlog::error("event {} of {} waits in quarantine: {}", events[0].logged.position.sequence,
                    events[0].logged.event.source, damage->what());
    events = events.subspan(count);
    count = events.size();
    damage.reset();
  }
  return all;
}

/// `damage`: what the only event meets. Throws Met. Nothing: as store_events().
std::optional<BatchTimes> Pipeline::store_batch(std::span<const MappedEvent> events,
                                                const std::optional<DossierUnreadable>& damage) {
  const auto moves = moves_of(events, log_);
  if (!moves) return std::nullopt;
  BatchTimes times;
  times.events.reserve(events.size());
  try {
    in_one_transaction(store_, means(), [&](Batch& batch, StoreTransaction& store) {
      for (const auto& [partition, move] : *moves)
        if (!store.positions().advance(move)) throw Refused{partition};
      failpoint("batch.advanced");
      keep_texts(store.values());
      batch.prefetch(events);
      for (const auto& event : events) {
        const auto notices_before = desk_.last_notice();
        try {
          damage ? batch.set_aside(event, *damage) : batch.take(event);
        } catch (const DossierUnreadable& met) {
          throw Met(times.events.size(), met);
        }
        const auto& said = event.logged.event;
        times.events.push_back(
            {said.trace, said.received_at_us, event.mapped_at_us, notices_before, desk_.last_notice()});
      }
      failpoint("batch.taken");
      return true;
    });
  } catch (const Refused& refused) {
    ownership_.lost(refused.partition);
    return std::nullopt;
  }
  texts_kept_ = true;
  times.stored_at_us = clock_.now_us();
  return times;
}

/// The next two stages of an event's trace: mapped, stored.
void Pipeline::tell(const BatchTimes& times) const {
  if (!spdlog::should_log(spdlog::level::debug)) return;
  for (const auto& event : times.events)
    spdlog::debug("trace {}: mapped after {} us, stored after {} us, {}", trace_text(event.trace),
                  event.mapped_at_us - event.received_at_us, times.stored_at_us - event.received_at_us,
                  event.notices_up_to == event.notices_after
                      ? "no notice"
                      : fmt::format("notices {} to {}", event.notices_after + 1, event.notices_up_to));
}

std::int64_t Pipeline::drain(std::stop_token stop,
                             const std::function<void(std::int64_t, std::int64_t)>& progress) {
  ReadAhead::Ends ends;
  std::int64_t total = 0, done = 0;
  for (const auto& one : ownership_.owned()) {
    try {
      ends[one.partition] = log_.end(one.partition).sequence;
    } catch (const LogDamaged& damaged) {
      if (damaged.partition() == LogDamaged::whole_log) throw;
      ownership_.stopped(one.partition, damaged.what());
      continue;
    }
    auto at = store_.begin(Store::For::reading)->positions().at(log_.partition_name(one.partition)).sequence;
    total += std::max<std::int64_t>(ends[one.partition] - at, 0);
  }
  while (!stop.stop_requested()) {
    ReadAhead ahead(log_, store_, ownership_, mapper(), {options_.batch_events_max, look_up_ms}, ends);
    for (;;) {
      auto batch = ahead.take(stop, look_up_ms);
      if (!batch) return done;
      if (batch->empty()) continue;
      auto step = process(std::move(*batch));
      done += step.stored();
      if (progress && step.stored() > 0) progress(done, std::max(done, total));
      if (!step.goes_on) break;
    }
  }
  return done;
}

void Pipeline::run(std::stop_token stop, const Listener& listener) {
  Outage outage(listener, options_.retry);
  Portion portion(options_.batch_events_max);
  while (!stop.stop_requested()) {
    try {
      ReadAhead ahead(log_, store_, ownership_, mapper(), {options_.batch_events_max, look_up_ms});
      while (auto batch = ahead.take(stop, look_up_ms)) {
        if (batch->empty()) {
          if (ahead.in_touch()) outage.over();
          continue;
        }
        bool goes_on = true;
        for (auto next = batch->begin(); goes_on && next != batch->end() && !stop.stop_requested();) {
          auto count = std::min(portion.size(), static_cast<std::size_t>(batch->end() - next));
          auto end = next + static_cast<std::ptrdiff_t>(count);
          portion.tried(count);
          auto step = process({std::make_move_iterator(next), std::make_move_iterator(end)});
          portion.stored();
          outage.over();
          if (listener.after_batch && step.stored() > 0) listener.after_batch(step.times);
          goes_on = step.goes_on, next = end;
        }
        if (!goes_on) break;
      }
    } catch (const Unavailable& unavailable) {
      portion.failed();
      outage.wait(unavailable.what(), stop);
    }
  }
}

}  // namespace kinhub
