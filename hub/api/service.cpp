#include "hub/api/service.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>

#include "hub/account/random_text.hpp"
#include "hub/account/slips.hpp"
#include "hub/api/body.hpp"
#include "hub/api/token.hpp"
#include "hub/base/mask.hpp"
#include "hub/base/unavailable.hpp"
#include "hub/desk/audit_trail.hpp"

namespace kinhub::api {
namespace {

/// Routes of the server itself, which ask no operation of the desk.
constexpr std::string_view health = "/healthz", ready = "/readyz", metrics = "/metrics",
                           first_page = "/first/", activation_page = "/activate/", reports = "/api/v1/csp";
constexpr std::int64_t records_an_hour_max = 100;  // without the password anew
constexpr std::size_t body_max = 1u << 20;

/// Whoever may read the data directory: every right by possession, but for what a person does who has signed
/// in: to open names and numbers, to agree as the second, and to keep the accounts.
Caller possessor(const Request& request) {
  Caller caller;
  caller.account = caller.name = "token";
  caller.rights = Rights::all();
  for (const auto right : {Right::record_open, Right::record_open_beyond, Right::message_body,
                           Right::lead_countersign, Right::account_manage})
    caller.rights.remove(right);
  caller.scope = {true, {}};
  caller.channel = Channel::api, caller.from = request.from;
  return caller;
}

Caller stranger(const Request& request) {
  Caller caller;
  caller.channel = Channel::api, caller.from = request.from;
  return caller;
}

/// An address of this machine, as a socket tells it.
bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

/// Why an unsafe request may be another site's doing (cross-site request forgery); empty: it is not.
std::string_view origin_fault(const Request& request) {
  const auto& site = request.fetch_site;
  if (!site.empty() && site != "same-origin" && site != "none") return "ORIGIN";
  if (request.origin.empty()) return request.by_token() ? "" : "ORIGIN";
  return same_ignoring_case(request.origin, "http://" + request.host) ? "" : "ORIGIN";
}

bool is_json(std::string_view type) {
  const auto end = std::min(type.find(';'), type.size());
  auto name = type.substr(0, end);
  while (name.ends_with(' '))
    name.remove_suffix(1);
  return same_ignoring_case(name, "application/json");
}

bool is_idempotency_key(std::string_view key) {
  constexpr std::size_t size_min = 16, size_max = 64;
  return key.size() >= size_min && key.size() <= size_max && std::all_of(key.begin(), key.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
         });
}

/// What an act names: in its address, and in its body where that lists things.
std::vector<std::string> named_by(const Call& call) {
  constexpr std::size_t names_max = 1000, name_max = 60;
  auto names = call.in_path;
  const auto body = Body::read(call.request.body, {"subjects", "purpose", "reason", "ids"});
  for (const char* list : {"subjects", "ids"}) {
    if (!body || !body->has(list)) continue;
    const auto listed = body->texts(list, names_max, name_max);
    if (listed) names.insert(names.end(), listed->begin(), listed->end());
  }
  return names;
}

/// A page of the console that goes on with a secret: behind the #, which no browser sends anywhere.
std::optional<Answer> page_of_link(const Request& request, std::string_view prefix, std::string_view page) {
  if (!request.reads() || !request.path.starts_with(prefix)) return std::nullopt;
  const auto secret = std::string_view(request.path).substr(prefix.size());
  if (!is_secret(secret)) return std::nullopt;
  return Answer{303,   "text/plain; charset=utf-8",
                "",    {{"Location", std::string(page) + "#" + std::string(secret)}},
                false, std::string(prefix) + "{link}"};
}

}  // namespace

std::size_t Service::body_bytes_max(const Request& request) {
  const bool names_itself = request.by_token() || is_secret(session_secret(request.cookie));
  const auto* route = route_of(request.method, request.path).route;
  const bool small = route == nullptr || route->asker == Asker::stranger || hashes_password(request);
  return names_itself && !small ? body_max : stranger_body_max;
}

bool Service::hashes_password(const Request& request) {
  const std::string_view path = request.path;
  if (request.method == "PUT") return path == "/api/v1/account/password";
  if (request.method != "POST") return false;
  return path == "/api/v1/session" || path == "/api/v1/session/renewal" ||
         path.starts_with("/api/v1/first/") || path.starts_with("/api/v1/activate/");
}

