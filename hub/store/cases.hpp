#pragma once
// The shelf of cases: a table for statistics. Who has which right, what was decided for them, which care
// condition they meet: in codes and days alone, under a reference that only the key of this hub can resolve
// (docs/decisions/0036-cases.md).

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <vector>

#include "hub/base/date.hpp"

namespace kinhub {

/// What a row is about. Stored: numbers stay.
enum class CaseKind : std::uint8_t {
  right = 0,     ///< what is due by the policies
  decided = 1,   ///< what a person confirmed
  condition = 2  ///< a condition of care, such as `special family` without an age line
};
/// How it stands on the day it was last looked at. Stored: numbers stay.
enum class CaseState : std::uint8_t {
  now = 0,       ///< surely
  possible = 1,  ///< now, as far as is known
  ahead = 2,     ///< begins later
  over = 3       ///< has ended
};

/// Key of a row. `what` is the code of a benefit or a condition: CaseWords of hub/lead/cases.hpp.
struct CaseKey {
  std::int64_t person = 0;  ///< keyed reference, no number of a dossier
  CaseKind kind{};
  std::uint16_t what = 0;
  friend auto operator<=>(const CaseKey&, const CaseKey&) = default;
};
struct CaseRow {
  CaseKey key;
  std::int64_t area = 0;  ///< twelve digits, filled up with zeros: 370306000000; 0: not known
  CaseState state{};
  Date since = Date::beginning(), until = Date::forever();  ///< [since, until): the run that `state` is about
  std::int64_t fen = 0;  ///< a period, on the first day of the run that is not past; -1: not known
  friend auto operator<=>(const CaseRow&, const CaseRow&) = default;
};

/// Which rows a page is of, within these areas: [area_from, area_until).
struct CaseFilter {
  CaseKind kind{};
  std::uint16_t what = 0;
  CaseState state{};
  std::int64_t area_from = 0, area_until = 1'000'000'000'000;
};
/// Where a page begins: behind this row.
struct CasePlace {
  std::int64_t area = -1, person = 0;
  friend auto operator<=>(const CasePlace&, const CasePlace&) = default;
};

/// How many rows are alike.
struct CaseCount {
  std::int64_t area = 0;
  CaseKind kind{};
  std::uint16_t what = 0;
  CaseState state{};
  std::int64_t number = 0;
  friend auto operator<=>(const CaseCount&, const CaseCount&) = default;

  /// As the kept count is coded: (((area * 65536) + what) * 4 + kind) * 4 + state. Stored.
  static std::int64_t code(const CaseRow& row);
  static CaseCount of(std::int64_t code, std::int64_t number);
};

class CaseShelf {
 public:
  virtual ~CaseShelf() = default;
  /// Bulk read, in order of key.
  virtual std::vector<CaseRow> of(std::span<const std::int64_t> people) = 0;
  /// Upsert by key. REQUIRES: each key once.
  virtual void put(std::span<const CaseRow> rows) = 0;
  virtual void erase(std::span<const CaseKey> keys) = 0;
  /// Rows behind `after`, in order of area and person.
  virtual std::vector<CaseRow> page(const CaseFilter& filter, const CasePlace& after,
                                    std::size_t count_max) = 0;
  /// Kept counts, in order; what there is none of is left out.
  virtual std::vector<CaseCount> counts() = 0;
};

}  // namespace kinhub
