#include "hub/store/postgres/sealed_rows.hpp"

#include <cassert>

namespace kinhub::postgres {
namespace {

constexpr int patience_ms =
    24 * 3600 * 1000;  // of reading a table; the server's keep-alive ends it when lost

/// The queries of one table.
struct Table {
  Query after, replace, headers;
};

// $1 to $3 are the key, $4 the header and $5 the limit, or the bytes after and before; each is named with its
// type, needed or not.
#define KINHUB_KEY " AND $1::bigint IS NOT NULL AND $2::text IS NOT NULL AND $3::uuid IS NOT NULL"
#define KINHUB_TABLE(table, columns, bytes, after, order, row, others)                                     \
  {                                                                                                        \
    {"sealed after " table, "SELECT " columns ", " bytes " FROM " table " WHERE " after KINHUB_KEY         \
                            " AND $4::bytea IS NOT NULL" others " ORDER BY " order " LIMIT $5::bigint"},   \
        {"reseal " table,                                                                                  \
         "UPDATE " table " SET " bytes " = $4::bytea WHERE " row KINHUB_KEY " AND " bytes " = $5::bytea"}, \
    {                                                                                                      \
      "headers " table,                                                                                    \
          "SELECT CASE WHEN substring(" bytes " from 1 for 2) = '\\x4b32'::bytea THEN substring(" bytes    \
          " from 1 for 7) ELSE ''::bytea END AS header, count(*) FROM " table " WHERE " bytes              \
          " <> ''::bytea GROUP BY 1 ORDER BY 1"                                                            \
    }                                                                                                      \
  }
#define KINHUB_SEALED(table, columns, after, order, row)    \
  KINHUB_TABLE(table, columns, "sealed", after, order, row, \
               " AND sealed <> ''::bytea AND substring(sealed from 1 for 7) <> $4::bytea")

constexpr Table dossiers = KINHUB_SEALED("dossier", "person, ''::text, NULL::uuid, 0::bigint, ''::text",
                                         "person > $1::bigint", "person", "person = $1::bigint");
constexpr Table leads = KINHUB_SEALED("lead", "id, ''::text, NULL::uuid, 0::bigint, ''::text",
                                      "id > $1::bigint", "id", "id = $1::bigint");
constexpr Table decided =
    KINHUB_SEALED("decided", "person, benefit, anchor, 0::bigint, ''::text",
                  "(person, benefit, anchor) > ($1::bigint, $2::text, $3::uuid)", "person, benefit, anchor",
                  "person = $1::bigint AND benefit = $2::text AND anchor = $3::uuid");
constexpr Table decisions = KINHUB_SEALED("decision", "id, ''::text, NULL::uuid, lead, ''::text",
                                          "id > $1::bigint", "id", "id = $1::bigint");
constexpr Table quarantine = KINHUB_SEALED("quarantine", "id, ''::text, NULL::uuid, 0::bigint, source",
                                           "id > $1::bigint", "id", "id = $1::bigint");
constexpr Table disclosures = KINHUB_SEALED("disclosure", "id, ''::text, NULL::uuid, 0::bigint, ''::text",
                                            "id > $1::bigint", "id", "id = $1::bigint");
constexpr Table lead_history =
    KINHUB_TABLE("dated", "at_us, name, NULL::uuid, 0::bigint, ''::text", "value",
                 "(name, at_us) > ($2::text, $1::bigint) AND name >= 'lead ' AND name < 'lead!'",
                 "name, at_us", "name = $2::text AND at_us = $1::bigint", "");
constexpr Table values = KINHUB_TABLE("value", "0::bigint, name, NULL::uuid, 0::bigint, ''::text", "value",
                                      "name > $2::text", "name", "name = $2::text", "");
constexpr Table payment_lists = KINHUB_SEALED("payment_list", "id, ''::text, NULL::uuid, 0::bigint, ''::text",
                                              "id > $1::bigint", "id", "id = $1::bigint");
constexpr Table payment_lines = KINHUB_SEALED(
    "payment_line", "list, line::text, NULL::uuid, 0::bigint, ''::text",
    "(list, line) > ($1::bigint, coalesce(nullif($2::text, ''), '0')::bigint)", "list, payment_line.line",
    "list = $1::bigint AND line = coalesce(nullif($2::text, ''), '0')::bigint");
constexpr Table payment_ledger =
    KINHUB_SEALED("payment_ledger", "id, ''::text, NULL::uuid, 0::bigint, ''::text", "id > $1::bigint", "id",
                  "id = $1::bigint");
constexpr Table accounts = KINHUB_SEALED("account", "id, ''::text, NULL::uuid, 0::bigint, ''::text",
                                         "id > $1::bigint", "id", "id = $1::bigint");
constexpr Table slips = KINHUB_SEALED("slip", "kind, name, NULL::uuid, 0::bigint, ''::text",
                                      "(kind, name) > ($1::bigint, $2::text)", "kind, name",
                                      "kind = $1::bigint AND name = $2::text");
constexpr Table issued = KINHUB_SEALED("issued", "version, series, NULL::uuid, 0::bigint, ''::text",
                                       "(series, version) > ($2::text, $1::bigint)", "series, version",
                                       "series = $2::text AND version = $1::bigint");
#undef KINHUB_SEALED
#undef KINHUB_TABLE
#undef KINHUB_KEY
static_assert(Keyring::header_size == 7);

const Table& table_of(SealedShelf shelf) {
  switch (shelf) {
    case SealedShelf::dossiers:
      return dossiers;
    case SealedShelf::leads:
      return leads;
    case SealedShelf::decided:
      return decided;
    case SealedShelf::decisions:
      return decisions;
    case SealedShelf::quarantine:
      return quarantine;
    case SealedShelf::disclosures:
      return disclosures;
    case SealedShelf::lead_history:
      return lead_history;
    case SealedShelf::values:
      return values;
    case SealedShelf::payment_lists:
      return payment_lists;
    case SealedShelf::payment_lines:
      return payment_lines;
    case SealedShelf::payment_ledger:
      return payment_ledger;
    case SealedShelf::accounts:
      return accounts;
    case SealedShelf::slips:
      return slips;
    case SealedShelf::issued:
      return issued;
  }
  assert(false);
  return values;
}

Parameters key_parameters(const SealedKey& key) {
  Parameters parameters;
  parameters.add(key.number).add(key.text).add(key.anchor.view());
  return parameters;
}

}  // namespace

SealedRows::SealedRows(Connection& connection) : connection_(connection) {
  connection_.run("SET LOCAL statement_timeout = 0", patience_ms);
}

Rows SealedRows::ask(const Query& query, Parameters parameters) {
  connection_.queue(query, std::move(parameters));
  return std::move(connection_.exchange(patience_ms).back());
}

std::vector<SealedRow> SealedRows::after(SealedShelf shelf, const SealedKey& key, std::string_view header,
                                         std::size_t count_max) {
  auto found =
      ask(table_of(shelf).after, key_parameters(key).add(header).add(static_cast<std::int64_t>(count_max)));
  std::vector<SealedRow> rows;
  std::size_t size = 0;
  for (int at = 0; at < found.size() && size < page_size_max; ++at) {
    SealedRow row;
    row.key.number = found.number(at, 0), row.key.text = found.text(at, 1);
    if (!found.is_null(at, 2)) row.key.anchor = Token::from(found.bytes(at, 2));
    row.lead = found.number(at, 3), row.source = found.text(at, 4), row.bytes = found.text(at, 5);
    size += row.bytes.size();
    rows.push_back(std::move(row));
  }
  return rows;
}

void SealedRows::replace(SealedShelf shelf, std::span<const Resealed> rows) {
  if (rows.empty()) return;
  for (const auto& row : rows)
    connection_.queue(table_of(shelf).replace, key_parameters(row.key).add(row.after).add(row.before));
  connection_.exchange(patience_ms);
}

std::vector<std::pair<std::string, std::int64_t>> SealedRows::headers(SealedShelf shelf) {
  assert(begins_with_header(shelf));
  auto found = ask(table_of(shelf).headers, {});
  std::vector<std::pair<std::string, std::int64_t>> counts;
  for (int at = 0; at < found.size(); ++at)
    counts.emplace_back(found.text(at, 0), found.number(at, 1));
  return counts;
}

}  // namespace kinhub::postgres
