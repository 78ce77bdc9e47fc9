#pragma once
// The guarded desk, the one way from a door to the hub. Each call runs through the guard: right, scope,
// reason and opening, revision, second person, audit entry, the work itself, its outcome. What comes back is
// masked unless an opening covers it.

#include <functional>
#include <memory>
#include <stop_token>

#include "hub/base/clock.hpp"
#include "hub/desk/agreement_view.hpp"
#include "hub/desk/as_decided.hpp"
#include "hub/desk/caller.hpp"
#include "hub/desk/desk_options.hpp"
#include "hub/desk/payment_desk.hpp"
#include "hub/desk/requests.hpp"
#include "hub/desk/what_if_view.hpp"

namespace kinhub {

class Desk;
class AuditTrail;
struct AuditEntry;
enum class OperationId : std::uint8_t;

/// What the guard answers before anything is read or done, besides the errors of the desk itself: FORBIDDEN
/// (the place names the right), REASON_MISSING, OPENING_ENDED, REVISION_MISSING; what is out of scope is
/// answered as what is not there, byte for byte. Throws AuditAway when the trail takes no entry. Used by one
/// thread at a time.
class GuardedDesk {
 public:
  GuardedDesk(std::unique_ptr<Desk> desk, std::shared_ptr<AuditTrail> trail, const Clock& clock);
  ~GuardedDesk();

  template <class Answer>
  using OrErrors = std::variant<Answer, std::vector<Error>>;

  /// The functions of Desk (hub/desk/desk.hpp), which says what each does.
  Result<bool> run(const Caller& caller, std::stop_token stop);
  Result<IngestView> ingest(const Caller& caller, const SourceConfig& source,
                            const std::vector<std::filesystem::path>& paths, const OnProgress& on_progress);
  Result<NightView> night_scan(const Caller& caller, Date today, NightRound round,
                               const OnProgress& on_progress);

  Result<std::vector<LeadView>> leads(const Caller& caller, const LeadFilter& filter);
  /// Fills the page with what is in scope, and looks at 1,000 rows at most: then `more` says to go on.
  Result<Page<LeadView>> lead_page(const Caller& caller, const LeadFilter& filter, const PageRequest& page);
  Result<LeadCountsView> lead_counts(const Caller& caller);
  Result<LeadView> lead(const Caller& caller, const std::string& id, std::optional<std::int64_t> known_at_us);
  Result<LeadTimelineView> lead_timeline(const Caller& caller, const std::string& id, Interval when);
  Result<ExplanationView> lead_explain(const Caller& caller, const std::string& id, Date on);
  Result<AsDecidedView> as_decided(const Caller& caller, const std::string& id);
  Result<LeadView> decide(const Caller& caller, const LeadDecision& decision);

  Result<std::vector<FamilyView>> families(const Caller& caller, const PersonName& of,
                                           std::optional<Date> valid_at,
                                           std::optional<std::int64_t> known_at_us);
  Result<FamilyChangesView> family_changes(const Caller& caller, const PersonName& of, std::int64_t from_us,
                                           std::int64_t until_us);
  Result<std::vector<EntitlementView>> entitlements(const Caller& caller, const PersonName& of, Interval when,
                                                    std::optional<std::int64_t> known_at_us);
  Result<ExplanationView> explain(const Caller& caller, const PersonName& of, const std::string& benefit,
                                  Date on, std::optional<std::int64_t> known_at_us);
  Result<FieldOriginView> origin(const Caller& caller, const PersonName& of, const std::string& field,
                                 std::optional<std::int64_t> known_at_us);

  Result<std::vector<QuarantineView>> quarantine(const Caller& caller, const QuarantineFilter& filter);
  Result<Page<QuarantineView>> quarantine_page(const Caller& caller, const QuarantineFilter& filter,
                                               const PageRequest& page);
  Result<QuarantineView> quarantined(const Caller& caller, const std::string& id);
  Result<ReplayView> replay(const Caller& caller, const QuarantineFilter& filter);
  Result<DiscardView> discard(const Caller& caller, const std::vector<std::string>& ids,
                              const std::string& reason);
  Result<EventTraceView> event_trace(const Caller& caller, const std::string& source, std::int64_t sequence);
  Result<RemapView> remap(const Caller& caller, const RemapQuestion& question, Apply apply,
                          const OnProgress& on_progress);

