#pragma once
// The shelf of leads on PostgreSQL.
// Included by postgres_store.cpp alone.

#include <algorithm>
#include <compare>
#include <map>
#include <string>
#include <unordered_set>

#include "hub/store/leads.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query put_leads{
    "put leads",
    "INSERT INTO lead SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], "
    "$4::bigint[], $5::bigint[], $6::bigint[], "
    "$7::bigint[], $8::bigint[], $9::bytea[], $10::uuid[]) "
    "ON CONFLICT (id) DO UPDATE SET "
    "person = excluded.person, kind = excluded.kind, "
    "state = excluded.state, changed_at_us = excluded.changed_at_us, revision = "
    "excluded.revision, sealed = excluded.sealed, anchor = excluded.anchor"};
#define KINHUB_LEAD                                                                                 \
  "SELECT id, person, benefit, kind, state, opened_at_us, changed_at_us, revision, sealed, anchor " \
  "FROM lead "
inline constexpr Query leads_of{"leads of", KINHUB_LEAD "WHERE person = $1::bigint ORDER BY id"};
inline constexpr Query get_lead{"get lead", KINHUB_LEAD "WHERE id = $1::bigint"};
inline constexpr Query open_leads{"open leads", KINHUB_LEAD "WHERE person = ANY($1::bigint[]) AND state = 0"};
inline constexpr Query all_leads{"all leads",
                                 KINHUB_LEAD "WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"};
inline constexpr Query state_leads{
    "state leads", KINHUB_LEAD "WHERE state = $3::bigint AND id > $1::bigint ORDER BY id LIMIT $2::bigint"};
#undef KINHUB_LEAD
// $1: the leads that are written, $2: the kinds of those of them that will be open.
inline constexpr Query count_open_leads{
    "count open leads",
    "INSERT INTO tally SELECT 2, kind, sum(change) FROM (SELECT unnest($2::bigint[]) AS kind, 1 AS change "
    "UNION ALL SELECT kind, -1 FROM lead WHERE id = ANY($1::bigint[]) AND state = 0) AS changed "
    "GROUP BY kind HAVING sum(change) <> 0 "
    "ON CONFLICT (what, code) DO UPDATE SET number = tally.number + excluded.number"};
inline constexpr Query lead_people{"lead people",
                                   "SELECT DISTINCT person FROM lead WHERE state = 0 AND person > $1::bigint "
                                   "ORDER BY person LIMIT $2::bigint"};
inline constexpr Query get_decided{
    "get decided", "SELECT person, benefit, sealed, anchor FROM decided WHERE person = ANY($1::bigint[])"};
inline constexpr Query put_decided{
    "put decided",
    "INSERT INTO decided SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::uuid[]) "
    "ON CONFLICT (person, benefit, anchor) DO UPDATE SET sealed = excluded.sealed"};
inline constexpr Query erase_decided{
    "erase decided",
    "DELETE FROM decided WHERE person = $1::bigint AND benefit = $2::text AND anchor = ANY($3::uuid[])"};
inline constexpr Query add_decision{"add decision",
                                    "INSERT INTO decision (lead, verdict, at_us, sealed) VALUES ($1::bigint, "
                                    "$2::bigint, $3::bigint, $4::bytea)"};
inline constexpr Query get_decisions{
    "get decisions", "SELECT verdict, at_us, sealed FROM decision WHERE lead = $1::bigint ORDER BY id"};

}  // namespace sql

class Leads final : public LeadShelf, public Buffer {
 public:
  explicit Leads(Session& session) : session_(session) { session_.add(*this); }

  void flush() override {
    flush_leads();
    flush_decided();
  }

