#pragma once
// The lead desk: computes rights of the parents an event concerns and keeps their leads, inside the batch's transaction.

#include <functional>
#include <unordered_set>

#include "hub/base/clock.hpp"
#include "hub/base/bytes.hpp"
#include "hub/lead/lead.hpp"
#include "hub/pipeline/workspace.hpp"

namespace kinhub {

/// What a source is complete for, once its snapshot was loaded.
enum class Covers : std::uint8_t { births, adoptions, marriages, residence };

struct SourceCovers {
  std::string source;
  std::vector<Covers> covers;
};

/// What silence of the sources means on which days. A kind of fact is covered when every source that covers it has
/// been loaded; the cover ends where a source has been silent for more than `stale_days` before `today`.
SituationCoverage coverage_of(const std::vector<CoverageRow>& rows, const std::vector<SourceCovers>& covers, Date today,
                              int stale_days = 35);

/// Runs on the pipeline thread; one object for the life of a pipeline.
class LeadDesk {
 public:
  LeadDesk(const PolicySet& policies, const Keyring& keys, const Clock& clock);

  /// Before each batch: what other processes did meanwhile is read again.
  void begin(StoreTransaction& store, const SituationCoverage& coverage, Date today);
  /// After a batch that did not happen: what was remembered of it is read again.
  void forget() { epoch_ = -1, grown_ = false; }
  /// After the last event of a batch.
  void end(StoreTransaction& store);

  /// Evaluates the rights of everyone concerned by changes about `touched`, and keeps their leads.
  void review(const std::vector<PersonId>& touched, Workspace& people, StoreTransaction& store);
  void review_parent(PersonId parent, Workspace& people, StoreTransaction& store);
  /// Moves leads and decisions of a person found to be another.
  void merge(PersonId from, PersonId into, StoreTransaction& store);

  void set_coverage(const SituationCoverage& coverage) { coverage_ = coverage; }
  const SituationCoverage& coverage() const { return coverage_; }

  /// A person decided. Confirming copies the computed timeline into the decided one; dismissing sets it aside.
  /// Errors: LEAD_NOT_OPEN.
  Result<LeadRow> decide(LeadRow lead, LeadState verdict, const std::string& reason, const std::string& by,
                         StoreTransaction& store);

 private:
  void keep(PersonId parent, BenefitIndex benefit, std::optional<LeadContent> content, const LeadRow* open,
            StoreTransaction& store);
  void tell(LeadRow& lead, const LeadContent& content, std::string_view what, StoreTransaction& store);

  const PolicySet& policies_;
  const Keyring& keys_;
  const Clock& clock_;
  SituationCoverage coverage_;
  Date today_;
  std::int64_t last_notice_ = 0;
  std::int64_t epoch_ = -1;   // of the two sets below
  bool grown_ = false;
  std::unordered_set<PersonId> with_leads_;        // had a lead or decision ever
  std::unordered_set<PersonId> with_next_change_;
};

std::string lead_context(LeadId id);
std::string decided_context(PersonId person, const std::string& benefit);

}  // namespace kinhub
