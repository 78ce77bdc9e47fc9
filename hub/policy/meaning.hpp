#pragma once
// Semantic diff of two policy sets, in words: what means something else, document by document and benefit by
// benefit. What is only written differently is no difference. Pure.

#include <string>
#include <vector>

#include "hub/policy/policy.hpp"

namespace kinhub {

struct MeaningChange {
  std::string policy, benefit;   ///< ids; benefit empty: of the whole document
  std::string what;              ///< amount, condition, in_force, quote, ...
  std::string before, after;     ///< as they are worded; empty: it was not there, is gone
  std::string english, chinese;  ///< the change as a sentence
  friend bool operator==(const MeaningChange&, const MeaningChange&) = default;
};

/// In order of the documents of `before`, then those that are new. Empty: no difference in meaning.
std::vector<MeaningChange> meaning_changes(const PolicySet& before, const PolicySet& after);

}  // namespace kinhub
