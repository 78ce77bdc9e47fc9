#pragma once
// The store interface: rows in, rows out, one transaction per batch. Person data comes sealed; the store
// holds keyed tokens, ciphertext, days and counts. Implementations: SQLite for one machine (sqlite_store.hpp)
// and PostgreSQL for several nodes (postgres_store.hpp); both keep one contract test,
// tests/contract/store_contract.hpp.

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "hub/base/unavailable.hpp"
#include "hub/store/rows.hpp"
#include "hub/store/sealed_rows.hpp"

namespace kinhub {

/// One transaction. Reads see its own writes; destroyed without commit() it rolls back. Broken infrastructure
/// throws. Used by one thread.
class StoreTransaction {
 public:
  virtual ~StoreTransaction() = default;
  /// Commits; after that it can only be destroyed.
  virtual void commit() = 0;

  virtual StoredPosition position(std::string_view partition) = 0;
  /// Compare-and-set of a checkpoint. False: another processor has moved it, or the lease
  /// has changed hands; roll back.
  virtual bool advance(const Advance& move) = 0;

  // People: dossiers, and two indexes to find them by. Everything comes and goes in bulk: a batch asks once
  // for all it can foresee. Rows that are not there are left out of the answer, which is in no particular
  // order. Writes may be kept back until they are read or committed; sorted input is fastest.
  virtual PersonId new_person() = 0;
  virtual std::vector<DossierRow> dossiers(std::span<const PersonId> people) = 0;
  virtual void put_dossiers(std::span<const DossierRow> rows) = 0;
  virtual void erase_dossiers(std::span<const PersonId> people) = 0;
  virtual std::vector<HolderRow> holders(std::span<const Token> identifiers) = 0;
  virtual void add_holders(std::span<const HolderRow> rows) = 0;
  virtual void remove_holders(std::span<const HolderRow> rows) = 0;
  /// Index look-up: for each history a person whose dossier has it.
  virtual std::vector<HomeRow> homes(std::span<const Token> histories) = 0;
  virtual void set_homes(std::span<const HomeRow> rows) = 0;
  virtual std::vector<PersonId> all_people() = 0;
  struct Size {
    std::int64_t people = 0, histories = 0;
  };
  virtual Size size() = 0;

  // Leads and decisions.
  virtual LeadId new_lead() = 0;
  virtual void put_lead(const LeadRow& lead) = 0;
  virtual std::optional<LeadRow> lead(LeadId id) = 0;
  virtual std::vector<LeadRow> open_leads(PersonId person) = 0;
  /// Bulk read, in order of id: one round trip where each costs time.
  virtual std::vector<LeadRow> open_leads_of(std::span<const PersonId> people) {
    std::vector<LeadRow> rows;
    for (auto person : people)
      for (auto& row : open_leads(person))
        rows.push_back(std::move(row));
    std::sort(rows.begin(), rows.end(), [](const LeadRow& a, const LeadRow& b) { return a.id < b.id; });
    return rows;
  }
  /// All leads of a person, in order of id.
  virtual std::vector<LeadRow> leads_of(PersonId person) = 0;
  /// All leads (of one state), in order of id.
  virtual std::vector<LeadRow> leads(std::optional<LeadState> state) = 0;
  /// Everyone who has a lead (of that state), each once.
  virtual std::vector<PersonId> people_with_leads(std::optional<LeadState> state) = 0;
  /// In order of benefit and anchor.
  virtual std::vector<DecidedRow> decided(PersonId person) = 0;
  virtual std::vector<DecidedRow> decided_for(std::span<const PersonId> people) {
    std::vector<DecidedRow> rows;
    for (auto person : people)
      for (auto& row : decided(person))
        rows.push_back(std::move(row));
    return rows;
  }
  /// Upsert by person, benefit and anchor.
  virtual void put_decided(const DecidedRow& row) = 0;
  virtual void erase_decided(PersonId person, const std::string& benefit, const Token& anchor) = 0;
  virtual void add_decision(const DecisionRow& row) = 0;
  virtual std::vector<DecisionRow> decisions(LeadId lead) = 0;

  // The identity review queue.
  /// Upsert by id.
  virtual void put_identity_pairs(std::span<const IdentityPairRow> rows) = 0;
  virtual std::optional<IdentityPairRow> identity_pair(PairId id) = 0;
  /// All (of one state), in order of id.
  virtual std::vector<IdentityPairRow> identity_pairs(std::optional<PairState> state) = 0;
  /// Index look-up: those that have one of these anchors, in order of id, each once.
  virtual std::vector<IdentityPairRow> identity_pairs_of(std::span<const Token> anchors) = 0;
  /// How many wait for a person, by reason; those of which there is none are left out.
  virtual std::vector<std::pair<PairWhy, std::int64_t>> identity_pairs_waiting() = 0;

