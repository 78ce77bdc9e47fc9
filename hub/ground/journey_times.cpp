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
      if (event.notices_up_to <= sink.sequence) {  // the relay was faster than this call
        latency_[{"delivered", name}].observe(sink.at_us - event.received_at_us);
        continue;
      }
      sink.waiting.push_back({event.trace, event.received_at_us, event.notices_up_to});
      if (sink.waiting.size() > waiting_max) sink.waiting.pop_front();
    }
  }
}

void JourneyTimes::delivered(const std::string& sink, std::int64_t sequence, std::int64_t now_us) {
  MutexLock lock(mutex_);
  auto& [waiting, delivered, at_us] = sinks_[sink];
  if (sequence <= delivered) return;
  delivered = sequence, at_us = now_us;
  auto& stage = latency_[{"delivered", sink}];
  while (!waiting.empty() && waiting.front().last_notice <= sequence) {
    const auto& one = waiting.front();
    stage.observe(now_us - one.received_at_us);
    spdlog::debug("trace {}: notices up to {} delivered to {} after {} us", trace_text(one.trace),
                  one.last_notice, sink, now_us - one.received_at_us);
    waiting.pop_front();
  }
}

std::map<JourneyTimes::Stage, Histogram> JourneyTimes::latency() const {
  MutexLock lock(mutex_);
  return latency_;
}

}  // namespace kinhub
