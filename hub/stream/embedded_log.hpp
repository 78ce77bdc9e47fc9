#pragma once
// The embedded event log: one SQLite file with a write-ahead log, one row per event, encrypted at rest.

#include <condition_variable>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "hub/base/mutex.hpp"
#include "hub/base/secrets.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// EventLog on `log.db` (WAL, synchronous=FULL). Several processes may have it open, each appends under
/// SQLite's write lock, so the order of the single partition 0 is the order of the whole hub. At rest:
/// sequence, a keyed token of the business key, and one sealed blob per event; source names and their counts
/// are plain (they are configuration, not people).
/// Safe from any thread. Not to be carried over a fork: a child process opens its own.
class EmbeddedLog final : public EventLog {
 public:
  /// The lock timeout: how long append() waits for another process's write before it throws LogUnavailable.
  static constexpr std::uint32_t patience_ms = 30'000;
  /// A larger event is refused with std::length_error; connectors set far smaller limits.
  static constexpr std::size_t event_size_max = 512u << 20;
  /// read() hands out fewer than count_max events rather than more bytes than this (but always one).
  static constexpr std::size_t read_size_max = 64u << 20;

  /// Opens the log, or makes it (mode 0600) with its folder. Throws LogDamaged, with what to do, when the
  /// file is no event log of Kinhub, is of a newer version, was sealed with another key file, or does not
  /// hold together; and LogUnavailable when it cannot be opened at all. `keyring` is copied.
  static std::unique_ptr<EmbeddedLog> open(const std::filesystem::path& path, const Keyring& keyring);
  ~EmbeddedLog() override;

  void append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint) override;
  std::string checkpoint(const std::string& source) override;
  void set_checkpoint(const SourceCheckpoint& checkpoint) override;
  using EventLog::read;
  std::vector<LoggedEvent> read(std::span<const LogPosition> after, std::size_t count_max,
                                std::uint32_t timeout_ms, std::stop_token stop = {}) override;
  LogPosition end(std::int32_t partition) override;
  LogPosition start(std::int32_t partition) override;
  std::int32_t partitions() const override { return 1; }
  std::string partition_name(std::int32_t) const override { return "log"; }
  std::vector<std::pair<std::string, std::int64_t>> received() override;

  /// How many events, checkpoints and probes begin with which header of a key, "" for those without one, as
  /// 0.1.0 sealed them. Reads the whole file.
  std::vector<std::pair<std::string, std::int64_t>> sealed_with();
  /// Key rotation: seals a page of events after this sequence anew, those that are sealed with another key
  /// than the active one, in a transaction of its own. What they say, their order and their number stay.
  /// Returns the sequence reached, and how many were sealed anew; nothing when there are no more, and
  /// checkpoints and probe are done.
  struct ResealedPage {
    std::int64_t reached = 0, count = 0;
  };
  std::optional<ResealedPage> reseal(std::int64_t after, std::size_t count_max);

 private:
  struct Writer;
  struct Reader;
  struct Request;

  EmbeddedLog(std::filesystem::path path, const Keyring& keyring);
  void write_together(const std::vector<Request*>& requests);
  void write(const std::vector<Request*>& requests) KINHUB_REQUIRES(writing_);
  void append(Request& mine);
  void expect_not_overtaken(const std::string& source) KINHUB_REQUIRES(writing_);
  std::vector<LoggedEvent> wait_and_read(LogPosition after, std::size_t count_max, std::uint32_t timeout_ms,
                                         std::stop_token stop);
  std::vector<LoggedEvent> read_now(std::int64_t after, std::size_t count_max) KINHUB_REQUIRES(reading_);
  void truncate_wal_when_idle();
  void reseal_marks() KINHUB_REQUIRES(writing_);

  const std::filesystem::path path_;
  const Keyring keyring_;
  Mutex waiting_mutex_;
  std::condition_variable_any written_;
  std::vector<Request*> waiting_ KINHUB_GUARDED_BY(waiting_mutex_);
  /// Group commit: one thread writes for all that wait.
  bool leading_ KINHUB_GUARDED_BY(waiting_mutex_) = false;
  Mutex writing_, reading_;
  Mutex told_mutex_;
  /// Cache: checkpoints as told, sealed.
  std::map<std::string, std::string> told_ KINHUB_GUARDED_BY(told_mutex_);
  std::unique_ptr<Writer> writer_ KINHUB_GUARDED_BY(writing_);
  std::unique_ptr<Reader> reader_ KINHUB_GUARDED_BY(reading_);
  Mutex news_mutex_;
  std::condition_variable_any news_;  // this process appended something
  std::uint64_t appends_ KINHUB_GUARDED_BY(news_mutex_) = 0;
};

}  // namespace kinhub
