#pragma once
// Standing: the timeline of one kind of fact about a person, for every kind that has no rules of its own.
// Derived on demand, so that nothing costs who only asks for rights.

#include <string>
#include <string_view>
#include <vector>

#include "hub/record/dossier.hpp"
#include "hub/record/evidence_rules.hpp"

namespace kinhub {

/// A dated interval in which one value of a kind stands, or the day of an occurrence.
struct Standing {
  std::string part;  ///< value of the kind's part: the support of two kinds is two timelines; empty: no part
  Interval when;
  const Statement* said = nullptr;  ///< whose values count; valid as long as the dossier
  const Mention* own = nullptr;     ///< the person in it
  std::vector<const Statement*>
      by{};  ///< all that say the same of some of these days; sorted, `said` among them
};

/// A field as a statement tells it, in its plain writing.
struct ToldField {
  const FieldTraits* field = nullptr;
  std::string text;
  friend bool operator==(const ToldField&, const ToldField&) = default;
};

/// The fields of a fact that are its value: all but the days, in the order of the kind's row; of a name, that
/// of the mention. REQUIRES: `own` stands in the fact.
std::vector<ToldField> values_of(const Fact& fact, const Mention& own);

/// The value of the kind's part in a fact; empty: the kind has no part, or the fact does not tell it.
std::string part_of(const Fact& fact);

/// Settles a kind as of `known_at_us`. Of a state: of the words in force on a day the weightiest counts; of
/// equal weight each holds until another begins, of one beginning the one told later (decision 0005: by
/// version, source and its own order). An occurrence stands as each source tells it. Sorted by (part, when,
/// source, key). REQUIRES: a kind that is no happening.
std::vector<Standing> standing_of(FactKind kind, const Dossier& dossier, std::int64_t known_at_us = known_now,
                                  const EvidenceRules& rules = *built_in_evidence());

}  // namespace kinhub
