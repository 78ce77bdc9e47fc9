#pragma once
// The table of routes: path, operation of the desk, parameters, handler. The contract (openapi.yaml) and this
// table are compared by a test, both ways.

#include <span>

#include "hub/api/call.hpp"
#include "hub/desk/operations.hpp"

namespace kinhub::api {

struct Route {
  std::string_view path;  ///< /api/v1/leads/{id}
  OperationId operation{};
  std::span<const std::string_view> parameters;
  Handler handle = nullptr;
};

/// All routes of the desk; each is asked with GET or HEAD.
std::span<const Route> routes();

/// The route of a path, and the decoded values of its {…}; nothing: there is none.
struct Routed {
  const Route* route = nullptr;
  std::vector<std::string> in_path;
};
std::optional<Routed> route_of(std::string_view path);

}  // namespace kinhub::api
