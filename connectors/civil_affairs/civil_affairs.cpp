// Civil affairs through the sharing platform: signed, paged HTTP pull of marriages, adoptions, cremations and
// disability certificates, by watermark.

#include <algorithm>
#include <charconv>
#include <map>
#include <system_error>

#include "plugins/sdk/agency_time.hpp"
#include "plugins/sdk/connector.hpp"
#include "plugins/sdk/cut_json.hpp"
#include "plugins/sdk/file_format.hpp"
#include "plugins/sdk/http.hpp"
#include "plugins/sdk/sign.hpp"

namespace kinhub {
namespace {

using namespace sdk;
using Clock = std::chrono::steady_clock;

/// The error status of an answer; nothing: it is "0", or cannot be followed so far, which cutting tells.
std::optional<std::string> error_status(std::string_view answer) {
  auto status = json_text(answer, "head/status");
  if (status.empty() || status == "0") return std::nullopt;
  // More than a short code may be anybody's name or number: it is repeated nowhere.
  const bool code = status.size() <= 8 && std::ranges::all_of(status, [](char c) {
                      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                             c == '_' || c == '-';
                    });
  return code ? status : "(no code)";
}

class AnswerPage final : public FileFormat {
 public:
  std::string_view content_type() const override { return "application/json"; }
  // What an error answer holds is no delivery, nor an empty one.
  Result<Cut> cut(std::string_view bytes) const override {
    if (const auto status = error_status(bytes))
      return Error{"ANSWER_STATUS",
                   "the platform answered status " + *status +
                       ", an error: ask the platform what it means, and for the answer again",
                   "head.status"};
    return cut_json(bytes, "data/cxjg");
  }
  std::string charset(const Cut&, std::size_t) const override { return "UTF-8"; }

  // The kind of operation and the row: a certificate number may be issued again.
  std::string key(const Cut& cut, std::size_t index) const override {
    const auto record = cut.records[index].bytes;
    const auto id = json_text(record, "id");
    if (id.empty()) return {};
    auto operation = json_text(record, "op_type");
    if (operation.empty()) operation = interface_of(cut);
    return operation + "|" + id;
  }
  std::optional<std::int64_t> recorded_at_us(const Cut& cut, std::size_t index) const override {
    return local_time_us(json_text(cut.records[index].bytes, "gxsj"));
  }
  std::optional<std::int64_t> complete_until_us(const Cut&) const override { return std::nullopt; }
  // head.records, in whatever order head and data stand.
  std::optional<std::uint64_t> declared_records(const Cut& cut) const override {
    return count_said(json_text(std::string(cut.head).append(cut.tail), "head/records"));
  }

 private:
  // bzfwhhxx of "cxywlb": "bzfwhhxx_inc", which may stand before or behind the rows.
  static std::string interface_of(const Cut& cut) {
    for (const auto part : {cut.head, cut.tail}) {
      const auto name = part.find("\"cxywlb\"");
      if (name == std::string_view::npos) continue;
      const auto begin = part.find('"', name + 8), end = part.find('"', begin + 1);
      if (begin == std::string_view::npos || end == std::string_view::npos) continue;
      const auto interface = part.substr(begin + 1, end - begin - 1);
      return std::string(interface.substr(0, interface.rfind('_')));
    }
    return {};
  }
};

/// High-water marks: how far each interface was read, "hyxx=20261119101233001;sydjxx=...".
/// Of a snapshot also when it began: "@=<us>".
class Watermarks {
 public:
  static std::optional<Watermarks> parse(std::string_view text) {
    Watermarks all;
    while (!text.empty()) {
      const auto end = std::min(text.find(';'), text.size());
      const auto entry = text.substr(0, end);
      const auto equals = entry.find('=');
      if (equals == std::string_view::npos ||
          entry.find_first_not_of("0123456789", equals + 1) != std::string_view::npos)
        return std::nullopt;
      all.by_interface_[std::string(entry.substr(0, equals))] = entry.substr(equals + 1);
      text.remove_prefix(std::min(end + 1, text.size()));
    }
    return all;
  }
  std::string text() const {
    std::string text;
    for (const auto& [name, watermark] : by_interface_)
      text.append(name).append("=").append(watermark).append(";");
    return text;
  }
  std::string& operator[](const std::string& name) { return by_interface_[name]; }

