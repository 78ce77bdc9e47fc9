#pragma once
// The rules a hub works by: mappings of each source, policies, what each source covers. Read once, immutable.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "hub/lead/coverage.hpp"
#include "hub/mapping/mapping.hpp"
#include "hub/policy/policy.hpp"

namespace kinhub {

struct Rules {
  std::map<std::string, std::shared_ptr<const MappingSet>> mappings;  ///< by source
  std::shared_ptr<const PolicySet> policies;
  std::vector<SourceCovers> covers;
  std::string
      policies_digest;  ///< of the policy files; when it changes, the next scan looks at everyone anew
};

}  // namespace kinhub
