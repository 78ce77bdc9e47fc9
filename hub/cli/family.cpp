#include "hub/cli/commands.hpp"

namespace kinhub::cli {

Exit family(const Context& context, const FamilyRequest& request) {
  auto who = read_person(request.of);
  if (!who) return context.refuse(who.error());
  auto hub = context.open_hub();
  auto found = hub->families(context.caller(), *who, request.valid_at, request.known_at_us);
  if (!found) return context.refuse(found.error());
  return context.show(*found);
}

Exit family_changes(const Context& context, const FamilyChangesRequest& request) {
  if (request.until_us <= request.from_us)
    return context.refuse({"INTERVAL", "--diff wants the earlier time first: T1..T2", ""});
  auto who = read_person(request.of);
  if (!who) return context.refuse(who.error());
  auto hub = context.open_hub();
  auto found = hub->family_changes(context.caller(), *who, request.from_us, request.until_us);
  if (!found) return context.refuse(found.error());
  return context.show(*found);
}

Exit entitlements(const Context& context, const EntitlementsRequest& request) {
  if (request.when.empty())
    return context.refuse({"INTERVAL", "--from is before --until: days are [from, until)", ""});
  auto who = read_person(request.of);
  if (!who) return context.refuse(who.error());
  auto hub = context.open_hub();
  auto found = hub->entitlements(context.caller(), *who, request.when, request.known_at_us);
  if (!found) return context.refuse(found.error());
  return context.show(*found);
}

Exit explain(const Context& context, const ExplainRequest& request) {
  if (request.benefit.empty() == request.field.empty())
    return context.refuse(
        {"EXPLAIN_WHAT", "say either --benefit, why it is due, or --field, where it comes from", ""});
  if (request.on && request.benefit.empty())
    return context.refuse({"EXPLAIN_WHEN",
                           "--on is for --benefit alone: a field is explained with all its days; leave it "
                           "out, or say --known-at",
                           ""});
  auto who = read_person(request.of);
  if (!who) return context.refuse(who.error());
  auto hub = context.open_hub();
  if (!request.field.empty()) {
    auto origin = hub->origin(context.caller(), *who, request.field, request.known_at_us);
    if (!origin) return context.refuse(origin.error());
    return context.show(*origin);
  }
  const auto day = request.known_at_us ? shanghai_date(*request.known_at_us) : context.today();
  auto found =
      hub->explain(context.caller(), *who, request.benefit, request.on.value_or(day), request.known_at_us);
  if (!found) return context.refuse(found.error());
  return context.show(*found);
}

}  // namespace kinhub::cli
