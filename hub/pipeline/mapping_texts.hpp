#pragma once
// The archive of mapping files in the store: each text once, under its digest, so that the origin of a fact
// can be shown after its mapping has changed.

#include <optional>

#include "hub/pipeline/rules.hpp"

namespace kinhub {

/// Stores the mapping files of all sources that are not there yet.
void keep_mapping_texts(const Rules& rules, StoreTransaction& store);

/// Look-up by digest; nothing for a file that never made a fact here.
std::optional<MappingText> kept_mapping_text(StoreTransaction& store, std::uint64_t digest);

}  // namespace kinhub
