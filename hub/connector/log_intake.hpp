#pragma once
// The sink of a source: what its connector hands over becomes durable in the event log, with the source's
// name and checkpoint.

#include <exception>

#include "hub/connector/instance.hpp"
#include "hub/connector/source_status.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// The name under which the log keeps a source's snapshot cursor, apart from the checkpoint of its stream.
std::string snapshot_name(const std::string& source);

/// Appends each harvest in one write with the checkpoint behind it, and counts on the status
/// board what is durable. note, count, alive and process are safe from any thread, the rest
/// from the thread that calls the instance.
class LogIntake final : public Intake {
 public:
  enum class Mode : std::uint8_t {
    stream,    ///< polls: the checkpoint moves, coverage is told sparingly
    snapshot,  ///< the cursor moves instead of the checkpoint, and the watermark is kept
    capture,   ///< captured files: gathered into large appends; no checkpoint, no coverage
    skip       ///< one record that kills its connector: it goes to quarantine, and the checkpoint past it
  };

  /// `options`, `log`, `clock` and `board` outlive the intake.
  LogIntake(const SourceOptions& options, EventLog& log, const Clock& clock, StatusBoard& board)
      : options_(options), log_(log), clock_(clock), board_(board) {}

  /// Clears the last call's failure. Called before each call of the instance, by the same thread; `death`
  /// says why a record is skipped.
  void expect(Mode mode, std::string death = {});

  bool commit(Harvest harvest) override;
  void note(int level, std::string_view said) override;
  void count(std::string_view metric, std::int64_t add) override;
  void alive() override;
  void process(std::optional<int> id, const std::vector<std::string>& said) override;

  /// Flushes what captured files gathered. False when the log did not take it: see thrown().
  bool write_gathered();
  bool all_written() const { return gathered_.empty(); }

  /// Commits a coverage event that had to wait its minute.
  void commit_late_coverage();
  /// The event by which a source says that it is complete until then.
  Event coverage(const char* code, std::int64_t until_us) const;

  /// Forgets the watermark of an earlier snapshot.
  void begin_snapshot() { watermark_us_.reset(); }
  const std::optional<std::int64_t>& watermark_us() const { return watermark_us_; }

  /// Why the log refused; empty when it did not.
  const std::string& failure() const { return failure_; }
  /// The log's own exception, so that a command can fail with it.
  std::exception_ptr thrown() const { return thrown_; }
  bool log_is_damaged() const;

  std::int64_t events() const { return events_; }      ///< durable so far
  std::int64_t rejected() const { return rejected_; }  ///< durable so far
  std::int64_t harvested() const { return events_ + rejected_; }
  std::int64_t taken() const { return taken_; }  ///< from captured files, durable or gathered

 private:
  std::int64_t believed(std::int64_t claim_us);
  bool gather(std::vector<Event> events);
  bool write(std::vector<Event> events, const std::optional<SourceCheckpoint>& checkpoint,
             std::optional<std::int64_t> covered);
  void append(std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint);
  void tell_durable(std::span<const Event> events, std::int64_t now_us) const;
  bool coverage_is_due() const;

  const SourceOptions& options_;
  EventLog& log_;
  const Clock& clock_;
  StatusBoard& board_;
  Mode mode_ = Mode::stream;
  std::string death_;
  std::vector<Event> gathered_;
  std::size_t gathered_bytes_ = 0;
  std::string failure_;
  std::exception_ptr thrown_;
  std::int64_t events_ = 0, rejected_ = 0, taken_ = 0;
  std::optional<std::int64_t> watermark_us_;
  std::optional<std::int64_t> pending_coverage_, covered_until_;
  std::int64_t covered_at_us_ = 0;
  bool told_beyond_now_ = false;
};

}  // namespace kinhub
