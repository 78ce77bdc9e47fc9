#include "hub/connector/source_runner.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cassert>
#include <fstream>

#include "hub/base/mask.hpp"
#include "hub/connector/child_process.hpp"
#include "hub/connector/file_bytes.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::int64_t minute_us = 60'000'000, day_us = 86'400'000'000;
constexpr std::uintmax_t capture_size_max = 400u << 20;  // what fits into the log as one quarantined file
constexpr std::size_t capture_append_max = 5000;         // each append waits for the log, whatever its size
constexpr int capture_tries = 3, snapshot_tries = 8;
constexpr std::size_t metrics_max = 200;
constexpr std::size_t large_body_kept = 1u << 20, large_text_kept = 64u << 10;

/// What the system says of a process: R, S, D ..., T when it is stopped, Z when it has ended, 0 when it is
/// gone.
char state_of(int process) {
  std::ifstream in(fmt::format("/proc/{}/stat", process));
  std::string text;
  std::getline(
      in, text);  // not by the buffer's own iterators: they throw when the process goes in this very moment
  auto end = text.rfind(')');  // the name before it may hold anything
  return end == std::string::npos || end + 2 >= text.size() ? '\0' : text[end + 2];
}

/// What the log does not take goes to quarantine, cut: nobody else would ever learn of it.
void cut(Event& event) {
  auto size = event.body.size();
  event.kind = EventKind::rejected;
  event.code = "EVENT_TOO_LARGE";
  event.detail = fmt::format(
      "{} bytes are more than the event log takes; the first {} are kept here, the whole is at the agency "
      "(see the origin)",
      size, std::min(size, large_body_kept));
  event.body.resize(std::min(size, large_body_kept));
  for (auto text : {&Event::key, &Event::content_type, &Event::charset, &Event::origin, &Event::place})
    (event.*text).resize(std::min((event.*text).size(), large_text_kept));
}

std::size_t size_of(const Event& event) {
  return event.body.size() + event.key.size() + event.content_type.size() + event.charset.size() +
         event.origin.size() + event.place.size() + event.detail.size();
}

std::string snapshot_name(const std::string& source) {
  return source + "#snapshot";
}

}  // namespace

std::string_view name_of(SourceState state) {
  switch (state) {
    case SourceState::stopped:
      return "STOPPED";
    case SourceState::running:
      return "RUNNING";
    case SourceState::degraded:
      return "DEGRADED";
    case SourceState::backoff:
      return "BACKOFF";
    case SourceState::failed:
      return "FAILED";
  }
  return "";
}

std::uint32_t backoff_ms(std::uint32_t failures_in_a_row, std::uint32_t first_ms, std::uint32_t max_ms,
                         double chance) {
  std::uint64_t wait = first_ms;
  for (std::uint32_t i = 1; i < failures_in_a_row && wait < max_ms; ++i)
    wait *= 2;
  wait = std::min<std::uint64_t>(wait, max_ms);
  return static_cast<std::uint32_t>(
      wait / 2 + static_cast<std::uint64_t>(static_cast<double>(wait - wait / 2) * chance));
}

/// Where an instance's harvest becomes durable, with the source's name and checkpoint.
class SourceRunner::LogIntake final : public Intake {
 public:
  enum class Mode : std::uint8_t { stream, snapshot, capture, skip };

  explicit LogIntake(SourceRunner& runner) : runner_(runner) {}

  /// Called before each call of the instance, by the same thread.
  void expect(Mode mode, std::string death = {}) {
    mode_ = mode;
    death_ = std::move(death);
    failure_.clear();
    thrown_ = nullptr;
  }

  bool commit(Harvest harvest) override {
    alive();
    const auto& name = runner_.options_.name;
    for (auto& event : harvest.events) {
      event.source = name;
      if (mode_ == Mode::skip)
        event.kind = EventKind::rejected, event.code = "PLUGIN_CRASHED", event.detail = death_;
    }
    if (mode_ == Mode::capture) return gather(std::move(harvest.events));
    if (harvest.complete_until_us) {
      if (mode_ == Mode::snapshot) watermark_us = harvest.complete_until_us;
      if (mode_ == Mode::stream)
        pending_coverage_ = std::max(pending_coverage_.value_or(INT64_MIN), *harvest.complete_until_us);
    }
    std::optional<std::int64_t> covered;
    if (mode_ == Mode::stream && coverage_is_due()) covered = pending_coverage_;
    std::optional<SourceCheckpoint> checkpoint;
    if (!harvest.position.empty())
      checkpoint = SourceCheckpoint{mode_ == Mode::snapshot ? snapshot_name(name) : name, harvest.position};
    return write(std::move(harvest.events), checkpoint, covered);
  }

