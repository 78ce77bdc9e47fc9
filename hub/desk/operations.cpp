#include "hub/desk/operations.hpp"

#include <algorithm>
#include <array>
#include <cassert>

namespace kinhub {
namespace {

using K = Kind;
using S = ScopedBy;

constexpr std::array table{
    Operation{OperationId::hub_run, "hub.run", Right::hub_run, K::job, S::whole, Asks::nothing, Second::no,
              "run sources, pipeline, notices and night round"},
    Operation{OperationId::source_ingest, "source.ingest", Right::source_run, K::job, S::whole, Asks::nothing,
              Second::no, "take in captured files of an agency"},
    Operation{OperationId::night_run, "night.run", Right::night_run, K::job, S::whole, Asks::nothing,
              Second::no, "run the night round, or a part of it"},
    Operation{OperationId::lead_list, "lead.list", Right::lead_read, K::open, S::rows, Asks::nothing,
              Second::no, "list leads"},
    Operation{OperationId::lead_count, "lead.count", Right::lead_read, K::look, S::rows, Asks::nothing,
              Second::no, "count leads by state and kind"},
    Operation{OperationId::lead_show, "lead.show", Right::lead_read, K::open, S::named, Asks::nothing,
              Second::no, "show a lead with evidence and decisions"},
    Operation{OperationId::lead_timeline, "lead.timeline", Right::lead_read, K::look, S::named, Asks::nothing,
              Second::no, "show the computed timeline of a lead"},
    Operation{OperationId::lead_explain, "lead.explain", Right::lead_read, K::look, S::named, Asks::nothing,
              Second::no, "explain on which conditions a lead stands"},
    Operation{OperationId::lead_decide, "lead.decide", Right::lead_decide, K::act, S::named,
              Asks::reason_and_revision, Second::of_stops, "confirm or dismiss a lead"},
    Operation{OperationId::lead_countersign, "lead.countersign", Right::lead_countersign, K::act, S::named,
              Asks::reason_and_revision, Second::no,
              "agree or not to a decision that another person proposed"},
    Operation{OperationId::lead_withdraw, "lead.withdraw", Right::lead_decide, K::act, S::named,
              Asks::nothing, Second::no, "take one's own proposal back"},
    Operation{OperationId::lead_assign, "lead.assign", Right::lead_decide, K::act, S::named, Asks::nothing,
              Second::no, "say whose a lead is"},
    Operation{OperationId::lead_history, "lead.history", Right::lead_read, K::look, S::named, Asks::nothing,
              Second::no, "show what became of a lead, and who opened it"},
    Operation{OperationId::lead_reproduce, "lead.reproduce", Right::lead_read, K::open, S::named,
              Asks::nothing, Second::no, "compute again what a lead was decided on"},
    Operation{OperationId::family_show, "family.show", Right::record_find, K::open, S::named, Asks::nothing,
              Second::no, "show the families of a person"},
    Operation{OperationId::family_changes, "family.changes", Right::record_find, K::open, S::named,
              Asks::nothing, Second::no, "show what was learnt of a family between two times"},
    Operation{OperationId::record_find, "record.find", Right::record_find, K::open, S::rows, Asks::nothing,
              Second::no, "find a person by number or reference"},
    Operation{OperationId::record_open, "record.open", Right::record_open, K::act, S::named, Asks::reason,
              Second::no, "open records for a quarter of an hour"},
    Operation{OperationId::record_close, "record.close", Right::record_open, K::act, S::nothing,
              Asks::nothing, Second::no, "end an opening of one's own"},
    Operation{OperationId::record_openings, "record.openings", Right::record_open, K::look, S::nothing,
              Asks::nothing, Second::no, "list one's own openings"},
    Operation{OperationId::record_entitlements, "record.entitlements", Right::record_find, K::open, S::named,
              Asks::nothing, Second::no, "show the rights of a person over time"},
    Operation{OperationId::record_explain, "record.explain", Right::record_find, K::look, S::named,
              Asks::nothing, Second::no, "explain why a benefit is due to a person or not"},
    Operation{OperationId::record_origin, "record.origin", Right::record_find, K::open, S::named,
              Asks::nothing, Second::no, "show where a field of a person comes from"},
    Operation{OperationId::quarantine_list, "quarantine.list", Right::message_list, K::open, S::nothing,
              Asks::nothing, Second::no, "list events in quarantine"},
    Operation{OperationId::quarantine_show, "quarantine.show", Right::message_list, K::open, S::nothing,
              Asks::nothing, Second::no, "show an event in quarantine; its body under an opening"},
    Operation{OperationId::quarantine_replay, "quarantine.replay", Right::message_replay, K::act, S::nothing,
              Asks::nothing, Second::no, "run events in quarantine again"},
    Operation{OperationId::quarantine_discard, "quarantine.discard", Right::message_mend, K::act, S::nothing,
              Asks::reason, Second::no, "give up on events in quarantine"},
    Operation{OperationId::message_explain, "message.explain", Right::message_list, K::open, S::nothing,
              Asks::nothing, Second::no,
              "show what the mapping makes of a stored event; its values under an opening"},
    Operation{OperationId::message_remap, "message.remap", Right::message_replay, K::job, S::whole,
              Asks::reason_to_apply, Second::no, "read stored events anew by a mended mapping, or plan it"},
    Operation{OperationId::care_add, "care.add", Right::care_enter, K::act, S::named, Asks::nothing,
              Second::no, "enter a form of the care desk"},
    Operation{OperationId::care_retract, "care.retract", Right::care_enter, K::act, S::named, Asks::nothing,
              Second::no, "take an entry of the care desk back"},
    Operation{OperationId::care_list, "care.list", Right::record_find, K::open, S::named, Asks::nothing,
              Second::no, "list what was entered about a person"},
    Operation{OperationId::evidence_show, "evidence.show", Right::rules_read, K::look, S::nothing,
              Asks::nothing, Second::no, "show the evidence rules that count"},
    Operation{OperationId::evidence_compare, "evidence.compare", Right::rules_publish, K::open, S::whole,
              Asks::nothing, Second::no, "show what other evidence rules would change"},
    Operation{OperationId::evidence_adopt, "evidence.adopt", Right::rules_publish, K::job, S::whole,
              Asks::reason, Second::always, "let other evidence rules count"},
    Operation{OperationId::policy_what_if, "policy.what-if", Right::rules_publish, K::open, S::whole,
              Asks::nothing, Second::no, "show what other policies would change"},
    Operation{OperationId::identity_scan, "identity.scan", Right::night_run, K::job, S::whole, Asks::nothing,
              Second::no, "look for persons who may be one"},
    Operation{OperationId::identity_list, "identity.list", Right::identity_read, K::open, S::whole,
              Asks::nothing, Second::no, "list the identity review queue"},
    Operation{OperationId::identity_show, "identity.show", Right::identity_read, K::open, S::named,
              Asks::nothing, Second::no, "show two persons who may be one"},
    Operation{OperationId::identity_answer, "identity.answer", Right::identity_decide, K::act, S::named,
              Asks::nothing, Second::no, "say whether two persons are one"},
    Operation{OperationId::reconcile_run, "reconcile.run", Right::source_run, K::job, S::whole, Asks::nothing,
              Second::no, "compare an agency's snapshot with what is held, and correct what differs"},
    Operation{OperationId::reconcile_list, "reconcile.list", Right::status_read, K::look, S::nothing,
              Asks::nothing, Second::no, "list the runs of reconciliation"},
    Operation{OperationId::reconcile_show, "reconcile.show", Right::status_read, K::look, S::nothing,
              Asks::nothing, Second::no, "show a run of reconciliation and its masked report"},
    Operation{OperationId::reconcile_agreement, "reconcile.agreement", Right::source_run, K::open, S::whole,
              Asks::nothing, Second::no, "compare what each source says with the settled record"},
    Operation{OperationId::source_list, "source.list", Right::status_read, K::look, S::nothing, Asks::nothing,
              Second::no, "list the sources"},
    Operation{OperationId::source_positions, "source.positions", Right::status_read, K::look, S::nothing,
              Asks::nothing, Second::no, "show how far each source is processed"},
    Operation{OperationId::source_rewind, "source.rewind", Right::source_rewind, K::act, S::whole,
              Asks::nothing, Second::always, "process a source from another event on, or plan it"},
    Operation{OperationId::source_forget, "source.forget", Right::source_rewind, K::act, S::whole,
              Asks::nothing, Second::always, "read an agency anew, or plan it"},
    Operation{OperationId::source_take_back, "source.take-back", Right::source_rewind, K::act, S::whole,
              Asks::reason_to_apply, Second::always,
              "take back what a source claimed of its completeness, or plan it"},
    Operation{OperationId::balance_show, "balance.show", Right::status_read, K::look, S::nothing,
              Asks::nothing, Second::no, "show the balance of events"},
    Operation{OperationId::status_show, "status.show", Right::status_read, K::look, S::nothing, Asks::nothing,
              Second::no, "show what the hub holds and what waits"},
    Operation{OperationId::notice_list, "notice.list", Right::notice_read, K::look, S::whole, Asks::nothing,
              Second::no, "read notices behind a number"},
    Operation{OperationId::payment_draft, "payment.draft", Right::payment_draft, K::open, S::named,
              Asks::nothing, Second::no, "draw up a payment list with its checks"},
    Operation{OperationId::payment_check, "payment.check", Right::payment_draft, K::act, S::named,
              Asks::nothing, Second::three_sign, "freeze a payment list and sign it as made"},
    Operation{OperationId::payment_review, "payment.review", Right::payment_sign, K::act, S::named,
              Asks::nothing, Second::three_sign, "sign a payment list as reviewed"},
    Operation{OperationId::payment_close, "payment.close", Right::payment_close, K::act, S::named,
              Asks::nothing, Second::three_sign, "sign a payment list as approved, and close it"},
    Operation{OperationId::payment_send, "payment.send", Right::payment_bank, K::act, S::named, Asks::reason,
              Second::no, "write the files of the banks, with full accounts"},
    Operation{OperationId::payment_returns, "payment.returns", Right::payment_bank, K::act, S::named,
              Asks::nothing, Second::no, "take in what a bank answered"},
    Operation{OperationId::payment_list, "payment.list", Right::payment_read, K::look, S::whole,
              Asks::nothing, Second::no, "list payment lists with their sums"},
    Operation{OperationId::payment_show, "payment.show", Right::payment_read, K::open, S::named,
              Asks::nothing, Second::no, "show a payment list"},
    Operation{OperationId::payment_overpaid, "payment.overpaid", Right::payment_read, K::open, S::whole,
              Asks::nothing, Second::no, "show the ledger of what was overpaid"},
    Operation{OperationId::payment_settle, "payment.settle", Right::payment_settle, K::act, S::whole,
              Asks::reason, Second::no, "write down what became of a sum that was overpaid"},
    Operation{OperationId::payment_import, "payment.import", Right::payment_draft, K::act, S::whole,
              Asks::reason, Second::no, "take in months that older books settled"},
    Operation{OperationId::account_list, "account.list", Right::account_manage, K::look, S::whole,
              Asks::nothing, Second::no, "list accounts"},
    Operation{OperationId::account_add, "account.add", Right::account_manage, K::act, S::whole,
              Asks::fresh_sign_in, Second::no, "make an account, and a link that gives it a password"},
    Operation{OperationId::account_grant, "account.grant", Right::account_manage, K::act, S::whole,
              Asks::fresh_sign_in, Second::always, "say what an account may, and where"},
    Operation{OperationId::account_lock, "account.lock", Right::account_manage, K::act, S::whole,
              Asks::fresh_sign_in, Second::no, "lock an account, and end its sessions"},
    Operation{OperationId::account_activate, "account.activate", Right::account_manage, K::act, S::whole,
              Asks::fresh_sign_in, Second::no, "make a link that gives an account a new password"},
    Operation{OperationId::audit_list, "audit.list", Right::audit_read, K::look, S::whole, Asks::nothing,
              Second::no, "read the audit trail"},
    Operation{OperationId::report_make, "report.make", Right::report_read, K::look, S::area, Asks::nothing,
              Second::no, "make a report of care: figures of towns, nobody by name"},
    Operation{OperationId::report_members, "report.members", Right::archive_read, K::open, S::area,
              Asks::nothing, Second::no, "list the members of special families, as a report"},
    Operation{OperationId::report_issue, "report.issue", Right::report_issue, K::act, S::area, Asks::nothing,
              Second::no, "hand a report out, as a version that stays"},
    Operation{OperationId::report_issued, "report.issued", Right::report_read, K::look, S::area,
              Asks::nothing, Second::no, "list the reports that were handed out"},
    Operation{OperationId::report_shown, "report.shown", Right::report_read, K::look, S::area, Asks::nothing,
              Second::no, "show a report as it was handed out, and what differs from the version before"},
    Operation{OperationId::report_withdraw, "report.withdraw", Right::report_issue, K::act, S::area,
              Asks::reason, Second::no, "say that a public report is public no more"},
    Operation{OperationId::worklist_show, "worklist.show", Right::archive_read, K::open, S::area,
              Asks::nothing, Second::no, "show which services are owed, due and overdue"},
    Operation{OperationId::archive_list, "archive.list", Right::archive_read, K::open, S::area, Asks::nothing,
              Second::no, "list care archives"},
    Operation{OperationId::archive_show, "archive.show", Right::archive_read, K::open, S::named,
              Asks::nothing, Second::no, "show a care archive: people, helpers, acts, what is owed"},
};

const std::array role_table{
    AccountRole{"viewer", "viewer", "查看员", {Right::lead_read, Right::status_read, Right::rules_read}, {}},
    AccountRole{"case-worker",
                "case worker",
                "经办员",
                {Right::lead_read, Right::lead_decide, Right::record_find, Right::record_open,
                 Right::care_enter, Right::identity_read, Right::identity_decide, Right::status_read,
                 Right::rules_read, Right::report_read, Right::archive_read},
                {Right::lead_countersign, Right::record_open_beyond, Right::report_issue}},
    AccountRole{"operator",
                "operator",
                "运维员",
                {Right::message_list, Right::message_replay, Right::status_read, Right::source_run,
                 Right::source_rewind, Right::rules_read, Right::night_run},
                {Right::message_body, Right::message_mend, Right::rules_publish, Right::notice_read}},
    AccountRole{"payment-clerk",
                "payment clerk",
                "发放员",
                {Right::payment_read, Right::payment_draft, Right::record_open, Right::status_read},
                {Right::payment_sign, Right::payment_close, Right::payment_bank, Right::payment_settle}},
    AccountRole{
        "security", "security administrator", "安全管理员", {Right::status_read, Right::account_manage}, {}},
    AccountRole{
        "auditor", "auditor", "审计员", {Right::status_read, Right::rules_read, Right::audit_read}, {}},
    AccountRole{"leader", "leader", "领导", {Right::report_read}, {Right::report_issue}},
};

}  // namespace

std::span<const Operation> operations() {
  return table;
}

const Operation& operation(OperationId op) {
  const auto& row = table.at(static_cast<std::size_t>(op));
  assert(row.op == op);
  return row;
}

const Operation* operation_named(std::string_view name) {
  const auto* found =
      std::find_if(table.begin(), table.end(), [&](const auto& row) { return row.name == name; });
  return found == table.end() ? nullptr : found;
}

std::span<const AccountRole> account_roles() {
  return role_table;
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::look:
      return "look";
    case Kind::open:
      return "open";
    case Kind::act:
      return "act";
    case Kind::job:
      return "job";
  }
  return "";
}
std::string_view name_of(ScopedBy scoped_by) {
  switch (scoped_by) {
    case ScopedBy::nothing:
      return "-";
    case ScopedBy::named:
      return "what it names";
    case ScopedBy::area:
      return "the area it names";
    case ScopedBy::rows:
      return "each row";
    case ScopedBy::whole:
      return "whole scope only";
  }
  return "";
}
std::string_view name_of(Asks asks) {
  switch (asks) {
    case Asks::nothing:
      return "-";
    case Asks::reason:
      return "reason";
    case Asks::reason_to_apply:
      return "reason, to apply it";
    case Asks::reason_and_revision:
      return "reason, revision seen";
    case Asks::fresh_sign_in:
      return "fresh sign-in";
  }
  return "";
}
std::string_view name_of(Second second) {
  switch (second) {
    case Second::no:
      return "-";
    case Second::of_stops:
      return "stops and overpayments";
    case Second::always:
      return "always";
    case Second::three_sign:
      return "three people sign";
  }
  return "";
}

