#pragma once
// Traces of mappings as answers: what an event comes to, field by field (hub/mapping/trace).

#include <optional>
#include <string>
#include <vector>

#include "hub/mapping/trace.hpp"

namespace kinhub {

/// What one event comes to.
struct TriedEvent {
  std::string origin;            ///< file and record, masked
  std::string outcome;           ///< mapped, filtered, rejected
  std::optional<Error> refused;  ///< by the connector, or as a whole
  std::vector<TracedRecord> records;
};

/// A stored event, by the mappings of now.
struct EventTraceView {
  std::string source;
  std::int64_t sequence = 0;
  std::int64_t received_at_us = 0;
  TriedEvent event;
};

}  // namespace kinhub