  OrErrors<CareAnswer> care_add(const Caller& caller, const CareRequest& request,
                                const OnProgress& on_progress);
  OrErrors<CareAnswer> care_retract(const Caller& caller, const std::string& id, const CareRequest& request,
                                    const OnProgress& on_progress);
  Result<std::vector<CareEntryView>> care_entries(const Caller& caller, const PersonName& of);

  Result<EvidenceRulesView> evidence(const Caller& caller);
  OrErrors<EvidenceComparisonView> evidence_compare(const Caller& caller, const std::filesystem::path& file,
                                                    const OnProgress& on_progress);
  OrErrors<EvidenceAdoptedView> evidence_adopt(const Caller& caller, const std::filesystem::path& file,
                                               const std::string& reason, const std::string& by,
                                               const OnProgress& on_progress);

  OrErrors<WhatIfView> what_if(const Caller& caller, const WhatIfQuestion& question, std::stop_token stop,
                               const OnProgress& on_progress);
  Result<IdentityScanView> identity_scan(const Caller& caller, Date today, Apply apply,
                                         const OnProgress& on_progress);
  Result<IdentityQueueView> identity_queue(const Caller& caller, const IdentityFilter& filter);
  Result<IdentityPairView> identity_pair(const Caller& caller, const std::string& id);
  OrErrors<IdentityAnswer> identity_answer(const Caller& caller, const IdentityRequest& request,
                                           const OnProgress& on_progress);

  Result<reconcile::RunRecord> reconcile(const Caller& caller, const ReconcileQuestion& question,
                                         const OnProgress& on_progress);
  Result<std::vector<reconcile::RunRecord>> reconcile_runs(const Caller& caller, const std::string& source);
  Result<ReconcileView> reconcile_run(const Caller& caller, std::int64_t id);
  Result<AgreementView> agreement(const Caller& caller, const AgreementQuestion& question,
                                  std::stop_token stop, const OnProgress& on_progress);

  Result<std::vector<SourceSummary>> sources(const Caller& caller);
  Result<std::vector<PositionState>> positions(const Caller& caller);
  Result<RewindView> rewind(const Caller& caller, const std::string& source, std::optional<std::int64_t> to,
                            Apply apply);
  Result<CheckpointView> forget_checkpoint(const Caller& caller, const std::string& source, Apply apply);
  Result<NoticesView> notices(const Caller& caller, std::int64_t after, std::size_t count_max);
  Result<PaymentListView> payment_draft(const Caller& caller, const ListRequest& request);
  Result<PaymentListView> payment_check(const Caller& caller, ListRequest request);
  Result<PaymentListView> payment_review(const Caller& caller, SignRequest request);
  Result<PaymentListView> payment_close(const Caller& caller, SignRequest request);
  Result<BankFilesView> payment_send(const Caller& caller, const std::string& list_no,
                                     const std::string& reason);
  Result<ReturnsView> payment_returns(const Caller& caller, const std::string& name,
                                      const std::string& bytes);
  Result<std::vector<PaymentSummary>> payment_lists(const Caller& caller);
  Result<PaymentListView> payment_show(const Caller& caller, const std::string& list_no);
  Result<std::vector<OverpaidView>> payment_overpaid(const Caller& caller);
  Result<OverpaidView> payment_settle(const Caller& caller, LedgerRequest request, const std::string& reason);
  Result<ImportedView> payment_import(const Caller& caller, const std::string& name, const std::string& bytes,
                                      const std::string& reason);
  Result<Balance> balance(const Caller& caller);
  Result<HubState> status(const Caller& caller);

 private:
  struct Asked;
  struct Judged;
  OrErrors<Judged> judge(const Caller& caller, const Asked& asked);
  template <class View, class Work>
  OrErrors<View> guarded(const Caller& caller, Asked asked, Work work);
  template <class View, class Work>
  Result<View> guarded_one(const Caller& caller, Asked asked, Work work);

  void append_outcome(const std::vector<AuditEntry>& entries, bool acted);

  std::unique_ptr<Desk> desk_;
  std::shared_ptr<AuditTrail> trail_;
  const Clock& clock_;
};

/// Opens the hub of a configuration behind its guard, with the audit trail DATA/audit.db. Throws what broke;
/// wrong mappings or policies are ErrorThrown.
std::unique_ptr<GuardedDesk> open_desk(DeskOptions options);

/// The error of something that is not there, or not within the caller's areas: one text for both.
Error unknown(const Named& named, std::optional<std::int64_t> known_at_us = std::nullopt);

}  // namespace kinhub
