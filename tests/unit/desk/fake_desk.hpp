#pragma once
// A desk without a hub, for tests of the guard: two people in two towns, and a count of what reached it.

#include <algorithm>
#include <string>
#include <vector>

#include "hub/desk/audit_trail.hpp"
#include "hub/desk/desk.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub {

inline constexpr const char* number_of_wang = "322228197503120246";
inline constexpr const char* number_of_zhou = "322228197802280928";

/// Payment lists of county 370306, with one line: 王试男, held at bank A.
class FakePayments final : public Payments {
 public:
  static PaymentListView a_list() {
    PaymentListView view;
    view.list.list_no = "TF-370306-2026Q3-01", view.list.region = "370306", view.list.period_name = "2026Q3";
    PaymentLine line;
    line.line_no = 1, line.ref = "P1", line.name = "王试男", line.number = number_of_wang;
    line.account = {"A", "6222003222280031", "王试男", {}, 0};
    view.list.lines = {line};
    view.list.stopped = {{{}, "P2", "周试女", "", 1, {}}};
    return view;
  }
  Result<PaymentListView> draft(const ListRequest&) override { return a_list(); }
  Result<PaymentListView> check(const ListRequest& request) override {
    auto view = a_list();
    view.signatures = {{SignedAs::made, request.by, request.account, 1}};
    return view;
  }
  Result<PaymentListView> review(const SignRequest&) override { return a_list(); }
  Result<PaymentListView> close(const SignRequest&) override { return a_list(); }
  Result<BankFilesView> send(const std::string& list_no) override {
    return BankFilesView{list_no, {{"A", "FK.csv", "6222003222280031", 1, 100}}};
  }
  Result<ReturnsView> returns(const std::string&, const std::string&) override { return ReturnsView{}; }
  Result<ReturnsView> accept(const AcceptRequest&) override { return ReturnsView{}; }
  std::vector<PaymentSummary> lists() override { return {}; }
  Result<PaymentListView> show(const std::string&) override { return a_list(); }
  std::vector<OverpaidView> overpaid() override {
    OverpaidView view;
    view.id = "O1", view.name = "王试男", view.entry.ref = "P1";
    return {view};
  }
  Result<OverpaidView> settle_overpaid(const LedgerRequest&) override { return overpaid().front(); }
  Result<ImportedView> import(const std::string&, const std::string&) override { return ImportedView{}; }
};

/// Accounts on a store of their own: zhang, who has a password, and an opening O1 of the account 7.
struct FakeAccounts {
  static constexpr const char* password = "correct horse battery";
  static constexpr PasswordCost cost{64, 1, 1};

  explicit FakeAccounts(const Clock& with, AccountRules of = {}) : clock(with), rules(of) {
    make("zhang", {{"case-worker"}, {"lead.countersign"}, {}});
    open_o1();
  }
  /// Opens it, also after it was closed.
  void open_o1() const {
    auto writing = store->begin(Store::For::writing);
    put(writing->accounts(), keys,
        OpeningSlip{"O1", 7, clock.now_us() + opening_life_us, "", {"P1"}, "verify", "入户核实"});
    writing->commit();
  }
  /// Has the account 8 propose a decision on L1, also after it was decided. Returns the id of the proposal.
  std::string proposed() const {
    auto writing = store->begin(Store::For::writing);
    put(writing->accounts(), keys, ProposalSlip{"L1", 8, 1, 2, 7, true, "li", "adopted", "收养已核实", ""});
    const std::string lead = "L1";
    const auto id = find_proposals(writing->accounts(), keys, {&lead, 1}).at(0).id;
    writing->commit();
    return id;
  }
  AccountBook book() const { return {*store, keys, clock, rules, cost}; }
  void make(const std::string& name, const Grants& grants) const {
    auto all = book();
    all.add(name, grants).value();
    all.set_password(all.activate(name).value().secret, password).value();
  }

  const Clock& clock;
  AccountRules rules;
  Scratch scratch;
  Keyring keys = Keyring::from_passphrase("accounts");
  std::unique_ptr<Store> store = SqliteStore::open(scratch.path() / "kinhub.db", keys);
};

