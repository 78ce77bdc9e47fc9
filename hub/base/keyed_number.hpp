#pragma once
// Surrogate keys encrypted as numbers: what stands behind public references, and in tables that are to be
// read without the key.

#include <cstdint>
#include <optional>

#include "hub/base/secrets.hpp"

namespace kinhub {

/// Format-preserving encryption of a surrogate key, by the purpose that `prefix` names: it tells neither the
/// number nor the order, two purposes have nothing in common, and it is reversible with the key.
std::int64_t keyed_number(const Keyring& keys, char prefix, std::int64_t number);
/// Decrypts it: the number, or nothing when it is none of this installation and purpose (to a chance of 1 in
/// 2^24).
std::optional<std::int64_t> number_behind(const Keyring& keys, char prefix, std::int64_t keyed);

}  // namespace kinhub
