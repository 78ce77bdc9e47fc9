#pragma once
// The writer of one source: events and progress in one transaction, and recovery of a transaction in doubt.

#include <condition_variable>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/mutex.hpp"
#include "hub/stream/event_log.hpp"
#include "hub/stream/kafka_progress.hpp"

namespace kinhub::kafka {

/// The key of an event's header that says its sequence, in decimal digits.
inline constexpr std::string_view sequence_header = "sequence";
/// The key of a header of an append's first event that says which append brought it, in hex digits.
inline constexpr std::string_view append_header = "append";
/// What an event's seal is bound to.
std::string event_context(const std::string& source, std::int64_t sequence);
/// The sequence a message says it has; nothing when it is no event of Kinhub.
std::optional<std::int64_t> sequence_of(const rd_kafka_message_t& message);

/// Group commit: appends that wait at the same time share a transaction. Safe from any thread.
class SourceWriter {
 public:
  SourceWriter(const KafkaSettings& settings, std::string source, std::int32_t partition,
               const Keyring& keyring, Looker& looker, ProgressTopic& progress);

  enum class Checkpoint : bool { as_told, replace };
  void append(const std::vector<Event>& events, const std::optional<SourceCheckpoint>& checkpoint,
              Checkpoint how);
  /// The checkpoint of that name, fresh. Optimistic concurrency: a later append fails with LogOvertaken when
  /// the checkpoint is no longer the one told here.
  std::string checkpoint(const std::string& name);
  /// As EventLog::accept_end.
  void accept_end();

 private:
  struct Request {
    const std::vector<Event>& events;
    const std::optional<SourceCheckpoint>& checkpoint;
    Checkpoint how;
    std::size_t size;
    bool done = false;
    std::exception_ptr failure;
  };
  /// An append in doubt: it may have been written, and is settled before anything else of this source is.
  struct Open {
    std::int64_t append;
    AppendId id;
    std::int64_t first_sequence;  ///< of its events; 0: it has none
    std::int64_t offset_before;   ///< of the event before them
  };

  std::size_t size_of(const std::vector<Event>& events) const;
  std::vector<Request*> some_that_wait() KINHUB_REQUIRES(waiting_mutex_);
  void write_together(std::vector<Request*> requests);
  bool write(std::vector<Request*>& requests, Deadline give_up) KINHUB_REQUIRES(writing_);
  void make_producer(Deadline give_up) KINHUB_REQUIRES(writing_);
  void insist_on_producer(Deadline give_up) KINHUB_REQUIRES(writing_);
  void check_topic(Deadline give_up);
  std::string wrong_at_end(const Progress& now, Deadline give_up, bool* uncounted = nullptr);
  void send(const std::vector<Request*>& requests, Progress& next) KINHUB_REQUIRES(writing_);
  std::optional<bool> settle(const std::vector<Request*>& requests, const Open& append, const Progress& now,
                             Deadline give_up);
  std::optional<bool> stands_in_topic(const Open& append, const Progress& now, Deadline give_up);
  void refuse_overtaken(std::vector<Request*>& requests, const Progress& now);
  void told(const std::string& name, const Progress& now);
  [[noreturn]] void damaged(const std::string& what) const;

  const KafkaSettings settings_;
  const std::string source_, topic_;
  const std::int32_t partition_;
  const Keyring keyring_;
  Looker& looker_;
  ProgressTopic& progress_;

  Mutex waiting_mutex_;
  std::condition_variable_any written_;
  std::deque<Request*> waiting_ KINHUB_GUARDED_BY(waiting_mutex_);
  /// Group commit: one thread writes for all that wait.
  bool leading_ KINHUB_GUARDED_BY(waiting_mutex_) = false;

  Mutex writing_;
  std::unique_ptr<TransactionalProducer> producer_ KINHUB_GUARDED_BY(writing_);
  std::optional<Open> open_ KINHUB_GUARDED_BY(writing_);
  bool checked_ KINHUB_GUARDED_BY(writing_) = false;  // topic and progress fit

  Mutex told_mutex_;
  /// Checkpoint name -> the append that set what was told last.
  std::map<std::string, std::int64_t> told_ KINHUB_GUARDED_BY(told_mutex_);
};

}  // namespace kinhub::kafka