/// P1 王试男 with lead L1, entry E1 and pair I1 in town 370306001; P2 周试女 with L2, E2 and I2 in 370306002.
class FakeDesk final : public Desk {
 public:
  /// `accounts`: a decision on L1 that the account 8 proposed waits for a second person there.
  explicit FakeDesk(int& reached, bool throws = false, const FakeAccounts* accounts = nullptr)
      : reached_(reached), throws_(throws), accounts_(accounts) {
    if (accounts_ == nullptr) return;
    book_.emplace(accounts_->book());
    proposal = accounts_->proposed();
  }

  static PersonView person(int which) {
    return which == 1 ? PersonView{"P1", "王试男", number_of_wang}
                      : PersonView{"P2", "周试女", number_of_zhou};
  }
  static LeadView a_lead(int which) {
    LeadView lead;
    lead.id = "L" + std::to_string(which), lead.person = person(which), lead.kind = kind;
    lead.area = "37030600" + std::to_string(which), lead.revision = 7;
    lead.evidence = {{"public-security", std::string(number_of_wang) + "|1", "death", "2026-11-15", 0, 1}};
    lead.decisions = {{"confirmed", "王试男告知", "zhang", 1}};
    return lead;
  }

  std::optional<Found> find(const Named& named) override {
    std::string text;
    if (const auto* lead = std::get_if<LeadName>(&named)) text = lead->id;
    if (const auto* entry = std::get_if<EntryName>(&named)) text = entry->id;
    if (const auto* pair = std::get_if<PairName>(&named)) text = pair->id;
    if (const auto* list = std::get_if<ListName>(&named)) return Found{list->number, {list->region}};
    if (const auto* archive = std::get_if<ArchiveName>(&named)) text = "A" + archive->number.substr(9, 1);
    if (const auto* name = std::get_if<PersonName>(&named)) {
      const auto* reference = std::get_if<std::string>(name);
      text = reference                                                 ? *reference
             : std::get<CitizenNumber>(*name).text() == number_of_wang ? "P1"
             : std::get<CitizenNumber>(*name).text() == number_of_zhou ? "P2"
                                                                       : "";
    }
    if (text.size() != 2 || (text[1] != '1' && text[1] != '2')) return std::nullopt;
    return Found{text, {std::string("37030600") + text[1]}};
  }

