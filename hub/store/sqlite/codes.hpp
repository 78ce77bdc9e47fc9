#pragma once
// The shelf of row codes on SQLite.
// Included by sqlite_store.cpp alone.

#include <fmt/format.h>

#include "hub/base/sqlite.hpp"
#include "hub/store/codes.hpp"

namespace kinhub::sqlite {

struct CodesQueries {
  explicit CodesQueries(Database& of) : database(of) {}

  Database& database;
  Query get{database, "SELECT code FROM row_code WHERE what = ? AND key = ?"};
  Query put{database, "INSERT INTO row_code VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET code = excluded.code"};
  Query erase{database, "DELETE FROM row_code WHERE what = ? AND key = ?"};
  Query under{database, "SELECT key, code FROM row_code WHERE what = ? AND key >= ? AND key < ?"};
  Query page{database, "SELECT key, code FROM row_code WHERE what = ? AND key > ? ORDER BY key LIMIT ?"};
  Query dossier_code{database, "UPDATE dossier SET code = ?2 WHERE person = ?1"};
};

class Codes final : public CodeShelf {
 public:
  explicit Codes(CodesQueries& sql) : sql_(sql) {}

  std::vector<CodeRow> find(Coded table, std::span<const std::string> keys) override {
    std::vector<CodeRow> rows;
    for (const auto& key : keys) {
      auto& get = sql_.get.bind(1, number_of(table)).bind_blob(2, key);
      if (!get.step()) continue;
      rows.push_back({key, static_cast<std::uint64_t>(get.number(0))});
      get.reset();
    }
    return rows;
  }
  void put(Coded table, std::span<const CodeRow> rows) override {
    for (const auto& row : rows)
      sql_.put.bind(1, number_of(table))
          .bind_blob(2, row.key)
          .bind(3, static_cast<std::int64_t>(row.code))
          .run();
  }
  void erase(Coded table, std::span<const std::string> keys) override {
    for (const auto& key : keys)
      sql_.erase.bind(1, number_of(table)).bind_blob(2, key).run();
  }
  std::vector<CodeRow> under(Coded table, std::span<const std::string> prefixes) override {
    std::vector<CodeRow> rows;
    for (const auto& prefix : prefixes) {
      const auto behind = behind_prefix(prefix);
      auto& get = sql_.under.bind(1, number_of(table)).bind_blob(2, prefix).bind_blob(3, behind);
      while (get.step())
        rows.push_back({get.text(0), static_cast<std::uint64_t>(get.number(1))});
    }
    return rows;
  }
  std::vector<CodeRow> page(Coded table, std::string_view after, std::size_t count_max) override {
    std::vector<CodeRow> rows;
    auto& page =
        sql_.page.bind(1, number_of(table)).bind_blob(2, after).bind(3, static_cast<std::int64_t>(count_max));
    while (page.step())
      rows.push_back({page.text(0), static_cast<std::uint64_t>(page.number(1))});
    return rows;
  }

  std::vector<PlainRow> rows(Coded table, const PlainRow* after, std::int64_t from,
                             std::size_t count_max) override {
    const auto& words = words_of(table);
    const bool numbered = words.columns[0].type == CodedColumn::Type::number;
    std::string columns, key, marks;
    for (std::size_t i = 0; i < words.columns.size(); ++i) {
      columns += (i == 0 ? "" : ", ") + std::string(words.columns[i].sqlite);
      if (i >= words.key_size) continue;
      key += (i == 0 ? "" : ", ") + std::string(words.columns[i].sqlite);
      marks += i == 0 ? "?" : ", ?";
    }
    const auto where = after != nullptr ? fmt::format(" WHERE ({}) > ({})", key, marks)
                       : numbered       ? fmt::format(" WHERE {} >= ?", words.columns[0].sqlite)
                                        : std::string();
    const auto sql =
        fmt::format("SELECT {}, {} FROM {}{} ORDER BY {} LIMIT {}", columns,
                    table == Coded::dossier ? "code" : "0", words.sqlite_table, where, key, count_max);
    Query page(sql_.database, sql.c_str());
    if (after != nullptr)
      for (std::size_t i = 0; i < words.key_size; ++i)
        bind(page, static_cast<int>(i) + 1, words.columns[i].type, after->cells[i]);
    else if (numbered)
      page.bind(1, from);
    std::vector<PlainRow> rows;
    while (page.step()) {
      PlainRow row;
      for (std::size_t i = 0; i < words.columns.size(); ++i)
        row.cells.push_back(cell_of(page, static_cast<int>(i), words.columns[i].type));
      row.code = static_cast<std::uint64_t>(page.number(static_cast<int>(words.columns.size())));
      rows.push_back(std::move(row));
    }
    return rows;
  }
  void put_dossier_code(std::int64_t person, std::uint64_t code) override {
    sql_.dossier_code.bind(1, person).bind(2, static_cast<std::int64_t>(code)).run();
  }

 private:
  static std::int64_t number_of(Coded table) { return static_cast<std::int64_t>(table); }
  static void bind(Query& query, int at, CodedColumn::Type type, const Cell& cell) {
    if (type == CodedColumn::Type::number)
      query.bind(at, cell.number);
    else if (type == CodedColumn::Type::text)
      query.bind_text(at, cell.bytes);
    else
      query.bind_blob(at, cell.bytes);
  }
  static Cell cell_of(const Query& query, int at, CodedColumn::Type type) {
    if (query.is_null(at)) return {};
    return type == CodedColumn::Type::number ? Cell::of(query.number(at)) : Cell::of(query.bytes(at));
  }
  CodesQueries& sql_;
};

}  // namespace kinhub::sqlite
