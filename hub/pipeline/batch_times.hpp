#pragma once
// The latency trace of a stored batch: when each of its events passed each stage, and which notices it
// caused.

#include <cstdint>
#include <vector>

#include "hub/base/trace_id.hpp"

namespace kinhub {

/// Instants are UTC microseconds.
struct EventTimes {
  TraceId trace = 0;
  std::int64_t received_at_us = 0, mapped_at_us = 0;
  std::int64_t notices_after = 0, notices_up_to = 0;  ///< seq: those of (after, up to] are its own
};

struct BatchTimes {
  std::int64_t stored_at_us = 0;
  std::vector<EventTimes> events;
};

}  // namespace kinhub