  /// Small captured files share an append: one by one each would wait for the disk.
  bool gather(std::vector<Event> events) {
    for (auto& event : events) {
      gathered_bytes_ += event.body.size();
      gathered_.push_back(std::move(event));
    }
    taken += static_cast<std::int64_t>(events.size());
    return (gathered_.size() < capture_append_max && gathered_bytes_ < HarvestLimits().bytes) ||
           write_gathered();
  }
  bool write_gathered() {
    gathered_bytes_ = 0;
    return write(std::exchange(gathered_, {}), std::nullopt, std::nullopt);
  }
  bool all_written() const { return gathered_.empty(); }

  /// A coverage statement that had to wait its minute.
  void commit_late_coverage() {
    if (coverage_is_due()) commit({});
  }

  Event coverage(const char* code, std::int64_t until_us) const {
    Event event;
    event.kind = EventKind::coverage;
    event.source = runner_.options_.name;
    event.code = code;
    event.occurred_at_us = until_us;
    event.received_at_us = runner_.clock_.now_us();
    return event;
  }

  void note(int level, std::string_view said) override {
    // Agencies put numbers anywhere: into file names, into what their services say of an error.
    const auto text = mask_numbers_in(said);
    if (runner_.options_.note) return runner_.options_.note(level, text);
    auto severity = level <= KINHUB_LOG_DEBUG     ? spdlog::level::debug
                    : level == KINHUB_LOG_INFO    ? spdlog::level::info
                    : level == KINHUB_LOG_WARNING ? spdlog::level::warn
                                                  : spdlog::level::err;
    spdlog::log(severity, "{}: {}", runner_.options_.name, text);
  }

  void count(std::string_view metric, std::int64_t add) override {
    std::lock_guard lock(runner_.mutex_);
    auto& metrics = runner_.status_.metrics;
    std::string name(metric);
    if (metrics.size() < metrics_max || metrics.contains(name)) metrics[name] += add;
  }

  void alive() override {
    std::lock_guard lock(runner_.mutex_);
    runner_.alive_ = steady_clock::now();
  }

  void process(std::optional<int> id, const std::vector<std::string>& said) override {
    std::lock_guard lock(runner_.mutex_);
    runner_.status_.process = id;
    if (!id) runner_.status_.process_said = said;
  }

  const std::string& failure() const { return failure_; }
  /// The log's own exception, so that a command can fail with it.
  std::exception_ptr thrown() const { return thrown_; }
  bool log_is_damaged() const {
    if (!thrown_) return false;
    try {
      std::rethrow_exception(thrown_);
    } catch (const LogDamaged&) {
      return true;
    } catch (...) {
      return false;
    }
  }

  std::optional<std::int64_t> watermark_us;          // of the snapshot under way
  std::int64_t events = 0, rejected = 0, bytes = 0;  // durable so far; read by the calling thread
  std::int64_t taken = 0;                            // from captured files, durable or gathered

 private:
  bool write(std::vector<Event> events, const std::optional<SourceCheckpoint>& checkpoint,
             std::optional<std::int64_t> covered) {
    if (covered) events.push_back(coverage("stream", *covered));
    if (events.empty() && !checkpoint) return true;
    try {
      append(events, checkpoint);
    } catch (const std::exception& error) {
      failure_ = error.what();
      thrown_ = std::current_exception();
      return false;
    }
    std::int64_t count = 0, size = 0, refused = 0;
    for (const auto& event : events) {
      if (event.kind == EventKind::coverage) continue;
      ++count;
      size += static_cast<std::int64_t>(event.body.size());
      refused += event.kind == EventKind::rejected ? 1 : 0;
    }
    auto now = runner_.clock_.now_us();
    if (covered) covered_until_ = covered, covered_at_us_ = now, pending_coverage_.reset();
    this->events += count - refused, rejected += refused, bytes += size;
    std::lock_guard lock(runner_.mutex_);
    auto& status = runner_.status_;
    status.events += count - refused, status.rejected += refused, status.bytes += size;
    if (count > 0) status.last_event_at_us = now;
    if (covered) status.complete_until_us = covered;
    return true;
  }