std::vector<std::pair<std::string, std::string>> security_headers() {
  return {
      {"Content-Security-Policy", content_security_policy("")},
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
  if (one.status == 503) answer.headers.emplace_back("Retry-After", "2");
  return answer;
}

std::optional<Answer> Service::over_limit(Buckets& bucket, const std::string& key, const Request& request,
                                          const std::string& request_id) const {
  const auto wait_us = bucket.take(key, options_.pace.now_us());
  if (wait_us == 0) return std::nullopt;
  counts_.refused("TOO_MANY");
  const auto& one = problem("TOO_MANY");
  ProblemMore more;
  more.retry_after = (wait_us + 999'999) / 1'000'000;
  Answer answer{
      one.status, "application/problem+json",
      problem_json(one, "ask again after a while", request_id, language_of(request.accept_language), more)};
  answer.headers.emplace_back("Retry-After", std::to_string(more.retry_after));
  return answer;
}

bool Service::has_token(const Request& request) const {
  const auto token = read_token(options_.token_file);
  return token && carries(request.authorization, *token);
}

std::optional<Answer> Service::at_once(const Request& request, const std::string& request_id) const {
  const auto refuse = [&](std::string_view code, std::string_view detail) {
    if (code == "ORIGIN" || code == "CONTENT_TYPE") counts_.refused(code);
    return refusal(code, detail, request_id, request.accept_language);
  };
  if (request.reads()) {
    if (request.path == health)
      return Answer{200, "text/plain; charset=utf-8", "ok\n", {}, false, "/healthz"};
    if (ConsoleFiles::owns(request.path)) {
      if (auto file = console_.answer(request.path, request.accept_encoding)) return file;
      return refuse("NO_SUCH_PAGE", "there is no such file");
    }
    if (auto page = page_of_link(request, first_page, "/ui/first")) return page;
    if (auto page = page_of_link(request, activation_page, "/ui/activate")) return page;
  }
  constexpr std::string_view methods = "GET HEAD POST PUT PATCH DELETE";
  const auto routed = route_of(request.method, request.path);
  if (methods.find(request.method) == methods.npos) {
    auto other = refuse("METHOD", "this method is not served");
    other.headers.emplace_back("Allow", routed.allowed.empty() ? "GET, HEAD" : routed.allowed);
    return other;
  }
  const bool reports_something = routed.route != nullptr && request.path == reports;
  if (!request.reads() && !reports_something) {
    if (const auto fault = origin_fault(request); !fault.empty())
      return refuse(fault, "ask from the page of the hub itself, or with its token");
    const bool has_body = request.method != "DELETE";
    if (has_body && routed.route != nullptr && !is_json(request.content_type) && !request.body.empty())
      return refuse("CONTENT_TYPE", "send Content-Type: application/json");
  }
  const bool is_metrics = request.path == metrics && request.reads();
  const bool open_to_all = (routed.route != nullptr && routed.route->asker == Asker::stranger) ||
                           (is_metrics && is_loopback(request.from));
  if (request.by_token()) {
    if (!has_token(request)) {
      if (auto over = over_limit(limits_.strangers, request.from, request, request_id)) return over;
      return refuse("SIGN_IN", "send the token of this machine: Authorization: Bearer khm_...");
    }
    if (auto over = over_limit(limits_.machine, request.from, request, request_id)) return over;
  } else if (const auto secret = session_secret(request.cookie); open_to_all || !is_secret(secret)) {
    if (auto over = over_limit(limits_.strangers, request.from, request, request_id)) return over;
    if (!open_to_all && !secret.empty())
      return refused({"SESSION_ENDED", "sign in again: the session has ended", ""}, request, request_id);
    if (!open_to_all) return refuse("SIGN_IN", "sign in: POST /api/v1/session");
  }
  // Asked before it waits for the thread of passwords: nobody else's sign-in waits behind those.
  if (hashes_password(request))
    if (auto over = over_limit(limits_.sign_ins, request.from, request, request_id)) return over;
  if (is_metrics) {
    if (!request.by_token() && !open_to_all)
      return refuse("SIGN_IN", "send the token of this machine: Authorization: Bearer khm_...");
    std::ifstream file(options_.metrics_file, std::ios::binary);
    std::string text((std::istreambuf_iterator<char>(file)), {});
    return Answer{200,       "text/plain; version=0.0.4; charset=utf-8", text + counts_.text(), {}, false,
                  "/metrics"};
  }
  if ((request.path == ready && request.reads()) || routed.route != nullptr) return std::nullopt;
  if (routed.allowed.empty()) return refuse("NO_SUCH_PAGE", "the contract lists what is here: openapi.yaml");
  auto refused = refuse("METHOD", "this is not done here: " + routed.allowed);
  refused.headers.emplace_back("Allow", routed.allowed);
  return refused;
}

/// One act at a time under a key: whoever asks again meanwhile is told so.
class Service::InFlight {
 public:
  InFlight(const Service& service, std::string key) : service_(service), key_(std::move(key)) {
    MutexLock hold(service_.acting_mutex_);
    entered_ = service_.acting_.insert(key_).second;
  }
  ~InFlight() {
    if (!entered_) return;
    MutexLock hold(service_.acting_mutex_);
    service_.acting_.erase(key_);
  }
  InFlight(const InFlight&) = delete;
  InFlight& operator=(const InFlight&) = delete;
  bool entered() const { return entered_; }

 private:
  const Service& service_;
  const std::string key_;
  bool entered_ = false;
};

Answer Service::refused(const Error& error, const Request& request, std::string_view request_id) const {
  const auto one = problem_of(error);
  ProblemMore more;
  if (error.code == "FORBIDDEN") more.right = error.place;
  if (error.place.starts_with("/") && one.status == 422)
    more.pointer = error.place, more.field_code = error.code;
  Answer answer{one.status, "application/problem+json",
                problem_json(one, error.text, request_id, language_of(request.accept_language), more)};
  if (one.status == 503) answer.headers.emplace_back("Retry-After", "2");
  if (error.code == "SESSION_ENDED")
    answer.headers.emplace_back("Set-Cookie", "kinhub=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0");
  return answer;
}

Answer Service::handled(const Route& route, const Call& call) const {
  auto answer = route.handle(call);
  return answer ? std::move(*answer) : refused(answer.error(), call.request, call.request_id);
}

Result<Caller> Service::caller_of(const Request& request, const Route* route, const std::string& secret,
                                  GuardedDesk& desk) const {
  if (route != nullptr && route->asker == Asker::stranger) return stranger(request);
  if (request.by_token()) return possessor(request);
  auto caller = desk.caller_of(secret, request.from);
  if (!caller) return caller;
  if (!request.reads() && !same_secret(request.csrf, desk.csrf_of(secret))) {
    counts_.refused("CSRF");
    return Error{"CSRF", "send Kinhub-CSRF as GET /api/v1/session tells it", ""};
  }
  if (request.reads() && !request.opening.empty()) {
    auto opening = desk.opening(*caller, request.opening);
    if (!opening) return opening.error();
    caller->opening = std::move(*opening);
  }
  return caller;
}

Answer Service::acted(const Route& route, Call& call) const {
  const auto& request = call.request;
  const auto refuse = [&](std::string_view code, const char* text) {
    return refused({std::string(code), text, ""}, request, call.request_id);
  };
  if (!is_idempotency_key(request.idempotency_key))
    return refuse("IDEMPOTENCY_KEY_NEEDED", "send Idempotency-Key: 16 to 64 letters, digits and -");
  const auto digest = sha256_hex(request.method + "\n" + request.path + "\n" + request.body);
  const InFlight one(*this, call.caller.account + "\n" + request.idempotency_key);
  if (!one.entered()) return refuse("IN_PROGRESS", "the same request is being done: ask again in a moment");
  const auto again = [&]() -> std::optional<Answer> {
    const auto kept = call.desk.kept_answer(call.caller, request.idempotency_key);
    if (!kept) return std::nullopt;
    if (kept->digest != digest) return refuse("IDEMPOTENCY_KEY_REUSED", "take a new key for another request");
    // Rights and areas may be others than when it was done, and whoever sees it stands in the trail.
    const auto may = call.desk.may_see_again(call.caller, *route.operation, named_by(call));
    if (!may) return refused(may.error(), request, call.request_id);
    Answer answer{
        static_cast<int>(kept->status), "application/json", kept->body, {{"Idempotency-Replayed", "true"}}};
    if (!kept->etag.empty()) answer.headers.emplace_back("ETag", '"' + kept->etag + '"');
    return answer;
  };
  if (auto answer = again()) return std::move(*answer);
  // Whoever opens very many records says the password again: somebody else may sit there by now.
  const bool opens = route.operation == OperationId::record_open;
  const auto records = opens ? static_cast<std::int64_t>(named_by(call).size()) : 0;
  const auto& account = call.caller.account;
  if (opens && !call.caller.fresh &&
      opened_.within_hour(account, options_.pace.now_us()) + records > records_an_hour_max) {
    counts_.refused("FRESH_SIGN_IN");
    return refuse("FRESH_SIGN_IN",
                  "more than 100 records in an hour: give the password again: POST /api/v1/session/renewal");
  }
  call.keep = KeepAnswer{request.idempotency_key, digest};
  auto answer = handled(route, call);
  constexpr int errors_from = 400;
  if (answer.status >= errors_from) {
    // Another node, or this one before it was cut, may have done it under this key.
    if (auto done = again()) return std::move(*done);
    return answer;
  }
  if (opens) opened_.add(account, records, options_.pace.now_us());
  if (route.key != Key::with_act) call.desk.keep_answer(call.caller, *call.keep, answer.status, answer.body);
  return answer;
}

Answer Service::routed(const Request& request, const std::string& request_id, GuardedDesk& desk) const {
  const auto found = route_of(request.method, request.path);
  const auto secret = session_secret(request.cookie);
  const auto route = found.route;
  const bool wrong_token = request.body_waits && request.by_token() && !has_token(request);
  auto caller = wrong_token ? Result<Caller>(Error{"SIGN_IN", "send the token of this machine", ""})
                            : caller_of(request, route, secret, desk);
  if (!caller) {
    if (caller.error().code == "SESSION_ENDED" || wrong_token)
      if (auto over = over_limit(limits_.strangers, request.from, request, request_id)) return *over;
    return refused(caller.error(), request, request_id);
  }
  const bool known = route == nullptr || route->asker == Asker::known;
  // To one whose body waits nobody listens: it is read then, and asked again whole.
  auto answer = request.body_waits ? Answer{204, "", ""}
                                   : answered(request, request_id, desk, found, secret, std::move(*caller));
  answer.known = known;
  return answer;
}

Answer Service::answered(const Request& request, const std::string& request_id, GuardedDesk& desk,
                         const Routed& found, const std::string& secret, Caller caller) const {
  const auto route = found.route;
  if (!caller.session.empty()) {
    if (auto over = over_limit(limits_.sessions, caller.session, request, request_id)) return *over;
    const auto& key = caller.account;
    if (route != nullptr && route->operation == OperationId::record_find)
      if (auto over = over_limit(limits_.searches, key, request, request_id)) return *over;
    if (route != nullptr && route->operation == OperationId::record_open)
      if (auto over = over_limit(limits_.openings, key, request, request_id)) return *over;
  }
  if (request.path == ready) {
    const auto status = desk.status(caller);
    if (!status) return refused(status.error(), request, request_id);
    return Answer{200, "text/plain; charset=utf-8", "ready\n", {}, false, std::string(ready)};
  }
  auto query = Query::read(request.query);
  if (!query) return refused(query.error(), request, request_id);
  for (const auto& [name, value] : query->all())
    if (std::find(route->parameters.begin(), route->parameters.end(), name) == route->parameters.end())
      return refused({"UNKNOWN_PARAMETER", "a parameter is not one of this list: look at the contract", ""},
                     request, request_id);
  const bool of_session = !route->operation && route->asker == Asker::known && route->path != "/api/v1/roles";
  if (of_session && caller.account_id == 0)
    return refused({"SIGN_IN", "this is of a session: sign in", ""}, request, request_id);
  const auto now_us = options_.clock.now_us();
  Call call{desk,          std::move(caller),
            found.in_path, std::move(*query),
            now_us,        options_.today.value_or(shanghai_date(now_us)),
            cursors_,      route->path,
            request,       request_id,
            secret,        {}};
  const bool keyless =
      route->key == Key::none || (route->key == Key::if_given && request.idempotency_key.empty());
  auto answer = keyless ? handled(*route, call) : acted(*route, call);
  answer.route = route->path;
  return answer;
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
