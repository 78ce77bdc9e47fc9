#pragma once
// The shelf of the identity review queue on SQLite.
// Included by sqlite_store.cpp alone.

#include <map>

#include "hub/base/sqlite.hpp"
#include "hub/store/identity_pairs.hpp"
#include "hub/store/sqlite/tallies.hpp"

namespace kinhub::sqlite {

struct IdentityPairsQueries {
  explicit IdentityPairsQueries(Database& of) : database(of) {}

  Database& database;
  Query put_pair{
      database,
      "INSERT INTO identity_pair VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
      "a = excluded.a, b = excluded.b, state = excluded.state, why = excluded.why, weight = excluded.weight, "
      "since_us = excluded.since_us, changed_at_us = excluded.changed_at_us, "
      "seen_at_us = excluded.seen_at_us, digest = excluded.digest"};
#define KINHUB_PAIR \
  "SELECT id, a, b, state, why, weight, since_us, changed_at_us, seen_at_us, digest FROM identity_pair "
  Query get_pair{database, KINHUB_PAIR "WHERE id = ?"};
  Query get_pairs{database, KINHUB_PAIR "WHERE id > ? ORDER BY id LIMIT ?"};
  Query pairs_in{database, KINHUB_PAIR "WHERE state = ?3 AND id > ?1 ORDER BY id LIMIT ?2"};
  Query pairs_of{database, KINHUB_PAIR "WHERE a = ?1 OR b = ?1"};
#undef KINHUB_PAIR
  Query waits_why{database, "SELECT why FROM identity_pair WHERE id = ? AND state = 0"};
};

class IdentityPairs final : public IdentityPairShelf {
 public:
  IdentityPairs(IdentityPairsQueries& sql, Tallies& tallies) : sql_(sql), tallies_(tallies) {}

  void put(std::span<const IdentityPairRow> rows) override {
    for (const auto& row : rows) {
      auto& waits = sql_.waits_why.bind(1, row.id.value);
      while (waits.step())
        tallies_.change(Tally::waiting_pairs, waits.number(0), -1);
      if (row.state == PairState::open)
        tallies_.change(Tally::waiting_pairs, static_cast<std::int64_t>(row.why), 1);
      sql_.put_pair.bind(1, row.id.value)
          .bind_blob(2, row.a.view())
          .bind_blob(3, row.b.view())
          .bind(4, static_cast<std::int64_t>(row.state))
          .bind(5, static_cast<std::int64_t>(row.why))
          .bind(6, row.weight)
          .bind(7, row.since_us)
          .bind(8, row.changed_at_us)
          .bind(9, row.seen_at_us)
          .bind_blob(10, row.digest)
          .run();
    }
  }
  std::optional<IdentityPairRow> find(PairId id) override {
    sql_.get_pair.bind(1, id.value);
    auto rows = pairs_from(sql_.get_pair);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<IdentityPairRow> page(std::optional<PairState> state, PairId after,
                                    std::size_t count_max) override {
    auto& get = state ? sql_.pairs_in.bind(3, static_cast<std::int64_t>(*state)) : sql_.get_pairs;
    return pairs_from(get.bind(1, after.value).bind(2, static_cast<std::int64_t>(count_max)));
  }
  std::vector<IdentityPairRow> of(std::span<const Token> anchors) override {
    std::map<PairId, IdentityPairRow> found;
    for (const auto& anchor : anchors) {
      sql_.pairs_of.bind_blob(1, anchor.view());
      for (auto& row : pairs_from(sql_.pairs_of))
        found.emplace(row.id, std::move(row));
    }
    std::vector<IdentityPairRow> rows;
    for (auto& [id, row] : found)
      rows.push_back(std::move(row));
    return rows;
  }
  std::vector<std::pair<PairWhy, std::int64_t>> waiting() override {
    std::vector<std::pair<PairWhy, std::int64_t>> all;
    for (const auto& [why, count] : tallies_.counts(Tally::waiting_pairs))
      all.emplace_back(static_cast<PairWhy>(why), count);
    return all;
  }

 private:
  static std::vector<IdentityPairRow> pairs_from(Query& get) {
    std::vector<IdentityPairRow> rows;
    while (get.step())
      rows.push_back({{get.number(0)},
                      Token::from(get.bytes(1)),
                      Token::from(get.bytes(2)),
                      static_cast<PairState>(get.number(3)),
                      static_cast<PairWhy>(get.number(4)),
                      get.number(5),
                      get.number(6),
                      get.number(7),
                      get.number(8),
                      get.text(9)});
    return rows;
  }
  IdentityPairsQueries& sql_;
  Tallies& tallies_;
};

}  // namespace kinhub::sqlite
