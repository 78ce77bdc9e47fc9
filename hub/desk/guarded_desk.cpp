#include "hub/desk/guarded_desk.hpp"

#include "hub/desk/guard.hpp"
#include "hub/desk/issued_reports.hpp"
#include "hub/report/write.hpp"

namespace kinhub {

using guard::is_blank;

namespace {

/// The reference that the trail knows it by, where the request holds one. A citizen number never stands
/// there.
std::string reference_of(const Named& named) {
  if (const auto* lead = std::get_if<LeadName>(&named)) return lead->id;
  if (const auto* entry = std::get_if<EntryName>(&named)) return entry->id;
  if (const auto* pair = std::get_if<PairName>(&named)) return pair->id;
  if (const auto* list = std::get_if<ListName>(&named))
    return list->number.empty() ? list->region : list->number;
  if (std::holds_alternative<ArchiveName>(named)) return "";  // as long as a citizen number: by its cover
  const auto* reference = std::get_if<std::string>(&std::get<PersonName>(named));
  return reference ? *reference : "";
}

bool names_by_number(const Named& named) {
  if (std::holds_alternative<ArchiveName>(named)) return true;
  const auto* person = std::get_if<PersonName>(&named);
  return person && std::holds_alternative<CitizenNumber>(*person);
}

/// Nothing typed by a caller becomes a reference in the trail unless it has the shape of one.
std::string as_reference(const std::string& text) {
  const bool plain = text.size() <= 40 && std::all_of(text.begin(), text.end(), [](char c) {
                       return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                              c == '-' || c == '.';
                     });
  const auto digits = std::count_if(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return plain && digits < 15 ? text : "?";
}

}  // namespace

Error unknown(const Named& named, std::optional<std::int64_t> known_at_us) {
  if (const auto* lead = std::get_if<LeadName>(&named))
    return {"NO_SUCH_LEAD", "there is no lead of this id: kinhub leads lists them", lead->id};
  if (const auto* entry = std::get_if<EntryName>(&named))
    return {"NO_SUCH_ENTRY", "nothing was entered under this id: kinhub care list --of ID", entry->id};
  if (const auto* pair = std::get_if<PairName>(&named))
    return {"NO_SUCH_PAIR", "the identity queue has no entry of this id: kinhub identity list --all",
            pair->id};
  if (const auto* list = std::get_if<ListName>(&named))
    return {"NO_SUCH_LIST", "there is no list of this number: kinhub paylist list", list->number};
  if (const auto* archive = std::get_if<ArchiveName>(&named))
    return {"NO_SUCH_ARCHIVE", "there is no archive of this number: kinhub archive list", archive->number};
  const auto* reference = std::get_if<std::string>(&std::get<PersonName>(named));
  return {"NO_SUCH_PERSON",
          known_at_us ? "no source had spoken of this person by then" : "no source has spoken of this person",
          reference ? *reference : ""};
}

GuardedDesk::GuardedDesk(std::unique_ptr<Desk> desk, std::shared_ptr<AuditTrail> trail, const Clock& clock)
    : desk_(std::move(desk)), trail_(std::move(trail)), clock_(clock) {}
GuardedDesk::~GuardedDesk() = default;

/// The guard, in its order. A refusal is in the trail before it is answered.
GuardedDesk::OrErrors<GuardedDesk::Judged> GuardedDesk::judge(const Caller& caller, const Asked& asked) {
  const auto& row = operation(asked.op);
  Judged judged;
  auto& entry = judged.entry;
  entry.at_us = clock_.now_us();
  entry.account = caller.account, entry.channel = name_of(caller.channel);
  entry.from = caller.from, entry.session = caller.session, entry.words = caller.words;
  entry.operation = row.name;
  entry.reason = asked.reason;
  if (asked.revision) entry.revision = std::to_string(*asked.revision);
  for (const auto* names : {&asked.on, &asked.events})
    for (const auto& one : *names)
      entry.on.push_back(as_reference(one));
  for (const auto& one : asked.named)
    if (auto reference = reference_of(one); !reference.empty()) entry.on.push_back(as_reference(reference));
  const auto refused = [&](Error error) {
    entry.outcome = AuditEntry::Outcome::refused, entry.code = error.code;
    trail_->append(entry);
    return std::vector{std::move(error)};
  };
  const auto forbidden = [&](Right right) {
    return refused(
        {"FORBIDDEN", "this needs a right that the account does not have", std::string(name_of(right))});
  };

  for (const auto right : asked.rights.empty() ? std::vector{row.right} : asked.rights)
    if (!caller.rights.have(right)) return forbidden(right);
  if (row.scoped_by == ScopedBy::whole && !caller.scope.whole)
    return refused({"FORBIDDEN", "this is for accounts of the whole scope alone", "scope"});
  if (row.scoped_by == ScopedBy::area && !caller.scope.covers(asked.area))
    return refused({"FORBIDDEN", "this area is none of the account's", "scope"});

  bool covered = caller.opening && caller.opening->on.empty();
  for (const auto& one : asked.named) {
    if (caller.scope.whole && !names_by_number(one) && covered) continue;  // nothing to learn
    const auto found = desk_->find(one);
    if (!caller.scope.whole && (!found || !caller.scope.covers(found->areas)))
      return refused(unknown(one, asked.known_at_us));
    if (!found) continue;
    if (names_by_number(one)) entry.on.push_back(found->ref);
    covered = covered || (caller.opening &&
                          (caller.opening->covers(found->ref) || caller.opening->covers(reference_of(one)) ||
                           (!found->person.empty() && caller.opening->covers(found->person))));
  }
  for (const auto& one : asked.events)  // not what else it names: an area may read as an event's number
    covered = covered || (caller.opening && caller.opening->covers(one));

  const bool acts = asked.apply == Apply::yes;
  const bool asks_reason = row.asks == Asks::reason || row.asks == Asks::reason_and_revision ||
                           (row.asks == Asks::reason_to_apply && acts);
  if (asks_reason && is_blank(asked.reason))
    return refused({"REASON_MISSING", "say why: it is written down with what is done", ""});
  if (covered) {
    if (!caller.rights.have(asked.in_plain)) return forbidden(asked.in_plain);
    if (is_blank(caller.opening->reason))
      return refused({"REASON_MISSING", "say why names and numbers are to be shown: it is written down", ""});
    if (!caller.opening->holds_at(entry.at_us))
      return refused({"OPENING_ENDED", "the opening has ended: open the record again", ""});
    judged.plain = true;
    entry.purpose = name_of(caller.opening->purpose), entry.opening = caller.opening->id;
    if (entry.reason.empty()) entry.reason = caller.opening->reason;
  }
  if (row.asks == Asks::fresh_sign_in && caller.account_id != 0 && !caller.fresh)
    return refused({"FRESH_SIGN_IN", "give the password again: POST /api/v1/session/renewal", ""});
  if (row.asks == Asks::reason_and_revision && !asked.revision)
    return refused({"REVISION_MISSING",
                    "say which revision of the lead was seen, as kinhub lead show prints it", "revision"});
  return judged;
}

/// Of an act the work is done and its beginning written: it must not be told as not done, nor given again.
void GuardedDesk::append_outcome(const std::vector<AuditEntry>& entries, bool acted) {
  try {
    trail_->append(entries);
  } catch (const AuditAway& away) {
    if (!acted) throw;
    spdlog::error("audit trail: it is done, and its outcome could not be written: {}", away.what());
  }
}

Result<bool> GuardedDesk::run(const Caller& caller, std::stop_token stop) {
  return guarded_one<bool>(caller, {OperationId::hub_run}, [&](Desk& desk) {
    desk.run(stop);
    return true;
  });
}

Result<IngestView> GuardedDesk::ingest(const Caller& caller, const SourceConfig& source,
                                       const std::vector<std::filesystem::path>& paths,
                                       const OnProgress& on_progress) {
  return guarded_one<IngestView>(caller, {.op = OperationId::source_ingest, .on = {source.name}},
                                 [&](Desk& desk) { return desk.ingest(source, paths, on_progress); });
}

Result<NightView> GuardedDesk::night_scan(const Caller& caller, Date today, NightRound round,
                                          const OnProgress& on_progress) {
  return guarded_one<NightView>(caller, {OperationId::night_run},
                                [&](Desk& desk) { return desk.night_scan(today, round, on_progress); });
}

namespace {

/// Who signs: an account signs as itself; at the command line a name is what somebody typed, beside the
/// account.
void sign_as_caller(const Caller& caller, std::string& by, std::string& account) {
  account = caller.account;
  if (caller.channel != Channel::cli) by = caller.account;
}

ListName list_named(const std::string& list_no) {
  return {region_of_list(list_no), list_no};
}

std::vector<Named> persons(const std::optional<PersonName>& name) {
  return name ? std::vector<Named>{Named(*name)} : std::vector<Named>{};
}

}  // namespace

Result<std::vector<LeadView>> GuardedDesk::leads(const Caller& caller, const LeadFilter& filter) {
  return guarded_one<std::vector<LeadView>>(
      caller, {.op = OperationId::lead_list, .named = persons(filter.of), .known_at_us = filter.known_at_us},
      [&](Desk& desk) {
        auto found = desk.leads(filter);
        if (found)
          std::erase_if(*found, [&](const LeadView& lead) { return !caller.scope.covers(lead.area); });
        return found;
      });
}

Result<Page<LeadView>> GuardedDesk::lead_page(const Caller& caller, const LeadFilter& filter,
                                              const PageRequest& page) {
  constexpr int pages_max = 10;  // of 100 rows: then a page says how far it looked
  return guarded_one<Page<LeadView>>(
      caller, {.op = OperationId::lead_list, .named = persons(filter.of)},
      [&](Desk& desk) -> Result<Page<LeadView>> {
        Page<LeadView> whole{{}, page.after, true};
        for (int i = 0; i < pages_max && whole.more && whole.items.size() < page.count_max; ++i) {
          auto next = desk.lead_page(filter, {whole.last, page.count_max - whole.items.size()});
          if (!next) return next.error();
          for (auto& lead : next->items)
            if (caller.scope.covers(lead.area)) whole.items.push_back(std::move(lead));
          whole.last = next->last, whole.more = next->more;
        }
        return whole;
      });
}

Result<LeadCountsView> GuardedDesk::lead_counts(const Caller& caller) {
  return guarded_one<LeadCountsView>(caller, {OperationId::lead_count},
                                     [&](Desk& desk) { return desk.lead_counts(caller.scope); });
}

Result<LeadView> GuardedDesk::lead(const Caller& caller, const std::string& id,
                                   std::optional<std::int64_t> known_at_us) {
  return guarded_one<LeadView>(caller, {.op = OperationId::lead_show, .named = {LeadName{id}}},
                               [&](Desk& desk) { return desk.lead(id, known_at_us); });
}

Result<LeadTimelineView> GuardedDesk::lead_timeline(const Caller& caller, const std::string& id,
                                                    Interval when) {
  return guarded_one<LeadTimelineView>(caller, {.op = OperationId::lead_timeline, .named = {LeadName{id}}},
                                       [&](Desk& desk) { return desk.lead_timeline(id, when); });
}

Result<ExplanationView> GuardedDesk::lead_explain(const Caller& caller, const std::string& id, Date on) {
  return guarded_one<ExplanationView>(caller, {.op = OperationId::lead_explain, .named = {LeadName{id}}},
                                      [&](Desk& desk) { return desk.lead_explain(id, on); });
}

Result<AsDecidedView> GuardedDesk::as_decided(const Caller& caller, const std::string& id) {
  return guarded_one<AsDecidedView>(caller, {.op = OperationId::lead_reproduce, .named = {LeadName{id}}},
                                    [&](Desk& desk) { return desk.as_decided(id); });
}

Result<std::vector<FamilyView>> GuardedDesk::families(const Caller& caller, const PersonName& of,
                                                      std::optional<Date> valid_at,
                                                      std::optional<std::int64_t> known_at_us) {
  return guarded_one<std::vector<FamilyView>>(
      caller, {.op = OperationId::family_show, .named = {of}, .known_at_us = known_at_us},
      [&](Desk& desk) { return desk.families(of, valid_at, known_at_us); });
}

Result<FamilyChangesView> GuardedDesk::family_changes(const Caller& caller, const PersonName& of,
                                                      std::int64_t from_us, std::int64_t until_us) {
  return guarded_one<FamilyChangesView>(
      caller, {.op = OperationId::family_changes, .named = {of}},
      [&](Desk& desk) { return desk.family_changes(of, from_us, until_us); });
}

Result<std::vector<EntitlementView>> GuardedDesk::entitlements(const Caller& caller, const PersonName& of,
                                                               Interval when,
                                                               std::optional<std::int64_t> known_at_us) {
  return guarded_one<std::vector<EntitlementView>>(
      caller, {.op = OperationId::record_entitlements, .named = {of}, .known_at_us = known_at_us},
      [&](Desk& desk) { return desk.entitlements(of, when, known_at_us); });
}

Result<ExplanationView> GuardedDesk::explain(const Caller& caller, const PersonName& of,
                                             const std::string& benefit, Date on,
                                             std::optional<std::int64_t> known_at_us) {
  return guarded_one<ExplanationView>(
      caller, {.op = OperationId::record_explain, .named = {of}, .known_at_us = known_at_us},
      [&](Desk& desk) { return desk.explain(of, benefit, on, known_at_us); });
}

Result<FieldOriginView> GuardedDesk::origin(const Caller& caller, const PersonName& of,
                                            const std::string& field,
                                            std::optional<std::int64_t> known_at_us) {
  return guarded_one<FieldOriginView>(
      caller, {.op = OperationId::record_origin, .named = {of}, .known_at_us = known_at_us},
      [&](Desk& desk) { return desk.origin(of, field, known_at_us); });
}

Result<std::vector<QuarantineView>> GuardedDesk::quarantine(const Caller& caller,
                                                            const QuarantineFilter& filter) {
  return guarded_one<std::vector<QuarantineView>>(
      caller, {.op = OperationId::quarantine_list, .events = filter.ids, .in_plain = Right::message_body},
      [&](Desk& desk) { return desk.quarantine(filter); });
}

Result<Page<QuarantineView>> GuardedDesk::quarantine_page(const Caller& caller,
                                                          const QuarantineFilter& filter,
                                                          const PageRequest& page) {
  return guarded_one<Page<QuarantineView>>(
      caller, {.op = OperationId::quarantine_list, .events = filter.ids, .in_plain = Right::message_body},
      [&](Desk& desk) { return desk.quarantine_page(filter, page); });
}

Result<QuarantineView> GuardedDesk::quarantined(const Caller& caller, const std::string& id) {
  return guarded_one<QuarantineView>(
      caller, {.op = OperationId::quarantine_show, .events = {id}, .in_plain = Right::message_body},
      [&](Desk& desk) { return desk.quarantined(id); });
}

Result<ReplayView> GuardedDesk::replay(const Caller& caller, const QuarantineFilter& filter) {
  return guarded_one<ReplayView>(caller, {.op = OperationId::quarantine_replay, .on = filter.ids},
                                 [&](Desk& desk) { return desk.replay(filter); });
}

Result<DiscardView> GuardedDesk::discard(const Caller& caller, const std::vector<std::string>& ids,
                                         const std::string& reason) {
  return guarded_one<DiscardView>(caller,
                                  {.op = OperationId::quarantine_discard, .on = ids, .reason = reason},
                                  [&](Desk& desk) { return desk.discard(ids, reason); });
}

Result<EventTraceView> GuardedDesk::event_trace(const Caller& caller, const std::string& source,
                                                std::int64_t sequence) {
  return guarded_one<EventTraceView>(caller,
                                     {.op = OperationId::message_explain,
                                      .events = {source + "." + std::to_string(sequence)},
                                      .in_plain = Right::message_body},
                                     [&](Desk& desk) { return desk.event_trace(source, sequence); });
}

Result<RemapView> GuardedDesk::remap(const Caller& caller, const RemapQuestion& question, Apply apply,
                                     const OnProgress& on_progress) {
  return guarded_one<RemapView>(
      caller,
      {.op = OperationId::message_remap, .on = {question.source}, .reason = question.reason, .apply = apply},
      [&](Desk& desk) { return desk.remap(question, apply, on_progress); });
}

GuardedDesk::OrErrors<CareAnswer> GuardedDesk::care_add(const Caller& caller, const CareRequest& request,
                                                        const OnProgress& on_progress) {
  Asked asked{.op = OperationId::care_add,
              .named = persons(request.of),
              .reason = request.why,
              .apply = request.apply};
  if (!request.corrects.empty()) asked.named.push_back(EntryName{request.corrects});
  return guarded<CareAnswer>(caller, std::move(asked),
                             [&](Desk& desk) { return desk.care_add(request, on_progress); });
}

GuardedDesk::OrErrors<CareAnswer> GuardedDesk::care_retract(const Caller& caller, const std::string& id,
                                                            const CareRequest& request,
                                                            const OnProgress& on_progress) {
  return guarded<CareAnswer>(caller,
                             {.op = OperationId::care_retract,
                              .named = {EntryName{id}},
                              .reason = request.why,
                              .apply = request.apply},
                             [&](Desk& desk) { return desk.care_retract(id, request, on_progress); });
}

namespace {

bool of_people(std::string_view report) {
  return report == "member-list";
}

/// Who may see figures alone is told that archives differ, not which.
void leave_archives_out(ReportView& view, const Caller& caller) {
  if (caller.rights.have(Right::archive_read)) return;
  for (auto& check : view.report.checks)
    check.text = check.text.substr(0, check.text.find("："));
  view.digest = report::digest_of(view.report);
}
void leave_archives_out(IssuedView& view, const Caller& caller) {
  leave_archives_out(view.report, caller);
}

template <class View>
Result<View> of_figures(Result<View> made, const Caller& caller) {
  if (made) leave_archives_out(*made, caller);
  return made;
}

Error no_such_issue(const std::string& number) {
  return {"NO_SUCH_ISSUE", "no report of this number was issued: kinhub issued list --region CODE", number};
}

}  // namespace

Result<ReportView> GuardedDesk::report(const Caller& caller, const ReportRequest& request) {
  return guarded_one<ReportView>(
      caller,
      {.op = of_people(request.name) ? OperationId::report_members : OperationId::report_make,
       .on = {request.name, request.region},
       .area = request.region,
       .known_at_us = request.known_at_us},
      [&](Desk& desk) { return of_figures(desk.report(request), caller); });
}

Result<IssuedView> GuardedDesk::issue_report(const Caller& caller, IssueRequest request) {
  if (request.by.empty()) request.by = caller.name;
  return guarded_one<IssuedView>(
      caller,
      {.op = OperationId::report_issue,
       .on = {request.report.name, request.report.region, request.report.period.text()},
       .area = request.report.region,
       .reason = request.reason,
       .known_at_us = request.report.known_at_us},
      [&](Desk& desk) -> Result<IssuedView> {
        if (of_people(request.report.name) && !caller.rights.have(Right::archive_read))
          return Error{"FORBIDDEN", "a list of people is issued by whoever may read archives",
                       "archive.read"};
        return of_figures(desk.issue_report(request), caller);
      });
}

Result<std::vector<IssuedRowView>> GuardedDesk::issued_reports(const Caller& caller,
                                                               const std::string& region) {
  return guarded_one<std::vector<IssuedRowView>>(
      caller, {.op = OperationId::report_issued, .on = {region}, .area = region},
      [&](Desk& desk) { return desk.issued_reports(region); });
}

Result<IssuedView> GuardedDesk::issued_report(const Caller& caller, const std::string& number) {
  const auto named = issue_named(number);
  if (!named) return no_such_issue(number);
  return guarded_one<IssuedView>(
      caller,
      {.op = of_people(named->series.report) ? OperationId::report_members : OperationId::report_shown,
       .on = {named->series.report, named->series.region, named->series.period.text()},
       .area = named->series.region},
      [&](Desk& desk) { return of_figures(desk.issued_report(number), caller); });
}

Result<IssuedView> GuardedDesk::withdraw_report(const Caller& caller, const std::string& number,
                                                const std::string& reason) {
  const auto named = issue_named(number);
  if (!named) return no_such_issue(number);
  return guarded_one<IssuedView>(
      caller,
      {.op = OperationId::report_withdraw,
       .on = {named->series.report, named->series.region, named->series.period.text()},
       .area = named->series.region,
       .reason = reason},
      [&](Desk& desk) { return of_figures(desk.withdraw_report(number, caller.name, reason), caller); });
}

Result<WorklistView> GuardedDesk::worklist(const Caller& caller, const std::string& region, Date on) {
  return guarded_one<WorklistView>(caller, {.op = OperationId::worklist_show, .on = {region}, .area = region},
                                   [&](Desk& desk) { return desk.worklist(region, on); });
}

Result<std::vector<ArchiveRowView>> GuardedDesk::archives(const Caller& caller, const std::string& region,
                                                          bool all) {
  return guarded_one<std::vector<ArchiveRowView>>(
      caller, {.op = OperationId::archive_list, .on = {region}, .area = region},
      [&](Desk& desk) { return desk.archives(region, all); });
}

Result<ArchiveView> GuardedDesk::archive(const Caller& caller, const std::string& number) {
  return guarded_one<ArchiveView>(caller, {.op = OperationId::archive_show, .named = {ArchiveName{number}}},
                                  [&](Desk& desk) { return desk.archive(number); });
}

Result<std::vector<CareEntryView>> GuardedDesk::care_entries(const Caller& caller, const PersonName& of) {
  return guarded_one<std::vector<CareEntryView>>(caller, {.op = OperationId::care_list, .named = {of}},
                                                 [&](Desk& desk) { return desk.care_entries(of); });
}

Result<EvidenceRulesView> GuardedDesk::evidence(const Caller& caller) {
  return guarded_one<EvidenceRulesView>(caller, {OperationId::evidence_show},
                                        [](Desk& desk) { return desk.evidence(); });
}

GuardedDesk::OrErrors<EvidenceComparisonView> GuardedDesk::evidence_compare(const Caller& caller,
                                                                            const std::filesystem::path& file,
                                                                            const OnProgress& on_progress) {
  return guarded<EvidenceComparisonView>(caller, {OperationId::evidence_compare}, [&](Desk& desk) {
    return desk.evidence_compare(file, on_progress);
  });
}

GuardedDesk::OrErrors<EvidenceAdoptedView> GuardedDesk::evidence_adopt(const Caller& caller,
                                                                       const std::filesystem::path& file,
                                                                       const std::string& reason,
                                                                       const std::string& by,
                                                                       const OnProgress& on_progress) {
  return guarded<EvidenceAdoptedView>(
      caller, {.op = OperationId::evidence_adopt, .reason = reason},
      [&](Desk& desk) { return desk.evidence_adopt(file, reason, by, on_progress); });
}

GuardedDesk::OrErrors<WhatIfView> GuardedDesk::what_if(const Caller& caller, const WhatIfQuestion& question,
                                                       std::stop_token stop, const OnProgress& on_progress) {
  return guarded<WhatIfView>(caller, {OperationId::policy_what_if},
                             [&](Desk& desk) { return desk.what_if(question, stop, on_progress); });
}

Result<IdentityScanView> GuardedDesk::identity_scan(const Caller& caller, Date today, Apply apply,
                                                    const OnProgress& on_progress) {
  return guarded_one<IdentityScanView>(
      caller, {.op = OperationId::identity_scan, .apply = apply},
      [&](Desk& desk) { return desk.identity_scan(today, apply, on_progress); });
}

Result<IdentityQueueView> GuardedDesk::identity_queue(const Caller& caller, const IdentityFilter& filter) {
  return guarded_one<IdentityQueueView>(caller, {OperationId::identity_list},
                                        [&](Desk& desk) { return desk.identity_queue(filter); });
}

Result<IdentityPairView> GuardedDesk::identity_pair(const Caller& caller, const std::string& id) {
  return guarded_one<IdentityPairView>(caller, {.op = OperationId::identity_show, .named = {PairName{id}}},
                                       [&](Desk& desk) { return desk.identity_pair(id); });
}

GuardedDesk::OrErrors<IdentityAnswer> GuardedDesk::identity_answer(const Caller& caller,
                                                                   const IdentityRequest& request,
                                                                   const OnProgress& on_progress) {
  return guarded<IdentityAnswer>(
      caller, {.op = OperationId::identity_answer, .named = {PairName{request.id}}, .reason = request.why},
      [&](Desk& desk) { return desk.identity_answer(request, on_progress); });
}

Result<reconcile::RunRecord> GuardedDesk::reconcile(const Caller& caller, const ReconcileQuestion& question,
                                                    const OnProgress& on_progress) {
  const auto on = question.run ? std::to_string(*question.run) : question.source;
  return guarded_one<reconcile::RunRecord>(caller, {.op = OperationId::reconcile_run, .on = {on}},
                                           [&](Desk& desk) { return desk.reconcile(question, on_progress); });
}

Result<std::vector<reconcile::RunRecord>> GuardedDesk::reconcile_runs(const Caller& caller,
                                                                      const std::string& source) {
  return guarded_one<std::vector<reconcile::RunRecord>>(
      caller, {OperationId::reconcile_list}, [&](Desk& desk) { return desk.reconcile_runs(source); });
}

Result<AgreementView> GuardedDesk::agreement(const Caller& caller, const AgreementQuestion& question,
                                             std::stop_token stop, const OnProgress& on_progress) {
  return guarded_one<AgreementView>(caller, {OperationId::reconcile_agreement},
                                    [&](Desk& desk) { return desk.agreement(question, stop, on_progress); });
}

Result<ReconcileView> GuardedDesk::reconcile_run(const Caller& caller, std::int64_t id) {
  return guarded_one<ReconcileView>(caller, {.op = OperationId::reconcile_show, .on = {std::to_string(id)}},
                                    [&](Desk& desk) { return desk.reconcile_run(id); });
}

Result<std::vector<SourceSummary>> GuardedDesk::sources(const Caller& caller) {
  return guarded_one<std::vector<SourceSummary>>(caller, {OperationId::source_list},
                                                 [](Desk& desk) { return desk.sources(); });
}

Result<std::vector<PositionState>> GuardedDesk::positions(const Caller& caller) {
  return guarded_one<std::vector<PositionState>>(caller, {OperationId::source_positions},
                                                 [](Desk& desk) { return desk.positions(); });
}

Result<RewindView> GuardedDesk::rewind(const Caller& caller, const std::string& source,
                                       std::optional<std::int64_t> to, Apply apply) {
  return guarded_one<RewindView>(caller, {.op = OperationId::source_rewind, .on = {source}, .apply = apply},
                                 [&](Desk& desk) { return desk.rewind(source, to, apply); });
}

Result<CheckpointView> GuardedDesk::forget_checkpoint(const Caller& caller, const std::string& source,
                                                      Apply apply) {
  return guarded_one<CheckpointView>(caller,
                                     {.op = OperationId::source_forget, .on = {source}, .apply = apply},
                                     [&](Desk& desk) { return desk.forget_checkpoint(source, apply); });
}

Result<CoverageView> GuardedDesk::take_back(const Caller& caller, const std::string& source,
                                            std::int64_t until_us, const std::string& reason, Apply apply) {
  return guarded_one<CoverageView>(
      caller, {.op = OperationId::source_take_back, .on = {source}, .reason = reason, .apply = apply},
      [&](Desk& desk) { return desk.take_back(source, until_us, apply); });
}

Result<NoticesView> GuardedDesk::notices(const Caller& caller, std::int64_t after, std::size_t count_max) {
  return guarded_one<NoticesView>(caller, {OperationId::notice_list},
                                  [&](Desk& desk) { return desk.notices(after, count_max); });
}

Result<PaymentListView> GuardedDesk::payment_draft(const Caller& caller, const ListRequest& request) {
  return guarded_one<PaymentListView>(
      caller, {.op = OperationId::payment_draft, .named = {ListName{request.region, ""}}},
      [&](Desk& desk) { return desk.payments().draft(request); });
}

Result<PaymentListView> GuardedDesk::payment_check(const Caller& caller, ListRequest request) {
  sign_as_caller(caller, request.by, request.account);
  return guarded_one<PaymentListView>(
      caller, {.op = OperationId::payment_check, .named = {ListName{request.region, ""}}},
      [&](Desk& desk) { return desk.payments().check(request); });
}

Result<PaymentListView> GuardedDesk::payment_review(const Caller& caller, SignRequest request) {
  sign_as_caller(caller, request.by, request.account);
  return guarded_one<PaymentListView>(
      caller, {.op = OperationId::payment_review, .named = {list_named(request.list_no)}},
      [&](Desk& desk) { return desk.payments().review(request); });
}

Result<PaymentListView> GuardedDesk::payment_close(const Caller& caller, SignRequest request) {
  sign_as_caller(caller, request.by, request.account);
  return guarded_one<PaymentListView>(
      caller, {.op = OperationId::payment_close, .named = {list_named(request.list_no)}},
      [&](Desk& desk) { return desk.payments().close(request); });
}

Result<BankFilesView> GuardedDesk::payment_send(const Caller& caller, const std::string& list_no,
                                                const std::string& reason) {
  return guarded_one<BankFilesView>(
      caller, {.op = OperationId::payment_send, .named = {list_named(list_no)}, .reason = reason},
      [&](Desk& desk) { return desk.payments().send(list_no); });
}

Result<ReturnsView> GuardedDesk::payment_returns(const Caller& caller, const std::string& name,
                                                 const std::string& bytes) {
  return guarded_one<ReturnsView>(
      caller, {.op = OperationId::payment_returns, .named = {list_named(list_of_return_file(name))}},
      [&](Desk& desk) { return desk.payments().returns(name, bytes); });
}

Result<ReturnsView> GuardedDesk::payment_accept(const Caller& caller, AcceptRequest request) {
  sign_as_caller(caller, request.by, request.account);
  return guarded_one<ReturnsView>(
      caller,
      {.op = OperationId::payment_returns, .named = {list_named(request.list_no)}, .reason = request.reason},
      [&](Desk& desk) { return desk.payments().accept(request); });
}

Result<std::vector<PaymentSummary>> GuardedDesk::payment_lists(const Caller& caller) {
  return guarded_one<std::vector<PaymentSummary>>(caller, {OperationId::payment_list},
                                                  [](Desk& desk) { return desk.payments().lists(); });
}

Result<PaymentListView> GuardedDesk::payment_show(const Caller& caller, const std::string& list_no) {
  return guarded_one<PaymentListView>(caller,
                                      {.op = OperationId::payment_show, .named = {list_named(list_no)}},
                                      [&](Desk& desk) { return desk.payments().show(list_no); });
}

Result<std::vector<OverpaidView>> GuardedDesk::payment_overpaid(const Caller& caller) {
  return guarded_one<std::vector<OverpaidView>>(caller, {OperationId::payment_overpaid},
                                                [](Desk& desk) { return desk.payments().overpaid(); });
}

Result<OverpaidView> GuardedDesk::payment_settle(const Caller& caller, LedgerRequest request,
                                                 const std::string& reason) {
  sign_as_caller(caller, request.by, request.account);
  return guarded_one<OverpaidView>(caller,
                                   {.op = OperationId::payment_settle, .on = {request.id}, .reason = reason},
                                   [&](Desk& desk) { return desk.payments().settle_overpaid(request); });
}

Result<ImportedView> GuardedDesk::payment_import(const Caller& caller, const std::string& name,
                                                 const std::string& bytes, const std::string& reason) {
  return guarded_one<ImportedView>(caller, {.op = OperationId::payment_import, .reason = reason},
                                   [&](Desk& desk) { return desk.payments().import(name, bytes); });
}

Result<Balance> GuardedDesk::balance(const Caller& caller) {
  return guarded_one<Balance>(caller, {OperationId::balance_show}, [](Desk& desk) { return desk.balance(); });
}

Result<HubState> GuardedDesk::status(const Caller& caller) {
  return guarded_one<HubState>(caller, {OperationId::status_show}, [](Desk& desk) { return desk.status(); });
}

}  // namespace kinhub
