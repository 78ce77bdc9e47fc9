#pragma once
// The shelf of leads on SQLite.
// Included by sqlite_store.cpp alone.

#include <algorithm>
#include <optional>

#include "hub/base/sqlite.hpp"
#include "hub/store/leads.hpp"
#include "hub/store/sqlite/answers.hpp"
#include "hub/store/sqlite/tallies.hpp"
#include "hub/store/sqlite/values.hpp"

namespace kinhub::sqlite {

struct LeadsQueries {
  explicit LeadsQueries(Database& of) : database(of) {}

  Database& database;
  Query put_lead{
      database,
      "INSERT INTO lead VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET person = "
      "excluded.person, "
      "kind = excluded.kind, state = excluded.state, changed_at_us = excluded.changed_at_us, "
      "revision = excluded.revision, sealed = excluded.sealed, anchor = excluded.anchor"};
#define KINHUB_LEAD                                                                                 \
  "SELECT id, person, benefit, kind, state, opened_at_us, changed_at_us, revision, sealed, anchor " \
  "FROM lead "
  Query get_lead{database, KINHUB_LEAD "WHERE id = ?"};
  // The index is named: of several that fit, the planner would take the one of all open leads.
  Query open_leads{database,
                   KINHUB_LEAD "INDEXED BY lead_one_open WHERE person = ? AND state = 0 ORDER BY id"};
  Query leads_of{database, KINHUB_LEAD "WHERE person = ? ORDER BY id"};
  Query all_leads{database, KINHUB_LEAD "WHERE id > ? ORDER BY id LIMIT ?"};
  Query state_leads{database, KINHUB_LEAD "WHERE state = ?3 AND id > ?1 ORDER BY id LIMIT ?2"};
#undef KINHUB_LEAD
  Query lead_people{
      database,
      "SELECT DISTINCT person FROM lead INDEXED BY lead_one_open WHERE state = 0 AND person > ? "
      "ORDER BY person LIMIT ?"};
  Query open_kind{database, "SELECT kind FROM lead WHERE id = ? AND state = 0"};
  Query get_decided{database,
                    "SELECT benefit, sealed, anchor FROM decided WHERE person = ? ORDER BY benefit, anchor"};
  Query put_decided{database,
                    "INSERT INTO decided (person, benefit, sealed, anchor) VALUES (?, ?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET sealed = excluded.sealed"};
  Query erase_decided{database, "DELETE FROM decided WHERE person = ? AND benefit = ? AND anchor = ?"};
  Query add_decision{database, "INSERT INTO decision (lead, verdict, at_us, sealed) VALUES (?, ?, ?, ?)"};
  Query get_decisions{database, "SELECT verdict, at_us, sealed FROM decision WHERE lead = ? ORDER BY id"};
};

class Leads final : public LeadShelf {
 public:
  Leads(LeadsQueries& sql, ValueShelf& values, Tallies& tallies)
      : sql_(sql), values_(values), tallies_(tallies) {}

  /// Writes down the numbers given in this transaction; before it commits.
  void keep_numbers() {
    if (last_lead_) values_.put("last lead", std::to_string(*last_lead_));
  }

