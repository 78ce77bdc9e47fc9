#pragma once
// Plausibility check of mapped facts against the time of receipt: what cannot be is set aside before it can
// outrank or be believed. The table: docs/mapping.md, "Plausible or doubtful".

#include <cstdint>
#include <optional>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/mapping/mapping.hpp"

namespace kinhub {

/// Latest instant of which an event can speak, UTC microseconds: when it was received, or the end of `today`
/// where that is later (a rehearsal, a replay), and the margin of its source's clock.
std::int64_t latest_instant(std::int64_t received_at_us, std::optional<Date> today, std::int64_t margin_us);

/// The first thing that cannot be, pure. Codes: VERSION_FUTURE, DATE_FUTURE, BIRTH_TOO_EARLY,
/// PARENT_TOO_YOUNG. Retractions are asked for their version alone: they state nothing else.
std::optional<Rejected> implausible(const std::vector<Fact>& facts, std::int64_t latest_us);

}  // namespace kinhub
