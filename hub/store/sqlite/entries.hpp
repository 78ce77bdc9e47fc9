#pragma once
// The shelf of entries on SQLite: one row for each version history, which also says where it stands.
// Included by sqlite_store.cpp alone.

#include <map>
#include <optional>
#include <unordered_set>

#include "hub/base/sqlite.hpp"
#include "hub/store/entries.hpp"
#include "hub/store/people.hpp"
#include "hub/store/sqlite/answers.hpp"
#include "hub/store/sqlite/tallies.hpp"

namespace kinhub::sqlite {

struct EntriesQueries {
  explicit EntriesQueries(Database& of) : database(of) {}

  Database& database;
  Query code_of{database, "SELECT code FROM entry_source WHERE source = ?"};
  Query add_source{database, "INSERT INTO entry_source (source) VALUES (?)"};
  Query add{database,
            "INSERT OR IGNORE INTO entry (source, key, kind, told, record, run, person) "
            "VALUES (?, ?, ?, ?, 0, 0, ?)"};
  Query put{database,
            "UPDATE entry SET kind = ?3, told = ?4, record = 0, person = ?5 WHERE source = ?1 AND key = ?2"};
  Query settle{database, "UPDATE entry SET person = ?3 WHERE source = ?1 AND key = ?2 AND person = 0"};
  Query mark{database, "UPDATE entry SET record = ?4, run = ?5 WHERE source = ?1 AND key = ?2 AND told = ?3"};
#define KINHUB_ENTRY "SELECT key, kind, told, record, run, person FROM entry WHERE source = ? "
  Query find{database, KINHUB_ENTRY "AND key = ?"};
  Query page{database, KINHUB_ENTRY "AND key > ? ORDER BY key LIMIT ?"};
#undef KINHUB_ENTRY
  Query get_home{database, "SELECT person FROM entry WHERE source = ? AND key = ?"};
  // What a store of a version before has not moved into the index yet.
  Query any_left{database, "SELECT EXISTS (SELECT 1 FROM home WHERE topic >= x'')"};
  Query get_left{database, "SELECT person FROM home WHERE topic = ?"};
  Query drop_left{database, "DELETE FROM home WHERE topic = ?"};
};

class Entries final : public EntryShelf {
 public:
  Entries(EntriesQueries& sql, Tallies& tallies) : sql_(sql), tallies_(tallies) {}

  std::vector<HomeRow> homes(const std::string& source, std::span<const Token> histories) {
    const auto code = code_of(source);
    std::vector<HomeRow> rows;
    for (const auto& history : histories) {
      auto person = one_number(sql_.get_home.bind(1, code).bind_blob(2, history.view()));
      if (person != 0) note_present(code, history);
      if (person == 0 && any_left()) person = one_number(sql_.get_left.bind_blob(1, history.view()));
      if (person != 0) rows.push_back({history, {person}});
    }
    return rows;
  }
  void put(const std::string& source, std::span<const EntryRow> rows) {
    write(source, rows, [&](std::int64_t code, const EntryRow& row) {
      bind(sql_.put, code, row).run();
      return changed();
    });
  }
  void fill(const std::string& source, std::span<const EntryRow> rows) override {
    write(source, rows, [&](std::int64_t code, const EntryRow& row) {
      sql_.settle.bind(1, code).bind_blob(2, row.key.view()).bind(3, row.home.value).run();
      return true;
    });
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
  /// Adds the rows that are not there yet; `known` is done with each of the others, and says whether it was
  /// there.
  template <class Known>
  void write(const std::string& source, std::span<const EntryRow> rows, Known known) {
    if (rows.empty()) return;
    auto code = code_of(source);
    if (code == 0) {
      sql_.add_source.bind_text(1, source).run();
      code = code_of(source);
    }
    for (const auto& row : rows) {
      if (present_[code].contains(row.key) && known(code, row)) continue;
      bind(sql_.add, code, row).run();
      const bool added = changed();
      if (!added) known(code, row);
      if (!drop_left(row.key) && added) tallies_.change(Tally::histories, 0, 1);
    }
  }
  static Query& bind(Query& query, std::int64_t code, const EntryRow& row) {
    return query.bind(1, code)
        .bind_blob(2, row.key.view())
        .bind(3, 2 * static_cast<std::int64_t>(row.kind) + (row.asserts ? 1 : 0))
        .bind(4, static_cast<std::int64_t>(row.told))
        .bind(5, row.home.value);
  }
  /// Notes a row that has its home in the index, so that it is written again by one search.
  void note_present(std::int64_t code, const Token& history) {
    auto& present = present_[code];
    if (present.size() >= present_max) present.clear();
    present.insert(history);
  }
  bool changed() const { return sqlite3_changes(sql_.database.handle()) == 1; }
  /// Whether homes of a version before are left outside the index.
  bool any_left() {
    if (!any_left_) any_left_ = one_number(sql_.any_left) != 0;
    return *any_left_;
  }
  bool drop_left(const Token& history) {
    if (!any_left()) return false;
    sql_.drop_left.bind_blob(1, history.view()).run();
    return changed();
  }
  static EntryRow row_of(const Query& get) {
    const auto kind = get.number(1);
    return {Token::from(get.bytes(0)),
            static_cast<FactKind>(kind / 2),
            kind % 2 != 0,
            static_cast<std::uint64_t>(get.number(2)),
            static_cast<std::uint64_t>(get.number(3)),
            get.number(4),
            {get.number(5)}};
  }

  EntriesQueries& sql_;
  Tallies& tallies_;
  static constexpr std::size_t present_max = 50'000;
  std::map<std::string, std::int64_t> codes_;
  std::map<std::int64_t, std::unordered_set<Token>> present_;  ///< by source
  std::optional<bool> any_left_;  ///< as this transaction has seen it first: they only become fewer
};

}  // namespace kinhub::sqlite
