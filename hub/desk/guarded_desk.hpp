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
#include "hub/desk/care_views.hpp"
#include "hub/desk/desk_options.hpp"
#include "hub/desk/payment_desk.hpp"
#include "hub/desk/requests.hpp"
#include "hub/desk/what_if_view.hpp"

namespace kinhub {

class Desk;
class AccountBook;
class AuditTrail;
struct UserAccount;
struct AnswerSlip;
struct AuditEntry;
struct Link;
enum class OperationId : std::uint8_t;

/// Under which key the answer to an act is kept, so that the same request again gets it again and nothing is
/// done twice.
struct KeepAnswer {
  std::string key;     ///< as the caller named it
  std::string digest;  ///< of the request
};

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
  /// Of stops a proposal where a second person has to agree (four eyes): then the lead is `proposed`. With
  /// `keep` the answer is kept in the act's own transaction. Errors also: PROPOSED_ALREADY.
  Result<LeadView> decide(const Caller& caller, const LeadDecision& decision,
                          const std::optional<KeepAnswer>& keep = std::nullopt);
  /// Agrees to the proposal that was seen, which is decided then, or sets it aside. Errors: NOT_PROPOSED,
  /// SAME_PERSON; CHANGED, when another is there, or none any more.
  Result<LeadView> countersign(const Caller& caller, const Countersignature& said,
                               const std::optional<KeepAnswer>& keep = std::nullopt);
  /// Takes one's own proposal back. Errors: NOT_PROPOSED, FORBIDDEN, CHANGED.
  Result<LeadView> withdraw(const Caller& caller, const Withdrawal& seen);
  /// Says whose a lead is; empty: nobody's. `was`: whose it was when it was looked at. Errors:
  /// NO_SUCH_ACCOUNT, CHANGED.
  Result<LeadView> assign(const Caller& caller, const std::string& lead, const std::string& account,
                          const std::optional<std::string>& was = std::nullopt);
  Result<LeadHistoryView> lead_history(const Caller& caller, const std::string& lead);

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

  /// Those in scope alone: somebody outside of it is nobody.
  Result<std::vector<FoundPersonView>> find_persons(const Caller& caller, const PersonName& name);
  /// Opens records for a while. Errors: INVALID, NO_SUCH_...; an opening needs an account.
  Result<OpeningView> open_records(const Caller& caller, const OpeningRequest& request,
                                   const std::optional<KeepAnswer>& keep = std::nullopt);
  Result<std::vector<OpeningView>> openings(const Caller& caller);
  /// Errors: NO_SUCH_OPENING.
  Result<bool> close_opening(const Caller& caller, const std::string& id);

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

  Result<ReportView> report(const Caller& caller, const ReportRequest& request);
  /// Who is named as the issuer where nobody is: the caller.
  Result<IssuedView> issue_report(const Caller& caller, IssueRequest request);
  Result<std::vector<IssuedRowView>> issued_reports(const Caller& caller, const std::string& region);
  Result<IssuedView> issued_report(const Caller& caller, const std::string& number);
  Result<IssuedView> withdraw_report(const Caller& caller, const std::string& number,
                                     const std::string& reason);
  Result<WorklistView> worklist(const Caller& caller, const std::string& region, Date on);
  Result<std::vector<ArchiveRowView>> archives(const Caller& caller, const std::string& region, bool all);
  Result<ArchiveView> archive(const Caller& caller, const std::string& number);

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
  Result<CoverageView> take_back(const Caller& caller, const std::string& source, std::int64_t until_us,
                                 const std::string& reason, Apply apply);
  Result<NoticesView> notices(const Caller& caller, std::int64_t after, std::size_t count_max);
  Result<PaymentListView> payment_draft(const Caller& caller, const ListRequest& request);
  Result<PaymentListView> payment_check(const Caller& caller, ListRequest request);
  Result<PaymentListView> payment_review(const Caller& caller, SignRequest request);
  Result<PaymentListView> payment_close(const Caller& caller, SignRequest request);
  Result<BankFilesView> payment_send(const Caller& caller, const std::string& list_no,
                                     const std::string& reason);
  Result<ReturnsView> payment_returns(const Caller& caller, const std::string& name,
                                      const std::string& bytes);
  Result<ReturnsView> payment_accept(const Caller& caller, AcceptRequest request);
  Result<std::vector<PaymentSummary>> payment_lists(const Caller& caller);
  Result<PaymentListView> payment_show(const Caller& caller, const std::string& list_no);
  Result<std::vector<OverpaidView>> payment_overpaid(const Caller& caller);
  Result<OverpaidView> payment_settle(const Caller& caller, LedgerRequest request, const std::string& reason);
  Result<ImportedView> payment_import(const Caller& caller, const std::string& name, const std::string& bytes,
                                      const std::string& reason);
  Result<Balance> balance(const Caller& caller);
  Result<HubState> status(const Caller& caller);

