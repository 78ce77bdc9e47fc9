#pragma once
// Cause tracking: for each edge that is told, the dated fact that caused it. Looked up only there; the masks
// carry no causes, so that an evaluation stays fast.

#include <cassert>
#include <optional>
#include <span>
#include <vector>

#include "hub/policy/evaluation.hpp"

namespace kinhub::policy {

/// Finds the fact of a situation that a leaf changed by on a given day. Each answer names a cause; where no
/// fact has that day, the records began or ended to be complete on it (Cause::What::coverage).
class CauseFinder {
 public:
  /// `partners`: Evaluation::partners(). REQUIRES: both outlive the finder.
  CauseFinder(const Situation& situation, const std::vector<std::int16_t>& partners)
      : situation_(situation), partners_(partners) {}

  Cause of_leaf(const Leaf& leaf, Date day) const;
  Cause of_receipt(const ReceiptSpan& span, Date day) const;
  /// Of the edge of a household grant that passes from mother to father.
  Cause of_reporter(Date day) const;

 private:
  // Children with masks: no step children.
  bool counts(const ChildSpan& span) const;
  std::optional<Cause> recorded(CauseIndex index) const;
  Cause known_or(CauseIndex index, Cause::What what, std::int16_t who, Date on, int number = 0) const;
  std::optional<Cause> death_on(std::int16_t index, Date day, bool day_after_too) const;
  std::optional<Cause> child_cause(Date day, bool grades) const;
  std::optional<Cause> marriage_cause(Date day) const;
  std::optional<Cause> age_cause(const Leaf& leaf, Date day) const;
  std::optional<Cause> residence_cause(Date day, bool from_first) const;
  std::optional<Cause> child_age_cause(const Leaf& leaf, Date day) const;
  std::optional<Cause> state_cause(const Leaf& leaf, Date day) const;
  std::optional<Cause> form_cause(const Leaf& leaf, Date day) const;
  std::optional<Cause> receipt_edge(Leaf::Kind kind, Date day) const;

  const Situation& situation_;
  const std::vector<std::int16_t>& partners_;
};

/// The causes of one evaluation's edges: follows the code to the leaf that changed, then asks the finder.
template <std::size_t W>
class Causes {
 public:
  explicit Causes(const Evaluation<W>& evaluation)
      : of_(evaluation), finder_(evaluation.situation(), evaluation.partners()) {}

  /// Why `node` changed where `segment` begins: a descent of the tree along the part that changed the same
  /// way. REQUIRES: segment < segments().
  Cause blame(std::uint16_t node, std::size_t segment) const {
    if (segment == 0) return Cause{Cause::What::coverage, 0, Date::beginning(), 0};
    assert(segment < of_.segments());
    const auto& code = of_.program().codes[node];
    if (code.op == Op::leaf) return finder_.of_leaf(of_.program().leaves[code.first], of_.cuts()[segment]);
    Value before = of_.value(node, segment - 1), after = of_.value(node, segment);
    bool rises = code.op == Op::negate ? after < before : after > before;
    std::optional<std::uint16_t> other;
    for (auto part : of_.parts(code)) {
      Value part_before = of_.value(part, segment - 1), part_after = of_.value(part, segment);
      if (part_before == part_after) continue;
      if ((part_after > part_before) == rises) return blame(part, segment);
      other = part;
    }
    if (other) return blame(*other, segment);
    if (code.op == Op::day_before) return blame(of_.parts(code)[0], segment);
    return finder_.of_reporter(of_.cuts()[segment]);
  }

  /// Why the entitlement of `line` starts, ends or changes its amount where `segment` begins.
  /// REQUIRES: segment < segments().
  Cause edge(const Line& line, std::size_t segment) const {
    if (segment > 0 && of_.value(line.right.node, segment - 1) == of_.value(line.right.node, segment)) {
      for (const auto& rule : line.amounts)
        if (rule.when && of_.value(rule.when->node, segment - 1) != of_.value(rule.when->node, segment))
          return blame(rule.when->node, segment);
      for (const auto& span : of_.situation().receipts)
        if (span.person == 0 &&
            (span.when.from == of_.cuts()[segment] || span.when.until == of_.cuts()[segment]))
          return finder_.of_receipt(span, of_.cuts()[segment]);
      const Date day = of_.cuts()[segment];
      for (const auto& rule : line.amounts)
        if (rule.days.from == day || rule.days.until == day) return Cause{Cause::What::policy, 0, day, 0};
      // The right waits for something else from here on.
      return shift(line.right.node, segment).value_or(Cause{Cause::What::coverage, 0, day, 0});
    }
    return blame(line.right.node, segment);
  }

  /// What the present value of a leaf or reporter rests on: its last change up to the segment, and for what
  /// is not met its next.
  std::vector<Cause> support(const Condition& condition, std::size_t segment) const {
    std::vector<Cause> causes;
    for (std::size_t i = segment; i > 0; --i)
      if (of_.value(condition.node, i) != of_.value(condition.node, i - 1)) {
        causes.push_back(blame(condition.node, i));
        break;
      }
    if (of_.value(condition.node, segment) == Value::yes) return causes;
    for (std::size_t i = segment + 1; i < of_.segments(); ++i)
      if (of_.value(condition.node, i) > of_.value(condition.node, segment)) {
        causes.push_back(blame(condition.node, i));
        break;
      }
    return causes;
  }

 private:
  using Op = Condition::Op;

  /// The cause of the first leaf below `node` that changes where `segment` begins, though the whole does not.
  std::optional<Cause> shift(std::uint16_t node, std::size_t segment) const {
    const auto& code = of_.program().codes[node];
    if (code.op == Op::leaf) {
      if (of_.value(node, segment - 1) == of_.value(node, segment)) return std::nullopt;
      return finder_.of_leaf(of_.program().leaves[code.first], of_.cuts()[segment]);
    }
    for (auto part : of_.parts(code))
      if (auto cause = shift(part, segment)) return cause;
    return std::nullopt;
  }

  const Evaluation<W>& of_;
  CauseFinder finder_;
};

}  // namespace kinhub::policy