  void run(std::stop_token) override { reach(); }
  Result<IngestView> ingest(const SourceConfig&, const std::vector<std::filesystem::path>&,
                            const OnProgress&) override {
    return reach(), IngestView{};
  }
  Result<NightView> night_scan(Date today, Round, const OnProgress&) override {
    return reach(), NightView{today, 0, {}, {}};
  }
  Result<std::vector<LeadView>> leads(const LeadFilter&) override {
    return reach(), std::vector{a_lead(1), a_lead(2)};
  }
  Result<Page<LeadView>> lead_page(const LeadFilter&, const PageRequest& page) override {
    reach();
    Page<LeadView> found{{}, page.after + 1, page.after + 1 < 2};
    found.items.push_back(a_lead(static_cast<int>(page.after) + 1));
    return found;
  }
  LeadCountsView lead_counts(const Scope&) override { return reach(), LeadCountsView{}; }
  Result<LeadView> lead(const std::string& id, std::optional<std::int64_t>) override {
    reach();
    if (!find(LeadName{id}))
      return Error{"NO_SUCH_LEAD", "there is no lead of this id: kinhub leads lists them", id};
    auto lead = a_lead(id.at(1) - '0');
    if (accounts_ != nullptr && id == "L1")
      lead.proposed =
          ProposalView{"li", "confirm", "adopted", "收养已核实", 1, 2, 7, 8, accounts_->proposed()};
    return lead;
  }
  Result<LeadTimelineView> lead_timeline(const std::string& id, Interval) override {
    return reach(), LeadTimelineView{id, 7, {}, {}, {}};
  }
  Result<ExplanationView> lead_explain(const std::string&, Date) override {
    return reach(), ExplanationView{};
  }
  Result<LeadView> decide(const LeadDecision& decision, const Beside& beside) override {
    reach();
    if (decision.seen_revision != 7) return Error{"CHANGED", "look at it again", decision.id};
    decided_by = decision.by + ": " + decision.reason;
    return with(a_lead(decision.id.at(1) - '0'), "confirmed", beside);
  }
  Result<LeadView> propose(const ProposalSlip& proposal, const Beside& beside) override {
    reach();
    auto lead = a_lead(proposal.lead.at(1) - '0');
    lead.proposed = ProposalView{proposal.by, "confirm", "", {}, 1, 2, 7, proposal.account, "V2"};
    return with(lead, "open", beside);
  }
  Result<LeadView> drop_proposal(const std::string& lead, const std::string&, const Beside& beside) override {
    return reach(), with(a_lead(lead.at(1) - '0'), "open", beside);
  }
  Result<LeadView> assign(const AssigneeSlip& assignee, const std::optional<std::string>& was) override {
    reach();
    if (was && *was != "there") return Error{"CHANGED", "it is somebody else's by now", assignee.lead};
    auto lead = a_lead(assignee.lead.at(1) - '0');
    lead.assignee = assignee.name;
    return lead;
  }
  Result<LeadHistoryView> lead_history(const std::string& id) override {
    return reach(), LeadHistoryView{id, {{1, "opened", "", "open", "new", 7, ""}}};
  }
  std::vector<FoundPersonView> find_persons(const PersonName& name) override {
    reach();
    const auto found = find(Named(name));
    if (!found) return {};
    return {{person(found->ref == "P1" ? 1 : 2), found->areas.at(0)}};
  }
  AccountRules account_rules() const override {
    return accounts_ == nullptr ? AccountRules() : accounts_->rules;
  }
  AccountBook& accounts() override {
    reach();
    return book_.value();
  }

