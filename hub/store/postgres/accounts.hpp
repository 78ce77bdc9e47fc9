#pragma once
// The shelf of accounts on PostgreSQL.
// Included by postgres_store.cpp alone.

#include "hub/store/accounts.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query last_account{"last account", "SELECT coalesce(max(id), 0) FROM account"};
inline constexpr Query put_account{
    "put account",
    "INSERT INTO account VALUES ($1::bigint, $2::uuid, $3::bigint, $4::bytea) ON CONFLICT (id) DO UPDATE SET "
    "name = excluded.name, revision = excluded.revision, sealed = excluded.sealed"};
inline constexpr Query get_account{"get account",
                                   "SELECT id, name, revision, sealed FROM account WHERE id = $1::bigint"};
inline constexpr Query get_account_named{
    "get account named", "SELECT id, name, revision, sealed FROM account WHERE name = $1::uuid"};
inline constexpr Query get_accounts{"get accounts",
                                    "SELECT id, name, revision, sealed FROM account WHERE id > $1::bigint "
                                    "ORDER BY id LIMIT $2::bigint"};
inline constexpr Query put_session{
    "put session",
    "INSERT INTO account_session VALUES ($1::bytea, $2::bigint, $3::bigint, $4::bigint, $5::bigint, "
    "$6::bigint, $7::text) ON CONFLICT (digest) DO UPDATE SET account = excluded.account, "
    "since_us = excluded.since_us, seen_us = excluded.seen_us, fresh_us = excluded.fresh_us, "
    "ends_us = excluded.ends_us, place = excluded.place"};
#define KINHUB_SESSION \
  "SELECT digest, account, since_us, seen_us, fresh_us, ends_us, place FROM account_session "
inline constexpr Query get_session{"get session", KINHUB_SESSION "WHERE digest = $1::bytea"};
inline constexpr Query get_sessions{"get sessions",
                                    KINHUB_SESSION "WHERE account = $1::bigint ORDER BY since_us, digest"};
#undef KINHUB_SESSION
inline constexpr Query end_session{"end session", "DELETE FROM account_session WHERE digest = $1::bytea"};
inline constexpr Query put_slip{
    "put slip",
    "INSERT INTO slip VALUES ($1::bigint, $2::text, $3::bigint, $4::bigint, $5::bytea) ON CONFLICT "
    "(kind, name) DO UPDATE SET account = excluded.account, until_us = excluded.until_us, "
    "sealed = excluded.sealed"};
inline constexpr Query find_slips{"find slips",
                                  "SELECT kind, name, account, until_us, sealed FROM slip WHERE "
                                  "kind = $1::bigint AND name = ANY($2::text[]) ORDER BY name"};
inline constexpr Query get_slips{"get slips",
                                 "SELECT kind, name, account, until_us, sealed FROM slip WHERE "
                                 "kind = $1::bigint AND account = $2::bigint ORDER BY name"};
inline constexpr Query erase_slip{"erase slip",
                                  "DELETE FROM slip WHERE kind = $1::bigint AND name = $2::text"};
inline constexpr Query forget_sessions{"forget sessions",
                                       "DELETE FROM account_session WHERE ends_us <= $1::bigint"};
inline constexpr Query forget_slips{"forget slips", "DELETE FROM slip WHERE until_us <= $1::bigint"};

}  // namespace sql

class Accounts final : public AccountShelf {
 public:
  explicit Accounts(Session& session) : session_(session) {}

  std::int64_t last_account() override { return session_.ask(sql::last_account).number(0, 0); }
  void put(const AccountRow& row) override {
    session_.queue(sql::put_account,
                   Parameters().add(row.id).add(row.name.view()).add(row.revision).add(row.content));
  }
  std::optional<AccountRow> find(std::int64_t id) override {
    return first_of(accounts_from(session_.ask(sql::get_account, Parameters().add(id))));
  }
  std::optional<AccountRow> find_named(const Token& name) override {
    return first_of(accounts_from(session_.ask(sql::get_account_named, Parameters().add(name.view()))));
  }
  std::vector<AccountRow> page(std::int64_t after, std::size_t count_max) override {
    return accounts_from(
        session_.ask(sql::get_accounts, Parameters().add(after).add(static_cast<std::int64_t>(count_max))));
  }

  void put_session(const SessionRow& row) override {
    session_.queue(sql::put_session, Parameters()
                                         .add(row.digest)
                                         .add(row.account)
                                         .add(row.since_us)
                                         .add(row.seen_us)
                                         .add(row.fresh_us)
                                         .add(row.ends_us)
                                         .add(row.from));
  }
  std::optional<SessionRow> find_session(std::string_view digest) override {
    return first_of(sessions_from(session_.ask(sql::get_session, Parameters().add(digest))));
  }
  std::vector<SessionRow> sessions_of(std::int64_t account) override {
    return sessions_from(session_.ask(sql::get_sessions, Parameters().add(account)));
  }
  void end_session(std::string_view digest) override {
    session_.queue(sql::end_session, Parameters().add(digest));
  }

  void put_slip(const SlipRow& row) override {
    session_.queue(sql::put_slip, Parameters()
                                      .add(static_cast<std::int64_t>(row.kind))
                                      .add(row.name)
                                      .add(row.account)
                                      .add(row.until_us)
                                      .add(row.content));
  }
  std::vector<SlipRow> find_slips(SlipKind kind, std::span<const std::string> names) override {
    if (names.empty()) return {};
    Column wanted(Element::text, names.size());
    for (const auto& name : names)
      wanted.add(name);
    return slips_from(session_.ask(sql::find_slips,
                                   Parameters().add(static_cast<std::int64_t>(kind)).add(std::move(wanted))));
  }
  std::vector<SlipRow> slips_of(SlipKind kind, std::int64_t account) override {
    return slips_from(
        session_.ask(sql::get_slips, Parameters().add(static_cast<std::int64_t>(kind)).add(account)));
  }
  void erase_slip(SlipKind kind, std::string_view name) override {
    session_.queue(sql::erase_slip, Parameters().add(static_cast<std::int64_t>(kind)).add(name));
  }

  void forget_ended(std::int64_t now_us) override {
    session_.queue(sql::forget_sessions, Parameters().add(now_us));
    session_.queue(sql::forget_slips, Parameters().add(now_us));
  }

 private:
  template <class Row>
  static std::optional<Row> first_of(std::vector<Row> rows) {
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  static std::vector<AccountRow> accounts_from(const Rows& found) {
    std::vector<AccountRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back(
          {found.number(row, 0), token_at(found, row, 1), found.number(row, 2), found.text(row, 3)});
    return rows;
  }
  static std::vector<SessionRow> sessions_from(const Rows& found) {
    std::vector<SessionRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.text(row, 0), found.number(row, 1), found.number(row, 2), found.number(row, 3),
                      found.number(row, 4), found.number(row, 5), found.text(row, 6)});
    return rows;
  }
  static std::vector<SlipRow> slips_from(const Rows& found) {
    std::vector<SlipRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({static_cast<SlipKind>(found.number(row, 0)), found.text(row, 1), found.number(row, 2),
                      found.number(row, 3), found.text(row, 4)});
    return rows;
  }
  Session& session_;
};

}  // namespace kinhub::postgres
