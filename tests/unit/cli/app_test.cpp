// The command line as users see it, with a hub that only remembers what it was asked.

#include "hub/cli/app.hpp"

#include <gmock/gmock.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>

#include <nlohmann/json.hpp>
#include <sstream>

#include "hub/base/time_text.hpp"
#include "hub/cli/commands.hpp"
#include "hub/cli/real_parts.hpp"
#include "hub/desk/audit_trail.hpp"
#include "hub/desk/desk.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "tests/unit/base/scratch.hpp"
#include "tests/unit/desk/fake_desk.hpp"

namespace kinhub::cli {
namespace {

using Json = nlohmann::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::int64_t noon = 1795233600LL * 1000000;  // 2026-11-21 12:00 in Shanghai
const char* const number = "322228197503120246";

struct Asked {
  std::string what;
  std::optional<Date> today, valid_at, on;
  std::optional<Interval> when;
  std::optional<LeadFilter> leads;
  std::optional<QuarantineFilter> quarantine;
  std::string id, reason, by, benefit, source, stopped;
  std::optional<std::int64_t> to, known_at_us;
  std::size_t paths = 0;
  std::optional<CareRequest> care;
  std::optional<IdentityRequest> identity;
  std::size_t limit = 0;
  std::optional<Error> care_waits;
  std::optional<RemapQuestion> remap;
  std::int64_t remap_fails = 0;
};

LeadView a_lead() {
  LeadView lead;
  lead.id = "L1";
  lead.kind = "new";
  lead.state = "open";
  lead.benefit = "national-special-assistance/death";
  lead.person = {"P1", "王试男", number};
  lead.family = "F1";
  lead.revision = 2;
  lead.when = {Date(2026, 11, 1), Date::forever()};
  lead.amount = AmountView{59000, "month"};
  lead.certainty = "pending";
  lead.pending = {"no other living child"};
  lead.reasons = {"子女死亡 2026-11-15"};
  lead.pending_words = {say(Text::wait_other_child)};
  lead.reason_words = {{"2026-11-15 子女死亡", "2026-11-15 death of a child"}};
  lead.evidence = {{"public-security", "3208122026A0001|R77", "death", "2026-11-15", noon, 41}};
  lead.timeline = {{{Date(2026, 11, 1), Date::forever()}, AmountView{59000, "month"}, "pending"}};
  lead.opened_at_us = noon;
  lead.not_before = Date(2026, 12, 21);
  lead.held_events = {"12"};
  lead.arrears_fen = 59000;
  return lead;
}

CareEntryView an_entry() {
  CareEntryView entry;
  entry.id = "e01m8n-3xq2m-7h3kd-mw4t9", entry.form = "marriage-told", entry.title = "告知的婚姻";
  entry.operation = "add", entry.state = "applied", entry.who = "zhang", entry.why = "王试男告知";
  entry.entered_at_us = noon, entry.version = "20261121120000.000000", entry.partition = "log",
  entry.sequence = 42;
  using Shown = CareEntryView::Value::Shown;
  entry.values = {{"own_role", "本人是", "wife", Shown::plain},
                  {"spouse_number", "配偶身份证号", number, Shown::as_number},
                  {"spouse_name", "配偶姓名", "王试男", Shown::never}};
  entry.facts = {{"marriage", "assert", "2001-05", {{"husband", number}}}};
  return entry;
}

IdentityScanned scanned() {
  IdentityScanned found;
  found.people = 100, found.probes = 9, found.compared = 40, found.waiting = 7, found.likely = 3;
  found.opened = 2, found.left = 1, found.beyond = 5;
  return found;
}

IdentityPairView a_pair() {
  IdentityPairView pair;
  pair.id = "I1", pair.state = "open", pair.why = "doubtful", pair.bits = 29.5;
  pair.a = {"P1", "王试男", number}, pair.b = {"P2", "王试男", ""};
  pair.since_us = pair.changed_at_us = pair.seen_at_us = noon;
  pair.findings = {{"name_same", "姓名相同", "for", 15.5},
                   {"born_different", "出生日期不同", "against", -12}};
  pair.fields = {{"number", "身份证号", {{{"", "", number}, {"public-security"}}}, {}}};
  return pair;
}

/// Accounts of a hub that only remembers: on a store of their own.
struct Accounts {
  Scratch scratch;
  Keyring keys = Keyring::from_passphrase("accounts");
  FixedClock clock{noon};
  std::unique_ptr<Store> store = SqliteStore::open(scratch.path() / "kinhub.db", keys);
  AccountBook book{*store, keys, clock, {}, {64, 1, 1}};
};

class FakeHub final : public Desk {
 public:
  FakeHub(Asked& asked, const Balance& balance) : asked_(asked), balance_(balance) {}

