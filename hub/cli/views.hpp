#pragma once
// What commands show: plain values with the field names of docs/cli.md, and their two forms, JSON and tables.

#include <cstdint>
#include <iosfwd>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/date.hpp"

namespace kinhub::cli {

/// Names and numbers are held here in plain; printing masks them unless Reveal::yes.
enum class Reveal : bool { no, yes };

struct PersonView {
  std::string ref;         ///< the hub's own reference; may be typed in place of a citizen number
  std::string name;        ///< empty: not known
  std::string citizen_id;  ///< empty: not known
};

struct AmountView {
  std::int64_t fen = 0;
  std::string per;  ///< month, year, once
};

/// A fact that something rests on.
struct EvidenceView {
  std::string source, key, fact;
  std::string on;  ///< 2026-11-18, 1955-07, 1955, or empty
  std::int64_t received_at_us = 0;
  std::int64_t event_sequence = 0;  ///< of the event that said it, counted in its source's log
};

struct DecisionView {
  std::string state;  ///< confirmed, dismissed
  std::string reason, by;
  std::int64_t at_us = 0;
};

/// One stretch of a right's timeline.
struct SpanView {
  Interval when;
  std::optional<AmountView> amount;  ///< nothing: the record cannot compute it
  std::string certainty;             ///< sure, pending
};

struct LeadView {
  std::string id;
  std::string kind;   ///< new, changed, ended, verify
  std::string state;  ///< open, confirmed, dismissed, closed
  std::string benefit;
  PersonView person;
  std::string family;
  Interval when;
  std::optional<AmountView> amount;
  std::string certainty;  ///< sure, pending
  std::vector<std::string> pending, reasons;
  std::vector<EvidenceView> evidence;
  std::vector<SpanView> timeline;  ///< the whole right as computed: what confirming confirms
  std::int64_t opened_at_us = 0;
  std::optional<Date> not_before;  ///< nobody should be visited before: corrections may still arrive
  std::int64_t arrears_fen = 0;    ///< due for months up to today and not decided
  std::int64_t overpaid_fen = 0;   ///< decided for months up to today and not due
  std::vector<DecisionView> decisions;
};

struct EntitlementView {
  std::string benefit;
  PersonView person;
  Interval when;
  AmountView amount;
  std::string certainty;
  std::vector<std::string> pending;
  std::string clause, starts_because, ends_because;
};

/// Why, or why not: the tree of conditions with what each came to.
struct ExplanationView {
  std::string value;  ///< met, not met, unknown
  std::string condition, clause, quote;
  std::vector<std::string> causes;
  std::vector<ExplanationView> parts;
};

/// received + repeated = applied + filtered + duplicate + quarantined + in_flight + lost; what is left over
/// is the residue.
struct Counts {
  std::int64_t received = 0, applied = 0, filtered = 0, duplicate = 0, quarantined = 0, in_flight = 0;
  std::int64_t repeated = 0, lost = 0;  ///< booked by rewinds: read again, given up
  std::int64_t residue() const {
    return received + repeated - applied - filtered - duplicate - quarantined - in_flight - lost;
  }
  Counts& operator+=(const Counts& other);
};
struct BalanceView {
  std::map<std::string, Counts> sources;
  Counts total() const;
  /// No residue in any source: sums can hide two that cancel.
  bool closes() const;
};

struct QuarantineView {
  std::string id, source, key, code, place, reason;
  std::int64_t received_at_us = 0;
  std::int64_t attempts = 0;
  std::int64_t bytes = 0;
  // Of `quarantine show` only:
  std::string content_type, charset, origin, mapping, field;
  std::optional<std::string> body;
};

struct FamilyMemberView {
  PersonView person;
  std::string sex;  ///< male, female, or empty
  std::string born;
  struct Died {
    std::string on, certainty;
    std::vector<EvidenceView> evidence;
  };
  std::optional<Died> died;
  struct Disability {
    int grade = 0;
    Interval when;
    std::string certainty;
  };
  std::vector<Disability> disabilities;
  struct Residence {
    std::string region;
    Interval when;
  };
  std::vector<Residence> residences;
};

struct KinView {
  std::string kind;      ///< parent_of, spouse_of
  std::string how;       ///< born, adopted, step; empty for spouses
  std::string from, to;  ///< refs of members
  Interval when;
  std::string certainty;
  std::vector<EvidenceView> evidence;
};

struct FamilyView {
  std::string ref;
  std::vector<FamilyMemberView> members;
  std::vector<KinView> kin;
  std::vector<std::string> conflicts;  ///< what sources disagree about, one sentence each
};

struct SourceView {
  std::string name, connector, isolation;
  std::string state;  ///< ready, stopped: and why, or why else not
  std::int64_t received = 0;
  std::optional<std::int64_t> last_received_at_us, complete_until_us;
};

/// How far a source's events are processed. Sources of an embedded log share one partition, "log".
struct PositionView {
  std::string source, partition;
  std::int64_t start = 0;  ///< before the first event that is still kept
  std::int64_t end = 0, processed = 0;
  std::int64_t waiting() const { return end - processed; }
  bool checkpoint = false;  ///< the connector goes on from where it was
  std::string stopped;      ///< why the log cannot be read on; empty: it can
};

/// What a rewind would do, or did.
struct RewindView {
  std::string source, partition;
  std::int64_t from = 0, to = 0, start = 0, end = 0, repeated = 0, lost = 0;
  std::string text;  ///< the plan in words
  bool applied = false;
};
struct CheckpointView {
  std::string source;
  std::vector<std::string> present;  ///< checkpoints there were: police, police#snapshot
  bool applied = false;
};

/// One of Kinhub's own topics as it is beside what it must be.
struct TopicView {
  struct Wrong {
    std::string setting, found, wanted, why;
    bool can_mend = false;
  };
  std::string name, state;                      ///< missing, right, wrong
  int partitions = 0, replication = 0;          ///< that it has; of a missing one, that it is to have
  std::map<std::string, std::string> settings;  ///< that it needs
  std::vector<Wrong> wrong;
  std::string done;  ///< of `topics apply`: made, mended, or empty
};

struct NodeView {
  std::string name;
  std::int64_t seen_ms_ago = 0;
};
struct LeaseView {
  std::string name;  ///< a partition of the log, or a duty: @relay, @night
  std::string owner;
  std::int64_t epoch = 0, remaining_ms = 0;
};
struct SinkView {
  std::string name;  ///< file, kafka
  std::int64_t delivered = 0, waiting = 0;
};

struct StatusView {
  std::string version, data;
  std::int64_t persons = 0, facts = 0;
  std::map<std::string, std::int64_t> open_leads;  ///< by kind
  std::int64_t notices = 0;                        ///< seq of the last one written
  std::int64_t notices_waiting = 0;                ///< stored, not yet delivered by the slowest sink
  std::optional<BalanceView> balance;              ///< nothing: the log does not answer
  std::string node, log, store;  ///< this node; "embedded" or the brokers; "sqlite" or "postgresql"
  std::vector<NodeView> nodes;
  std::vector<LeaseView> leases;
  std::map<std::string, std::string> stopped;  ///< partition to why
  std::vector<SinkView> sinks;
  std::string log_away;  ///< why the log does not answer; empty: it does
};

/// One JSON document, two blanks of indentation, a line break at its end. Field names: docs/cli.md.
std::string to_json(const std::vector<LeadView>& leads, Reveal reveal);
std::string to_json(const LeadView& lead, Reveal reveal);
std::string to_json(const std::vector<EntitlementView>& entitlements, Reveal reveal);
std::string to_json(const ExplanationView& explanation);
std::string to_json(const BalanceView& balance);
std::string to_json(const std::vector<QuarantineView>& rows, Reveal reveal);
std::string to_json(const QuarantineView& row, Reveal reveal);
std::string to_json(const std::vector<FamilyView>& families, Reveal reveal);
std::string to_json(const std::vector<SourceView>& sources);
std::string to_json(const StatusView& status);
std::string to_json(const std::vector<PositionView>& positions);
std::string to_json(const RewindView& rewind);
std::string to_json(const CheckpointView& checkpoint);
std::string to_json(const std::vector<TopicView>& topics);

/// The same for people.
void print(std::ostream& out, const std::vector<LeadView>& leads, Reveal reveal);
void print(std::ostream& out, const LeadView& lead, Reveal reveal);
void print(std::ostream& out, const std::vector<EntitlementView>& entitlements, Reveal reveal);
void print(std::ostream& out, const ExplanationView& explanation);
void print(std::ostream& out, const BalanceView& balance);
void print(std::ostream& out, const std::vector<QuarantineView>& rows, Reveal reveal);
void print(std::ostream& out, const QuarantineView& row, Reveal reveal);
void print(std::ostream& out, const std::vector<FamilyView>& families, Reveal reveal);
void print(std::ostream& out, const std::vector<SourceView>& sources);
void print(std::ostream& out, const StatusView& status);
void print(std::ostream& out, const std::vector<PositionView>& positions);
void print(std::ostream& out, const RewindView& rewind);
void print(std::ostream& out, const CheckpointView& checkpoint);
void print(std::ostream& out, const std::vector<TopicView>& topics);

}  // namespace kinhub::cli
