#include "hub/api/service.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "hub/api/routes.hpp"
#include "hub/api/token.hpp"
#include "hub/base/mask.hpp"
#include "hub/base/unavailable.hpp"
#include "hub/desk/audit_trail.hpp"

namespace kinhub::api {
namespace {

/// Routes of the server itself, which ask no operation of the desk.
constexpr std::string_view health = "/healthz", ready = "/readyz", metrics = "/metrics";

Caller caller_of(const Request& request) {
  Caller caller;
  caller.account = "token";  // of whoever may read the data directory: every right by possession
  caller.rights = Rights::all(), caller.scope = {true, {}};
  caller.channel = Channel::api, caller.from = request.from;
  return caller;
}

}  // namespace

std::vector<std::pair<std::string, std::string>> security_headers() {
  return {
      {"Content-Security-Policy",
       "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
       "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"},
      {"X-Content-Type-Options", "nosniff"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
      {"Cache-Control", "no-store"},
  };
}

void RequestCounts::add(std::string_view route, int status, double seconds) {
  const std::string name(route.empty() ? "other" : route);
  MutexLock hold(mutex_);
  ++requests_[{name, status}];
  seconds_[name] += seconds;
}

void RequestCounts::refused(std::string_view why) {
  MutexLock hold(mutex_);
  ++refused_[std::string(why)];
}

std::string RequestCounts::text() const {
  MutexLock hold(mutex_);
  std::string text =
      "# HELP kinhub_http_requests_total Requests answered, by route and status.\n"
      "# TYPE kinhub_http_requests_total counter\n";
  for (const auto& [key, count] : requests_)
    text += "kinhub_http_requests_total{route=\"" + key.first + "\",status=\"" + std::to_string(key.second) +
            "\"} " + std::to_string(count) + "\n";
  text +=
      "# HELP kinhub_http_seconds_total Time of answering, by route.\n"
      "# TYPE kinhub_http_seconds_total counter\n";
  for (const auto& [route, seconds] : seconds_)
    text += "kinhub_http_seconds_total{route=\"" + route + "\"} " + std::to_string(seconds) + "\n";
  text +=
      "# HELP kinhub_http_refused_total Requests refused before they were routed, by why.\n"
      "# TYPE kinhub_http_refused_total counter\n";
  for (const auto& [why, count] : refused_)
    text += "kinhub_http_refused_total{why=\"" + why + "\"} " + std::to_string(count) + "\n";
  return text;
}

Answer Service::refusal(std::string_view code, std::string_view detail, const std::string& request_id,
                        std::string_view accept_language) const {
  const auto& one = problem(code);
  Answer answer{one.status, "application/problem+json",
                problem_json(one, detail, request_id, language_of(accept_language))};
  answer.closes = one.closes;
  if (code == "SIGN_IN") answer.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (code == "METHOD") answer.headers.emplace_back("Allow", "GET, HEAD");
  if (one.status == 503) answer.headers.emplace_back("Retry-After", "2");
  return answer;
}

std::optional<Answer> Service::at_once(const Request& request, const std::string& request_id) const {
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!reads) {
    auto refused = refusal("METHOD", "only GET and HEAD are served", request_id, request.accept_language);
    refused.closes = true;  // its body was not read
    return refused;
  }
  if (request.path == health) return Answer{200, "text/plain; charset=utf-8", "ok\n", {}, false, "/healthz"};
  const auto token = read_token(options_.token_file);
  if (!token || !carries(request.authorization, *token))
    return refusal("SIGN_IN", "send the token of this machine: Authorization: Bearer khm_...", request_id,
                   request.accept_language);
  if (request.path == metrics) {
    std::ifstream file(options_.metrics_file, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    return Answer{200,       "text/plain; version=0.0.4; charset=utf-8", text + counts_.text(), {}, false,
                  "/metrics"};
  }
  if (request.path == ready || route_of(request.path)) return std::nullopt;
  return refusal("NO_SUCH_PAGE", "the contract lists what is here: openapi.yaml", request_id,
                 request.accept_language);
}

Answer Service::routed(const Request& request, const std::string& request_id, GuardedDesk& desk) const {
  const auto refuse = [&](const Error& error) {
    const auto one = problem_of(error);
    const auto right = error.code == "FORBIDDEN" ? error.place : std::string();
    Answer answer{one.status, "application/problem+json",
                  problem_json(one, error.text, request_id, language_of(request.accept_language), right)};
    return answer;
  };
  if (request.path == ready) {
    const auto status = desk.status(caller_of(request));
    if (!status) return refuse(status.error());
    return Answer{200, "text/plain; charset=utf-8", "ready\n", {}, false, std::string(ready)};
  }
  auto found = route_of(request.path);
  auto query = Query::read(request.query);
  if (!query) return refuse(query.error());
  for (const auto& [name, value] : query->all())
    if (std::find(found->route->parameters.begin(), found->route->parameters.end(), name) ==
        found->route->parameters.end())
      return refuse({"UNKNOWN_PARAMETER", "a parameter is not one of this list: look at the contract", ""});
  const auto now_us = options_.clock.now_us();
  const Call call{desk,
                  caller_of(request),
                  std::move(found->in_path),
                  std::move(*query),
                  now_us,
                  options_.today.value_or(shanghai_date(now_us)),
                  cursors_,
                  found->route->path};
  auto answer = found->route->handle(call);
  if (!answer) {
    auto refused = refuse(answer.error());
    refused.route = found->route->path;
    return refused;
  }
  answer->route = found->route->path;
  return std::move(*answer);
}

Answer Service::answer(const Request& request, const std::string& request_id,
                       std::unique_ptr<GuardedDesk>& desk, const OpenDesk& open) const try {
  if (!desk) desk = open();
  return routed(request, request_id, *desk);
} catch (const AuditAway& away) {
  desk.reset();  // opened anew with the next request, as the file may be another one then
  options_.note("api: " + request_id + ": " + mask_numbers_in(away.what()));
  return refusal("AUDIT_AWAY", "nothing is shown as long as it cannot be written down", request_id,
                 request.accept_language);
} catch (const Unavailable& away) {
  desk.reset();
  options_.note("api: " + request_id + ": " + mask_numbers_in(away.what()));
  return refusal("STORE_AWAY", "ask again in a moment", request_id, request.accept_language);
} catch (const std::exception& broken) {
  desk.reset();
  options_.note("api: " + request_id + ": " + mask_numbers_in(broken.what()));
  return refusal("INTERNAL", "the log of the hub tells more under this request's id", request_id,
                 request.accept_language);
}

}  // namespace kinhub::api
