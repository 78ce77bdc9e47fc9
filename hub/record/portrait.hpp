#pragma once
// Portrait: a derived view of one dossier, what it says a person is as far as was
// known at a time. Never stored.

#include <optional>
#include <string>
#include <vector>

#include "hub/record/dossier.hpp"
#include "hub/record/evidence_rules.hpp"
#include "hub/record/standing.hpp"

namespace kinhub {

/// Provenance as a value of its own: one statement as support for something.
struct Evidence {
  std::string source;
  std::string key;  ///< the source's business key; may hold a citizen number, so masked outside
  FactKind fact{};
  EvidenceClass weight{};
  std::optional<PartialDate> on;
  std::int64_t received_at_us = 0;
  std::int64_t event_sequence = 0;
  PersonId about = {};  ///< whose death, whose grade; 0: not known
  friend bool operator==(const Evidence&, const Evidence&) = default;
};

/// Non-owning pointer to a supporting statement, valid as long as the dossier it stands in. Written out as
/// Evidence only where someone is told.
using Support = const Statement*;
Evidence evidence_of(const Statement& said);
std::vector<Evidence> evidence_of(const std::vector<Support>& said);

/// Event settled from several sources, with its provenance.
struct Happening {
  PartialDate on;                  ///< settled: of the weightiest evidence the earliest day
  bool disputed = false;           ///< 待核实: see `dispute`
  std::string dispute;             ///< why, in stable words; empty if not disputed
  std::vector<Support> evidence;   ///< that holds, sorted by (source, key)
  std::vector<Support> withdrawn;  ///< that was taken back by its source, under this key or another
};

/// Grade in force as an interval.
struct DisabilityGrade {
  int grade = 0;
  std::optional<int> category;
  Interval valid;        ///< [effective, until the next grade or the certificate's end)
  bool expires = false;  ///< ends because the certificate ran out, which is no recovery
  std::vector<Support> evidence;
};

/// Registered residence as an interval.
struct Registered {
  std::string region;
  Interval when;
  std::vector<Support> evidence;
};

/// Edge to another person, found through the other's mention in the same statement.
struct Tie {
  enum class Kind : std::uint8_t {
    child_of,
    parent_of,
    adopted_by,
    adopts,
    adoption_ended,
    adoption_voided,
    married,
    divorced,
    annulled,
    distinct_from  ///< somebody decided that the two are not one
  } kind{};
  Role role{};  ///< the other's role in the statement
  std::optional<PartialDate> on;
  Token history;  ///< with `mention`, names the other's mention
  OwnMention other;
  const Mention* mention = nullptr;  ///< valid as long as the dossier
  Support evidence = nullptr;
  /// Its source may have taken it back under another key, or it is no proof alone.
  bool doubted = false;
  bool unproven = false;  ///< of a class that is no proof of this kind alone, as a case worker's never is
  /// Cached token of the mention's first identifier, kept by whoever looked for the person:
  /// one tie is asked many times.
  mutable std::optional<Token> first_token = {};
};

/// The view itself. Pointers in it are valid as long as the dossier.
struct Portrait {
  PersonId person;
  std::string name;
  std::string citizen_number;  ///< the current one; empty if none is known
  std::vector<std::string> former_numbers;
  bool registered = false;  ///< has a citizen number or a police id: not only a hospital's newborn
  Sex sex = Sex::unknown;
  std::optional<PartialDate> born;
  std::vector<Support> birth_evidence;
  std::optional<Happening> death;
  std::vector<Support> death_taken_back;  ///< when no word of a death holds any more: those that once said it
  std::vector<std::string> conflicts;     ///< what is said of this person does not fit together; stable words
  std::vector<DisabilityGrade> disability;  ///< by from, not overlapping
  std::vector<Registered> residence;        ///< by from, not overlapping
  std::vector<Tie> ties;                    ///< sorted by (kind, on, source, key)
  struct Insured {
    std::string status;
    std::optional<PartialDate> on;
    Support evidence = nullptr;
  };
  std::vector<Insured> insurance;
  struct Housed {
    std::string number, relation;
    Support evidence = nullptr;
  };
  std::vector<Housed> households;
  std::vector<Support> seen_alive;  ///< sorted by (source, key)
  std::vector<Standing> states;  ///< of the kinds that policies may ask, kind by kind as standing_of() sorts
};

/// Disputes a death after whose day the person was seen alive, if it is not disputed already: no source need
/// have taken it back, and none is overruled.
void doubt_by_life(Happening& death, const std::vector<Support>& seen_alive, const EvidenceRules& rules);

/// Whether policies may ask states of this kind, so that a change of one may give or end a right.
bool may_be_asked(FactKind kind);

/// Where a word says that somebody is registered, in 6, 9 or 12 digits; empty: it does not say where.
std::string registered_area(const Fact& fact);
/// Registered residence by area, as far as the register tells one: Registered::region has 6, 9 or 12 digits.
std::vector<Registered> residence_by_area(const Dossier& dossier, std::int64_t known_at_us = known_now,
                                          const EvidenceRules& rules = *built_in_evidence());

/// Derives the portrait as of `known_at_us`: statements that arrived later do not count. Which mentions are
/// the person's is as the dossier is grouped: regroup_as_known() gives that of then. `dossier` must outlive
/// it (ties point into it).
Portrait portray(const Dossier& dossier, std::int64_t known_at_us = known_now,
                 const EvidenceRules& rules = *built_in_evidence());

/// The words of a death that reaches nobody: it holds, and of the person no citizen number, no police id, no
/// parent and no child is known. Empty for everybody else. Valid as long as the dossier.
std::vector<Support> unnamed_death(const Portrait& portrait);

}  // namespace kinhub
