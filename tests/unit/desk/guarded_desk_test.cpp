// The guard: every role with every operation, areas, reasons, openings, revisions, and the trail of each.

#include "hub/desk/guarded_desk.hpp"

#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>

#include "hub/desk/json.hpp"
#include "hub/desk/operations.hpp"
#include "tests/places/places.hpp"
#include "tests/unit/desk/fake_desk.hpp"

namespace kinhub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Outcome = AuditEntry::Outcome;

constexpr std::int64_t noon_us = 1795233600LL * 1'000'000;

Caller somebody(Rights rights, Scope scope = {true, {}}) {
  return {"A7f3kq2mzx9c4d",
          rights,
          std::move(scope),
          Channel::api,
          "s3cr3t-session",
          "10.20.0.9",
          "",
          {},
          "wang",
          true,
          7};
}
Scope town(const char* code) {
  return {false, {Area::read(code).value()}};
}

/// What an operation answered: the code of its error; empty: it was done.
using Call = std::function<std::string(GuardedDesk&, const Caller&)>;

template <class View>
std::string code_of(const Result<View>& answer) {
  return answer ? "" : answer.error().code;
}
template <class View>
std::string code_of(const std::variant<View, std::vector<Error>>& answer) {
  const auto* errors = std::get_if<std::vector<Error>>(&answer);
  return errors ? errors->front().code : "";
}

const OnProgress quietly = [](std::string_view) {};
const PersonName wang = std::string("P1");
const std::string a_list = "TF-370306-2026Q3-01";

CareRequest a_care_request() {
  CareRequest request;
  request.of = wang, request.why = "走访";
  return request;
}

