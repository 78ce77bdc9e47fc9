#include "hub/connector/source_runner.hpp"

#include <fmt/format.h>

#include <cassert>
#include <fstream>
#include <future>

#include "hub/base/sleep.hpp"
#include "hub/connector/child_process.hpp"

namespace kinhub {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int snapshot_tries = 8;
constexpr std::int64_t log_retry_max_us = 2'000'000;

/// The process state that /proc tells: R, S, D ..., T when it is stopped,
/// Z when it has ended, 0 when it is gone.
char state_of(int process) {
  std::ifstream in(fmt::format("/proc/{}/stat", process));
  std::string text;
  std::getline(in, text);      // the buffer's own iterators throw when the process goes in this very moment
  auto end = text.rfind(')');  // the name before it may hold anything
  return end == std::string::npos || end + 2 >= text.size() ? '\0' : text[end + 2];
}

}  // namespace

std::uint32_t backoff_ms(std::uint32_t failures_in_a_row, std::uint32_t first_ms, std::uint32_t max_ms,
                         double chance) {
  assert(first_ms <= max_ms && chance >= 0 && chance < 1);
  std::uint64_t wait = first_ms;
  for (std::uint32_t i = 1; i < failures_in_a_row && wait < max_ms; ++i)
    wait *= 2;
  wait = std::min<std::uint64_t>(wait, max_ms);
  const std::uint64_t half = wait / 2;
  return static_cast<std::uint32_t>(half +
                                    static_cast<std::uint64_t>(static_cast<double>(wait - half) * chance));
}

struct SourceRunner::SnapshotRequest {
  std::promise<Result<SnapshotSummary>> answer;
  std::stop_token stop;
};

SourceRunner::SourceRunner(SourceOptions options, ConnectorLibrary& library, EventLog& log,
                           const Clock& clock)
    : options_(std::move(options)),
      library_(library),
      log_(log),
      clock_(clock),
      random_(options_.seed != 0 ? options_.seed : std::random_device{}()),
      intake_(options_, log, clock, board_) {
  assert(!options_.name.empty() && !options_.connector.empty());
  assert(options_.backoff_first_ms <= options_.backoff_max_ms && options_.crashes_max > 0);
  board_.alive = steady_clock::now();
  board_.status.name = options_.name;
  board_.status.connector = options_.connector;
}

SourceRunner::~SourceRunner() {
  stop();
}

void SourceRunner::start() {
  MutexLock control(control_);
  if (thread_.joinable()) return;
  {
    MutexLock lock(board_.mutex);
    running_ = true;
    board_.status.state = SourceState::running;
    board_.status.failures_in_a_row = 0;
    board_.alive = steady_clock::now();
  }
  thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
}

void SourceRunner::stop() {
  MutexLock control(control_);
  if (!thread_.joinable()) return;
  thread_.request_stop();
  wake_.notify_all();
  thread_.join();
  thread_ = std::jthread();
}

SourceStatus SourceRunner::status() const {
  MutexLock lock(board_.mutex);
  auto status = board_.status;
  auto silent = std::chrono::duration_cast<milliseconds>(steady_clock::now() - board_.alive).count();
  if (in_call_ && status.state == SourceState::running &&
      silent > options_.poll_timeout_ms + options_.silence_max_ms) {
    status.state = SourceState::degraded;
    status.last_error = fmt::format(
        "the connector has not returned for {} s; look at the agency's side, or restart the source",
        silent / 1000);
  }
  // Liveness between calls: nobody listens to the process then, but the system knows.
  if (status.process && status.state == SourceState::running) {
    auto state = state_of(*status.process);
    bool stopped = state == 'T' || state == 't', ended = state == 'Z' || state == 'X' || state == '\0';
    if (stopped || ended) {
      status.state = SourceState::degraded;
      status.last_error = fmt::format("the connector's process {} {}; the hub replaces it at the next call",
                                      *status.process, stopped ? "is stopped" : "has ended");
    }
  }
  return status;
}