  /// One event that is larger than the log takes must not hold up all behind it for ever.
  void append(std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) {
    for (auto left = events.size();; --left) {
      try {
        return runner_.log_.append(events, checkpoint);
      } catch (const std::length_error&) {
        if (left == 0) throw;
        auto largest = std::max_element(events.begin(), events.end(), [](const Event& a, const Event& b) {
          return size_of(a) < size_of(b);
        });
        cut(*largest);
      }
    }
  }

  /// At most one a minute, except that a source catching up may advance day by day.
  bool coverage_is_due() const {
    if (!pending_coverage_) return false;
    if (!covered_until_) return true;
    if (*pending_coverage_ <= *covered_until_) return false;
    return *pending_coverage_ - *covered_until_ >= day_us ||
           runner_.clock_.now_us() - covered_at_us_ >= minute_us;
  }

  SourceRunner& runner_;
  Mode mode_ = Mode::stream;
  std::string death_;  // why a record is skipped
  std::vector<Event> gathered_;
  std::size_t gathered_bytes_ = 0;
  std::string failure_;
  std::exception_ptr thrown_;
  std::optional<std::int64_t> pending_coverage_, covered_until_;
  std::int64_t covered_at_us_ = 0;
};

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
      intake_(std::make_unique<LogIntake>(*this)),
      alive_(steady_clock::now()) {
  status_.name = options_.name;
  status_.connector = options_.connector;
}

SourceRunner::~SourceRunner() {
  stop();
}

void SourceRunner::start() {
  std::lock_guard control(control_);
  if (thread_.joinable()) return;
  {
    std::lock_guard lock(mutex_);
    running_ = true;
    status_.state = SourceState::running;
    status_.failures_in_a_row = 0;
    alive_ = steady_clock::now();
  }
  thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
}

void SourceRunner::stop() {
  std::lock_guard control(control_);
  if (!thread_.joinable()) return;
  thread_.request_stop();
  wake_.notify_all();
  thread_.join();
  thread_ = std::jthread();
}

SourceStatus SourceRunner::status() const {
  std::lock_guard lock(mutex_);
  auto status = status_;
  auto silent = std::chrono::duration_cast<milliseconds>(steady_clock::now() - alive_).count();
  if (in_call_ && status.state == SourceState::running &&
      silent > options_.poll_timeout_ms + options_.silence_max_ms) {
    status.state = SourceState::degraded;
    status.last_error = fmt::format(
        "the connector has not returned for {} s; look at the agency's side, or restart the source",
        silent / 1000);
  }
  // Between calls nobody listens to the process; the system still tells.
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
      // The hub never guesses: this source stands still until somebody has looked.
      while (!stop.stop_requested()) {
        refuse_snapshots();
        std::unique_lock lock(mutex_);
        wake_.wait(lock, stop, [&] { return !snapshot_requests_.empty(); });
      }
      break;
    }
    if (next == Next::wait) {
      std::int64_t wait_ms = 0;
      {
        std::lock_guard lock(mutex_);
        if (status_.next_try_at_us)
          wait_ms = std::max<std::int64_t>(0, (*status_.next_try_at_us - clock_.now_us()) / 1000);
      }
      rest(milliseconds(std::min<std::int64_t>(wait_ms, options_.backoff_max_ms)), stop);
    }
  }
  instance_.reset();
  {
    std::lock_guard lock(mutex_);
    running_ = false;
    status_.state = SourceState::stopped;
    status_.next_try_at_us.reset();
    status_.process.reset();
  }
  refuse_snapshots();
}

void SourceRunner::refuse_snapshots() {
  std::vector<std::shared_ptr<SnapshotRequest>> requests;
  Error why{"SNAPSHOT_STOPPED", "the source was stopped; start the snapshot again, it goes on where it was",
            options_.name};
  {
    std::lock_guard lock(mutex_);
    requests.swap(snapshot_requests_);
    if (running_) why = {"SNAPSHOT_FAILED", status_.last_error, options_.name};
  }
  for (auto& request : requests)
    request->answer.set_value(why);
}

void SourceRunner::rest(milliseconds time, std::stop_token stop) {
  if (time.count() <= 0) return;
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, stop, time, [&] { return !snapshot_requests_.empty(); });
}

void SourceRunner::set_state(SourceState state) {
  std::lock_guard lock(mutex_);
  status_.state = state;
}

void SourceRunner::remember_error(std::string why) {
  std::lock_guard lock(mutex_);
  status_.last_error = std::move(why);
  status_.last_error_at_us = clock_.now_us();
}

