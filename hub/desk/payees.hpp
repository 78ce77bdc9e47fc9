#pragma once
// Reads whom payment lists are about: everybody for whom anything was decided or who stands on a list, with
// what was decided and what the record says of them.

#include <set>
#include <vector>

#include "hub/lead/lead_desk.hpp"
#include "hub/payment/list.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {

/// One of them, and the identifiers under which decisions and lines of theirs are kept.
struct PayeeFound {
  Payee payee;
  std::vector<Token> anchors;
};

/// A walk within one transaction. Each dossier that is concerned is opened: a county of 5,000 families in
/// seconds, a province county by county.
class PayeeReader {
 public:
  struct Means {
    StoreTransaction& reading;
    const Keyring& keys;
    const PolicySet& policies;
    SharedEvidenceRules evidence;
    Date today;
  };
  explicit PayeeReader(Means means);

  /// In order of their number. Error: RECORD_UNREADABLE.
  Result<std::vector<PayeeFound>> all();
  /// The identifier that lines of a person are kept under.
  Token anchor(PersonId person);
  /// All identifiers that decisions and lines of a person may be kept under.
  std::vector<Token> anchors(PersonId person);

 private:
  std::set<PersonId> candidates(std::set<Token>& nobody);
  PayeeFound read(PersonId person);
  std::vector<Token> anchors_of(PersonId person, const std::vector<LeadRow>& leads,
                                const std::vector<DecidedRow>& decided);
  void read_decisions(PersonId person, const std::vector<LeadRow>& leads,
                      const std::vector<DecidedRow>& decided, Payee& payee);
  void read_record(PersonId person, Payee& payee);

  Means means_;
  std::optional<Workspace> people_;
};

}  // namespace kinhub