/// Each operation with a request of P1 that nothing but a right is missing for.
const std::map<std::string, Call>& calls() {
  static const std::map<std::string, Call> all = {
      {"hub.run", [](auto& desk, auto& who) { return code_of(desk.run(who, {})); }},
      {"source.ingest", [](auto& desk, auto& who) { return code_of(desk.ingest(who, {}, {}, quietly)); }},
      {"reconcile.run", [](auto& desk, auto& who) { return code_of(desk.reconcile(who, {}, quietly)); }},
      {"reconcile.list", [](auto& desk, auto& who) { return code_of(desk.reconcile_runs(who, "")); }},
      {"reconcile.show", [](auto& desk, auto& who) { return code_of(desk.reconcile_run(who, 1)); }},
      {"night.run",
       [](auto& desk, auto& who) {
         return code_of(desk.night_scan(who, Date(2026, 11, 21), NightRound::all, quietly));
       }},
      {"lead.list", [](auto& desk, auto& who) { return code_of(desk.leads(who, {})); }},
      {"lead.count", [](auto& desk, auto& who) { return code_of(desk.lead_counts(who)); }},
      {"lead.show", [](auto& desk, auto& who) { return code_of(desk.lead(who, "L1", {})); }},
      {"lead.timeline", [](auto& desk, auto& who) { return code_of(desk.lead_timeline(who, "L1", {})); }},
      {"lead.explain",
       [](auto& desk, auto& who) { return code_of(desk.lead_explain(who, "L1", Date(2026, 11, 21))); }},
      {"lead.decide",
       [](auto& desk, auto& who) {
         return code_of(desk.decide(who, {"L1", Verdict::confirm, 7, "已核实", "zhang"}));
       }},
      {"lead.countersign",
       [](auto& desk, auto& who) {
         return code_of(desk.countersign(who, {"L1", true, 7, "同意", FakeDesk::proposal}));
       }},
      {"lead.withdraw",
       [](auto& desk, auto& who) {
         auto proposer = who;
         proposer.account_id = 8;
         return code_of(desk.withdraw(proposer, {"L1", 7, FakeDesk::proposal}));
       }},
      {"lead.assign", [](auto& desk, auto& who) { return code_of(desk.assign(who, "L1", "")); }},
      {"lead.history", [](auto& desk, auto& who) { return code_of(desk.lead_history(who, "L1")); }},
      {"record.find", [](auto& desk, auto& who) { return code_of(desk.find_persons(who, wang)); }},
      {"record.open",
       [](auto& desk, auto& who) {
         return code_of(desk.open_records(who, {{"P1"}, "verify", "入户核实"}));
       }},
      {"record.close", [](auto& desk, auto& who) { return code_of(desk.close_opening(who, "O1")); }},
      {"record.openings", [](auto& desk, auto& who) { return code_of(desk.openings(who)); }},
      {"account.list", [](auto& desk, auto& who) { return code_of(desk.accounts(who)); }},
      {"account.add",
       [](auto& desk, auto& who) {
         return code_of(desk.account_add(who, {"li", {"viewer"}, {}, {}}));
       }},
      {"account.grant",
       [](auto& desk, auto& who) {
         return code_of(desk.account_grant(who, {"zhang", {"viewer"}, {}, {}}));
       }},
      {"account.lock", [](auto& desk, auto& who) { return code_of(desk.account_lock(who, "zhang")); }},
      {"account.activate",
       [](auto& desk, auto& who) { return code_of(desk.account_activate(who, "zhang")); }},
      {"audit.list", [](auto& desk, auto& who) { return code_of(desk.audit(who, {})); }},
      {"family.show", [](auto& desk, auto& who) { return code_of(desk.families(who, wang, {}, {})); }},
      {"family.changes", [](auto& desk, auto& who) { return code_of(desk.family_changes(who, wang, 0, 1)); }},
      {"record.entitlements",
       [](auto& desk, auto& who) { return code_of(desk.entitlements(who, wang, {}, {})); }},
      {"record.explain",
       [](auto& desk, auto& who) { return code_of(desk.explain(who, wang, "b", Date(2026, 11, 21), {})); }},
      {"record.origin", [](auto& desk, auto& who) { return code_of(desk.origin(who, wang, "born", {})); }},
      {"quarantine.list", [](auto& desk, auto& who) { return code_of(desk.quarantine(who, {})); }},
      {"quarantine.show", [](auto& desk, auto& who) { return code_of(desk.quarantined(who, "42")); }},
      {"quarantine.replay", [](auto& desk, auto& who) { return code_of(desk.replay(who, {})); }},
      {"quarantine.discard",
       [](auto& desk, auto& who) { return code_of(desk.discard(who, {"42"}, "测试报文")); }},
      {"message.explain", [](auto& desk, auto& who) { return code_of(desk.event_trace(who, "police", 42)); }},
      {"message.remap",
       [](auto& desk, auto& who) {
         return code_of(desk.remap(who, {"police", "", {}, "zhang", "取错字段"}, Apply::yes, quietly));
       }},
      {"care.add",
       [](auto& desk, auto& who) { return code_of(desk.care_add(who, a_care_request(), quietly)); }},
      {"care.retract",
       [](auto& desk, auto& who) {
         return code_of(desk.care_retract(who, "E1", a_care_request(), quietly));
       }},
      {"care.list", [](auto& desk, auto& who) { return code_of(desk.care_entries(who, wang)); }},
      {"report.make",
       [](auto& desk, auto& who) {
         return code_of(desk.report(who, {"basic-statistics", "370306001", {}, {}}));
       }},
      {"report.members",
       [](auto& desk, auto& who) {
         return code_of(desk.report(who, {"member-list", "370306001", {}, {}}));
       }},
      {"report.issue",
       [](auto& desk, auto& who) {
         return code_of(desk.issue_report(who, {{"basic-statistics", "370306001", {}, {}}, "", ""}));
       }},
      {"report.issued", [](auto& desk, auto& who) { return code_of(desk.issued_reports(who, "370306001")); }},
      {"report.shown",
       [](auto& desk, auto& who) {
         return code_of(desk.issued_report(who, "basic-statistics.370306001.2026Q3.1"));
       }},
      {"report.withdraw",
       [](auto& desk, auto& who) {
         return code_of(desk.withdraw_report(who, "public.basic-statistics.370306001.2026Q3.1", "有误"));
       }},
      {"worklist.show",
       [](auto& desk, auto& who) { return code_of(desk.worklist(who, "370306001", Date(2026, 11, 21))); }},
      {"archive.list", [](auto& desk, auto& who) { return code_of(desk.archives(who, "370306001", false)); }},
      {"archive.show",
       [](auto& desk, auto& who) { return code_of(desk.archive(who, "370306-001-2023-00001")); }},
      {"evidence.show", [](auto& desk, auto& who) { return code_of(desk.evidence(who)); }},
      {"evidence.compare",
       [](auto& desk, auto& who) { return code_of(desk.evidence_compare(who, "e.yaml", quietly)); }},
      {"evidence.adopt",
       [](auto& desk, auto& who) {
         return code_of(desk.evidence_adopt(who, "e.yaml", "会议纪要", "zhang", quietly));
       }},
      {"lead.reproduce", [](auto& desk, auto& who) { return code_of(desk.as_decided(who, "L1")); }},
      {"policy.what-if",
       [](auto& desk, auto& who) {
         return code_of(desk.what_if(who, {"p.yaml", "", {}}, {}, quietly));
       }},
      {"reconcile.agreement",
       [](auto& desk, auto& who) { return code_of(desk.agreement(who, {}, {}, quietly)); }},
      {"identity.scan",
       [](auto& desk, auto& who) {
         return code_of(desk.identity_scan(who, Date(2026, 11, 21), Apply::yes, quietly));
       }},
      {"identity.list", [](auto& desk, auto& who) { return code_of(desk.identity_queue(who, {})); }},
      {"identity.show", [](auto& desk, auto& who) { return code_of(desk.identity_pair(who, "I1")); }},
      {"identity.answer",
       [](auto& desk, auto& who) {
         return code_of(desk.identity_answer(who, {"I1", {}, "visit", "zhang", "走访", Wait::no}, quietly));
       }},
      {"source.list", [](auto& desk, auto& who) { return code_of(desk.sources(who)); }},
      {"source.positions", [](auto& desk, auto& who) { return code_of(desk.positions(who)); }},
      {"source.rewind",
       [](auto& desk, auto& who) { return code_of(desk.rewind(who, "police", {}, Apply::yes)); }},
      {"source.forget",
       [](auto& desk, auto& who) { return code_of(desk.forget_checkpoint(who, "police", Apply::yes)); }},
      {"source.take-back",
       [](auto& desk, auto& who) { return code_of(desk.take_back(who, "police", 1, "平台时钟超前", Apply::yes)); }},
      {"balance.show", [](auto& desk, auto& who) { return code_of(desk.balance(who)); }},
      {"status.show", [](auto& desk, auto& who) { return code_of(desk.status(who)); }},
      {"notice.list", [](auto& desk, auto& who) { return code_of(desk.notices(who, 0, 10)); }},
      {"payment.draft",
       [](auto& desk, auto& who) {
         return code_of(desk.payment_draft(who, {"370306", "2026Q3", "", ""}));
       }},
      {"payment.check",
       [](auto& desk, auto& who) {
         return code_of(desk.payment_check(who, {"370306", "2026Q3", "zhang", ""}));
       }},
      {"payment.review",
       [](auto& desk, auto& who) {
         return code_of(desk.payment_review(who, {a_list, "li", "", "digest"}));
       }},
      {"payment.close",
       [](auto& desk, auto& who) {
         return code_of(desk.payment_close(who, {a_list, "wang", "", "digest"}));
       }},
      {"payment.send", [](auto& desk, auto& who) { return code_of(desk.payment_send(who, a_list, "发放")); }},
      {"payment.returns",
       [](auto& desk, auto& who) {
         return code_of(desk.payment_returns(who, "HP_TF-370306-2026Q3-01_A.csv", ""));
       }},
      {"payment.list", [](auto& desk, auto& who) { return code_of(desk.payment_lists(who)); }},
      {"payment.show", [](auto& desk, auto& who) { return code_of(desk.payment_show(who, a_list)); }},
      {"payment.overpaid", [](auto& desk, auto& who) { return code_of(desk.payment_overpaid(who)); }},
      {"payment.settle",
       [](auto& desk, auto& who) {
         return code_of(desk.payment_settle(who, {"O1", LedgerState::told, "", "zhang", ""}, "入户告知"));
       }},
      {"payment.import",
       [](auto& desk, auto& who) { return code_of(desk.payment_import(who, "b.csv", "", "旧台账")); }},
  };
  return all;
}

class GuardTest : public ::testing::Test {
 protected:
  GuardedDesk desk(bool throws = false) {
    return {std::make_unique<FakeDesk>(reached_, throws, &accounts_), trail_, clock_};
  }
  std::string call(const std::string& name, const Caller& who) {
    accounts_.open_o1();  // another role may have closed it
    auto guarded = desk();
    trail_->told.clear(), reached_ = 0;
    return calls().at(name)(guarded, who);
  }

  FixedClock clock_{noon_us};
  FakeAccounts accounts_{clock_};
  std::shared_ptr<FakeTrail> trail_ = std::make_shared<FakeTrail>();
  int reached_ = 0;
};

