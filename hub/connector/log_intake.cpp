#include "hub/connector/log_intake.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <cassert>

#include "hub/base/mask.hpp"
#include "hub/connector/event_limits.hpp"
#include "hub/connector/fair_turns.hpp"

namespace kinhub {
namespace {

constexpr std::int64_t minute_us = 60'000'000, hour_us = 3'600'000'000, day_us = 86'400'000'000;
constexpr std::size_t capture_append_max = 5000;  // each append waits for the log, whatever its size
constexpr std::size_t metrics_max = 200;
constexpr std::size_t large_body_kept = 1u << 20, large_text_kept = 64u << 10;

/// Truncates an event that the log does not take and sends it to quarantine:
/// nobody else would ever learn of it.
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

/// The source's turn at the log, for as long as it lives.
class Turn {
 public:
  explicit Turn(const SourceOptions& options) : options_(options) {
    if (options_.turns) options_.turns->begin(options_.name);
    begun_ = std::chrono::steady_clock::now();
  }
  ~Turn() {
    if (options_.turns)
      options_.turns->end(options_.name, std::chrono::duration_cast<FairTurns::Time>(
                                             std::chrono::steady_clock::now() - begun_));
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  const SourceOptions& options_;
  std::chrono::steady_clock::time_point begun_;
};

std::size_t size_of(const Event& event) {
  return event.body.size() + event.key.size() + event.content_type.size() + event.charset.size() +
         event.origin.size() + event.place.size() + event.detail.size();
}

}  // namespace

std::string snapshot_name(const std::string& source) {
  return source + "#snapshot";
}

void LogIntake::expect(Mode mode, std::string death) {
  assert((mode == Mode::skip || death.empty()) && "only a record that is skipped has killed its connector");
  mode_ = mode;
  death_ = std::move(death);
  failure_.clear();
  thrown_ = nullptr;
}

bool LogIntake::commit(Harvest harvest) {
  alive();
  const auto& name = options_.name;
  const auto now = clock_.now_us();
  for (auto& event : harvest.events) {
    event.source = name;
    hold_to_limits(event, mode_ == Mode::capture ? capture_body_max : rejected_body_max);
    // The time of receipt is the hub's: a process may say any.
    if (event.received_at_us > now || event.received_at_us < now - hour_us) event.received_at_us = now;
    if (mode_ == Mode::skip)
      event.kind = EventKind::rejected, event.code = "PLUGIN_CRASHED", event.detail = death_;
  }
  if (mode_ == Mode::capture) return gather(std::move(harvest.events));
  if (harvest.complete_until_us) {
    harvest.complete_until_us = believed(*harvest.complete_until_us);
    if (mode_ == Mode::snapshot) watermark_us_ = harvest.complete_until_us;
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

/// A claim of completeness is capped at its receipt: whatever a file, a name or a connector says, nobody
/// knows that nothing will happen.
std::int64_t LogIntake::believed(std::int64_t claim_us) {
  const auto now = clock_.now_us();
  if (claim_us <= now) return claim_us;
  count("claims_beyond_now", 1);
  if (!std::exchange(told_beyond_now_, true))
    note(KINHUB_LOG_WARNING,
         "the agency claims to be complete beyond the present; it is taken as complete up to now");
  return now;
}

void LogIntake::note(int level, std::string_view said) {
  // Agencies put numbers anywhere: into file names, into what their services say of an error.
  const auto text = mask_foreign(said);
  if (options_.note) return options_.note(level, text);
  auto severity = level <= KINHUB_LOG_DEBUG     ? spdlog::level::debug
                  : level == KINHUB_LOG_INFO    ? spdlog::level::info
                  : level == KINHUB_LOG_WARNING ? spdlog::level::warn
                                                : spdlog::level::err;
  spdlog::log(severity, "{}: {}", options_.name, text);
}

void LogIntake::count(std::string_view metric, std::int64_t add) {
  MutexLock lock(board_.mutex);
  auto& metrics = board_.status.metrics;
  std::string name(metric);
  if (metrics.size() < metrics_max || metrics.contains(name)) metrics[name] += add;
}

void LogIntake::alive() {
  MutexLock lock(board_.mutex);
  board_.alive = std::chrono::steady_clock::now();
}

void LogIntake::process(std::optional<int> id, const std::vector<std::string>& said) {
  MutexLock lock(board_.mutex);
  board_.status.process = id;
  if (!id) board_.status.process_said = said;
}

/// Batches small captured files into one append: one by one each would wait for the disk.
bool LogIntake::gather(std::vector<Event> events) {
  for (auto& event : events) {
    gathered_bytes_ += event.body.size();
    gathered_.push_back(std::move(event));
  }
  taken_ += static_cast<std::int64_t>(events.size());
  return (gathered_.size() < capture_append_max && gathered_bytes_ < HarvestLimits().bytes) ||
         write_gathered();
}

bool LogIntake::write_gathered() {
  gathered_bytes_ = 0;
  return write(std::exchange(gathered_, {}), std::nullopt, std::nullopt);
}

void LogIntake::commit_late_coverage() {
  if (coverage_is_due()) commit({});
}

Event LogIntake::coverage(const char* code, std::int64_t until_us) const {
  Event event;
  event.kind = EventKind::coverage;
  event.source = options_.name;
  event.code = code;
  event.occurred_at_us = until_us;
  event.received_at_us = clock_.now_us();
  event.trace = new_trace_id();
  return event;
}

bool LogIntake::log_is_damaged() const {
  if (!thrown_) return false;
  try {
    std::rethrow_exception(thrown_);
  } catch (const LogDamaged&) {
    return true;
  } catch (...) {
    return false;
  }
}

bool LogIntake::write(std::vector<Event> events, const std::optional<SourceCheckpoint>& checkpoint,
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
  auto now = clock_.now_us();
  tell_durable(events, now);
  if (covered) covered_until_ = covered, covered_at_us_ = now, pending_coverage_.reset();
  events_ += count - refused, rejected_ += refused;
  MutexLock lock(board_.mutex);
  auto& status = board_.status;
  status.events += count - refused, status.rejected += refused, status.bytes += size;
  if (count > 0) status.last_event_at_us = now;
  if (covered) status.complete_until_us = covered;
  return true;
}

/// The first two stages of an event's trace: received by the connector, durable in the log.
void LogIntake::tell_durable(std::span<const Event> events, std::int64_t now_us) const {
  if (options_.durable) options_.durable(events, now_us);
  if (!spdlog::should_log(spdlog::level::debug)) return;
  for (const auto& event : events)
    spdlog::debug("trace {}: received from {}, durable after {} us", trace_text(event.trace), event.source,
                  now_us - event.received_at_us);
}

/// Retries with the largest event truncated: one that the log does not take must not block all behind it.
void LogIntake::append(std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) {
  const Turn turn(options_);
  for (auto left = events.size();; --left) {
    try {
      return log_.append(events, checkpoint);
    } catch (const std::length_error&) {
      if (left == 0) throw;
      auto largest = std::max_element(events.begin(), events.end(),
                                      [](const Event& a, const Event& b) { return size_of(a) < size_of(b); });
      cut(*largest);
    }
  }
}

/// Rate limit: at most one coverage event a minute, except that a source catching up may advance day by day.
bool LogIntake::coverage_is_due() const {
  if (!pending_coverage_) return false;
  if (!covered_until_ || *covered_until_ > clock_.now_us()) return true;  // a clock that was set back
  if (*pending_coverage_ <= *covered_until_) return false;
  return *pending_coverage_ - *covered_until_ >= day_us || clock_.now_us() - covered_at_us_ >= minute_us;
}

}  // namespace kinhub
