#pragma once
// One call of the API as values: what was asked, who asks, and what is answered. Knows no socket.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "hub/api/cursor.hpp"
#include "hub/api/problem.hpp"
#include "hub/desk/guarded_desk.hpp"

namespace kinhub::api {

/// The parameters behind the question mark, decoded, each once.
class Query {
 public:
  /// Errors: MALFORMED, for what is not encoded as it should be or stands there twice.
  static Result<Query> read(std::string_view text);
  std::optional<std::string> get(std::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return all_; }

 private:
  std::vector<std::pair<std::string, std::string>> all_;
};

/// Decodes %XX. Nothing: it is not encoded as it should be, or not UTF-8.
std::optional<std::string> decoded(std::string_view text);

struct Request {
  std::string method, path, query;
  std::string authorization, accept_language, from;
  std::string host, cookie, origin, fetch_site, content_type, csrf, if_match, idempotency_key, opening,
      accept_encoding;
  std::string body;
  bool body_waits = false;  ///< it is not read yet: who asks is found out first

  bool reads() const { return method == "GET" || method == "HEAD"; }
  bool by_token() const { return !authorization.empty(); }
};

/// The secret of the session cookie; empty: there is none, or there are several.
std::string session_secret(std::string_view cookie_header);

struct Answer {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};
  bool closes = false;     ///< the connection
  std::string route = {};  ///< of the metrics: /api/v1/leads/{id}
  bool known = false;      ///< it was asked with a living session, or with the token
};

/// What a handler gets.
struct Call {
  GuardedDesk& desk;
  Caller caller;                     ///< where nobody has signed in: from where alone
  std::vector<std::string> in_path;  ///< the values of {…} of the route
  Query query;
  std::int64_t now_us = 0;
  Date today;
  const Cursors& cursors;
  std::string_view list;  ///< name of the route, for cursors
  const Request& request;
  std::string_view request_id;
  std::string secret = {};              ///< of the session
  std::optional<KeepAnswer> keep = {};  ///< of an act
};

using Handler = Result<Answer> (*)(const Call& call);

}  // namespace kinhub::api
