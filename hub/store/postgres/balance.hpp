#pragma once
// The shelf of the balance on PostgreSQL.
// Included by postgres_store.cpp alone.

#include "hub/store/balance.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query get_counters{"get counters",
                                    "SELECT source, applied, filtered, duplicate, quarantined, discarded, "
                                    "repeated, lost, unmatched, unnamed FROM counter ORDER BY source"};
inline constexpr Query add_counters{
    "add counters",
    "INSERT INTO counter VALUES ($1::text, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::bigint, "
    "$7::bigint, $8::bigint, $9::bigint, $10::bigint) "
    "ON CONFLICT (source) DO UPDATE SET applied = counter.applied + excluded.applied, "
    "filtered = counter.filtered + excluded.filtered, duplicate = counter.duplicate + excluded.duplicate, "
    "quarantined = counter.quarantined + excluded.quarantined, discarded = counter.discarded + "
    "excluded.discarded, "
    "repeated = counter.repeated + excluded.repeated, lost = counter.lost + excluded.lost, "
    "unmatched = counter.unmatched + excluded.unmatched, unnamed = counter.unnamed + excluded.unnamed"};
inline constexpr Query get_coverage{"get coverage",
                                    "SELECT source, loaded, complete_until_us FROM coverage ORDER BY source"};
inline constexpr Query put_coverage{
    "put coverage",
    "INSERT INTO coverage VALUES ($1::text, $2::bigint <> 0, $3::bigint) ON CONFLICT (source) DO UPDATE SET "
    "loaded = excluded.loaded, complete_until_us = excluded.complete_until_us"};

}  // namespace sql

class Balance final : public BalanceShelf {
 public:
  explicit Balance(Session& session) : session_(session) {}

  std::vector<std::pair<std::string, Counters>> counters() override {
    std::vector<std::pair<std::string, Counters>> rows;
    auto found = session_.ask(sql::get_counters);
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.text(row, 0),
                      {found.number(row, 1), found.number(row, 2), found.number(row, 3), found.number(row, 4),
                       found.number(row, 5), found.number(row, 6), found.number(row, 7), found.number(row, 8),
                       found.number(row, 9)}});
    return rows;
  }
  void add_counters(const std::string& source, const Counters& change) override {
    session_.queue(sql::add_counters, Parameters()
                                          .add(source)
                                          .add(change.applied)
                                          .add(change.filtered)
                                          .add(change.duplicate)
                                          .add(change.quarantined)
                                          .add(change.discarded)
                                          .add(change.repeated)
                                          .add(change.lost)
                                          .add(change.unmatched)
                                          .add(change.unnamed));
  }
  std::vector<CoverageRow> coverage() override {
    std::vector<CoverageRow> rows;
    auto found = session_.ask(sql::get_coverage);
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.text(row, 0), found.number(row, 1) != 0, found.number(row, 2)});
    return rows;
  }
  void put_coverage(const CoverageRow& row) override {
    session_.queue(sql::put_coverage,
                   Parameters().add(row.source).add(std::int64_t{row.loaded}).add(row.complete_until_us));
  }

 private:
  Session& session_;
};

}  // namespace kinhub::postgres
