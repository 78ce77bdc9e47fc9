#pragma once
// The shelf of cases on SQLite.
// Included by sqlite_store.cpp alone.

#include <algorithm>
#include <limits>

#include "hub/base/sqlite.hpp"
#include "hub/store/cases.hpp"
#include "hub/store/sqlite/answers.hpp"
#include "hub/store/sqlite/tallies.hpp"

namespace kinhub::sqlite {

struct CasesQueries {
  explicit CasesQueries(Database& of) : database(of) {}

  Database& database;
#define KINHUB_CASE "SELECT person, kind, what, area, state, since, until, fen FROM person_case "
  Query of_person{database, KINHUB_CASE "WHERE person = ? ORDER BY kind, what"};
  Query get{database, KINHUB_CASE "WHERE person = ? AND kind = ? AND what = ?"};
  Query add{database, "INSERT OR IGNORE INTO person_case VALUES (?, ?, ?, ?, ?, ?, ?, ?)"};
  Query put{database,
            "UPDATE person_case SET area = ?4, state = ?5, since = ?6, until = ?7, fen = ?8 "
            "WHERE person = ?1 AND kind = ?2 AND what = ?3"};
  Query erase{database, "DELETE FROM person_case WHERE person = ? AND kind = ? AND what = ?"};
  // The rest of the area that the key stands in, then the areas behind it: of a row comparison SQLite would
  // use the area alone.
  Query page{
      database, KINHUB_CASE
      "WHERE state = ?1 AND kind = ?2 AND what = ?3 AND area = ?4 AND ?4 < ?6 AND person > ?5 UNION "
      "ALL " KINHUB_CASE
      "WHERE state = ?1 AND kind = ?2 AND what = ?3 AND area > ?4 AND area < ?6 ORDER BY 4, 1 LIMIT ?7"};
#undef KINHUB_CASE
};

class Cases final : public CaseShelf {
 public:
  Cases(CasesQueries& sql, Tallies& tallies) : sql_(sql), tallies_(tallies) {}

  std::vector<CaseRow> of(std::span<const std::int64_t> people) override {
    std::vector<CaseRow> rows;
    for (auto person : people)
      read(sql_.of_person.bind(1, person), rows);
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  void put(std::span<const CaseRow> rows) override {
    for (const auto& row : rows) {
      tallies_.change(Tally::cases, CaseCount::code(row), 1);
      bind(sql_.add, row).run();
      if (sqlite3_changes(sql_.database.handle()) == 1) continue;  // a new one: nothing to take out
      count(row.key);
      bind(sql_.put, row).run();
    }
  }
  void erase(std::span<const CaseKey> keys) override {
    for (const auto& key : keys) {
      count(key);
      bind(sql_.erase, key).run();
    }
  }
  std::vector<CaseRow> page(const CaseFilter& filter, const CasePlace& after,
                            std::size_t count_max) override {
    std::vector<CaseRow> rows;
    const bool begins = after.area < filter.area_from;
    read(sql_.page.bind(1, static_cast<std::int64_t>(filter.state))
             .bind(2, static_cast<std::int64_t>(filter.kind))
             .bind(3, std::int64_t{filter.what})
             .bind(4, begins ? filter.area_from - 1 : after.area)
             .bind(5, begins ? std::numeric_limits<std::int64_t>::max() : after.person)
             .bind(6, filter.area_until)
             .bind(7, static_cast<std::int64_t>(count_max)),
         rows);
    return rows;
  }
  std::vector<CaseCount> counts() override {
    std::vector<CaseCount> all;
    for (const auto& [code, number] : tallies_.counts(Tally::cases))
      all.push_back(CaseCount::of(code, number));
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  static Query& bind(Query& query, const CaseKey& key) {
    return query.bind(1, key.person)
        .bind(2, static_cast<std::int64_t>(key.kind))
        .bind(3, std::int64_t{key.what});
  }
  static Query& bind(Query& query, const CaseRow& row) {
    return bind(query, row.key)
        .bind(4, row.area)
        .bind(5, static_cast<std::int64_t>(row.state))
        .bind(6, row.since.days())
        .bind(7, row.until.days())
        .bind(8, row.fen);
  }
  static void read(Query& query, std::vector<CaseRow>& rows) {
    while (query.step()) {
      CaseRow row;
      row.key = {query.number(0), static_cast<CaseKind>(query.number(1)),
                 static_cast<std::uint16_t>(query.number(2))};
      row.area = query.number(3), row.state = static_cast<CaseState>(query.number(4));
      row.since = Date::from_days(static_cast<std::int32_t>(query.number(5)));
      row.until = Date::from_days(static_cast<std::int32_t>(query.number(6)));
      row.fen = query.number(7);
      rows.push_back(row);
    }
  }
  /// Takes the row that is there out of the count.
  void count(const CaseKey& key) {
    std::vector<CaseRow> before;
    read(bind(sql_.get, key), before);
    for (const auto& row : before)
      tallies_.change(Tally::cases, CaseCount::code(row), -1);
  }

  CasesQueries& sql_;
  Tallies& tallies_;
};

}  // namespace kinhub::sqlite