  // Accounts, for whoever keeps them.
  Result<std::vector<UserView>> accounts(const Caller& caller);
  /// Errors: ACCOUNT_NAME, ACCOUNT_EXISTS, NO_SUCH_ROLE, NO_SUCH_RIGHT, RIGHT_NOT_GRANTABLE, AREA_FORM.
  Result<AccountLinkView> account_add(const Caller& caller, const AccountRequest& request);
  /// Errors: those, NO_SUCH_ACCOUNT, SAME_PERSON, LAST_KEEPER.
  Result<UserView> account_grant(const Caller& caller, const AccountRequest& request);
  Result<UserView> account_lock(const Caller& caller, const std::string& name);
  Result<AccountLinkView> account_activate(const Caller& caller, const std::string& name);
  /// The audit trail before a number, the newest first; of one account or operation, looking at 10,000
  /// entries at most.
  Result<AuditView> audit(const Caller& caller, const AuditQuestion& question);

  // Who is it: asked before there is a caller. Each try is in the trail. `stranger`: where from, by which
  // door; `before`: the secret of a session that is replaced. Errors: SIGN_IN, SESSION_ENDED, NO_SUCH_PAGE of
  // a link that is void, PASSWORD_..., ACCOUNT_NAME.
  Result<SignedInView> sign_in(const Caller& stranger, const std::string& name, const std::string& password,
                               const std::string& before);
  Result<SignedInView> renew(const Caller& caller, const std::string& secret, const std::string& password);
  void sign_out(const Caller& caller, const std::string& secret);
  /// The session goes on under another secret; all others of the account end.
  Result<SignedInView> change_password(const Caller& caller, const std::string& secret,
                                       const std::string& old_one, const std::string& new_one);
  Result<SignedInView> make_first(const Caller& stranger, const std::string& link, const std::string& name,
                                  const std::string& password, const std::string& before);
  Result<bool> set_password(const Caller& stranger, const std::string& link, const std::string& password);
  /// Whoever a session belongs to, with the rights of now.
  Result<Caller> caller_of(const std::string& secret, const std::string& from);
  Result<SessionView> session(const std::string& secret);
  std::string csrf_of(const std::string& secret);
  /// A link that makes the first account; nothing: there is one. REQUIRES: asked at the machine.
  std::optional<Link> first_link(const Caller& caller);
  /// An opening of the caller's own session. Errors: OPENING_ENDED.
  Result<Opening> opening(const Caller& caller, const std::string& id);
  /// The answer that is kept under a key of the caller; nothing: there is none.
  std::optional<AnswerSlip> kept_answer(const Caller& caller, const std::string& key);
  void keep_answer(const Caller& caller, const KeepAnswer& keep, int status, const std::string& body);
  /// Whether a kept answer may be given once more: right and scope are asked as of now, and it is in the
  /// trail. `names`: what the act named. Errors: those of the guard.
  Result<bool> may_see_again(const Caller& caller, OperationId op, const std::vector<std::string>& names);

 private:
  struct Asked;
  struct Judged;
  OrErrors<Judged> judge(const Caller& caller, const Asked& asked);
  template <class View, class Work>
  OrErrors<View> guarded(const Caller& caller, Asked asked, Work work);
  template <class View, class Work>
  Result<View> guarded_one(const Caller& caller, Asked asked, Work work);

  void append_outcome(const std::vector<AuditEntry>& entries, bool acted);
  void note(const Caller& caller, std::string_view what, const std::string& code,
            std::vector<std::string> on);
  bool is_last_keeper(AccountBook& book, const std::string& name) const;
  bool has_second(const Caller& caller, const LeadView& lead);
  UserView view_of(const UserAccount& account, std::int64_t sessions) const;
  Result<SignedInView> view_of_session(const UserAccount& account, const std::string& secret,
                                       std::int64_t idle_until_us, std::int64_t ends_at_us);

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
