#include "hub/record/evidence_rules.hpp"

#include <algorithm>
#include <cassert>

namespace kinhub {

EvidenceOrder::EvidenceOrder() {
  for (std::size_t i = 0; i < rank_.size(); ++i)
    rank_[i] = static_cast<std::uint8_t>(i);
}

EvidenceOrder::EvidenceOrder(std::span<const EvidenceClass> weightiest_first) {
  assert(weightiest_first.size() == evidence_class_count);
  assert(weightiest_first.back() == EvidenceClass::care_desk);
  rank_.fill(evidence_class_count);
  for (std::size_t i = 0; i < weightiest_first.size(); ++i)
    rank_[static_cast<std::size_t>(weightiest_first[i])] = static_cast<std::uint8_t>(i);
  assert(std::find(rank_.begin(), rank_.end(), evidence_class_count) == rank_.end());
}

std::string_view name_of(PersonWord word) {
  switch (word) {
    case PersonWord::name:
      return "name";
    case PersonWord::number:
      return "number";
    case PersonWord::sex:
      return "sex";
    case PersonWord::born:
      return "born";
  }
  return {};
}

bool same_rules(const EvidenceRules& a, const EvidenceRules& b) {
  const auto same = [](const EvidenceRule& one, const EvidenceRule& other) {
    return one.order == other.order && one.proof == other.proof;
  };
  return a.date_dispute_days == b.date_dispute_days && a.seen_alive_days == b.seen_alive_days &&
         std::equal(a.person.begin(), a.person.end(), b.person.begin(), same) &&
         std::equal(a.kinds.begin(), a.kinds.end(), b.kinds.begin(), same);
}

SharedEvidenceRules built_in_evidence() {
  static const auto rules = std::make_shared<const EvidenceRules>();
  return rules;
}

EvidenceUse evidence_use(FactKind kind) {
  using enum FactKind;
  const bool ties = kind == birth || kind == parentage || kind == adoption || kind == marriage;
  EvidenceUse use;
  use.order =
      ties || kind == death || (is_state(kind) && kind != residence);  // of two moves the later counts
  use.proof = ties || kind == residence;  // what proves a death is said by policies
  return use;
}

}  // namespace kinhub
