#pragma once
// One batch of events in one store transaction: the journey from mapping to leads, event by event.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hub/base/failpoint.hpp"
#include "hub/lead/lead_desk.hpp"
#include "hub/pipeline/evidence_book.hpp"
#include "hub/pipeline/held_events.hpp"
#include "hub/pipeline/mapped_event.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {

/// Dependencies of a batch besides its transaction; all outlive it.
struct BatchMeans {
  const Keyring& keys;
  const Rules& rules;
  LeadDesk& desk;
  EvidenceBook& evidence;
  Date today;
};

/// Page size of a walk over many parents: after so many, what was loaded is let go of.
inline constexpr std::size_t parents_per_page = 500;

/// Unit of work on one transaction, and on its thread. Nothing is stored before save().
class Batch {
 public:
  Batch(const BatchMeans& means, StoreTransaction& store);

  /// Prefetch, before the first event: everyone they speak of, and what is held of the same records or bytes.
  void prefetch(std::span<const MappedEvent> events);
  /// Prefetch for a held event: all that are held of its key and of the one beside it. Returns these keys.
  std::vector<Token> prefetch_held(const QuarantineRow& row);

  /// Processes one event, the journey: set aside what cannot be read or must wait; else amend the
  /// record, evaluate, announce.
  void take(const MappedEvent& mapped);
  /// Sets an event aside that take() threw DossierUnreadable for, in a batch of its own.
  void set_aside(const MappedEvent& mapped, const DossierUnreadable& damage);
  /// Re-evaluates rights and leads of these people; those whose record, or whose kin's, cannot be read stay
  /// as they are.
  void review(const std::vector<PersonId>& parents);
  /// Looks at the records that were found unreadable: of those that can be read again the rights are
  /// re-evaluated.
  void review_restored();

  /// Retries a held event. Nothing: it is applied and free; else why it stays.
  std::optional<Rejected> retry(const QuarantineRow& row);
  /// Drains the queues behind freed keys, each in order, as far as they can go.
  void follow(const std::string& source, const std::vector<Token>& keys);
  void release(const QuarantineRow& row, QuarantineState state, const std::string& reason);

  void count(const std::string& source, std::int64_t Counters::*what) { counters_[source].*what += 1; }
  /// Flushes what changed, and the counters, into the transaction.
  void save();
  /// Warns of deaths that reach nobody. REQUIRES: saved and committed.
  void warn() const;

 private:
  struct Vitals;
  std::int64_t Counters::*apply(const MappedEvent& mapped);
  bool follow_one_key(const std::string& source, const Token& key);
  std::optional<Rejected> over_limits(const MappedEvent& mapped);
  Vitals vitals_of(PersonId person);
  std::optional<Vitals> vitals_before(const KeyedStatement& keyed);
  std::optional<Fact> withdrawn_claim(const KeyedStatement& withdrawal);
  void note_coverage(const Event& event);
  void set_aside(const LoggedEvent& logged, const Rejected& rejected);
  void review_mentioned(const std::vector<Token>& numbers);
  template <class Work>
  bool as_far_as_readable(Work work);
  Event held_event(const QuarantineRow& row) const;

  const BatchMeans means_;
  StoreTransaction& store_;
  Workspace people_;
  HeldEvents held_;
  std::map<std::string, Counters> counters_;
};

/// Runs `work(batch, transaction)` in a transaction, saves and commits; what work returns. When
/// it throws, nothing happened.
template <class Work>
auto in_one_transaction(Store& store, const BatchMeans& means, Work work) {
  auto transaction = store.begin(Store::For::writing);
  failpoint("batch.begun");
  Batch batch(means, *transaction);
  auto result = work(batch, *transaction);
  batch.save();
  failpoint("batch.saved");
  transaction->commit();
  failpoint("batch.committed");
  batch.warn();
  return result;
}

}  // namespace kinhub
