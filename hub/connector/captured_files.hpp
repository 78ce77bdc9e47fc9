#pragma once
// Import of captured files: an agency's files from disk go through its connector into the event log,
// without a running source.

#include <filesystem>
#include <functional>

#include "hub/connector/library.hpp"
#include "hub/connector/log_intake.hpp"

namespace kinhub {

/// A file to be read, and its name as events give it: relative to the folder that was given.
struct CapturedFile {
  std::filesystem::path path;
  std::string origin;
};
/// The files at these paths, folders in the order of the names in them, without hidden and empty flag files.
Result<std::vector<CapturedFile>> captured_files_at(const std::vector<std::filesystem::path>& paths);

/// How far an import has come; only what is durable counts.
struct CaptureProgress {
  std::size_t files_done = 0, files = 0;
  std::int64_t bytes = 0, events = 0, rejected = 0;
};

/// Whose files these are, and where they go. What it names outlives the call.
struct CaptureTarget {
  const SourceOptions& options;
  ConnectorLibrary& library;
  LogIntake& intake;
  const Clock& clock;
};

/// Feeds the files, and folders in the order of their names, through an instance in this process; in the
/// calling thread. A file that the connector cannot read at all is quarantined whole. Throws LogUnavailable
/// or LogDamaged when the log does not take them; what `progress` told is durable. REQUIRES: nothing else
/// uses the intake meanwhile.
Result<CaptureProgress> read_captured_files(const CaptureTarget& target,
                                            const std::vector<std::filesystem::path>& paths,
                                            const std::function<void(const CaptureProgress&)>& progress = {},
                                            std::stop_token stop = {});

}  // namespace kinhub
