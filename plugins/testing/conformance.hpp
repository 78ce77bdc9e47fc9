#pragma once
// Tests a connector's .so against the contract, from outside: what `kinhub plugin test X.so` runs.

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kinhub::testing {

struct ConformanceOptions {
  /// The configuration to run with. Empty: one made from the plugin's schema (defaults;
  /// for required texts an empty folder).
  std::string config_json;
  std::map<std::string, std::string> secrets;
  /// Captured files of the agency (name, bytes), given to read_capture whole, cut short and changed.
  std::vector<std::pair<std::string, std::string>> captures;
  /// What poll and snapshot are expected to deliver with this configuration;
  /// they must deliver the same after any stop.
  bool expects_events = false;
  std::chrono::seconds time_max{60};
};

enum class Verdict { passed, failed, not_applicable };

struct Finding {
  std::string check;
  Verdict verdict = Verdict::passed;
  std::string detail;
};

struct ConformanceReport {
  std::vector<Finding> findings;
  bool passed() const;
  /// One line per finding.
  std::string text() const;
};

/// Runs all checks in a child process, so that a plugin that crashes or hangs becomes a finding. Never throws
/// because of the plugin. To be called while no other thread runs in this process.
ConformanceReport run_conformance(const std::filesystem::path& plugin,
                                  const ConformanceOptions& options = {});

}  // namespace kinhub::testing
