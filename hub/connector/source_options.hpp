#pragma once
// The options of a source: its connector with settings and secrets,
// isolation, timeouts, retries and back-off.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "hub/stream/event.hpp"

namespace kinhub {

using Secrets = std::map<std::string, std::string, std::less<>>;

enum class Isolation : std::uint8_t {
  in_process,  ///< ingest, tests, and connectors one trusts like the hub itself
  process      ///< a child process of its own: a crash, a hang or a leak harms nobody else
};

class FairTurns;

/// Which parts of the sandbox are used where the kernel has them: all, but in tests of a machine without.
struct SandboxUse {
  bool landlock = true, seccomp = true;
};

struct SourceOptions {
  std::string name;         ///< police-320812
  std::string connector;    ///< public_security
  std::string config_json;  ///< as configured; checked against the connector's schema when it is created
  Secrets secrets;
  Isolation isolation = Isolation::in_process;
  std::uint32_t poll_timeout_ms = 1000;  ///< how long one poll may wait for more
  std::uint32_t poll_pause_ms = 1000;    ///< from one poll that brought nothing to the next, at least
  std::uint32_t backoff_first_ms = 500, backoff_max_ms = 60'000;
  std::uint32_t failures_max = 10;       ///< in a row; then the source counts as failed (it goes on trying)
  std::uint32_t silence_max_ms = 8'000;  ///< without a heartbeat, beyond the poll timeout: then degraded
  unsigned seed = 0;                     ///< of the back-off's jitter; 0: a random one
  // Of Isolation::process:
  std::filesystem::path program = "/proc/self/exe";     ///< called as `program connector-host`
  std::size_t memory_max_bytes = std::size_t{1} << 30;  ///< address space of the child; 0: no limit
  std::uint32_t crashes_max = 3;                        ///< on one record; then it is quarantined
  std::vector<std::string> hidden;    ///< files and folders its connector never sees: key, store, log
  std::vector<std::string> writable;  ///< folders in which it may change files
  SandboxUse sandbox;
  std::shared_ptr<FairTurns> turns;  ///< shares the log's time with the other sources; null: alone
  /// Lines for the operator; without it they go to the program's log.
  std::function<void(int level, std::string_view text)> note;
  /// Called after each append, from the source's threads: these events are durable as of now.
  std::function<void(std::span<const Event> events, std::int64_t now_us)> durable;
};

}  // namespace kinhub
