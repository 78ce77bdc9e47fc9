#pragma once
// The handlers, one function for each route: parameters in, one call of the guarded desk, its answer as JSON
// out.

#include "hub/api/call.hpp"

namespace kinhub::api {

Result<Answer> list_leads(const Call& call);
Result<Answer> count_leads(const Call& call);
Result<Answer> show_lead(const Call& call);
Result<Answer> lead_timeline(const Call& call);
Result<Answer> explain_lead(const Call& call);
Result<Answer> list_quarantine(const Call& call);
Result<Answer> list_sources(const Call& call);
Result<Answer> show_balance(const Call& call);
Result<Answer> show_status(const Call& call);
Result<Answer> list_notices(const Call& call);

}  // namespace kinhub::api
