#pragma once
// The shelf of people on PostgreSQL.
// Included by postgres_store.cpp alone.

#include <map>

#include "hub/store/people.hpp"
#include "hub/store/postgres/entries.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query get_dossiers{
    "get dossiers", "SELECT person, marks, sealed, code FROM dossier WHERE person = ANY($1::bigint[])"};
// Bulk upserts with unnest, which keeps the order of its arrays, so that rows reach their table sorted by
// key. Measured for 10,000 dossiers of 700 bytes, server CPU per row, into a table of 200,000: written again
// by INSERT .. unnest .. ON CONFLICT 8.8-9.8 us, by UPDATE .. FROM unnest with an INSERT of the rest
// 10.3-11.0, by COPY into a temporary table and from there 10.7, by DELETE and COPY 12.3-14.5; new ones
// 7.7-8.3, 5.8-6.0, 5.3 and 3.0. Most rows of a running hub are known ones, and COPY cannot travel in the
// pipeline with the commit, so it is ON CONFLICT.
inline constexpr Query put_dossiers{
    "put dossiers",
    "INSERT INTO dossier SELECT person, marks, sealed <> ''::bytea, sealed, code "
    "FROM unnest($1::bigint[], $2::bigint[], $3::bytea[], $4::bigint[]) AS kept (person, marks, sealed, "
    "code) "
    "ON CONFLICT (person) DO UPDATE SET marks = excluded.marks, mentioned = excluded.mentioned, sealed = "
    "excluded.sealed, code = excluded.code"};
inline constexpr Query erase_dossiers{"erase dossiers",
                                      "DELETE FROM dossier WHERE person = ANY($1::bigint[])"};
inline constexpr Query get_holders{
    "get holders", "SELECT identifier, person FROM holder WHERE identifier = ANY($1::uuid[])"};
inline constexpr Query add_holders{
    "add holders",
    "INSERT INTO holder SELECT * FROM unnest($1::uuid[], $2::bigint[]) ON CONFLICT DO NOTHING"};
inline constexpr Query remove_holders{
    "remove holders",
    "DELETE FROM holder USING unnest($1::uuid[], $2::bigint[]) AS gone (identifier, person) "
    "WHERE holder.identifier = gone.identifier AND holder.person = gone.person"};
// Uses the partial index of rows that have only marks left: they are few, and no
// dossier is read to leave them out.
inline constexpr Query people{
    "people",
    "SELECT person FROM dossier d WHERE person > $1::bigint AND NOT EXISTS (SELECT FROM dossier e WHERE "
    "e.person = d.person AND NOT e.mentioned) ORDER BY person LIMIT $2::bigint"};
// $1: everyone who is written, $2: how many of them will have a dossier that is not empty.
inline constexpr Query count_people{
    "count people",
    "INSERT INTO tally SELECT 0, 0, change FROM (SELECT $2::bigint - (SELECT count(*) FROM dossier "
    "WHERE person = ANY($1::bigint[]) AND mentioned) AS change) AS counted WHERE change <> 0 "
    "ON CONFLICT (what, code) DO UPDATE SET number = tally.number + excluded.number"};
inline constexpr Query set_next{"set next",
                                "INSERT INTO next_change SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON "
                                "CONFLICT (person) DO UPDATE SET day = excluded.day"};
inline constexpr Query clear_next{"clear next", "DELETE FROM next_change WHERE person = ANY($1::bigint[])"};
inline constexpr Query get_next{"get next",
                                "SELECT day, person FROM next_change WHERE person = ANY($1::bigint[])"};
inline constexpr Query due{"due",
                           "SELECT day, person FROM next_change WHERE day <= $1::bigint AND (day, person) > "
                           "($2::bigint, $3::bigint) "
                           "ORDER BY day, person LIMIT $4::bigint"};

}  // namespace sql

class People final : public PeopleShelf, public Buffer {
 public:
  People(Session& session, Entries& entries) : session_(session), entries_(entries) { session_.add(*this); }

  void flush() override {
    flush_people();
    flush_next_changes();
  }

  PersonId new_person() override { return {++session_.last().person}; }
  PersonId last_person() override { return {session_.last().person}; }

  std::vector<DossierRow> dossiers(std::span<const PersonId> wanted) override {
    std::vector<DossierRow> rows;
    Column keys(Element::number, wanted.size());
    std::size_t asked = 0;
    for (auto person : wanted) {
      auto kept = dossiers_.find(person);
      if (kept == dossiers_.end())
        keys.add(person.value), ++asked;
      else if (kept->second)
        rows.push_back(*kept->second);
    }
    if (asked == 0) return rows;
    auto found = session_.ask(sql::get_dossiers, Parameters().add(std::move(keys)));
    rows.reserve(rows.size() + static_cast<std::size_t>(found.size()));
    for (int row = 0; row < found.size(); ++row) {
      auto marks = found.number(row, 1);
      rows.push_back({{found.number(row, 0)},
                      marks_of(marks),
                      found.text(row, 2),
                      static_cast<std::uint64_t>(found.number(row, 3))});
    }
    return rows;
  }
  void put_dossiers(std::span<const DossierRow> rows) override {
    for (const auto& row : rows) {
      dossiers_.insert_or_assign(row.person, row);
      session_.kept_back(row.sealed.size());
    }
  }
  void erase_dossiers(std::span<const PersonId> people) override {
    for (auto person : people) {
      dossiers_.insert_or_assign(person, std::nullopt);
      session_.kept_back(0);
    }
  }

