#include "hub/ground/journey_times.hpp"

#include <spdlog/spdlog.h>

namespace kinhub {
namespace {

constexpr std::size_t waiting_max = 100'000;  // a sink that is away for long: the oldest are not measured

}  // namespace

JourneyTimes::JourneyTimes(const std::vector<std::string>& sinks) {
  for (auto name : {"durable", "mapped", "stored"})
    latency_[{name, ""}];
  for (const auto& sink : sinks)
    latency_[{"delivered", sink}], sinks_[sink];
}

void JourneyTimes::durable(std::span<const Event> events, std::int64_t now_us) {
  MutexLock lock(mutex_);
  auto& stage = latency_[{"durable", ""}];
  for (const auto& event : events)
    stage.observe(now_us - event.received_at_us);
}

void JourneyTimes::stored(const BatchTimes& times) {
  MutexLock lock(mutex_);
  auto &mapped = latency_[{"mapped", ""}], &stored = latency_[{"stored", ""}];
  for (const auto& event : times.events) {
    mapped.observe(event.mapped_at_us - event.received_at_us);
    stored.observe(times.stored_at_us - event.received_at_us);
    if (event.notices_up_to == event.notices_after) continue;
    for (auto& [name, sink] : sinks_) {
      if (!sink.relayed_here) continue;
      if (event.notices_up_to <= sink.sequence) {  // the relay was faster than this call
        latency_[{"delivered", name}].observe(sink.at_us - event.received_at_us);
        continue;
      }
      sink.waiting.push_back({event.trace, event.received_at_us, event.notices_up_to});
      if (sink.waiting.size() > waiting_max) sink.waiting.pop_front();
    }
  }
}

void JourneyTimes::delivered(const std::string& name, std::int64_t sequence, std::int64_t now_us) {
  std::vector<Waiting> arrived;
  {
    MutexLock lock(mutex_);
    auto& sink = sinks_[name];
    sink.relayed_here = true;
    if (sequence <= sink.sequence) return;
    sink.sequence = sequence, sink.at_us = now_us;
    auto& stage = latency_[{"delivered", name}];
    for (; !sink.waiting.empty() && sink.waiting.front().last_notice <= sequence; sink.waiting.pop_front()) {
      stage.observe(now_us - sink.waiting.front().received_at_us);
      arrived.push_back(sink.waiting.front());
    }
  }
  if (!spdlog::should_log(spdlog::level::debug)) return;
  for (const auto& one : arrived)  // without the lock: whoever stores must not wait for a slow terminal
    spdlog::debug("trace {}: notices up to {} delivered to {} after {} us", trace_text(one.trace),
                  one.last_notice, name, now_us - one.received_at_us);
}

void JourneyTimes::relayed_elsewhere(const std::string& name) {
  MutexLock lock(mutex_);
  auto& sink = sinks_[name];
  sink.relayed_here = false;
  sink.waiting.clear();
}

std::map<JourneyTimes::Stage, Histogram> JourneyTimes::latency() const {
  MutexLock lock(mutex_);
  return latency_;
}

}  // namespace kinhub
