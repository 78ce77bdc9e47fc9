#include "hub/lead/coverage.hpp"

#include <algorithm>

#include "hub/base/bytes.hpp"
#include "hub/base/clock.hpp"
#include "hub/store/values.hpp"

namespace kinhub {
namespace {

constexpr Interval never{Date::beginning(), Date::beginning()};

std::string dated_name(const std::string& source) {
  return "coverage " + source;
}

std::string to_bytes(const CoverageRow& row) {
  Packer out;
  out.number(row.loaded ? 1 : 0), out.signed_number(row.complete_until_us);
  return out.take();
}
CoverageRow coverage_from(const std::string& source, std::string_view bytes) {
  Unpacker in(bytes);
  CoverageRow row{source};
  row.loaded = in.number() != 0, row.complete_until_us = in.signed_number();
  return row;
}

}  // namespace

void note_coverage(StoreTransaction& store, const CoverageRow& before, const CoverageRow& now,
                   std::int64_t at_us) {
  store.balance().put_coverage(now);
  if (before.loaded == now.loaded &&
      shanghai_date(before.complete_until_us) == shanghai_date(now.complete_until_us))
    return;
  const auto name = dated_name(now.source);
  const bool said_undated = before.loaded || before.complete_until_us != 0;
  if (said_undated && store.values().dated(name).empty())
    store.values().put_dated({name, 0, to_bytes(before)});
  store.values().put_dated({name, at_us, to_bytes(now)});
}

std::vector<CoverageRow> coverage_as_known(StoreTransaction& store, std::int64_t known_at_us) {
  std::vector<CoverageRow> rows;
  for (auto& now : store.balance().coverage()) {
    const auto dated = store.values().dated(dated_name(now.source));
    const auto later = std::find_if(dated.begin(), dated.end(),
                                    [&](const DatedRow& row) { return row.at_us > known_at_us; });
    if (dated.empty())
      rows.push_back(std::move(now));
    else if (later != dated.begin())
      rows.push_back(coverage_from(now.source, std::prev(later)->value));
  }
  return rows;
}

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
