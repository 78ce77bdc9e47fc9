#pragma once
// Bytecode of the policies: leaves without duplicates, straight-line and/or/not code over them, one line per
// benefit of each document.

#include <string>
#include <vector>

#include "hub/policy/condition.hpp"
#include "hub/policy/mask.hpp"
#include "hub/policy/policy.hpp"

namespace kinhub::policy {

/// Conditional amount: a sum with the days and the condition under which it stands.
/// The first that holds counts.
struct AmountRule {
  Interval days;                  ///< in which the rule stands
  std::optional<Condition> when;  ///< and under which condition
  enum class Kind : std::uint8_t { fixed, share_of_pension, not_computable } kind = Kind::not_computable;
  std::int64_t fen = 0;
  int percent = 0;
  Per per = Per::month;
  std::string text;
};

/// A compiled rule: one benefit of one issued document, or one named condition of it.
struct Line {
  BenefitIndex benefit = 0;
  std::string clause;
  Condition right;  ///< in force, registered, not replaced, alive, conditions, reported on this parent
  std::vector<AmountRule> amounts;
  bool one_amount = false;  ///< the first rule holds on all days
  Interval in_force;
  std::uint16_t proof = 0;  ///< index into Program::proofs
};

/// An instruction: an operator over the registers of its parts, or a leaf.
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

/// The compiled program. Immutable once linked: safe from any thread.
struct Program {
  static constexpr std::size_t proofs_max = 64;

  std::vector<Benefit> benefits;
  std::vector<Line> lines;
  std::vector<std::string>
      conditions;  ///< national-special-assistance/special-family: what can be asked by itself
  std::vector<Line>
      condition_lines;  ///< of these; their `benefit` is an index of `conditions`, and no sum stands
  /// Each once; a family is evaluated for each under which it looks different.
  std::vector<ProofRules> proofs;
  std::vector<Leaf> leaves;
  std::vector<Code> codes;  ///< parts stand before what they are part of
  std::vector<std::uint16_t> parts;
  std::vector<Date> edges;  ///< days on which some document or amount changes, sorted
  std::vector<AgeEdge> ages;
  std::vector<AgeEdge> child_ages;
  /// Events: the day after is a cut point, too.
  bool asks_births = false, asks_states = false, asks_turns = false;

  /// Interns the leaf: an equal one is shared. The index in `leaves`.
  std::uint16_t add(const Leaf& leaf);
  /// Compiles the tree bottom-up, with common subexpressions shared, and writes each `node`.
  /// REQUIRES: negate, day_before and reporter have exactly one part.
  void add(Condition& condition);
  /// Interns the rules of proof: equal ones are shared. The index in `proofs`.
  std::uint16_t add(const ProofRules& rules);
  /// Adds a cut point on which every family's time is cut; beginning and forever are none.
  void add_edge(Date day);
};

/// The whole timeline of one family, sorted by (benefit, from). Throws std::length_error for more than 32,768
/// cut points. Safe from any thread.
std::vector<Entitlement> evaluate(const Program& program, const Situation& situation);
/// The timeline of the named conditions in `conditions`, in the same form, beside that of the rights.
std::vector<Entitlement> evaluate(const Program& program, const Situation& situation,
                                  std::vector<Entitlement>& conditions);
/// What a condition says of one day, by itself. Throws std::length_error as evaluate().
Value value_on(const Condition& condition, const Situation& situation, Date day);
/// The explanation tree of a benefit on a day, of the document in force then, else of the first that has it.
Explanation explain(const Program& program, const Situation& situation, BenefitIndex benefit, Date day);

}  // namespace kinhub::policy
