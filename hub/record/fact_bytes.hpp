#pragma once
// Serialization of a fact. The bytes are what statements are kept as, and its content identity: they tell a
// repetition from a new version.

#include "hub/base/bytes.hpp"
#include "hub/record/fact.hpp"

namespace kinhub {

/// Deterministic: equal facts give equal bytes, different ones different bytes.
void write(Packer& out, const Fact& fact);
/// Throws std::runtime_error on bytes that end too early.
Fact read_fact(Unpacker& in);

}  // namespace kinhub
