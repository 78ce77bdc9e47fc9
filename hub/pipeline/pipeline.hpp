#pragma once
// The pipeline: the whole journey of an event, one batch and one transaction at a time.

#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "hub/base/clock.hpp"
#include "hub/mapping/mapping.hpp"
#include "hub/pipeline/lead_desk.hpp"
#include "hub/pipeline/ownership.hpp"
#include "hub/pipeline/read_ahead.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// What decides: read once, immutable.
struct Rules {
  std::map<std::string, std::shared_ptr<const MappingSet>> mappings;  ///< by source
  std::shared_ptr<const PolicySet> policies;
  std::vector<SourceCovers> covers;
  std::string
      policies_digest;  ///< of the policy files; when it changes, everyone is looked at anew by the next scan
};

/// Whom a running pipeline tells what happens. Each may be empty. Called on the thread of run().
struct Listener {
  std::function<void()> after_batch;  ///< a batch is stored
  /// Log or store do not answer: said once, however often it is tried again. Nothing is lost meanwhile.
  std::function<void(const std::string& why)> waits;
  std::function<void(const std::string&)> goes_on;  ///< after that
};

/// Runs on one thread at a time; the next batch is read and mapped ahead on a thread of its own. Processes
/// the partitions this node owns, and those alone.
class Pipeline {
 public:
  struct Options {
    std::size_t batch_events_max = 10'000;
    std::optional<Date> today;  ///< a rehearsal: as if today were
    /// Pauses while log or store do not answer: doubled from the first to the longest, each shortened by
    /// chance.
    std::uint32_t retry_first_ms = 200, retry_max_ms = 5'000;
  };
  Pipeline(EventLog& log, Store& store, const Keyring& keys, const Rules& rules, const Clock& clock,
           Ownership& ownership, Options options);

  /// Processes what the owned partitions hold now. `progress(done, total)` after each batch. Returns the
  /// number of events. Throws Unavailable: what was stored until then is stored.
  std::int64_t drain(std::stop_token stop = {},
                     const std::function<void(std::int64_t, std::int64_t)>& progress = {});
  /// Processes until stopped. Outages of log and store are waited out: every try begins from the stored
  /// positions, so a batch whose commit was not answered is neither lost nor done twice. Throws LogDamaged
  /// when the whole log is.
  void run(std::stop_token stop, const Listener& listener);

  /// The night scan: rights that changed by themselves up to today, and open leads whose footing (coverage)
  /// changed. Returns how many parents were looked at.
  std::int64_t scan();

  /// Runs a held event again; with its key free, those that wait behind it follow. Errors:
  /// QUARANTINE_UNKNOWN, QUARANTINE_NOT_HELD, QUARANTINE_STILL_REJECTED (with the reason of now).
  Result<std::int64_t> replay(std::int64_t id);
  /// Drops a held event with a reason; those that wait behind it follow.
  Result<std::int64_t> discard(std::int64_t id, const std::string& reason);

  /// A person's decision on a lead. Errors: LEAD_UNKNOWN, LEAD_NOT_OPEN.
  Result<LeadRow> decide(LeadId id, LeadState verdict, const std::string& reason, const std::string& by);

  Date today() const;

 private:
  class Batch;
  struct Held {  // what is in quarantine, as far as this batch can meet it
    std::unordered_map<std::string, std::int64_t> digests;  // of source and body -> quarantine id
    std::unordered_map<Token, std::vector<std::int64_t>> keys;
  };

  struct Step {
    std::int64_t stored = 0;
    bool goes_on = true;  ///< with what was read ahead
  };
  Step process(std::vector<MappedEvent> events);
  MappedEvent map(LoggedEvent logged) const;
  template <class Work>
  auto in_one_transaction(Work work);

  EventLog& log_;
  Store& store_;
  const Keyring& keys_;
  const Rules& rules_;
  const Clock& clock_;
  Ownership& ownership_;
  Options options_;
  LeadDesk desk_;
};

/// What stands at the head of the quarantine's seal.
std::string quarantine_context(std::string_view source);

}  // namespace kinhub