// ---- the thread

void SourceRunner::run(std::stop_token stop) {
  while (!stop.stop_requested()) {
    auto next = Next::wait;
    try {
      if (ensure_instance(stop)) {
        serve_snapshots(stop);
        if (!stop.stop_requested() && instance_) next = poll_once(stop);
      } else {
        refuse_snapshots();
      }
    } catch (const LogDamaged& error) {
      next = fail(error.what());
      set_state(SourceState::failed);
      next = Next::end;
    } catch (const std::exception& error) {  // the log is unavailable: later
      next = fail(error.what());
    }
    if (next == Next::end) {
      // Parked until an operator has looked: the hub never guesses.
      while (!stop.stop_requested()) {
        refuse_snapshots();
        MutexLock lock(board_.mutex);
        wake_.wait(lock, stop, [&]() KINHUB_REQUIRES(board_.mutex) { return !snapshot_requests_.empty(); });
      }
      break;
    }
    if (next == Next::wait) {
      std::int64_t wait_ms = 0;
      {
        MutexLock lock(board_.mutex);
        if (board_.status.next_try_at_us)
          wait_ms = std::max<std::int64_t>(0, (*board_.status.next_try_at_us - clock_.now_us()) / 1000);
      }
      rest(milliseconds(std::min<std::int64_t>(wait_ms, options_.backoff_max_ms)), stop);
    }
  }
  instance_.reset();
  {
    MutexLock lock(board_.mutex);
    running_ = false;
    board_.status.state = SourceState::stopped;
    board_.status.next_try_at_us.reset();
    board_.status.process.reset();
  }
  refuse_snapshots();
}

void SourceRunner::refuse_snapshots() {
  std::vector<std::shared_ptr<SnapshotRequest>> requests;
  Error why{"SNAPSHOT_STOPPED", "the source was stopped; start the snapshot again, it goes on where it was",
            options_.name};
  {
    MutexLock lock(board_.mutex);
    requests.swap(snapshot_requests_);
    if (running_) why = {"SNAPSHOT_FAILED", board_.status.last_error, options_.name};
  }
  for (auto& request : requests)
    request->answer.set_value(why);
}

void SourceRunner::rest(milliseconds time, std::stop_token stop) {
  if (time.count() <= 0) return;
  MutexLock lock(board_.mutex);
  wake_.wait_for(lock, stop, time,
                 [&]() KINHUB_REQUIRES(board_.mutex) { return !snapshot_requests_.empty(); });
}

void SourceRunner::set_state(SourceState state) {
  MutexLock lock(board_.mutex);
  board_.status.state = state;
}

void SourceRunner::remember_error(std::string why) {
  MutexLock lock(board_.mutex);
  board_.status.last_error = std::move(why);
  board_.status.last_error_at_us = clock_.now_us();
}

SourceRunner::Next SourceRunner::fail(std::string why) {
  bool news = false;
  {
    // Log throttling: the same error is said at the 1st, 2nd, 4th, 8th ... time.
    MutexLock lock(board_.mutex);
    auto count = board_.status.failures_in_a_row + 1;
    news = why != board_.status.last_error || (count & (count - 1)) == 0;
  }
  if (news) intake_.note(KINHUB_LOG_WARNING, why);
  remember_error(std::move(why));
  double chance = std::uniform_real_distribution<double>(0, 1)(random_);
  MutexLock lock(board_.mutex);
  ++board_.status.failures_in_a_row;
  bool failed = board_.status.failures_in_a_row >= options_.failures_max;
  board_.status.state = failed ? SourceState::failed : SourceState::backoff;
  auto wait =
      backoff_ms(board_.status.failures_in_a_row, options_.backoff_first_ms, options_.backoff_max_ms, chance);
  board_.status.next_try_at_us = clock_.now_us() + std::int64_t{wait} * 1000;
  return Next::wait;
}

