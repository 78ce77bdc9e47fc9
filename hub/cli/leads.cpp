#include "hub/cli/commands.hpp"

namespace kinhub::cli {
namespace {

Exit decide(const Context& context, const LeadRequest& request, Verdict verdict) {
  if (context.options.reason.find_first_not_of(" \t") == std::string::npos)
    return context.refuse({"REASON_MISSING", "a decision needs its reason: --reason TEXT", ""});
  auto hub = context.open_hub();
  auto lead = hub->decide(context.caller(), {request.id, verdict, request.revision, context.options.reason,
                                             request.by.empty() ? login_name() : request.by});
  return context.answer(lead);
}

}  // namespace

Exit leads(const Context& context, const LeadFilter& filter) {
  auto hub = context.open_hub();
  auto found = hub->leads(context.caller(), filter);
  if (!found) return context.refuse(found.error());
  return context.show(*found);
}

Exit lead_show(const Context& context, const LeadRequest& request) {
  auto hub = context.open_hub();
  auto lead = hub->lead(context.caller(), request.id, request.known_at_us);
  if (!lead) return context.refuse(lead.error());
  return context.show(*lead);
}

Exit lead_confirm(const Context& context, const LeadRequest& request) {
  return decide(context, request, Verdict::confirm);
}

Exit lead_dismiss(const Context& context, const LeadRequest& request) {
  return decide(context, request, Verdict::dismiss);
}

}  // namespace kinhub::cli
