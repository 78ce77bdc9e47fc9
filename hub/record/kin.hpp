#pragma once
// Kin: one parent with spouses and all children ever, put together from portraits, as the situation policies
// read.

#include <vector>

#include "hub/record/portrait.hpp"
#include "hub/record/situation.hpp"

namespace kinhub {

/// Where portraits come from. Runs on the thread of its owner; references stay valid until the next change of
/// a statement. Implementations: the pipeline's workspace, a reader over the store, maps in tests.
class People {
 public:
  virtual ~People() = default;
  virtual const Portrait& portrait(PersonId person) = 0;
  /// Whose mention this is; 0 if the mention has no identifier.
  virtual PersonId whose(const Tie& tie) = 0;
};

/// One parent's situation, with what stands behind it.
struct Kin {
  Situation situation;
  std::vector<PersonId> people;                ///< same index as situation.people
  std::vector<std::vector<Support>> evidence;  ///< same index as situation.causes
  std::vector<Support> withdrawn;  ///< deaths of children that were told and taken back by all who told them
};

Kin kin_of(PersonId parent, People& people, const SituationCoverage& coverage);

/// Everyone whose rights a change about `person` can touch: the person, their parents (born or adopting),
/// their spouses past and present. Sorted, unique.
std::vector<PersonId> concerned_by(PersonId person, People& people);

/// The couple or single parent whose family this is, told by the eldest child; `parent` alone when there is
/// none. Sorted.
std::vector<PersonId> couple_of(PersonId parent, People& people);

/// A child of `parent` as their ties tell it: relation, days and evidence. A newborn that only a hospital
/// told of is the same child as a registered one of the same mother or father born that day; twins stay two.
struct ChildTie {
  PersonId child;
  ChildRelation relation = ChildRelation::born;
  Interval when;
  bool ends_by_dissolution = false;
  std::vector<Support> starts, ends;
};
std::vector<ChildTie> children_of(PersonId parent, People& people);

/// A marriage of `person`, from the registers; deaths do not end it here.
struct MarriageTie {
  PersonId spouse;
  Interval when;
  std::vector<Support> starts, ends;
};
std::vector<MarriageTie> marriages_of(PersonId person, People& people);

}  // namespace kinhub
