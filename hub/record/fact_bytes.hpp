#pragma once
// The byte form of a fact: what statements are kept as, and what tells a repetition from a new version.

#include "hub/base/bytes.hpp"
#include "hub/record/fact.hpp"

namespace kinhub {

/// Equal facts give equal bytes.
void write(Packer& out, const Fact& fact);
Fact read_fact(Unpacker& in);

}  // namespace kinhub
