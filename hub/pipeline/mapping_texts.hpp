#pragma once
// The archive of mapping files in the store: each text once, under its digest, so that the origin of a fact
// can be shown after its mapping has changed.

#include <optional>

#include "hub/pipeline/rules.hpp"

namespace kinhub {

/// Stores the mapping files of all sources that are not there yet; sealed, for their tests hold numbers.
void keep_mapping_texts(const Rules& rules, const Keyring& keys, StoreTransaction& store);

/// Look-up by digest; nothing for a file that never made a fact here.
std::optional<MappingText> kept_mapping_text(StoreTransaction& store, const Keyring& keys,
                                             std::uint64_t digest);

}  // namespace kinhub
