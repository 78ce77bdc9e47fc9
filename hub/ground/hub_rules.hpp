#pragma once
// Loader of the rule set from the folders of the configuration: mappings of each source,
// policies, matching without numbers, what each source covers.

#include "hub/config/config.hpp"
#include "hub/pipeline/rules.hpp"

namespace kinhub {

/// The file of rules of matching without numbers.
std::filesystem::path linkage_file(const Config& config);

/// Loads all rules. Throws ErrorThrown with the first problem; kinhub check says them all.
Rules read_rules(const Config& config);

}  // namespace kinhub
