#pragma once
// Whether the configured evidence rules are those that count: told by the running hub, by status and by
// check.

#include <string>

#include "hub/base/secrets.hpp"
#include "hub/config/config.hpp"
#include "hub/pipeline/evidence_book.hpp"
#include "hub/store/values.hpp"

namespace kinhub {

/// Why the configured file does not count, with what to do; empty: it does. A file that cannot be read says
/// nothing here: check does.
std::string evidence_not_adopted(const Config& config, const Keyring& keys, ValueShelf& values);

}  // namespace kinhub
