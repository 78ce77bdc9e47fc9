#include <pwd.h>
#include <unistd.h>

#include "hub/cli/commands.hpp"

namespace kinhub::cli {
namespace {

Exit decide(const Context& context, const LeadRequest& request, Operations::Verdict verdict) {
  if (context.options.reason.find_first_not_of(" \t") == std::string::npos)
    return context.refuse({"REASON_MISSING", "a decision needs its reason: --reason TEXT", ""});
  auto hub = context.open_hub();
  auto lead = hub->decide(request.id, verdict, context.options.reason,
                          request.by.empty() ? login_name() : request.by);
  if (!lead) return context.refuse(lead.error());
  return context.show(*lead, context.reveal());
}

}  // namespace

std::string login_name() {
  const auto* user = ::getpwuid(::getuid());
  return user ? user->pw_name : "uid " + std::to_string(::getuid());
}

Exit leads(const Context& context, const LeadFilter& filter) {
  auto hub = context.open_hub();
  auto found = hub->leads(filter);
  if (!found) return context.refuse(found.error());
  return context.show(*found, context.reveal());
}

Exit lead_show(const Context& context, const LeadRequest& request) {
  auto hub = context.open_hub();
  auto lead = hub->lead(request.id, request.known_at_us);
  if (!lead) return context.refuse(lead.error());
  return context.show(*lead, context.reveal());
}

Exit lead_confirm(const Context& context, const LeadRequest& request) {
  return decide(context, request, Operations::Verdict::confirm);
}

Exit lead_dismiss(const Context& context, const LeadRequest& request) {
  return decide(context, request, Operations::Verdict::dismiss);
}

}  // namespace kinhub::cli
