#pragma once
// What the hub asks of a database: rows in, rows out, one transaction per batch. Person data comes sealed; the store
// holds keyed tokens, ciphertext, days and counts. Implementations: SQLite (hub/store/sqlite_store.hpp).

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/base/id.hpp"
#include "hub/base/secrets.hpp"

namespace kinhub {

enum class LeadKind : std::uint8_t { new_, changed, ended, verify };  ///< 疑似新增, 疑似变更, 疑似退出, 待核实
enum class LeadState : std::uint8_t { open, confirmed, dismissed, closed };
std::string_view name_of(LeadKind kind);   ///< "new", "changed", "ended", "verify"
std::string_view name_of(LeadState state); ///< "open", "confirmed", "dismissed", "closed"

struct LeadRow {
  LeadId id;
  PersonId person;
  std::string benefit;  ///< national-special-assistance/death
  LeadKind kind{};
  LeadState state = LeadState::open;
  std::int64_t opened_at_us = 0, changed_at_us = 0;
  std::int64_t revision = 0;  ///< grows by one with each notice
  std::string content;        ///< sealed: hub/lead/lead.hpp says of what
};

/// What was decided for a person and benefit: the timeline confirmed, and the one a person set aside.
struct DecidedRow {
  PersonId person;
  std::string benefit;
  std::string content;  ///< sealed
};

/// One decision, kept for ever.
struct DecisionRow {
  LeadId lead;
  LeadState verdict{};  ///< confirmed or dismissed
  std::int64_t at_us = 0;
  std::string content;  ///< sealed: by whom, reason, the lead as it was
};

struct NoticeRow {
  std::int64_t sequence = 0;  ///< from 1, no gaps
  std::string body;           ///< CloudEvents JSON, one line; holds references only, never names or numbers
};

enum class QuarantineState : std::uint8_t { held, applied, discarded };

struct QuarantineRow {
  std::int64_t id = 0;
  std::string source;
  std::optional<Token> key;  ///< of the event's business key: later ones of it wait behind
  std::string key_text;                      ///< the business key with every long number masked
  std::string code, place, reason, mapping;  ///< masked, so plain
  std::int64_t received_at_us = 0;
  std::int64_t attempts = 1;
  std::int64_t bytes = 0;  ///< size of the body
  std::string digest;      ///< of source and body: the same bytes again are a repetition, not another problem
  std::int64_t event_sequence = 0;
  QuarantineState state = QuarantineState::held;
  std::string event;  ///< sealed: the whole event; empty in lists
};

/// Where the events of one source went. Kept apart from the log's own count of what was received.
struct Counters {
  std::int64_t applied = 0, filtered = 0, duplicate = 0, quarantined = 0;
  std::int64_t discarded = 0;  ///< of the filtered: those a person discarded from quarantine
  friend bool operator==(const Counters&, const Counters&) = default;
};

/// What a source said about its completeness.
struct CoverageRow {
  std::string source;
  bool loaded = false;               ///< a full snapshot was taken
  std::int64_t complete_until_us = 0;
};

/// One transaction. Reads see its own writes. Destroyed without commit(): nothing happened.
/// Broken infrastructure throws. Used by one thread.
class StoreTransaction {
 public:
  virtual ~StoreTransaction() = default;
  virtual void commit() = 0;

  virtual std::int64_t position(std::int32_t partition) = 0;
  /// Compare-and-set. False: another processor has moved it; roll back.
  virtual bool advance(std::int32_t partition, std::int64_t from, std::int64_t to) = 0;

  // People: dossiers, and the two ways to find them. REQUIRES for puts: sorted input is fastest.
  virtual PersonId new_person() = 0;
  virtual std::optional<std::string> dossier(PersonId person) = 0;
  virtual void put_dossier(PersonId person, std::string_view sealed) = 0;
  virtual void erase_dossier(PersonId person) = 0;
  virtual std::vector<PersonId> holders(const Token& identifier) = 0;
  virtual void add_holder(const Token& identifier, PersonId person) = 0;
  virtual void remove_holder(const Token& identifier, PersonId person) = 0;
  /// A person whose dossier has the topic, 0 if none has.
  virtual PersonId home(const Token& topic) = 0;
  virtual void set_home(const Token& topic, PersonId person) = 0;
  virtual std::vector<PersonId> all_people() = 0;
  struct Size {
    std::int64_t people = 0, topics = 0;
  };
  virtual Size size() = 0;

  // Leads and decisions.
  virtual LeadId new_lead() = 0;
  virtual void put_lead(const LeadRow& lead) = 0;
  virtual std::optional<LeadRow> lead(LeadId id) = 0;
  virtual std::vector<LeadRow> open_leads(PersonId person) = 0;
  /// In order of id.
  virtual std::vector<LeadRow> leads(std::optional<LeadState> state) = 0;
  /// Everyone who has a lead (of that state), each once.
  virtual std::vector<PersonId> people_with_leads(std::optional<LeadState> state) = 0;
  /// Gives all leads of `from` to `to`, and forgets what was decided for `from` (the caller has sealed it anew).
  virtual void move_leads(PersonId from, PersonId to) = 0;
  virtual std::vector<DecidedRow> decided(PersonId person) = 0;
  virtual void put_decided(const DecidedRow& row) = 0;
  virtual void add_decision(const DecisionRow& row) = 0;
  virtual std::vector<DecisionRow> decisions(LeadId lead) = 0;

  // The next day a person's rights change by themselves.
  virtual void set_next_change(PersonId person, std::optional<Date> day) = 0;
  virtual std::vector<PersonId> due(Date until) = 0;  ///< next change on or before that day

  // Notices: an outbox numbered without gaps.
  /// REQUIRES: row.sequence == last_notice() + 1.
  virtual void add_notice(const NoticeRow& row) = 0;
  virtual std::int64_t last_notice() = 0;
  virtual std::vector<NoticeRow> notices(std::int64_t after, std::size_t count_max) = 0;

  // Quarantine.
  virtual std::int64_t add_quarantine(const QuarantineRow& row) = 0;
  virtual void update_quarantine(std::int64_t id, QuarantineState state, std::int64_t attempts, std::string_view code,
                                 std::string_view place, std::string_view reason) = 0;
  virtual std::vector<QuarantineRow> quarantine(std::optional<QuarantineState> state) = 0;  ///< without events
  virtual std::optional<QuarantineRow> quarantined(std::int64_t id) = 0;                   ///< with its event

  // Balance and coverage.
  virtual std::vector<std::pair<std::string, Counters>> counters() = 0;
  virtual void add_counters(const std::string& source, const Counters& change) = 0;
  virtual std::vector<CoverageRow> coverage() = 0;
  virtual void put_coverage(const CoverageRow& row) = 0;

  /// Keeps for ever that names and numbers were shown: sealed, by whom, which command, why.
  virtual void add_disclosure(std::int64_t at_us, std::string_view sealed) = 0;
  virtual std::vector<std::pair<std::int64_t, std::string>> disclosures() = 0;

  // Small values by name: installation id, last scan.
  virtual std::string value(const std::string& name) = 0;
  virtual void put_value(const std::string& name, std::string_view value) = 0;
};

/// Safe from any thread; a transaction is not.
class Store {
 public:
  enum class For { reading, writing };
  virtual ~Store() = default;
  /// Writing waits for the one other writer there may be. A reading transaction sees one moment.
  virtual std::unique_ptr<StoreTransaction> begin(For purpose) = 0;
};

}  // namespace kinhub
