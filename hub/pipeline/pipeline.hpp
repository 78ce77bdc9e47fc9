#pragma once
// The pipeline: the whole journey of an event, one batch and one transaction at a time.

#include <map>
#include <optional>
#include <stop_token>
#include <unordered_map>
#include <unordered_set>

#include "hub/base/clock.hpp"
#include "hub/mapping/mapping.hpp"
#include "hub/pipeline/lead_desk.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

/// What decides: read once, immutable.
struct Rules {
  std::map<std::string, std::shared_ptr<const MappingSet>> mappings;  ///< by source
  std::shared_ptr<const PolicySet> policies;
  std::vector<SourceCovers> covers;
  std::string policies_digest;  ///< of the policy files; when it changes, everyone is looked at anew by the next scan
};

/// An event with what its mapping made of it.
struct MappedEvent {
  LoggedEvent logged;
  std::optional<Outcome> outcome;  ///< of a change; nothing for rejected bytes and coverage
};

/// Runs on one thread at a time; the mapping of the next batches runs ahead on a thread of its own.
class Pipeline {
 public:
  struct Options {
    std::size_t batch_events_max = 10'000;
    std::optional<Date> today;  ///< a rehearsal: as if today were
  };
  Pipeline(EventLog& log, Store& store, const Keyring& keys, const Rules& rules, const Clock& clock, Options options);

  /// Processes what the log holds now. `progress(done, total)` after each batch. Returns the number of events.
  std::int64_t drain(std::stop_token stop = {}, const std::function<void(std::int64_t, std::int64_t)>& progress = {});
  /// Processes until stopped; `after_batch` runs after each stored batch.
  void run(std::stop_token stop, const std::function<void()>& after_batch);

  /// The night scan: rights that changed by themselves up to today, and open leads whose footing (coverage) changed.
  /// Returns how many parents were looked at.
  std::int64_t scan();

  /// Runs a held event again; with its key free, those that wait behind it follow. Errors: QUARANTINE_UNKNOWN,
  /// QUARANTINE_NOT_HELD, QUARANTINE_STILL_REJECTED (with the reason of now).
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

  void process(std::vector<MappedEvent> batch);
  template <class Work>
  auto in_one_transaction(Work work);

  EventLog& log_;
  Store& store_;
  const Keyring& keys_;
  const Rules& rules_;
  const Clock& clock_;
  Options options_;
  LeadDesk desk_;
};

/// What stands at the head of the quarantine's seal.
std::string quarantine_context(std::string_view source);

}  // namespace kinhub
