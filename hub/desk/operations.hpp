#pragma once
// The service interface of an open hub. Commands know nothing else of it, so they are tested without one.

#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "hub/base/citizen_number.hpp"
#include "hub/base/date.hpp"
#include "hub/base/progress.hpp"
#include "hub/base/result.hpp"
#include "hub/config/config.hpp"
#include "hub/desk/views.hpp"
#include "hub/ground/states.hpp"
#include "hub/pipeline/identity_scan.hpp"

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
};

struct IngestView {
  std::int64_t files = 0, events = 0;
  std::int64_t quarantined = 0;  ///< of these events
  Balance balance;               ///< of the whole hub afterwards
};

struct NightView {
  Date today;
  std::int64_t persons = 0;                 ///< looked at
  std::vector<std::string> leads_changed;   ///< ids opened, updated or closed
  std::optional<IdentityScanned> identity;  ///< nothing: this part was not asked for
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

/// Use cases of an open hub. A wrong request comes back as an Error (NO_SUCH_LEAD, NO_SUCH_PERSON, ...);
/// broken infrastructure throws.
class Operations {
 public:
  virtual ~Operations() = default;

  /// Runs the daemon: sources, processor, relay, night round. Returns after a stop was
  /// asked for and all is put down.
  virtual void run(std::stop_token stop) = 0;
  /// Imports captured files through the same journey; returns when all is processed.
  virtual Result<IngestView> ingest(const SourceConfig& source,
                                    const std::vector<std::filesystem::path>& paths,
                                    const OnProgress& on_progress) = 0;
  /// Runs the night round as of `today`, or one part of it.
  enum class Round : std::uint8_t { all, rights, identity };
  virtual Result<NightView> night_scan(Date today, Round round, const OnProgress& on_progress) = 0;

  virtual Result<std::vector<LeadView>> leads(const LeadFilter& filter) = 0;
  virtual Result<LeadView> lead(const std::string& id, std::optional<std::int64_t> known_at_us) = 0;
  enum class Verdict : std::uint8_t { confirm, dismiss };
  /// Decides on a lead; returns it as it is afterwards.
  virtual Result<LeadView> decide(const std::string& id, Verdict verdict, const std::string& reason,
                                  const std::string& by) = 0;

  /// Bitemporal query: the families this person is a parent or a child of, as they were on valid_at
  /// and as was known at known_at.
  virtual Result<std::vector<FamilyView>> families(const PersonName& of, std::optional<Date> valid_at,
                                                   std::optional<std::int64_t> known_at_us) = 0;
  /// What was learnt between two known times of this person and their close kin. Errors: NO_SUCH_PERSON, also
  /// of one who was known at neither.
  virtual Result<FamilyChangesView> family_changes(const PersonName& of, std::int64_t from_us,
                                                   std::int64_t until_us) = 0;
  /// Entitlement spans of this person that touch `when`; as known at a time, by the record, the completeness
  /// of sources and the policies of then.
  virtual Result<std::vector<EntitlementView>> entitlements(const PersonName& of, Interval when,
                                                            std::optional<std::int64_t> known_at_us) = 0;
  virtual Result<ExplanationView> explain(const PersonName& of, const std::string& benefit, Date on,
                                          std::optional<std::int64_t> known_at_us) = 0;
  /// Where one field of a person comes from, as known at a time.
  virtual Result<FieldOriginView> origin(const PersonName& of, const std::string& field,
                                         std::optional<std::int64_t> known_at_us) = 0;

  virtual Result<std::vector<QuarantineView>> quarantine(const QuarantineFilter& filter) = 0;
  /// One quarantined event, with its body.
  virtual Result<QuarantineView> quarantined(const std::string& id) = 0;
  virtual Result<ReplayView> replay(const QuarantineFilter& filter) = 0;
  virtual Result<DiscardView> discard(const std::vector<std::string>& ids, const std::string& reason) = 0;
  /// Reads a source's stored events anew by its mapping of now: the plan, or it is done. Errors:
  /// NO_SUCH_SOURCE, NO_SUCH_MAPPING, REMAP_OVERTAKEN.
  virtual Result<RemapView> remap(const RemapQuestion& question, Apply apply,
                                  const OnProgress& on_progress) = 0;

  /// Enters a form into the log; what became of it. Errors: those of its fields (decide_entry), NO_SUCH_FORM,
  /// NO_SUCH_PERSON, NO_SUCH_ENTRY, ENTRY_EXISTS, PEOPLE_JOINED.
  virtual std::variant<CareAnswer, std::vector<Error>> care_add(const CareRequest& request,
                                                                const OnProgress& on_progress) = 0;
  /// Takes an entry back. Errors: NO_SUCH_ENTRY, ENTRY_TAKEN_BACK, ENTRY_UNREADABLE.
  virtual std::variant<CareAnswer, std::vector<Error>> care_retract(const std::string& id,
                                                                    const CareRequest& request,
                                                                    const OnProgress& on_progress) = 0;
  /// Everything entered about a person, each version of it, in order of time.
  virtual Result<std::vector<CareEntryView>> care_entries(const PersonName& of) = 0;

  /// The evidence rules that count, and all that did.
  virtual EvidenceRulesView evidence() = 0;
  /// Dry run over everybody: what the rules of a file would change. Errors: those of the file.
  virtual std::variant<EvidenceComparisonView, std::vector<Error>> evidence_compare(
      const std::filesystem::path& file, const OnProgress& on_progress) = 0;
  /// Lets the rules of a file count from now on, and reviews everybody. Errors: those of the file,
  /// EVIDENCE_COUNTS.
  virtual std::variant<EvidenceAdoptedView, std::vector<Error>> evidence_adopt(
      const std::filesystem::path& file, const std::string& reason, const std::string& by,
      const OnProgress& on_progress) = 0;

  /// Looks for persons who may be one, and puts them into the review queue; a dry run only counts.
  virtual Result<IdentityScanView> identity_scan(Date today, Apply apply, const OnProgress& on_progress) = 0;
  virtual IdentityQueueView identity_queue(const IdentityFilter& filter) = 0;
  /// One entry with the evidence. Errors: NO_SUCH_PAIR.
  virtual Result<IdentityPairView> identity_pair(const std::string& id) = 0;
  /// Enters a person's answer through the care desk, or takes it back. Errors: NO_SUCH_PAIR, PAIR_GONE,
  /// PAIR_ANSWERED, PAIR_NOT_ANSWERED, and those of the form.
  virtual std::variant<IdentityAnswer, std::vector<Error>> identity_answer(const IdentityRequest& request,
                                                                           const OnProgress& on_progress) = 0;

  virtual std::vector<SourceSummary> sources() = 0;
  virtual std::vector<PositionState> positions() = 0;
  /// Plans a rewind, and executes it with Apply::yes: processing goes on behind `to`, or behind the nearest
  /// event that can be read. Errors: NO_SUCH_SOURCE, and what plan_rewind refuses.
  virtual Result<RewindView> rewind(const std::string& source, std::optional<std::int64_t> to,
                                    Apply apply) = 0;
  /// Deletes a source's checkpoints, so that the agency is read anew. Errors: NO_SUCH_SOURCE, SOURCE_AT_WORK.
  virtual Result<CheckpointView> forget_checkpoint(const std::string& source, Apply apply) = 0;
  virtual Balance balance() = 0;
  virtual HubState status() = 0;
};

/// Names of the fields that Operations::origin knows, with commas between them.
std::string origin_fields();

}  // namespace kinhub
