#pragma once
// The shelf of row codes on PostgreSQL.
// Included by postgres_store.cpp alone.

#include <fmt/format.h>

#include <array>

#include "hub/store/codes.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query get_codes{
    "get codes", "SELECT key, code FROM row_code WHERE what = $1::bigint AND key = ANY($2::bytea[])"};
inline constexpr Query put_codes{
    "put codes",
    "INSERT INTO row_code SELECT $1::bigint, * FROM unnest($2::bytea[], $3::bigint[]) "
    "ON CONFLICT (what, key) DO UPDATE SET code = excluded.code"};
inline constexpr Query erase_codes{"erase codes",
                                   "DELETE FROM row_code WHERE what = $1::bigint AND key = ANY($2::bytea[])"};
inline constexpr Query codes_under{
    "codes under",
    "SELECT found.key, found.code FROM unnest($2::bytea[], $3::bytea[]) AS asked (first, behind) CROSS JOIN "
    "LATERAL (SELECT key, code FROM row_code WHERE what = $1::bigint AND key >= asked.first AND key < "
    "asked.behind) AS found"};
inline constexpr Query page_codes{
    "page codes",
    "SELECT key, code FROM row_code WHERE what = $1::bigint AND key > $2::bytea ORDER BY key "
    "LIMIT $3::bigint"};
inline constexpr Query put_dossier_code{"put dossier code",
                                        "UPDATE dossier SET code = $2::bigint WHERE person = $1::bigint"};

}  // namespace sql

/// How the rows of one coded table are read: queries are known by address, so they stay.
struct CodedQueries {
  std::string first_sql, next_sql, first_name, next_name;
  Query first{}, next{};

  static const CodedQueries& of(Coded table);
  CodedQueries() = default;
  CodedQueries(const CodedQueries&) = delete;
  CodedQueries& operator=(const CodedQueries&) = delete;

 private:
  struct All;
  static const char* type_of(CodedColumn::Type type) {
    switch (type) {
      case CodedColumn::Type::number:
        return "bigint";
      case CodedColumn::Type::text:
        return "text";
      case CodedColumn::Type::bytes:
        return "bytea";
      case CodedColumn::Type::token:
        return "uuid";
    }
    return "";
  }
  void make(Coded table) {
    const auto& words = words_of(table);
    std::string columns, key, marks, order;
    for (std::size_t i = 0; i < words.columns.size(); ++i) {
      columns += (i == 0 ? "" : ", ") + std::string(words.columns[i].postgres);
      if (i >= words.key_size) continue;
      key += (i == 0 ? "" : ", ") + std::string(words.columns[i].postgres);
      marks += fmt::format("{}${}::{}", i == 0 ? "" : ", ", i + 1, type_of(words.columns[i].type));
    }
    const auto select = fmt::format("SELECT {}, {} FROM {}", columns,
                                    table == Coded::dossier ? "code" : "0::bigint", words.postgres_table);
    next_name = fmt::format("coded rows {}", static_cast<int>(table));
    next_sql = fmt::format("{} WHERE ({}) > ({}) ORDER BY {} LIMIT ${}::bigint", select, key, marks, key,
                           words.key_size + 1);
    first_name = fmt::format("first coded rows {}", static_cast<int>(table));
    first_sql = fmt::format("{} WHERE {} ORDER BY {} LIMIT $2::bigint", select,
                            words.columns[0].type == CodedColumn::Type::number
                                ? fmt::format("{} >= $1::bigint", words.columns[0].postgres)
                                : std::string("$1::bigint IS NOT NULL"),
                            key);
    first = {first_name.c_str(), first_sql.c_str()};
    next = {next_name.c_str(), next_sql.c_str()};
  }
};

struct CodedQueries::All {
  All() {
    for (const auto table : coded_tables)
      made[static_cast<std::size_t>(table)].make(table);
  }
  std::array<CodedQueries, coded_tables.size()> made;
};

inline const CodedQueries& CodedQueries::of(Coded table) {
  static const All all;
  return all.made[static_cast<std::size_t>(table)];
}

