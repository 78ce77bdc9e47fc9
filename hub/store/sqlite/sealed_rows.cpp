#include "hub/store/sqlite/sealed_rows.hpp"

#include <fmt/format.h>

#include <cassert>
#include <map>

namespace kinhub::sqlite {
namespace {

/// What differs between the tables. Parameters: ?1 to ?3 are the key, ?4 the header, ?5 the limit; to
/// replace, ?4 and ?5 are the bytes after and before.
struct Words {
  const char* columns;  ///< number, text, anchor, lead, source, bytes
  const char* bytes;    ///< the column
  const char* after;    ///< the key: where, and in which order
  const char* order;
  const char* row;  ///< the row of a key
};

Words words_of(SealedShelf shelf) {
  switch (shelf) {
    case SealedShelf::dossiers:
      return {"person, '', NULL, 0, ''", "sealed", "person > ?1", "person", "person = ?1"};
    case SealedShelf::leads:
    case SealedShelf::disclosures:
    case SealedShelf::accounts:
      return {"id, '', NULL, 0, ''", "sealed", "id > ?1", "id", "id = ?1"};
    case SealedShelf::decided:
      return {"person, benefit, anchor, 0, ''", "sealed", "(person, benefit, anchor) > (?1, ?2, ?3)",
              "person, benefit, anchor", "person = ?1 AND benefit = ?2 AND anchor = ?3"};
    case SealedShelf::decisions:
      return {"id, '', NULL, lead, ''", "sealed", "id > ?1", "id", "id = ?1"};
    case SealedShelf::quarantine:
      return {"id, '', NULL, 0, source", "sealed", "id > ?1", "id", "id = ?1"};
    case SealedShelf::lead_history:
      return {"at_us, name, NULL, 0, ''", "value",
              "(name, at_us) > (?2, ?1) AND name >= 'lead ' AND name < 'lead!'", "name, at_us",
              "name = ?2 AND at_us = ?1"};
    case SealedShelf::values:
      return {"0, name, NULL, 0, ''", "value", "name > ?2", "name", "name = ?2"};
    case SealedShelf::payment_lists:
    case SealedShelf::payment_ledger:
      return {"id, '', NULL, 0, ''", "sealed", "id > ?1", "id", "id = ?1"};
    case SealedShelf::payment_lines:
      return {"list, line, NULL, 0, ''", "sealed", "(list, line) > (?1, CAST(?2 AS INTEGER))", "list, line",
              "list = ?1 AND line = CAST(?2 AS INTEGER)"};
    case SealedShelf::slips:
      return {"kind, name, NULL, 0, ''", "sealed", "(kind, name) > (?1, ?2)", "kind, name",
              "kind = ?1 AND name = ?2"};
    case SealedShelf::issued:
      return {"version, series, NULL, 0, ''", "sealed", "(series, version) > (?2, ?1)", "series, version",
              "series = ?2 AND version = ?1"};
  }
  assert(false);
  return {};
}

void bind_key(Query& query, const SealedKey& key) {
  query.bind(1, key.number).bind_text(2, key.text).bind_blob(3, key.anchor.view());
}

}  // namespace

std::vector<SealedRow> SealedRows::after(SealedShelf shelf, const SealedKey& key, std::string_view header,
                                         std::size_t count_max) {
  const auto words = words_of(shelf);
  const auto others = begins_with_header(shelf) ? fmt::format(" AND {0} <> x'' AND substr({0}, 1, {1}) <> ?4",
                                                              words.bytes, Keyring::header_size)
                                                : std::string();
  const auto sql = fmt::format("SELECT {}, {} FROM {} WHERE {}{} ORDER BY {} LIMIT ?5", words.columns,
                               words.bytes, name_of(shelf), words.after, others, words.order);
  Query page(database_, sql.c_str());
  bind_key(page, key);
  page.bind_blob(4, header).bind(5, static_cast<std::int64_t>(count_max));
  std::vector<SealedRow> rows;
  std::size_t size = 0;
  while (size < page_size_max && page.step()) {
    SealedRow row;
    row.key.number = page.number(0), row.key.text = page.text(1);
    if (!page.is_null(2)) row.key.anchor = Token::from(page.bytes(2));
    row.lead = page.number(3), row.source = page.text(4), row.bytes = page.text(5);
    size += row.bytes.size();
    rows.push_back(std::move(row));
  }
  return rows;
}

void SealedRows::replace(SealedShelf shelf, std::span<const Resealed> rows) {
  const auto words = words_of(shelf);
  const auto sql =
      fmt::format("UPDATE {0} SET {1} = ?4 WHERE {2} AND {1} = ?5", name_of(shelf), words.bytes, words.row);
  Query put(database_, sql.c_str());
  for (const auto& row : rows) {
    bind_key(put, row.key);
    put.bind_blob(4, row.after).bind_blob(5, row.before).run();
  }
}

std::vector<std::pair<std::string, std::int64_t>> SealedRows::headers(SealedShelf shelf) {
  assert(begins_with_header(shelf));
  // Counted here: grouping would sort them, with all their bytes.
  const auto sql = fmt::format("SELECT substr(sealed, 1, {}) FROM {} WHERE sealed <> x''",
                               Keyring::header_size, name_of(shelf));
  Query headers(database_, sql.c_str());
  std::map<std::string, std::int64_t, std::less<>> found;
  while (headers.step())
    ++found[Keyring::key_named_by(headers.bytes(0)) ? headers.text(0) : std::string()];
  std::vector<std::pair<std::string, std::int64_t>> counts(found.begin(), found.end());
  return counts;
}

}  // namespace kinhub::sqlite
