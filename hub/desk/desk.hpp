#pragma once
// The service interface of an open hub, unguarded: one function for each thing that can be asked. Doors reach
// it through GuardedDesk alone.

#include <stop_token>

#include "hub/account/account_book.hpp"
#include "hub/account/slips.hpp"
#include "hub/desk/agreement_view.hpp"
#include "hub/desk/as_decided.hpp"
#include "hub/desk/caller.hpp"
#include "hub/desk/care_views.hpp"
#include "hub/desk/payment_desk.hpp"
#include "hub/desk/requests.hpp"
#include "hub/desk/what_if_view.hpp"

namespace kinhub {

/// What is done in the transaction of an act, with the lead as it is afterwards, in plain.
using Beside = std::function<void(StoreTransaction&, const Keyring&, const LeadView&)>;

/// Use cases of an open hub. A wrong request comes back as an Error (NO_SUCH_LEAD, NO_SUCH_PERSON, ...);
/// broken infrastructure throws.
class Desk {
 public:
  virtual ~Desk() = default;

  /// What is known of whom a request names, before it is answered: for scope and audit. Nothing: nobody here.
  virtual std::optional<Found> find(const Named& named) = 0;

  /// Runs the daemon: sources, processor, relay, night round. Returns after a stop was
  /// asked for and all is put down.
  virtual void run(std::stop_token stop) = 0;
  /// Imports captured files through the same journey; returns when all is processed.
  virtual Result<IngestView> ingest(const SourceConfig& source,
                                    const std::vector<std::filesystem::path>& paths,
                                    const OnProgress& on_progress) = 0;
  /// Runs the night round as of `today`, or one part of it.
  using Round = NightRound;
  virtual Result<NightView> night_scan(Date today, Round round, const OnProgress& on_progress) = 0;

  virtual Result<std::vector<LeadView>> leads(const LeadFilter& filter) = 0;
  virtual Result<LeadView> lead(const std::string& id, std::optional<std::int64_t> known_at_us) = 0;
  /// A page of leads in order of their opening, filtered; may hold fewer rows than asked for, and more
  /// behind.
  virtual Result<Page<LeadView>> lead_page(const LeadFilter& filter, const PageRequest& page) = 0;
  /// Of open leads; `scope` says whose.
  virtual LeadCountsView lead_counts(const Scope& scope) = 0;
  /// Of the months that touch [from, until), at most 600. Errors: NO_SUCH_LEAD.
  virtual Result<LeadTimelineView> lead_timeline(const std::string& id, Interval when) = 0;
  /// Why the benefit of a lead is due on a day, or not. Errors: NO_SUCH_LEAD.
  virtual Result<ExplanationView> lead_explain(const std::string& id, Date on) = 0;
  /// Decides on a lead; returns it as it is afterwards. Errors: NO_SUCH_LEAD, LEAD_NOT_OPEN, CHANGED: it is
  /// no longer as it was seen.
  virtual Result<LeadView> decide(const LeadDecision& decision, const Beside& beside = {}) = 0;
  /// Keeps a proposal of a decision. Errors: as decide(); PROPOSED_ALREADY.
  virtual Result<LeadView> propose(const ProposalSlip& proposal, const Beside& beside) = 0;
  /// Takes a proposal away, by its id. Errors: NO_SUCH_LEAD; CHANGED, when another or none is there.
  virtual Result<LeadView> drop_proposal(const std::string& lead, const std::string& proposal,
                                         const Beside& beside) = 0;
  /// Says whose a lead is; account 0: nobody's. `was`: compare-and-set, by the name of whose it was ("":
  /// nobody's). Errors: NO_SUCH_LEAD, CHANGED.
  virtual Result<LeadView> assign(const AssigneeSlip& assignee, const std::optional<std::string>& was) = 0;
  /// The versions of a lead and who decided them, the oldest first. Errors: NO_SUCH_LEAD.
  virtual Result<LeadHistoryView> lead_history(const std::string& id) = 0;

  /// Computes a decided lead again, by the facts known then and the rules of then. Errors: NO_SUCH_LEAD,
  /// LEAD_NOT_DECIDED.
  virtual Result<AsDecidedView> as_decided(const std::string& id) = 0;

