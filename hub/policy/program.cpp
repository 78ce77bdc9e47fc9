#include "hub/policy/program.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace kinhub::policy {
namespace {

/// The ages of the parent and of partners that a leaf waits for; 0: none.
std::array<int, 2> ages_of(const Leaf& leaf) {
  using Kind = Leaf::Kind;
  if (leaf.kind == Kind::age) return {leaf.low, leaf.high};
  const bool asks = leaf.kind == Kind::age_line || leaf.kind == Kind::wife_reaches ||
                    leaf.kind == Kind::parent_reaches || leaf.kind == Kind::parent_turns;
  return {asks ? leaf.low : 0, 0};
}

void intern(std::vector<AgeEdge>& ages, const Leaf& leaf, int years) {
  const AgeEdge edge{years, leaf.age, leaf.feb29};
  if (years > 0 && std::find(ages.begin(), ages.end(), edge) == ages.end()) ages.push_back(edge);
}

}  // namespace

void Program::add_edge(Date day) {
  if (day <= Date::beginning() || day >= Date::forever()) return;
  auto place = std::lower_bound(edges.begin(), edges.end(), day);
  if (place == edges.end() || *place != day) edges.insert(place, day);
}

std::uint16_t Program::add(const Leaf& leaf) {
  auto found = std::find(leaves.begin(), leaves.end(), leaf);
  if (found != leaves.end()) return static_cast<std::uint16_t>(found - leaves.begin());
  if (leaf.kind == Leaf::Kind::in_days) add_edge(leaf.from), add_edge(leaf.until);
  using Kind = Leaf::Kind;
  for (int years : ages_of(leaf))
    intern(leaf.kind == Kind::age && leaf.who == Who::child ? child_ages : ages, leaf, years);
  intern(child_ages, leaf, leaf.count.age_from);
  intern(child_ages, leaf, leaf.count.age_below);
  asks_births |=
      leaf.kind == Kind::birth_after_ivf || leaf.kind == Kind::child_born || leaf.kind == Kind::child_adopted;
  asks_turns |= leaf.kind == Kind::parent_turns;
  asks_states |= leaf.kind == Kind::state_starts;
  leaves.push_back(leaf);
  return static_cast<std::uint16_t>(leaves.size() - 1);
}

std::uint16_t Program::add(const ProofRules& rules) {
  auto found = std::find(proofs.begin(), proofs.end(), rules);
  const auto index = static_cast<std::uint16_t>(found - proofs.begin());
  if (found == proofs.end()) proofs.push_back(rules);
  return index;
}

void Program::add(Condition& condition) {
  using Op = Condition::Op;
  assert((condition.op != Op::negate && condition.op != Op::day_before && condition.op != Op::reporter) ||
         condition.parts.size() == 1);
  Code code{condition.op, condition.per};
  if (condition.op == Op::leaf) {
    code.first = add(condition.leaf);
  } else {
    std::vector<std::uint16_t> below;
    for (auto& part : condition.parts) {
      add(part);
      below.push_back(part.node);
    }
    if (condition.op == Op::reporter) below.push_back(add(condition.leaf));
    code.count = static_cast<std::uint16_t>(below.size());
    auto found = std::search(parts.begin(), parts.end(), below.begin(), below.end());
    code.first = static_cast<std::uint16_t>(found - parts.begin());
    if (found == parts.end()) parts.insert(parts.end(), below.begin(), below.end());
  }
  auto found = std::find(codes.begin(), codes.end(), code);
  condition.node = static_cast<std::uint16_t>(found - codes.begin());
  if (found == codes.end()) codes.push_back(code);
}

}  // namespace kinhub::policy