  // Calendar index: the next day a person's rights change by themselves.
  virtual void set_next_change(PersonId person, std::optional<Date> day) = 0;
  virtual std::vector<PersonId> due(Date until) = 0;  ///< next change on or before that day

  // Notices: a transactional outbox, numbered without gaps.
  /// REQUIRES: row.sequence == last_notice() + 1.
  virtual void add_notice(const NoticeRow& row) = 0;
  virtual std::int64_t last_notice() = 0;
  virtual std::vector<NoticeRow> notices(std::int64_t after, std::size_t count_max) = 0;

  // Quarantine.
  virtual std::int64_t add_quarantine(const QuarantineRow& row) = 0;
  virtual void update_quarantine(std::int64_t id, QuarantineState state, std::int64_t attempts,
                                 std::string_view code, std::string_view place, std::string_view reason) = 0;
  virtual std::vector<QuarantineRow> quarantine(
      std::optional<QuarantineState> state) = 0;                          ///< without events
  virtual std::optional<QuarantineRow> quarantined(std::int64_t id) = 0;  ///< with its event
  /// Index look-up: held events that have one of these digests or one of these keys, in
  /// order of id, without bodies.
  virtual std::vector<QuarantineRow> held_like(std::span<const std::string> digests,
                                               std::span<const Token> keys) = 0;
  /// Index look-up: the held events in which one of these identifiers stands, sorted. An event that is no
  /// longer held mentions nobody.
  virtual std::vector<HeldMention> held_mentions(std::span<const Token> identifiers) = 0;

  // Balance and coverage.
  virtual std::vector<std::pair<std::string, Counters>> counters() = 0;
  virtual void add_counters(const std::string& source, const Counters& change) = 0;
  virtual std::vector<CoverageRow> coverage() = 0;
  virtual void put_coverage(const CoverageRow& row) = 0;

  /// Audit log: keeps for ever that names and numbers were shown, sealed, by whom, with which command, why.
  virtual void add_disclosure(std::int64_t at_us, std::string_view sealed) = 0;
  virtual std::vector<std::pair<std::int64_t, std::string>> disclosures() = 0;

  // Dated values, the history of what has one value at a time: questions about what was known then are
  // answered from it.
  /// Upsert by name and time.
  virtual void put_dated(const DatedRow& row) = 0;
  /// The values of this name, in order of time.
  virtual std::vector<DatedRow> dated(const std::string& name) = 0;

  // Key-value pairs: installation id, last scan.
  virtual std::string value(const std::string& name) = 0;
  virtual void put_value(const std::string& name, std::string_view value) = 0;

  /// Whatever is sealed, for key rotation; lives as long as the transaction.
  virtual SealedRows& sealed() = 0;
};

/// A database. Safe from any thread; a transaction is not. Transient failures throw Unavailable: what was not
/// committed did not happen, and whether a commit that failed this way happened shows in the positions.
/// Others throw StoreDamaged: waiting does not help.
class Store {
 public:
  enum class For { reading, writing };
  virtual ~Store() = default;
  /// Begins a transaction: a writer waits for the one other writer there may be, on any
  /// node; a reader gets a snapshot.
  virtual std::unique_ptr<StoreTransaction> begin(For purpose) = 0;

  // Leases: each call is a short transaction of its own that does not wait for a writer longer than it must.
  virtual std::vector<LeaseRow> leases() = 0;  ///< in order of partition
  /// Compare-and-set: acquires a lease that still has `seen_epoch` (0: there is no row yet) and is expired or
  /// `owner`'s own. The new fencing epoch, or nothing when somebody was faster.
  virtual std::optional<std::int64_t> take_lease(std::string_view partition, std::string_view owner,
                                                 std::int64_t seen_epoch, std::int64_t duration_ms) = 0;
  /// Renews all leases of `owner`, also lapsed ones that nobody took; what it owns now.
  /// Also the node's heartbeat.
  virtual std::vector<LeaseRow> renew_leases(std::string_view owner, std::int64_t duration_ms) = 0;
  /// Releases a lease at once: it is nobody's then, so renewing does not bring it back. Nothing when it is no
  /// longer `owner`'s with this epoch.
  virtual void release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) = 0;
  /// Nodes with a heartbeat within the last day, in order of name.
  virtual std::vector<NodeRow> nodes() = 0;
  virtual void forget_node(std::string_view name) = 0;  ///< one that leaves in good order
};

class StoreUnavailable : public Unavailable {
 public:
  using Unavailable::Unavailable;
};
/// A permanent failure: foreign, of a newer schema, sealed with another key file, or
/// broken. The text says what to do.
class StoreDamaged : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace kinhub
