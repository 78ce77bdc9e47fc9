#pragma once
// `kinhub run`: connectors, processing, relays, the night scan and the metrics file, each on its thread, as
// far as this node owns them.

#include <chrono>
#include <map>
#include <optional>
#include <set>

#include "hub/base/mutex.hpp"
#include "hub/ground/journey_times.hpp"
#include "hub/ground/metrics.hpp"
#include "hub/ground/sources.hpp"
#include "hub/node/lease_keeper.hpp"
#include "hub/notice/notice_sink.hpp"
#include "hub/notice/relay_thread.hpp"
#include "hub/pipeline/pipeline.hpp"

namespace kinhub {

/// Many ask the same log and store: says of each thing once that it is waited for, and once that it is back
/// for all who asked. Safe from any thread.
class Outages {
 public:
  /// `late`: so long after log or store came back, what still fails was asked before that; it is told when it
  /// lasts.
  explicit Outages(std::function<void(const std::string&)> note,
                   std::chrono::milliseconds late = std::chrono::seconds(8))
      : note_(std::move(note)), late_(late) {}
  /// `who` gets no answer from `what`: log, store, notices kafka, ... Said again as long as that lasts, by
  /// somebody.
  void waits(const std::string& who, const std::string& what, const std::string& why);
  /// `who` has got its answers.
  void goes_on(const std::string& who);
  /// Of everything that was waited for ever, and log and store.
  std::map<std::string, bool> waiting() const;

 private:
  struct Away {
    bool asked_again = false;  ///< by a thread of its own, all the time
    std::set<std::string> who;
    bool told = false;
    std::optional<std::chrono::steady_clock::time_point> back_at;
  };
  const std::function<void(const std::string&)> note_;
  const std::chrono::milliseconds late_;
  mutable Mutex mutex_;
  std::map<std::string, Away> away_ KINHUB_GUARDED_BY(mutex_){{"log", {true, {}, false, {}}},
                                                              {"store", {true, {}, false, {}}}};
};

/// Log or store, when the exception that is being handled names it; else `otherwise`.
std::string what_is_away(const std::string& otherwise);

/// What a running hub works with; all outlives it.
struct HubGround {
  const Config& config;
  EventLog& log;
  Store& store;
  const Keyring& keys;
  const Rules& rules;
  const Clock& clock;
  std::optional<Date> today;  ///< a rehearsal
  std::string node;
  std::function<void(const std::string& line)> note;  ///< for the operator; from any thread
};

/// How this node keeps its leases.
LeaseKeeper::Options lease_options(const HubGround& ground);

/// The hub at work. Outages of log, store and sinks are waited out.
class HubAtWork {
 public:
  /// REQUIRES: this process holds the lock of its data directory.
  explicit HubAtWork(HubGround ground);
  /// Returns after a stop was asked for, and all that this node owns is put down and given up.
  void run(std::stop_token stop);

 private:
  void follow_ownership(SourcesAtWork& sources, std::stop_token stop);
  void start_relays();
  void scan_at_night(std::stop_token stop);
  void measure(const SourcesAtWork& sources, std::stop_token stop);
  void ask(const char* what);
  void notice_silence();
  void write_metrics(std::stop_token stop);
  void write_metrics_once();
  void put_down(Pipeline& pipeline);

  std::string log_or_store();
  void require_node_name(StoreTransaction& reading);
  std::set<std::string> owned_sources();
  bool loaded(const std::string& source);
  void remember_snapshot_failure(const std::string& source, const std::string& why);
  void note_sources(const HubMetrics& now, const std::map<std::string, std::string>& troubles);
  Pipeline make_pipeline(std::optional<Date> today);
  Date today() const { return ground_.today ? *ground_.today : shanghai_date(ground_.clock.now_us()); }

  const HubGround ground_;
  const std::string mark_;  ///< of the data directory
  Outages outages_;
  JourneyTimes journey_;
  std::vector<std::unique_ptr<NoticeSink>> sinks_;
  LeaseKeeper leases_;

  Mutex metrics_mutex_;
  HubMetrics metrics_ KINHUB_GUARDED_BY(metrics_mutex_);
  const char* asked_ KINHUB_GUARDED_BY(metrics_mutex_) = nullptr;  // what is being asked now,
  std::chrono::steady_clock::time_point asked_at_ KINHUB_GUARDED_BY(metrics_mutex_);  // and since when
  std::map<std::string, std::int64_t> received_;  // of the measuring thread: when last noted
  std::map<std::string, std::string> troubles_;   // of the measuring thread: as the store has them
  std::vector<std::unique_ptr<RelayThread>> relays_;
};

}  // namespace kinhub
