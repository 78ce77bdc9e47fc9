#pragma once
// The shelf of named values on SQLite.
// Included by sqlite_store.cpp alone.

#include <charconv>
#include <cstdint>
#include <string_view>
#include <system_error>

#include "hub/base/sqlite.hpp"
#include "hub/store/values.hpp"

namespace kinhub::sqlite {

/// The last number given, as it is kept; 0 where it cannot be one. Lenient: whoever spoils it must not keep
/// the hub from starting, and the sealed running digests know the number better.
inline std::int64_t last_number_in(std::string_view kept) {
  constexpr std::int64_t number_max = std::int64_t{1} << 53;
  std::int64_t number = 0;
  const auto* end = kept.data() + kept.size();
  const auto [at, failed] = std::from_chars(kept.data(), end, number);
  return failed == std::errc() && at == end && number > 0 && number < number_max ? number : 0;
}

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
