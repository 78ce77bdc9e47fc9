#pragma once
// The shelf of issued reports on SQLite.
// Included by sqlite_store.cpp alone.

#include "hub/base/sqlite.hpp"
#include "hub/store/issued.hpp"

namespace kinhub::sqlite {

struct IssuedQueries {
  explicit IssuedQueries(Database& of) : database(of) {}

  Database& database;
  Query add{database, "INSERT INTO issued VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING 1"};
#define KINHUB_ISSUED "SELECT series, version, issued_at_us, sealed FROM issued "
  Query find{database, KINHUB_ISSUED "WHERE series = ? AND version = ?"};
  Query latest{database, KINHUB_ISSUED "WHERE series = ? ORDER BY version DESC LIMIT 1"};
  Query page{database, KINHUB_ISSUED "WHERE (series, version) > (?, ?) ORDER BY series, version LIMIT ?"};
#undef KINHUB_ISSUED
};

class Issued final : public IssuedShelf {
 public:
  explicit Issued(IssuedQueries& sql) : sql_(sql) {}

  bool add(const IssuedRow& row) override {
    auto& add = sql_.add.bind_text(1, row.series)
                    .bind(2, row.version)
                    .bind(3, row.issued_at_us)
                    .bind_blob(4, row.content);
    const bool added = add.step();
    add.reset();
    return added;
  }
  std::optional<IssuedRow> find(std::string_view series, std::int64_t version) override {
    return one_of(sql_.find.bind_text(1, series).bind(2, version));
  }
  std::optional<IssuedRow> latest(std::string_view series) override {
    return one_of(sql_.latest.bind_text(1, series));
  }
  std::vector<IssuedRow> page(std::string_view series, std::int64_t version, std::size_t count_max) override {
    return rows_of(
        sql_.page.bind_text(1, series).bind(2, version).bind(3, static_cast<std::int64_t>(count_max)));
  }

 private:
  static std::vector<IssuedRow> rows_of(Query& query) {
    std::vector<IssuedRow> rows;
    while (query.step())
      rows.push_back({query.text(0), query.number(1), query.number(2), query.text(3)});
    return rows;
  }
  static std::optional<IssuedRow> one_of(Query& query) {
    auto rows = rows_of(query);
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
  }

  IssuedQueries& sql_;
};

}  // namespace kinhub::sqlite