Created SourceRunner::create_instance(std::stop_token stop) {
  if (options_.isolation == Isolation::process) {
    ChildOptions child{options_.program,          library_.directories(),  options_.connector,
                       options_.memory_max_bytes, options_.silence_max_ms, options_.hidden,
                       options_.writable,         options_.sandbox};
    return create_child_instance(child, options_.config_json, options_.secrets, intake_, clock_, stop);
  }
  auto connector = library_.load(options_.connector);
  if (!connector) return {nullptr, {KINHUB_REJECT, describe(connector.error()), false}};
  return create_local_instance(*connector, options_.config_json, options_.secrets, intake_, clock_, stop);
}

bool SourceRunner::ensure_instance(std::stop_token stop) {
  if (instance_) return true;
  auto created = create_instance(stop);
  if (created.instance) {
    instance_ = std::move(created.instance);
    return true;
  }
  fail(std::move(created.outcome.explanation));
  // A refused configuration is no transient failure: say so at once, but retry at the longest back-off.
  if (created.outcome.status == KINHUB_REJECT) {
    MutexLock lock(board_.mutex);
    board_.status.state = SourceState::failed;
    board_.status.next_try_at_us = clock_.now_us() + std::int64_t{options_.backoff_max_ms} * 1000;
  }
  return false;
}

SourceRunner::Next SourceRunner::poll_once(std::stop_token stop) {
  auto position = log_.checkpoint(options_.name);
  const bool got_past = crashes_here_ > 0 && crash_position_ != position;
  if (got_past) crashes_here_ = 0, cannot_skip_ = false;
  if (crashes_here_ >= options_.crashes_max && !cannot_skip_) return skip_deadly_record(position);
  intake_.expect(LogIntake::Mode::stream);
  auto events_before = intake_.harvested();
  auto started = steady_clock::now();
  {
    MutexLock lock(board_.mutex);
    in_call_ = true, board_.alive = started;
    board_.status.last_call_at_us = clock_.now_us();
  }
  HarvestLimits limits;
  // Where it died before, every record becomes durable by itself,
  // until the position stands right before the deadly one.
  if (crashes_here_ > 0) limits.count = 1;
  auto outcome = instance_->poll(position, options_.poll_timeout_ms, limits);
  {
    MutexLock lock(board_.mutex);
    in_call_ = false;
  }
  auto next = judge(outcome, events_before);
  if (next != Next::go_on) return next;
  intake_.commit_late_coverage();
  // Rate limit: a connector that returns at once with nothing must not hammer its agency.
  if (intake_.harvested() == events_before)
    rest(milliseconds(options_.poll_pause_ms) -
             std::chrono::duration_cast<milliseconds>(steady_clock::now() - started),
         stop);
  return next;
}

