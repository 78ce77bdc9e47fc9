#pragma once
// The table of routes: method, path, operation of the desk, parameters, handler. The contract (openapi.yaml)
// and this table are compared by a test, both ways.

#include <optional>
#include <span>

#include "hub/api/call.hpp"
#include "hub/desk/operations.hpp"

namespace kinhub::api {

/// Who may ask: somebody who has signed in, or anybody, as those who are about to.
enum class Asker : bool { known, stranger };
/// What an act brings along: nothing; a key under which its answer is kept (Idempotency-Key), by the desk in
/// the transaction of the act, or behind it where an act is of many transactions; or behind it, if there is
/// one.
enum class Key : std::uint8_t { none, with_act, behind_act, if_given };

struct Route {
  std::string_view method;               ///< GET answers HEAD, too
  std::string_view path;                 ///< /api/v1/leads/{id}
  std::optional<OperationId> operation;  ///< nothing: of the session itself
  std::span<const std::string_view> parameters;
  Handler handle = nullptr;
  Key key = Key::none;
  Asker asker = Asker::known;
};

std::span<const Route> routes();

/// The route of a request, and the decoded values of its {…}.
struct Routed {
  const Route* route = nullptr;  ///< nothing: not with this method
  std::vector<std::string> in_path;
  std::string allowed;  ///< the methods of the path, as Allow names them; empty: there is no such path
};
Routed route_of(std::string_view method, std::string_view path);

}  // namespace kinhub::api
