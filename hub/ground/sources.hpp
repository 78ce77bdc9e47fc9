#pragma once
// Lifecycle of the configured sources: captured files into the log, connectors at
// work, and whether they can be.

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <span>

#include "hub/base/clock.hpp"
#include "hub/config/config.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

struct Captured {
  std::int64_t files = 0, events = 0, rejected = 0;
};

/// Imports captured files of one source through its connector into the log.
Result<Captured> capture(const Config& config, const SourceConfig& source, EventLog& log, const Clock& clock,
                         const std::vector<std::filesystem::path>& paths,
                         const std::function<void(const Captured&)>& progress);

/// Supervisor of the configured sources, each on its own thread or in its own process, as far as this node is
/// to run them. Used by one thread, but for troubles().
class SourcesAtWork {
 public:
  /// Callbacks of the sources, from their threads, one at a time or not; must not throw.
  struct Ears {
    std::function<void(const std::string& line)> note;  ///< for the operator
    std::function<void(const std::string& source, const std::string& why)> snapshot_failed;  ///< at each try
    std::function<void(std::span<const Event> events, std::int64_t now_us)>
        durable;  ///< in the log as of now
  };
  /// Prepares the sources; nothing runs yet. `loaded` says which had their snapshot already; the others take
  /// it first. Throws ErrorThrown when a secret is not there.
  SourcesAtWork(const Config& config, EventLog& log, const Clock& clock,
                std::function<bool(const std::string&)> loaded, Ears ears);
  ~SourcesAtWork();  ///< stops them

  /// Reconciles what runs with `names`: stops what is at work and not in it, then starts
  /// what is in it and not at work.
  void follow(const std::set<std::string>& names);
  void stop() { follow({}); }
  /// Health of the sources at work: why one cannot be read, as its connector said; empty when it
  /// can. Safe from any thread.
  std::map<std::string, std::string> troubles() const;

 private:
  struct Work;
  struct AtWork;
  const Config& config_;
  EventLog& log_;
  const Clock& clock_;
  const std::function<bool(const std::string&)> loaded_;
  const Ears ears_;
  std::unique_ptr<Work> work_;
};

/// The options of a source's connector, as configured. Throws ErrorThrown when a secret is not there.
SourceOptions source_options(const SourceConfig& source);
/// Readiness check: "ready", or why the source cannot work.
std::string readiness(const Config& config, const SourceConfig& source);
/// What of a source leaves this machine without TLS, and is not allowed by `plain_network`: an http://
/// address, a listener on more than this machine. Nothing where its settings do not fit.
std::vector<Error> plain_network_of(const Config& config, const SourceConfig& source);
/// Validates a connector's file and this source's settings for it: all that is wrong.
std::vector<Error> check_connector(const Config& config, const SourceConfig& source);
/// Folders and ports that the sources need (config_check.hpp): folders that are missing or closed to this
/// user, ports that another program holds (`ports_are_ours`: a hub at work may hold them, so they are not
/// tried), and what two sources want both. Sources whose settings are wrong are left to check_connector.
std::vector<Error> check_resources(const Config& config, bool ports_are_ours);
/// Whether a snapshot is configured. Without one the source streams, and its coverage stays unknown.
bool has_snapshot(const SourceConfig& source);
/// Whether the source is import-only: settings that name no agency only take captured files.
bool only_captures(const SourceConfig& source);

}  // namespace kinhub
