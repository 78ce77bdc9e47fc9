#pragma once
// The pipeline: the whole journey of an event, one batch and one transaction at a time.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/lead/lead_desk.hpp"
#include "hub/node/ownership.hpp"
#include "hub/pipeline/evidence_book.hpp"
#include "hub/pipeline/outage.hpp"
#include "hub/pipeline/read_ahead.hpp"
#include "hub/pipeline/remapping.hpp"
#include "hub/pipeline/rules.hpp"
#include "hub/pipeline/taken_back.hpp"
#include "hub/population/walk.hpp"
#include "hub/stream/event_log.hpp"

namespace kinhub {

struct BatchMeans;

struct ScanOptions {
  unsigned workers = 0;         ///< as WalkOptions::workers
  std::size_t page_size = 500;  ///< people a page
  std::stop_token stop = {};
  std::function<void(const WalkProgress&)> progress = {};  ///< after each page
};
struct Scanned {
  std::int64_t people = 0;  ///< looked at, by interrupted runs before as well
  bool complete = true;     ///< false: stopped
};

/// Runs on one thread at a time; the next batch is read and mapped ahead on a thread of its own. Processes
/// the partitions this node owns, and those alone.
class Pipeline {
 public:
  struct Options {
    std::size_t batch_events_max = 10'000;
    std::optional<Date> today;  ///< a rehearsal: as if today were
    BackOff retry = {};         ///< while log or store do not answer
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
  /// changed; everybody after a change of policies or of evidence rules. An interrupted one is gone on with.
  Scanned scan(const ScanOptions& options = {});

  /// Keeps the leads about deaths in question of these people (hub/lead/record_lead.hpp), a few hundred in a
  /// transaction. The same people again: nothing changes. False: it was stopped before the last of them.
  [[nodiscard]] bool question_deaths(const std::vector<PersonId>& people, std::stop_token stop = {});

  /// Runs a held event again; with its key free, those that wait behind it follow. Errors:
  /// QUARANTINE_UNKNOWN, QUARANTINE_NOT_HELD, QUARANTINE_STILL_REJECTED (with the reason of now),
  /// RECORD_UNREADABLE.
  Result<std::int64_t> replay(std::int64_t id);
  /// Drops a held event with a reason; those that wait behind it follow.
  Result<std::int64_t> discard(std::int64_t id, const std::string& reason);

  /// Reads what was processed of a source anew, and puts what the mapping tells otherwise now in the place of
  /// what an older one told. Without an order a plan: nothing is changed, and other writers wait until it is
  /// made. With one in a transaction for each page, idempotent. Errors: NO_SUCH_SOURCE, NO_SUCH_MAPPING,
  /// REMAP_OVERTAKEN, RECORD_UNREADABLE. Throws Unavailable and LogDamaged: what was stored until then is
  /// stored.
  Result<Remapped> remap(const RemapRequest& request, const std::optional<RemapOrder>& order,
                         const RemapProgress& progress = {});

  /// What is done in the transaction of a decision, after it.
  using BesideDecision = std::function<void(StoreTransaction&, const LeadRow&)>;
  /// A person's decision on a lead, as it was at a revision that was seen. Errors: LEAD_UNKNOWN,
  /// LEAD_NOT_OPEN, CHANGED.
  Result<LeadRow> decide(LeadId id, LeadState verdict, const std::string& reason, const std::string& by,
                         std::optional<std::int64_t> seen_revision = std::nullopt,
                         const BesideDecision& beside = {});

  /// Takes back what a source claimed of its completeness beyond `until_us`; of open leads the rights are
  /// re-evaluated. Errors: COVERAGE_NOT_CLAIMED.
  Result<CoverageTakenBack> take_back_coverage(const std::string& source, std::int64_t until_us);

  Date today() const;

 private:
  struct Step {
    BatchTimes times;     ///< of what was stored
    bool goes_on = true;  ///< with what was read ahead
    std::int64_t stored() const { return static_cast<std::int64_t>(times.events.size()); }
  };
  Step process(std::vector<MappedEvent> events);
  std::optional<BatchTimes> store_events(std::span<const MappedEvent> events);
  std::optional<BatchTimes> store_batch(std::span<const MappedEvent> events,
                                        const std::optional<DossierUnreadable>& damage);
  BatchMeans means();
  void keep_texts(ValueShelf& values);
  ReadAhead::Map mapper() const;
  void tell(const BatchTimes& times) const;

  EventLog& log_;
  Store& store_;
  const Keyring& keys_;
  const Rules& rules_;
  const Clock& clock_;
  Ownership& ownership_;
  Options options_;
  LeadDesk desk_;
  EvidenceBook evidence_;
  bool texts_kept_ = false;  // of the mapping files, by this process
};

}  // namespace kinhub
