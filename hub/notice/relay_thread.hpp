#pragma once
// The relay of the outbox: a worker thread beside the pipeline, so that neither waits for the other.

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "hub/base/mutex.hpp"
#include "hub/notice/notice_sink.hpp"

namespace kinhub {

/// Worker of one sink: delivers when woken and polls every `look_ms`. When the sink cannot take notices it
/// backs off exponentially, and says so once; it says when it goes on. What a person must mend is retried
/// too, seldom, so that mending it is enough. Public functions are safe from any thread.
class RelayThread {
 public:
  struct Options {
    std::uint32_t look_ms = 1000;      ///< polling: other processes write notices too
    std::uint32_t wait_ms = 100;       ///< back-off after the first failure; doubled with each further one
    std::uint32_t wait_ms_max = 5000;  ///< its limit
    std::uint32_t mended_ms = 30'000;  ///< between tries while a person must look
  };
  /// Called on the thread.
  struct Voice {
    std::function<void(const std::string&)> waits, goes_on;
    std::function<void(const std::string&)> stopped;       ///< a person must look
    std::function<void(std::int64_t sequence)> delivered;  ///< everything up to this notice is
    std::function<void()> not_mine;                        ///< another node delivers: told at each look
  };
  /// `mine`: whether this node owns the delivery (the lease "@relay"), asked before each; empty: always.
  RelayThread(Store& store, NoticeSink& sink, Voice voice, std::function<bool()> mine = {});
  RelayThread(Store& store, NoticeSink& sink, Voice voice, std::function<bool()> mine, Options options);
  /// Stops and joins: a delivery under way is finished, and no other is begun.
  ~RelayThread();
  RelayThread(const RelayThread&) = delete;
  RelayThread& operator=(const RelayThread&) = delete;

  void wake();
  /// Drains, then stops: delivers what waits now; gives up after patience_ms, or at once when the
  /// sink fails or another node delivers. True: all that was in the store at the call is delivered.
  /// Nothing is delivered afterwards.
  bool finish(std::uint32_t patience_ms);

  std::int64_t delivered() const;              ///< the seq of the last notice delivered; 0: not known yet
  std::optional<std::string> trouble() const;  ///< why it waits, if it does

 private:
  void work(std::stop_token stop);
  /// One delivery; milliseconds until the next.
  std::uint32_t deliver_once(std::stop_token stop);
  std::uint32_t failed(const std::string& why, bool person);
  void went_well();

  Store& store_;
  NoticeSink& sink_;
  const Voice voice_;
  const std::function<bool()> mine_;
  const Options options_;

  mutable Mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ KINHUB_GUARDED_BY(mutex_) = true;
  std::optional<std::int64_t> finish_at_ KINHUB_GUARDED_BY(mutex_);  ///< stop when this is delivered
  bool ended_ KINHUB_GUARDED_BY(mutex_) = false;
  std::int64_t delivered_ KINHUB_GUARDED_BY(mutex_) = 0;
  std::optional<std::string> trouble_ KINHUB_GUARDED_BY(mutex_);
  std::string said_;  ///< the trouble last spoken of; only the thread
  std::uint32_t wait_ms_;
  std::jthread thread_;  ///< last: it uses all of the above
};

}  // namespace kinhub
