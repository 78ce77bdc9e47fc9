#pragma once
// Immutable rule set of a hub, read once: mappings of each source, policies, what each source covers.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hub/evidence/evidence_file.hpp"
#include "hub/lead/coverage.hpp"
#include "hub/linkage/rules.hpp"
#include "hub/mapping/mapping.hpp"
#include "hub/policy/policy.hpp"

namespace kinhub {

struct Rules {
  std::map<std::string, std::shared_ptr<const MappingSet>> mappings;  ///< by source
  std::map<std::string, std::int64_t> clock_margins_us;  ///< by source: how far ahead its clock may be
  std::shared_ptr<const PolicySet> policies;
  std::vector<PolicyText> policy_texts;  ///< that `policies` were read from; paths below their folder
  std::vector<SourceCovers> covers;
  /// Of matching without numbers; null: nothing is looked for.
  std::shared_ptr<const linkage::LinkageRules> linkage;
  /// Of the policy files; when it changes, the next scan looks at everyone anew.
  std::string policies_digest;
  /// The configured file of evidence rules. What counts is what was adopted: pipeline/evidence_book.hpp.
  std::shared_ptr<const EvidenceFile> evidence;
};

}  // namespace kinhub
