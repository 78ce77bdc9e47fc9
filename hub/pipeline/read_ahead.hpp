#pragma once
// Prefetch of the pipeline: reads and maps the next batch while one is stored.

#include <chrono>
#include <condition_variable>
#include <exception>
#include <functional>
#include <map>
#include <stop_token>
#include <thread>

#include "hub/base/mutex.hpp"
#include "hub/node/ownership.hpp"
#include "hub/pipeline/mapped_event.hpp"

namespace kinhub {

/// Prefetching reader: one thread over all partitions owned, each from its stored position. A partition
/// gained joins, one lost is left, one that cannot be read on is reported to the ownership; the others go on.
class ReadAhead {
 public:
  using Map = std::function<MappedEvent(LoggedEvent)>;
  using Ends = std::map<std::int32_t, std::int64_t>;  ///< partition -> sequence

  struct Limits {
    std::size_t events_max = 10'000;    ///< buffered; a batch is never larger
    std::uint32_t look_up_ms = 200;     ///< how soon a change of ownership is noticed while nothing comes
    std::size_t bytes_max = 64u << 20;  ///< of bodies buffered; what the log gives in one read may be more
    /// Lingering: so many events buffered show a dense stream, of which a batch waits for `gather_events`,
    /// or for `gather_ms` since its first event, before it goes.
    std::size_t dense_from = 16;
    std::size_t gather_events = 2000;
    std::uint32_t gather_ms = 20;
  };
  /// With `until`, only those partitions are read, and take() ends when each is there.
  ReadAhead(EventLog& log, Store& store, Ownership& ownership, Map map, Limits limits,
            std::optional<Ends> until = {});
  ~ReadAhead();

  /// Takes the buffered batch; waits while there is nothing, at most wait_ms: then it is empty. A few
  /// events go at once; of a dense stream it lingers a moment for more, because a batch costs less for each
  /// event the more it has. Nothing: stopped, or `until` is reached. Throws what the reading thread threw,
  /// after what it read before that.
  std::optional<std::vector<MappedEvent>> take(std::stop_token stop, std::uint32_t wait_ms);

  /// Health check: the stored positions were read, and the log has answered since.
  bool in_touch();

 private:
  struct Place {
    LogPosition at;
    std::int64_t lease_epoch = 0;
  };

  using Damaged = std::map<std::int32_t, std::string>;  // partition -> why

  void read_all(std::stop_token stop);
  void report(const Damaged& damaged);
  void follow_ownership();
  bool all_read() const;
  std::vector<LoggedEvent> read_some(std::stop_token stop);
  void hand_over(std::vector<MappedEvent> events, std::stop_token stop);
  bool goes_now() const KINHUB_REQUIRES(mutex_);

  EventLog& log_;
  Store& store_;
  Ownership& ownership_;
  const Map map_;
  const Limits limits_;
  const std::optional<Ends> until_;
  std::map<std::int32_t, Place> places_;             // of the reading thread
  std::map<std::int32_t, std::int64_t> unreadable_;  // of the reading thread: partition -> lease epoch

  Mutex mutex_;
  std::condition_variable_any gathered_now_, room_;
  std::vector<MappedEvent> gathered_ KINHUB_GUARDED_BY(mutex_);
  std::size_t gathered_bytes_ KINHUB_GUARDED_BY(mutex_) = 0;
  /// When the first in gathered_ came.
  std::chrono::steady_clock::time_point gathered_since_ KINHUB_GUARDED_BY(mutex_);
  bool no_room_ KINHUB_GUARDED_BY(mutex_) = false;  // the reading thread waits with more
  // Found since the last take(), and before it: what was read earlier comes first.
  Damaged damaged_ KINHUB_GUARDED_BY(mutex_), damaged_before_ KINHUB_GUARDED_BY(mutex_);
  std::exception_ptr broken_ KINHUB_GUARDED_BY(mutex_);
  bool finished_ KINHUB_GUARDED_BY(mutex_) = false, in_touch_ KINHUB_GUARDED_BY(mutex_) = false;

  std::jthread reader_;  // last: it uses all of the above
};

}  // namespace kinhub
