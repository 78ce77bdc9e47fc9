#pragma once
// The supervisor of one source: polls its connector, restarts it with back-off, and reports its health. What
// the connector says goes to the event log.

#include <condition_variable>
#include <random>
#include <thread>

#include "hub/connector/captured_files.hpp"
#include "hub/connector/log_intake.hpp"
#include "hub/connector/source_status.hpp"

namespace kinhub {

/// What a snapshot brought, and its watermark: up to when it is complete.
struct SnapshotSummary {
  std::int64_t events = 0, rejected = 0, watermark_us = 0;
};

/// Exponential back-off with jitter before try `failures_in_a_row` + 1: doubled each time, capped, and spread
/// by `chance` in [0, 1) over its upper half, so that sources that failed together do not return together.
std::uint32_t backoff_ms(std::uint32_t failures_in_a_row, std::uint32_t first_ms, std::uint32_t max_ms,
                         double chance);

/// Polls its connector on a thread of its own between start() and stop().
/// All functions are safe from any thread.
class SourceRunner {
 public:
  /// `library`, `log` and `clock` outlive the runner.
  SourceRunner(SourceOptions options, ConnectorLibrary& library, EventLog& log, const Clock& clock);
  /// Calls stop().
  ~SourceRunner();
  SourceRunner(const SourceRunner&) = delete;
  SourceRunner& operator=(const SourceRunner&) = delete;

  /// Starts the thread; nothing when it runs already.
  void start();
  /// Joins the thread: returns when the connector's call has returned and the instance is destroyed.
  void stop();
  /// A copy of the status board, with what only the clock or the system knows:
  /// a call that hangs, a process that has ended.
  SourceStatus status() const;

  /// Full load: everything the agency has, resumed where an interrupted one stopped; the watermark follows as
  /// a coverage event with code "snapshot". Blocks until it is done. Runs between polls while the source
  /// runs, in the calling thread while it does not.
  Result<SnapshotSummary> snapshot(std::stop_token stop = {});

  /// Imports captured files, see read_captured_files(). REQUIRES: not started.
  Result<CaptureProgress> read_capture(const std::vector<std::filesystem::path>& paths,
                                       const std::function<void(const CaptureProgress&)>& progress = {},
                                       std::stop_token stop = {});

 private:
  struct SnapshotRequest;
  enum class Next : std::uint8_t { go_on, wait, end };

  void run(std::stop_token stop);
  bool ensure_instance(std::stop_token stop);
  Created create_instance(std::stop_token stop);
  Next poll_once(std::stop_token stop);
  Next judge(const CallOutcome& outcome, std::int64_t events_before);
  void quarantine(const char* code, const std::string& why, const std::string& position);
  void remember_death(const std::string& why);
  Next skip_deadly_record(const std::string& position);
  Next fail(std::string why);
  void set_state(SourceState state);
  void remember_error(std::string why);
  void rest(std::chrono::milliseconds time, std::stop_token stop);
  /// Retries with back-off until `tries` in a row have brought nothing.
  /// Beside polls it is one: the source must not wait for it.
  Result<SnapshotSummary> run_snapshot(std::stop_token stop, int tries);
  void serve_snapshots(std::stop_token stop);
  void refuse_snapshots();

  const SourceOptions options_;
  ConnectorLibrary& library_;
  EventLog& log_;
  const Clock& clock_;
  std::mt19937 random_;
  StatusBoard board_;
  LogIntake intake_;
  std::unique_ptr<Instance> instance_;  // used by the running thread, or under control_ while there is none
  std::optional<std::string> rejected_position_;  // a poll REJECT was quarantined here already
  // Crash loop: how often the process died on the record behind this position, and how the last time.
  std::string crash_position_;
  std::uint32_t crashes_here_ = 0;
  std::string death_;
  bool cannot_skip_ = false;  // the connector cannot skip that record

  std::condition_variable_any wake_;
  bool in_call_ KINHUB_GUARDED_BY(board_.mutex) = false;
  bool running_ KINHUB_GUARDED_BY(board_.mutex) = false;
  std::vector<std::shared_ptr<SnapshotRequest>> snapshot_requests_ KINHUB_GUARDED_BY(board_.mutex);
  Mutex control_;  // start, stop and work without a thread, one at a time
  std::jthread thread_ KINHUB_GUARDED_BY(control_);
};

}  // namespace kinhub