TEST_F(GuardTest, AnAccountSignsPaymentListsAsItself) {
  auto guard = desk();
  auto who = somebody(Rights::all());
  const ListRequest request{"370306", "2026Q3", "somebody else", ""};
  auto made = guard.payment_check(who, request);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->signatures.at(0).by, who.account);
  who.channel = Channel::cli;
  made = guard.payment_check(who, request);
  EXPECT_EQ(made->signatures.at(0).by, "somebody else");
  EXPECT_EQ(made->signatures.at(0).account, who.account);
}

TEST_F(GuardTest, PaymentListsAreMaskedAndFilesOfBanksAreWhole) {
  auto guard = desk();
  const auto who = somebody(Rights::all());
  const auto list = guard.payment_show(who, a_list);
  ASSERT_TRUE(list);
  const auto& line = list->list.lines.at(0);
  EXPECT_EQ(line.name, "王*男");
  for (const auto& text : {line.number, line.account.account, line.account.holder, line.name})
    EXPECT_THAT(text, Not(HasSubstr("试"))) << text;
  EXPECT_THAT(line.account.account, Not(HasSubstr("62220032")));
  EXPECT_EQ(list->list.stopped.at(0).name, "周*女");
  EXPECT_EQ(guard.payment_send(who, a_list, "").error().code, "REASON_MISSING");
  const auto files = guard.payment_send(who, a_list, "第三季度发放");
  ASSERT_TRUE(files);
  EXPECT_THAT(files->files.at(0).text, HasSubstr("6222003222280031"));
}

TEST_F(GuardTest, EveryOperationOfTheTableIsCalledHereAndNoOther) {
  std::vector<std::string> rows, called;
  for (const auto& row : operations())
    rows.emplace_back(row.name);
  for (const auto& [name, call] : calls())
    called.push_back(name);
  EXPECT_THAT(called, ::testing::UnorderedElementsAreArray(rows));
}

TEST_F(GuardTest, EveryRoleMayWhatTheTableSaysAndNothingElse) {
  for (const auto& role : account_roles())
    for (const auto& row : operations()) {
      SCOPED_TRACE(std::string(role.name) + " " + std::string(row.name));
      const auto code = call(std::string(row.name), somebody(role.rights));
      if (role.rights.have(row.right)) {
        EXPECT_EQ(code, "");
        EXPECT_GE(reached_, 1);
        EXPECT_NE(trail_->told.back().outcome, Outcome::refused);
      } else {
        EXPECT_EQ(code, "FORBIDDEN");
        EXPECT_EQ(reached_, 0) << "nothing was read or done";
        ASSERT_EQ(trail_->told.size(), 1u) << "a refusal is in the trail";
        EXPECT_EQ(trail_->told.front().outcome, Outcome::refused);
        EXPECT_EQ(trail_->told.front().code, "FORBIDDEN");
      }
    }
}

TEST_F(GuardTest, ARefusalNamesTheRight) {
  auto guarded = desk();
  const auto refused = guarded.lead(somebody({Right::status_read}), "L1", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().place, "lead.read");
}

TEST_F(GuardTest, EachKindLeavesItsEntries) {
  for (const auto& row : operations()) {
    SCOPED_TRACE(row.name);
    EXPECT_EQ(call(std::string(row.name), somebody(Rights::all())), "");
    const auto& told = trail_->told;
    ASSERT_FALSE(told.empty());
    EXPECT_EQ(told.front().operation, row.name);
    EXPECT_EQ(told.front().account, "A7f3kq2mzx9c4d");
    EXPECT_EQ(told.front().at_us, noon_us);
    if (row.kind == Kind::act || row.kind == Kind::job) {
      ASSERT_EQ(told.size(), 2u);
      EXPECT_EQ(told[0].outcome, Outcome::begun);
      EXPECT_EQ(told[1].outcome, Outcome::done);
      EXPECT_EQ(told[1].begun, 0) << "names the entry it is the outcome of";
    } else {
      ASSERT_EQ(told.size(), 1u) << "masked: one entry, however many are shown";
      EXPECT_EQ(told[0].outcome, Outcome::shown);
      EXPECT_THAT(told[0].subjects, IsEmpty());
    }
  }
}

TEST_F(GuardTest, WithoutTheTrailNothingIsReadIntoAnAnswerAndNothingDone) {
  trail_->room = 0;
  for (const auto& [name, call] : calls()) {
    auto guarded = desk();
    reached_ = 0;
    EXPECT_THROW(call(guarded, somebody(Rights::all())), AuditAway) << name;
    const auto kind = operation_named(name)->kind;
    const bool acts = kind == Kind::act || kind == Kind::job;
    EXPECT_TRUE(!acts || reached_ == 0) << name;
  }
}

TEST_F(GuardTest, WhatFailsIsInTheTrailAsFailed) {
  auto guarded = desk(true);
  EXPECT_THROW(calls().at("lead.decide")(guarded, somebody(Rights::all())), std::runtime_error);
  ASSERT_EQ(trail_->told.size(), 2u);
  EXPECT_EQ(trail_->told[1].outcome, Outcome::failed);
}

TEST_F(GuardTest, AClerkOfOneTownGetsNothingOfAnother) {
  const auto of_another = somebody(Rights::all(), town("370306002"));
  for (const auto& row : operations()) {
    SCOPED_TRACE(row.name);
    const auto code = call(std::string(row.name), of_another);
    switch (row.scoped_by) {
      case ScopedBy::named:
        EXPECT_THAT(code, HasSubstr("NO_SUCH_"));
        EXPECT_EQ(reached_, 0);
        EXPECT_EQ(trail_->told.back().outcome, Outcome::refused);
        break;
      case ScopedBy::area:
      case ScopedBy::whole:
        EXPECT_EQ(code, "FORBIDDEN");
        EXPECT_EQ(reached_, 0);
        break;
      case ScopedBy::rows:
      case ScopedBy::nothing:
        EXPECT_EQ(code, "");
    }
  }
}

TEST_F(GuardTest, WhoMaySeeFiguresAloneIsNotToldWhichArchivesDiffer) {
  auto guarded = desk();
  const auto leader = guarded.report(somebody({Right::report_read}), {"basic-statistics", "370306", {}, {}});
  ASSERT_TRUE(leader);
  EXPECT_EQ(leader->report.checks[0].text, "应退档 1 户");
  const auto clerk = guarded.report(somebody(Rights::all()), {"basic-statistics", "370306", {}, {}});
  ASSERT_TRUE(clerk);
  EXPECT_THAT(clerk->report.checks[0].text, HasSubstr("320812-901-2013-00001"));
  const auto list = guarded.report(somebody({Right::report_read}), {"member-list", "370306", {}, {}});
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().place, "archive.read");
}

