#pragma once
// The state of the hub as JSON for one caller (need to know): whoever is bound to some areas learns whether
// anything is wrong and at which source, and no figures of everybody, no paths, no names of machines.

#include <string>

#include "hub/desk/caller.hpp"
#include "hub/ground/states.hpp"

namespace kinhub {

/// On one line. Paths and configuration are for callers of the whole scope with source.run.
std::string status_json(const Caller& caller, const HubState& status);
std::string balance_json(const Caller& caller, const Balance& balance);

}  // namespace kinhub
