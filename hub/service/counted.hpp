#pragma once
// Who is counted on a day (specification of care 0.3): members, care households, their kind, their seat. Pure
// functions of what is known; nothing asks what today is.

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/service/record.hpp"

namespace kinhub::service {

/// A member on a day: a living parent of a special family, whatever the age.
struct Member {
  const Person* person = nullptr;
  Certainty certainty = Certainty::sure;
  bool bereaved = false;  ///< 失独: the only child is surely dead; else 伤残
  bool of_49 = false;     ///< has surely reached the age line
  std::string area;  ///< where registered, 6, 9 or 12 digits; of whom that is not known, where the spouse is
};

/// A care household (户): members married to each other are one, every other member is one alone.
struct Household {
  std::vector<Member> members;  ///< the woman first
  std::string seat;             ///< area of the woman if she is a member, else the man's
  bool bereaved = false;        ///< a sure member is
  bool of_49 = false;           ///< a sure member is
  bool possible = false;        ///< no member is sure: 待核实

  bool has(PersonId person) const;
};

/// The town of an area, nine digits; empty: the area does not tell it (未落实乡镇).
std::string town_of(std::string_view area);
/// Whether an area lies in a region of 6, 9 or 12 digits.
inline bool lies_in(std::string_view area, std::string_view region) {
  return area.starts_with(region);
}

/// People who were ever married to each other, by groups: households never reach over a group.
std::vector<std::vector<const Person*>> groups_of(const Record& record);

/// The households of a group on a day, in order of the people.
std::vector<Household> households_on(const std::vector<const Person*>& group, Date day);
/// Of everybody.
std::vector<Household> households_on(const Record& record, Date day);

/// The days within `range` on which anything of a group may be otherwise than the day before.
std::vector<Date> changes_of(const std::vector<const Person*>& group, Interval range);

}  // namespace kinhub::service
