#pragma once
// Process isolation, the hub's side: a connector's crash, hang or leak ends its own process and nothing else.
// connector_host.hpp is the other side.

#include <filesystem>
#include <vector>

#include "hub/connector/instance.hpp"

namespace kinhub {

struct ChildOptions {
  std::filesystem::path program;  ///< called as `program connector-host`
  std::vector<std::filesystem::path> directories;
  std::string connector;
  std::size_t memory_max_bytes = 0;
  std::uint32_t silence_max_ms = 8000;  ///< without a heartbeat for so long the process is ended
};

/// Starts the process and creates an instance in it. The returned instance owns the process and ends it.
Created create_child_instance(const ChildOptions& options, std::string_view config_json,
                              const Secrets& secrets, Intake& intake, const Clock& clock,
                              std::stop_token stop);

}  // namespace kinhub
