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
#include "hub/pipeline/reading.hpp"
#include "hub/pipeline/taken_back.hpp"
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

/// The retraction that a withdrawal resolves to. It names whom the claim named, who may be known by more than
/// the withdrawal says.
KeyedStatement as_retraction(const Keyring& keys, const Statement& withdrawal, const Fact& claim);

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
  /// Keeps the leads about deaths in question of these people.
  void question_deaths(const std::vector<PersonId>& people);
  /// Looks at the records that were found unreadable: of those that can be read again the rights are
  /// re-evaluated.
  void review_restored();

  /// Retries a held event. Nothing: it is applied and free; else why it stays.
  std::optional<Rejected> retry(const QuarantineRow& row);
  /// Followers that need a record that cannot be read, and why: they stay, with that reason.
  using Unreadable = std::map<std::int64_t, DossierUnreadable>;
  /// Thrown by follow() for one that is not among them: nothing of the batch may be saved.
  struct FollowerUnreadable;
  /// Drains the queues behind freed keys, each in order, as far as they can go.
  void follow(const std::string& source, const std::vector<Token>& keys, const Unreadable& unreadable);
  void release(const QuarantineRow& row, QuarantineState state, const std::string& reason);

  /// Prefetch for events that are read anew: `stand_under` are the histories in which statements of theirs
  /// stand.
  void prefetch_anew(std::span<const MappedEvent> events, const std::vector<Token>& stand_under);
  /// What counts of an event now, under these keys and under those of its new reading; and how much counts
  /// that another event of its sequence said, in a log which was there before this one.
  struct Counting {
    std::vector<CountingStatement> said;
    std::int64_t of_another_log = 0;
  };
  Counting counting(const MappedEvent& mapped, std::vector<Token> stand_under);
  struct ReadAnew {
    std::optional<Rejected> fails;    ///< why it cannot be read so: nothing is changed
    std::vector<FactChange> changes;  ///< none: it says what it said
    std::vector<PersonId> touched;
  };
  /// Puts a new reading of a change that was processed before in the place of what is `counting` of it; what
  /// differs is known since `at_us`.
  ReadAnew read_anew(MappedEvent mapped, const std::vector<CountingStatement>& counting, std::int64_t at_us);

  /// A person's withdrawal of what a source claimed beyond `until_us`. Nothing: it claims no more than that.
  std::optional<CoverageTakenBack> take_back_coverage(const std::string& source, std::int64_t until_us,
                                                      std::int64_t at_us);

  void count(const std::string& source, std::int64_t Counters::*what) { counters_[source].*what += 1; }
  /// Flushes what changed, and the counters, into the transaction.
  void save();
  /// Warns of deaths that reach nobody. REQUIRES: saved and committed.
  void warn() const;

 private:
  struct Vitals;
  std::int64_t Counters::*apply(const MappedEvent& mapped);
  bool follow_one_key(const std::string& source, const Token& key, const Unreadable& unreadable);
  std::optional<Rejected> retry_follower(const QuarantineRow& row, const Unreadable& unreadable);
  std::optional<Rejected> over_limits(const MappedEvent& mapped);
  Vitals vitals_of(PersonId person);
  PersonId lightly_spoken_of(const KeyedStatement& told);
  std::map<PersonId, Vitals> vitals_before(std::span<const KeyedStatement> said);
  /// Claims that a withdrawal may mean: any that was told earlier, or of these what stands before it in the
  /// log.
  enum class Claims : bool { any, before_in_log };
  std::optional<Fact> withdrawn_claim(const KeyedStatement& withdrawal, Claims claims = Claims::any);
  void book(const Workspace::Change& change, const std::string& source);
  void note_coverage(const Event& event);
  void put_coverage(const CoverageRow& before, const CoverageRow& row, std::int64_t at_us);
  void set_aside(const LoggedEvent& logged, const Rejected& rejected);
  void review_mentioned(const std::vector<Token>& numbers);
  void review_around(PersonId person);
  template <class Work>
  bool as_far_as_readable(Work work);
  Event held_event(const QuarantineRow& row) const;

  const BatchMeans means_;
  StoreTransaction& store_;
  Workspace people_;
  HeldEvents held_;
  std::map<std::string, Counters> counters_;
};

struct Batch::FollowerUnreadable : std::runtime_error {
  FollowerUnreadable(std::int64_t quarantine_id, const DossierUnreadable& what_it_met)
      : runtime_error(what_it_met.what()), id(quarantine_id), damage(what_it_met) {}
  std::int64_t id;
  DossierUnreadable damage;
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
