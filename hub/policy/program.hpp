#pragma once
// Policies compiled: leaves without duplicates, and/or/not code over them, one line per benefit of each
// document.

#include <string>
#include <vector>

#include "hub/policy/condition.hpp"
#include "hub/policy/policy.hpp"

namespace kinhub::policy {

struct AmountRule {
  Interval days;                  ///< in which the rule stands
  std::optional<Condition> when;  ///< and under which condition
  enum class Kind : std::uint8_t { fixed, share_of_pension, not_computable } kind = Kind::not_computable;
  std::int64_t fen = 0;
  int percent = 0;
  Per per = Per::month;
  std::string text;
};

/// One benefit of one issued document.
struct Line {
  BenefitIndex benefit = 0;
  std::string clause;
  Condition right;  ///< in force, registered, not replaced, alive, conditions, reported on this parent
  std::vector<AmountRule> amounts;
  bool one_amount = false;  ///< the first rule holds on all days
  Interval in_force;
};

struct Code {
  Condition::Op op = Condition::Op::leaf;
  Per per = Per::month;
  std::uint16_t first = 0;  ///< the leaf; or where its parts begin in Program::parts
  std::uint16_t count = 0;
  friend bool operator==(const Code&, const Code&) = default;
};

/// An age that some condition waits for: every family's time is cut where its people reach it.
struct AgeEdge {
  int years = 0;
  Calendar::Age age = Calendar::Age::on_birthday;
  Feb29 feb29 = Feb29::feb28;
  friend bool operator==(const AgeEdge&, const AgeEdge&) = default;
};

struct Program {
  std::vector<Benefit> benefits;
  std::vector<Line> lines;
  std::vector<Leaf> leaves;
  std::vector<Code> codes;  ///< parts stand before what they are part of
  std::vector<std::uint16_t> parts;
  std::vector<Date> edges;  ///< days on which some document or amount changes, sorted
  std::vector<AgeEdge> ages;
  bool asks_ivf = false;

  std::uint16_t add(const Leaf& leaf);
  /// Compiles the tree; identical code is shared.
  void add(Condition& condition);
  void add_edge(Date day);
};

std::vector<Entitlement> evaluate(const Program& program, const Situation& situation);
Explanation explain(const Program& program, const Situation& situation, BenefitIndex benefit, Date day);

}  // namespace kinhub::policy
