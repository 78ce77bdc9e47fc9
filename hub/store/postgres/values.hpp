#pragma once
// The shelf of named values on PostgreSQL.
// Included by postgres_store.cpp alone.

#include <map>
#include <string>

#include "hub/store/postgres/session.hpp"
#include "hub/store/values.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query get_value{"get value", "SELECT value FROM value WHERE name = $1::text"};
inline constexpr Query put_values{
    "put values",
    "INSERT INTO value SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT "
    "(name) DO UPDATE SET value = excluded.value"};
inline constexpr Query put_dated{
    "put dated",
    "INSERT INTO dated VALUES ($1::text, $2::bigint, $3::bytea) ON CONFLICT (name, "
    "at_us) DO UPDATE SET value = excluded.value"};
inline constexpr Query get_dated{"get dated",
                                 "SELECT at_us, value FROM dated WHERE name = $1::text ORDER BY at_us"};

}  // namespace sql

class Values final : public ValueShelf, public Buffer {
 public:
  explicit Values(Session& session) : session_(session) { session_.add(*this); }

  void flush() override {
    if (values_.empty()) return;
    Column name(Element::text), value(Element::bytes);
    for (const auto& [key, bytes] : values_)
      name.add(key), value.add(bytes);
    session_.queue(sql::put_values, Parameters().add(std::move(name)).add(std::move(value)));
    values_.clear();
  }

  std::string get(const std::string& name) override {
    if (auto kept = values_.find(name); kept != values_.end()) return kept->second;
    auto rows = session_.ask(sql::get_value, Parameters().add(name));
    return rows.size() == 0 ? std::string() : rows.text(0, 0);
  }
  void put(const std::string& name, std::string_view value) override {
    values_.insert_or_assign(name, std::string(value));
    session_.kept_back(value.size());
  }

  void put_dated(const DatedRow& row) override {
    session_.queue(sql::put_dated, Parameters().add(row.name).add(row.at_us).add(row.value));
  }
  std::vector<DatedRow> dated(const std::string& name) override {
    std::vector<DatedRow> rows;
    auto found = session_.ask(sql::get_dated, Parameters().add(name));
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({name, found.number(row, 0), found.text(row, 1)});
    return rows;
  }

 private:
  Session& session_;
  std::map<std::string, std::string> values_;  ///< kept back
};

}  // namespace kinhub::postgres