 private:
  std::map<std::string, std::string> by_interface_;
};

/// An answer that is in quarantine now; what was to be read there is asked for again.
struct Unreadable : Retry {
  using Retry::Retry;
};

/// yyyyMMddHHmmss of a time as the platform writes it, 2026-11-19 10:12:33; empty: it is none.
std::string second_of(std::string_view time) {
  std::string digits;
  for (const char c : time)
    if (c >= '0' && c <= '9') digits += c;
  digits.resize(std::min<std::size_t>(digits.size(), 14));
  return digits.size() == 14 && local_time_us(digits) ? digits : std::string();
}

class CivilAffairs final : public Connector {
 public:
  CivilAffairs(Host& host, const Config& config)
      : host_(host),
        rid_(config.text("rid")),
        sid_(config.text("sid")),
        interfaces_(config.texts("interfaces", {"hyxx", "sydjxx", "bzfwhhxx", "cjrz"})),
        page_rows_(config.integer("page_rows", 500, 1, 10000)),
        pull_every_(std::chrono::milliseconds{config.integer("pull_every_ms", 60000, 0, 86'400'000)}),
        lag_us_(config.integer("lag_seconds", 60, 0, 86400) * 1'000'000) {
    for (const auto& name : interfaces_)
      if (name.empty() || name.find_first_of("=;/?&# ") != std::string::npos)
        throw Fatal("configuration: 'interfaces' holds '" + name + "', which is no interface name");
    HttpSettings http;
    http.base_url = config.text("base_url");
    http.timeout = std::chrono::milliseconds{config.integer("timeout_ms", 30000, 10, 600'000)};
    http.trust_pem = host.secret("tls_trust");
    http.certificate_pem = host.secret("tls_certificate");
    http.key_pem = host.secret("tls_key");
    if (http.base_url.empty()) return;  // captured answers can be read without
    if (host.secret("app_key").empty())
      throw Fatal("the secret 'app_key' is missing: name it under the source's secrets");
    try {
      http_ = std::make_unique<HttpClient>(std::move(http));
    } catch (const std::exception& why) {
      throw Fatal(std::string("configuration: 'base_url' and TLS: ") + why.what());
    }
  }

  void poll(std::string_view position, std::chrono::milliseconds timeout) override {
    auto watermarks = parsed(position);
    const auto since = Clock::now() - last_pull_;
    if (pulled_ && since < pull_every_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(pull_every_ - since);
      if (!host_.wait(std::min(left, timeout)) || left > timeout) return;
    }
    std::optional<std::int64_t> complete_us;
    std::string unreadable;
    for (const auto& name : interfaces_) {
      try {
        const auto until_us = pull(name, "_inc", watermarks);
        if (!until_us) return;  // stop requested
        complete_us = std::min(complete_us.value_or(*until_us), *until_us);
      } catch (const Unreadable& answer) {  // the other interfaces are asked all the same
        unreadable += (unreadable.empty() ? "" : "; ") + std::string(answer.what());
      }
    }
    if (!unreadable.empty()) throw Retry(unreadable);
    last_pull_ = Clock::now();
    pulled_ = true;
    if (complete_us && *complete_us > told_us_) {
      told_us_ = *complete_us;
      host_.complete_until(told_us_);
    }
  }

  void snapshot(std::string_view cursor) override {
    auto watermarks = parsed(cursor);
    auto& begun = watermarks["@"];
    if (begun.empty()) begun = std::to_string(std::max<std::int64_t>(0, host_.now_us() - lag_us_));
    for (const auto& name : interfaces_)
      if (!pull(name, "_full", watermarks)) return;
    std::int64_t begun_us = 0;
    std::from_chars(begun.data(), begun.data() + begun.size(), begun_us);
    host_.complete_until(begun_us);
  }

  void read_capture(std::string_view origin, std::string_view bytes) override {
    emit_capture(host_, page_, origin, bytes);
  }

 private:
  static Watermarks parsed(std::string_view position) {
    auto watermarks = Watermarks::parse(position);
    if (!watermarks) throw Fatal("the stored position is not one of this connector: rewind the source");
    return *watermarks;
  }

  // Page after page until an empty one. Gives the instant up to which this interface is complete; nothing:
  // told to stop.
  std::optional<std::int64_t> pull(const std::string& name, const char* kind, Watermarks& watermarks) {
    for (;;) {
      if (host_.stop_requested()) return std::nullopt;
      const auto asked_at_us = host_.now_us();
      auto& watermark = watermarks[name];
      const auto body = page_of(name + kind, watermark);
      auto next = json_text(body, "head/watermark");
      const auto cut = page_.cut(body);
      if (!cut) return unreadable(name + kind, watermark, body, cut.error());
      if (auto miscounted = fault_of_count(page_, *cut))
        return unreadable(name + kind, watermark, body, *miscounted);
      const auto origin = name + kind + " after " + (watermark.empty() ? "the start" : watermark);
      if (cut->records.empty()) {
        const auto last_us = local_time_us(watermark);
        return std::max(asked_at_us - lag_us_, last_us.value_or(INT64_MIN));
      }
      const bool digits = !next.empty() && next.find_first_not_of("0123456789") == std::string::npos;
      // An endless loop otherwise: without a step forward the same page would come for ever.
      if (!digits || next <= watermark)
        throw Retry(name + kind +
                    ": head.watermark of the answer does not go beyond the one asked for: ask the platform");
      if (auto ahead = fault_of_watermark(*cut, next))
        return unreadable(name + kind, watermark, body, *ahead);
      watermark = std::move(next);
      const auto after_page = watermarks.text();
      // Rows may move while a page is read again: only its end is a point to continue at.
      const auto outcome = emit_cut(host_, page_, origin, *cut, 0, [&](std::size_t done, std::size_t total) {
        return done == total ? after_page : std::string();
      });
      host_.metric("rows", static_cast<std::int64_t>(outcome.records));
      if (!host_.commit()) throw Retry("the event log does not take events now: see the hub's own state");
    }
  }

  /// Why a watermark cannot be the one of these rows: it goes beyond the newest of them, and would have all
  /// that comes between left out for ever. Nothing: it is as new as the newest row, or, where rows tell no
  /// time, no newer than now.
  std::optional<Error> fault_of_watermark(const Cut& cut, const std::string& watermark) const {
    std::string newest;
    for (const auto& record : cut.records)
      newest = std::max(newest, second_of(json_text(record.bytes, "gxsj")));
    const auto told = second_of(watermark);
    const auto most = newest.empty() ? local_text(host_.now_us()) : newest;
    if (!told.empty() && told <= most) return std::nullopt;
    return Error{"ANSWER_WATERMARK",
                 "head.watermark is newer than the newest row of the answer (gxsj): rows between them would "
                 "never be asked for. Ask the platform for a watermark that is the largest of its rows",
                 "head.watermark"};
  }

  // A malformed page is quarantined once, for whoever looks into it, by a commit of its own that moves no
  // position; the source stays where it is until the platform sends a good one.
  std::optional<std::int64_t> unreadable(const std::string& interface, const std::string& watermark,
                                         const std::string& body, const Error& error) {
    const auto identity = interface + "|" + watermark + "|" + std::to_string(std::hash<std::string>{}(body));
    if (identity != last_unreadable_[interface]) {
      host_.reject({body, page_.content_type(), "UTF-8", {}, interface + " after " + watermark, error});
      if (!host_.commit()) throw Retry("the event log does not take events now: see the hub's own state");
      last_unreadable_[interface] = identity;
    }
    throw Unreadable(interface + ": the answer cannot be read (" + error.code + ", " + error.place +
                     "): it is in quarantine");
  }

  std::string page_of(const std::string& interface, const std::string& watermark) {
    for (bool fresh = false;; fresh = true) {
      const auto time = std::to_string(host_.now_us() / 1000);
      const auto sign = hmac_sha256_base64(daily_secret(fresh), rid_ + sid_ + time);
      const auto target = "/share/" + interface + "?gjgxjhpt_rid=" + query_encoded(rid_) +
                          "&gjgxjhpt_sid=" + query_encoded(sid_) + "&gjgxjhpt_rtime=" + time +
                          "&gjgxjhpt_sign=" + query_encoded(sign) + "&watermark=" + watermark +
                          "&page=1&pageSize=" + std::to_string(page_rows_);
      auto answer = ask([&](HttpClient& http) { return http.get(target, stop()); });
      const bool signature_refused = answer.status == 401 || json_text(answer.body, "head/status") == "401";
      if (signature_refused && !fresh) continue;  // the day's secret may have changed
      return checked(interface, std::move(answer));
    }
  }

  static std::string checked(const std::string& what, HttpAnswer answer) {
    const auto status = error_status(answer.body);
    if (answer.status == 401 || status == "401")
      throw Retry(what +
                  ": the platform refuses the signature: check rid, sid, the secret 'app_key' and the clock");
    if (answer.status != 200)
      throw Retry(what + ": the platform answers HTTP " + std::to_string(answer.status));
    if (status)
      throw Retry(what + ": the platform answers status " + *status + ": ask the platform what it means");
    return std::move(answer.body);
  }

  const std::string& daily_secret(bool fresh) {
    const auto today = local_text(host_.now_us()).substr(0, 8);
    if (!fresh && !secret_.empty() && secret_day_ == today) return secret_;
    const auto app_key = host_.secret("app_key");
    const auto time = std::to_string(host_.now_us() / 1000);
    const auto body = "{\"gjgxjhpt_rid\":\"" + json_escaped(rid_) + "\",\"gjgxjhpt_rtime\":\"" + time +
                      "\",\"gjgxjhpt_sign\":\"" + hmac_sha256_base64(app_key, rid_ + time) + "\"}";
    const auto answer =
        checked("refreshappsecret", ask([&](HttpClient& http) {
                  return http.post("/share/refreshappsecret", "application/json", body, stop());
                }));
    auto secret = json_text(answer, "data/secret");
    if (secret.empty()) throw Retry("refreshappsecret: the answer holds no data.secret: ask the platform");
    secret_ = std::move(secret);
    secret_day_ = today;
    return secret_;
  }

  static std::string json_escaped(const std::string& text) {
    std::string escaped;
    for (const char c : text) {
      if (c == '"' || c == '\\') escaped += '\\';
      escaped += c;
    }
    return escaped;
  }

  template <class Call>
  HttpAnswer ask(const Call& call) {
    if (!http_) throw Fatal("configuration: 'base_url' is missing: name the sharing platform's address");
    try {
      return call(*http_);
    } catch (const std::system_error&) {
      if (host_.stop_requested()) throw HostDeclined{KINHUB_OK};
      throw;
    }
  }
  std::function<bool()> stop() const {
    return [this] { return host_.stop_requested(); };
  }

  Host& host_;
  AnswerPage page_;
  std::string rid_, sid_;
  std::vector<std::string> interfaces_;
  std::int64_t page_rows_;
  std::chrono::milliseconds pull_every_;
  std::int64_t lag_us_;
  std::unique_ptr<HttpClient> http_;
  std::string secret_, secret_day_;
  std::map<std::string, std::string> last_unreadable_;  ///< by interface
  Clock::time_point last_pull_;
  bool pulled_ = false;
  std::int64_t told_us_ = INT64_MIN;
};

constexpr std::string_view schema = R"({
  "type": "object",
  "additionalProperties": false,
  "secrets": {"app_key": "the day's secret is fetched with it", "tls_trust": "CAs to trust, as PEM",
    "tls_certificate": "of this client, as PEM", "tls_key": "its key, as PEM"},
  "properties": {
    "base_url": {"type": "string",
      "description": "The sharing platform: http(s)://host:port/path; '/share/...' is appended"},
    "rid": {"type": "string", "default": "", "description": "gjgxjhpt_rid: who asks"},
    "sid": {"type": "string", "default": "", "description": "gjgxjhpt_sid: the service that is asked"},
    "interfaces": {"type": "array", "default": ["hyxx", "sydjxx", "bzfwhhxx", "cjrz"],
      "description": "Interfaces to pull, without _inc and _full"},
    "page_rows": {"type": "integer", "default": 500, "minimum": 1, "maximum": 10000},
    "pull_every_ms": {"type": "integer", "default": 60000, "minimum": 0, "maximum": 86400000,
      "description": "Pause between two rounds"},
    "timeout_ms": {"type": "integer", "default": 30000, "minimum": 10, "maximum": 600000},
    "lag_seconds": {"type": "integer", "default": 60, "minimum": 0, "maximum": 86400,
      "description": "How late a row may become visible at the platform; what is claimed as complete )"
                                    R"(stays so far behind"}
  }
})";

}  // namespace
}  // namespace kinhub

KINHUB_CONNECTOR(kinhub::CivilAffairs, kinhub::schema)
