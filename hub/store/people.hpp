#pragma once
// The shelf of people: dossiers, two indexes to find them by, and the calendar.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/base/id.hpp"
#include "hub/base/secrets.hpp"

namespace kinhub {

struct EntryRow;

/// Plain flags beside the dossier; they save two look-ups.
struct PersonMarks {
  bool leads = false;        ///< has or had a lead, or something was decided for them
  bool next_change = false;  ///< stands in the calendar of rights that change by themselves
  bool unnamed = false;      ///< its deaths are counted in Counters::unnamed
  bool cases = false;        ///< has rows in the table of cases
  friend bool operator==(const PersonMarks&, const PersonMarks&) = default;
};
/// Bit set of the marks, as both stores keep them; released bits are never reused.
std::int64_t bits_of(PersonMarks marks);
PersonMarks marks_of(std::int64_t bits);

struct DossierRow {
  PersonId person;
  PersonMarks marks;
  std::string sealed;      ///< empty: nothing mentions this person any more, only the marks are left
  std::uint64_t code = 0;  ///< of the row: row_code.hpp
  bool damaged = false;    ///< read, and the code does not fit: nothing of it may be used
};
struct HolderRow {
  Token identifier;
  PersonId person;
  friend auto operator<=>(const HolderRow&, const HolderRow&) = default;
};
struct HomeRow {
  Token history;
  PersonId person;
  friend bool operator==(const HomeRow&, const HomeRow&) = default;
};

/// Entry of the calendar. A page behind the first one there can be is the first.
struct DueRow {
  Date day = Date::beginning();
  PersonId person;
  friend auto operator<=>(const DueRow&, const DueRow&) = default;
};

/// Everything comes and goes in bulk: a batch asks once for all it can foresee. Rows that are not there are
/// left out of the answer, which is in no particular order. Writes may be kept back until they are read or
/// committed; sorted input is fastest.
class PeopleShelf {
 public:
  virtual ~PeopleShelf() = default;
  virtual PersonId new_person() = 0;
  /// The last one that new_person() gave; 0: none yet.
  virtual PersonId last_person() = 0;
  virtual std::vector<DossierRow> dossiers(std::span<const PersonId> people) = 0;
  virtual void put_dossiers(std::span<const DossierRow> rows) = 0;
  virtual void erase_dossiers(std::span<const PersonId> people) = 0;
  virtual std::vector<HolderRow> holders(std::span<const Token> identifiers) = 0;
  virtual void add_holders(std::span<const HolderRow> rows) = 0;
  virtual void remove_holders(std::span<const HolderRow> rows) = 0;
  /// Index look-up: for each history of a source a person whose dossier has it.
  virtual std::vector<HomeRow> homes(const std::string& source, std::span<const Token> histories) = 0;
  /// Upsert of the index rows of histories that an event touched: `kind`, `asserts`, `told` and `home` as
  /// given. The record that was found equal before is forgotten; the last run stays. REQUIRES: homes.
  virtual void put_histories(const std::string& source, std::span<const EntryRow> rows) = 0;
  /// Everyone who has a dossier that is not empty, behind `after` in order of id.
  virtual std::vector<PersonId> page(PersonId after, std::size_t count_max) = 0;
  /// Visits them all, page by page.
  void each(const std::function<void(PersonId)>& visit);
  struct Size {
    std::int64_t people = 0, histories = 0;
  };
  /// Kept counts: of dossiers that are not empty, and of histories.
  virtual Size size() = 0;

  /// Calendar index: the next day a person's rights change by themselves.
  virtual void set_next_change(PersonId person, std::optional<Date> day) = 0;
  /// Next change on or before that day, behind `after` in order of day and person.
  virtual std::vector<DueRow> due(Date until, const DueRow& after, std::size_t count_max) = 0;
  /// Bulk read of the calendar's entries of these people.
  virtual std::vector<DueRow> next_changes(std::span<const PersonId> people) = 0;
  void each_due(Date until, const std::function<void(PersonId)>& visit);
};

}  // namespace kinhub
