// Accounts at the command line: whoever can read data directory and key may make the first ones, and open the
// door of somebody who is locked out. No password passes here: a one-time link lets its bearer choose one.
#include <ostream>

#include "hub/base/terminal_text.hpp"
#include "hub/base/time_text.hpp"
#include "hub/cli/commands.hpp"

namespace kinhub::cli {
namespace {

std::string joined(const std::vector<std::string>& words, const char* none) {
  std::string text;
  for (const auto& word : words)
    text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? none : text;
}

/// Where the console of this hub is reached.
std::string address_of(const Context& context) {
  const auto api = context.config.api.value_or(ApiConfig());
  const auto host = api.address == "::1" ? std::string("[::1]") : api.address;
  return "http://" + host + ":" + std::to_string(api.port);
}

/// The link is a secret for one person: it is printed and kept nowhere.
Exit tell_link(const Context& context, const Result<AccountLinkView>& made) {
  if (!made) return context.refuse(made.error());
  const auto url = address_of(context) + "/activate/" + made->secret;
  if (context.options.json) {
    context.write(to_json(*made, url));
    return Exit::done;
  }
  context.out << printable(made->account.name) << " chooses a password there, once, until "
              << shanghai_time(made->until_us) << ":\n"
              << url << "\n";
  return Exit::done;
}

AccountRequest request_of(const AccountCommand& command) {
  return {command.name, command.roles, command.rights, command.areas};
}

Exit tell(const Context& context, const Result<UserView>& changed) {
  if (!changed) return context.refuse(changed.error());
  if (context.options.json)
    context.write(to_json(*changed));
  else
    context.out << printable(changed->name) << ": " << changed->state << ", "
                << joined(changed->roles, "no role") << "; its sessions have ended\n";
  return Exit::done;
}

}  // namespace

Exit account_list(const Context& context, const AccountCommand&) {
  const auto accounts = context.open_hub()->accounts(context.caller());
  if (!accounts) return context.refuse(accounts.error());
  if (context.options.json) {
    context.write(to_json(*accounts));
    return Exit::done;
  }
  if (accounts->empty()) context.out << "no accounts\n";
  for (const auto& one : *accounts)
    context.out << printable(one.name) << "  " << one.state
                << (one.door_closed ? ", closed after failures" : "") << "  " << joined(one.roles, "no role")
                << (one.rights.empty() ? "" : " + " + joined(one.rights, "")) << "  "
                << joined(one.areas, "whole scope") << "\n";
  return Exit::done;
}

Exit account_add(const Context& context, const AccountCommand& command) {
  return tell_link(context, context.open_hub()->account_add(context.caller(), request_of(command)));
}

Exit account_grant(const Context& context, const AccountCommand& command) {
  return tell(context, context.open_hub()->account_grant(context.caller(), request_of(command)));
}

Exit account_lock(const Context& context, const AccountCommand& command) {
  return tell(context, context.open_hub()->account_lock(context.caller(), command.name));
}

Exit account_activate(const Context& context, const AccountCommand& command) {
  return tell_link(context, context.open_hub()->account_activate(context.caller(), command.name));
}

}  // namespace kinhub::cli