SourceRunner::Next SourceRunner::judge(const CallOutcome& outcome, std::int64_t events_before) {
  bool progress = intake_.harvested() > events_before;
  // The log's refusal comes first: the connector's status only follows from it.
  bool log_failed = !intake_.failure().empty();
  if (log_failed && intake_.log_is_damaged()) {
    fail(intake_.failure());
    set_state(SourceState::failed);
    return Next::end;
  }
  switch (outcome.status) {
    case KINHUB_OK: {
      MutexLock lock(board_.mutex);
      board_.status.next_try_at_us.reset();
      board_.status.failures_in_a_row = 0;
      board_.status.state = log_failed ? SourceState::degraded : SourceState::running;
      if (log_failed)
        board_.status.last_error = intake_.failure(), board_.status.last_error_at_us = clock_.now_us();
      if (!log_failed) rejected_position_.reset();
      return Next::go_on;
    }
    case KINHUB_RETRY: {
      {
        MutexLock lock(board_.mutex);
        if (progress) board_.status.failures_in_a_row = 0;
      }
      auto next = fail(log_failed ? intake_.failure() : outcome.explanation);
      MutexLock lock(board_.mutex);
      ++board_.status.retries;  // only now: whoever sees it sees why, too
      // The hub's own log is away: no agency is spared by waiting longer, and whoever pushes waits for an
      // answer.
      if (log_failed && board_.status.next_try_at_us)
        board_.status.next_try_at_us =
            std::min(*board_.status.next_try_at_us, clock_.now_us() + log_retry_max_us);
      return next;
    }
    case KINHUB_REJECT: {
      // Deduplicated by position: quarantined once, however often it is tried again.
      auto here = log_.checkpoint(options_.name);
      if (rejected_position_ != here) {
        quarantine("CONNECTOR_REJECTED", outcome.explanation, here);
        rejected_position_ = here;
      }
      fail(outcome.explanation);
      set_state(SourceState::degraded);
      return Next::wait;
    }
    default: {  // KINHUB_FATAL
      instance_.reset();
      {
        MutexLock lock(board_.mutex);
        if (progress) board_.status.failures_in_a_row = 0;
      }
      if (outcome.died) remember_death(outcome.explanation);
      auto next = fail(log_failed ? intake_.failure() : outcome.explanation);
      MutexLock lock(board_.mutex);
      ++board_.status.restarts;  // as above
      return next;
    }
  }
}

void SourceRunner::quarantine(const char* code, const std::string& why, const std::string& position) {
  Event event;
  event.kind = EventKind::rejected;
  event.source = options_.name;
  event.code = code;
  event.detail = why;
  event.place = "after position " + (position.empty() ? std::string("start") : position);
  event.received_at_us = clock_.now_us();
  event.trace = new_trace_id();
  log_.append({event}, std::nullopt);
  MutexLock lock(board_.mutex);
  ++board_.status.rejected;
}

// ---- the record that kills its connector

void SourceRunner::remember_death(const std::string& why) {
  auto here = log_.checkpoint(options_.name);
  if (crashes_here_ == 0 || crash_position_ != here)
    crash_position_ = here, crashes_here_ = 0, cannot_skip_ = false;
  ++crashes_here_;
  death_ = why;
}

SourceRunner::Next SourceRunner::skip_deadly_record(const std::string& position) {
  auto before = intake_.harvested();
  intake_.expect(LogIntake::Mode::skip, death_);
  auto outcome = instance_->skip(position);
  if (!intake_.failure().empty()) return fail(intake_.failure());
  bool got_past = log_.checkpoint(options_.name) != position;
  if (outcome.status == KINHUB_RETRY) return fail(outcome.explanation);
  if (outcome.status == KINHUB_OK && (got_past || intake_.harvested() == before)) {
    // Set aside, or there was nothing: it died while it waited, which is no record's fault.
    crashes_here_ = 0;
    return Next::go_on;
  }
  if (outcome.status == KINHUB_FATAL) instance_.reset();
  // The source is stuck until somebody mends the connector or moves the checkpoint on; said once.
  cannot_skip_ = true;
  auto why = fmt::format("{} times here: {}. It cannot skip the record ({})", crashes_here_, death_,
                         outcome.explanation);
  quarantine("PLUGIN_CRASHED", why, position);
  fail(why);
  set_state(SourceState::failed);
  return Next::wait;
}

// ---- snapshots

Result<SnapshotSummary> SourceRunner::snapshot(std::stop_token stop) {
  MutexLock control(control_);  // nobody starts or stops the source while this is decided
  std::shared_ptr<SnapshotRequest> request;
  {
    MutexLock lock(board_.mutex);
    if (running_) {
      request = std::make_shared<SnapshotRequest>();
      request->stop = stop;
      snapshot_requests_.push_back(request);
    }
  }
  if (request) {
    control.unlock();
    wake_.notify_all();
    return request->answer.get_future().get();
  }
  auto result = run_snapshot(stop, snapshot_tries);
  instance_.reset();
  return result;
}

