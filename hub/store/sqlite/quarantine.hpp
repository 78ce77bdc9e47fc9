#pragma once
// The shelf of quarantine on SQLite.
// Included by sqlite_store.cpp alone.

#include <algorithm>
#include <map>

#include "hub/base/sqlite.hpp"
#include "hub/store/quarantine.hpp"
#include "hub/store/sqlite/answers.hpp"

namespace kinhub::sqlite {

struct QuarantineQueries {
  explicit QuarantineQueries(Database& of) : database(of) {}

  Database& database;
  Query add_quarantine{
      database,
      "INSERT INTO quarantine (source, key, code, place, reason, mapping, received_at_us, attempts, bytes, "
      "digest, "
      "event_sequence, state, sealed, key_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  Query update_quarantine{
      database,
      "UPDATE quarantine SET state = ?, attempts = ?, code = ?, place = ?, reason = ? WHERE id = ?"};
  Query any_held{database, "SELECT EXISTS (SELECT 1 FROM quarantine WHERE state = 0)"};
#define KINHUB_QUARANTINE                                                                           \
  "SELECT id, source, key, code, place, reason, mapping, received_at_us, attempts, bytes, digest, " \
  "event_sequence, state, key_text"
  Query list_quarantine{database, KINHUB_QUARANTINE ", '' FROM quarantine WHERE id > ? ORDER BY id LIMIT ?"};
  Query list_in_state{
      database, KINHUB_QUARANTINE ", '' FROM quarantine WHERE state = ?3 AND id > ?1 ORDER BY id LIMIT ?2"};
  Query get_quarantine{database, KINHUB_QUARANTINE ", sealed FROM quarantine WHERE id = ?"};
  Query like_digest{database, KINHUB_QUARANTINE ", '' FROM quarantine WHERE state = 0 AND digest = ?"};
  Query like_key{database, KINHUB_QUARANTINE ", '' FROM quarantine WHERE state = 0 AND key = ?"};
#undef KINHUB_QUARANTINE
  Query add_mention{database, "INSERT OR IGNORE INTO held_mention VALUES (?, ?)"};
  Query drop_mentions{database, "DELETE FROM held_mention WHERE quarantine = ?"};
  Query get_mentions{database,
                     "SELECT quarantine.id, source FROM held_mention JOIN quarantine "
                     "ON quarantine.id = held_mention.quarantine WHERE identifier = ?"};
  Query first_mentions{database,
                       "SELECT quarantine.id, source, identifier FROM held_mention JOIN quarantine "
                       "ON quarantine.id = held_mention.quarantine WHERE identifier >= x'' "
                       "ORDER BY identifier LIMIT ?"};
};

class Quarantine final : public QuarantineShelf {
 public:
  explicit Quarantine(QuarantineQueries& sql) : sql_(sql) {}

  std::int64_t add(const QuarantineRow& row) override {
    auto& add = sql_.add_quarantine;
    add.bind_text(1, row.source);
    if (row.key)
      add.bind_blob(2, row.key->view());
    else
      add.bind_null(2);
    add.bind_text(3, row.code)
        .bind_text(4, row.place)
        .bind_text(5, row.reason)
        .bind_text(6, row.mapping)
        .bind(7, row.received_at_us)
        .bind(8, row.attempts)
        .bind(9, row.bytes)
        .bind_blob(10, row.digest)
        .bind(11, row.event_sequence)
        .bind(12, static_cast<std::int64_t>(row.state))
        .bind_blob(13, row.event)
        .bind_text(14, row.key_text)
        .run();
    const auto id = sqlite3_last_insert_rowid(sql_.database.handle());
    for (const auto& identifier : row.mentions)
      sql_.add_mention.bind_blob(1, identifier.view()).bind(2, id).run();
    return id;
  }
  void update(std::int64_t id, QuarantineState state, std::int64_t attempts, std::string_view code,
              std::string_view place, std::string_view reason) override {
    sql_.update_quarantine.bind(1, static_cast<std::int64_t>(state))
        .bind(2, attempts)
        .bind_text(3, code)
        .bind_text(4, place)
        .bind_text(5, reason)
        .bind(6, id)
        .run();
    if (state != QuarantineState::held) sql_.drop_mentions.bind(1, id).run();
  }
  std::optional<QuarantineRow> find(std::int64_t id) override {
    sql_.get_quarantine.bind(1, id);
    auto rows = quarantine_from(sql_.get_quarantine);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<QuarantineRow> page(std::optional<QuarantineState> state, std::int64_t after,
                                  std::size_t count_max) override {
    auto& get = state ? sql_.list_in_state.bind(3, static_cast<std::int64_t>(*state)) : sql_.list_quarantine;
    return quarantine_from(get.bind(1, after).bind(2, static_cast<std::int64_t>(count_max)));
  }
  std::vector<QuarantineRow> held_like(std::span<const std::string> digests,
                                       std::span<const Token> keys) override {
    // Nearly always. The rows are asked, no count: what waits must never be passed by.
    if (one_number(sql_.any_held) == 0) return {};
    std::map<std::int64_t, QuarantineRow> found;
    auto take = [&](Query& get) {
      for (auto& row : quarantine_from(get))
        found.emplace(row.id, std::move(row));
    };
    for (const auto& digest : digests)
      take(sql_.like_digest.bind_blob(1, digest));
    for (const auto& key : keys)
      take(sql_.like_key.bind_blob(1, key.view()));
    std::vector<QuarantineRow> rows;
    for (auto& [id, row] : found)
      rows.push_back(std::move(row));
    return rows;
  }
  std::vector<HeldMention> held_mentions(std::span<const Token> identifiers) override {
    std::vector<HeldMention> rows;
    for (const auto& identifier : identifiers) {
      auto& get = sql_.get_mentions.bind_blob(1, identifier.view());
      while (get.step())
        rows.push_back({identifier, get.number(0), get.text(1)});
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  std::optional<std::vector<HeldMention>> all_held_mentions(std::size_t count_max) override {
    std::vector<HeldMention> rows;
    auto& get = sql_.first_mentions.bind(1, static_cast<std::int64_t>(count_max) + 1);
    while (get.step())
      rows.push_back({Token::from(get.bytes(2)), get.number(0), get.text(1)});
    if (rows.size() > count_max) return std::nullopt;
    std::sort(rows.begin(), rows.end());
    return rows;
  }

 private:
  static std::vector<QuarantineRow> quarantine_from(Query& get) {
    std::vector<QuarantineRow> rows;
    while (get.step()) {
      QuarantineRow row;
      row.id = get.number(0), row.source = get.text(1);
      if (!get.is_null(2)) row.key = Token::from(get.bytes(2));
      row.code = get.text(3), row.place = get.text(4), row.reason = get.text(5), row.mapping = get.text(6);
      row.received_at_us = get.number(7), row.attempts = get.number(8), row.bytes = get.number(9);
      row.digest = get.text(10), row.event_sequence = get.number(11);
      row.state = static_cast<QuarantineState>(get.number(12)), row.key_text = get.text(13),
      row.event = get.text(14);
      rows.push_back(std::move(row));
    }
    return rows;
  }
  QuarantineQueries& sql_;
};

}  // namespace kinhub::sqlite
