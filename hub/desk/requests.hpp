#pragma once
// Requests to the desk, and the answers that are not views of people: plain values, the same for every door.

#include <filesystem>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hub/base/citizen_number.hpp"
#include "hub/base/date.hpp"
#include "hub/base/progress.hpp"
#include "hub/base/result.hpp"
#include "hub/config/config.hpp"
#include "hub/desk/event_trace.hpp"
#include "hub/desk/reconcile_views.hpp"
#include "hub/desk/views.hpp"
#include "hub/ground/states.hpp"
#include "hub/pipeline/identity_scan.hpp"
#include "hub/reconcile/agreement.hpp"

namespace kinhub {

/// Reference to a person on the command line: a citizen number, or the hub's own reference.
using PersonName = std::variant<CitizenNumber, std::string>;

/// Parses a citizen number in any of its forms, or a reference of the hub. Errors as CitizenNumber::read.
Result<PersonName> read_person(std::string_view text);

struct LeadFilter {
  std::optional<std::string> kind, state, benefit;
  std::optional<std::int64_t> opened_since_us;
  std::optional<PersonName> of;
  std::optional<Date> valid_at;             ///< whose days contain this one
  std::optional<std::int64_t> known_at_us;  ///< as they stood then
};

struct QuarantineFilter {
  std::vector<std::string> ids;  ///< these only; empty: all that fit the rest
  std::optional<std::string> source, code;
  std::optional<std::int64_t> seen_attempts = {};  ///< of one event: how often it was tried when it was seen
};

/// A person's decision on a lead.
enum class Verdict : std::uint8_t { confirm, dismiss };
struct LeadDecision {
  std::string id;
  Verdict verdict{};
  std::optional<std::int64_t> seen_revision;  ///< what was seen, and is decided on
  std::string reason, by;
  std::string reason_code = {};                   ///< of a list of a door; empty: none
  std::optional<std::string> seen_proposal = {};  ///< its id; empty: there was none; nothing: not said
};

/// What a second person says to a proposal.
struct Countersignature {
  std::string lead;
  bool agrees = false;
  std::optional<std::int64_t> seen_revision;
  std::string reason;
  std::string seen_proposal;  ///< its id: agreed is to what was seen, and to nothing else
};

/// What somebody takes back: their own proposal, as they saw it.
struct Withdrawal {
  std::string lead;
  std::int64_t seen_revision = 0;
  std::string seen_proposal;
};

/// An opening 调阅 as it is asked for.
struct OpeningRequest {
  std::vector<std::string> subjects;  ///< P..., L..., numbers of events in quarantine
  std::string purpose, reason;
};

/// What an account shall be.
struct AccountRequest {
  std::string name;
  std::vector<std::string> roles, rights, areas;  ///< no area: the whole scope
};

/// Which entries of the audit trail.
struct AuditQuestion {
  std::optional<std::int64_t> before;  ///< this number; nothing: from the newest on
  std::size_t count_max = 50;
  std::string account, operation;  ///< empty: all
};

/// Parts of the night round.
enum class NightRound : std::uint8_t { all, rights, identity, reconcile, agreement, scrub };

/// A thing of the record that a request names.
struct LeadName {
  std::string id;
};
struct EntryName {
  std::string id;  ///< of the care desk
};
struct PairName {
  std::string id;  ///< of the identity review queue
};
struct ListName {
  std::string region;  ///< of the payer that draws it up
  std::string number;  ///< empty: none yet
};
struct ArchiveName {
  std::string number;  ///< of a care archive
};
using Named = std::variant<PersonName, LeadName, EntryName, PairName, ListName, ArchiveName>;
/// Whom it is about, and where they are registered; empty: nowhere that is known.
struct Found {
  std::string ref;
  std::vector<std::string> areas;
  std::string person = {};  ///< reference of whose a lead is; else empty
};

/// A page of a list: rows behind a key, in the order of the keys.
struct PageRequest {
  std::int64_t after = 0;
  std::size_t count_max = 50;
};
template <class Row>
struct Page {
  std::vector<Row> items;
  std::int64_t last = 0;                   ///< the key of the last row that was looked at, shown or not
  bool more = false;                       ///< whether rows are behind it
  std::optional<std::int64_t> total = {};  ///< nothing: not counted
};

/// How many leads of a state and kind there are.
struct LeadCount {
  std::string state, kind;
  std::int64_t count = 0;
};
struct LeadCountsView {
  std::vector<LeadCount> counts;
  bool complete = true;  ///< of all leads in scope; no: of the first that were looked at
};

/// A lead month by month: what is computed beside what was decided.
struct LeadTimelineView {
  struct Month {
    Date first;
    std::optional<std::int64_t> computed_fen, decided_fen;  ///< nothing: no sum is known
    std::string certainty;                                  ///< of what is computed; empty: nothing is due
    bool computed = false, decided = false;                 ///< whether anything is due, was decided
    std::int64_t difference_fen = 0;  ///< arrears, or below 0 overpaid, if it is decided today
  };
  std::string lead;
  std::int64_t revision = 0;
  std::vector<Month> months;
  std::vector<SpanView> computed, decided;
};

/// Notices as they are published: CloudEvents, a line each.
struct NoticesView {
  std::vector<std::string> notices;
  std::int64_t head = 0;  ///< seq of the last one there is
};

struct IngestView {
  std::int64_t files = 0, events = 0;
  std::int64_t quarantined = 0;  ///< of these events
  Balance balance;               ///< of the whole hub afterwards
};

struct NightView {
  Date today;
  std::int64_t persons = 0;                           ///< looked at
  std::vector<std::string> leads_changed;             ///< ids opened, updated or closed
  std::optional<IdentityScanned> identity;            ///< nothing: this part was not asked for
  std::optional<NightAgreement> agreement = {};       ///< nothing: this part was not asked for
  std::vector<reconcile::RunRecord> reconciled = {};  ///< of each source that has a snapshot
  std::vector<Error> not_reconciled = {};             ///< why others were not; the place is the source
};

/// Dry run or not: what changes much shows its plan first.
enum class Apply : bool { no, yes };
/// Whether to wait until it is known what became of an event.
enum class Wait : bool { no, yes };

/// A scan for possible matches, and whether it only looked.
struct IdentityScanView {
  Date today;
  bool dry_run = false;
  IdentityScanned found;
};
struct IdentityFilter {
  bool all = false;       ///< also what is decided or gone
  std::size_t limit = 0;  ///< at most so many; 0: all
};
/// An answer to an entry of the identity review queue.
struct IdentityRequest {
  std::string id;
  enum class Answer : std::uint8_t { same, different, undo } answer{};
  std::string seen;  ///< by what it is known: an option of the form
  std::string who, why;
  Wait wait = Wait::yes;
};
struct IdentityAnswer {
  IdentityAnswerView view;
  std::optional<Error> waiting;  ///< why it is not yet known what became of it
};

struct ReplayView {
  std::int64_t replayed = 0, applied = 0, quarantined_again = 0;
};

struct DiscardView {
  std::int64_t discarded = 0;
};

/// Which events to read anew, and who has it done and why.
struct RemapQuestion {
  std::string source;
  std::string mapping;  ///< one mapping file: its name or its path; empty: all of the source
  std::optional<std::int64_t> since_us;
  std::string by, reason;  ///< with Apply::yes
};

/// What a case worker enters: a form with its values, or a later version of an entry.
struct CareRequest {
  std::string form;
  std::optional<PersonName> of;   ///< nothing: as the entry that is corrected
  std::vector<Identifier> named;  ///< in place of `of`: whom exactly these name
  std::vector<std::pair<std::string, std::string>> values;
  std::string corrects;  ///< id of the entry that this corrects; empty: a new one
  std::string id;        ///< of a request that is repeated; empty: a new one
  std::string who, why;
  Apply apply = Apply::yes;
  Wait wait = Wait::yes;
};
struct CareAnswer {
  CareEntryView entry;
  std::optional<Error> waiting;  ///< why it is not yet known what became of it
};

/// Names of the fields that Desk::origin knows, with commas between them.
std::string origin_fields();

}  // namespace kinhub