TEST_F(GuardTest, WhatWasHandedOutIsMaskedAndBoundAsWhatIsMade) {
  auto guarded = desk();
  const auto masked = guarded.issued_report(somebody(Rights::all()), "member-list.370306.2026Q3.2");
  ASSERT_TRUE(masked);
  EXPECT_EQ(std::get<std::string>(masked->report.report.tables[0].rows[0].cells[0]), "王*男");
  EXPECT_EQ(masked->differences[0].before, "王*楠");
  EXPECT_EQ(masked->row.reason.find(number_of_wang), std::string::npos);
  const auto leader = somebody({Right::report_read, Right::report_issue});
  EXPECT_EQ(guarded.issued_report(leader, "member-list.370306.2026Q3.2").error().place, "archive.read");
  const IssueRequest list{{"member-list", "370306", {}, {}}, "", ""};
  EXPECT_EQ(guarded.issue_report(leader, list).error().code, "FORBIDDEN");
  const auto figures = guarded.issue_report(leader, {{"basic-statistics", "370306", {}, {}}, "", ""});
  ASSERT_TRUE(figures);
  EXPECT_EQ(figures->row.by, leader.name);
  EXPECT_EQ(figures->report.report.checks[0].text, "应退档 1 户");
  EXPECT_EQ(guarded.withdraw_report(leader, "public.basic-statistics.370306.2026Q3.2", "").error().code,
            "REASON_MISSING");
  // Of an area that is not theirs nothing is there.
  const auto clerk = somebody(Rights::all(), town("370306002"));
  for (const auto* number : {"member-list.370306.2026Q3.2", "public.basic-statistics.370306.2026Q3.1"})
    EXPECT_EQ(guarded.issued_report(clerk, number).error().code, "FORBIDDEN") << number;
  EXPECT_EQ(guarded.issued_report(clerk, "no-number").error().code, "NO_SUCH_ISSUE");
}

TEST_F(GuardTest, AListOfMembersIsMaskedByTheClassOfEachColumn) {
  auto guarded = desk();
  const auto masked = guarded.report(somebody(Rights::all()), {"member-list", "370306", {}, {}});
  ASSERT_TRUE(masked);
  const auto& cells = masked->report.tables[0].rows[0].cells;
  EXPECT_EQ(std::get<std::string>(cells[0]), "王*男");
  EXPECT_EQ(std::get<std::string>(cells[1]), std::string(18, '*'));
}

TEST_F(GuardTest, OutOfScopeIsAnsweredAsUnknownByteForByte) {
  auto guarded = desk();
  const auto clerk = somebody(Rights::all(), town("370306002"));
  const auto whole = somebody(Rights::all());
  for (const char* id : {"L1", "L9"}) {
    const auto there = guarded.lead(clerk, id, {});
    const auto nobody = guarded.lead(whole, "L9", {});
    ASSERT_FALSE(there);
    ASSERT_FALSE(nobody);
    EXPECT_EQ(there.error().code, nobody.error().code) << id;
    EXPECT_EQ(there.error().text, nobody.error().text) << id;
    EXPECT_EQ(there.error().place, id) << "what was asked, and nothing of what is there";
  }
}

TEST_F(GuardTest, IdsInTheRequestAreBoundToo) {
  auto guarded = desk();
  const auto clerk = somebody(Rights::all(), town("370306001"));
  auto request = a_care_request();
  EXPECT_EQ(code_of(guarded.care_add(clerk, request, quietly)), "");
  request.corrects = "E2";
  EXPECT_EQ(code_of(guarded.care_add(clerk, request, quietly)), "NO_SUCH_ENTRY") << "of another town";
  request = a_care_request();
  request.of = CitizenNumber::read(number_of_zhou).value();
  EXPECT_EQ(code_of(guarded.care_add(clerk, request, quietly)), "NO_SUCH_PERSON");
}

TEST_F(GuardTest, AnOpeningIsForPeopleInScopeWithAPurposeAndAReason) {
  auto guarded = desk();
  const auto who = somebody({Right::record_open});
  const auto clerk = somebody({Right::record_open}, town("370306001"));
  const auto open = [&](const Caller& caller, std::vector<std::string> subjects,
                        const char* purpose = "verify", const char* reason = "入户核实") {
    return guarded.open_records(caller, {std::move(subjects), purpose, reason});
  };
  EXPECT_EQ(code_of(open(clerk, {"P1", "L2"})), "NO_SUCH_LEAD") << "ids in bodies too";
  EXPECT_EQ(code_of(open(who, {"P9"})), "NO_SUCH_PERSON");
  EXPECT_EQ(code_of(open(who, {})), "INVALID");
  EXPECT_EQ(code_of(open(who, {"X1"})), "INVALID");
  EXPECT_EQ(code_of(open(who, {number_of_wang})), "INVALID") << "a number is no event";
  EXPECT_EQ(code_of(open(who, {"P1"}, "curiosity")), "INVALID");
  EXPECT_EQ(code_of(open(who, {"P1"}, "verify", "核实")), "INVALID") << "four characters";
  EXPECT_EQ(code_of(open(who, {"P1"}, "verify", " ")), "REASON_MISSING");
  EXPECT_EQ(code_of(open(who, {"42"})), "FORBIDDEN") << "a body needs a right of its own";
  auto machine = who;
  machine.account_id = 0;
  EXPECT_EQ(code_of(open(machine, {"P1"})), "FORBIDDEN") << "a person opens";
  trail_->told.clear();
  const auto opened = open(who, {"P1", "L2", "P1"});
  ASSERT_TRUE(opened);
  EXPECT_THAT(opened->covers, ElementsAre("P1", "L2"));
  EXPECT_EQ(opened->until_us, noon_us + 15 * 60 * 1'000'000LL);
  ASSERT_EQ(trail_->told.size(), 3u) << "begun, and each subject an entry of its own";
  EXPECT_THAT(trail_->told[1].on, ElementsAre("P1"));
  EXPECT_THAT(trail_->told[2].on, ElementsAre("L2"));
  EXPECT_EQ(trail_->told[2].opening, opened->id);

  EXPECT_EQ(guarded.opening(who, opened->id)->on, opened->covers);
  auto other_session = who, other_account = who;
  other_session.session = "another", other_account.account_id = 8;
  EXPECT_EQ(code_of(guarded.opening(other_session, opened->id)), "OPENING_ENDED");
  EXPECT_EQ(code_of(guarded.opening(other_account, opened->id)), "OPENING_ENDED");
  EXPECT_EQ(guarded.openings(who)->size(), 1u);
  EXPECT_THAT(*guarded.openings(other_session), IsEmpty());
  EXPECT_EQ(code_of(guarded.close_opening(other_account, opened->id)), "NO_SUCH_OPENING");
  EXPECT_TRUE(guarded.close_opening(who, opened->id));
  EXPECT_EQ(code_of(guarded.opening(who, opened->id)), "OPENING_ENDED");
  const auto again = open(who, {"P1"});
  clock_.set(noon_us + 15 * 60 * 1'000'000LL);
  EXPECT_EQ(code_of(guarded.opening(who, again->id)), "OPENING_ENDED");
}

