#pragma once
// What-if at the desk: the question, and the answer as a value, masked by the guard.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "hub/desk/views.hpp"
#include "hub/policy/what_if.hpp"

namespace kinhub {

/// Which policies to try out beside those that count.
struct WhatIfQuestion {
  std::filesystem::path
      named;           ///< a policy file, which takes its place among the configured ones; or a folder
  std::string region;  ///< only of areas that begin so; empty: everybody
  Interval months;     ///< begins and ends with the first of a month
};

/// What other policies would change, over everybody.
struct WhatIfView {
  std::string named, region;
  Interval months;
  std::int64_t people = 0;      ///< looked at
  std::int64_t unreadable = 0;  ///< records that could not be read: in no sum
  bool repriced = false;        ///< only sums and payment rules differ: rights were evaluated once
  struct Benefit {
    std::string id, title;
    bool household = false;
    bool before = true, after = true;  ///< whether the policies have it
    ChangeSums sums;
  };
  std::vector<Benefit> benefits;  ///< those under which anything stands
  ChangeSums all;
  struct Cell {
    std::string benefit, area;  ///< empty area: not known
    Date month;
    CellSums sums;
  };
  std::vector<Cell> cells;  ///< by area, benefit and month; only those that are not empty
  /// A family as an example: why it is so under both.
  struct Sample {
    PersonView person;
    std::string benefit, what;  ///< more, less, moved, pending
    std::int64_t fen_before = 0, fen_after = 0;
    Date on;  ///< the day that is explained: the first on which the two differ
    std::vector<SpanView> before, after;
    std::optional<ExplanationView> why_before, why_after;  ///< nothing: the policies do not have the benefit
    std::vector<std::string> areas;                        ///< in which its months count
  };
  std::vector<Sample> samples;
  std::int64_t withheld = 0;  ///< cells of fewer than five people that a report leaves out
};

/// Sums of the cells, by what `key` makes of each.
template <class Key>
auto sums_by(const std::vector<WhatIfView::Cell>& cells, Key key) {
  std::map<decltype(key(cells.front())), CellSums> sums;
  for (const auto& cell : cells)
    sums[key(cell)].add(cell.sums);
  return sums;
}

/// Statistical disclosure control of a report that goes from hand to hand, pure. An area in which fewer than
/// five people have a benefit in any month is told together with others there, as "*", and none of its people
/// is an example; what is still under five is left out, and everything where the whole is. Examples say
/// months, not days.
WhatIfView without_small_areas(WhatIfView view);
/// The report as CSV, one line for each benefit, area and month; and as one printable page with charts.
std::string what_if_csv(const WhatIfView& view);
std::string what_if_html(const WhatIfView& view);

/// The folder of a report: made, and written to once, before there is anything to write, so that what cannot
/// be written is known first. What it made and is empty in the end is gone with it.
class WhatIfReport {
 public:
  explicit WhatIfReport(std::filesystem::path folder);
  ~WhatIfReport();
  WhatIfReport(const WhatIfReport&) = delete;
  WhatIfReport& operator=(const WhatIfReport&) = delete;
  /// Writes what-if.html, what-if.csv and what-if.json, each whole or not at all; without small areas.
  void write(const WhatIfView& view) const;

 private:
  std::filesystem::path folder_;
  std::vector<std::filesystem::path> made_;  ///< the innermost first
};

}  // namespace kinhub
