#pragma once
// Mutation testing of policy files: what no test inside them pins.

#include <span>
#include <string>
#include <vector>

#include "hub/policy/policy.hpp"

namespace kinhub {

/// Result of a mutation run: what was bent and no test noticed.
struct MutationReport {
  std::size_t tried = 0;
  std::vector<Error> survivors;  ///< POLICY_UNPINNED, at the line
  std::string problem;           ///< why nothing was tried; empty otherwise
};
/// Bends every number, date and condition of the files, one at a time, and runs all tests. Lines marked
/// `# unpinned: why` are left alone.
MutationReport mutate(std::span<const PolicyText> texts);

}  // namespace kinhub
