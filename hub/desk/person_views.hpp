#pragma once
// Read models of the record, for commands: persons, families, leads, entitlements, explanations.

#include <functional>

#include "hub/desk/requests.hpp"
#include "hub/lead/account_words.hpp"
#include "hub/lead/lead_desk.hpp"
#include "hub/pipeline/mapping_texts.hpp"
#include "hub/pipeline/policy_history.hpp"
#include "hub/pipeline/rules.hpp"
#include "hub/record/field_origin.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/past_record.hpp"
#include "hub/store/quarantine.hpp"
#include "hub/stream/event.hpp"

namespace kinhub {

/// Finds a person in the record as of its known time. Errors: NO_SUCH_PERSON.
Result<PersonId> find_person(RecordReader& people, const Keyring& keys, const PersonName& name,
                             std::int64_t known_at_us = known_now);
PersonView person_view(RecordReader& people, const Keyring& keys, PersonId id);
/// Sorted by source, key, kind and day.
/// A statement as origin of a value: with the arrival of its event, and when that was read anew, so that it
/// tells this, or from `replaced_at_us` on no more.
EvidenceView origin_view(const Statement& said, std::int64_t replaced_at_us);
std::vector<EvidenceView> views_of(const std::vector<Evidence>& evidence);

/// Where the evidence rules say it: "evidence.yaml:41"; empty: they did not decide.
std::string rule_place(const EvidenceRules& rules, std::uint32_t line);

/// What rights are judged by besides the record.
struct JudgedBy {
  std::shared_ptr<const PolicySet> policies;
  std::vector<SourceCovers> covers;
  SituationCoverage coverage;
};
/// As it is now: `rules`, and coverage as of `today`; or the policies and the coverage that counted at a
/// known time. Errors: those of PolicyBook.
Result<JudgedBy> judged_by(StoreTransaction& reading, PolicyBook& book, const Rules& rules, Date today,
                           std::optional<std::int64_t> known_at_us);

/// Builder of views inside one transaction, as far as was known at a time.
class PersonViews {
 public:
  PersonViews(StoreTransaction& reading, const Keyring& keys, SharedEvidenceRules evidence,
              std::int64_t known_at_us = known_now);

  /// Errors: NO_SUCH_PERSON.
  Result<PersonId> find(const PersonName& name) { return find_person(people_, keys_, name, known_at_us_); }

  /// Whose a lead is, by the identifier it is about.
  PersonId person_of(const LeadRow& row);
  /// `row`: the version of the lead as of the known time.
  LeadView lead(const LeadRow& row, Date today);
  /// The lead month by month, at most 600 that touch `when`. Of an open one each month says what its money
  /// differs by if it is decided today.
  LeadTimelineView timeline(const LeadRow& row, Interval when, const JudgedBy& by, Date today);
  /// Arrears above 0, overpayments below, of the months that have any, if the lead is decided today.
  std::map<Date, std::int64_t> differences_of(const LeadRow& row, const JudgedBy& by, Date today);
  /// Where a person is registered on a day, else the spouse; empty: not known. Of 6, 9 or 12 digits.
  std::string area_of(PersonId person, Date on);
  /// Resolves families: the one the person was born or adopted into, and the one they are
  /// a parent of, in that order.
  std::vector<FamilyView> families(PersonId person, std::optional<Date> valid_at);
  std::vector<EntitlementView> entitlements(PersonId person, const JudgedBy& by, Interval when);
  /// `agencies`: what each source is called.
  ExplanationView explain(PersonId person, const JudgedBy& by, BenefitIndex benefit, Date on,
                          std::map<std::string, Wording> agencies);
  PersonView person(PersonId id) { return person_view(people_, keys_, id); }
  /// The person's kin as they are judged: where something about them is held, silence says less.
  Kin kin_as_covered(PersonId of, const JudgedBy& by);
  /// Reads the event at this place of a source's log; nothing when it cannot be read now.
  using ReadEvent = std::function<std::optional<Event>(const std::string& source, std::int64_t sequence)>;
  /// Where the origin of a value is told from, beside the record.
  struct Sources {
    const Rules& rules;
    MappingArchive& mappings;
    ReadEvent read;
  };
  FieldOriginView origin(PersonId person, AskedField field, const Sources& sources);

 private:
  FieldOriginView::Word word(const FieldWord& word, const Sources& sources);
  std::vector<HeldMention> held_mentions(const Kin& kin);
  std::vector<std::string> held_events_of(PersonId person);
  FamilyView family(std::vector<PersonId> couple, std::optional<Date> valid_at);
  FamilyMemberView member(PersonId id, std::optional<Date> valid_at);

  StoreTransaction& reading_;
  const Keyring& keys_;
  const std::int64_t known_at_us_;
  Workspace now_;
  std::optional<PastRecord> then_;
  RecordReader& people_;  ///< one of the two
};

}  // namespace kinhub
