#include "hub/desk/state_json.hpp"

#include <nlohmann/json.hpp>

#include "hub/desk/json.hpp"

namespace kinhub {
namespace {

using Json = nlohmann::ordered_json;

std::string one_line(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// Of a balance what is left over, which must be nothing; the rest is how much the hub holds.
void keep_residues(Json& balance) {
  if (!balance.is_object()) return;
  for (auto& [name, value] : balance.items()) {
    if (name == "sources") {
      for (auto& source : value)
        keep_residues(source);
    } else if (name != "residue") {
      value = nullptr;
    }
  }
}

}  // namespace

std::string balance_json(const Caller& caller, const Balance& balance) {
  auto text = one_line_json(balance);
  if (caller.scope.whole) return text;
  auto shown = Json::parse(text);
  keep_residues(shown);
  return one_line(shown);
}

std::string status_json(const Caller& caller, const HubState& status) {
  auto text = one_line_json(status);
  if (caller.scope.whole && caller.rights.have(Right::source_run)) return text;
  auto shown = Json::parse(text);
  for (const char* name : {"data", "config", "config_from"})
    shown[name] = nullptr;
  if (shown["log"] != "embedded") shown["log"] = "kafka";  // and not where
  if (caller.scope.whole) return one_line(shown);
  for (const char* name : {"node", "persons", "facts", "unreadable", "notices", "notices_waiting"})
    shown[name] = nullptr;
  for (const char* name : {"open_leads", "identity_pairs"})
    shown[name] = Json::object();
  for (const char* name : {"sinks", "nodes", "leases"})
    shown[name] = Json::array();
  // That something is wrong is told; why may name files and machines.
  for (auto& why : shown["stopped"])
    why = "stopped";
  for (const char* name : {"log_away", "policies", "evidence"})
    if (shown.contains(name) && !shown[name].is_null()) shown[name] = "ask whoever runs the hub";
  keep_residues(shown["balance"]);
  return one_line(shown);
}

}  // namespace kinhub
