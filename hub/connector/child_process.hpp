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
  std::vector<std::string> hidden;      ///< what the connector never sees, whatever its settings name
  std::vector<std::string> writable;
  SandboxUse sandbox;
};

/// Makes this process the one that inherits, and so reaps, what a connector's process leaves behind. For the
/// hub at work. Children that it did not start are reaped when they have ended, and otherwise left alone.
void adopt_orphans();

/// Says that this program hosts connectors: called as `program connector-host` it is one's process. Programs
/// that do not, tests among them, load what they describe themselves.
void host_connectors();
bool hosts_connectors();

/// What a connector says of itself, asked in a process of its own: none of its code runs in this one. Its
/// settings' schema, or why it cannot be loaded.
Result<std::string> describe_connector(const ChildOptions& options);

/// Starts the process and creates an instance in it. The returned instance owns the process and ends it.
Created create_child_instance(const ChildOptions& options, std::string_view config_json,
                              const Secrets& secrets, Intake& intake, const Clock& clock,
                              std::stop_token stop);

}  // namespace kinhub