TEST_F(GuardTest, BodiesOfEventsAreOpenedWithARightOfTheirOwnAndCoverNothingElse) {
  auto guarded = desk();
  auto mender = somebody({Right::message_body, Right::message_list});
  const auto open = [&](const Caller& caller, std::vector<std::string> subjects) {
    return guarded.open_records(caller, {std::move(subjects), "mend", "核对报文"});
  };
  const auto opened = open(mender, {"42"});
  ASSERT_TRUE(opened) << "people are nobody's business here";
  EXPECT_THAT(opened->covers, ElementsAre("42"));
  EXPECT_EQ(guarded.openings(mender)->size(), 1u);
  EXPECT_TRUE(guarded.close_opening(mender, opened->id));
  EXPECT_EQ(open(mender, {"42", "P1"}).error().place, "record.open") << "of people that one";
  EXPECT_EQ(open(somebody({Right::record_open}), {"42", "P1"}).error().place, "message.body");
  EXPECT_TRUE(open(somebody({Right::record_open, Right::message_body}), {"42", "P1"}));
  EXPECT_EQ(code_of(open(mender, {"404"})), "NO_SUCH_EVENT");
  EXPECT_EQ(open(somebody({Right::message_body}, town("370306001")), {"42"}).error().place, "scope");
  // The number of an event may read as a county: who opened that has not opened its people.
  auto reader = somebody({Right::archive_read, Right::record_open, Right::message_body});
  reader.opening = Opening{"O2", {"370306001"}, Purpose::mend, "核对报文", {}};
  EXPECT_EQ(guarded.worklist(reader, "370306001", Date(2026, 11, 21))->lines.front().person.name, "王*男");
  EXPECT_EQ(guarded.archives(reader, "370306001", false)->front().cover.name, "王*男");
}

TEST_F(GuardTest, ASecondPersonAgreesToAStopWhereOneMustAndThereIsOne) {
  accounts_.rules.four_eyes_overpaid = true;
  auto guarded = desk();
  const auto who = somebody({Right::lead_decide, Right::lead_countersign});
  EXPECT_EQ(guarded.decide(who, {"L2", Verdict::confirm, 7, "已核实", "wang"})->state, "confirmed")
      << "nothing is overpaid";
  accounts_.rules.four_eyes_ended = true;
  accounts_.rules.four_eyes_overpaid = false;
  EXPECT_EQ(guarded.decide(who, {"L2", Verdict::confirm, 7, "已核实", "wang"})->state, "confirmed")
      << "no end of a right";
  EXPECT_EQ(code_of(guarded.decide(who, {"L1", Verdict::confirm, 7, "已核实", "wang"})), "PROPOSED_ALREADY")
      << "nobody passes a proposal by";
  EXPECT_EQ(code_of(guarded.countersign(who, {"L2", true, 7, "同意", ""})), "NOT_PROPOSED");
  EXPECT_EQ(code_of(guarded.countersign(who, {"L1", true, 6, "同意", FakeDesk::proposal})), "CHANGED");
  EXPECT_EQ(code_of(guarded.countersign(who, {"L1", true, {}, "同意", FakeDesk::proposal})),
            "REVISION_MISSING");
  EXPECT_EQ(code_of(guarded.countersign(who, {"L1", true, 7, "", FakeDesk::proposal})), "REASON_MISSING");
  auto proposer = who;
  proposer.account_id = 8;
  EXPECT_EQ(code_of(guarded.countersign(proposer, {"L1", true, 7, "同意", FakeDesk::proposal})),
            "SAME_PERSON");
  EXPECT_EQ(code_of(guarded.withdraw(who, {"L1", 7, FakeDesk::proposal})), "FORBIDDEN") << "another's";
  for (const char* other : {"", "V2"}) {  // taken back and made anew while the page was read
    EXPECT_EQ(code_of(guarded.countersign(who, {"L1", true, 7, "同意", other})), "CHANGED") << other;
    EXPECT_EQ(code_of(guarded.countersign(who, {"L1", false, 7, "同意", other})), "CHANGED") << other;
    EXPECT_EQ(code_of(guarded.withdraw(proposer, {"L1", 7, other})), "CHANGED") << other;
    EXPECT_EQ(code_of(guarded.decide(who, {"L1", Verdict::confirm, 7, "已核实", "wang", "", other})),
              "CHANGED")
        << other;
  }
  EXPECT_EQ(code_of(guarded.withdraw(proposer, {"L1", 6, FakeDesk::proposal})), "CHANGED");
  EXPECT_EQ(code_of(guarded.countersign(who, {"L2", true, 7, "同意", FakeDesk::proposal})), "CHANGED")
      << "it was taken back";
  EXPECT_EQ(guarded.countersign(who, {"L1", true, 7, "同意", FakeDesk::proposal})->state, "confirmed");
  EXPECT_EQ(FakeDesk::decided_by, "li / wang: adopted: 收养已核实 / 同意") << "both sign";
  EXPECT_EQ(guarded.countersign(who, {"L1", false, 7, "材料不全", FakeDesk::proposal})->state, "open");
}

TEST_F(GuardTest, ALeadIsGivenToWhoMaySeeAndDecideIt) {
  auto guarded = desk();
  const auto who = somebody({Right::lead_decide});
  accounts_.make("there", {{"case-worker"}, {}, {"370306001"}});
  accounts_.make("elsewhere", {{"case-worker"}, {}, {"370306002"}});
  accounts_.make("reader", {{"viewer"}, {}, {}});
  accounts_.book().add("invited", {{"case-worker"}, {}, {}}).value();
  EXPECT_EQ(guarded.assign(who, "L1", "there")->assignee, "there");
  EXPECT_EQ(guarded.assign(who, "L2", "elsewhere")->assignee, "elsewhere");
  const auto nobody = guarded.assign(who, "L1", "nobody");
  for (const char* other : {"elsewhere", "reader", "invited"}) {
    const auto refused = guarded.assign(who, "L1", other);
    ASSERT_FALSE(refused) << other;
    EXPECT_EQ(refused.error().code, "NO_SUCH_ACCOUNT") << other;
    EXPECT_EQ(refused.error().text + refused.error().place, nobody.error().text + nobody.error().place)
        << other;
  }
  EXPECT_EQ(guarded.assign(who, "L1", "")->assignee, "") << "nobody's";
  EXPECT_EQ(guarded.assign(who, "L1", "there", "there")->assignee, "there");
  EXPECT_EQ(guarded.assign(who, "L1", "there", "").error().code, "CHANGED") << "it was nobody's";
}