  LeadId new_lead() override { return {++session_.last().lead}; }
  void put(const LeadRow& lead) override {
    leads_.insert_or_assign(lead.id.value, lead);
    session_.kept_back(lead.content.size());
  }
  std::optional<LeadRow> find(LeadId id) override {
    if (auto kept = leads_.find(id.value); kept != leads_.end()) return kept->second;
    auto rows = leads_from(session_.ask(sql::get_lead, Parameters().add(id.value)));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<LeadRow> open_of(std::span<const PersonId> people) override {
    if (people.empty()) return {};
    auto rows = leads_from(session_.ask(sql::open_leads, Parameters().add(numbers(people))));
    std::erase_if(rows, [&](const LeadRow& row) { return leads_.contains(row.id.value); });
    std::unordered_set<PersonId> wanted(people.begin(), people.end());
    for (const auto& [id, row] : leads_)
      if (row.state == LeadState::open && wanted.contains(row.person)) rows.push_back(row);
    std::ranges::sort(rows, {}, &LeadRow::id);
    return rows;
  }
  std::vector<LeadRow> of(PersonId person) override {
    flush_leads();
    return leads_from(session_.ask(sql::leads_of, Parameters().add(person.value)));
  }
  std::vector<LeadRow> page(std::optional<LeadState> state, LeadId after, std::size_t count_max) override {
    flush_leads();
    Parameters parameters;
    parameters.add(after.value).add(static_cast<std::int64_t>(count_max));
    if (state) parameters.add(static_cast<std::int64_t>(*state));
    return leads_from(session_.ask(state ? sql::state_leads : sql::all_leads, std::move(parameters)));
  }
  std::vector<std::pair<LeadKind, std::int64_t>> open_counts() override {
    flush_leads();
    std::vector<std::pair<LeadKind, std::int64_t>> all;
    for (const auto& [kind, count] : session_.counts(Tally::open_leads))
      all.emplace_back(static_cast<LeadKind>(kind), count);
    return all;
  }
  std::vector<PersonId> people_with_open(PersonId after, std::size_t count_max) override {
    flush_leads();
    return persons(session_.ask(sql::lead_people,
                                Parameters().add(after.value).add(static_cast<std::int64_t>(count_max))));
  }

  std::vector<DecidedRow> decided(std::span<const PersonId> people) override {
    if (people.empty()) return {};
    std::map<DecidedKey, std::string> all;
    auto found = session_.ask(sql::get_decided, Parameters().add(numbers(people)));
    for (int row = 0; row < found.size(); ++row)
      all.emplace(DecidedKey{{found.number(row, 0)}, found.text(row, 1), token_at(found, row, 3)},
                  found.text(row, 2));
    for (auto person : people)
      for (auto at = decided_.lower_bound({person, {}, {}});
           at != decided_.end() && at->first.person == person; ++at)
        all.insert_or_assign(at->first, at->second);
    std::vector<DecidedRow> rows;
    for (auto& [key, content] : all)
      rows.push_back({key.person, key.benefit, std::move(content), key.anchor});
    return rows;
  }
  void put_decided(const DecidedRow& row) override {
    decided_.insert_or_assign({row.person, row.benefit, row.anchor}, row.content);
    session_.kept_back(row.content.size());
  }
  void erase_decided(PersonId person, const std::string& benefit, const Token& anchor) override {
    flush_decided();
    session_.queue(sql::erase_decided, Parameters().add(person.value).add(benefit).add(tokens({&anchor, 1})));
  }
  void add_decision(const DecisionRow& row) override {
    session_.queue(sql::add_decision, Parameters()
                                          .add(row.lead.value)
                                          .add(static_cast<std::int64_t>(row.verdict))
                                          .add(row.at_us)
                                          .add(row.content));
  }
  std::vector<DecisionRow> decisions(LeadId lead) override {
    std::vector<DecisionRow> rows;
    auto found = session_.ask(sql::get_decisions, Parameters().add(lead.value));
    for (int row = 0; row < found.size(); ++row)
      rows.push_back(
          {lead, static_cast<LeadState>(found.number(row, 0)), found.number(row, 1), found.text(row, 2)});
    return rows;
  }

 private:
  /// Primary key of a decided row.
  struct DecidedKey {
    PersonId person;
    std::string benefit;
    Token anchor;
    friend auto operator<=>(const DecidedKey&, const DecidedKey&) = default;
  };

  static std::vector<LeadRow> leads_from(const Rows& found) {
    std::vector<LeadRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({{found.number(row, 0)},
                      {found.number(row, 1)},
                      found.text(row, 2),
                      static_cast<LeadKind>(found.number(row, 3)),
                      static_cast<LeadState>(found.number(row, 4)),
                      found.number(row, 5),
                      found.number(row, 6),
                      found.number(row, 7),
                      found.text(row, 8),
                      token_at(found, row, 9)});
    return rows;
  }

  void flush_leads() {
    if (leads_.empty()) return;
    Column written(Element::number, leads_.size()), open_kinds(Element::number);
    for (const auto& [number, row] : leads_) {
      written.add(number);
      if (row.state == LeadState::open) open_kinds.add(static_cast<std::int64_t>(row.kind));
    }
    session_.queue(sql::count_open_leads, Parameters().add(std::move(written)).add(std::move(open_kinds)));
    // Order of the upserts: a person and benefit has one open lead, which the unique index checks row by row,
    // so those that end come first.
    for (bool open : {false, true}) {
      Column id(Element::number), person(Element::number), benefit(Element::text), kind(Element::number),
          state(Element::number), opened(Element::number), changed(Element::number),
          revision(Element::number), sealed(Element::bytes), anchor(Element::token);
      bool any = false;
      for (const auto& [number, row] : leads_) {
        if ((row.state == LeadState::open) != open) continue;
        any = true;
        id.add(number), person.add(row.person.value), benefit.add(row.benefit),
            kind.add(static_cast<std::int64_t>(row.kind));
        state.add(static_cast<std::int64_t>(row.state)), opened.add(row.opened_at_us),
            changed.add(row.changed_at_us);
        revision.add(row.revision), sealed.add(row.content), anchor.add(row.anchor.view());
      }
      if (!any) continue;
      session_.queue(sql::put_leads, Parameters()
                                         .add(std::move(id))
                                         .add(std::move(person))
                                         .add(std::move(benefit))
                                         .add(std::move(kind))
                                         .add(std::move(state))
                                         .add(std::move(opened))
                                         .add(std::move(changed))
                                         .add(std::move(revision))
                                         .add(std::move(sealed))
                                         .add(std::move(anchor)));
    }
    leads_.clear();
  }

  void flush_decided() {
    if (decided_.empty()) return;
    Column person(Element::number), benefit(Element::text), sealed(Element::bytes), anchor(Element::token);
    for (const auto& [key, content] : decided_) {
      person.add(key.person.value), benefit.add(key.benefit), sealed.add(content);
      anchor.add(key.anchor.view());
    }
    session_.queue(sql::put_decided, Parameters()
                                         .add(std::move(person))
                                         .add(std::move(benefit))
                                         .add(std::move(sealed))
                                         .add(std::move(anchor)));
    decided_.clear();
  }

  Session& session_;
  // Kept back, in the order of each table's key.
  std::map<std::int64_t, LeadRow> leads_;
  std::map<DecidedKey, std::string> decided_;
};

}  // namespace kinhub::postgres
