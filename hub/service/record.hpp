#pragma once
// What care reads of the record, as far as was known at a time: the people around special families, their
// archives, the acts of service, helpers, contracts and credentials. A value; whoever reads the store makes
// it (hub/desk/care_record).

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/citizen_number.hpp"
#include "hub/base/id.hpp"
#include "hub/policy/asked.hpp"

namespace kinhub::service {

using Span = AskedCondition::Span;

/// Marriage as an interval; a death of either ends it, as a divorce does.
struct Wed {
  PersonId spouse;  ///< 0: known by name alone
  Interval when;
  bool by_death = false;  ///< that is how it ended
};

/// Registered residence as an interval, and the day on which the hub learned of it.
struct Lives {
  std::string area;  ///< 6, 9 or 12 digits
  Interval when;
  Date told;
};

struct Helper {
  std::string role, name, unit, post, phone;
  Interval when;
};

/// A contract with a family doctor, or a credential, as an interval.
struct Paper {
  std::string type;   ///< of a credential; empty of a contract
  std::string state;  ///< signed, declined, ended; valid, lost, ended
  std::string number;
  Interval when;
};

/// A death in the family as the hub learned of it.
struct DeathTold {
  PersonId who;
  Date on, told;
  std::optional<Date> child_born = {};  ///< of a child, where the day is known
};

/// One parent.
struct Person {
  PersonId id;
  std::string ref;           ///< public reference
  std::string name, number;  ///< in plain: views of it are masked by the desk
  std::string phone;
  Sex sex = Sex::unknown;
  std::optional<Date> born;    ///< where the day is known
  std::optional<Date> died;    ///< surely
  std::vector<Span> special;   ///< special family of the national file, no age asked
  std::vector<Span> bereaved;  ///< of these, the only child is dead
  std::vector<Span> of_age;    ///< age line 49
  std::map<std::string, std::vector<Span>, std::less<>> asked;  ///< by the phrases of service files
  std::vector<Wed> marriages;                                   ///< by from
  std::vector<Lives> lives;                                     ///< by from
  std::vector<Helper> helpers;                                  ///< entered for this person
  std::vector<Paper> contracts, credentials;
  std::vector<Interval> supported;  ///< low income, five guarantees or registered poor, while told
  bool lives_with_others = false;   ///< told so
  std::vector<DeathTold> deaths;    ///< of this person and of the children
};

/// An act of service.
struct Act {
  std::string key;  ///< of the source; tells acts apart
  PersonId person;
  std::string archive_no;             ///< empty: not said
  std::vector<std::string> services;  ///< all that it names
  Date on;
  char channel = 0;  ///< V P N G M; 0: not said
  bool reached = true, not_at_home = false, policy_told = false;
  std::vector<std::string> doers, roles;
  std::int64_t fen = 0;
  bool names(std::string_view service) const;
};

/// An event in the life of an archive.
struct ArchiveEvent {
  std::string key;
  PersonId person;
  std::string archive_no, event, area, unit, reason;
  Date on;
};

struct Record {
  std::vector<Person> people;                ///< sorted by id
  std::vector<Act> acts;                     ///< sorted by (on, key)
  std::vector<ArchiveEvent> archive_events;  ///< sorted by (on, key)

  const Person* find(PersonId id) const;
};

/// Whether a span is in force on a day, and how surely.
std::optional<Certainty> on(const std::vector<Span>& spans, Date day);
/// Where somebody is registered on a day; null: not known.
const Lives* lives_on(const Person& person, Date day);

}  // namespace kinhub::service