namespace {

void add_row(std::string& page, std::initializer_list<std::string_view> cells) {
  page += "|";
  for (const auto cell : cells)
    page.append(" ").append(cell).append(" |");
  page += "\n";
}

}  // namespace

std::string roles_page() {
  std::string page =
      "# Rights, roles and operations\n\n"
      "Made from the table of operations (`hub/desk/operations.cpp`) and checked by a test; do not edit by "
      "hand:\n"
      "`KINHUB_GOLDEN=write ctest --preset release -R unit_desk` writes it.\n\n"
      "The command line is used by possession: who can read the data directory and its key has every right "
      "and the\n"
      "whole scope. Reasons are asked, and every call is in the audit trail, all the same. Accounts sign in "
      "at "
      "the HTTP\n"
      "API, each with one or more of the roles below (`kinhub account`).\n\n"
      "## Which role has which right\n\n"
      "x: comes with the role; +: may be granted to its holders one by one.\n\n";
  std::string head = "| right |", line = "|---|";
  for (const auto& role : account_roles())
    head.append(" ").append(role.chinese).append(" ").append(role.name).append(" |"), line += "---|";
  page += head + "\n" + line + "\n";
  for (std::size_t i = 0; i < right_count; ++i) {
    const auto right = static_cast<Right>(i);
    page.append("| ").append(name_of(right)).append(" |");
    for (const auto& role : account_roles())
      page += role.rights.have(right) ? " x |" : role.granted.have(right) ? " + |" : "  |";
    page += "\n";
  }
  page +=
      "\n## Operations\n\n"
      "Kind: a *look* leaves one entry in the audit trail, an *open* also one for each person it shows in "
      "plain, an\n"
      "*act* or *job* one when it begins and one when it is done.\n\n";
  add_row(page, {"operation", "right", "kind", "bound by area", "asks", "second person", "what it does"});
  page += "|---|---|---|---|---|---|---|\n";
  for (const auto& row : operations())
    add_row(page, {row.name, name_of(row.right), name_of(row.kind), name_of(row.scoped_by), name_of(row.asks),
                   name_of(row.second), row.what});
  return page;
}

}  // namespace kinhub
