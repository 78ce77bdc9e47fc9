#pragma once
// A condition that is asked by itself, outside of any benefit: what a policy defines, or a phrase of the
// vocabulary. Care asks who is a special family, and who has reached an age (specification of care 0.2 T2,
// 0.3).

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/policy/policy.hpp"

namespace kinhub {

/// A compiled condition with its timeline. Immutable: safe from any thread.
class AskedCondition {
 public:
  /// Days on which it is met, or may be.
  struct Span {
    Interval when;
    Certainty certainty = Certainty::sure;
    Cause starts_because, ends_because;  ///< ends_because is meaningful only when `when` has an end
    friend bool operator==(const Span&, const Span&) = default;
  };

  /// What the policies of the whole country define under this name, as the document of each day has it, of a
  /// parent who is alive and by its rules of proof; nothing: none defines it.
  static std::optional<AskedCondition> defined(const PolicySet& policies, std::string_view name);
  /// A phrase of the shipped vocabulary ("wife reaches 49"), of a parent who is alive. Errors:
  /// CONDITION_UNKNOWN, CONDITION_EVENT.
  static Result<AskedCondition> phrase(std::string_view phrase);

  /// In order of `from`, apart. `people` of the causes are those of the situation.
  std::vector<Span> timeline(const Situation& situation) const;

 private:
  struct Compiled;
  explicit AskedCondition(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace kinhub
