#pragma once
// Read models of the record, for commands: persons, families, leads, entitlements, explanations.

#include "hub/desk/operations.hpp"
#include "hub/lead/lead_desk.hpp"
#include "hub/pipeline/rules.hpp"

namespace kinhub {

/// Builder of views inside one transaction, as far as was known at a time.
class PersonViews {
 public:
  PersonViews(StoreTransaction& reading, const Keyring& keys, std::int64_t known_at_us = known_now);

  /// Errors: NO_SUCH_PERSON.
  Result<PersonId> find(const PersonName& name);

  LeadView lead(const LeadRow& row, StoreTransaction& reading);
  /// Resolves families: the one the person was born or adopted into, and the one they are
  /// a parent of, in that order.
  std::vector<FamilyView> families(PersonId person, std::optional<Date> valid_at);
  std::vector<EntitlementView> entitlements(PersonId person, const Rules& rules,
                                            const SituationCoverage& coverage, Interval when);
  ExplanationView explain(PersonId person, const Rules& rules, const SituationCoverage& coverage,
                          BenefitIndex benefit, Date on);

 private:
  Kin kin_as_covered(PersonId of, const Rules& rules, const SituationCoverage& coverage);
  PersonView person(PersonId id);
  FamilyView family(std::vector<PersonId> couple, std::optional<Date> valid_at);
  FamilyMemberView member(PersonId id, std::optional<Date> valid_at);

  StoreTransaction& reading_;
  const Keyring& keys_;
  Workspace people_;
};

}  // namespace kinhub
