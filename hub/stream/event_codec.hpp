#pragma once
// Serialization of events: what is sealed into one row of the log,
// or sent from a connector's process to the hub.

#include <optional>
#include <string>
#include <string_view>

#include "hub/stream/event.hpp"

namespace kinhub {

/// All fields, compact, with a leading version byte.
std::string encode(const Event& event);
/// Appends them to `out`.
inline void encode(const Event& event, std::string& out) {
  out += encode(event);
}
/// Nothing when the bytes are no event of a version this program knows,
/// cut short, or have something after the end.
std::optional<Event> decode_event(std::string_view bytes);

}  // namespace kinhub
