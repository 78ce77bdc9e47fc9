#include "hub/api/routes.hpp"

#include <array>

#include "hub/api/handlers.hpp"

namespace kinhub::api {
namespace {

using Parameters = std::string_view;
using Id = OperationId;
constexpr std::span<const std::string_view> none;
constexpr std::array<Parameters, 5> of_leads = {"state", "kind", "benefit", "limit", "cursor"};
constexpr std::array<Parameters, 2> of_timeline = {"from", "until"};
constexpr std::array<Parameters, 1> of_explanation = {"on"};
constexpr std::array<Parameters, 4> of_quarantine = {"source", "code", "limit", "cursor"};
constexpr std::array<Parameters, 2> of_notices = {"after", "limit"};
constexpr std::array<Parameters, 2> of_families = {"valid_at", "known_at"};
constexpr std::array<Parameters, 3> of_entitlements = {"from", "until", "known_at"};
constexpr std::array<Parameters, 3> of_account = {"benefit", "on", "known_at"};
constexpr std::array<Parameters, 4> of_audit = {"account", "operation", "before", "limit"};

constexpr std::array table{
    Route{"GET", "/api/v1/session", {}, none, show_session},
    Route{"POST", "/api/v1/session", {}, none, sign_in, Key::none, Asker::stranger},
    Route{"DELETE", "/api/v1/session", {}, none, sign_out},
    Route{"POST", "/api/v1/session/renewal", {}, none, renew_session},
    Route{"POST", "/api/v1/first/{link}", {}, none, make_first, Key::none, Asker::stranger},
    Route{"POST", "/api/v1/activate/{link}", {}, none, activate, Key::none, Asker::stranger},
    Route{"POST", "/api/v1/csp", {}, none, take_report, Key::none, Asker::stranger},
    Route{"GET", "/api/v1/roles", {}, none, list_roles},
    Route{"GET", "/api/v1/leads", Id::lead_list, of_leads, list_leads},
    Route{"GET", "/api/v1/leads/counts", Id::lead_count, none, count_leads},
    Route{"GET", "/api/v1/leads/{id}", Id::lead_show, none, show_lead},
    Route{"GET", "/api/v1/leads/{id}/timeline", Id::lead_timeline, of_timeline, lead_timeline},
    Route{"GET", "/api/v1/leads/{id}/explanation", Id::lead_explain, of_explanation, explain_lead},
    Route{"GET", "/api/v1/leads/{id}/history", Id::lead_history, none, lead_history},
    Route{"POST", "/api/v1/leads/{id}/decisions", Id::lead_decide, none, decide_lead, Key::with_act},
    Route{"POST", "/api/v1/leads/{id}/countersignature", Id::lead_countersign, none, countersign_lead,
          Key::with_act},
    Route{"DELETE", "/api/v1/leads/{id}/proposal", Id::lead_withdraw, none, withdraw_proposal},
    Route{"PUT", "/api/v1/leads/{id}/assignee", Id::lead_assign, none, assign_lead},
    Route{"POST", "/api/v1/persons/search", Id::record_find, none, search_persons},
    Route{"GET", "/api/v1/persons/{ref}/families", Id::family_show, of_families, list_families},
    Route{"GET", "/api/v1/persons/{ref}/entitlements", Id::record_entitlements, of_entitlements,
          list_entitlements},
    Route{"GET", "/api/v1/persons/{ref}/explanation", Id::record_explain, of_account, explain_person},
    Route{"POST", "/api/v1/openings", Id::record_open, none, open_records, Key::with_act},
    Route{"GET", "/api/v1/openings", Id::record_openings, none, list_openings},
    Route{"DELETE", "/api/v1/openings/{id}", Id::record_close, none, close_opening},
    Route{"GET", "/api/v1/quarantine", Id::quarantine_list, of_quarantine, list_quarantine},
    Route{"POST", "/api/v1/quarantine/discards", Id::quarantine_discard, none, discard_quarantined,
          Key::behind_act},
    Route{"GET", "/api/v1/quarantine/{id}", Id::quarantine_show, none, show_quarantined},
    Route{"POST", "/api/v1/quarantine/{id}/replay", Id::quarantine_replay, none, replay_quarantined,
          Key::behind_act},
    Route{"GET", "/api/v1/sources", Id::source_list, none, list_sources},
    Route{"GET", "/api/v1/balance", Id::balance_show, none, show_balance},
    Route{"GET", "/api/v1/status", Id::status_show, none, show_status},
    Route{"GET", "/api/v1/notices", Id::notice_list, of_notices, list_notices},
    Route{"GET", "/api/v1/accounts", Id::account_list, none, list_accounts},
    Route{"POST", "/api/v1/accounts", Id::account_add, none, add_account, Key::if_given},
    Route{"PATCH", "/api/v1/accounts/{name}", Id::account_lock, none, lock_account},
    Route{"PUT", "/api/v1/accounts/{name}/grants", Id::account_grant, none, grant_account},
    Route{"POST", "/api/v1/accounts/{name}/activation", Id::account_activate, none, activate_account,
          Key::if_given},
    Route{"PUT", "/api/v1/account/password", {}, none, change_password},
    Route{"GET", "/api/v1/audit", Id::audit_list, of_audit, list_audit},
};

/// The next part of a path, without its slash.
std::string_view next_part(std::string_view& path) {
  path.remove_prefix(1);
  const auto part = path.substr(0, path.find('/'));
  path.remove_prefix(part.size());
  return part;
}

std::optional<std::vector<std::string>> fits(std::string_view pattern, std::string_view path) {
  std::vector<std::string> in_path;
  while (pattern.starts_with("/") && path.starts_with("/")) {
    const auto wanted = next_part(pattern), given = next_part(path);
    if (!wanted.starts_with("{")) {
      if (wanted != given) return std::nullopt;
      continue;
    }
    auto value = decoded(given);
    if (!value || value->empty()) return std::nullopt;
    in_path.push_back(std::move(*value));
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return in_path;
}

}  // namespace

std::span<const Route> routes() {
  return table;
}

Routed route_of(std::string_view method, std::string_view path) {
  if (method == "HEAD") method = "GET";
  Routed routed;
  for (const auto& route : table) {
    auto in_path = fits(route.path, path);
    if (!in_path) continue;
    // A path of words alone goes before one with a value: /leads/counts is no lead.
    const bool words_alone = in_path->empty();
    if (route.method == method && (routed.route == nullptr || words_alone))
      routed.route = &route, routed.in_path = std::move(*in_path);
    if (!routed.allowed.empty()) routed.allowed += ", ";
    routed.allowed += route.method == "GET" ? "GET, HEAD" : std::string(route.method);
  }
  return routed;
}

}  // namespace kinhub::api
