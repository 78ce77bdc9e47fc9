#pragma once
// The shelf of entries on SQLite.
// Included by sqlite_store.cpp alone.

#include <map>

#include "hub/base/sqlite.hpp"
#include "hub/store/entries.hpp"
#include "hub/store/sqlite/answers.hpp"

namespace kinhub::sqlite {

struct EntriesQueries {
  explicit EntriesQueries(Database& of) : database(of) {}

  Database& database;
  Query code_of{database, "SELECT code FROM entry_source WHERE source = ?"};
  Query add_source{database, "INSERT INTO entry_source (source) VALUES (?)"};
  Query put{database,
            "INSERT INTO entry VALUES (?, ?, ?, ?, 0, 0) ON CONFLICT DO UPDATE SET kind = excluded.kind, "
            "told = excluded.told, record = 0"};
  Query fill{database, "INSERT OR IGNORE INTO entry VALUES (?, ?, ?, ?, 0, 0)"};
  Query mark{database, "UPDATE entry SET record = ?4, run = ?5 WHERE source = ?1 AND key = ?2 AND told = ?3"};
  Query find{database, "SELECT key, kind, told, record, run FROM entry WHERE source = ? AND key = ?"};
  Query page{database,
             "SELECT key, kind, told, record, run FROM entry WHERE source = ? AND key > ? ORDER BY key LIMIT "
             "?"};
};

class Entries final : public EntryShelf {
 public:
  explicit Entries(EntriesQueries& sql) : sql_(sql) {}

  void put(const std::string& source, std::span<const EntryRow> rows) override {
    write(sql_.put, source, rows);
  }
  void fill(const std::string& source, std::span<const EntryRow> rows) override {
    write(sql_.fill, source, rows);
  }
  std::int64_t mark(const std::string& source, std::span<const EntryRow> rows) override {
    const auto code = code_of(source);
    std::int64_t marked = 0;
    for (const auto& row : rows) {
      sql_.mark.bind(1, code)
          .bind_blob(2, row.key.view())
          .bind(3, static_cast<std::int64_t>(row.told))
          .bind(4, static_cast<std::int64_t>(row.record))
          .bind(5, row.run)
          .run();
      marked += sqlite3_changes(sql_.database.handle());
    }
    return marked;
  }
  std::vector<EntryRow> find(const std::string& source, std::span<const Token> keys) override {
    const auto code = code_of(source);
    std::vector<EntryRow> rows;
    for (const auto& key : keys) {
      auto& get = sql_.find.bind(1, code).bind_blob(2, key.view());
      while (get.step())
        rows.push_back(row_of(get));
    }
    return rows;
  }
  std::vector<EntryRow> page(const std::string& source, const Token& after, std::size_t count_max) override {
    std::vector<EntryRow> rows;
    auto& get = sql_.page.bind(1, code_of(source))
                    .bind_blob(2, after.view())
                    .bind(3, static_cast<std::int64_t>(count_max));
    while (get.step())
      rows.push_back(row_of(get));
    return rows;
  }

 private:
  /// 0: it has no entries.
  std::int64_t code_of(const std::string& source) {
    if (const auto known = codes_.find(source); known != codes_.end()) return known->second;
    const auto code = one_number(sql_.code_of.bind_text(1, source));
    if (code != 0) codes_.emplace(source, code);
    return code;
  }
  void write(Query& query, const std::string& source, std::span<const EntryRow> rows) {
    if (rows.empty()) return;
    auto code = code_of(source);
    if (code == 0) {
      sql_.add_source.bind_text(1, source).run();
      code = code_of(source);
    }
    for (const auto& row : rows)
      query.bind(1, code)
          .bind_blob(2, row.key.view())
          .bind(3, 2 * static_cast<std::int64_t>(row.kind) + (row.asserts ? 1 : 0))
          .bind(4, static_cast<std::int64_t>(row.told))
          .run();
  }
  static EntryRow row_of(const Query& get) {
    const auto kind = get.number(1);
    return {Token::from(get.bytes(0)),
            static_cast<FactKind>(kind / 2),
            kind % 2 != 0,
            static_cast<std::uint64_t>(get.number(2)),
            static_cast<std::uint64_t>(get.number(3)),
            get.number(4)};
  }

  EntriesQueries& sql_;
  std::map<std::string, std::int64_t> codes_;
};

}  // namespace kinhub::sqlite