TEST_F(GuardTest, ReasonCodesAreOfAListAndArchivesNameNobodyInTheirWords) {
  auto guarded = desk();
  const auto who = somebody({Right::lead_decide, Right::archive_read});
  const auto decide = [&](Verdict verdict, const char* code) {
    return code_of(guarded.decide(who, {"L2", verdict, 7, "已核实", "wang", code}));
  };
  EXPECT_EQ(decide(Verdict::confirm, "周试女 322228"), "INVALID");
  EXPECT_EQ(decide(Verdict::confirm, "moved"), "INVALID") << "that is why one dismisses";
  EXPECT_EQ(decide(Verdict::dismiss, "moved"), "");
  EXPECT_EQ(decide(Verdict::confirm, "originals_seen"), "");
  EXPECT_EQ(FakeDesk::decided_by, "wang: originals_seen: 已核实") << "kept, sealed with its words";
  const auto shown = guarded.archive(who, "370306-001-2023-00001");
  EXPECT_EQ(shown->acts.front().doers, "王*干、周*工");
  EXPECT_EQ(shown->events.front().reason, "");
}

TEST_F(GuardTest, TheHistoryOfALeadGoesBackToItsOpeningHoweverMuchWasWrittenSince) {
  auto guarded = desk();
  const auto line = [](std::size_t n, std::int64_t at_us, const char* on) {
    return R"({"at_us":)" + std::to_string(at_us) + R"(,"n":)" + std::to_string(n) + R"(,"on":[")" + on +
           R"("],"op":"record.open","purpose":"verify","result":"done"})";
  };
  for (std::size_t n = 0; n < 35'000; ++n)  // FakeDesk's lead was opened at 1
    trail_->lines.push_back(line(n, n < 12'000 ? 0 : 5, n == 1 || n == 12'001 ? "L1" : "L2"));
  const auto history = guarded.lead_history(somebody({Right::lead_read}), "L1");
  ASSERT_EQ(history->items.size(), 2u);
  EXPECT_EQ(history->items[1].what, "opening") << "beyond 22,000 entries of others";
  EXPECT_EQ(history->items[1].at_us, 5) << "and no further back than there was a lead";
}

TEST_F(GuardTest, OnePersonIsNotTwoByMakingOrChangingAnAccount) {
  constexpr std::int64_t day_us = 24 * 3600LL * 1'000'000, proposer = 8;
  auto guarded = desk();
  auto book = accounts_.book();
  const Grants second{{"case-worker"}, {"lead.countersign"}, {}};
  const auto sign = [&](std::int64_t account) {
    auto who = somebody({Right::lead_countersign});
    who.account_id = account;
    return code_of(guarded.countersign(who, {"L1", true, 7, "同意", FakeDesk::proposal}));
  };
  const auto ghost = book.add("ghost", second, proposer).value().id;
  const auto heir = book.add("heir", second, ghost).value().id;
  const auto other = book.add("other", second, 5).value().id;
  EXPECT_EQ(sign(ghost), "SAME_PERSON");
  EXPECT_EQ(sign(heir), "SAME_PERSON") << "made by whom the proposer made";
  EXPECT_EQ(sign(other), "") << "made by somebody else";
  EXPECT_EQ(sign(1), "");
  ASSERT_TRUE(book.activate("zhang", proposer));
  EXPECT_EQ(sign(1), "SAME_PERSON") << "who has the link chooses the password";
  ASSERT_TRUE(book.grant("zhang", second, 5));
  EXPECT_EQ(sign(1), "SAME_PERSON") << "another hand does not wipe it off";
  clock_.set(noon_us + day_us);
  EXPECT_EQ(sign(1), "");
  EXPECT_EQ(sign(ghost), "");
}

TEST_F(GuardTest, NobodyDecidesAloneByLockingWhoWouldHaveToAgree) {
  constexpr std::int64_t day_us = 24 * 3600LL * 1'000'000;
  accounts_.rules.four_eyes_ended = true;
  FakeDesk::kind = "ended";
  auto guarded = desk();
  const auto decide = [&](std::int64_t account) {
    auto who = somebody({Right::lead_decide});
    who.account_id = account;
    return guarded.decide(who, {"L2", Verdict::confirm, 7, "已核实", "wang"})->proposed.has_value();
  };
  EXPECT_TRUE(decide(20)) << "zhang could agree";
  ASSERT_TRUE(accounts_.book().grant("zhang", {{"viewer"}, {}, {}}, 20));
  EXPECT_TRUE(decide(20)) << "zhang could, before 20 took the right";
  EXPECT_FALSE(decide(21)) << "nobody can, and it is not this one's doing";
  ASSERT_TRUE(accounts_.book().lock("zhang", 20));
  EXPECT_TRUE(decide(20));
  clock_.set(noon_us + day_us);
  EXPECT_FALSE(decide(20));
  FakeDesk::kind.clear();
}

TEST_F(GuardTest, SomebodyOutOfScopeIsNobodyToASearch) {
  auto guarded = desk();
  const PersonName zhou = CitizenNumber::read(number_of_zhou).value();
  const auto clerk = somebody({Right::record_find}, town("370306001"));
  EXPECT_THAT(*guarded.find_persons(clerk, zhou), IsEmpty());
  const auto found = guarded.find_persons(clerk, wang);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().person.name, "王*男");
  EXPECT_EQ(found->front().person.citizen_id, "******************");
}