  /// Bitemporal query: the families this person is a parent or a child of, as they were on valid_at
  /// and as was known at known_at.
  virtual Result<std::vector<FamilyView>> families(const PersonName& of, std::optional<Date> valid_at,
                                                   std::optional<std::int64_t> known_at_us) = 0;
  /// Whoever has this name: one or nobody.
  virtual std::vector<FoundPersonView> find_persons(const PersonName& name) = 0;
  /// What was learnt between two known times of this person and their close kin. Errors: NO_SUCH_PERSON, also
  /// of one who was known at neither.
  virtual Result<FamilyChangesView> family_changes(const PersonName& of, std::int64_t from_us,
                                                   std::int64_t until_us) = 0;
  /// Entitlement spans of this person that touch `when`; as known at a time, by the record, the completeness
  /// of sources and the policies of then.
  virtual Result<std::vector<EntitlementView>> entitlements(const PersonName& of, Interval when,
                                                            std::optional<std::int64_t> known_at_us) = 0;
  virtual Result<ExplanationView> explain(const PersonName& of, const std::string& benefit, Date on,
                                          std::optional<std::int64_t> known_at_us) = 0;
  /// Where one field of a person comes from, as known at a time.
  virtual Result<FieldOriginView> origin(const PersonName& of, const std::string& field,
                                         std::optional<std::int64_t> known_at_us) = 0;

  virtual Result<std::vector<QuarantineView>> quarantine(const QuarantineFilter& filter) = 0;
  virtual Result<Page<QuarantineView>> quarantine_page(const QuarantineFilter& filter,
                                                       const PageRequest& page) = 0;
  /// One quarantined event, with its body.
  virtual Result<QuarantineView> quarantined(const std::string& id) = 0;
  virtual Result<ReplayView> replay(const QuarantineFilter& filter) = 0;
  virtual Result<DiscardView> discard(const std::vector<std::string>& ids, const std::string& reason) = 0;
  /// Traces one stored event by the mapping of now: what each rule makes of it, field by field. Errors:
  /// NO_SUCH_SOURCE, NO_SUCH_EVENT.
  virtual Result<EventTraceView> event_trace(const std::string& source, std::int64_t sequence) = 0;
  /// Reads a source's stored events anew by its mapping of now: the plan, or it is done. Errors:
  /// NO_SUCH_SOURCE, NO_SUCH_MAPPING, REMAP_OVERTAKEN.
  virtual Result<RemapView> remap(const RemapQuestion& question, Apply apply,
                                  const OnProgress& on_progress) = 0;

  /// Enters a form into the log; what became of it. Errors: those of its fields (decide_entry), NO_SUCH_FORM,
  /// NO_SUCH_PERSON, NO_SUCH_ENTRY, ENTRY_EXISTS, PEOPLE_JOINED.
  virtual std::variant<CareAnswer, std::vector<Error>> care_add(const CareRequest& request,
                                                                const OnProgress& on_progress) = 0;
  /// Takes an entry back. Errors: NO_SUCH_ENTRY, ENTRY_TAKEN_BACK, ENTRY_UNREADABLE.
  virtual std::variant<CareAnswer, std::vector<Error>> care_retract(const std::string& id,
                                                                    const CareRequest& request,
                                                                    const OnProgress& on_progress) = 0;
  /// Everything entered about a person, each version of it, in order of time.
  virtual Result<std::vector<CareEntryView>> care_entries(const PersonName& of) = 0;

  /// A report of care. Errors: NO_SUCH_REPORT, REPORT_PERIOD, CARE_CONDITIONS, those of the service files.
  virtual Result<ReportView> report(const ReportRequest& request) = 0;
  /// Hands a report out: keeps it as its next version, unless no cell differs from the last one, which then
  /// stands. Errors: those of report, REPORT_RED, REPORT_AMBER, REPORT_OPEN, ISSUE_ORDER, ISSUED_MEANWHILE;
  /// of public ones NOT_PUBLIC, PUBLIC_ALREADY.
  virtual Result<IssuedView> issue_report(const IssueRequest& request) = 0;
  /// What was handed out of an area, in order of numbers.
  virtual Result<std::vector<IssuedRowView>> issued_reports(const std::string& region) = 0;
  /// Errors: NO_SUCH_ISSUE.
  virtual Result<IssuedView> issued_report(const std::string& number) = 0;
  /// Says that a public version is public no more. Errors: NO_SUCH_ISSUE, ISSUE_STATE.
  virtual Result<IssuedView> withdraw_report(const std::string& number, const std::string& by,
                                             const std::string& reason) = 0;
  /// What is owed on a day to the families of an area. Errors: as above.
  virtual Result<WorklistView> worklist(const std::string& region, Date on) = 0;
  /// The open archives of an area, or all, in order of their numbers. Errors: as above.
  virtual Result<std::vector<ArchiveRowView>> archives(const std::string& region, bool all) = 0;
  /// Errors: NO_SUCH_ARCHIVE, and as above.
  virtual Result<ArchiveView> archive(const std::string& number) = 0;

