#pragma once
// The shelf of the balance on SQLite.
// Included by sqlite_store.cpp alone.

#include "hub/base/sqlite.hpp"
#include "hub/store/balance.hpp"

namespace kinhub::sqlite {

struct BalanceQueries {
  explicit BalanceQueries(Database& of) : database(of) {}

  Database& database;
  Query get_counters{database,
                     "SELECT source, applied, filtered, duplicate, quarantined, discarded, "
                     "repeated, lost, unmatched, unnamed FROM counter ORDER BY source"};
  Query add_counters{
      database,
      "INSERT INTO counter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET applied = applied "
      "+ "
      "excluded.applied, "
      "filtered = filtered + excluded.filtered, duplicate = duplicate + excluded.duplicate, "
      "quarantined = quarantined + excluded.quarantined, discarded = discarded + excluded.discarded, "
      "repeated = repeated + excluded.repeated, lost = lost + excluded.lost, "
      "unmatched = unmatched + excluded.unmatched, unnamed = unnamed + excluded.unnamed"};
  Query get_coverage{database, "SELECT source, loaded, complete_until_us FROM coverage ORDER BY source"};
  Query put_coverage{
      database,
      "INSERT INTO coverage VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET loaded = excluded.loaded, "
      "complete_until_us = excluded.complete_until_us"};
};

class Balance final : public BalanceShelf {
 public:
  explicit Balance(BalanceQueries& sql) : sql_(sql) {}

  std::vector<std::pair<std::string, Counters>> counters() override {
    std::vector<std::pair<std::string, Counters>> rows;
    auto& get = sql_.get_counters;
    while (get.step())
      rows.push_back({get.text(0),
                      {get.number(1), get.number(2), get.number(3), get.number(4), get.number(5),
                       get.number(6), get.number(7), get.number(8), get.number(9)}});
    return rows;
  }
  void add_counters(const std::string& source, const Counters& change) override {
    sql_.add_counters.bind_text(1, source)
        .bind(2, change.applied)
        .bind(3, change.filtered)
        .bind(4, change.duplicate)
        .bind(5, change.quarantined)
        .bind(6, change.discarded)
        .bind(7, change.repeated)
        .bind(8, change.lost)
        .bind(9, change.unmatched)
        .bind(10, change.unnamed)
        .run();
  }
  std::vector<CoverageRow> coverage() override {
    std::vector<CoverageRow> rows;
    auto& get = sql_.get_coverage;
    while (get.step())
      rows.push_back({get.text(0), get.number(1) != 0, get.number(2)});
    return rows;
  }
  void put_coverage(const CoverageRow& row) override {
    sql_.put_coverage.bind_text(1, row.source)
        .bind(2, row.loaded ? 1 : 0)
        .bind(3, row.complete_until_us)
        .run();
  }

 private:
  BalanceQueries& sql_;
};

}  // namespace kinhub::sqlite
