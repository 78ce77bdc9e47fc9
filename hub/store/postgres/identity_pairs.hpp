#pragma once
// The shelf of the identity review queue on PostgreSQL.
// Included by postgres_store.cpp alone.

#include <map>

#include "hub/store/identity_pairs.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query put_pairs{
    "put pairs",
    "INSERT INTO identity_pair SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::bigint[], "
    "$5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bytea[]) "
    "ON CONFLICT (id) DO UPDATE SET a = excluded.a, b = excluded.b, state = excluded.state, "
    "why = excluded.why, weight = excluded.weight, since_us = excluded.since_us, "
    "changed_at_us = excluded.changed_at_us, seen_at_us = excluded.seen_at_us, digest = excluded.digest"};
#define KINHUB_PAIR \
  "SELECT id, a, b, state, why, weight, since_us, changed_at_us, seen_at_us, digest FROM identity_pair "
inline constexpr Query get_pair{"get pair", KINHUB_PAIR "WHERE id = $1::bigint"};
inline constexpr Query get_pairs{"get pairs",
                                 KINHUB_PAIR "WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"};
inline constexpr Query pairs_in{
    "pairs in", KINHUB_PAIR "WHERE state = $3::bigint AND id > $1::bigint ORDER BY id LIMIT $2::bigint"};
inline constexpr Query pairs_of{"pairs of",
                                KINHUB_PAIR "WHERE a = ANY($1::uuid[]) OR b = ANY($1::uuid[]) ORDER BY id"};
#undef KINHUB_PAIR
// $1: the entries that are written, $2: the reasons of those of them that will wait.
inline constexpr Query count_waiting{
    "count waiting",
    "INSERT INTO tally SELECT 4, why, sum(change) FROM (SELECT unnest($2::bigint[]) AS why, 1 AS change "
    "UNION ALL SELECT why, -1 FROM identity_pair WHERE id = ANY($1::bigint[]) AND state = 0) AS changed "
    "GROUP BY why HAVING sum(change) <> 0 "
    "ON CONFLICT (what, code) DO UPDATE SET number = tally.number + excluded.number"};

}  // namespace sql

class IdentityPairs final : public IdentityPairShelf {
 public:
  explicit IdentityPairs(Session& session) : session_(session) {}

  void put(std::span<const IdentityPairRow> rows) override {
    std::map<PairId, const IdentityPairRow*> last;  // one statement may not touch a row twice
    for (const auto& row : rows)
      last[row.id] = &row;
    if (last.empty()) return;
    Column id(Element::number), a(Element::token), b(Element::token), state(Element::number),
        why(Element::number), weight(Element::number), since(Element::number), changed(Element::number),
        seen(Element::number), digest(Element::bytes);
    Column written(Element::number, last.size()), waiting(Element::number);
    for (const auto& [key, row] : last) {
      written.add(key.value);
      if (row->state == PairState::open) waiting.add(static_cast<std::int64_t>(row->why));
      id.add(key.value), a.add(row->a.view()), b.add(row->b.view());
      state.add(static_cast<std::int64_t>(row->state)), why.add(static_cast<std::int64_t>(row->why));
      weight.add(row->weight), since.add(row->since_us), changed.add(row->changed_at_us);
      seen.add(row->seen_at_us), digest.add(row->digest);
    }
    session_.queue(sql::count_waiting, Parameters().add(std::move(written)).add(std::move(waiting)));
    session_.queue(sql::put_pairs, Parameters()
                                       .add(std::move(id))
                                       .add(std::move(a))
                                       .add(std::move(b))
                                       .add(std::move(state))
                                       .add(std::move(why))
                                       .add(std::move(weight))
                                       .add(std::move(since))
                                       .add(std::move(changed))
                                       .add(std::move(seen))
                                       .add(std::move(digest)));
  }
  std::optional<IdentityPairRow> find(PairId id) override {
    auto rows = pairs_from(session_.ask(sql::get_pair, Parameters().add(id.value)));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<IdentityPairRow> page(std::optional<PairState> state, PairId after,
                                    std::size_t count_max) override {
    Parameters parameters;
    parameters.add(after.value).add(static_cast<std::int64_t>(count_max));
    if (state) parameters.add(static_cast<std::int64_t>(*state));
    return pairs_from(session_.ask(state ? sql::pairs_in : sql::get_pairs, std::move(parameters)));
  }
  std::vector<IdentityPairRow> of(std::span<const Token> anchors) override {
    if (anchors.empty()) return {};
    return pairs_from(session_.ask(sql::pairs_of, Parameters().add(tokens(anchors))));
  }
  std::vector<std::pair<PairWhy, std::int64_t>> waiting() override {
    std::vector<std::pair<PairWhy, std::int64_t>> all;
    for (const auto& [why, count] : session_.counts(Tally::waiting_pairs))
      all.emplace_back(static_cast<PairWhy>(why), count);
    return all;
  }

 private:
  static std::vector<IdentityPairRow> pairs_from(const Rows& found) {
    std::vector<IdentityPairRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({{found.number(row, 0)},
                      token_at(found, row, 1),
                      token_at(found, row, 2),
                      static_cast<PairState>(found.number(row, 3)),
                      static_cast<PairWhy>(found.number(row, 4)),
                      found.number(row, 5),
                      found.number(row, 6),
                      found.number(row, 7),
                      found.number(row, 8),
                      found.text(row, 9)});
    return rows;
  }
  Session& session_;
};

}  // namespace kinhub::postgres
