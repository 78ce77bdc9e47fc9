#pragma once
// View models of people and their records: plain values with the field names of docs/cli.md. The desk fills
// them in plain; what leaves the guard is masked (masking.hpp) unless an opening covers it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/base/texts.hpp"
#include "hub/pipeline/remapping.hpp"
#include "hub/record/fact.hpp"

namespace kinhub {

struct PersonView {
  std::string ref;         ///< the hub's own reference; may be typed in place of a citizen number
  std::string name;        ///< empty: not known
  std::string citizen_id;  ///< empty: not known
};

struct AmountView {
  std::int64_t fen = 0;
  std::string per;  ///< month, year, once
};

/// Evidence: a fact that something rests on.
struct EvidenceView {
  std::string source, key, fact;
  std::string on;  ///< 2026-11-18, 1955-07, 1955, or empty
  std::int64_t received_at_us = 0;
  std::int64_t event_sequence = 0;  ///< of the event that said it, counted in its source's log
  /// Where origins are told: when a mended mapping read the event anew, so that it says this, or no more.
  std::optional<std::int64_t> read_anew_at_us = {};
};

struct DecisionView {
  std::string state;                  ///< confirmed, dismissed
  std::optional<std::string> reason;  ///< free text, which may name people; nothing: hidden
  std::string by;
  std::int64_t at_us = 0;
};

/// A span of a right's timeline.
struct SpanView {
  Interval when;
  std::optional<AmountView> amount;  ///< nothing: the record cannot compute it
  std::string certainty;             ///< sure, pending
};

/// A decision that waits for a second person.
struct ProposalView {
  std::string by, verdict, reason_code;
  std::optional<std::string> reason;  ///< nothing: hidden
  std::int64_t at_us = 0, until_us = 0, revision = 0;
  std::int64_t account = 0;  ///< as the store has it; not shown
  std::string id = {};       ///< V...: what a second person says to have seen
};

struct LeadView {
  std::string id;
  std::string kind;   ///< new, changed, ended, verify
  std::string state;  ///< open, confirmed, dismissed, closed
  std::string benefit;
  PersonView person;
  std::string family;
  std::string area;  ///< 6, 9 or 12 digits: where the person, else the spouse, is registered; empty: unknown
  std::int64_t revision = 0;  ///< what a decision says it has seen
  Interval when;
  std::optional<AmountView> amount;
  std::string certainty;  ///< sure, pending
  std::vector<std::string> pending, reasons;
  std::vector<Wording> pending_words, reason_words;  ///< the same, in both languages
  std::vector<EvidenceView> evidence;
  std::vector<SpanView> timeline;  ///< the whole right as computed: what confirming confirms
  std::int64_t opened_at_us = 0;
  std::optional<Date> not_before;  ///< nobody should be visited before: corrections may still arrive
  std::int64_t arrears_fen = 0;    ///< due for months up to today and not decided
  std::int64_t overpaid_fen = 0;   ///< decided for months up to today and not due
  std::vector<DecisionView> decisions;
  std::vector<std::string> held_events;  ///< in quarantine, about this person: pending until they are settled
  // Where they were looked for, by a door that has accounts:
  std::string assignee = {};  ///< name of an account; empty: nobody's
  std::optional<ProposalView> proposed = {};
};

/// The tag of a lead as it was seen (ETag): another one after each change and each proposal.
inline std::string tag_of(const LeadView& lead) {
  return lead.id + "." + std::to_string(lead.revision) + (lead.proposed ? "." + lead.proposed->id : "");
}

/// What became of a lead, and who opened it, in order of time.
struct LeadHistoryView {
  struct Item {
    std::int64_t at_us = 0;
    std::string what;           ///< opened, changed, decided, assigned, proposed, countersigned, opening ...
    std::string by;             ///< empty: the hub
    std::string state, kind;    ///< of a version
    std::int64_t revision = 0;  ///< of a version; else 0
    std::string purpose = {};   ///< of an opening
  };
  std::string lead;
  std::vector<Item> items;
};

/// A person who was looked for.
struct FoundPersonView {
  PersonView person;
  std::string area;  ///< empty: not known
};

/// Whoever has signed in, as their own screen needs to know it.
struct SessionView {
  std::string account;
  std::vector<std::string> roles, may, scope, features;
  std::string csrf;
  std::int64_t idle_until_us = 0, ends_at_us = 0;
};
/// A session that has just begun, with the secret of its cookie.
struct SignedInView {
  SessionView session;
  std::string secret;
};

struct UserView {
  std::string id, name, state;
  std::vector<std::string> roles, rights, areas;  ///< no area: the whole scope
  bool door_closed = false;
  std::int64_t created_at_us = 0, sessions = 0;
  std::optional<std::int64_t> signed_in_at_us;
};
/// An account, and the link that gives it a password.
struct AccountLinkView {
  UserView account;
  std::string secret;
  std::int64_t until_us = 0;
};

/// An opening as it stands.
struct OpeningView {
  std::string id, purpose;
  std::vector<std::string> covers;
  std::int64_t until_us = 0;
};

/// Entries of the audit trail, the newest first: canonical JSON, without what is sealed in it.
struct AuditView {
  std::vector<std::string> lines;
  std::optional<std::int64_t> before;  ///< where older ones go on; nothing: there are none
};

/// What happened, as code and in words, and who told it. Names nobody.
struct FactView {
  std::string what;        ///< death, disability_grade, own_age ...
  std::string person;      ///< self, child, spouse, other_parent, relative
  std::optional<Date> on;  ///< nothing: since ever
  int number = 0;          ///< grade, age; otherwise 0
  Wording words;           ///< with its day: 2026年11月18日子女死亡
  struct Teller {
    std::string source, fact;
    Wording agency;
    std::int64_t received_at_us = 0;
  };
  std::vector<Teller> by;
};

struct EntitlementView {
  std::string benefit;
  PersonView person;
  Interval when;
  std::optional<AmountView> amount;  ///< nothing: not known
  std::string certainty;
  std::vector<std::string> pending;
  std::string clause, starts_because, ends_because;
  Wording benefit_words, money, starts, ends;  ///< in both languages; `ends` is empty without an end
  std::vector<Wording> pending_words;
};

/// Account of a benefit on a day: how it stands, in codes and in words.
struct AccountView {
  std::string benefit;
  Date on;
  std::string standing;              ///< due, pending, ended, not yet, not due, lower, elsewhere
  std::optional<Interval> when;      ///< the run of days that is told of
  std::optional<AmountView> amount;  ///< nothing: none, or not known
  std::string higher;                ///< lower: the benefit that is paid instead
  struct Missing {
    std::string condition;
    Wording words;
    std::optional<FactView> met_by;
    bool unknown = false;  ///< it may be so; else it is not so
  };
  std::vector<Missing> missing;  ///< the smallest set
  struct Wait {
    std::string code;
    Wording words;
  };
  std::vector<Wait> waits;
  std::optional<FactView> begins, ends, next;
  std::string then;  ///< after `next`: due, pending, none
  std::optional<Date> paid_from;
  Wording name, conclusion, basis, next_words;
  std::vector<Wording> say;  ///< sentences that can be read to the family
};

/// Explanation tree, why or why not: conditions with what each came to.
struct ExplanationView {
  std::string value;  ///< met, not met, unknown
  std::string condition, clause, quote;
  std::vector<std::string> causes;
  std::vector<ExplanationView> parts;
  Wording words;                       ///< the condition in both languages
  bool worded = true;                  ///< false: inside a word, without words of its own
  std::vector<FactView> facts;         ///< the causes, with who told them
  std::optional<AccountView> account;  ///< of the whole; nothing for a part
};

/// Origin of one field of a person: each value with the words for it, and those that lost.
struct FieldOriginView {
  struct Value {
    std::string text, name, number;
  };
  struct Raw {
    std::string place;
    std::optional<std::string> text;  ///< as the agency wrote it; nothing: hidden
  };
  struct Word {
    EvidenceView evidence;
    Value value;
    std::string mapping;      ///< file of the rule that set it: public_security/death; empty: not known
    std::optional<int> line;  ///< in that file, as it was then
    std::vector<Raw> raw;     ///< what stands in the event there, as far as log and mapping still tell
    std::string lost;         ///< the rule by which it does not count; empty: it does
    std::string rule;         ///< where the evidence rules say so: evidence.yaml:41; empty: they do not
    /// Of what its source tells no more: by which event, and where its mapping says what that means.
    struct Untold {
      std::int64_t event_sequence = 0;
      std::string mapping;      ///< empty: not known
      std::optional<int> line;  ///< of `absence`
    };
    std::optional<Untold> untold = {};
    /// Of what was read anew: who had it done, and why.
    std::string read_anew_by = {};
    std::optional<std::string> read_anew_reason = {};  ///< nothing: hidden
  };
  struct Settled {
    Value value;
    std::vector<Word> by;
    std::int64_t known_since_us = 0;
    std::string dispute;
    std::string rule;  ///< of the evidence rules, where they chose between words that hold; else empty
  };
  std::string field;
  PersonView person;
  std::vector<Settled> settled;
  std::vector<Word> lost;
};

/// What was learnt of a family between two known times.
struct FamilyChangesView {
  struct Change {
    std::string what;  ///< learnt, gone
    std::string field;
    FieldOriginView::Value value;
    std::string dispute;
    std::vector<EvidenceView> by;  ///< the events that told it, corrected it or took it back
  };
  struct Person {
    PersonView person;              ///< as known at the later time; who is nobody any more as at the earlier
    std::vector<std::string> were;  ///< refs at the earlier time; none: not known then
    std::vector<std::string> are;   ///< refs at the later time
    std::vector<Change> changes;
  };
  std::int64_t from_us = 0, until_us = 0;
  std::vector<Person> people;  ///< of whom something changed
};

/// The evidence rules that count.
struct EvidenceRulesView {
  struct Adoption {
    std::string digest, name;
    std::int64_t since_us = 0;
    std::string by, reason;
  };
  std::vector<Adoption> adoptions;  ///< the first one first, the last one counts; none: the rules built in do
  std::string text;                 ///< of what counts; empty: built in
  std::string configured;           ///< the configured file
  std::string differs;              ///< why the configured file does not count; empty: it does
};

/// What other evidence rules would change, over everybody.
struct EvidenceComparisonView {
  std::string file, digest;
  std::int64_t people = 0, changed = 0;        ///< looked at; of whom a value changes
  std::map<std::string, std::int64_t> fields;  ///< people of whom this field changes
  std::int64_t disputed = 0, undisputed = 0;   ///< values that come to be 待核实, and that cease to be
  std::vector<FamilyChangesView::Person> examples;  ///< the first of them, by reference
  struct Lead {
    PersonView person;
    std::string benefit;
    std::string what;                                ///< opened, closed, changed
    std::string before, after;                       ///< kinds; empty: no lead
    std::int64_t arrears_fen = 0, overpaid_fen = 0;  ///< by how much more they are
  };
  std::map<std::string, std::int64_t> leads;  ///< by `what`
  std::vector<Lead> lead_examples;
  std::int64_t arrears_fen = 0, overpaid_fen = 0;  ///< of all leads, by how much more
};

struct EvidenceAdoptedView {
  EvidenceRulesView::Adoption adoption;
  std::int64_t persons = 0;                ///< looked at anew
  std::vector<std::string> leads_changed;  ///< ids opened, updated or closed
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
    std::string area;  ///< 9 or 12 digits: the town or community; empty: the register does not say
    Interval when;
  };
  std::vector<Residence> residences;
  /// What stands of a kind of fact without rules of its own: an address, a pension.
  struct Standing {
    struct Value {
      std::string field, text;
      FieldType type{};
      Privacy privacy{};
    };
    std::string kind;
    Interval when;
    std::vector<Value> values;
  };
  std::vector<Standing> standing;
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

/// One version of what was entered at the care desk.
struct CareEntryView {
  std::string id, form, title;
  std::string operation;  ///< add, correct, retract
  std::string
      state;  ///< applied, corrected, retracted, quarantined, waiting, duplicate; planned: of a dry run
  std::string code, reason;  ///< of the quarantine, masked
  std::string quarantine;    ///< its number there; empty: it is not there
  std::string who;
  std::optional<std::string> why;  ///< nothing: hidden
  bool late = false;               ///< entered long after its day (补录)
  std::int64_t entered_at_us = 0;  ///< when the hub had it
  std::string partition, version;
  std::int64_t sequence = 0;  ///< its place in the log; 0: none
  struct Value {
    std::string item, label;
    std::optional<std::string> text;                                      ///< nothing: hidden
    enum class Shown : std::uint8_t { plain, as_number, never } shown{};  ///< without an opening
  };
  std::vector<Value> values;
  struct FactView {
    std::string fact, op, on;
    std::vector<std::pair<std::string, std::string>> people;  ///< role and number; empty: none is known
  };
  std::vector<FactView> facts;  ///< that the mappings make of it
};

/// An entry of the identity review queue: two persons who may be one.
struct IdentityPairView {
  std::string id;
  std::string state;    ///< open, same, different, gone
  std::string why;      ///< likely, doubtful, contradicted, tie, too_many
  double bits = 0;      ///< sum of the evidence
  PersonView a, b;      ///< who bears its identifiers now; without ref: nobody
  std::string decided;  ///< entry of the care desk that answered it; empty: none, or an agency did
  std::int64_t since_us = 0, changed_at_us = 0, seen_at_us = 0;
  // Of `identity show` only:
  struct Finding {
    std::string word, label;  ///< name_same, 姓名相同
    std::string kind;         ///< for, against, hold, veto
    double bits = 0;
  };
  std::vector<Finding> findings;
  struct Said {
    FieldOriginView::Value value;
    std::vector<std::string> sources;
  };
  struct Field {
    std::string field, label;
    std::vector<Said> a, b;
  };
  std::vector<Field> fields;  ///< of which at least one of the two tells something
};
struct IdentityQueueView {
  std::int64_t waiting = 0, likely = 0;
  std::string last_scan;                ///< day of the last whole scan; empty: there was none
  std::vector<IdentityPairView> pairs;  ///< likely ones first, then by weight
  std::int64_t left_out = 0;            ///< beyond the limit that was asked for
};
/// Result of an answer, or of its undoing.
struct IdentityAnswerView {
  IdentityPairView pair;  ///< afterwards
  CareEntryView entry;
};

/// Result of a rewind, planned or executed.
struct RewindView {
  std::string source, partition;
  std::int64_t from = 0, to = 0, start = 0, end = 0, repeated = 0, lost = 0;
  std::string text;  ///< the plan in words
  bool applied = false;
};
/// What reading a source's events anew did, or would do.
struct RemapView {
  std::string source;
  std::string mapping;  ///< of one file alone; empty: of all
  std::optional<std::int64_t> since_us;
  Remapped what;
  bool applied = false;
};
struct CheckpointView {
  std::string source;
  std::vector<std::string> present;    ///< checkpoints there were: police, police#snapshot
  std::vector<std::string> positions;  ///< what each said, masked and cut
  bool applied = false;
};
/// What a source claimed of its completeness, and what is left of it.
struct CoverageView {
  std::string source;
  std::int64_t was_us = 0, now_us = 0;
  bool applied = false;
};

}  // namespace kinhub