  /// The evidence rules that count, and all that did.
  virtual EvidenceRulesView evidence() = 0;
  /// Dry run over everybody: what the rules of a file would change. Errors: those of the file.
  virtual std::variant<EvidenceComparisonView, std::vector<Error>> evidence_compare(
      const std::filesystem::path& file, const OnProgress& on_progress) = 0;
  /// Lets the rules of a file count from now on, and reviews everybody. Errors: those of the file,
  /// EVIDENCE_COUNTS.
  virtual std::variant<EvidenceAdoptedView, std::vector<Error>> evidence_adopt(
      const std::filesystem::path& file, const std::string& reason, const std::string& by,
      const OnProgress& on_progress) = 0;

  /// Everybody under other policies beside those that count: writes nothing. Errors: those of the files,
  /// STOPPED.
  virtual std::variant<WhatIfView, std::vector<Error>> what_if(const WhatIfQuestion& question,
                                                               std::stop_token stop,
                                                               const OnProgress& on_progress) = 0;

  /// Looks for persons who may be one, and puts them into the review queue; a dry run only counts.
  virtual Result<IdentityScanView> identity_scan(Date today, Apply apply, const OnProgress& on_progress) = 0;
  virtual IdentityQueueView identity_queue(const IdentityFilter& filter) = 0;
  /// One entry with the evidence. Errors: NO_SUCH_PAIR.
  virtual Result<IdentityPairView> identity_pair(const std::string& id) = 0;
  /// Enters a person's answer through the care desk, or takes it back. Errors: NO_SUCH_PAIR, PAIR_GONE,
  /// PAIR_ANSWERED, PAIR_NOT_ANSWERED, and those of the form.
  virtual std::variant<IdentityAnswer, std::vector<Error>> identity_answer(const IdentityRequest& request,
                                                                           const OnProgress& on_progress) = 0;

  /// Compares an agency's snapshot with what is held from that agency, and corrects what differs; or goes on
  /// with a run that was braked. Errors: NO_SNAPSHOT, NO_SUCH_RUN, RUN_NOT_BRAKED, RECORD_UNREADABLE, and why
  /// the snapshot cannot be read.
  virtual Result<reconcile::RunRecord> reconcile(const ReconcileQuestion& question,
                                                 const OnProgress& on_progress) = 0;
  /// The newest runs first; of all sources if none is named.
  virtual std::vector<reconcile::RunRecord> reconcile_runs(const std::string& source) = 0;
  /// Errors: NO_SUCH_RUN.
  virtual Result<ReconcileView> reconcile_run(std::int64_t id) = 0;

  /// What each source says of everybody, beside the settled record; keeps the figures of a run over all.
  /// Errors: NO_SUCH_SOURCE, STOPPED.
  virtual Result<AgreementView> agreement(const AgreementQuestion& question, std::stop_token stop,
                                          const OnProgress& on_progress) = 0;

  virtual std::vector<SourceSummary> sources() = 0;
  virtual std::vector<PositionState> positions() = 0;
  /// Plans a rewind, and executes it with Apply::yes: processing goes on behind `to`, or behind the nearest
  /// event that can be read. Errors: NO_SUCH_SOURCE, and what plan_rewind refuses.
  virtual Result<RewindView> rewind(const std::string& source, std::optional<std::int64_t> to,
                                    Apply apply) = 0;
  /// Deletes a source's checkpoints, so that the agency is read anew. Errors: NO_SUCH_SOURCE, SOURCE_AT_WORK.
  virtual Result<CheckpointView> forget_checkpoint(const std::string& source, Apply apply) = 0;
  /// Takes back what a source claimed of its completeness beyond `until_us`, or plans it. Errors:
  /// NO_SUCH_SOURCE, COVERAGE_NOT_CLAIMED.
  virtual Result<CoverageView> take_back(const std::string& source, std::int64_t until_us, Apply apply) = 0;
  virtual NoticesView notices(std::int64_t after, std::size_t count_max) = 0;
  virtual Payments& payments() = 0;
  virtual Balance balance() = 0;
  virtual HubState status() = 0;

  virtual AccountRules account_rules() const = 0;
  virtual AccountBook& accounts() = 0;
};

}  // namespace kinhub
