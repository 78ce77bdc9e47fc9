#pragma once
// The shelf of people on SQLite.
// Included by sqlite_store.cpp alone.

#include <optional>
#include <unordered_map>

#include "hub/base/sqlite.hpp"
#include "hub/store/people.hpp"
#include "hub/store/sqlite/answers.hpp"
#include "hub/store/sqlite/entries.hpp"
#include "hub/store/sqlite/tallies.hpp"
#include "hub/store/sqlite/values.hpp"

namespace kinhub::sqlite {

struct PeopleQueries {
  explicit PeopleQueries(Database& of) : database(of) {}

  Database& database;
  Query get_dossier{database, "SELECT sealed, marks, code FROM dossier WHERE person = ?"};
  Query put_dossier{database,
                    "INSERT INTO dossier VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET sealed = "
                    "excluded.sealed, marks = excluded.marks, code = excluded.code"};
  Query erase_dossier{database, "DELETE FROM dossier WHERE person = ?"};
  Query get_holders{database, "SELECT person FROM holder WHERE identifier = ? ORDER BY person"};
  Query add_holder{database, "INSERT OR IGNORE INTO holder VALUES (?, ?)"};
  Query remove_holder{database, "DELETE FROM holder WHERE identifier = ? AND person = ?"};
  Query has_dossier{database, "SELECT length(sealed) > 0 FROM dossier WHERE person = ?"};
  // length() looks at the header of a row alone: no dossier is read to leave out those that are empty.
  Query people{database,
               "SELECT person FROM dossier WHERE person > ? AND length(sealed) > 0 ORDER BY person LIMIT ?"};
  Query set_next{
      database,
      "INSERT INTO next_change VALUES (?, ?) ON CONFLICT DO UPDATE SET day = excluded.day WHERE day <> "
      "excluded.day"};
  Query get_next{database, "SELECT day FROM next_change WHERE person = ?"};
  Query clear_next{database, "DELETE FROM next_change WHERE person = ?"};
  // The rest of the day that the key stands in, then the days behind it: of a row comparison SQLite would use
  // the day alone, and each page would step over the whole day again.
  Query due{database,
            "SELECT day, person FROM next_change WHERE day = ?2 AND day <= ?1 AND person > ?3 UNION ALL "
            "SELECT day, person FROM next_change WHERE day > ?2 AND day <= ?1 ORDER BY 1, 2 LIMIT ?4"};
};

class People final : public PeopleShelf {
 public:
  People(PeopleQueries& sql, ValueShelf& values, Tallies& tallies, Entries& entries)
      : sql_(sql), values_(values), tallies_(tallies), entries_(entries) {}

  /// Writes down the numbers given in this transaction; before it commits.
  void keep_numbers() {
    if (last_person_) values_.put("last person", std::to_string(*last_person_));
  }

  PersonId new_person() override {
    last_person_ = last_person().value + 1;
    return {*last_person_};
  }
  PersonId last_person() override {
    if (last_person_) return {*last_person_};
    return {last_number_in(values_.get("last person"))};
  }

  std::vector<DossierRow> dossiers(std::span<const PersonId> people) override {
    std::vector<DossierRow> rows;
    for (auto person : people) {
      sql_.get_dossier.bind(1, person.value);
      const bool found = sql_.get_dossier.step();
      note_present(person, found && !sql_.get_dossier.bytes(0).empty());
      if (!found) continue;
      auto marks = sql_.get_dossier.number(1);
      rows.push_back({person, marks_of(marks), sql_.get_dossier.text(0),
                      static_cast<std::uint64_t>(sql_.get_dossier.number(2))});
      sql_.get_dossier.reset();
    }
    return rows;
  }
  void put_dossiers(std::span<const DossierRow> rows) override {
    for (const auto& row : rows) {
      count_as(row.person, row.sealed.empty() ? 0 : 1);
      sql_.put_dossier.bind(1, row.person.value)
          .bind_blob(2, row.sealed)
          .bind(3, bits_of(row.marks))
          .bind(4, static_cast<std::int64_t>(row.code))
          .run();
    }
  }
  void erase_dossiers(std::span<const PersonId> people) override {
    for (auto person : people) {
      count_as(person, 0);
      sql_.erase_dossier.bind(1, person.value).run();
    }
  }

