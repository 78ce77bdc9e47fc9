#pragma once
// The lead desk, application service of leads: re-evaluates the parents a change concerns and keeps their
// leads, inside the batch's transaction.

#include <functional>

#include "hub/base/bytes.hpp"
#include "hub/base/clock.hpp"
#include "hub/lead/cases.hpp"
#include "hub/lead/coverage.hpp"
#include "hub/lead/lead.hpp"
#include "hub/lead/lead_history.hpp"
#include "hub/lead/money.hpp"
#include "hub/store/workspace.hpp"

namespace kinhub {

/// What happened to an open lead.
struct LeadChange {
  LeadId id;
  std::string benefit;
  std::optional<MoneyDifference> before,
      after;  ///< of the lead while it is open; nothing: it was not, is no longer
};

/// What a decision rested on besides facts, remembered with it: digests of policies and of evidence rules,
/// whose texts the store keeps, and the program.
struct RestedOn {
  std::string policies, evidence, program;
};
/// A decision as it was written down.
struct DecisionRecord {
  std::string by, reason;
  LeadContent content;
  std::optional<RestedOn> rested_on;  ///< nothing: from before it was remembered
  std::optional<Date> on = {};        ///< the day that counted, also in a rehearsal; nothing: from before
};
/// Parses what add_decision() stored, unsealed.
DecisionRecord decision_record_from(std::string_view bytes);

/// What was decided of a person, by benefit: rows of one benefit that were decided for several identifiers
/// are merged.
Decisions decisions_of(PersonId parent, const std::vector<DecidedRow>& decided, const PolicySet& policies,
                       const Keyring& keys, Date today);

/// Stateless between batches, on the thread of its transaction: who has leads and who stands in the calendar
/// is marked beside the dossiers, so that several processes may write.
class LeadDesk {
 public:
  LeadDesk(const PolicySet& policies, const Keyring& keys, const Clock& clock);

  /// Starts a batch, in its transaction.
  void begin(StoreTransaction& store, const SituationCoverage& coverage,
             const std::vector<SourceCovers>& covers, Date today);

  /// Prefetch, before the first event of a batch: what is open and decided of these
  /// people, in one round trip.
  void foresee(std::span<const PersonId> rights, Workspace& people, StoreTransaction& store);

  /// Lets go of what was foreseen, so that a long walk over many people stays small.
  void turn_page();

  /// Re-evaluates the rights of everyone concerned by changes about `touched`, and keeps their leads.
  void review(const std::vector<PersonId>& touched, Workspace& people, StoreTransaction& store);
  void review_parent(PersonId parent, Workspace& people, StoreTransaction& store);
  /// Opens, renews or closes the lead about a death of this person that agencies contradict each other in
  /// (record_lead.hpp). Who has an open one is also looked at by each review.
  void question_death(PersonId person, Workspace& people, StoreTransaction& store);
  /// Whether anything is or was kept of a person, or may be due: all others need no review.
  static bool is_kept_of(PersonId person, Workspace& people);
  /// What review_parent() would find of one benefit: the lead that is due, or nothing.
  struct Finding {
    BenefitIndex benefit{};
    std::optional<LeadContent> content;
    std::optional<LeadRow> open;  ///< the lead there is
  };
  /// Dry run of review_parent(): of every benefit that is due, decided or has an open lead. Writes nothing.
  std::vector<Finding> foretell(PersonId parent, Workspace& people, StoreTransaction& store);
  /// Dry run over many: those of them of whom review_parent() would write anything, or whose record, or
  /// kin's, cannot be read. By what this transaction sees; writes nothing.
  std::vector<PersonId> would_change(std::span<const PersonId> parents, Workspace& people,
                                     StoreTransaction& store);
  /// Refreshes what is cached of these citizen numbers: an event in which they stand is held now, or no
  /// longer.
  void refresh_held(std::span<const Token> numbers, QuarantineShelf& quarantine);
  /// Rehomes leads and decisions of people who were grouped anew: each goes to who bears the identifier it is
  /// about. Before review(): the rights are evaluated there.
  void rehome(const Workspace::Change& regrouped, Workspace& people, StoreTransaction& store);

