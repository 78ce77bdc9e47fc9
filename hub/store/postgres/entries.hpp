#pragma once
// The shelf of entries on PostgreSQL.
// Included by postgres_store.cpp alone.

#include <map>
#include <string>

#include "hub/store/entries.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

// One writer at a time makes the next code the writer's own.
inline constexpr Query add_entry_source{
    "add entry source",
    "INSERT INTO entry_source SELECT (SELECT coalesce(max(code), 0) + 1 FROM entry_source), $1::text "
    "WHERE NOT EXISTS (SELECT FROM entry_source WHERE source = $1::text)"};
#define KINHUB_ENTRIES                                                                  \
  "INSERT INTO entry SELECT told, 0, 0, (SELECT code FROM entry_source WHERE source = " \
  "$1::text), kind, key FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS given (key, kind, told) "
inline constexpr Query put_entries{
    "put entries", KINHUB_ENTRIES
    "ON CONFLICT (source, key) DO UPDATE SET kind = excluded.kind, told = excluded.told, record = 0"};
inline constexpr Query fill_entries{"fill entries", KINHUB_ENTRIES "ON CONFLICT DO NOTHING"};
#undef KINHUB_ENTRIES
inline constexpr Query mark_entries{
    "mark entries",
    "UPDATE entry SET record = given.record, run = $5::bigint "
    "FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS given (key, told, record) "
    "WHERE entry.source = (SELECT code FROM entry_source WHERE source = $1::text) "
    "AND entry.key = given.key AND entry.told = given.told"};
#define KINHUB_ENTRY                                               \
  "SELECT key, kind, told, record, run FROM entry WHERE source = " \
  "(SELECT code FROM entry_source WHERE source = $1::text) "
inline constexpr Query find_entries{"find entries", KINHUB_ENTRY "AND key = ANY($2::uuid[])"};
inline constexpr Query page_entries{"page entries",
                                    KINHUB_ENTRY "AND key > $2::uuid ORDER BY key LIMIT $3::bigint"};
#undef KINHUB_ENTRY

}  // namespace sql

class Entries final : public EntryShelf, public Buffer {
 public:
  explicit Entries(Session& session) : session_(session) { session_.add(*this); }

  void flush() override {
    for (const auto& [source, rows] : kept_)
      write(sql::put_entries, source, rows);
    kept_.clear();
  }

  void put(const std::string& source, std::span<const EntryRow> rows) override {
    for (const auto& row : rows) {
      kept_[source].insert_or_assign(row.key, row);
      session_.kept_back(0);
    }
  }
  void fill(const std::string& source, std::span<const EntryRow> rows) override {
    flush();
    std::map<Token, EntryRow> sorted;
    for (const auto& row : rows)
      sorted.emplace(row.key, row);
    write(sql::fill_entries, source, sorted);
  }
  std::int64_t mark(const std::string& source, std::span<const EntryRow> rows) override {
    flush();
    std::map<std::int64_t, std::map<Token, EntryRow>> by_run;
    for (const auto& row : rows)
      by_run[row.run].insert_or_assign(row.key, row);
    std::int64_t marked = 0;
    for (const auto& [run, sorted] : by_run) {
      Column key(Element::token, sorted.size()), told(Element::number, sorted.size()),
          record(Element::number, sorted.size());
      for (const auto& [token, row] : sorted)
        key.add(token.view()), told.add(static_cast<std::int64_t>(row.told)),
            record.add(static_cast<std::int64_t>(row.record));
      marked += session_
                    .ask(sql::mark_entries, Parameters()
                                                .add(source)
                                                .add(std::move(key))
                                                .add(std::move(told))
                                                .add(std::move(record))
                                                .add(run))
                    .changed();
    }
    return marked;
  }
  std::vector<EntryRow> find(const std::string& source, std::span<const Token> keys) override {
    flush();
    if (keys.empty()) return {};
    return rows_of(session_.ask(sql::find_entries, Parameters().add(source).add(tokens(keys))));
  }
  std::vector<EntryRow> page(const std::string& source, const Token& after, std::size_t count_max) override {
    flush();
    return rows_of(
        session_.ask(sql::page_entries,
                     Parameters().add(source).add(after.view()).add(static_cast<std::int64_t>(count_max))));
  }

 private:
  void write(const Query& query, const std::string& source, const std::map<Token, EntryRow>& rows) {
    if (rows.empty()) return;
    session_.queue(sql::add_entry_source, Parameters().add(source));
    Column key(Element::token, rows.size()), kind(Element::number, rows.size()),
        told(Element::number, rows.size());
    for (const auto& [token, row] : rows)
      key.add(token.view()), kind.add(2 * static_cast<std::int64_t>(row.kind) + (row.asserts ? 1 : 0)),
          told.add(static_cast<std::int64_t>(row.told));
    session_.queue(query,
                   Parameters().add(source).add(std::move(key)).add(std::move(kind)).add(std::move(told)));
  }
  static std::vector<EntryRow> rows_of(const Rows& found) {
    std::vector<EntryRow> rows;
    rows.reserve(static_cast<std::size_t>(found.size()));
    for (int row = 0; row < found.size(); ++row) {
      const auto kind = found.number(row, 1);
      rows.push_back({token_at(found, row, 0), static_cast<FactKind>(kind / 2), kind % 2 != 0,
                      static_cast<std::uint64_t>(found.number(row, 2)),
                      static_cast<std::uint64_t>(found.number(row, 3)), found.number(row, 4)});
    }
    return rows;
  }

  Session& session_;
  std::map<std::string, std::map<Token, EntryRow>> kept_;  ///< kept back, in order of the table's key
};

}  // namespace kinhub::postgres
