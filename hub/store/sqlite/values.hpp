#pragma once
// The shelf of named values on SQLite.
// Included by sqlite_store.cpp alone.

#include "hub/base/sqlite.hpp"
#include "hub/store/values.hpp"

namespace kinhub::sqlite {

struct ValuesQueries {
  explicit ValuesQueries(Database& of) : database(of) {}

  Database& database;
  Query get_value{database, "SELECT value FROM value WHERE name = ?"};
  Query put_value{database,
                  "INSERT INTO value VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"};
  Query put_dated{database,
                  "INSERT INTO dated VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"};
  Query get_dated{database, "SELECT at_us, value FROM dated WHERE name = ? ORDER BY at_us"};
};

class Values final : public ValueShelf {
 public:
  explicit Values(ValuesQueries& sql) : sql_(sql) {}

  std::string get(const std::string& name) override {
    sql_.get_value.bind_text(1, name);
    if (!sql_.get_value.step()) return {};
    auto found = sql_.get_value.text(0);
    sql_.get_value.reset();
    return found;
  }
  void put(const std::string& name, std::string_view value) override {
    sql_.put_value.bind_text(1, name).bind_blob(2, value).run();
  }

  void put_dated(const DatedRow& row) override {
    sql_.put_dated.bind_text(1, row.name).bind(2, row.at_us).bind_blob(3, row.value).run();
  }
  std::vector<DatedRow> dated(const std::string& name) override {
    std::vector<DatedRow> rows;
    auto& get = sql_.get_dated.bind_text(1, name);
    while (get.step())
      rows.push_back({name, get.number(0), get.text(1)});
    return rows;
  }

 private:
  ValuesQueries& sql_;
};

}  // namespace kinhub::sqlite
