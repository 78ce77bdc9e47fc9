#pragma once
// The table of operations: what can be asked of the desk, with which right, and what the guard asks before it
// is done. Guard, audit vocabulary, roles page and the API's contract are derived from it and never written
// twice.

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "hub/desk/caller.hpp"

namespace kinhub {

/// Names of the rows, in their order.
enum class OperationId : std::uint8_t {
  hub_run,
  source_ingest,
  night_run,
  lead_list,
  lead_count,
  lead_show,
  lead_timeline,
  lead_explain,
  lead_decide,
  lead_countersign,
  lead_withdraw,
  lead_assign,
  lead_history,
  lead_reproduce,
  family_show,
  family_changes,
  record_find,
  record_open,
  record_close,
  record_openings,
  record_entitlements,
  record_explain,
  record_origin,
  quarantine_list,
  quarantine_show,
  quarantine_replay,
  quarantine_discard,
  message_explain,
  message_remap,
  care_add,
  care_retract,
  care_list,
  evidence_show,
  evidence_compare,
  evidence_adopt,
  policy_what_if,
  identity_scan,
  identity_list,
  identity_show,
  identity_answer,
  reconcile_run,
  reconcile_list,
  reconcile_show,
  reconcile_agreement,
  source_list,
  source_positions,
  source_rewind,
  source_forget,
  source_take_back,
  balance_show,
  status_show,
  notice_list,
  payment_draft,
  payment_check,
  payment_review,
  payment_close,
  payment_send,
  payment_returns,
  payment_list,
  payment_show,
  payment_overpaid,
  payment_settle,
  payment_import,
  account_list,
  account_add,
  account_grant,
  account_lock,
  account_activate,
  audit_list,
  report_make,
  report_members,
  report_issue,
  report_issued,
  report_shown,
  report_withdraw,
  worklist_show,
  archive_list,
  archive_show,
};

/// Kind of an operation, which decides its entries in the audit trail: look, one for each call; open, also
/// one for each person shown in plain; act and job, one when it begins and one when it is done.
enum class Kind : std::uint8_t { look, open, act, job };
/// By what the caller's areas bind it: nothing, the things the request names, the area that it names, each
/// row of the answer, or only callers of the whole scope may call it.
enum class ScopedBy : std::uint8_t { nothing, named, area, rows, whole };
/// What the guard asks for besides the right: nothing; a reason, or one for more than a plan; a reason and
/// the revision that was seen; of an account, that its password was given within the last minutes.
enum class Asks : std::uint8_t { nothing, reason, reason_to_apply, reason_and_revision, fresh_sign_in };
/// Whether a second person must agree. Asked of accounts where the configuration says so (four_eyes), of
/// stops so far; one person at the machine cannot be two. Of a payment list three people sign with their
/// names, each over what they saw.
enum class Second : std::uint8_t { no, of_stops, always, three_sign };

struct Operation {
  OperationId op{};
  std::string_view name;  ///< lead.decide
  Right right{};
  Kind kind{};
  ScopedBy scoped_by{};
  Asks asks{};
  Second second{};
  std::string_view what;  ///< one line, for people
};

/// All rows, in the order of OperationId.
std::span<const Operation> operations();
const Operation& operation(OperationId op);
/// By name; nothing: there is none.
const Operation* operation_named(std::string_view name);

std::string_view name_of(Kind kind);
std::string_view name_of(ScopedBy scoped_by);
std::string_view name_of(Asks asks);
std::string_view name_of(Second second);

/// A role bundles rights; an account has one or more.
struct AccountRole {
  std::string_view id;  ///< case-worker
  std::string_view name, chinese;
  Rights rights;   ///< that come with it
  Rights granted;  ///< that may be granted to its holders one by one
};
/// Viewer, case worker, operator, security administrator, auditor, leader.
std::span<const AccountRole> account_roles();

/// docs/roles.md.
std::string roles_page();

}  // namespace kinhub
