#pragma once
// Archives (specification of care 1.1): one for each care household, opened, handed over, closed by people.
// Pure.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/result.hpp"
#include "hub/service/counted.hpp"

namespace kinhub::service {

/// The number of an archive: county, town at its opening, year, serial of county and year.
struct ArchiveNumber {
  std::string county, town;  ///< six digits; nine
  int year = 0, serial = 0;
  /// Parses CCCCCC-TTT-YYYY-NNNNN. Error: ARCHIVE_NUMBER.
  static Result<ArchiveNumber> read(std::string_view text);
  std::string text() const;
};

/// An archive with its life.
struct Archive {
  std::string number;
  PersonId cover;                           ///< who stands on the cover
  std::vector<Interval> open;               ///< [opened, closed), again after a restoration
  std::vector<const ArchiveEvent*> events;  ///< by day

  bool is_open(Date day) const;
  /// When the span of openness that holds a day began. REQUIRES: is_open(day).
  Date opened_before(Date day) const;
};

/// All archives of a record, in order of their numbers.
std::vector<Archive> archives_of(const Record& record);
/// The next free number of a town in a year.
ArchiveNumber next_number(const Record& record, std::string_view town, int year);

/// Which people an archive is about, day by day. It stays with who stands on the cover; after their death
/// with the widow or widower (1.1). Outlives neither record nor groups.
class Keeping {
 public:
  explicit Keeping(const Record& record);

  /// The household of an archive on a day; nothing: nobody of it is a member.
  std::optional<Household> household(const Archive& archive, Date day) const;
  /// Where it counts on a day (0.4): the seat of the household; of one without members, where who stands on
  /// the cover is registered, or was last. Empty: not known.
  std::string seat(const Archive& archive, Date day) const;
  /// Everybody who may ever be of it.
  const std::vector<const Person*>& people(const Archive& archive) const;
  const std::vector<std::vector<const Person*>>& groups() const { return groups_; }

 private:
  const Record& record_;
  std::vector<std::vector<const Person*>> groups_;
  std::map<PersonId, std::size_t> group_of_;
  std::vector<const Person*> nobody_;
};

}  // namespace kinhub::service
