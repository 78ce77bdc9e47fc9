#pragma once
// Re-pricing: where two policy sets differ in sums and in how they are paid alone, the timeline of one
// becomes that of the other without an evaluation. Pure.

#include <optional>
#include <span>
#include <vector>

#include "hub/policy/policy.hpp"

namespace kinhub {

/// Recognizes that a set gives the same rights, on the same days, as another. Both outlive it.
class Repricing {
 public:
  /// Nothing: more than sums and payment rules (months, years, late, never paid together) differs, or which
  /// sum of the one becomes which of the other cannot be told without the family.
  static std::optional<Repricing> between(const PolicySet& before, const PolicySet& after);

  /// The timeline of `after` for whom `before` gives this one. Where a sum was or is not known, a family must
  /// be evaluated: nothing. Edges at which a sum changes name the policy as cause.
  std::optional<std::vector<Entitlement>> apply(std::span<const Entitlement> timeline) const;

 private:
  Repricing(const PolicySet& before, const PolicySet& after) : before_(before), after_(after) {}
  struct Step {
    Interval days;
    Amount amount;
  };
  std::optional<std::vector<Step>> steps_of(const Entitlement& span) const;

  const PolicySet& before_;
  const PolicySet& after_;
};

}  // namespace kinhub
