#pragma once
// The handlers, one function for each route: parameters and body in, one call of the guarded desk, its answer
// as JSON out.

#include "hub/api/call.hpp"

namespace kinhub::api {

// session_handlers.cpp: who is it
Result<Answer> show_session(const Call& call);
Result<Answer> sign_in(const Call& call);
Result<Answer> sign_out(const Call& call);
Result<Answer> renew_session(const Call& call);
Result<Answer> make_first(const Call& call);
Result<Answer> activate(const Call& call);
Result<Answer> take_report(const Call& call);
Result<Answer> change_password(const Call& call);

// account_handlers.cpp: whoever keeps the accounts
Result<Answer> add_account(const Call& call);
Result<Answer> grant_account(const Call& call);
Result<Answer> lock_account(const Call& call);
Result<Answer> activate_account(const Call& call);

// act_handlers.cpp: what changes something
Result<Answer> decide_lead(const Call& call);
Result<Answer> countersign_lead(const Call& call);
Result<Answer> withdraw_proposal(const Call& call);
Result<Answer> assign_lead(const Call& call);
Result<Answer> open_records(const Call& call);
Result<Answer> close_opening(const Call& call);
Result<Answer> replay_quarantined(const Call& call);
Result<Answer> discard_quarantined(const Call& call);

// handlers.cpp: what is looked at
Result<Answer> list_roles(const Call& call);
Result<Answer> list_leads(const Call& call);
Result<Answer> count_leads(const Call& call);
Result<Answer> show_lead(const Call& call);
Result<Answer> lead_timeline(const Call& call);
Result<Answer> explain_lead(const Call& call);
Result<Answer> lead_history(const Call& call);
Result<Answer> search_persons(const Call& call);
Result<Answer> list_families(const Call& call);
Result<Answer> list_entitlements(const Call& call);
Result<Answer> explain_person(const Call& call);
Result<Answer> list_openings(const Call& call);
Result<Answer> list_quarantine(const Call& call);
Result<Answer> show_quarantined(const Call& call);
Result<Answer> list_sources(const Call& call);
Result<Answer> show_balance(const Call& call);
Result<Answer> show_status(const Call& call);
Result<Answer> list_notices(const Call& call);
Result<Answer> list_accounts(const Call& call);
Result<Answer> list_audit(const Call& call);

/// A lead with its ETag.
Answer answer_of(const LeadView& lead, int status = 200);

}  // namespace kinhub::api