SourceRunner::Next SourceRunner::fail(std::string why) {
  bool news = false;
  {
    // The same again and again is said at the 1st, 2nd, 4th, 8th ... time.
    std::lock_guard lock(mutex_);
    auto count = status_.failures_in_a_row + 1;
    news = why != status_.last_error || (count & (count - 1)) == 0;
  }
  if (news) intake_->note(KINHUB_LOG_WARNING, why);
  remember_error(std::move(why));
  double chance = std::uniform_real_distribution<double>(0, 1)(random_);
  std::lock_guard lock(mutex_);
  ++status_.failures_in_a_row;
  bool failed = status_.failures_in_a_row >= options_.failures_max;
  status_.state = failed ? SourceState::failed : SourceState::backoff;
  auto wait =
      backoff_ms(status_.failures_in_a_row, options_.backoff_first_ms, options_.backoff_max_ms, chance);
  status_.next_try_at_us = clock_.now_us() + std::int64_t{wait} * 1000;
  return Next::wait;
}

Created SourceRunner::create_instance(std::stop_token stop) {
  if (options_.isolation == Isolation::process) {
    ChildOptions child{options_.program, library_.directories(), options_.connector,
                       options_.memory_max_bytes, options_.silence_max_ms};
    return create_child_instance(child, options_.config_json, options_.secrets, *intake_, clock_, stop);
  }
  auto connector = library_.load(options_.connector);
  if (!connector) return {nullptr, {KINHUB_REJECT, describe(connector.error()), false}};
  return create_local_instance(*connector, options_.config_json, options_.secrets, *intake_, clock_, stop);
}

bool SourceRunner::ensure_instance(std::stop_token stop) {
  if (instance_) return true;
  auto created = create_instance(stop);
  if (created.instance) {
    instance_ = std::move(created.instance);
    return true;
  }
  fail(std::move(created.outcome.explanation));
  // What the connector itself refuses, waiting will hardly mend: say so at once, but look again now and then.
  if (created.outcome.status == KINHUB_REJECT) {
    std::lock_guard lock(mutex_);
    status_.state = SourceState::failed;
    status_.next_try_at_us = clock_.now_us() + std::int64_t{options_.backoff_max_ms} * 1000;
  }
  return false;
}

SourceRunner::Next SourceRunner::poll_once(std::stop_token stop) {
  auto position = log_.checkpoint(options_.name);
  if (crashes_here_ > 0 && crash_position_ != position)
    crashes_here_ = 0, cannot_skip_ = false;  // it got past
  if (crashes_here_ >= options_.crashes_max && !cannot_skip_) return skip_deadly_record(position);
  intake_->expect(LogIntake::Mode::stream);
  auto events_before = intake_->events + intake_->rejected;
  auto started = steady_clock::now();
  {
    std::lock_guard lock(mutex_);
    in_call_ = true, alive_ = started;
    status_.last_call_at_us = clock_.now_us();
  }
  HarvestLimits limits;
  // Where it died before, every record becomes durable by itself, until the position stands right before the
  // deadly one.
  if (crashes_here_ > 0) limits.count = 1;
  auto outcome = instance_->poll(position, options_.poll_timeout_ms, limits);
  {
    std::lock_guard lock(mutex_);
    in_call_ = false;
  }
  auto next = judge(outcome, events_before);
  if (next != Next::go_on) return next;
  intake_->commit_late_coverage();
  // A connector that returns at once with nothing must not hammer its agency.
  if (intake_->events + intake_->rejected == events_before)
    rest(milliseconds(options_.poll_pause_ms) -
             std::chrono::duration_cast<milliseconds>(steady_clock::now() - started),
         stop);
  return next;
}

