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
#include "hub/pipeline/identity_scan.hpp"
#include "hub/pipeline/pipeline.hpp"

namespace kinhub {

struct NightStepDone;               // night.hpp
enum class StepEnd : std::uint8_t;  // night_round.hpp
namespace reconcile {
struct RunRecord;  // hub/reconcile/runs.hpp
}

/// Deduplicates outage reports of many callers: one line when log, store or a sink stops answering, one when
/// it is back for all who asked. Safe from any thread.
class Outages {
 public:
  /// `late`: grace period after recovery. A call that fails within it was begun before, so it is told only if
  /// it lasts.
  explicit Outages(std::function<void(const std::string&)> note,
                   std::chrono::milliseconds late = std::chrono::seconds(8))
      : note_(std::move(note)), late_(late) {}
  /// Failure of one call: `who` gets no answer from `what` (log, store, notices kafka, ...). Called again for
  /// every retry.
  void waits(const std::string& who, const std::string& what, const std::string& why);
  /// Recovery of one caller: `who` has got its answers.
  void goes_on(const std::string& who);
  /// Snapshot of the outages, by name: log, store, and all that ever failed; true while it lasts.
  std::map<std::string, bool> waiting() const;

 private:
  struct Away {
    bool asked_again = false;  ///< polled by a thread of its own
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

/// Names the dependency in the exception that is being handled: log or store; else `otherwise`.
std::string what_is_away(const std::string& otherwise);

/// Dependencies of a running hub, by reference: all must outlive it.
struct HubGround {
  const Config& config;
  EventLog& log;
  Store& store;
  const Keyring& keys;
  const Rules& rules;
  const Clock& clock;
  std::optional<Date> today;  ///< fixed business day, of a rehearsal
  std::string node;
  std::function<void(const std::string& line)> note;  ///< operator's log line; from any thread
  /// A run of reconciliation that came to an end, with the signature of its report; from any thread. Empty:
  /// nobody keeps it.
  std::function<void(const reconcile::RunRecord& run)> reported = {};
};

/// For how long a node that is not seen may still be at work.
std::int64_t lease_ms_of(const Config& config);
/// Lease duration and renewal of this node, out of its configuration.
LeaseKeeper::Options lease_options(const HubGround& ground);

/// Supervisor of a running hub's threads. Outages of log, store and sinks are retried until they end.
class HubAtWork {
 public:
  /// REQUIRES: this process holds the lock of its data directory.
  explicit HubAtWork(HubGround ground);
  /// Runs until a stop is requested; returns after the drain, with the leases of this node released.
  void run(std::stop_token stop);

 private:
  void follow_ownership(SourcesAtWork& sources, std::stop_token stop);
  void start_relays();
  void scan_at_night(std::stop_token stop);
  void night_round(bool scans_rights, const std::stop_token& stop);
  StepEnd night_step(NightStep step, Date day, NightStepDone& done, const std::stop_token& stop);
  bool look_for_matches(Date day, std::stop_token stop, std::string& said);
  bool scrub(const std::stop_token& stop, NightStepDone& done);
  void measure(const SourcesAtWork& sources, std::stop_token stop);
  void ask(const char* what);
  void notice_silence();
  void write_metrics(std::stop_token stop);
  void write_metrics_once();
  void put_down(Pipeline& pipeline);

  std::string log_or_store();
  void require_node_name(ValueShelf& values);
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
  const char* asked_ KINHUB_GUARDED_BY(metrics_mutex_) = nullptr;  // call in flight of the measuring thread
  std::chrono::steady_clock::time_point asked_at_ KINHUB_GUARDED_BY(metrics_mutex_);
  std::map<std::string, std::int64_t> received_;  // measuring thread only: last written to the store
  std::map<std::string, std::string> troubles_;   // measuring thread only: as the store has them
  std::vector<std::unique_ptr<RelayThread>> relays_;
};

}  // namespace kinhub
