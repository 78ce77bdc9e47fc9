#pragma once
// Pairwise comparison of record linkage (Fellegi-Sunter): the evidence for and against two records being of
// one person, its sum, and the verdict. Pure; safe from any thread.

#include <vector>

#include "hub/linkage/rules.hpp"

namespace kinhub::linkage {

struct Finding {
  Word word{};
  double bits = 0;  ///< log2 of the likelihood ratio; 0 for holds and vetoes
  friend bool operator==(const Finding&, const Finding&) = default;
};

struct Comparison {
  double score = 0;               ///< sum of all bits
  std::vector<Finding> findings;  ///< in the order of Word
  Verdict verdict = Verdict::different;

  bool has(Word word) const;
  bool vetoed() const;
};

/// Compares two records. Symmetric. What only one of them tells is no finding.
/// `same` needs the score, one of the combinations of `rules.automatic`, and neither hold nor veto.
Comparison compare(const Features& a, const Features& b, const LinkageRules& rules);

/// What stands between two records, whatever else speaks for them: for groups, cheaper than compare().
Bar bar(const Features& a, const Features& b, const LinkageRules& rules);

/// The citizen numbers that tell who somebody is: not those whose birth lies a life away from what is told,
/// which are somebody else's. Two records that each have one are compared as different people, unless they
/// share it or a typing error may have made one of the other.
std::vector<std::string_view> telling_numbers(const Features& features);

}  // namespace kinhub::linkage
