#pragma once
// Latency of events from the connector to the notice, stage by stage, as the metrics file shows it.

#include <deque>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "hub/base/histogram.hpp"
#include "hub/base/mutex.hpp"
#include "hub/pipeline/batch_times.hpp"
#include "hub/stream/event.hpp"

namespace kinhub {

/// Collects what this node's connectors, pipeline and relays tell. All durations count from the moment the
/// hub had the event. What another node stored, a scan or a person caused has no trace here and is not
/// counted. Safe from any thread.
class JourneyTimes {
 public:
  /// One stage: durable, mapped, stored, or delivered to a sink.
  struct Stage {
    std::string name, sink;  ///< sink: of delivered, else empty
    friend auto operator<=>(const Stage&, const Stage&) = default;
  };

  /// `sinks`: those that notices go to.
  explicit JourneyTimes(const std::vector<std::string>& sinks);

  void durable(std::span<const Event> events, std::int64_t now_us);
  void stored(const BatchTimes& times);
  /// Everything up to this notice is delivered to the sink.
  void delivered(const std::string& name, std::int64_t sequence, std::int64_t now_us);

  /// Another node delivers to the sink: what waits is not measured here, also when this node delivers again.
  void relayed_elsewhere(const std::string& name);

  /// Every stage there is, also one that nothing has passed yet.
  std::map<Stage, Histogram> latency() const;

 private:
  struct Waiting {
    TraceId trace;
    std::int64_t received_at_us, last_notice;
  };

  struct Sink {
    bool relayed_here = true;
    std::deque<Waiting> waiting;           ///< in order of notices; bounded
    std::int64_t sequence = 0, at_us = 0;  ///< the last notice delivered, and since when it is
  };

  mutable Mutex mutex_;
  std::map<Stage, Histogram> latency_ KINHUB_GUARDED_BY(mutex_);
  std::map<std::string, Sink> sinks_ KINHUB_GUARDED_BY(mutex_);
};

}  // namespace kinhub
