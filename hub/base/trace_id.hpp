#pragma once
// Trace ids: one for each event, from the connector that received it to the notice it caused.

#include <cstdint>
#include <string>

namespace kinhub {

/// Random, not derived from what the event says, so that a log may show it. 0: there is none.
using TraceId = std::uint64_t;

/// A new one; no two alike for all that matters. Safe from any thread.
TraceId new_trace_id();
/// Sixteen hex digits.
std::string trace_text(TraceId id);

}  // namespace kinhub
