#include "hub/lead/coverage.hpp"

#include <algorithm>

#include "hub/base/clock.hpp"

namespace kinhub {

SituationCoverage coverage_of(const std::vector<CoverageRow>& rows, const std::vector<SourceCovers>& covers,
                              Date today, int stale_days) {
  const Interval never{Date::beginning(), Date::beginning()};
  auto covered = [&](Covers kind) {
    Interval when{Date::beginning(), Date::forever()};
    bool any = false;
    for (const auto& source : covers) {
      if (std::find(source.covers.begin(), source.covers.end(), kind) == source.covers.end()) continue;
      any = true;
      auto row = std::find_if(rows.begin(), rows.end(),
                              [&](const auto& known) { return known.source == source.source; });
      if (row == rows.end() || !row->loaded) return never;
      if (kind == Covers::marriages) when.from = std::max(when.from, source.marriages_since);
      auto until = shanghai_date(row->complete_until_us);
      if (until.plus_days(stale_days) < today) when.until = std::min(when.until, until);
    }
    return any ? when : never;
  };
  SituationCoverage coverage;
  coverage.children = overlap(covered(Covers::births), covered(Covers::adoptions));
  coverage.marriages = covered(Covers::marriages);
  coverage.residence = covered(Covers::residence);
  return coverage;
}

}  // namespace kinhub