  /// Observer of every change of an open lead, but for decisions; an empty one ends it.
  void watch(std::function<void(const LeadChange&)> watch) { watch_ = std::move(watch); }

  /// Seq of the last notice written in this transaction, or before it.
  std::int64_t last_notice() const { return last_notice_; }

  void set_coverage(const SituationCoverage& coverage) { coverage_ = coverage; }
  const SituationCoverage& coverage() const { return coverage_; }

  /// Applies a person's decision. Confirming copies the computed timeline into the decided one; dismissing
  /// sets it aside. Errors: LEAD_NOT_OPEN; CHANGED, if it no longer has the revision that was seen.
  Result<LeadRow> decide(LeadRow lead, LeadState verdict, const std::string& reason, const std::string& by,
                         Workspace& people, StoreTransaction& store,
                         std::optional<std::int64_t> seen_revision = std::nullopt,
                         const RestedOn& rested_on = {});

 private:
  struct Past {
    std::vector<LeadRow> open;
    std::vector<DecidedRow> decided;
    std::vector<CaseRow> cases;  // in order
  };
  /// What stands of a parent, and what is kept of them.
  struct Judged {
    Kin kin;
    PolicySet::Standing standing;
    Past past;
    Decisions decisions;
    std::vector<CaseFound> cases;
    std::int64_t area = 0;
    std::optional<Date> next;  ///< when the calendar changes any of it
  };
  bool would_change(PersonId parent, std::optional<Date> day, Workspace& people, StoreTransaction& store);
  void fetch_held(std::vector<Token> numbers, QuarantineShelf& quarantine);
  void ask_held(std::vector<Token> numbers, QuarantineShelf& quarantine);
  bool knows_held(QuarantineShelf& quarantine);
  std::int64_t reference_of(PersonId person);
  std::vector<Finding> findings(PersonId parent, const Judged& judged, Workspace& people);
  Judged judge(PersonId parent, Workspace& people, StoreTransaction& store);
  PolicySet::Standing standing_of(PersonId parent, Kin& kin, Workspace& people, StoreTransaction& store);
  Past past_of(PersonId person, StoreTransaction& store);
  CaseWords& words_in(StoreTransaction& store);
  void keep_cases(PersonId parent, const Judged& judged, Workspace& people, StoreTransaction& store);
  void drop_cases(PersonId person, StoreTransaction& store);
  std::optional<LeadContent> death_in_question(PersonId person, const LeadRow* open, Workspace& people,
                                               StoreTransaction& store);
  void keep(PersonId person, const std::string& benefit, std::optional<LeadContent> content,
            const LeadRow* open, Workspace& people, StoreTransaction& store);
  void move(LeadRow lead, PersonId to, StoreTransaction& store);
  void tell(const LeadRow* before, LeadRow& lead, const LeadContent& content, std::string_view what,
            StoreTransaction& store);
  void note_change(const LeadRow& lead, const LeadContent* before, const LeadContent* after) const;

  const PolicySet& policies_;
  const Keyring& keys_;
  const Clock& clock_;
  std::function<void(const LeadChange&)> watch_;
  SituationCoverage coverage_;
  std::vector<SourceCovers> covers_;
  Date today_;
  std::int64_t last_notice_ = 0;
  std::unordered_map<PersonId, Past> foreseen_;               // of this batch, kept as the batch changes it
  std::unordered_map<PersonId, std::int64_t> references_;     // of this batch: of cases
  std::unordered_map<Token, std::vector<HeldMention>> held_;  // cache of this batch, by citizen number
  std::optional<bool> held_whole_;                            // whether held_ is all; nothing: not looked at
  std::optional<CaseWords> words_;                            // of this transaction
  bool held_changed_ = false;                                 // this batch held an event, or released one
};

/// Index keys of the citizen numbers of a parent, of spouses and of the children's other parents, by which
/// held events mention them: where one parent's number cannot be read, the other's may.
std::vector<Token> numbers_of(const Kin& kin, People& people, const Keyring& keys);

std::string lead_context(LeadId id);
std::string decided_context(PersonId person, const std::string& benefit);

}  // namespace kinhub
