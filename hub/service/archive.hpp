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
  /// Whether somebody is of an archive on a day: stands on its cover, or is of its household; of one that has
  /// no member any more, was of it last.
  bool is_of(const Archive& archive, PersonId person, Date day) const;
  /// Everybody who may ever be of it.
  const std::vector<const Person*>& people(const Archive& archive) const;
  const std::vector<std::vector<const Person*>>& groups() const { return groups_; }

 private:
  const Record& record_;
  std::vector<std::vector<const Person*>> groups_;
  std::map<PersonId, std::size_t> group_of_;
  std::vector<const Person*> nobody_;
};

/// All archives, and what was told under their numbers by who is not of them.
struct ArchiveBook {
  std::vector<Archive> archives;            ///< in order of their numbers
  std::vector<const ArchiveEvent*> strays;  ///< of no archive, in order of their numbers, then by day
};

/// Makes archives of what was told of them. A number is the household's for which it was opened first, in the
/// order of entering; what somebody else is told of under it, and what is told under no number at all,
/// belongs to no archive.
ArchiveBook book_of(const Record& record, const Keeping& keeping);
std::vector<Archive> archives_of(const Record& record);

/// What is wrong with an event that is about to be entered: ARCHIVE_NUMBER, ARCHIVE_TAKEN (the number is
/// another household's), ARCHIVE_SEAT (it is opened for another county or town than that of the household),
/// FIELD_MISSING (received, and the town is not told).
std::optional<Error> archive_fault(const Record& record, const ArchiveEvent& entered);
/// The number that an archive opened for somebody on a day would get; empty: the town is not known.
std::string number_offered(const Record& record, PersonId person, Date day);

}  // namespace kinhub::service