  std::optional<Found> find(const Named&) override { return Found{"P1", {"370306001"}}; }
  void run(std::stop_token) override { asked_.what = "run"; }
  Result<IngestView> ingest(const SourceConfig& source, const std::vector<std::filesystem::path>& paths,
                            const OnProgress& on_progress) override {
    on_progress("half");
    asked_.what = "ingest", asked_.source = source.name, asked_.paths = paths.size();
    std::int64_t quarantined = balance_.total().quarantined;
    return IngestView{1, 5, quarantined, balance_};
  }
  Result<reconcile::RunRecord> reconcile(const ReconcileQuestion& question, const OnProgress&) override {
    asked_.what = question.run ? "reconcile repair" : question.dry_run ? "reconcile dry run" : "reconcile";
    asked_.source = question.source, asked_.paths = question.paths.size();
    asked_.to = question.expected;
    if (question.only) asked_.what += " " + std::string(name_of(*question.only));
    reconcile::RunRecord run;
    run.id = question.run.value_or(7), run.source = "public-security", run.state = reconcile::RunState::done;
    run.counts.not_there = question.dry_run ? 1 : 0;
    return run;
  }
  std::vector<reconcile::RunRecord> reconcile_runs(const std::string& source) override {
    asked_.what = "reconcile list", asked_.source = source;
    return {};
  }
  Result<ReconcileView> reconcile_run(std::int64_t id) override {
    asked_.what = "reconcile show", asked_.id = std::to_string(id);
    if (id == 99) return Error{"NO_SUCH_RUN", "there is no such run", "99"};
    return ReconcileView{};
  }
  Result<NightView> night_scan(Date today, Round round, const OnProgress&) override {
    asked_.what = round == Round::rights      ? "night rights"
                  : round == Round::identity  ? "night identity"
                  : round == Round::agreement ? "night agreement"
                                              : "night",
    asked_.today = today;
    return NightView{today, 3, {"L1"}, scanned()};
  }
  Result<IdentityScanView> identity_scan(Date today, Apply apply, const OnProgress&) override {
    asked_.what = apply == Apply::yes ? "identity scan" : "identity look", asked_.today = today;
    return IdentityScanView{today, apply == Apply::no, scanned()};
  }
  IdentityQueueView identity_queue(const IdentityFilter& filter) override {
    asked_.what = filter.all ? "identity list all" : "identity list", asked_.limit = filter.limit;
    return {7, 3, "2026-11-21", {a_pair()}, 6};
  }
  Result<IdentityPairView> identity_pair(const std::string& id) override {
    if (id != "I1") return Error{"NO_SUCH_PAIR", "there is no pair " + id, ""};
    return a_pair();
  }
  std::variant<IdentityAnswer, std::vector<Error>> identity_answer(const IdentityRequest& request,
                                                                   const OnProgress&) override {
    asked_.identity = request;
    if (request.id != "I1") return std::vector{Error{"NO_SUCH_PAIR", "there is no pair", request.id}};
    auto pair = a_pair();
    if (request.answer == IdentityRequest::Answer::same) pair.state = "same";
    return IdentityAnswer{{pair, an_entry()}, asked_.care_waits};
  }
  Result<std::vector<LeadView>> leads(const LeadFilter& filter) override {
    asked_.what = "leads", asked_.leads = filter;
    return std::vector<LeadView>{a_lead()};
  }
  Result<LeadView> lead(const std::string& id, std::optional<std::int64_t> known_at_us) override {
    asked_.known_at_us = known_at_us;
    if (id != "L1") return Error{"NO_SUCH_LEAD", "there is no lead " + id, ""};
    return a_lead();
  }
  Result<Page<LeadView>> lead_page(const LeadFilter&, const PageRequest&) override {
    return Page<LeadView>{{a_lead()}, 1, false};
  }
  LeadCountsView lead_counts(const Scope&) override { return {{{"open", "new", 1}}, true}; }
  Result<LeadTimelineView> lead_timeline(const std::string& id, Interval) override {
    return LeadTimelineView{id, 2, {}, {}, {}};
  }
  Result<ExplanationView> lead_explain(const std::string&, Date) override { return ExplanationView{}; }
  Result<LeadView> propose(const ProposalSlip&, const Beside&) override { return a_lead(); }
  Result<LeadView> drop_proposal(const std::string&, const std::string&, const Beside&) override {
    return a_lead();
  }
  Result<LeadView> assign(const AssigneeSlip&, const std::optional<std::string>&) override {
    return a_lead();
  }
  Result<LeadHistoryView> lead_history(const std::string& id) override { return LeadHistoryView{id, {}}; }
  std::vector<FoundPersonView> find_persons(const PersonName&) override { return {}; }
  AccountRules account_rules() const override { return {}; }
  AccountBook& accounts() override { return accounts_.book; }
  Result<LeadView> decide(const LeadDecision& decision, const Beside&) override {
    asked_.what = decision.verdict == Verdict::confirm ? "confirm" : "dismiss";
    asked_.id = decision.id, asked_.reason = decision.reason, asked_.by = decision.by;
    asked_.to = decision.seen_revision;
    return a_lead();
  }
  Result<std::vector<FamilyView>> families(const PersonName& of, std::optional<Date> valid_at,
                                           std::optional<std::int64_t>) override {
    asked_.what = "family", asked_.valid_at = valid_at;
    asked_.id = std::holds_alternative<CitizenNumber>(of) ? std::get<CitizenNumber>(of).text()
                                                          : std::get<std::string>(of);
    FamilyView family{"F1", {}, {}, {}};
    family.members.push_back({{"P1", "王试男", number}, "male", "1975-03-12", {}, {}, {}});
    return std::vector<FamilyView>{family};
  }
  Result<FamilyChangesView> family_changes(const PersonName&, std::int64_t from_us,
                                           std::int64_t until_us) override {
    asked_.what = "family changes";
    FamilyChangesView::Person changed{{"P1", "王试男", number}, {"P1"}, {"P1"}, {}};
    changed.changes.push_back({"learnt", "name", {"", "王试男", ""}, "", {}});
    return FamilyChangesView{from_us, until_us, {changed}};
  }
  Result<std::vector<EntitlementView>> entitlements(const PersonName&, Interval when,
                                                    std::optional<std::int64_t> known_at_us) override {
    asked_.what = "entitlements", asked_.when = when, asked_.known_at_us = known_at_us;
    EntitlementView span;
    span.benefit = "national-special-assistance/death";
    span.person = {"P1", "", ""};
    span.when = {Date(2026, 11, 1), Date(2027, 1, 1)};
    span.amount = {59000, "month"};
    span.certainty = "sure";
    auto open = span;  // the document names a sum that the record cannot compute
    open.when = {Date(2012, 5, 5), Date(2018, 8, 1)};
    open.amount.reset(), open.certainty = "pending", open.pending = {"amount"};
    open.pending_words = {say(Text::wait_amount)};
    open.starts = {"2012年5月5日子女死亡", "death of a child on 2012-05-05"};
    return std::vector<EntitlementView>{span, open};
  }
  Result<FieldOriginView> origin(const PersonName&, const std::string& field,
                                 std::optional<std::int64_t> known_at_us) override {
    asked_.what = "origin " + field + (known_at_us ? " then" : "");
    FieldOriginView view;
    view.field = field;
    view.person = {"P1", "王试男", "322228197503120246"};
    auto& settled = view.settled.emplace_back();
    settled.value = {"mother", "李试女", "322228197503120246"};
    settled.known_since_us = 1'795'233'600'000'000;
    auto& word = settled.by.emplace_back();
    word.evidence = {"public-security", "322228197503120246|R77", "birth",
                     "2026-11-15",      1'795'233'600'000'000,    41};
    word.value = settled.value;
    word.mapping = "public_security/birth", word.line = 12;
    word.raw = {{"/root/body/RECORD/MQ_GMSFHM", "322228197503120246"}};
    view.lost.push_back(word);
    view.lost.back().lost = "its source tells it no more";
    view.lost.back().untold = {57, "public_security/resident", 24};
    return view;
  }
  Result<ExplanationView> explain(const PersonName&, const std::string& benefit, Date on,
                                  std::optional<std::int64_t> known_at_us) override {
    asked_.what = "explain", asked_.benefit = benefit, asked_.on = on, asked_.known_at_us = known_at_us;
    return ExplanationView{"unknown", "失独", "二(一)", "", {}, {{"met", "a", "", "", {}, {}}}};
  }
  Result<std::vector<QuarantineView>> quarantine(const QuarantineFilter& filter) override {
    asked_.what = "quarantine", asked_.quarantine = filter;
    return std::vector<QuarantineView>{row()};
  }
  Result<Page<QuarantineView>> quarantine_page(const QuarantineFilter&, const PageRequest&) override {
    return Page<QuarantineView>{{row()}, 1, false};
  }
  Result<QuarantineView> quarantined(const std::string& id) override {
    asked_.id = id;
    return row();
  }
  Result<EventTraceView> event_trace(const std::string& source, std::int64_t sequence) override {
    asked_.what = "event_trace", asked_.source = source, asked_.to = sequence;
    return EventTraceView{source, sequence, noon, {}};
  }
  Result<ReplayView> replay(const QuarantineFilter& filter) override {
    asked_.what = "replay", asked_.quarantine = filter;
    return ReplayView{2, 1, 1};
  }
  Result<DiscardView> discard(const std::vector<std::string>& ids, const std::string& reason) override {
    asked_.what = "discard", asked_.id = ids.at(0), asked_.reason = reason;
    return DiscardView{static_cast<std::int64_t>(ids.size())};
  }
  Result<RemapView> remap(const RemapQuestion& question, Apply apply, const OnProgress&) override {
    asked_.what = apply == Apply::yes ? "remap" : "plan remap";
    asked_.source = question.source, asked_.reason = question.reason, asked_.remap = question;
    RemapView view{question.source, question.mapping, question.since_us, {}, apply == Apply::yes};
    auto& what = view.what;
    what.at_us = noon, what.after = 2, what.up_to = 9;
    what.read = 6, what.changed = 3, what.failing = asked_.remap_fails, what.held = 1;
    what.facts_not_in_log = 2, what.people = 4, what.leads_opened = 1, what.leads_closed = 2;
    what.facts[FactKind::death] = {0, 1, 2, {{"on", 2}}};
    what.money["national-special-assistance/death"] = {-118000, 60050};
    if (what.failing > 0)
      what.failing_by_code["CITIZEN_ID_CHECK"] = {
          {"CITIZEN_ID_CHECK", "wrong check character", "inbox/a.xml: /root/GMSFHM"},
          "public_security/death",
          what.failing,
          7};
    return view;
  }
  std::variant<CareAnswer, std::vector<Error>> care_add(const CareRequest& request,
                                                        const OnProgress&) override {
    asked_.what = request.apply == Apply::yes ? "care add" : "care plan", asked_.care = request;
    if (request.form == "bad")
      return std::vector{Error{"FIELD_MISSING", "the form needs it", "on"},
                         Error{"CODE_UNKNOWN", "no option", "told_by"}};
    return CareAnswer{an_entry(), request.wait == Wait::no ? std::nullopt : asked_.care_waits};
  }
  std::variant<CareAnswer, std::vector<Error>> care_retract(const std::string& id, const CareRequest& request,
                                                            const OnProgress&) override {
    asked_.what = "care retract", asked_.id = id, asked_.care = request;
    return CareAnswer{an_entry(), std::nullopt};
  }
  Result<std::vector<CareEntryView>> care_entries(const PersonName&) override {
    asked_.what = "care list";
    return std::vector{an_entry()};
  }
  Result<ReportView> report(const ReportRequest& request) override {
    asked_.what = "report " + request.name + " " + request.region + " " + request.period.text();
    asked_.known_at_us = request.known_at_us;
    if (request.name == "nothing") return Error{"NO_SUCH_REPORT", "there is no report 'nothing'", ""};
    ReportView view;
    view.report.name = request.name, view.report.title = "特殊家庭基本情况统计表";
    view.report.question = {request.region, request.period, noon, noon};
    view.report.tables = {{"basic",
                           view.report.title,
                           {{"unit", "单位"}, {"people", "人数"}, {"S02_rate", "率", "每月沟通"}},
                           {{{std::string("320812901"), std::int64_t{7}, service::Rate{9, 11}}}}}};
    if (request.region == "320813") view.report.checks = {{report::Check::State::red, "F1", "不符"}};
    view.digest = "d1";
    return view;
  }
  Result<IssuedView> issue_report(const IssueRequest& request) override {
    auto made = report(request.report);
    if (!made) return made.error();
    asked_.what = "issue " + request.report.name + " by " + (request.by.empty() ? "nobody" : "somebody") +
                  " " + request.reason +
                  (request.report.audience == report::Audience::open ? " for everybody" : "");
    if (made->report.red()) return Error{"REPORT_RED", "it does not foot", ""};
    IssuedView view;
    view.row = {"basic-statistics.320812.2026Q3.2", "basic-statistics", "320812", "2026Q3"};
    view.row.version = 2, view.row.issued_at_us = noon, view.row.known_at_us = noon;
    view.row.state = "current", view.report = *made, view.before = "basic-statistics.320812.2026Q3.1";
    view.differences = {{"表", "合计", "户数", "7", "8"}};
    return view;
  }
  Result<std::vector<IssuedRowView>> issued_reports(const std::string& region) override {
    asked_.what = "issued in " + region;
    return std::vector{issue_report({{"basic-statistics", "320812", {}, {}}})->row};
  }
  Result<IssuedView> issued_report(const std::string& number) override {
    auto view = issue_report({{"basic-statistics", "320812", {}, {}}});
    asked_.what = "issued " + number;
    return view;
  }
  Result<IssuedView> withdraw_report(const std::string& number, const std::string&,
                                     const std::string& reason) override {
    auto view = issued_report(number);
    asked_.what = "withdraw " + number + " " + reason;
    return view;
  }
  Result<WorklistView> worklist(const std::string& region, Date on) override {
    asked_.what = "worklist " + region + " " + on.text();
    return WorklistView{region,
                        on,
                        {{"逾期",
                          "S02",
                          "每月沟通",
                          "320812-903-2023-00001",
                          "2026-09",
                          {"P1", "王试女", "322228197503120246"},
                          Date(2026, 9, 30),
                          1,
                          false}}};
  }
  Result<std::vector<ArchiveRowView>> archives(const std::string& region, bool all) override {
    asked_.what = "archives " + region + (all ? " all" : "");
    return std::vector{ArchiveRowView{"320812-903-2023-00001",
                                      {"P1", "王试女", "322228197503120246"},
                                      "open",
                                      Date(2023, 6, 1),
                                      {},
                                      "320812903",
                                      "失独",
                                      2}};
  }
  Result<ArchiveView> archive(const std::string& number) override {
    asked_.what = "archive " + number;
    if (number.ends_with("9")) return Error{"NO_SUCH_ARCHIVE", "there is no archive of this number", number};
    ArchiveView view;
    view.row.archive_no = number;
    return view;
  }
  EvidenceRulesView evidence() override {
    asked_.what = "evidence show";
    return {
        {{"d1", "evidence.yaml", 1'000'000, "first start", ""}, {"d2", "new.yaml", 2'000'000, "zhang", "ok"}},
        "evidence: 1\n",
        "mappings/evidence/evidence.yaml",
        "the file does not count"};
  }
  std::variant<EvidenceComparisonView, std::vector<Error>> evidence_compare(const std::filesystem::path& file,
                                                                            const OnProgress&) override {
    asked_.what = "evidence compare", asked_.id = file.string();
    EvidenceComparisonView view;
    view.file = file.string(), view.people = 5, view.changed = 1;
    view.fields["died"] = 1, view.leads["changed"] = 1, view.arrears_fen = -59000;
    view.examples.push_back(
        {{"P1", "王试男", number}, {}, {}, {{"learnt", "died", {"2026-11-17", "", ""}, "", {}}}});
    view.lead_examples.push_back({{"P1", "王试男", number},
                                  "national-special-assistance/death",
                                  "changed",
                                  "new",
                                  "verify",
                                  -59000,
                                  0});
    return view;
  }
  std::variant<EvidenceAdoptedView, std::vector<Error>> evidence_adopt(const std::filesystem::path& file,
                                                                       const std::string& reason,
                                                                       const std::string& by,
                                                                       const OnProgress&) override {
    asked_.what = "evidence adopt", asked_.id = file.string(), asked_.reason = reason, asked_.by = by;
    return EvidenceAdoptedView{{"d2", "new.yaml", 2'000'000, by, reason}, 5, {"L1"}};
  }
  Result<AsDecidedView> as_decided(const std::string& id) override {
    asked_.what = "as decided", asked_.id = id;
    AsDecidedView view;
    view.lead = id, view.person = {"P1", "王试男", number}, view.equal = true;
    return view;
  }
  Result<AgreementView> agreement(const AgreementQuestion& question, std::stop_token,
                                  const OnProgress&) override {
    asked_.what = "agreement", asked_.id = question.source, asked_.by = question.region;
    asked_.reason = question.field ? std::string(name_of(*question.field)) : "";
    return AgreementView{};
  }
  std::variant<WhatIfView, std::vector<Error>> what_if(const WhatIfQuestion& question, std::stop_token,
                                                       const OnProgress&) override {
    asked_.what = "policy what-if", asked_.id = question.named.string(), asked_.by = question.region;
    asked_.reason = question.months.from.text() + " " + question.months.until.text();
    WhatIfView view;
    view.named = question.named.string(), view.months = question.months, view.people = 5;
    view.benefits = {{"national-special-assistance/death",
                      "死亡",
                      false,
                      true,
                      true,
                      {2, 2, 118000, 120000, 1, 0, 2000, 0, 0, 0}}};
    view.all = view.benefits[0].sums;
    view.cells = {
        {"national-special-assistance/death", "320812", question.months.from, {2, 2, 118000, 120000, 0, 0}}};
    view.samples = {{{"P1", "王试男", number},
                     "national-special-assistance/death",
                     "more",
                     59000,
                     61000,
                     question.months.from,
                     {},
                     {},
                     ExplanationView{"met", "in force", "", "", {}, {}},
                     {}}};
    return view;
  }
  std::vector<SourceSummary> sources() override {
    return {{"public-security", "public_security", "process", "ready", 5, noon, {}}};
  }
  std::vector<PositionState> positions() override {
    return {{"public-security", "public-security", 2, 9, 5, true, asked_.stopped}};
  }
  Result<RewindView> rewind(const std::string& source, std::optional<std::int64_t> to, Apply apply) override {
    asked_.what = apply == Apply::yes ? "rewind" : "plan rewind", asked_.source = source, asked_.to = to;
    if (to == 1) return Error{"REWIND_NOT_KEPT", "events up to 2 are no longer kept", ""};
    return RewindView{
        source, source, 5, 2, 2, 9, 3, 0, "from 5 to 2:\n3 events are read again", apply == Apply::yes};
  }
  Result<CheckpointView> forget_checkpoint(const std::string& source, Apply apply) override {
    asked_.what = apply == Apply::yes ? "forget" : "plan forget", asked_.source = source;
    return CheckpointView{
        source, {source, source + "#snapshot"}, {"inbox 17", "page 3"}, apply == Apply::yes};
  }
  Result<CoverageView> take_back(const std::string& source, std::int64_t until_us, Apply apply) override {
    asked_.what = apply == Apply::yes ? "take back" : "plan take back", asked_.source = source;
    return CoverageView{source, until_us + 1, until_us, apply == Apply::yes};
  }
  Payments& payments() override {
    static FakePayments payments;
    return payments;
  }
  NoticesView notices(std::int64_t, std::size_t) override { return {}; }
  Balance balance() override { return balance_; }
  HubState status() override {
    return {"0.1.0",
            "/data",
            3,
            9,
            {{"new", 2}},
            {{"doubtful", 4}},
            "2026-11-21",
            "",
            4,
            1,
            balance_,
            "a-1",
            "embedded",
            "sqlite",
            {{"a-1", 1500}, {"b-2", 200}},
            {{"public-security", "a-1", 7, 8250}, {"@night", "b-2", 3, -10}},
            {{"public-security", "its topic was made anew"}},
            {{"file", 4, 0}, {"kafka", 3, 1}}};
  }

 private:
  static QuarantineView row() {
    QuarantineView row{"Q1",      "hospital-his",
                       number,    "CITIZEN_ID_CHECK",
                       "PID-3.1", "wrong check character",
                       noon,      1,
                       249,       "",
                       "",        "",
                       "",        "",
                       {}};
    row.body = "MSH|^~\\&|secret";
    return row;
  }
  static inline Accounts accounts_;  // outlives the hub of one command
  Asked& asked_;
  const Balance& balance_;
};

/// A trail that remembers; the disk may be full.
class RememberedTrail final : public AuditTrail {
 public:
  std::vector<std::string> newest(std::int64_t, std::size_t) override { return {}; }
  std::int64_t append(const std::vector<AuditEntry>& entries) override {
    if (away) throw AuditAway("the audit trail takes no entry");
    const auto first = static_cast<std::int64_t>(told.size());
    told.insert(told.end(), entries.begin(), entries.end());
    return first;
  }
  std::vector<AuditEntry> told;
  bool away = false;
};

struct Ran {
  int code;
  std::string out, err;
  Json json() const { return Json::parse(out); }
};

class AppTest : public ::testing::Test {
 protected:
  AppTest() {
    scratch_.folder("mappings");
    balance_.sources["public-security"] = {5, 3, 1, 1, 0, 0, 0, 0};
    parts_.check_ground = [this](const Config&) { return ground_; };
    parts_.look_at_topics = [this](const Config&) { return topics_; };
    parts_.apply_topics = [this](const Config&) {
      for (auto& topic : topics_)
        topic.done = "made", topic.state = "right";
      return topics_;
    };
    parts_.demo = [this](const Context& context, const DemoRequest& request) {
      asked_.what = "demo", asked_.id = std::to_string(request.families);
      return become_demo(context, {"demo"});
    };
    parts_.open_hub = [this](const DeskOptions& options) {
      opened_ = options.config.data;
      return std::make_unique<GuardedDesk>(std::make_unique<FakeHub>(asked_, balance_), trail_,
                                           options.clock);
    };
    parts_.check_connector = [](const Config&, const SourceConfig&) { return std::vector<Error>(); };
    parts_.connector_host = [this](const std::vector<std::string>& arguments) {
      hosted_ = arguments;
      return 0;
    };
  }
  Ran run(std::vector<std::string> arguments) {
    std::ostringstream out, err;
    FixedClock clock(noon);
    int code = run_program(arguments, {scratch_.path() / "build/bin/kinhub", clock, out, err}, parts_);
    return {code, out.str(), err.str()};
  }

