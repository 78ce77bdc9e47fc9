#include "hub/lead/coverage.hpp"

#include <algorithm>

#include "hub/base/clock.hpp"

namespace kinhub {
namespace {

constexpr Interval never{Date::beginning(), Date::beginning()};

}  // namespace

SituationCoverage coverage_of(const std::vector<CoverageRow>& rows, const std::vector<SourceCovers>& covers,
                              Date today, int stale_days) {
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

SituationCoverage without_held(SituationCoverage coverage, const std::vector<HeldMention>& held,
                               const std::vector<SourceCovers>& covers) {
  for (const auto& mention : held)
    for (const auto& source : covers) {
      if (source.source != mention.source) continue;
      for (auto kind : source.covers)
        switch (kind) {
          case Covers::births:
          case Covers::adoptions:
            coverage.children = never;
            break;
          case Covers::marriages:
            coverage.marriages = never;
            break;
          case Covers::residence:
            coverage.residence = never;
            break;
        }
    }
  return coverage;
}

}  // namespace kinhub