  LeadId new_lead() override {
    if (!last_lead_) last_lead_ = last_number_in(values_.get("last lead"));
    return {++*last_lead_};
  }
  void put(const LeadRow& lead) override {
    auto& open = sql_.open_kind.bind(1, lead.id.value);
    while (open.step())
      tallies_.change(Tally::open_leads, open.number(0), -1);
    if (lead.state == LeadState::open)
      tallies_.change(Tally::open_leads, static_cast<std::int64_t>(lead.kind), 1);
    sql_.put_lead.bind(1, lead.id.value)
        .bind(2, lead.person.value)
        .bind_text(3, lead.benefit)
        .bind(4, static_cast<std::int64_t>(lead.kind))
        .bind(5, static_cast<std::int64_t>(lead.state))
        .bind(6, lead.opened_at_us)
        .bind(7, lead.changed_at_us)
        .bind(8, lead.revision)
        .bind_blob(9, lead.content)
        .bind_blob(10, lead.anchor.view())
        .run();
  }
  std::optional<LeadRow> find(LeadId id) override {
    sql_.get_lead.bind(1, id.value);
    auto rows = leads_from(sql_.get_lead);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<LeadRow> open_of(std::span<const PersonId> people) override {
    std::vector<LeadRow> rows;
    for (auto person : people)
      for (auto& row : leads_from(sql_.open_leads.bind(1, person.value)))
        rows.push_back(std::move(row));
    std::ranges::sort(rows, {}, &LeadRow::id);
    return rows;
  }
  std::vector<LeadRow> of(PersonId person) override {
    sql_.leads_of.bind(1, person.value);
    return leads_from(sql_.leads_of);
  }
  std::vector<LeadRow> page(std::optional<LeadState> state, LeadId after, std::size_t count_max) override {
    auto& get = state ? sql_.state_leads.bind(3, static_cast<std::int64_t>(*state)) : sql_.all_leads;
    return leads_from(get.bind(1, after.value).bind(2, static_cast<std::int64_t>(count_max)));
  }
  std::vector<std::pair<LeadKind, std::int64_t>> open_counts() override {
    std::vector<std::pair<LeadKind, std::int64_t>> all;
    for (const auto& [kind, count] : tallies_.counts(Tally::open_leads))
      all.emplace_back(static_cast<LeadKind>(kind), count);
    return all;
  }
  std::vector<PersonId> people_with_open(PersonId after, std::size_t count_max) override {
    return persons(sql_.lead_people.bind(1, after.value).bind(2, static_cast<std::int64_t>(count_max)));
  }

  std::vector<DecidedRow> decided(std::span<const PersonId> people) override {
    std::vector<DecidedRow> rows;
    for (auto person : people) {
      auto& get = sql_.get_decided.bind(1, person.value);
      while (get.step())
        rows.push_back({person, get.text(0), get.text(1), Token::from(get.bytes(2))});
    }
    return rows;
  }
  void put_decided(const DecidedRow& row) override {
    sql_.put_decided.bind(1, row.person.value)
        .bind_text(2, row.benefit)
        .bind_blob(3, row.content)
        .bind_blob(4, row.anchor.view())
        .run();
  }
  void erase_decided(PersonId person, const std::string& benefit, const Token& anchor) override {
    sql_.erase_decided.bind(1, person.value).bind_text(2, benefit).bind_blob(3, anchor.view()).run();
  }
  void add_decision(const DecisionRow& row) override {
    sql_.add_decision.bind(1, row.lead.value)
        .bind(2, static_cast<std::int64_t>(row.verdict))
        .bind(3, row.at_us)
        .bind_blob(4, row.content)
        .run();
  }
  std::vector<DecisionRow> decisions(LeadId lead) override {
    std::vector<DecisionRow> rows;
    auto& get = sql_.get_decisions.bind(1, lead.value);
    while (get.step())
      rows.push_back({lead, static_cast<LeadState>(get.number(0)), get.number(1), get.text(2)});
    return rows;
  }

 private:
  static std::vector<LeadRow> leads_from(Query& get) {
    std::vector<LeadRow> rows;
    while (get.step())
      rows.push_back({{get.number(0)},
                      {get.number(1)},
                      get.text(2),
                      static_cast<LeadKind>(get.number(3)),
                      static_cast<LeadState>(get.number(4)),
                      get.number(5),
                      get.number(6),
                      get.number(7),
                      get.text(8),
                      Token::from(get.bytes(9))});
    return rows;
  }
  LeadsQueries& sql_;
  ValueShelf& values_;
  Tallies& tallies_;
  std::optional<std::int64_t> last_lead_;  ///< of the numbers given in this transaction
};

}  // namespace kinhub::sqlite