TEST_F(GuardTest, WhoSignsInIsTheirAccountAndFailuresAreInTheTrail) {
  auto guarded = desk();
  Caller stranger;
  stranger.channel = Channel::api, stranger.from = "10.20.0.9";
  EXPECT_EQ(code_of(guarded.sign_in(stranger, "zhang", "wrong", "")), "SIGN_IN");
  EXPECT_EQ(code_of(guarded.sign_in(stranger, "nobody", "wrong", "")), "SIGN_IN");
  ASSERT_EQ(trail_->told.size(), 4u) << "that it begins, and what came of it";
  EXPECT_EQ(trail_->told[0].operation, "session.begin");
  EXPECT_EQ(trail_->told[0].outcome, Outcome::begun);
  EXPECT_EQ(trail_->told[1].outcome, Outcome::refused);
  EXPECT_EQ(trail_->told[1].begun, 0);
  EXPECT_THAT(trail_->told[2].on, ElementsAre("?")) << "what was typed is not written down";
  clock_.set(noon_us + 1'000'000);
  const auto signed_in = guarded.sign_in(stranger, "zhang", FakeAccounts::password, "");
  ASSERT_TRUE(signed_in);
  EXPECT_EQ(signed_in->session.account, "zhang");
  EXPECT_THAT(signed_in->session.scope, ElementsAre("whole"));
  EXPECT_THAT(signed_in->session.features, ElementsAre("trial"));
  EXPECT_THAT(signed_in->session.may, ::testing::Contains("lead.countersign"));
  EXPECT_THAT(signed_in->session.may, Not(::testing::Contains("account.manage")));
  const auto caller = guarded.caller_of(signed_in->secret, "10.20.0.9");
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->name, "zhang");
  EXPECT_EQ(caller->account_id, 1);
  EXPECT_TRUE(caller->rights.have(Right::lead_decide));
  EXPECT_EQ(trail_->told.back().session, caller->session) << "a digest, no secret";
  EXPECT_THAT(caller->session, Not(HasSubstr(signed_in->secret)));
  ASSERT_TRUE(guarded.account_lock(somebody(Rights::all()), "zhang"));
  EXPECT_EQ(code_of(guarded.caller_of(signed_in->secret, "10.20.0.9")), "SESSION_ENDED");
}

TEST_F(GuardTest, WithoutTheTrailNobodySignsInAndNoLinkIsUsed) {
  auto guarded = desk();
  constexpr const char* another = "another horse battery";
  Caller stranger;
  stranger.channel = Channel::api, stranger.from = "10.20.0.9";
  const auto session = guarded.sign_in(stranger, "zhang", FakeAccounts::password, "")->secret;
  const auto caller = guarded.caller_of(session, "10.20.0.9").value();
  const auto link = accounts_.book().activate("zhang")->secret;
  trail_->room = trail_->told.size();
  EXPECT_THROW(guarded.sign_in(stranger, "zhang", FakeAccounts::password, ""), AuditAway);
  EXPECT_THROW(guarded.renew(caller, session, FakeAccounts::password), AuditAway);
  EXPECT_THROW(guarded.change_password(caller, session, FakeAccounts::password, another), AuditAway);
  EXPECT_THROW(guarded.set_password(stranger, link, another), AuditAway);
  EXPECT_THROW(guarded.sign_out(caller, session), AuditAway);
  EXPECT_EQ(accounts_.book().sessions_of(1), 1) << "neither ended nor begun";
  ++trail_->room;  // for what begins; its outcome finds none
  EXPECT_TRUE(guarded.set_password(stranger, link, another)) << "done is told as done";
  EXPECT_EQ(trail_->told.back().outcome, Outcome::begun);
  trail_->room += 10;
  EXPECT_EQ(code_of(guarded.set_password(stranger, link, another)), "NO_SUCH_PAGE") << "used";
}

TEST_F(GuardTest, GrantsAreOfTheTableAndNobodysOwn) {
  auto guarded = desk();
  auto security = somebody({Right::account_manage});
  const auto grant = [&](AccountRequest request) {
    return code_of(guarded.account_grant(security, request));
  };
  EXPECT_EQ(grant({"zhang", {"case_worker"}, {}, {}}), "NO_SUCH_ROLE");
  EXPECT_EQ(grant({"zhang", {"viewer"}, {"lead.shred"}, {}}), "NO_SUCH_RIGHT");
  EXPECT_EQ(grant({"zhang", {"viewer"}, {"lead.countersign"}, {}}), "RIGHT_NOT_GRANTABLE");
  EXPECT_EQ(grant({"zhang", {"viewer"}, {}, {"37030"}}), "AREA_FORM");
  EXPECT_EQ(grant({"nobody", {"viewer"}, {}, {}}), "NO_SUCH_ACCOUNT");
  EXPECT_EQ(grant({"zhang", {"case-worker"}, {"lead.countersign"}, {"370306001"}}), "");
  security.account_id = 1;
  EXPECT_EQ(grant({"zhang", {"operator"}, {}, {}}), "SAME_PERSON");
  security.account_id = 7, security.fresh = false;
  EXPECT_EQ(grant({"zhang", {"operator"}, {}, {}}), "FRESH_SIGN_IN");
  security.account_id = 0;
  EXPECT_EQ(grant({"zhang", {"operator"}, {}, {}}), "") << "at the machine";
}

TEST_F(GuardTest, TheLastKeeperOfTheAccountsStays) {
  auto guarded = desk();
  const auto who = somebody({Right::account_manage});
  accounts_.make("zhao", {{"security"}, {}, {}});
  EXPECT_EQ(code_of(guarded.account_lock(who, "zhao")), "LAST_KEEPER");
  EXPECT_EQ(code_of(guarded.account_grant(who, {"zhao", {"auditor"}, {}, {}})), "LAST_KEEPER");
  EXPECT_EQ(code_of(guarded.account_grant(who, {"zhao", {"security", "auditor"}, {}, {}})), "");
  accounts_.make("qian", {{"security"}, {}, {}});
  EXPECT_EQ(code_of(guarded.account_lock(who, "zhao")), "");
  EXPECT_EQ(code_of(guarded.account_lock(who, "qian")), "LAST_KEEPER");
}

TEST_F(GuardTest, ListsAndPagesHoldWhatIsInScopeAlone) {
  auto guarded = desk();
  const auto clerk = somebody({Right::lead_read}, town("370306002"));
  const auto found = guarded.leads(clerk, {});
  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().id, "L2");
  const auto page = guarded.lead_page(clerk, {}, {0, 1});
  ASSERT_TRUE(page);
  ASSERT_EQ(page->items.size(), 1u) << "the page is filled from behind";
  EXPECT_EQ(page->items.front().id, "L2");
  EXPECT_FALSE(page->more);
}

TEST_F(GuardTest, AreasContainByPrefixAndUnknownPlacesAreForTheWholeScope) {
  EXPECT_TRUE(town("3703").covers("370306001"));
  EXPECT_TRUE(town("370306001").covers("370306001004"));
  EXPECT_FALSE(town("370306001").covers("370306")) << "where only the county is known, no town has it";
  EXPECT_FALSE(town("370306").covers(""));
  EXPECT_TRUE((Scope{true, {}}.covers("")));
  for (const char* wrong : {"3", "37030", "3703060", "37030600A", "3703060010041"})
    EXPECT_FALSE(Area::read(wrong)) << wrong;
}

