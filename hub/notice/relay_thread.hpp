#pragma once
// Carries notices to a sink beside the pipeline, so that neither waits for the other.

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "hub/notice/notice_sink.hpp"

namespace kinhub {

/// One sink's thread: delivers when woken and once every `look_ms`. When the sink cannot take notices it
/// waits, longer each time, and says so once; it says when it goes on. What a person must mend is tried again
/// too, seldom, so that mending it is enough. Public functions are safe from any thread.
class RelayThread {
 public:
  struct Options {
    std::uint32_t look_ms = 1000;      ///< also without being woken: other processes write notices too
    std::uint32_t wait_ms = 100;       ///< after the first failure; doubled with each further one
    std::uint32_t wait_ms_max = 5000;  ///< until there
    std::uint32_t mended_ms = 30'000;  ///< between tries while a person must look
  };
  /// Called on the thread.
  struct Voice {
    std::function<void(const std::string&)> waits, goes_on;
    std::function<void(const std::string&)> stopped;       ///< a person must look
    std::function<void(std::int64_t sequence)> delivered;  ///< everything up to this notice is
  };
  /// `mine`: whether this node delivers at all, asked before each delivery (the lease "@relay"); empty:
  /// always.
  RelayThread(Store& store, NoticeSink& sink, Voice voice, std::function<bool()> mine = {});
  RelayThread(Store& store, NoticeSink& sink, Voice voice, std::function<bool()> mine, Options options);
  /// Stops: a delivery under way is finished, and no other is begun.
  ~RelayThread();
  RelayThread(const RelayThread&) = delete;
  RelayThread& operator=(const RelayThread&) = delete;

  void wake();
  /// Delivers what waits now, then stops; gives up after patience_ms, or at once when the sink fails or
  /// another node delivers. True: all that was in the store at the call is delivered. Nothing is delivered
  /// afterwards.
  bool finish(std::uint32_t patience_ms);

  std::int64_t delivered() const;              ///< the seq of the last notice delivered; 0: not known yet
  std::optional<std::string> trouble() const;  ///< why it waits, if it does

 private:
  void work(std::stop_token stop);
  /// Milliseconds until the next try.
  std::uint32_t deliver_once(std::stop_token stop);
  std::uint32_t failed(const std::string& why, bool person);
  void went_well();

  Store& store_;
  NoticeSink& sink_;
  const Voice voice_;
  const std::function<bool()> mine_;
  const Options options_;

  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  bool woken_ = true;
  std::optional<std::int64_t> finish_at_;  ///< stop when this is delivered
  bool ended_ = false;
  std::int64_t delivered_ = 0;
  std::optional<std::string> trouble_;
  std::string said_;  ///< the trouble last spoken of; only the thread
  std::uint32_t wait_ms_;
  std::jthread thread_;  ///< last: it uses all of the above
};

}  // namespace kinhub
