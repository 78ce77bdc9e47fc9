#pragma once
// The rows of the store as plain values. Person data comes sealed.

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/base/id.hpp"
#include "hub/base/secrets.hpp"

namespace kinhub {

/// 疑似新增, 疑似变更, 疑似退出, 待核实.
enum class LeadKind : std::uint8_t { new_, changed, ended, verify };
enum class LeadState : std::uint8_t { open, confirmed, dismissed, closed };
std::string_view name_of(LeadKind kind);    ///< "new", "changed", "ended", "verify"
std::string_view name_of(LeadState state);  ///< "open", "confirmed", "dismissed", "closed"

struct LeadRow {
  LeadId id;
  PersonId person;
  std::string benefit;  ///< national-special-assistance/death
  LeadKind kind{};
  LeadState state = LeadState::open;
  std::int64_t opened_at_us = 0, changed_at_us = 0;
  std::int64_t revision = 0;  ///< grows by one with each notice
  std::string content;        ///< sealed: hub/lead/lead.hpp says of what
  Token anchor = {};          ///< of the identifier the lead is about: it follows it; all zero: not known
};

/// Decided state of a person and benefit: the timeline confirmed, and the one a person set aside. A person
/// who was several has one for each anchor.
struct DecidedRow {
  PersonId person;
  std::string benefit;
  std::string content;  ///< sealed
  Token anchor = {};    ///< of the identifier it was decided for; all zero: not known
};

/// Audit row of one decision, kept for ever.
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

/// Where a pair of the identity review queue stands. Stored: numbers stay.
enum class PairState : std::uint8_t {
  open,       ///< waits for a person
  same,       ///< a person's word made one of the two
  different,  ///< a person's word keeps them apart
  gone        ///< nothing to ask any more: joined by an identifier, or no longer alike
};
/// Why a pair waits. Stored: numbers stay.
enum class PairWhy : std::uint8_t {
  doubtful,      ///< the evidence is not enough, or is held
  likely,        ///< the evidence is enough; only a person's word joins
  contradicted,  ///< enough, but joining would bring two together who are not one
  tie,           ///< enough, but two pairs contradict each other and none is clearly the better
  too_many       ///< enough, but the group would be larger than the limit
};
std::string_view name_of(PairState state);  ///< "open", "same", "different", "gone"
std::string_view name_of(PairWhy why);      ///< "doubtful", "likely", "contradicted", "tie", "too_many"

/// Entry of the identity review queue: two persons who may be one. Each is named by the keyed token of an
/// identifier, so the entry outlives every regrouping and tells neither a name nor a number.
struct IdentityPairRow {
  PairId id;
  Token a, b;  ///< a < b
  PairState state = PairState::open;
  PairWhy why = PairWhy::doubtful;
  std::int64_t weight = 0;                                       ///< sum of the evidence, in 64ths of a bit
  std::int64_t since_us = 0, changed_at_us = 0, seen_at_us = 0;  ///< found first; state, reason or evidence
                                                                 ///< changed; found last
  std::string digest;                                            ///< of the evidence: 32 bytes
};

enum class QuarantineState : std::uint8_t { held, applied, discarded };

struct QuarantineRow {
  std::int64_t id = 0;
  std::string source;
  std::optional<Token> key;                  ///< of the event's business key: later ones of it wait behind
  std::string key_text;                      ///< the business key, masked: mask_key()
  std::string code, place, reason, mapping;  ///< masked, so plain
  std::int64_t received_at_us = 0;
  std::int64_t attempts = 1;
  std::int64_t bytes = 0;  ///< size of the body
  std::string
      digest;  ///< event_digest of the event: the same bytes again are a repetition, not another problem
  std::int64_t event_sequence = 0;
  QuarantineState state = QuarantineState::held;
  std::string event;            ///< sealed: the whole event; empty in lists
  std::vector<Token> mentions;  ///< of the citizen numbers that stand in it; written, never read with the row
};

/// Index entry: a held event in which this identifier stands.
struct HeldMention {
  Token identifier;
  std::int64_t quarantine_id = 0;
  std::string source;
  friend auto operator<=>(const HeldMention&, const HeldMention&) = default;
};

/// Event counters of one source. Kept apart from the log's own count of what was received, so
/// that the two check each other.
struct Counters {
  std::int64_t applied = 0, filtered = 0, duplicate = 0, quarantined = 0;
  std::int64_t discarded = 0;  ///< of the filtered: those a person discarded from quarantine
  /// Booked by a rewind: `repeated` was read again though received once, `lost` was given up though received.
  std::int64_t repeated = 0, lost = 0;
  std::int64_t unmatched = 0;  ///< keys that were taken back and never said: retractions that met nothing
  std::int64_t unnamed = 0;    ///< deaths that hold of people nobody can name: unnamed_death()
  friend bool operator==(const Counters&, const Counters&) = default;
};

/// Coverage state of a source: what it said about its completeness.
struct CoverageRow {
  std::string source;
  bool loaded = false;  ///< a full snapshot was taken
  std::int64_t complete_until_us = 0;
};

/// Past value of something that has one value at a time: it held from `at_us` on, until the next one.
struct DatedRow {
  std::string name;  ///< coverage police, lead 17, policies
  std::int64_t at_us = 0;
  std::string value;
};

/// Plain flags beside the dossier; they save two look-ups.
struct PersonMarks {
  bool leads = false;        ///< has or had a lead, or something was decided for them
  bool next_change = false;  ///< stands in the calendar of rights that change by themselves
  bool unnamed = false;      ///< its deaths are counted in Counters::unnamed
  friend bool operator==(const PersonMarks&, const PersonMarks&) = default;
};
/// Bit set of the marks, as both stores keep them; released bits are never reused.
std::int64_t bits_of(PersonMarks marks);
PersonMarks marks_of(std::int64_t bits);

struct DossierRow {
  PersonId person;
  PersonMarks marks;
  std::string sealed;  ///< empty: nothing mentions this person any more, only the marks are left
};
struct HolderRow {
  Token identifier;
  PersonId person;
  friend auto operator<=>(const HolderRow&, const HolderRow&) = default;
};
struct HomeRow {
  Token history;
  PersonId person;
};

/// Checkpoint of a partition: how far the event log is processed. A partition never processed stands at 0.
struct StoredPosition {
  std::int64_t sequence = 0;
  std::int64_t offset = -1;  ///< LogPosition::offset of that event
};
/// Advance of a checkpoint: compare-and-set on the sequence, and on the lease epoch (0: the
/// partition was never leased).
struct Advance {
  std::string partition;
  std::int64_t from_sequence = 0, to_sequence = 0, to_offset = -1;
  std::int64_t lease_epoch = 0;
};

/// A lease with a fencing epoch: who may process a partition, or do a duty there is one of ("@relay",
/// "@night"). The epoch grows by one with each change of hands, so that a node that slept through its lease
/// cannot store anything more.
struct LeaseRow {
  std::string partition;
  std::string owner;  ///< node
  std::int64_t epoch = 0;
  std::int64_t remaining_ms = 0;  ///< by the store's own clock; <= 0: anyone may take it
};
struct NodeRow {
  std::string name;
  std::int64_t seen_ms_ago = 0;  ///< by the store's own clock
};

}  // namespace kinhub