  std::vector<HolderRow> holders(std::span<const Token> identifiers) override {
    std::vector<HolderRow> rows;
    if (identifiers.empty()) return rows;
    auto found = session_.ask(sql::get_holders, Parameters().add(tokens(identifiers)));
    for (int row = 0; row < found.size(); ++row) {
      HolderRow one{token_at(found, row, 0), {found.number(row, 1)}};
      if (!holders_.contains(one)) rows.push_back(one);
    }
    if (holders_.empty()) return rows;
    for (const auto& identifier : identifiers)
      for (auto at = holders_.lower_bound({identifier, {}});
           at != holders_.end() && at->first.identifier == identifier; ++at)
        if (at->second) rows.push_back(at->first);
    return rows;
  }
  void add_holders(std::span<const HolderRow> rows) override {
    for (const auto& row : rows)
      holders_.insert_or_assign(row, true), session_.kept_back(0);
  }
  void remove_holders(std::span<const HolderRow> rows) override {
    for (const auto& row : rows)
      holders_.insert_or_assign(row, false), session_.kept_back(0);
  }
  std::vector<HomeRow> homes(const std::string& source, std::span<const Token> histories) override {
    return entries_.homes(source, histories);
  }
  void put_histories(const std::string& source, std::span<const EntryRow> rows) override {
    entries_.put(source, rows);
  }
  std::vector<PersonId> page(PersonId after, std::size_t count_max) override {
    flush_people();
    return persons(
        session_.ask(sql::people, Parameters().add(after.value).add(static_cast<std::int64_t>(count_max))));
  }
  Size size() override {
    flush_people();
    entries_.flush();
    return {session_.count(Tally::people), session_.count(Tally::histories)};
  }

  void set_next_change(PersonId person, std::optional<Date> day) override {
    next_changes_.insert_or_assign(person, day);
    session_.kept_back(0);
  }
  std::vector<DueRow> next_changes(std::span<const PersonId> people) override {
    if (people.empty()) return {};
    flush_next_changes();
    return due_rows(session_.ask(sql::get_next, Parameters().add(numbers(people))));
  }
  std::vector<DueRow> due(Date until, const DueRow& after, std::size_t count_max) override {
    flush_next_changes();
    return due_rows(session_.ask(sql::due, Parameters()
                                               .add(std::int64_t{until.days()})
                                               .add(std::int64_t{after.day.days()})
                                               .add(after.person.value)
                                               .add(static_cast<std::int64_t>(count_max))));
  }

 private:
  static std::vector<DueRow> due_rows(const Rows& found) {
    std::vector<DueRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back(
          {Date::from_days(static_cast<std::int32_t>(found.number(row, 0))), {found.number(row, 1)}});
    return rows;
  }

  void flush_people() {
    if (!dossiers_.empty()) {
      Column person(Element::number, dossiers_.size()), marks(Element::number, dossiers_.size()),
          sealed(Element::bytes), code(Element::number, dossiers_.size()), gone(Element::number);
      Column written(Element::number, dossiers_.size());
      std::size_t erased = 0;
      std::int64_t present = 0;
      for (const auto& [id, row] : dossiers_) {
        written.add(id.value);
        if (row && !row->sealed.empty()) ++present;
        if (!row) {
          gone.add(id.value), ++erased;
          continue;
        }
        person.add(id.value), sealed.add(row->sealed);
        marks.add(bits_of(row->marks)), code.add(static_cast<std::int64_t>(row->code));
      }
      session_.queue(sql::count_people, Parameters().add(std::move(written)).add(present));
      if (erased > 0) session_.queue(sql::erase_dossiers, Parameters().add(std::move(gone)));
      if (erased < dossiers_.size())
        session_.queue(sql::put_dossiers, Parameters()
                                              .add(std::move(person))
                                              .add(std::move(marks))
                                              .add(std::move(sealed))
                                              .add(std::move(code)));
      dossiers_.clear();
    }
    if (!holders_.empty()) {
      for (bool bears : {false, true}) {
        Column identifier(Element::token, holders_.size()), person(Element::number, holders_.size());
        bool any = false;
        for (const auto& [row, now] : holders_)
          if (now == bears) identifier.add(row.identifier.view()), person.add(row.person.value), any = true;
        if (any)
          session_.queue(bears ? sql::add_holders : sql::remove_holders,
                         Parameters().add(std::move(identifier)).add(std::move(person)));
      }
      holders_.clear();
    }
  }

  void flush_next_changes() {
    if (next_changes_.empty()) return;
    Column person(Element::number), day(Element::number), gone(Element::number);
    std::size_t cleared = 0;
    for (const auto& [id, date] : next_changes_) {
      if (date)
        person.add(id.value), day.add(std::int64_t{date->days()});
      else
        gone.add(id.value), ++cleared;
    }
    if (cleared > 0) session_.queue(sql::clear_next, Parameters().add(std::move(gone)));
    if (cleared < next_changes_.size())
      session_.queue(sql::set_next, Parameters().add(std::move(person)).add(std::move(day)));
    next_changes_.clear();
  }

  Session& session_;
  Entries& entries_;
  // Kept back, in the order of each table's key.
  std::map<PersonId, std::optional<DossierRow>> dossiers_;
  std::map<HolderRow, bool> holders_;
  std::map<PersonId, std::optional<Date>> next_changes_;
};

}  // namespace kinhub::postgres