TEST_F(GuardTest, ActsNeedTheirReasonAndDecisionsWhatWasSeen) {
  auto guarded = desk();
  const auto who = somebody(Rights::all());
  EXPECT_EQ(code_of(guarded.decide(who, {"L1", Verdict::confirm, 7, " \t", "zhang"})), "REASON_MISSING");
  EXPECT_EQ(code_of(guarded.decide(who, {"L1", Verdict::confirm, {}, "已核实", "zhang"})),
            "REVISION_MISSING");
  EXPECT_EQ(code_of(guarded.discard(who, {"42"}, "")), "REASON_MISSING");
  EXPECT_EQ(code_of(guarded.remap(who, {"police", "", {}, "", ""}, Apply::yes, quietly)), "REASON_MISSING");
  EXPECT_EQ(reached_, 0);
  EXPECT_EQ(code_of(guarded.remap(who, {"police", "", {}, "", ""}, Apply::no, quietly)), "") << "a plan";
  trail_->told.clear();
  EXPECT_EQ(code_of(guarded.decide(who, {"L1", Verdict::confirm, 6, "已核实", "zhang"})), "CHANGED");
  ASSERT_EQ(trail_->told.size(), 2u);
  EXPECT_EQ(trail_->told[0].revision, "6");
  EXPECT_EQ(trail_->told[0].reason, "已核实");
  EXPECT_EQ(trail_->told[1].outcome, Outcome::failed);
  EXPECT_EQ(trail_->told[1].code, "CHANGED");
}

TEST_F(GuardTest, AnOpeningShowsInPlainAndEachShownIsAnEntry) {
  auto guarded = desk();
  auto who = somebody({Right::lead_read, Right::record_open});
  auto masked = guarded.leads(who, {});
  EXPECT_EQ(masked->front().person.name, "王*男");
  EXPECT_EQ(masked->front().decisions.front().reason, std::nullopt);
  trail_->told.clear();
  who.opening = Opening{"O1", {}, Purpose::verify, "入户核实", {}};
  const auto plain = guarded.leads(who, {});
  EXPECT_EQ(plain->front().person.citizen_id, number_of_wang);
  ASSERT_EQ(trail_->told.size(), 2u);
  EXPECT_THAT(trail_->told[0].subjects, ElementsAre("P1"));
  EXPECT_THAT(trail_->told[1].subjects, ElementsAre("P2"));
  EXPECT_EQ(trail_->told[0].purpose, "verify");
  EXPECT_EQ(trail_->told[0].opening, "O1");
  EXPECT_EQ(trail_->told[0].reason, "入户核实");
}

TEST_F(GuardTest, AnOpeningOfOneIsNoOpeningOfAnother) {
  auto guarded = desk();
  auto who = somebody({Right::lead_read, Right::record_open});
  who.opening = Opening{"O1", {"P1"}, Purpose::verify, "入户核实", noon_us + 1};
  EXPECT_EQ(guarded.lead(who, "L2", {})->person.name, "周*女");
  EXPECT_EQ(guarded.leads(who, {})->front().person.name, "王*男") << "a list names nobody";
  who.opening->on = {"L1"};
  EXPECT_EQ(guarded.lead(who, "L1", {})->person.name, "王试男");
  who.opening->until_us = noon_us;
  EXPECT_EQ(code_of(guarded.lead(who, "L1", {})), "OPENING_ENDED");
  who.opening->until_us = noon_us + 1, who.opening->reason = " ";
  EXPECT_EQ(code_of(guarded.lead(who, "L1", {})), "REASON_MISSING");
  who.opening->reason = "入户核实", who.rights = {Right::lead_read};
  const auto refused = guarded.lead(who, "L1", {});
  EXPECT_EQ(code_of(refused), "FORBIDDEN");
  EXPECT_EQ(refused.error().place, "record.open");
}

TEST_F(GuardTest, ABodyNeedsARightOfItsOwn) {
  auto guarded = desk();
  auto who = somebody({Right::message_list, Right::record_open});
  const auto masked = guarded.quarantined(who, "42");
  EXPECT_EQ(masked->body, std::nullopt);
  EXPECT_EQ(masked->key, "******************");
  EXPECT_EQ(masked->place, "a_************.xml") << "as an earlier version kept it masked";
  who.opening = Opening{"O1", {"42"}, Purpose::mend, "核对报文", {}};
  EXPECT_EQ(guarded.quarantined(who, "42").error().place, "message.body");
  who.rights = {Right::message_list, Right::message_body};
  EXPECT_EQ(guarded.quarantined(who, "42")->body, "PID|王试男");
}

TEST_F(GuardTest, TheTrailHoldsReferencesAndNoNumberThatWasTyped) {
  auto guarded = desk();
  const auto who = somebody(Rights::all());
  EXPECT_EQ(code_of(guarded.families(who, CitizenNumber::read(number_of_wang).value(), {}, {})), "");
  EXPECT_THAT(trail_->told.back().on, ElementsAre("P1"));
  EXPECT_EQ(code_of(guarded.lead(who, number_of_wang, {})), "NO_SUCH_LEAD");
  EXPECT_THAT(trail_->told.back().on, ElementsAre("?"));
  EXPECT_EQ(code_of(guarded.quarantined(who, "王试男")), "");
  EXPECT_THAT(trail_->told.back().on, ElementsAre("?"));
}

TEST(RolesPage, IsThatOfTheTable) {
  const auto file = tests::source_dir() + "/docs/roles.md";
  if (const char* write = std::getenv("KINHUB_GOLDEN"); write != nullptr && std::string(write) == "write")
    std::ofstream(file) << roles_page();
  std::ifstream in(file);
  EXPECT_EQ(std::string((std::istreambuf_iterator<char>(in)), {}), roles_page())
      << "KINHUB_GOLDEN=write writes it";
}

TEST(Operations, StandInTheOrderOfTheirNamesAndOnce) {
  for (std::size_t i = 0; i < operations().size(); ++i) {
    const auto& row = operations()[i];
    EXPECT_EQ(static_cast<std::size_t>(row.op), i) << row.name;
    EXPECT_EQ(operation_named(row.name), &row);
  }
  EXPECT_EQ(operation_named("lead.shred"), nullptr);
  for (std::size_t i = 0; i < right_count; ++i)
    EXPECT_NE(name_of(static_cast<Right>(i)), "") << i;
}

}  // namespace
}  // namespace kinhub