  Scratch scratch_;
  std::shared_ptr<RememberedTrail> trail_ = std::make_shared<RememberedTrail>();
  Asked asked_;
  Balance balance_;
  Parts parts_;
  std::vector<Error> ground_;
  std::vector<TopicState> topics_ = {
      {"kinhub.progress", "missing", 1, 3, {{"cleanup.policy", "compact"}}, {}, ""}};
  std::filesystem::path opened_;
  std::vector<std::string> hosted_;
};

TEST_F(AppTest, WhatIsEnteredIsAskedOfTheHubAndShownMasked) {
  auto ran = run({"care", "add", "marriage-told", "--of", number, "own_role=wife", "note=a=b", "--reason",
                  "走访", "--as", "zhang", "--json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  ASSERT_TRUE(asked_.care);
  EXPECT_EQ(asked_.care->form, "marriage-told");
  EXPECT_EQ(asked_.care->who, "zhang");
  EXPECT_EQ(asked_.care->why, "走访");
  EXPECT_EQ(asked_.care->wait, Wait::yes);
  EXPECT_THAT(asked_.care->values, ElementsAre(std::pair<std::string, std::string>("own_role", "wife"),
                                               std::pair<std::string, std::string>("note", "a=b")));
  EXPECT_EQ(ran.json(), Json::parse(R"({"id": "e01m8n-3xq2m-7h3kd-mw4t9", "form": "marriage-told",
    "title": "告知的婚姻", "operation": "add", "state": "applied", "code": null, "reason": null,
    "quarantine": null,
    "who": "zhang", "why": null, "late": false, "entered_at": "2026-11-21T12:00:00+08:00",
    "version": "20261121120000.000000", "partition": "log", "sequence": 42,
    "values": [{"item": "own_role", "label": "本人是", "value": "wife"},
               {"item": "spouse_number", "label": "配偶身份证号", "value": "******************"},
               {"item": "spouse_name", "label": "配偶姓名", "value": null}],
    "facts": [{"fact": "marriage", "op": "assert", "on": "2001-05",
               "people": {"husband": "******************"}}]})"));
  auto table = run({"care", "list", "--of", number});
  EXPECT_THAT(table.out, Not(HasSubstr(number)));
  EXPECT_THAT(table.out, Not(HasSubstr("王试男")));
  EXPECT_THAT(run({"care", "list", "--of", number, "--reveal", "--reason", "核实"}).out,
              HasSubstr("王试男告知"));
}

TEST_F(AppTest, TheCareDeskSaysAllErrorsOfItsFields) {
  auto ran = run({"care", "add", "bad", "--of", number, "--reason", "走访"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_EQ(ran.err, "on: the form needs it [FIELD_MISSING]\ntold_by: no option [CODE_UNKNOWN]\n");
  EXPECT_EQ(run({"care", "add", "death-seen", "--reason", "走访"}).code, 2) << "of nobody";
  auto misplaced = run({"care", "add", "death-seen", "王试男", "--of", number});
  EXPECT_EQ(misplaced.code, 2);
  EXPECT_THAT(misplaced.err, Not(HasSubstr("王试男")));
}

TEST_F(AppTest, AnEntryThatStillWaitsIsShownAndEndsWithThree) {
  asked_.care_waits = Error{"STILL_WAITING", "it follows them", ""};
  auto ran = run({"care", "add", "death-seen", "--of", number, "--reason", "走访"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("e01m8n-3xq2m-7h3kd-mw4t9"));
  EXPECT_EQ(run({"care", "add", "death-seen", "--of", number, "--no-wait"}).code, 0);
  EXPECT_EQ(run({"care", "add", "death-seen", "--of", number, "--dry-run"}).code, 3)
      << "the hub of this test";
  EXPECT_EQ(asked_.what, "care plan");
  EXPECT_EQ(run({"care", "retract", "e01m8n-3xq2m-7h3kd-mw4t9", "--reason", "认错人"}).code, 0);
  EXPECT_EQ(asked_.id, "e01m8n-3xq2m-7h3kd-mw4t9");
}

TEST_F(AppTest, TheCareDeskHasNoFilesToTakeIn) {
  auto ran = run({"ingest", "care-desk", scratch_.path().string()});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("NO_CONNECTOR"));
}

TEST_F(AppTest, LeadsHaveTheFieldsOthersBuildOn) {
  auto ran = run({"leads", "--json"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(
      ran.json(),
      Json::parse(
          R"([{"id": "L1", "kind": "new", "state": "open", "benefit": "national-special-assistance/death",
    "person": {"ref": "P1", "name": "王*男", "citizen_id": "******************"}, "family": "F1",
    "area": null, "revision": 2,
    "from": "2026-11-01", "until": null,
    "amount": {"fen": 59000, "per": "month"}, "certainty": "pending", "pending": ["no other living child"],
    "reasons": ["子女死亡 2026-11-15"], "evidence": [
    {"source": "public-security", "key": "*******************", "fact": "death",
    "on": "2026-11-15", "received_at": "2026-11-21T12:00:00+08:00", "sequence": 41}],
    "timeline": [{"from": "2026-11-01", "until": null,
    "amount": {"fen": 59000, "per": "month"}, "certainty": "pending"}],
    "opened_at": "2026-11-21T12:00:00+08:00", "not_before": "2026-12-21",
    "arrears_fen": 59000, "overpaid_fen": 0, "held_events": ["12"], "decisions": []}])"));
}

TEST_F(AppTest, GlobalOptionsStandBeforeOrAfterTheCommand) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"--json", "--data", "/tmp/d", "leads"},
                                             {"leads", "--json", "--data", "/tmp/d"},
                                             {"--json", "quarantine", "list", "--data", "/tmp/d"},
                                             {"quarantine", "--data", "/tmp/d", "list", "--json"}}) {
    auto ran = run(arguments);
    EXPECT_EQ(ran.code, 0) << ran.err;
    EXPECT_TRUE(ran.json().is_array());
    EXPECT_EQ(opened_, "/tmp/d");
  }
}

TEST_F(AppTest, MasksUnlessAReasonIsGiven) {
  for (const auto& arguments :
       std::vector<std::vector<std::string>>{{"leads"},
                                             {"leads", "--json"},
                                             {"lead", "show", "L1"},
                                             {"family", "--of", number},
                                             {"family", "--of", number, "--json"},
                                             {"explain", "--of", number, "--field", "parents"},
                                             {"explain", "--of", number, "--field", "parents", "--json"},
                                             {"quarantine", "list"},
                                             {"quarantine", "list", "--json"},
                                             {"quarantine", "show", "Q1"},
                                             {"quarantine", "show", "Q1", "--json"}}) {
    auto masked = run(arguments);
    EXPECT_EQ(masked.code, 0) << masked.err;
    EXPECT_THAT(masked.out, Not(HasSubstr("王试男")));
    EXPECT_THAT(masked.out, Not(HasSubstr(number)));
    EXPECT_THAT(masked.out, Not(HasSubstr("secret")));
    auto opened = arguments;
    opened.push_back("--reveal");
    EXPECT_EQ(run(opened).code, 2);
    opened.insert(opened.end(), {"--reason", "入户核实"});
    auto revealed = run(opened);
    EXPECT_EQ(revealed.code, 0);
    EXPECT_THAT(revealed.out, ::testing::AnyOf(HasSubstr("王试男"), HasSubstr(number)));
  }
}

TEST_F(AppTest, PassesFiltersOn) {
  EXPECT_EQ(run({"leads", "--open", "--kind", "ended", "--since", "2026-11-01", "--of", number}).code, 0);
  ASSERT_TRUE(asked_.leads);
  EXPECT_EQ(asked_.leads->state, "open");
  EXPECT_EQ(asked_.leads->kind, "ended");
  EXPECT_EQ(iso_time(*asked_.leads->opened_since_us), "2026-11-01T00:00:00+08:00");
  EXPECT_EQ(std::get<CitizenNumber>(*asked_.leads->of).text(), number);

  EXPECT_EQ(run({"entitlements", "--of", "P1", "--from", "2026-01-01", "--until", "2027-01-01"}).code, 0);
  EXPECT_EQ(*asked_.when, (Interval{Date(2026, 1, 1), Date(2027, 1, 1)}));
  EXPECT_EQ(run({"explain", "--of", "P1", "--benefit", "b"}).code, 0);
  EXPECT_EQ(asked_.on, Date(2026, 11, 21));
  EXPECT_EQ(run({"explain", "--of", "P1", "--benefit", "b", "--today", "2027-03-14"}).code, 0);
  EXPECT_EQ(asked_.on, Date(2027, 3, 14));
  EXPECT_EQ(run({"night", "--only", "scan", "--today", "2027-03-14"}).code, 0);
  EXPECT_EQ(asked_.today, Date(2027, 3, 14));
  EXPECT_EQ(asked_.what, "night rights");
  EXPECT_EQ(run({"night", "--only", "identity"}).code, 0);
  EXPECT_EQ(asked_.what, "night identity");
  EXPECT_EQ(run({"night", "--only", "agreement"}).code, 0);
  EXPECT_EQ(asked_.what, "night agreement");
  EXPECT_EQ(run({"reconcile", "repair", "17", "--class", "changed", "--expected", "40"}).code, 0);
  EXPECT_EQ(asked_.what, "reconcile repair changed");
  EXPECT_THAT(run({"night"}).out, HasSubstr("7 pairs wait for a case worker (3 of them likely)"));
  EXPECT_EQ(asked_.what, "night");
  EXPECT_EQ(run({"family", "--of", "P1", "--valid-at", "2026-01-01"}).code, 0);
  EXPECT_EQ(asked_.valid_at, Date(2026, 1, 1));
}

TEST_F(AppTest, EveryReadTakesAKnownTime) {
  const auto then = [&] { return iso_time(asked_.known_at_us.value_or(0)); };
  const std::string noon = "2026-06-01T12:00:00+08:00";
  EXPECT_EQ(run({"leads", "--known-at", noon, "--valid-at", "2026-05-01"}).code, 0);
  EXPECT_EQ(iso_time(*asked_.leads->known_at_us), noon);
  EXPECT_EQ(asked_.leads->valid_at, Date(2026, 5, 1));
  EXPECT_EQ(run({"lead", "show", "L1", "--known-at", noon}).code, 0);
  EXPECT_EQ(then(), noon);
  EXPECT_EQ(run({"entitlements", "--of", "P1", "--known-at", "2026-06-02"}).code, 0);
  EXPECT_EQ(then(), "2026-06-02T00:00:00+08:00");
  EXPECT_EQ(run({"explain", "--of", "P1", "--benefit", "b", "--known-at", noon}).code, 0);
  EXPECT_EQ(then(), noon);
  EXPECT_EQ(asked_.on, Date(2026, 6, 1)) << "the day of the known time, if none is said";
  EXPECT_EQ(run({"explain", "--of", "P1", "--benefit", "b", "--known-at", noon, "--on", "2026-07-01"}).code,
            0);
  EXPECT_EQ(asked_.on, Date(2026, 7, 1));
  EXPECT_EQ(run({"lead", "show", "L1"}).code, 0);
  EXPECT_FALSE(asked_.known_at_us);
  EXPECT_EQ(run({"lead", "confirm", "L1", "--reason", "x", "--known-at", noon}).code, 2) << "decided is now";
}

TEST_F(AppTest, TheIdentityQueueIsShownMaskedAndAnswered) {
  EXPECT_EQ(run({"identity", "scan", "--today", "2027-03-14"}).code, 0);
  EXPECT_EQ(asked_.what, "identity scan");
  EXPECT_EQ(asked_.today, Date(2027, 3, 14));
  EXPECT_THAT(run({"identity", "scan", "--dry-run"}).out, HasSubstr("a dry run: nothing is written"));
  EXPECT_EQ(asked_.what, "identity look");
  const auto list = run({"identity", "list"});
  EXPECT_EQ(asked_.what, "identity list");
  EXPECT_EQ(asked_.limit, 100u);
  EXPECT_THAT(list.out, HasSubstr("可能同一人 doubtful"));
  EXPECT_THAT(list.out, HasSubstr("and 6 more"));
  EXPECT_THAT(list.out, Not(HasSubstr(number)));
  EXPECT_THAT(list.out, Not(HasSubstr("王试男")));
  EXPECT_EQ(run({"identity", "list", "--all", "--limit", "0"}).code, 0);
  EXPECT_EQ(asked_.what, "identity list all");
  EXPECT_EQ(asked_.limit, 0u);
  EXPECT_EQ(run({"identity", "list", "--limit", "-1"}).code, 2);
  const auto pair = run({"identity", "show", "I1"});
  EXPECT_THAT(pair.out, HasSubstr("-12.0  出生日期不同 born_different"));
  EXPECT_THAT(pair.out, Not(HasSubstr(number)));
  EXPECT_THAT(run({"identity", "show", "I1", "--reveal", "--reason", "核实"}).out, HasSubstr(number));
  const auto json = Json::parse(run({"identity", "show", "I1", "--json"}).out);
  EXPECT_EQ(json["evidence"][0]["label"], "姓名相同");
  EXPECT_EQ(json["fields"][0]["a"][0]["sources"][0], "public-security");
  EXPECT_EQ(run({"identity", "show", "I9"}).code, 2);

  EXPECT_EQ(run({"identity", "same", "I1", "--seen", "visit", "--reason", "走访", "--as", "zhang"}).code, 0);
  ASSERT_TRUE(asked_.identity);
  EXPECT_EQ(asked_.identity->answer, IdentityRequest::Answer::same);
  EXPECT_EQ(asked_.identity->seen, "visit");
  EXPECT_EQ(asked_.identity->who, "zhang");
  EXPECT_EQ(asked_.identity->why, "走访");
  EXPECT_EQ(asked_.identity->wait, Wait::yes);
  EXPECT_EQ(run({"identity", "undo", "I1", "--reason", "认错人", "--no-wait"}).code, 0);
  EXPECT_EQ(asked_.identity->answer, IdentityRequest::Answer::undo);
  EXPECT_EQ(asked_.identity->wait, Wait::no);
  const auto apart = run({"identity", "different", "I1", "--reason", "双胞胎"});
  EXPECT_EQ(asked_.identity->seen, "records") << "what the queue shows is how it is known";
  EXPECT_EQ(apart.code, 1);
  EXPECT_THAT(apart.err, HasSubstr("PAIR_NOT_SETTLED")) << "the record does not say so afterwards";
  EXPECT_EQ(run({"identity", "same", "I9", "--reason", "走访"}).code, 2);
  asked_.care_waits = Error{"STILL_WAITING", "it follows them", ""};
  EXPECT_EQ(run({"identity", "same", "I1", "--reason", "走访"}).code, 3);
}

TEST_F(AppTest, AReportIsHandedOutShownAgainAndWithdrawn) {
  const std::vector<std::string> ask{"report", "basic-statistics", "--region",
                                     "320812", "--period",         "2026Q3"};
  const auto with = [&](std::initializer_list<std::string> more) {
    auto all = ask;
    all.insert(all.end(), more);
    return run(all);
  };
  auto ran = with({"--issue", "--reason", "两户应退档，已通知"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(asked_.what, "issue basic-statistics by somebody 两户应退档，已通知");
  EXPECT_THAT(ran.out, AllOf(HasSubstr("编号 basic-statistics.320812.2026Q3.2"), HasSubstr("不同的格：1")));
  EXPECT_EQ(with({"--issue", "--public"}).code, 0);
  EXPECT_THAT(asked_.what, HasSubstr("for everybody"));
  EXPECT_THAT(with({"--issue", "--format", "html"}).out, HasSubstr("编号 basic-statistics.320812.2026Q3.2"));
  EXPECT_EQ(run({"report", "basic-statistics", "--region", "320813", "--period", "2026Q3", "--issue"}).code,
            1)
      << "what does not foot is not handed out";
  EXPECT_THAT(run({"issued", "list", "--region", "320812", "--json"}).out,
              HasSubstr("\"state\": \"current\""));
  ran = run({"issued", "show", "basic-statistics.320812.2026Q3.2", "--json"});
  EXPECT_EQ(asked_.what, "issued basic-statistics.320812.2026Q3.2");
  EXPECT_THAT(ran.out, AllOf(HasSubstr("\"before\": \"basic-statistics.320812.2026Q3.1\""),
                             HasSubstr("\"after\": \"8\"")));
  EXPECT_THAT(run({"issued", "show", "basic-statistics.320812.2026Q3.2", "--format", "csv"}).out,
              StartsWith("\xEF\xBB\xBF"));
  EXPECT_EQ(
      run({"issued", "withdraw", "public.basic-statistics.320812.2026Q3.1", "--reason", "数字有误"}).code, 0);
  EXPECT_EQ(asked_.what, "withdraw public.basic-statistics.320812.2026Q3.1 数字有误");
  EXPECT_THAT(run({"issued", "show", "nonsense"}).err, HasSubstr("NO_SUCH_ISSUE"));
}

TEST_F(AppTest, AReportIsAskedByAreaPeriodAndKnownTime) {
  auto ran = run(
      {"report", "basic-statistics", "--region", "320812", "--period", "2026Q3", "--known-at", "2026-10-01"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(asked_.what, "report basic-statistics 320812 2026Q3");
  EXPECT_EQ(asked_.known_at_us, 1'790'784'000'000'000) << "the first instant of that day in Shanghai";
  EXPECT_THAT(ran.out, HasSubstr("特殊家庭基本情况统计表"));
  EXPECT_THAT(ran.out, HasSubstr("81.8"));
  EXPECT_EQ(run({"report", "basic-statistics", "--region", "320813", "--period", "2026Q3"}).code, 1)
      << "a check that does not foot";
  EXPECT_THAT(run({"report", "movement", "--region", "320812", "--period", "2026", "--format", "csv"}).out,
              AllOf(StartsWith("\xEF\xBB\xBF"), HasSubstr("320812901,7,81.8\r\n")));
  EXPECT_THAT(run({"report", "movement", "--region", "320812", "--period", "2026", "--format", "html"}).out,
              AllOf(StartsWith("<!doctype html>"), HasSubstr("<th colspan=1>每月沟通</th>")));
  EXPECT_THAT(run({"report", "movement", "--region", "320812", "--period", "2026", "--json"}).out,
              HasSubstr("\"permille\": 818"));
  EXPECT_EQ(run({"report", "nothing", "--region", "320812", "--period", "2026"}).code, 2);
  for (const auto& wrong :
       {std::vector<std::string>{"report", "movement", "--region", "32081", "--period", "2026"},
        {"report", "movement", "--region", "320812", "--period", "2026Q5"},
        {"report", "movement", "--period", "2026"},
        {"report", "movement", "--region", "320812"},
        {"report", "movement", "--region", "320812", "--period", "2026", "--format", "doc"},
        {"worklist"},
        {"worklist", "--region", "320812", "--on", "2026-02-30"},
        {"archive", "show"}})
    EXPECT_EQ(run(wrong).code, 2) << wrong.back();
}

TEST_F(AppTest, TheWorklistAndArchivesAreShownMasked) {
  auto ran = run({"worklist", "--region", "320812903", "--on", "2026-10-01"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(asked_.what, "worklist 320812903 2026-10-01");
  EXPECT_THAT(ran.out, AllOf(HasSubstr("王*女"), HasSubstr("320812-903-2023-00001"), HasSubstr("逾期")));
  EXPECT_THAT(ran.out, Not(HasSubstr("王试女")));
  EXPECT_THAT(run({"archive", "list", "--region", "320812", "--all", "--json"}).out,
              AllOf(HasSubstr("320812-903-2023-00001"), Not(HasSubstr("322228197503120246"))));
  EXPECT_EQ(asked_.what, "archives 320812 all");
  EXPECT_THAT(run({"archive", "list", "--region", "320812", "--reveal", "--reason", "核对", "--json"}).out,
              HasSubstr("322228197503120246"));
  EXPECT_EQ(run({"archive", "show", "320812-903-2023-00001"}).code, 0);
  EXPECT_EQ(run({"archive", "show", "320812-903-2023-00009"}).code, 2);
}

TEST_F(AppTest, DecisionsNeedAReason) {
  EXPECT_EQ(run({"lead", "confirm", "L1", "--revision", "2"}).code, 2);
  EXPECT_EQ(asked_.what, "");
  const auto unseen = run({"lead", "confirm", "L1", "--reason", "已核实"});
  EXPECT_EQ(unseen.code, 2) << "which timeline is confirmed is not said";
  EXPECT_THAT(unseen.err, HasSubstr("REVISION_MISSING"));
  EXPECT_EQ(asked_.what, "");
  EXPECT_EQ(run({"lead", "confirm", "L1", "--revision", "2", "--reason", "已核实", "--by", "zhang"}).code, 0);
  EXPECT_EQ(asked_.what, "confirm");
  EXPECT_EQ(asked_.to, 2);
  EXPECT_EQ(asked_.reason, "已核实");
  EXPECT_EQ(asked_.by, "zhang");
  EXPECT_EQ(run({"lead", "dismiss", "L1", "--revision", "2", "--reason", "x"}).code, 0);
  EXPECT_EQ(asked_.what, "dismiss");
  EXPECT_NE(asked_.by, "");
  EXPECT_EQ(run({"quarantine", "discard", "Q1"}).code, 2);
  EXPECT_EQ(run({"quarantine", "discard", "Q1", "--reason", "x"}).code, 0);
  EXPECT_EQ(asked_.what, "discard");
}

TEST_F(AppTest, WhoIsWrittenDownIsTheUserOfTheProcessWhateverTheEnvironmentSays) {
  ASSERT_EQ(::setenv("USER", "somebody-else", 1), 0);
  ASSERT_EQ(::setenv("LOGNAME", "somebody-else", 1), 0);
  EXPECT_EQ(run({"lead", "show", "L1", "--reveal", "--reason", "入户核实"}).code, 0);
  ASSERT_EQ(trail_->told.size(), 1u);
  const auto& entry = trail_->told.front();
  const auto* user = ::getpwuid(::getuid());
  EXPECT_EQ(entry.account, user != nullptr ? user->pw_name : "uid " + std::to_string(::getuid()));
  EXPECT_EQ(entry.channel, "cli");
  EXPECT_EQ(entry.operation, "lead.show");
  EXPECT_THAT(entry.subjects, ElementsAre("P1"));
  EXPECT_EQ(entry.reason, "入户核实");
}

TEST_F(AppTest, WithoutTheAuditTrailNothingIsShownAndNothingDone) {
  trail_->away = true;
  for (const auto& arguments : std::vector<std::vector<std::string>>{
           {"leads"}, {"status"}, {"lead", "confirm", "L1", "--revision", "2", "--reason", "x"}}) {
    const auto ran = run(arguments);
    EXPECT_EQ(ran.code, 3) << arguments[0];
    EXPECT_EQ(ran.out, "");
    EXPECT_THAT(ran.err, HasSubstr("audit trail"));
  }
  EXPECT_NE(asked_.what, "confirm");
}

TEST_F(AppTest, ReplayOfEverythingMustBeSaid) {
  EXPECT_EQ(run({"quarantine", "replay"}).code, 2);
  EXPECT_EQ(asked_.what, "");
  EXPECT_EQ(run({"quarantine", "replay", "--all"}).code, 1) << "one went back to quarantine";
  EXPECT_EQ(run({"quarantine", "replay", "Q1", "Q2"}).code, 1);
  EXPECT_THAT(asked_.quarantine->ids, ElementsAre("Q1", "Q2"));
}

TEST_F(AppTest, WrongUseSaysSoAndExitsWithTwo) {
  struct Case {
    std::vector<std::string> arguments;
    std::string says;
  };
  for (const auto& [arguments, says] : {
           Case{{}, "subcommand"},
           {{"leds"}, "did you mean 'leads'?"},
           {{"leads", "--knd", "new"}, "--knd"},
           {{"leads", "--kind", "old"}, "old"},
           {{"leads", "--open", "--state", "open"}, "--state"},
           {{"leads", "--today", "18.11.2026"}, "is no day"},
           {{"leads", "--since", "soon"}, "is no time"},
           {{"family"}, "--of"},
           {{"family", "--of", "322228197503120247"}, "CITIZEN_ID_CHECK"},
           {{"entitlements", "--of", "P1", "--from", "2027-01-01", "--until", "2026-01-01"}, "INTERVAL"},
           {{"explain", "--of", "P1"}, "EXPLAIN_WHAT"},
           {{"leads", "--known-at", ""}, "--known-at: is empty"},
           {{"leads", "--of", " "}, "--of: is empty"},
           {{"lead", "dismiss", "L1", "--reason", "x", "--by", ""}, "--by: is empty"},
           {{"lead", "show", ""}, "ID: is empty"},
           {{"explain", "--of", "P1", "--field", "name", "--on", "2026-06-01"},
            "--on is for --benefit alone"},
           {{"lead"}, "subcommand"},
           {{"lead", "show", "L9"}, "NO_SUCH_LEAD"},
           {{"ingest", "public-securty", "/"}, "did you mean 'public-security'?"},
           {{"ingest", "public-security", "/nowhere/x.xml"}, "NO_SUCH_FILE"},
           {{"map", "check", "/nowhere"}, "NO_SUCH_FOLDER"},
           {{"policy", "check", "/nowhere"}, "NO_SUCH_FOLDER"},
           {{"night", "--only", "everything"}, "everything"},
           {{"demo", "--families", "none"}, "none"},
           {{"map", "replay"}, "SOURCE"},
           {{"map", "replay", "public-securty"}, "did you mean 'public-security'?"},
           {{"map", "replay", "public-security", "--apply"}, "--reason TEXT"},
           {{"map", "replay", "public-security", "--apply", "--dry-run"}, "--dry-run"},
           {{"map", "replay", "public-security", "--since", "soon"}, "--since"},
           {{"source", "rewind"}, "SOURCE"},
           {{"source", "rewind", "public-securty"}, "did you mean 'public-security'?"},
           {{"source", "rewind", "public-security", "--to", "-1"}, "--to"},
           {{"source", "rewind", "public-security", "--to", "soon"}, "--to"},
           {{"source", "rewind", "public-security", "--to", "1x"}, "is no number of an event"},
           {{"source", "rewind", "public-security", "--to", "4611686018427387904"},
            "is no number of an event"},
           {{"source", "rewind", "public-security", "--to", "1"}, "REWIND_NOT_KEPT"},
           {{"source", "rewind", "public-security", "--to", "2", "--checkpoint"}, "--checkpoint"},
           {{"topics"}, "subcommand"},
           {{"topics", "plan"}, "NO_KAFKA"},
           {{"topics", "apply"}, "NO_KAFKA"},
       }) {
    auto ran = run(arguments);
    EXPECT_EQ(ran.code, 2) << says << ran.err;
    EXPECT_THAT(ran.err, HasSubstr(says));
    EXPECT_THAT(ran.out, IsEmpty());
  }
}

TEST_F(AppTest, AMappingIsReplayedOnlyWithApply) {
  auto ran = run({"map", "replay", "public-security"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(asked_.what, "plan remap");
  EXPECT_EQ(ran.out,
            "public-security: 6 events read anew, 3 say the same, 3 something else\n"
            "1 wait in quarantine: kinhub quarantine replay --source public-security\n"
            "2 facts stay as they are: the log no longer has their events\n"
            "fact   added  gone  changed  fields that differ\n"
            "death  0      1     2        on 2\n"
            "people     4\n"
            "leads      1 opened, 0 updated, 2 closed\n"
            "benefit                            arrears, yuan  overpaid, yuan\n"
            "national-special-assistance/death  -1180          +600.50\n"
            "nothing was changed: --apply --reason TEXT does it\n");
  ran = run({"map", "replay", "public-security", "--dry-run", "--mapping", "public_security/death", "--since",
             "2026-11-01"});
  EXPECT_EQ(asked_.what, "plan remap");
  EXPECT_EQ(asked_.remap->mapping, "public_security/death");
  EXPECT_EQ(asked_.remap->since_us, read_time("2026-11-01").value());
  ran = run({"map", "replay", "public-security", "--apply", "--reason", "mended", "--by", "zhang", "--json"});
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_EQ(asked_.what, "remap");
  EXPECT_EQ(std::pair(asked_.remap->by, asked_.remap->reason),
            std::pair(std::string("zhang"), std::string("mended")));
  const auto json = ran.json();
  EXPECT_EQ(json["applied"], true);
  EXPECT_EQ(json["known_since"], "2026-11-21T12:00:00+08:00");
  EXPECT_EQ(json["events"]["same"], 3);
  EXPECT_EQ(json["facts"][0]["fields"][0]["field"], "on");
  EXPECT_EQ(json["money"][0]["arrears_fen"], -118000);
  EXPECT_TRUE(json["interrupted_at"].is_null());
}

TEST_F(AppTest, AReplayOfAMappingThatCannotReadSomeAnyMoreSaysSo) {
  asked_.remap_fails = 2;
  const auto ran = run({"map", "replay", "public-security"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_NE(ran.out.find("2 cannot be read now and stay as they were read, first event 7: inbox/a.xml: "
                         "/root/GMSFHM: wrong check character [CITIZEN_ID_CHECK]\n"),
            std::string::npos)
      << ran.out;
}

TEST_F(AppTest, ARewindIsDoneOnlyWithApply) {
  auto ran = run({"source", "rewind", "public-security"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(asked_.what, "plan rewind");
  EXPECT_FALSE(asked_.to);
  EXPECT_THAT(ran.out, HasSubstr("3 events are read again\nnothing was changed: --apply does it"));
  ran = run({"source", "rewind", "public-security", "--to", "0", "--apply", "--json"});
  EXPECT_EQ(asked_.what, "rewind");
  EXPECT_EQ(asked_.to, 0);
  EXPECT_EQ(
      ran.json(),
      Json::parse(
          R"({"source": "public-security", "partition": "public-security", "from": 5, "to": 2, "start": 2,
    "end": 9, "repeated": 3, "lost": 0, "applied": true})"));
  ran = run({"source", "rewind", "public-security", "--checkpoint"});
  EXPECT_EQ(asked_.what, "plan forget");
  EXPECT_THAT(ran.out, HasSubstr("would be forgotten: checkpoint public-security#snapshot"));
  ran = run({"source", "rewind", "public-security", "--checkpoint", "--apply", "--json"});
  EXPECT_EQ(asked_.what, "forget");
  EXPECT_EQ(
      ran.json(),
      Json::parse(
          R"({"source": "public-security", "checkpoints": ["public-security", "public-security#snapshot"],
    "positions": ["inbox 17", "page 3"], "applied": true})"));
  ran = run({"source", "rewind", "public-security", "--complete-until", "2026-11-18"});
  EXPECT_EQ(asked_.what, "plan take back");
  EXPECT_THAT(ran.out, HasSubstr("nothing was changed: --apply --reason TEXT does it"));
  ran = run(
      {"source", "rewind", "public-security", "--complete-until", "2026-11-18", "--apply", "--reason", "x"});
  EXPECT_EQ(asked_.what, "take back");
}

TEST_F(AppTest, PositionsTellWhatIsStopped) {
  auto ran = run({"source", "positions", "--json"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.json(), Json::parse(
                            R"([{"source": "public-security", "partition": "public-security", 
          "start": 2, "end": 9, "processed": 5,
    "waiting": 4, "checkpoint": true, "stopped": null}])"));
  asked_.stopped = "its topic was made anew";
  ran = run({"source", "positions"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("its topic was made anew"));
}

TEST_F(AppTest, TheStatusTellsWhoOwnsWhat) {
  auto ran = run({"status"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("node a-1, log embedded, store sqlite"));
  EXPECT_THAT(ran.out, HasSubstr("STOPPED public-security: its topic was made anew"));
  EXPECT_THAT(ran.out, HasSubstr("notices: 4 written, 0 waiting for file, 1 waiting for kafka"));
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("public-security +a-1 +8\\.2 s"));
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("@night +nobody +-"));
  auto json = run({"status", "--json"}).json();
  EXPECT_EQ(
      json["leases"][0],
      Json::parse(R"({"name": "public-security", "owner": "a-1", "epoch": 7, "remaining_seconds": 8.25})"));
  EXPECT_EQ(json["leases"][1]["remaining_seconds"], 0);
  EXPECT_EQ(json["nodes"][1], Json::parse(R"({"name": "b-2", "seen_seconds_ago": 0.2})"));
  EXPECT_EQ(json["sinks"][1], Json::parse(R"({"name": "kafka", "delivered": 3, "waiting": 1})"));
  EXPECT_EQ(json["stopped"]["public-security"], "its topic was made anew");
}

TEST_F(AppTest, TopicsArePlannedThenApplied) {
  auto config = scratch_.write("kinhub.yaml", "log: { kafka: { brokers: '127.0.0.1:1' } }\n").string();
  auto ran = run({"topics", "plan", "--config", config});
  EXPECT_EQ(ran.code, 1) << ran.err;
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("kinhub.progress +missing +1 +3 +cleanup.policy=compact"));
  ran = run({"topics", "apply", "--config", config, "--json"});
  EXPECT_EQ(ran.code, 0);
  EXPECT_EQ(ran.json(),
            Json::parse(R"([{"name": "kinhub.progress", "state": "right", "partitions": 1, "replication": 3,
    "settings": {"cleanup.policy": "compact"}, "wrong": [], "done": "made"}])"));
  topics_[0].done.clear();
  topics_[0].state = "wrong";
  topics_[0].wrong = {{"retention.ms", "1000", "-1", "events would be gone before they are processed", true},
                      {"partitions", "2", "1", "the order would be lost", false}};
  ran = run({"topics", "plan", "--config", config});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.out, HasSubstr("kinhub.progress: retention.ms is 1000, needed -1: events would be gone "
                                 "before they are processed (kinhub topics apply mends it)"));
  EXPECT_THAT(ran.out, HasSubstr("(a person must mend it)"));
  EXPECT_EQ(run({"topics", "plan", "--config", config, "--json"}).json()[0]["wrong"][1]["can_mend"], false);
}

TEST_F(AppTest, ARewindShowsInTheBalance) {
  EXPECT_THAT(run({"balance"}).out, Not(HasSubstr("repeated")));
  balance_.sources["public-security"] = {5, 3, 1, 3, 0, 0, 4, 2};
  auto ran = run({"balance"});
  EXPECT_EQ(ran.code, 0) << "5 + 4 repeated = 3 + 1 + 3 + 2 lost";
  EXPECT_THAT(ran.out, ::testing::ContainsRegex("in flight +repeated +lost +residue"));
  EXPECT_EQ(run({"balance", "--json"}).json()["lost"], 2);
}

TEST_F(AppTest, CheckSaysWhatTheGroundLacks) {
  scratch_.folder("mappings/codes");
  ground_ = {
      {"TOPIC_MISSING", "the topic kinhub.progress is not there: kinhub topics apply", "kinhub.yaml:2:3"}};
  auto ran = run({"check", "--json"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_THAT(ran.err, HasSubstr("TOPIC_MISSING"));
  EXPECT_THAT(ran.json()["problems"].dump(), HasSubstr("TOPIC_MISSING"));
}

TEST_F(AppTest, ABrokenConfigurationIsJsonToo) {
  auto config = scratch_.write("kinhub.yaml", "dta: x\n").string();
  auto ran = run({"check", "--json", "--config", config});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.json()["config"], config);
  EXPECT_EQ(ran.json()["data"], nullptr);
  EXPECT_EQ(ran.json()["problems"][0]["code"], "CONFIG_KEY");
  EXPECT_EQ(ran.json()["problems"][0]["place"], config + ":1:1");
}

TEST_F(AppTest, FailpointsAreNamedByTestBuildsAlone) {
  auto ran = run({"failpoints"});
#ifdef KINHUB_FAILPOINTS
  EXPECT_EQ(ran.code, 0);
  EXPECT_THAT(ran.out, HasSubstr("batch.committed\n"));
#else
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("NO_FAILPOINTS"));
#endif
  EXPECT_THAT(run({"--help"}).out, Not(HasSubstr("failpoints")));
}

TEST_F(AppTest, ErrorsNeverShowTheWholeNumber) {
  auto ran = run({"family", "--of", "322228197503120247"});
  EXPECT_THAT(ran.err, Not(HasSubstr("197503120247")));
}

TEST_F(AppTest, WhatTheParserRepeatsIsMasked) {
  const std::string whole = "322228200005210171", name = "王试子";
  std::vector<std::vector<std::string>> wrongs;
  for (const auto& said : {whole, "x=" + whole, "@" + whole, name + whole, whole + "X", whole + whole,
                           std::string("13800138000"), name}) {
    wrongs.insert(wrongs.end(), {
                                    {said},
                                    {said, "--json"},
                                    {"lead", said},
                                    {"leads", said},
                                    {"status", said, said},
                                    {"night", "--only", said},
                                    {"demo", "--families", said},
                                    {"demo", "--seed", "s" + said},
                                    {"leads", "--state", said},
                                    {"leads", "--kind", said},
                                    {"leads", "--of", "P1", "--since", said},
                                    {"leads", "--" + said},
                                    {"leads", "--" + said + "=1"},
                                    {"leads", "--json=z" + said},
                                    {"leads", "--today", said},
                                    {"family", "--of", "P1", "--valid-at", said},
                                    {"family", "--of", "P1", "--known-at", said},
                                    {"family", "--of", "P1", said},
                                    {"entitlements", "--of", "P1", "--from", said},
                                    {"entitlements", "--of", "P1", "--until", said},
                                    {"explain", "--of", "P1", "--benefit", "b", "--on", said},
                                    {"explain", "--of", "P1", "--field", "name", "--known-at", said},
                                    {"source", "rewind", "public-security", "--to", "n" + said},
                                    {"quarantine", "show", "Q1", said},
                                });
  }
  for (const auto& arguments : wrongs) {
    auto ran = run(arguments);
    EXPECT_EQ(ran.code, 2) << arguments.front() << ran.err;
    EXPECT_THAT(ran.err, Not(HasSubstr("20000521"))) << ran.err;
    EXPECT_THAT(ran.err, Not(HasSubstr("1380013"))) << ran.err;
    EXPECT_THAT(ran.err, Not(HasSubstr("试"))) << ran.err;
    EXPECT_THAT(ran.out, IsEmpty());
  }
  EXPECT_EQ(
      run({"family", "--of", "P1", "--valid-at", whole}).err,
      "kinhub: --valid-at: '******************' is no day: write 2026-11-18\nkinhub: see 'kinhub --help'\n");
  EXPECT_THAT(run({"leads", "--today", "20261118064512"}).err, HasSubstr("'20261118064512' is no day"));
}

TEST_F(AppTest, ExitCodesTellWhatWasFound) {
  scratch_.write("in/a.xml", "<a/>");
  auto file = (scratch_.path() / "in").string();
  EXPECT_EQ(run({"ingest", "public-security", file}).code, 0);
  EXPECT_EQ(asked_.paths, 1U);
  EXPECT_EQ(run({"balance"}).code, 0);
  balance_.sources["public-security"].quarantined = 1;  // one more than was received
  EXPECT_EQ(run({"balance", "--json"}).code, 1);
  balance_.sources["hospital-his"].received = 1;  // hides it in the sum, not in the sources
  auto ran = run({"balance", "--json"});
  EXPECT_EQ(ran.code, 1);
  EXPECT_EQ(ran.json()["residue"], 0);
  EXPECT_EQ(ran.json()["sources"]["hospital-his"]["residue"], 1);
  EXPECT_EQ(run({"ingest", "public-security", file}).code, 1);
}

TEST_F(AppTest, TheDemoSaysWhatItMisses) {
  auto ran = run({"demo"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("kinhub-agencies"));
}

TEST_F(AppTest, AWhatIfThatCannotBeReportedIsNotComputedOrShownAllTheSame) {
  const auto file = scratch_.write("file", "").string();
  auto ran = run({"policy", "what-if", "new.yaml", "--report", file + "/out"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_EQ(asked_.what, "") << "it is known before everybody is gone through";
  // A folder that takes files, but not this one.
  scratch_.folder("out/what-if.csv/taken");
  ran = run({"policy", "what-if", "new.yaml", "--report", (scratch_.path() / "out").string()});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.out, HasSubstr("nothing was changed"));
  EXPECT_THAT(ran.err, HasSubstr("what-if.csv"));
  const auto fresh = scratch_.path() / "a/b";
  EXPECT_EQ(run({"policy", "what-if", "new.yaml", "--report", fresh.string()}).code, 0);
  EXPECT_TRUE(std::filesystem::exists(fresh / "what-if.json"));
  EXPECT_FALSE(std::filesystem::exists(fresh / "what-if.probe"));
}

TEST_F(AppTest, BrokenSurroundingsExitWithThree) {
  parts_.open_hub = [](const DeskOptions&) -> std::unique_ptr<GuardedDesk> {
    throw std::runtime_error("disk full");
  };
  auto ran = run({"leads"});
  EXPECT_EQ(ran.code, 3);
  EXPECT_EQ(ran.err, "kinhub: disk full\n");
  auto config = scratch_.write("kinhub.yaml", "dta: x\nsorces: y\n");
  ran = run({"leads", "--config", config.string()});
  EXPECT_EQ(ran.code, 3);
  EXPECT_THAT(ran.err, HasSubstr("kinhub.yaml:1:1"));
  EXPECT_THAT(ran.err, HasSubstr("kinhub.yaml:2:1"));
  EXPECT_EQ(run({"check", "--config", config.string()}).code, 1);
  EXPECT_EQ(run({"--config", config.string(), "check"}).code, 1);
  EXPECT_EQ(run({"leads", "--config", "/nowhere.yaml"}).code, 3);
}

TEST_F(AppTest, EveryCommandHasHelpWithExamples) {
  EXPECT_THAT(run({"--help"}).out, HasSubstr("entitlements"));
  EXPECT_THAT(run({"--version"}).out, HasSubstr("kinhub 0."));
  for (const auto& command : std::vector<std::vector<std::string>>{{"run"},
                                                                   {"demo"},
                                                                   {"check"},
                                                                   {"ingest"},
                                                                   {"night"},
                                                                   {"leads"},
                                                                   {"lead", "show"},
                                                                   {"lead", "confirm"},
                                                                   {"lead", "dismiss"},
                                                                   {"family"},
                                                                   {"entitlements"},
                                                                   {"explain"},
                                                                   {"quarantine", "list"},
                                                                   {"quarantine", "show"},
                                                                   {"quarantine", "replay"},
                                                                   {"quarantine", "discard"},
                                                                   {"source", "list"},
                                                                   {"source", "positions"},
                                                                   {"source", "rewind"},
                                                                   {"topics", "plan"},
                                                                   {"topics", "apply"},
                                                                   {"map", "check"},
                                                                   {"map", "test"},
                                                                   {"policy", "check"},
                                                                   {"policy", "test"},
                                                                   {"care", "services"},
                                                                   {"report"},
                                                                   {"worklist"},
                                                                   {"archive", "list"},
                                                                   {"archive", "show"},
                                                                   {"balance"},
                                                                   {"status"}}) {
    auto arguments = command;
    arguments.push_back("--help");
    auto ran = run(arguments);
    EXPECT_EQ(ran.code, 0);
    EXPECT_THAT(ran.out, HasSubstr("Examples:\n  kinhub " + command[0])) << ran.out;
  }
}

TEST_F(AppTest, TheConnectorHostGetsItsArgumentsUntouched) {
  EXPECT_EQ(run({"connector-host", "--fd", "3", "--json"}).code, 0);
  EXPECT_THAT(hosted_, ElementsAre("--fd", "3", "--json"));
  EXPECT_THAT(run({"--help"}).out, Not(HasSubstr("connector-host")));
}

TEST_F(AppTest, EveryJsonIsOneDocument) {
  scratch_.write("in/a.xml", "<a/>");
  for (const auto& command :
       std::vector<std::vector<std::string>>{{"leads"},
                                             {"lead", "show", "L1"},
                                             {"family", "--of", "P1"},
                                             {"entitlements", "--of", "P1"},
                                             {"explain", "--of", "P1", "--benefit", "b"},
                                             {"explain", "--of", "P1", "--field", "parents"},
                                             {"quarantine", "list"},
                                             {"quarantine", "show", "Q1"},
                                             {"quarantine", "replay", "--all"},
                                             {"source", "list"},
                                             {"balance"},
                                             {"status"},
                                             {"source", "positions"},
                                             {"source", "rewind", "public-security"},
                                             {"source", "rewind", "public-security", "--checkpoint"},
                                             {"night"},
                                             {"ingest", "public-security", (scratch_.path() / "in").string()},
                                             {"check"},
                                             {"map", "check"},
                                             {"policy", "check", scratch_.path().string()}}) {
    auto arguments = command;
    arguments.push_back("--json");
    auto ran = run(arguments);
    EXPECT_TRUE(Json::accept(ran.out)) << command[0] << ran.out << ran.err;
    EXPECT_EQ(ran.out.back(), '\n');
  }
}

TEST_F(AppTest, TheOriginOfAFieldHasTheFieldsOthersBuildOn) {
  const std::string word = R"({"source": "public-security", "key": "**********************", "fact": "birth",
      "on": "2026-11-15", "received_at": "2026-11-21T12:00:00+08:00", "sequence": 41,
      "value": "mother", "name": "李*女", "number": "******************", "mapping": "public_security/birth",
      "line": 12, "raw": [{"place": "/root/body/RECORD/MQ_GMSFHM", "text": null}], "lost": )";
  EXPECT_EQ(run({"explain", "--of", "P1", "--field", "parents", "--json"}).json(),
            Json::parse(
                R"({"field": "parents",
      "person": {"ref": "P1", "name": "王*男", "citizen_id": "******************"},
      "settled": [{"value": "mother", "name": "李*女", "number": "******************",
                   "known_since": "2026-11-21T12:00:00+08:00", "dispute": null, "by": [)" +
                word + R"(null}]}], "lost": [)" + word +
                R"("its source tells it no more",
      "untold": {"sequence": 57, "mapping": "public_security/resident", "line": 24}}]})"));
  EXPECT_THAT(run({"explain", "--of", "P1", "--field", "parents"}).out,
              HasSubstr("    no longer told since event 57, by public_security/resident.yaml:24\n"));
  EXPECT_EQ(asked_.what, "origin parents");
  EXPECT_EQ(run({"explain", "--of", "P1", "--field", "parents", "--known-at", "2026-01-01"}).code, 0);
  EXPECT_EQ(asked_.what, "origin parents then");
  EXPECT_EQ(run({"explain", "--of", "P1"}).code, 2) << "neither of the two";
  EXPECT_EQ(run({"explain", "--of", "P1", "--field", "died", "--benefit", "b"}).code, 2) << "both";
}

/// A variable of the environment for a while.
class Environment {
 public:
  Environment(const char* name, const char* value) : name_(name) {
    if (const char* was = std::getenv(name)) was_ = was;
    ::setenv(name, value, 1);
  }
  ~Environment() { was_ ? ::setenv(name_, was_->c_str(), 1) : ::unsetenv(name_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

 private:
  const char* name_;
  std::optional<std::string> was_;
};

TEST_F(AppTest, SpeaksTheLanguageThatIsAskedForElseThatOfTheLocaleElseChinese) {
  const Environment all("LC_ALL", ""), messages("LC_MESSAGES", "");
  const auto english = AllOf(HasSubstr("benefit"), HasSubstr("open"), Not(HasSubstr("待遇")));
  const auto chinese = AllOf(HasSubstr("待遇"), HasSubstr("待处理"), Not(HasSubstr("benefit")));
  {
    const Environment lang("LANG", "");
    EXPECT_THAT(run({"leads"}).out, chinese);
    EXPECT_THAT(run({"leads", "--lang", "en"}).out, english);
  }
  {
    const Environment lang("LANG", "en_US.UTF-8");
    EXPECT_THAT(run({"leads"}).out, english);
    EXPECT_THAT(run({"leads", "--lang", "zh"}).out, chinese);
    const Environment stronger("LC_ALL", "zh_CN.UTF-8");
    EXPECT_THAT(run({"leads"}).out, chinese);
  }
  {
    const Environment lang("LANG", "C.UTF-8");
    EXPECT_THAT(run({"lead", "show", "L1"}).out, AllOf(HasSubstr("原因"), Not(HasSubstr("because"))));
    EXPECT_THAT(run({"lead", "show", "L1", "--lang", "en"}).out, HasSubstr("because"));
  }
  EXPECT_EQ(run({"leads", "--lang", "de"}).code, 2);
  EXPECT_EQ(run({"leads", "--json", "--lang", "en"}).out, run({"leads", "--json", "--lang", "zh"}).out);
}

TEST_F(AppTest, EntitlementsHaveTheFieldsOthersBuildOn) {
  EXPECT_EQ(run({"entitlements", "--of", "P1", "--json"}).json(),
            Json::parse(
                R"([{"benefit": "national-special-assistance/death",
    "person": {"ref": "P1", "name": null, "citizen_id": null},
    "from": "2026-11-01", "until": "2027-01-01", "amount": {"fen": 59000, "per": "month"},
    "certainty": "sure", "pending": [],
    "clause": "", "starts_because": null, "ends_because": null,
    "starts": {"zh": "", "en": ""}, "ends": null},
   {"benefit": "national-special-assistance/death",
    "person": {"ref": "P1", "name": null, "citizen_id": null},
    "from": "2012-05-05", "until": "2018-08-01", "amount": null,
    "certainty": "pending", "pending": ["amount"],
    "clause": "", "starts_because": null, "ends_because": null,
    "starts": {"zh": "2012年5月5日子女死亡", "en": "death of a child on 2012-05-05"}, "ends": null}])"));
  EXPECT_THAT(run({"entitlements", "--of", "P1", "--lang", "en"}).out,
              AllOf(HasSubstr("-                 pending (a sum that the document does not state)"),
                    HasSubstr("death of a child on 2012-05-05"), Not(HasSubstr("子女"))));
  EXPECT_THAT(run({"entitlements", "--of", "P1", "--lang", "zh"}).out,
              AllOf(HasSubstr("待定（文件没有写明的金额）"), HasSubstr("2012年5月5日子女死亡"),
                    HasSubstr("每月590元"), Not(HasSubstr("pending"))));
  EXPECT_EQ(
      run({"quarantine", "list", "--json"}).json(),
      Json::parse(
          R"([{"id": "Q1", "source": "hospital-his", "key": "******************", "code": "CITIZEN_ID_CHECK",
    "place": "PID-3.1", "reason": "wrong check character", 
    "received_at": "2026-11-21T12:00:00+08:00", "attempts": 1, "bytes": 249}])"));
}

}  // namespace
}  // namespace kinhub::cli
