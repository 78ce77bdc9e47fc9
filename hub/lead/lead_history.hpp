#pragma once
// The history of leads: each version that was superseded is kept, so that it can be asked which leads stood
// at a past time, and with what content.

#include <optional>

#include "hub/store/store.hpp"

namespace kinhub {

/// Appends a version that is about to be overwritten. Of two of one microsecond the later one stays.
void keep_superseded(StoreTransaction& store, const LeadRow& lead);

/// The version of a lead that held at a time; nothing if it had not been opened. `now` is the lead as it is
/// stored. What was superseded before versions were kept is not known: the oldest one known counts from the
/// opening on.
std::optional<LeadRow> lead_as_known(StoreTransaction& store, const LeadRow& now, std::int64_t known_at_us);

}  // namespace kinhub
