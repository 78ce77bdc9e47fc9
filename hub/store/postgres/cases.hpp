#pragma once
// The shelf of cases on PostgreSQL.
// Included by postgres_store.cpp alone.

#include <algorithm>
#include <limits>
#include <map>
#include <optional>

#include "hub/store/cases.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

#define KINHUB_CASE "SELECT person, kind, what, area, state, since, until, fen FROM person_case "
inline constexpr Query cases_of{"cases of", KINHUB_CASE "WHERE person = ANY($1::bigint[])"};
inline constexpr Query put_cases{
    "put cases",
    "INSERT INTO person_case SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], "
    "$5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[]) ON CONFLICT (person, kind, what) DO UPDATE SET "
    "area = excluded.area, state = excluded.state, since = excluded.since, until = excluded.until, "
    "fen = excluded.fen"};
inline constexpr Query erase_cases{
    "erase cases",
    "DELETE FROM person_case c USING unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS gone (person, kind, "
    "what) "
    "WHERE c.person = gone.person AND c.kind = gone.kind AND c.what = gone.what"};
// $1 to $3: the keys that are written, $4: the codes of those of them that will be there.
inline constexpr Query count_cases{
    "count cases",
    "INSERT INTO tally SELECT 5, code, sum(change) FROM (SELECT unnest($4::bigint[]) AS code, 1 AS change "
    "UNION ALL SELECT ((c.area * 65536 + c.what) * 4 + c.kind) * 4 + c.state, -1 FROM person_case c "
    "JOIN unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS written (person, kind, what) "
    "ON c.person = written.person AND c.kind = written.kind AND c.what = written.what) AS changed "
    "GROUP BY code HAVING sum(change) <> 0 "
    "ON CONFLICT (what, code) DO UPDATE SET number = tally.number + excluded.number"};
inline constexpr Query cases_page{
    "cases page", KINHUB_CASE
    "WHERE state = $1::bigint AND kind = $2::bigint AND what = $3::bigint AND (area, person) > ($4::bigint, "
    "$5::bigint) AND area < $6::bigint ORDER BY area, person LIMIT $7::bigint"};
#undef KINHUB_CASE

}  // namespace sql

class Cases final : public CaseShelf, public Buffer {
 public:
  explicit Cases(Session& session) : session_(session) { session_.add(*this); }

  void flush() override {
    if (kept_.empty()) return;
    Keys written(kept_.size()), put(kept_.size()), gone(kept_.size());
    Column area(Element::number), state(Element::number), since(Element::number), until(Element::number),
        fen(Element::number), codes(Element::number);
    std::size_t erased = 0;
    for (const auto& [key, row] : kept_) {
      written.add(key);
      if (!row) {
        gone.add(key), ++erased;
        continue;
      }
      put.add(key);
      area.add(row->area), state.add(static_cast<std::int64_t>(row->state));
      since.add(std::int64_t{row->since.days()}), until.add(std::int64_t{row->until.days()});
      fen.add(row->fen), codes.add(CaseCount::code(*row));
    }
    session_.queue(sql::count_cases, written.parameters().add(std::move(codes)));
    if (erased > 0) session_.queue(sql::erase_cases, gone.parameters());
    if (erased < kept_.size())
      session_.queue(sql::put_cases, put.parameters()
                                         .add(std::move(area))
                                         .add(std::move(state))
                                         .add(std::move(since))
                                         .add(std::move(until))
                                         .add(std::move(fen)));
    kept_.clear();
  }

  std::vector<CaseRow> of(std::span<const std::int64_t> people) override {
    if (people.empty()) return {};
    flush();
    Column keys(Element::number, people.size());
    for (auto person : people)
      keys.add(person);
    auto rows = rows_of(session_.ask(sql::cases_of, Parameters().add(std::move(keys))));
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  void put(std::span<const CaseRow> rows) override {
    for (const auto& row : rows)
      kept_.insert_or_assign(row.key, row), session_.kept_back(0);
  }
  void erase(std::span<const CaseKey> keys) override {
    for (const auto& key : keys)
      kept_.insert_or_assign(key, std::nullopt), session_.kept_back(0);
  }
  std::vector<CaseRow> page(const CaseFilter& filter, const CasePlace& after,
                            std::size_t count_max) override {
    flush();
    const bool begins = after.area < filter.area_from;
    return rows_of(session_.ask(sql::cases_page, Parameters()
                                                     .add(static_cast<std::int64_t>(filter.state))
                                                     .add(static_cast<std::int64_t>(filter.kind))
                                                     .add(std::int64_t{filter.what})
                                                     .add(begins ? filter.area_from - 1 : after.area)
                                                     .add(begins ? last_person : after.person)
                                                     .add(filter.area_until)
                                                     .add(static_cast<std::int64_t>(count_max))));
  }
  std::vector<CaseCount> counts() override {
    flush();
    std::vector<CaseCount> all;
    for (const auto& [code, number] : session_.counts(Tally::cases))
      all.push_back(CaseCount::of(code, number));
    std::sort(all.begin(), all.end());
    return all;
  }

 private:
  static constexpr std::int64_t last_person = std::numeric_limits<std::int64_t>::max();

  struct Keys {
    explicit Keys(std::size_t count)
        : person(Element::number, count), kind(Element::number, count), what(Element::number, count) {}
    void add(const CaseKey& key) {
      person.add(key.person), kind.add(static_cast<std::int64_t>(key.kind)), what.add(std::int64_t{key.what});
    }
    Parameters parameters() {
      return Parameters().add(std::move(person)).add(std::move(kind)).add(std::move(what));
    }
    Column person, kind, what;
  };

  static std::vector<CaseRow> rows_of(const Rows& found) {
    std::vector<CaseRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({{found.number(row, 0), static_cast<CaseKind>(found.number(row, 1)),
                       static_cast<std::uint16_t>(found.number(row, 2))},
                      found.number(row, 3),
                      static_cast<CaseState>(found.number(row, 4)),
                      Date::from_days(static_cast<std::int32_t>(found.number(row, 5))),
                      Date::from_days(static_cast<std::int32_t>(found.number(row, 6))),
                      found.number(row, 7)});
    return rows;
  }

  Session& session_;
  std::map<CaseKey, std::optional<CaseRow>> kept_;
};

}  // namespace kinhub::postgres