class Codes final : public CodeShelf {
 public:
  explicit Codes(Session& session) : session_(session) {}

  std::vector<CodeRow> find(Coded table, std::span<const std::string> keys) override {
    if (keys.empty()) return {};
    return codes_from(session_.ask(sql::get_codes, Parameters().add(number_of(table)).add(column_of(keys))));
  }
  void put(Coded table, std::span<const CodeRow> rows) override {
    if (rows.empty()) return;
    Column key(Element::bytes, rows.size()), code(Element::number, rows.size());
    for (const auto& row : rows)
      key.add(row.key), code.add(static_cast<std::int64_t>(row.code));
    session_.queue(sql::put_codes,
                   Parameters().add(number_of(table)).add(std::move(key)).add(std::move(code)));
  }
  void erase(Coded table, std::span<const std::string> keys) override {
    if (!keys.empty())
      session_.queue(sql::erase_codes, Parameters().add(number_of(table)).add(column_of(keys)));
  }
  std::vector<CodeRow> under(Coded table, std::span<const std::string> prefixes) override {
    if (prefixes.empty()) return {};
    Column first(Element::bytes, prefixes.size()), behind(Element::bytes, prefixes.size());
    for (const auto& prefix : prefixes)
      first.add(prefix), behind.add(behind_prefix(prefix));
    return codes_from(session_.ask(
        sql::codes_under, Parameters().add(number_of(table)).add(std::move(first)).add(std::move(behind))));
  }
  std::vector<CodeRow> page(Coded table, std::string_view after, std::size_t count_max) override {
    return codes_from(session_.ask(
        sql::page_codes,
        Parameters().add(number_of(table)).add(after).add(static_cast<std::int64_t>(count_max))));
  }

  /// Sees what was kept back: whoever reads rows as they stand has it sent first.
  std::vector<PlainRow> rows(Coded table, const PlainRow* after, std::int64_t from,
                             std::size_t count_max) override {
    session_.send_all();
    const auto& words = words_of(table);
    const auto& queries = CodedQueries::of(table);
    Parameters parameters;
    if (after != nullptr)
      for (std::size_t i = 0; i < words.key_size; ++i)
        words.columns[i].type == CodedColumn::Type::number ? parameters.add(after->cells[i].number)
                                                           : parameters.add(after->cells[i].bytes);
    else
      parameters.add(from);
    parameters.add(static_cast<std::int64_t>(count_max));
    const auto found = session_.ask(after != nullptr ? queries.next : queries.first, std::move(parameters));
    std::vector<PlainRow> rows;
    for (int at = 0; at < found.size(); ++at) {
      PlainRow row;
      for (std::size_t i = 0; i < words.columns.size(); ++i) {
        const auto column = static_cast<int>(i);
        if (found.is_null(at, column))
          row.cells.emplace_back();
        else if (words.columns[i].type == CodedColumn::Type::number)
          row.cells.push_back(Cell::of(found.number(at, column)));
        else
          row.cells.push_back(Cell::of(found.bytes(at, column)));
      }
      row.code = static_cast<std::uint64_t>(found.number(at, static_cast<int>(words.columns.size())));
      rows.push_back(std::move(row));
    }
    return rows;
  }
  void put_dossier_code(std::int64_t person, std::uint64_t code) override {
    session_.queue(sql::put_dossier_code, Parameters().add(person).add(static_cast<std::int64_t>(code)));
  }

 private:
  static std::int64_t number_of(Coded table) { return static_cast<std::int64_t>(table); }
  static Column column_of(std::span<const std::string> keys) {
    Column column(Element::bytes, keys.size());
    for (const auto& key : keys)
      column.add(key);
    return column;
  }
  static std::vector<CodeRow> codes_from(const Rows& found) {
    std::vector<CodeRow> rows;
    for (int at = 0; at < found.size(); ++at)
      rows.push_back({found.text(at, 0), static_cast<std::uint64_t>(found.number(at, 1))});
    return rows;
  }
  Session& session_;
};

}  // namespace kinhub::postgres
