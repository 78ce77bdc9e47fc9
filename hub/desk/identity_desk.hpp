#pragma once
// The identity review queue as people read and answer it: its entries with the evidence, and the form that an
// answer is entered with.

#include "hub/desk/requests.hpp"
#include "hub/pipeline/identity_queue.hpp"
#include "hub/record/field_origin.hpp"
#include "hub/store/identity_pairs.hpp"

namespace kinhub {

/// Reader of the queue inside one transaction.
class IdentityDesk {
 public:
  IdentityDesk(StoreTransaction& reading, const Keyring& keys, const linkage::LinkageRules& rules,
               SharedEvidenceRules evidence)
      : reading_(reading),
        keys_(keys),
        evidence_(std::move(evidence)),
        people_(reading.people(), keys, evidence_),
        queue_(reading.identity_pairs(), people_, keys, rules) {}

  IdentityQueueView list(const IdentityFilter& filter);
  /// With the evidence as it is now. Errors: NO_SUCH_PAIR.
  Result<IdentityPairView> show(const std::string& id);
  /// Who bears the identifiers of an entry now. Errors: NO_SUCH_PAIR.
  Result<std::vector<PersonId>> people_of(const std::string& id);

  /// The entry of the care desk that gives this answer. Errors: NO_SUCH_PAIR, PAIR_GONE, PAIR_ANSWERED.
  Result<CareRequest> answer(const IdentityRequest& request);
  /// The entry of the care desk that answered. Errors: NO_SUCH_PAIR, PAIR_NOT_ANSWERED.
  Result<std::string> answered_by(const std::string& id);

 private:
  Result<IdentityPairRow> row(const std::string& id);
  IdentityPairView view(const IdentityPairRow& row);
  void add_evidence(const IdentityQueue::Resolved& now, IdentityPairView& view);
  std::vector<IdentityPairView::Said> said(PersonId person, PersonField field);
  std::vector<IdentityPairView::Said> identifiers(PersonId person);
  std::vector<IdentityPairView::Said> children(PersonId person);

  StoreTransaction& reading_;
  const Keyring& keys_;
  const SharedEvidenceRules evidence_;
  Workspace people_;
  IdentityQueue queue_;
};

}  // namespace kinhub