SourceRunner::Next SourceRunner::judge(const CallOutcome& outcome, std::int64_t events_before) {
  bool progress = intake_->events + intake_->rejected > events_before;
  // The log's refusal comes first: the connector's status only follows from it.
  bool log_failed = !intake_->failure().empty();
  if (log_failed && intake_->log_is_damaged()) {
    fail(intake_->failure());
    set_state(SourceState::failed);
    return Next::end;
  }
  switch (outcome.status) {
    case KINHUB_OK: {
      std::lock_guard lock(mutex_);
      status_.next_try_at_us.reset();
      status_.failures_in_a_row = 0;
      status_.state = log_failed ? SourceState::degraded : SourceState::running;
      if (log_failed) status_.last_error = intake_->failure(), status_.last_error_at_us = clock_.now_us();
      if (!log_failed) rejected_position_.reset();
      return Next::go_on;
    }
    case KINHUB_RETRY: {
      {
        std::lock_guard lock(mutex_);
        if (progress) status_.failures_in_a_row = 0;
      }
      auto next = fail(log_failed ? intake_->failure() : outcome.explanation);
      std::lock_guard lock(mutex_);
      ++status_.retries;  // only now: whoever sees it sees why, too
      return next;
    }
    case KINHUB_REJECT: {
      // Said once per place, however often it is tried again.
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
        std::lock_guard lock(mutex_);
        if (progress) status_.failures_in_a_row = 0;
      }
      if (outcome.died) remember_death(outcome.explanation);
      auto next = fail(log_failed ? intake_->failure() : outcome.explanation);
      std::lock_guard lock(mutex_);
      ++status_.restarts;  // as above
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
  log_.append({event}, std::nullopt);
  std::lock_guard lock(mutex_);
  ++status_.rejected;
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
  auto before = intake_->events + intake_->rejected;
  intake_->expect(LogIntake::Mode::skip, death_);
  auto outcome = instance_->skip(position);
  if (!intake_->failure().empty()) return fail(intake_->failure());
  bool got_past = log_.checkpoint(options_.name) != position;
  if (outcome.status == KINHUB_RETRY) return fail(outcome.explanation);
  if (outcome.status == KINHUB_OK && (got_past || intake_->events + intake_->rejected == before)) {
    // Set aside, or there was nothing: it died while it waited, which is no record's fault.
    crashes_here_ = 0;
    return Next::go_on;
  }
  if (outcome.status == KINHUB_FATAL) instance_.reset();
  // It stands still here until somebody mends the connector or moves the source on; said once, and honestly.
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
  std::unique_lock control(control_);  // nobody starts or stops the source while this is decided
  std::shared_ptr<SnapshotRequest> request;
  {
    std::lock_guard lock(mutex_);
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
      std::lock_guard lock(mutex_);
      if (snapshot_requests_.empty()) return;
      request = snapshot_requests_.front();
      snapshot_requests_.erase(snapshot_requests_.begin());
    }
    // Either may end it: who asked, or who stops the source.
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
  auto events_before = intake_->events, rejected_before = intake_->rejected;
  intake_->watermark_us.reset();
  std::string why;
  for (int failures = 0; failures < tries;) {
    if (stop.stop_requested()) return stopped();
    if (!instance_) {
      auto created = create_instance(stop);
      if (!created.instance) return Error{"SNAPSHOT_FAILED", created.outcome.explanation, options_.name};
      instance_ = std::move(created.instance);
    }
    auto cursor = log_.checkpoint(snapshot_name(options_.name));
    auto harvested = intake_->events + intake_->rejected;
    intake_->expect(LogIntake::Mode::snapshot);
    {
      std::lock_guard lock(mutex_);
      in_call_ = true, alive_ = steady_clock::now();
    }
    auto outcome = instance_->snapshot(cursor, {});
    {
      std::lock_guard lock(mutex_);
      in_call_ = false;
    }
    if (intake_->thrown() && outcome.status != KINHUB_OK) std::rethrow_exception(intake_->thrown());
    if (outcome.status == KINHUB_OK) {
      if (stop.stop_requested() && !intake_->watermark_us) return stopped();
      if (!intake_->watermark_us)
        return Error{"SNAPSHOT_NO_WATERMARK",
                     "the connector ended its snapshot without complete_until(): up to when it holds is "
                     "unknown. Mend the connector",
                     options_.name};
      SnapshotSummary summary{intake_->events - events_before, intake_->rejected - rejected_before,
                              *intake_->watermark_us};
      log_.append({intake_->coverage("snapshot", summary.watermark_us)},
                  SourceCheckpoint{snapshot_name(options_.name), ""});
      return summary;
    }
    why = outcome.explanation;
    if (outcome.status == KINHUB_REJECT) break;
    if (outcome.status != KINHUB_RETRY) instance_.reset();
    failures = intake_->events + intake_->rejected > harvested ? 0 : failures + 1;
    if (failures >= tries) break;
    double chance = std::uniform_real_distribution<double>(0, 1)(random_);
    auto wait = milliseconds(backoff_ms(static_cast<std::uint32_t>(std::max(failures, 1)),
                                        options_.backoff_first_ms, options_.backoff_max_ms, chance));
    std::unique_lock lock(mutex_);
    wake_.wait_for(lock, stop, wait, [] { return false; });
  }
  return Error{"SNAPSHOT_FAILED", why, options_.name};
}

// ---- captured files

Result<CaptureProgress> SourceRunner::read_capture(
    const std::vector<fs::path>& paths, const std::function<void(const CaptureProgress&)>& progress,
    std::stop_token stop) {
  struct File {
    fs::path path;
    std::string origin;
  };
  std::vector<File> files;
  for (const auto& path : paths) {
    std::error_code none;
    if (fs::is_regular_file(path, none)) {
      files.push_back({path, path.filename().string()});
    } else if (fs::is_directory(path, none)) {
      std::vector<File> inside;
      for (auto entry = fs::recursive_directory_iterator(path, none);
           !none && entry != fs::recursive_directory_iterator(); entry.increment(none)) {
        auto name = entry->path().filename().string();
        // An agency's flag file says that its neighbour is whole; here everything is.
        bool flag = entry->path().extension() == ".ok" && entry->is_regular_file() && entry->file_size() == 0;
        if (!name.starts_with('.') && !flag && entry->is_regular_file())
          inside.push_back({entry->path(), entry->path().lexically_relative(path).string()});
      }
      if (none)
        return Error{"CAPTURE_FOLDER", "cannot be read: " + none.message() + "; look at its owner and mode",
                     path.string()};
      std::sort(inside.begin(), inside.end(), [](const File& a, const File& b) { return a.path < b.path; });
      std::move(inside.begin(), inside.end(), std::back_inserter(files));
    } else {
      return Error{"CAPTURE_MISSING", "is no file and no folder; look at the path", path.string()};
    }
  }
  std::lock_guard control(control_);
  assert(!thread_.joinable() && "read_capture while the source runs");
  auto connector = library_.load(options_.connector);
  if (!connector) return connector.error();
  if ((*connector)->source().read_capture == nullptr)
    return Error{"CAPTURE_UNSUPPORTED", "connector " + options_.connector + " reads no captured files",
                 options_.name};
  CaptureProgress done{0, files.size()};
  auto events_before = intake_->events, rejected_before = intake_->rejected;
  std::int64_t bytes_read = 0;
  std::size_t files_read = 0;
  auto write_rest = [&] {
    if (!intake_->write_gathered()) std::rethrow_exception(intake_->thrown());
  };
  // Only what is durable counts as done.
  auto tell = [&] {
    if (!intake_->all_written()) return;
    done.files_done = files_read, done.bytes = bytes_read;
    done.events = intake_->events - events_before, done.rejected = intake_->rejected - rejected_before;
    if (progress) progress(done);
  };
  std::unique_ptr<Instance> instance;
  for (const auto& file : files) {
    if (stop.stop_requested()) break;
    auto bytes = FileBytes::open(file.path, capture_size_max);
    if (!bytes) {
      write_rest();
      return bytes.error();
    }
    CallOutcome outcome;
    for (int attempt = 0; attempt < capture_tries; ++attempt) {
      if (!instance) {
        auto created =
            create_local_instance(*connector, options_.config_json, options_.secrets, *intake_, clock_, stop);
        if (!created.instance) {
          write_rest();
          return Error{"SOURCE_CREATE", created.outcome.explanation, options_.name};
        }
        instance = std::move(created.instance);
      }
      intake_->expect(LogIntake::Mode::capture);
      auto taken = intake_->taken;
      outcome = instance->read_capture(file.origin, bytes->view(), {});
      if (intake_->thrown()) std::rethrow_exception(intake_->thrown());
      if (outcome.status == KINHUB_FATAL) instance.reset();
      if (outcome.status == KINHUB_OK || outcome.status == KINHUB_REJECT) break;
      // Part of the file is taken already: trying it again would double that part.
      if (intake_->taken > taken) break;
    }
    if (outcome.status != KINHUB_OK) {
      Event whole;
      whole.kind = EventKind::rejected;
      whole.body = bytes->view();
      whole.origin = file.origin, whole.place = file.origin;
      whole.code = outcome.status == KINHUB_REJECT ? "CAPTURE_REJECTED" : "CAPTURE_FAILED";
      whole.detail = outcome.explanation;
      whole.received_at_us = clock_.now_us();
      Harvest harvest;
      harvest.events.push_back(std::move(whole));
      if (!intake_->commit(std::move(harvest))) std::rethrow_exception(intake_->thrown());
    }
    ++files_read;
    bytes_read += static_cast<std::int64_t>(bytes->view().size());
    tell();
  }
  if (!intake_->all_written()) {
    write_rest();
    tell();
  }
  return done;
}

}  // namespace kinhub