void SourceRunner::serve_snapshots(std::stop_token stop) {
  for (;;) {
    std::shared_ptr<SnapshotRequest> request;
    {
      MutexLock lock(board_.mutex);
      if (snapshot_requests_.empty()) return;
      request = snapshot_requests_.front();
      snapshot_requests_.erase(snapshot_requests_.begin());
    }
    // Cancelled by either: who asked, or who stops the source.
    std::stop_source either;
    std::stop_callback asker(request->stop, [&] { either.request_stop(); });
    std::stop_callback runner(stop, [&] { either.request_stop(); });
    try {
      request->answer.set_value(run_snapshot(either.get_token(), 1));
    } catch (...) {
      request->answer.set_exception(std::current_exception());
    }
    if (stop.stop_requested()) return;
  }
}

Result<SnapshotSummary> SourceRunner::run_snapshot(std::stop_token stop, int tries) {
  auto stopped = [&] {
    return Error{"SNAPSHOT_STOPPED", "the snapshot was stopped; start it again, it goes on where it was",
                 options_.name};
  };
  auto events_before = intake_.events(), rejected_before = intake_.rejected();
  intake_.begin_snapshot();
  std::string why;
  for (int failures = 0; failures < tries;) {
    if (stop.stop_requested()) return stopped();
    if (!instance_) {
      auto created = create_instance(stop);
      if (!created.instance) return Error{"SNAPSHOT_FAILED", created.outcome.explanation, options_.name};
      instance_ = std::move(created.instance);
    }
    auto cursor = log_.checkpoint(snapshot_name(options_.name));
    auto harvested = intake_.harvested();
    intake_.expect(LogIntake::Mode::snapshot);
    {
      MutexLock lock(board_.mutex);
      in_call_ = true, board_.alive = steady_clock::now();
    }
    auto outcome = instance_->snapshot(cursor, {});
    {
      MutexLock lock(board_.mutex);
      in_call_ = false;
    }
    if (intake_.thrown() && outcome.status != KINHUB_OK) std::rethrow_exception(intake_.thrown());
    if (outcome.status == KINHUB_OK) {
      if (stop.stop_requested() && !intake_.watermark_us()) return stopped();
      if (!intake_.watermark_us())
        return Error{"SNAPSHOT_NO_WATERMARK",
                     "the connector ended its snapshot without complete_until(): up to when it holds is "
                     "unknown. Mend the connector",
                     options_.name};
      SnapshotSummary summary{intake_.events() - events_before, intake_.rejected() - rejected_before,
                              *intake_.watermark_us()};
      log_.append({intake_.coverage("snapshot", summary.watermark_us)},
                  SourceCheckpoint{snapshot_name(options_.name), ""});
      return summary;
    }
    why = outcome.explanation;
    if (outcome.status == KINHUB_REJECT) break;
    if (outcome.status != KINHUB_RETRY) instance_.reset();
    failures = intake_.harvested() > harvested ? 0 : failures + 1;
    if (failures >= tries) break;
    double chance = std::uniform_real_distribution<double>(0, 1)(random_);
    auto wait = milliseconds(backoff_ms(static_cast<std::uint32_t>(std::max(failures, 1)),
                                        options_.backoff_first_ms, options_.backoff_max_ms, chance));
    sleep_for(wait, stop);
  }
  return Error{"SNAPSHOT_FAILED", why, options_.name};
}

// ---- captured files

Result<CaptureProgress> SourceRunner::read_capture(
    const std::vector<std::filesystem::path>& paths,
    const std::function<void(const CaptureProgress&)>& progress, std::stop_token stop) {
  MutexLock control(control_);
  assert(!thread_.joinable() && "read_capture while the source runs");
  return read_captured_files({options_, library_, intake_, clock_}, paths, progress, stop);
}

}  // namespace kinhub
