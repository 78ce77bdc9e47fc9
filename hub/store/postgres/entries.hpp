#pragma once
// The shelf of entries on PostgreSQL.
// Included by postgres_store.cpp alone.

#include <map>
#include <string>

#include "hub/store/entries.hpp"
#include "hub/store/people.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

// One writer at a time makes the next code the writer's own.
inline constexpr Query add_entry_source{
    "add entry source",
    "INSERT INTO entry_source SELECT (SELECT coalesce(max(code), 0) + 1 FROM entry_source), $1::text "
    "WHERE NOT EXISTS (SELECT FROM entry_source WHERE source = $1::text)"};
#define KINHUB_ENTRIES                                                                              \
  "INSERT INTO entry SELECT told, 0, 0, (SELECT code FROM entry_source WHERE source = "             \
  "$1::text), kind, key, person FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[]) " \
  "AS given (key, kind, told, person) ON CONFLICT (source, key) DO UPDATE SET "
inline constexpr Query put_entries{
    "put entries",
    KINHUB_ENTRIES "kind = excluded.kind, told = excluded.told, record = 0, person = excluded.person"};
inline constexpr Query fill_entries{"fill entries",
                                    KINHUB_ENTRIES "person = excluded.person WHERE entry.person = 0"};
#undef KINHUB_ENTRIES
// What a store of a version before has not moved into the index yet is in `home`: each of these looks once
// whether anything is.
#define KINHUB_LEFT "topic = ANY($2::uuid[]) AND EXISTS (SELECT FROM home)"
inline constexpr Query count_histories{
    "count histories",
    "INSERT INTO tally SELECT 1, 0, change FROM (SELECT cardinality($2::uuid[]) - (SELECT count(*) FROM ("
    "SELECT key FROM entry WHERE source = (SELECT code FROM entry_source WHERE source = $1::text) "
    "AND key = ANY($2::uuid[]) UNION SELECT topic FROM home WHERE " KINHUB_LEFT
    ") AS known) AS change) AS counted WHERE change <> 0 "
    "ON CONFLICT (what, code) DO UPDATE SET number = tally.number + excluded.number"};
inline constexpr Query get_homes{
    "get homes",
    "SELECT key, person FROM entry WHERE source = (SELECT code FROM entry_source WHERE source = $1::text) "
    "AND key = ANY($2::uuid[]) AND person <> 0 UNION ALL SELECT topic, person FROM home WHERE " KINHUB_LEFT};
inline constexpr Query drop_left{
    "drop left", "DELETE FROM home WHERE topic = ANY($1::uuid[]) AND EXISTS (SELECT FROM home)"};
#undef KINHUB_LEFT
inline constexpr Query mark_entries{
    "mark entries",
    "UPDATE entry SET record = given.record, run = $5::bigint "
    "FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS given (key, told, record) "
    "WHERE entry.source = (SELECT code FROM entry_source WHERE source = $1::text) "
    "AND entry.key = given.key AND entry.told = given.told"};
#define KINHUB_ENTRY                                                       \
  "SELECT key, kind, told, record, run, person FROM entry WHERE source = " \
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

  std::vector<HomeRow> homes(const std::string& source, std::span<const Token> histories) {
    std::vector<HomeRow> rows;
    const auto kept_of = kept_.find(source);
    Column keys(Element::token, histories.size());
    std::size_t asked = 0;
    for (const auto& history : histories) {
      const bool any_kept = kept_of != kept_.end();
      const auto kept = any_kept ? kept_of->second.find(history) : std::map<Token, EntryRow>::iterator{};
      if (any_kept && kept != kept_of->second.end())
        rows.push_back({history, kept->second.home});
      else
        keys.add(history.view()), ++asked;
    }
    if (asked == 0) return rows;
    const auto found = session_.ask(sql::get_homes, Parameters().add(source).add(std::move(keys)));
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({token_at(found, row, 0), {found.number(row, 1)}});
    return rows;
  }
  void put(const std::string& source, std::span<const EntryRow> rows) {
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
    Column key(Element::token, rows.size()), counted(Element::token, rows.size()),
        moved(Element::token, rows.size()), kind(Element::number, rows.size()),
        told(Element::number, rows.size()), home(Element::number, rows.size());
    for (const auto& [token, row] : rows) {
      for (auto* column : {&key, &counted, &moved})
        column->add(token.view());
      kind.add(2 * static_cast<std::int64_t>(row.kind) + (row.asserts ? 1 : 0));
      told.add(static_cast<std::int64_t>(row.told)), home.add(row.home.value);
    }
    session_.queue(sql::count_histories, Parameters().add(source).add(std::move(counted)));
    session_.queue(sql::drop_left, Parameters().add(std::move(moved)));
    session_.queue(query, Parameters()
                              .add(source)
                              .add(std::move(key))
                              .add(std::move(kind))
                              .add(std::move(told))
                              .add(std::move(home)));
  }
  static std::vector<EntryRow> rows_of(const Rows& found) {
    std::vector<EntryRow> rows;
    rows.reserve(static_cast<std::size_t>(found.size()));
    for (int row = 0; row < found.size(); ++row) {
      const auto kind = found.number(row, 1);
      rows.push_back({token_at(found, row, 0),
                      static_cast<FactKind>(kind / 2),
                      kind % 2 != 0,
                      static_cast<std::uint64_t>(found.number(row, 2)),
                      static_cast<std::uint64_t>(found.number(row, 3)),
                      found.number(row, 4),
                      {found.number(row, 5)}});
    }
    return rows;
  }

  Session& session_;
  std::map<std::string, std::map<Token, EntryRow>> kept_;  ///< kept back, in order of the table's key
};

}  // namespace kinhub::postgres