  Result<std::vector<FamilyView>> families(const PersonName&, std::optional<Date>,
                                           std::optional<std::int64_t>) override {
    reach();
    FamilyView family{"F1", {}, {}, {}};
    family.members.push_back({person(1), "male", "1975-03-12", {}, {}, {}, {}});
    return std::vector{family};
  }
  Result<FamilyChangesView> family_changes(const PersonName&, std::int64_t, std::int64_t) override {
    return reach(), FamilyChangesView{};
  }
  Result<std::vector<EntitlementView>> entitlements(const PersonName&, Interval,
                                                    std::optional<std::int64_t>) override {
    return reach(), std::vector<EntitlementView>{};
  }
  Result<ExplanationView> explain(const PersonName&, const std::string&, Date,
                                  std::optional<std::int64_t>) override {
    return reach(), ExplanationView{};
  }
  Result<FieldOriginView> origin(const PersonName&, const std::string&,
                                 std::optional<std::int64_t>) override {
    return reach(), FieldOriginView{};
  }
  Result<std::vector<QuarantineView>> quarantine(const QuarantineFilter&) override {
    return reach(), std::vector<QuarantineView>{};
  }
  Result<Page<QuarantineView>> quarantine_page(const QuarantineFilter&, const PageRequest&) override {
    return reach(), Page<QuarantineView>{};
  }
  Result<QuarantineView> quarantined(const std::string& id) override {
    reach();
    if (id == "404") return Error{"NO_SUCH_EVENT", "there is no such event in quarantine", id};
    QuarantineView row;
    row.id = id, row.key = number_of_wang, row.body = "PID|王试男", row.place = "a_3222****0246.xml";
    return row;
  }
  Result<ReplayView> replay(const QuarantineFilter&) override { return reach(), ReplayView{}; }
  Result<DiscardView> discard(const std::vector<std::string>&, const std::string&) override {
    return reach(), DiscardView{};
  }
  Result<EventTraceView> event_trace(const std::string& source, std::int64_t sequence) override {
    reach();
    TracedField field;
    field.field = "person.name", field.value = "王试男", field.shows = TracedField::Shows::name;
    field.raw = {{"PID-5", "王试男"}};
    TracedRecord record;
    record.rules = {{"death", 7, TracedRule::Applies::yes, {field}}};
    return EventTraceView{source, sequence, 0, {"a.hl7", "mapped", {}, {record}}};
  }
  Result<RemapView> remap(const RemapQuestion&, Apply, const OnProgress&) override {
    return reach(), RemapView{};
  }
  std::variant<CareAnswer, std::vector<Error>> care_add(const CareRequest&, const OnProgress&) override {
    return reach(), CareAnswer{};
  }
  std::variant<CareAnswer, std::vector<Error>> care_retract(const std::string&, const CareRequest&,
                                                            const OnProgress&) override {
    return reach(), CareAnswer{};
  }
  Result<std::vector<CareEntryView>> care_entries(const PersonName&) override {
    return reach(), std::vector<CareEntryView>{};
  }
  Result<ReportView> report(const ReportRequest& request) override {
    reach();
    ReportView view;
    view.report.name = request.name;
    view.report.tables = {{"members",
                           "",
                           {{"name", "姓名", "", Privacy::name}, {"number", "身份证号", "", Privacy::number}},
                           {{{std::string("王试男"), std::string(number_of_wang)}, false, "P1"}}}};
    view.report.checks = {{report::Check::State::amber, "F7", "应退档 1 户：320812-901-2013-00001"}};
    return view;
  }
  Result<IssuedView> issue_report(const IssueRequest& request) override {
    auto view = issued_report(request.report.name + ".370306.2026Q3.2");
    view->row.by = request.by;
    return view;
  }
  Result<std::vector<IssuedRowView>> issued_reports(const std::string&) override {
    return reach(), std::vector{IssuedRowView{}};
  }
  Result<IssuedView> issued_report(const std::string& number) override {
    IssuedView view;
    view.report = *report({number.substr(0, number.find('.')), "370306", {}, {}});
    view.row.number = number, view.row.reason = std::string("见 ") + number_of_wang;
    view.differences = {{"名单", "P1", "姓名", "王试楠", "王试男", Privacy::name}};
    return view;
  }
  Result<IssuedView> withdraw_report(const std::string& number, const std::string&,
                                     const std::string&) override {
    return issued_report(number);
  }
  Result<WorklistView> worklist(const std::string& region, Date on) override {
    reach();
    WorklistView view{region, on, {}};
    view.lines.push_back(
        {"逾期", "S02", "每月沟通", "370306-001-2023-00001", "2026-09", person(1), on, 1, false});
    return view;
  }
  Result<std::vector<ArchiveRowView>> archives(const std::string&, bool) override {
    reach();
    return std::vector{ArchiveRowView{
        "370306-001-2023-00001", person(1), "open", Date(2023, 1, 1), {}, "370306001", "失独", 1}};
  }
  Result<ArchiveView> archive(const std::string&) override {
    reach();
    ArchiveView view;
    view.row.cover = person(1);
    view.members.push_back({person(1), "失独", "370306001", true, false, false});
    view.helpers.push_back({"village_cadre", "王试干", "试村", {}});
    view.events.push_back({Date(2026, 3, 1), "moved", "试村", "370306001", "随其女王试女迁居"});
    view.acts.push_back({Date(2026, 3, 2), "S02", "visit", "王试干、周试工", true, 0});
    return view;
  }
  EvidenceRulesView evidence() override { return reach(), EvidenceRulesView{}; }
  Result<AsDecidedView> as_decided(const std::string& id) override {
    reach();
    AsDecidedView view;
    view.lead = id, view.person = person(id == "L2" ? 2 : 1), view.reason = "王试男告知";
    return view;
  }
  Result<AgreementView> agreement(const AgreementQuestion&, std::stop_token, const OnProgress&) override {
    reach();
    AgreementView view;
    auto& one = view.differences.emplace_back();
    one.person = person(1);
    one.key = number_of_wang, one.says.name = "王试男", one.settled.number = number_of_wang;
    return view;
  }
  std::variant<WhatIfView, std::vector<Error>> what_if(const WhatIfQuestion&, std::stop_token,
                                                       const OnProgress&) override {
    WhatIfView view;
    view.samples = {{person(1), "b", "more", 0, 1, {}, {}, {}, {}, {}}};
    return reach(), view;
  }
  std::variant<EvidenceComparisonView, std::vector<Error>> evidence_compare(const std::filesystem::path&,
                                                                            const OnProgress&) override {
    return reach(), EvidenceComparisonView{};
  }
  std::variant<EvidenceAdoptedView, std::vector<Error>> evidence_adopt(const std::filesystem::path&,
                                                                       const std::string&, const std::string&,
                                                                       const OnProgress&) override {
    return reach(), EvidenceAdoptedView{};
  }
  Result<IdentityScanView> identity_scan(Date today, Apply, const OnProgress&) override {
    return reach(), IdentityScanView{today, false, {}};
  }
  IdentityQueueView identity_queue(const IdentityFilter&) override { return reach(), IdentityQueueView{}; }
  Result<IdentityPairView> identity_pair(const std::string&) override { return reach(), IdentityPairView{}; }
  std::variant<IdentityAnswer, std::vector<Error>> identity_answer(const IdentityRequest&,
                                                                   const OnProgress&) override {
    return reach(), IdentityAnswer{};
  }
  Result<reconcile::RunRecord> reconcile(const ReconcileQuestion&, const OnProgress&) override {
    return reach(), reconcile::RunRecord{};
  }
  std::vector<reconcile::RunRecord> reconcile_runs(const std::string&) override {
    return reach(), std::vector<reconcile::RunRecord>{};
  }
  Result<ReconcileView> reconcile_run(std::int64_t) override { return reach(), ReconcileView{}; }
  std::vector<SourceSummary> sources() override { return reach(), std::vector<SourceSummary>{}; }
  std::vector<PositionState> positions() override { return reach(), std::vector<PositionState>{}; }
  Result<RewindView> rewind(const std::string&, std::optional<std::int64_t>, Apply) override {
    return reach(), RewindView{};
  }
  Result<CheckpointView> forget_checkpoint(const std::string&, Apply) override {
    return reach(), CheckpointView{};
  }
  Result<CoverageView> take_back(const std::string&, std::int64_t, Apply) override {
    return reach(), CoverageView{};
  }
  Payments& payments() override {
    reach();
    return payments_;
  }
  NoticesView notices(std::int64_t, std::size_t) override { return reach(), NoticesView{}; }
  Balance balance() override { return reach(), Balance{}; }
  HubState status() override { return reach(), HubState{}; }

