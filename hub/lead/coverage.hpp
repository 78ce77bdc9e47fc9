#pragma once
// Coverage, the completeness of sources: on which days they are known to be complete, so that
// their silence means something.

#include <string>
#include <vector>

#include "hub/record/situation.hpp"
#include "hub/store/balance.hpp"
#include "hub/store/quarantine.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// Scope of a source's completeness, once its snapshot was loaded.
enum class Covers : std::uint8_t { births, adoptions, marriages, residence };

struct SourceCovers {
  std::string source;
  std::vector<Covers> covers;
  Date marriages_since = Date::beginning();  ///< the register holds no marriage contracted before
};

/// Records what a source has said of its completeness by a time, inside the batch's transaction: the row, and
/// a dated value where coverage_of() could tell the difference, which is once a day at most.
void note_coverage(StoreTransaction& store, const CoverageRow& before, const CoverageRow& now,
                   std::int64_t at_us);
/// The rows as they were then. What was said before dated values were kept counts as said at all times.
std::vector<CoverageRow> coverage_as_known(StoreTransaction& store, std::int64_t known_at_us);

/// Derives coverage, pure: what silence of the sources means on which days. A kind of fact is covered when
/// every source that covers it has been loaded; the cover ends where a source has been silent for more than
/// `stale_days` before `today`.
SituationCoverage coverage_of(const std::vector<CoverageRow>& rows, const std::vector<SourceCovers>& covers,
                              Date today, int stale_days = 35);

/// Narrows coverage for one person, pure: silence of a source says nothing about a person of whom something
/// that it said is `held` in quarantine, unread.
SituationCoverage without_held(SituationCoverage coverage, const std::vector<HeldMention>& held,
                               const std::vector<SourceCovers>& covers);

}  // namespace kinhub
