#pragma once
// The record type of the event log: what a source said, bytes unchanged, with its charset, origin and times.

#include <cstdint>
#include <optional>
#include <string>

#include "hub/base/trace_id.hpp"

namespace kinhub {

/// What a log entry is. `rejected`: bytes the connector could not make events of; they go to quarantine.
/// `coverage`: the source said it is complete up to occurred_at_us.
enum class EventKind : std::uint8_t { change = 0, rejected = 1, coverage = 2 };

/// One entry of the event log.
struct Event {
  EventKind kind = EventKind::change;
  std::string source;  ///< configured instance: police-320812
  std::string key;     ///< business key as the connector saw it, may be empty; never shown or stored in plain
  std::string body;    ///< the agency's bytes, unchanged
  std::string content_type;  ///< application/xml, application/json, text/csv, x-application/hl7-v2+er7
  std::string charset;       ///< as declared
  std::string origin;        ///< file and record, page and row, peer
  std::optional<std::int64_t> occurred_at_us;
  std::int64_t received_at_us = 0;  ///< UTC microseconds: when the hub first had it
  TraceId trace = 0;                ///< 0: of a hub that gave none
  // Of a rejected entry; of a change that reconciliation brought, what it was compared with (hub/reconcile):
  std::string code, detail, place;
  /// Where in the body the record itself stands, without the head and tail of its file; size 0: not told. Not
  /// kept in the log.
  std::size_t record_begin = 0, record_size = 0;
};

}  // namespace kinhub
