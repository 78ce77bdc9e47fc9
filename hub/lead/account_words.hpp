#pragma once
// Accounts and causes in words, Chinese and English: what a case worker reads, and reads aloud to a family.
// Decides nothing; every text is of the catalogue (hub/base/texts.hpp).

#include <map>

#include "hub/base/texts.hpp"
#include "hub/lead/coverage.hpp"
#include "hub/policy/account.hpp"
#include "hub/record/portrait.hpp"

namespace kinhub {

/// What happened, without its day, naming nobody: 子女死亡 (death of a child).
Wording event_words(const Cause& cause, const Situation& situation);
/// Who it happened to, seen from the parent, as a code: self, child, spouse, other_parent, relative.
std::string_view relation_of(const Cause& cause, const Situation& situation);
/// The same with its day, or the days between which it lies: 2026年11月18日子女死亡.
Wording dated_words(const Cause& cause, const Situation& situation);
/// A cause as one sentence that names nobody, as leads keep it: 2026-11-18 子女死亡 (a child's death).
std::string sentence(const Cause& cause, const Situation& situation);
/// A reason as leads keep it (2026-11-18 子女死亡), in a language; what is no known reason stays as it is.
std::string reason_in(Language language, std::string_view reason);
/// What a pending right waits for; of a word that is in no list, that an agency tells of it.
Wording waits_words(std::string_view pending);
/// An agency, by the class of its evidence, and by the connector that speaks with it (public_security).
Wording agency_words(EvidenceClass weight);
Wording agency_words(std::string_view connector, std::string_view source);
Wording money_words(const Amount& amount);
/// A condition, typeset; of one that must not be so, that it must not.
Wording condition_words(const Explanation& condition);
Wording benefit_words(const Benefit& benefit);

/// Who would have to be complete, as words need it.
struct CoverageTold {
  std::vector<SourceCovers> covers;
  SituationCoverage coverage;
  std::map<std::string, Wording> agencies;  ///< by source
};

struct AccountWords {
  Wording benefit, conclusion, basis;
  std::string quote;
  std::vector<Wording> say, missing, waits;
  Wording next;
};
AccountWords words_of(const Account& account, const PolicySet& policies, const Situation& situation,
                      const CoverageTold& told);

}  // namespace kinhub