  std::vector<HolderRow> holders(std::span<const Token> identifiers) override {
    std::vector<HolderRow> rows;
    for (const auto& identifier : identifiers) {
      sql_.get_holders.bind_blob(1, identifier.view());
      while (sql_.get_holders.step())
        rows.push_back({identifier, {sql_.get_holders.number(0)}});
    }
    return rows;
  }
  void add_holders(std::span<const HolderRow> rows) override {
    for (const auto& row : rows)
      sql_.add_holder.bind_blob(1, row.identifier.view()).bind(2, row.person.value).run();
  }
  void remove_holders(std::span<const HolderRow> rows) override {
    for (const auto& row : rows)
      sql_.remove_holder.bind_blob(1, row.identifier.view()).bind(2, row.person.value).run();
  }
  std::vector<HomeRow> homes(const std::string& source, std::span<const Token> histories) override {
    return entries_.homes(source, histories);
  }
  void put_histories(const std::string& source, std::span<const EntryRow> rows) override {
    entries_.put(source, rows);
  }
  std::vector<PersonId> page(PersonId after, std::size_t count_max) override {
    return persons(sql_.people.bind(1, after.value).bind(2, static_cast<std::int64_t>(count_max)));
  }
  Size size() override { return {tallies_.count(Tally::people), tallies_.count(Tally::histories)}; }

  void set_next_change(PersonId person, std::optional<Date> day) override {
    if (day)
      sql_.set_next.bind(1, person.value).bind(2, day->days()).run();
    else
      sql_.clear_next.bind(1, person.value).run();
  }
  std::vector<DueRow> next_changes(std::span<const PersonId> people) override {
    std::vector<DueRow> rows;
    for (auto person : people) {
      sql_.get_next.bind(1, person.value);
      if (!sql_.get_next.step()) continue;
      rows.push_back({Date::from_days(static_cast<std::int32_t>(sql_.get_next.number(0))), person});
      sql_.get_next.reset();
    }
    return rows;
  }
  std::vector<DueRow> due(Date until, const DueRow& after, std::size_t count_max) override {
    std::vector<DueRow> rows;
    auto& get = sql_.due.bind(1, until.days())
                    .bind(2, after.day.days())
                    .bind(3, after.person.value)
                    .bind(4, static_cast<std::int64_t>(count_max));
    while (get.step())
      rows.push_back({Date::from_days(static_cast<std::int32_t>(get.number(0))), {get.number(1)}});
    return rows;
  }

 private:
  /// `present`: 1 when the person will have a dossier that is not empty, else 0.
  void count_as(PersonId person, std::int64_t present) {
    const auto known = present_.find(person);
    const auto before =
        known != present_.end() ? known->second : one_number(sql_.has_dossier.bind(1, person.value));
    tallies_.change(Tally::people, 0, present - before);
    note_present(person, present != 0);
  }
  /// Notes whether a person has a dossier that is not empty, as this transaction has seen it: what is written
  /// was nearly always read before, and is not looked up once more to be counted.
  void note_present(PersonId person, bool present) {
    if (present_.size() >= present_max) present_.clear();
    present_[person] = present ? 1 : 0;
  }

  PeopleQueries& sql_;
  ValueShelf& values_;
  Tallies& tallies_;
  Entries& entries_;
  static constexpr std::size_t present_max = 50'000;
  std::optional<std::int64_t> last_person_;  ///< of the numbers given in this transaction
  std::unordered_map<PersonId, std::int64_t> present_;
};

}  // namespace kinhub::sqlite
