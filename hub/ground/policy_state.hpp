#pragma once
// Whether the nodes at work evaluate with the same policies: two that do not would undo each other's scans.

#include <cstdint>
#include <string>
#include <vector>

#include "hub/store/store.hpp"

namespace kinhub {

/// Notes by which policies (their digest) this node works, for as long as it is seen.
void note_policies_of(Store& store, const std::string& node, const std::string& digest);

/// A node that is at work, and the digest of its policies.
struct NodePolicies {
  std::string node, digest;
};
/// Those that were seen within `gone_ms` and have noted theirs.
std::vector<NodePolicies> policies_at_work(Store& store, std::int64_t gone_ms);

/// Why a scan by the policies of this digest would be undone, and what to do, pure; empty: nobody is at work
/// by others.
std::string policies_differ(const std::vector<NodePolicies>& at_work, const std::string& digest);

}  // namespace kinhub
