#pragma once
// What decides, read from the folders of the configuration: mappings of each source, policies, what each
// source covers.

#include "hub/config/config.hpp"
#include "hub/pipeline/rules.hpp"

namespace kinhub {

/// Throws ErrorThrown with the first problem; kinhub check says them all.
Rules read_rules(const Config& config);

}  // namespace kinhub