  static inline std::string decided_by;  ///< the last decision: by whom and why
  static inline std::string kind;        ///< of the leads
  static inline std::string proposal;    ///< on L1: its id

 private:
  FakePayments payments_;
  LeadView with(LeadView lead, const char* state, const Beside& beside) const {
    lead.state = state;
    if (beside && accounts_ != nullptr) {
      auto writing = accounts_->store->begin(Store::For::writing);
      beside(*writing, accounts_->keys, lead);
      writing->commit();
    }
    return lead;
  }
  void reach() {
    ++reached_;
    if (throws_) throw std::runtime_error("the store is away");
  }
  int& reached_;
  const bool throws_;
  const FakeAccounts* accounts_;
  std::optional<AccountBook> book_;
};

/// A trail that remembers; it may be away from an entry on.
class FakeTrail final : public AuditTrail {
 public:
  std::int64_t append(const std::vector<AuditEntry>& entries) override {
    if (told.size() >= room) throw AuditAway("the disk is full");
    const auto first = static_cast<std::int64_t>(told.size());
    told.insert(told.end(), entries.begin(), entries.end());
    return first;
  }
  std::vector<std::string> newest(std::int64_t before, std::size_t count_max) override {
    std::vector<std::string> found;
    for (auto n = std::min(before, static_cast<std::int64_t>(lines.size()));
         n > 0 && found.size() < count_max; --n)
      found.push_back(lines[static_cast<std::size_t>(n) - 1]);
    return found;
  }
  std::vector<std::string> lines;  ///< as written, the oldest first
  std::vector<AuditEntry> told;
  std::size_t room = 1000;
};

}  // namespace kinhub
