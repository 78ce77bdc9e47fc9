#pragma once
// Identity resolution: union-find over identifiers groups the mentions of statements into persons. A function
// of the set of statements: the order of arrival never matters, and a link goes when the statement that made
// it is superseded.

#include <vector>

#include "hub/record/dossier.hpp"

namespace kinhub {

/// Result of a regrouping: what becomes of some dossiers when a history is new or has a new version.
struct Regrouped {
  /// Persons after the change. PersonId 0: a person not known before; the caller numbers it.
  std::vector<Dossier> dossiers;
  struct Dissolved {
    PersonId person;       ///< was a person of its own, is none any more
    std::size_t into = 0;  ///< index into dossiers: where most of its mentions went
  };
  std::vector<Dissolved> dissolved;
};

/// Recomputes the connected components of `known`, with `changed` in place of the history of the same key.
/// REQUIRES: `known` is closed under shared identifiers and holds everyone `changed` mentions in any version,
/// each person once and numbered; `changed` has a version.
///
/// Rules, in order:
/// 1. Mentions of current versions that share an identifier, current or former, are of one person. Superseded
///    versions and corrections taken back bind nothing; they stay with the person who has most of their
///    identifiers, of as many the weightiest (rule 3).
/// 2. A citizen number that the police give to people of different names (纠正重号, GA/T 2000.24 item 11)
///    binds each mention to one of them: by its police id, else by its name, else to the one who holds the
///    number now; else it stays apart until someone decides. Several police ids under one name (in its normal
///    form), or with a parent in common, are one person: each province's system gives its own, a move brings
///    a new one, and names are changed.
/// 3. Two mentions that a statement tells apart (FactKind::distinct) are never of one person. Of a mention
///    that binds both the weightier identifier counts: the police id, then the citizen number, then papers.
/// 4. A chart, insurance number or certificate that current mentions give to people of different citizen
///    numbers binds only mentions without a number.
Regrouped regroup(const std::vector<Dossier>& known, const History& changed);

/// Recomputes the components of `known` by the versions that had arrived by `known_at_us`: who was who, as it
/// was known then. The dossiers hold these versions alone. REQUIRES: `known` is closed under shared
/// identifiers. Each person keeps its number with most of its mentions; PersonId 0: nobody of today.
std::vector<Dossier> regroup_as_known(const std::vector<Dossier>& known, std::int64_t known_at_us);

}  // namespace kinhub
