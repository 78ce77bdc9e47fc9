#pragma once
// One source at work: its connector is polled, what it says goes to the event log, and its state is told
// honestly.

#include <condition_variable>
#include <exception>
#include <filesystem>
#include <functional>
#include <future>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "hub/connector/instance.hpp"
#include "hub/connector/library.hpp"
#include "hub/connector/source_options.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

enum class SourceState : std::uint8_t {
  stopped,   ///< nobody asked it to run
  running,   ///< the last call went well
  degraded,  ///< it runs, but something needs a look: last_error says what
  backoff,   ///< waits for the next try
  failed     ///< needs an operator; still tried at the longest interval, unless the log itself is damaged
};
std::string_view name_of(SourceState state);

struct SourceStatus {
  std::string name, connector;
  SourceState state = SourceState::stopped;
  std::string last_error;  ///< kept after recovery, with its time
  std::optional<std::int64_t> last_error_at_us, last_event_at_us, last_call_at_us, next_try_at_us,
      complete_until_us;
  std::int64_t events = 0, rejected = 0, bytes = 0;  ///< durable, by this runner
  std::int64_t retries = 0, restarts = 0;
  std::uint32_t failures_in_a_row = 0;
  std::optional<int> process;             ///< id of the child process
  std::vector<std::string> process_said;  ///< last lines of its standard error
  std::map<std::string, std::int64_t> metrics;
};

struct SnapshotSummary {
  std::int64_t events = 0, rejected = 0, watermark_us = 0;
};
struct CaptureProgress {
  std::size_t files_done = 0, files = 0;
  std::int64_t bytes = 0, events = 0, rejected = 0;
};

/// How long to wait before try `failures_in_a_row` + 1: doubled each time, capped, and spread by `chance` in
/// [0, 1) over its upper half, so that sources that failed together do not return together.
std::uint32_t backoff_ms(std::uint32_t failures_in_a_row, std::uint32_t first_ms, std::uint32_t max_ms,
                         double chance);

/// Runs its connector on a thread of its own between start() and stop(). All functions are safe from any
/// thread.
class SourceRunner {
 public:
  /// `library`, `log` and `clock` outlive the runner.
  SourceRunner(SourceOptions options, ConnectorLibrary& library, EventLog& log, const Clock& clock);
  /// Stops.
  ~SourceRunner();
  SourceRunner(const SourceRunner&) = delete;
  SourceRunner& operator=(const SourceRunner&) = delete;

  void start();
  /// Returns when the connector's call has returned and the instance is destroyed.
  void stop();
  SourceStatus status() const;

  /// Has the connector deliver everything its agency holds, from where an interrupted snapshot stopped; the
  /// watermark follows as a coverage event with code "snapshot". Waits until it is done. Between polls while
  /// the source runs, in the calling thread while it does not.
  Result<SnapshotSummary> snapshot(std::stop_token stop = {});

  /// Feeds captured files, and folders in the order of their names, through the connector. A file that cannot
  /// be read at all is quarantined whole. Throws LogUnavailable or LogDamaged when the log does not take
  /// them; what was reported as done is durable. REQUIRES: not started.
  Result<CaptureProgress> read_capture(const std::vector<std::filesystem::path>& paths,
                                       const std::function<void(const CaptureProgress&)>& progress = {},
                                       std::stop_token stop = {});

 private:
  class LogIntake;
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
  /// `tries` in a row that bring nothing, with back-off between them. Beside polls one: the source must not
  /// wait for it.
  Result<SnapshotSummary> run_snapshot(std::stop_token stop, int tries);
  void serve_snapshots(std::stop_token stop);
  void refuse_snapshots();

  const SourceOptions options_;
  ConnectorLibrary& library_;
  EventLog& log_;
  const Clock& clock_;
  std::mt19937 random_;
  std::unique_ptr<LogIntake> intake_;
  std::unique_ptr<Instance> instance_;  // used by the running thread, or under control_ while there is none
  std::optional<std::string> rejected_position_;  // a poll REJECT was quarantined here already
  std::string crash_position_;                    // the process died while it was behind this position,
  std::uint32_t crashes_here_ = 0;                // so many times
  std::string death_;                             // how, the last time
  bool cannot_skip_ = false;                      // the record behind crash_position_

  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  SourceStatus status_;                                              // guarded by mutex_
  std::chrono::steady_clock::time_point alive_;                      // guarded by mutex_
  bool in_call_ = false;                                             // guarded by mutex_
  bool running_ = false;                                             // guarded by mutex_
  std::vector<std::shared_ptr<SnapshotRequest>> snapshot_requests_;  // guarded by mutex_
  std::mutex control_;  // start, stop and work without a thread, one at a time
  std::jthread thread_;
};

}  // namespace kinhub
