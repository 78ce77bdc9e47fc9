#pragma once
// Problems of the HTTP API (RFC 9457): one code each, its status, and its title in two languages.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"

namespace kinhub::api {

struct Problem {
  std::string_view code;
  int status = 500;
  std::string_view title, chinese;
  bool closes = false;  ///< the connection: what follows on it is not to be trusted
};

/// All that this server answers itself. What the desk refuses brings its own code (NO_SUCH_LEAD).
std::span<const Problem> problems();
/// REQUIRES: one of problems().
const Problem& problem(std::string_view code);
/// The problem that an error of the desk is answered as: NO_SUCH_... is 404.
Problem problem_of(const Error& error);

enum class Language : bool { zh, en };
/// By Accept-Language: Chinese unless English is asked for first.
Language language_of(std::string_view accept_language);

/// The body. `detail` says what to do and holds no name, number, path or version.
struct ProblemMore {
  std::string right = {};                     ///< that is missing
  std::string pointer = {}, field_code = {};  ///< of a member of the body (RFC 6901)
  std::string now = {};                       ///< the object as it is, JSON
  std::vector<std::string> changed = {};      ///< its members that differ from what was seen
  std::int64_t retry_after = 0;               ///< seconds
};
std::string problem_json(const Problem& problem, std::string_view detail, std::string_view request_id,
                         Language language, const ProblemMore& more = {});

}  // namespace kinhub::api
