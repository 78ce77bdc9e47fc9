#pragma once
// Limits of what a connector hands over. What goes beyond them is no reason to stop a source: it becomes an
// event of the quarantine that says so.

#include <cstddef>

#include "hub/stream/event.hpp"

namespace kinhub {

constexpr std::size_t event_body_max = 16u << 20;  ///< a larger change is quarantined whole
constexpr std::size_t rejected_body_max =
    32u << 20;  ///< of bytes that are no event; of larger ones the beginning
constexpr std::size_t capture_body_max = 400u << 20;  ///< of a captured file, which nobody sends again
constexpr std::size_t rejected_body_kept = 1u << 20;
constexpr std::size_t event_text_max =
    4096;  ///< keys, types, charsets, origins, places: no honest one is longer
constexpr std::size_t event_code_max = 64, event_detail_max = 2000;
constexpr std::size_t position_max = 1u << 20;  ///< a folder's position names the files of its last seconds

/// Control characters become blanks, and what is longer is cut.
std::string one_line(std::string_view text, std::size_t size_max);

/// Holds an event to these limits: KEY_TOO_LONG, TEXT_TOO_LONG, EVENT_TOO_LARGE where it goes beyond one. Of
/// a body over `body_max` the beginning is kept.
void hold_to_limits(Event& event, std::size_t body_max = rejected_body_max);

}  // namespace kinhub
