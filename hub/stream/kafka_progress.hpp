#pragma once
// The progress of each source in a compacted topic: one record,
// written in the same transaction as the events.

#include <array>
#include <climits>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/mutex.hpp"
#include "hub/base/secrets.hpp"
#include "hub/stream/kafka_look.hpp"

namespace kinhub::kafka {

using AppendId = std::array<char, 16>;

/// The state of one source after its last append.
struct Progress {
  /// The deduplication window: so many of the latest appends can be told apart.
  static constexpr std::size_t recent_max = 16;
  struct Mark {
    std::string position;
    std::int64_t append = 0;  ///< the append that set it
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  std::int64_t appends = 0;     ///< transactions of this source ever written
  std::int64_t sequence = 0;    ///< of its last event
  std::int64_t offset = -1;     ///< of its last event; -1: it has none
  std::deque<AppendId> recent;  ///< the latest appends, this one last
  std::map<std::string, Mark> checkpoints;
  friend bool operator==(const Progress&, const Progress&) = default;
};

std::string encode(const Progress& progress);
/// Nothing when the bytes are no progress of a version this program knows.
std::optional<Progress> decode_progress(std::string_view bytes);

/// Resolves an append in doubt: whether number `append` with this id, which set these checkpoints, was
/// written; nothing when it is too long ago to tell.
std::optional<bool> was_written(const Progress& now, std::int64_t append, const AppendId& id,
                                const std::vector<std::string>& checkpoints = {});

/// A cache of all sources' progress, refreshed on demand. Safe from any thread.
class ProgressTopic {
 public:
  ProgressTopic(const KafkaSettings& settings, const Keyring& keyring, Looker& looker);

  /// Catches up with everything that was written when this was called. False: not all of it could be learnt
  /// until `give_up`, or within settle_ms of knowing how much there is, because somebody's transaction is
  /// still open. Throws Unavailable, LogDamaged.
  bool refresh(Deadline give_up, int settle_ms = INT_MAX);
  /// As of the last refresh, or of what this process wrote itself. Throws LogDamaged of that partition when
  /// the last record of this source is none that a hub writes.
  Progress of(const std::string& source, std::int32_t partition);
  /// What this process has just written.
  void note(const std::string& source, const Progress& progress);

  const std::string& topic() const { return topic_; }
  static std::string key_of(const std::string& source) { return "events/" + source; }
  std::string seal(const std::string& source, const Progress& progress) const;
  /// Tells which key file sealed a record.
  const std::string& key_mark() const { return key_mark_; }

 private:
  void take(const rd_kafka_message_t& message);

  const std::string topic_;
  const Keyring keyring_;
  const std::string key_mark_;
  Looker& looker_;
  Mutex refreshing_;
  std::int64_t position_ KINHUB_GUARDED_BY(refreshing_) = 0;  // everything before is known
  Mutex mutex_;
  std::map<std::string, Progress> sources_ KINHUB_GUARDED_BY(mutex_);
  std::map<std::string, std::string> unreadable_ KINHUB_GUARDED_BY(mutex_);  // why
};

}  // namespace kinhub::kafka
