#pragma once
// The past record: persons and portraits as they were known at an earlier time, grouping included.

#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

#include "hub/store/workspace.hpp"

namespace kinhub {

/// Read model over a workspace, on its thread: what had arrived by `known_at_us` is grouped anew, everyone
/// that identifiers connect at a time. A person of then keeps the number of today's where most of the
/// mentions went; who is nobody of their own today gets one from what is said, the same at every reading.
class PastRecord final : public RecordReader {
 public:
  PastRecord(Workspace& now, const Keyring& keys, std::int64_t known_at_us);

  /// Empty where nothing had been said of the person by then.
  const Dossier& dossier(PersonId person) override;
  const Portrait& portrait(PersonId person) override;
  PersonId whose(const Tie& tie) override;
  const EvidenceRules& evidence_rules() const override { return now_.evidence_rules(); }
  const std::vector<PersonId>& holders(const Token& identifier) override;

 private:
  struct Known {
    Dossier dossier;
    std::optional<Portrait> portrait;
  };
  Known& known(PersonId person);
  void load(const std::vector<Token>& identifiers);
  void add(Dossier dossier);

  Workspace& now_;
  const Keyring& keys_;
  const std::int64_t known_at_us_;
  std::unordered_map<PersonId, Known> known_;
  std::unordered_map<Token, std::vector<PersonId>> holders_;  ///< of all identifiers looked at
  std::map<std::pair<Token, OwnMention>, PersonId> owners_;
};

}  // namespace kinhub
