#include "hub/api/routes.hpp"

#include <array>

#include "hub/api/handlers.hpp"

namespace kinhub::api {
namespace {

using Parameters = std::string_view;
constexpr std::span<const std::string_view> none;
constexpr std::array<Parameters, 5> of_leads = {"state", "kind", "benefit", "limit", "cursor"};
constexpr std::array<Parameters, 2> of_timeline = {"from", "until"};
constexpr std::array<Parameters, 1> of_explanation = {"on"};
constexpr std::array<Parameters, 4> of_quarantine = {"source", "code", "limit", "cursor"};
constexpr std::array<Parameters, 2> of_notices = {"after", "limit"};

constexpr std::array table{
    Route{"/api/v1/leads", OperationId::lead_list, of_leads, list_leads},
    Route{"/api/v1/leads/counts", OperationId::lead_count, none, count_leads},
    Route{"/api/v1/leads/{id}", OperationId::lead_show, none, show_lead},
    Route{"/api/v1/leads/{id}/timeline", OperationId::lead_timeline, of_timeline, lead_timeline},
    Route{"/api/v1/leads/{id}/explanation", OperationId::lead_explain, of_explanation, explain_lead},
    Route{"/api/v1/quarantine", OperationId::quarantine_list, of_quarantine, list_quarantine},
    Route{"/api/v1/sources", OperationId::source_list, none, list_sources},
    Route{"/api/v1/balance", OperationId::balance_show, none, show_balance},
    Route{"/api/v1/status", OperationId::status_show, none, show_status},
    Route{"/api/v1/notices", OperationId::notice_list, of_notices, list_notices},
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

std::optional<Routed> route_of(std::string_view path) {
  for (const auto& route : table)
    if (auto in_path = fits(route.path, path)) return Routed{&route, std::move(*in_path)};
  return std::nullopt;
}

}  // namespace kinhub::api
