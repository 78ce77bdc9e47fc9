#pragma once
// Kinship graph around one parent: spouses and all children ever as intervals, joined from portraits into the
// situation that policies read.

#include <optional>
#include <string_view>
#include <vector>

#include "hub/record/portrait.hpp"
#include "hub/record/situation.hpp"

namespace kinhub {

/// Interface to the source of portraits. Runs on the thread of its owner; references stay valid until the
/// next change of a statement. Implementations: the workspace of a batch, a record in memory in tests.
class People {
 public:
  virtual ~People() = default;
  virtual const Portrait& portrait(PersonId person) = 0;
  /// Resolves a tie to the person at its other end; 0 if that mention has no identifier.
  virtual PersonId whose(const Tie& tie) = 0;
  /// The rules by which the portraits are settled.
  virtual const EvidenceRules& evidence_rules() const = 0;
};

/// Read access to the whole of the record as of one known time: who was who, and what was said.
/// Implementations: the workspace (now), the past record (at an earlier time).
class RecordReader : public People {
 public:
  virtual const Dossier& dossier(PersonId person) = 0;
  /// Index look-up: everyone who bears an identifier or bore it. Valid until the next call.
  virtual const std::vector<PersonId>& holders(const Token& identifier) = 0;
};

/// A situation with its provenance: which person and which statements stand behind each index.
struct Kin {
  Situation situation;
  std::vector<PersonId> people;                ///< same index as situation.people
  std::vector<std::vector<Support>> evidence;  ///< same index as situation.causes
  std::vector<Support> withdrawn;  ///< deaths of children that were told and taken back by all who told them
};

/// Joins the portraits around `parent`. REQUIRES, as all functions here: a person, not 0.
Kin kin_of(PersonId parent, People& people, const SituationCoverage& coverage);

/// Invalidation set: everyone whose rights a change about `person` can touch. The person, their parents (born
/// or adopting), their spouses past and present, and the other parents of their children. Sorted, unique.
std::vector<PersonId> concerned_by(PersonId person, People& people);

/// Close kin, for reading: the person, their parents and these parents' children, their spouses and children,
/// past and present. Sorted, unique.
std::vector<PersonId> close_kin(PersonId person, People& people);

/// Canonical parents of a family: the couple or single parent of the child whose tie begins first; `parent`
/// alone when there is none. Sorted.
std::vector<PersonId> couple_of(PersonId parent, People& people);

/// The person's death, with what is told of a hospital's newborn that is taken for them. Such a word counts
/// as evidence beside their own; alone it leaves the death disputed, for two children may be meant.
std::optional<Happening> death_of(PersonId person, People& people);

/// Parent-child relation as an interval, with its evidence. A newborn that only a hospital told of is the
/// same child as a registered one of the same mother or father born that day, or a day before or after; twins
/// stay two. Registered twice, perhaps, is one of two that only their police ids and a missing number tell
/// apart.
struct ChildTie {
  PersonId child;
  ChildRelation relation = ChildRelation::born;
  Interval when;
  bool ends_by_dissolution = false;
  std::vector<Support> starts, ends;
  /// Why it is possible and not sure, in stable words: "two mothers named"; empty if it is.
  std::string_view dispute = {};
};
std::vector<ChildTie> children_of(PersonId parent, People& people);

/// Marriage as an interval, from the registers alone: deaths do not end it here.
struct MarriageTie {
  PersonId spouse;  ///< 0: known by name alone, a foreigner's passport is no identifier; `named` says what is
                    ///< known
  Interval when;
  std::vector<Support> starts, ends;
  const Mention* named = nullptr;         ///< valid as long as the dossier
  Certainty certainty = Certainty::sure;  ///< possible: taken back by its source, under another key
};
std::vector<MarriageTie> marriages_of(PersonId person, People& people);

}  // namespace kinhub
