#pragma once
// The shelf of accounts on SQLite.
// Included by sqlite_store.cpp alone.

#include <map>

#include "hub/base/sqlite.hpp"
#include "hub/store/accounts.hpp"

namespace kinhub::sqlite {

struct AccountsQueries {
  explicit AccountsQueries(Database& of) : database(of) {}

  Database& database;
  Query last_account{database, "SELECT coalesce(max(id), 0) FROM account"};
  Query put_account{database,
                    "INSERT INTO account VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                    "name = excluded.name, revision = excluded.revision, sealed = excluded.sealed"};
  Query get_account{database, "SELECT id, name, revision, sealed FROM account WHERE id = ?"};
  Query get_named{database, "SELECT id, name, revision, sealed FROM account WHERE name = ?"};
  Query get_accounts{database,
                     "SELECT id, name, revision, sealed FROM account WHERE id > ? ORDER BY id LIMIT ?"};
  Query put_session{
      database,
      "INSERT INTO account_session VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE "
      "SET account = excluded.account, since_us = excluded.since_us, seen_us = excluded.seen_us, "
      "fresh_us = excluded.fresh_us, ends_us = excluded.ends_us, place = excluded.place"};
#define KINHUB_SESSION \
  "SELECT digest, account, since_us, seen_us, fresh_us, ends_us, place FROM account_session "
  Query get_session{database, KINHUB_SESSION "WHERE digest = ?"};
  Query get_sessions{database, KINHUB_SESSION "WHERE account = ? ORDER BY since_us, digest"};
#undef KINHUB_SESSION
  Query end_session{database, "DELETE FROM account_session WHERE digest = ?"};
  Query put_slip{database,
                 "INSERT INTO slip VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, name) DO UPDATE SET "
                 "account = excluded.account, until_us = excluded.until_us, sealed = excluded.sealed"};
  Query get_slip{database,
                 "SELECT kind, name, account, until_us, sealed FROM slip WHERE kind = ? AND name = ?"};
  Query get_slips{database,
                  "SELECT kind, name, account, until_us, sealed FROM slip WHERE kind = ? AND account = ? "
                  "ORDER BY name"};
  Query erase_slip{database, "DELETE FROM slip WHERE kind = ? AND name = ?"};
  Query forget_sessions{database, "DELETE FROM account_session WHERE ends_us <= ?"};
  Query forget_slips{database, "DELETE FROM slip WHERE until_us <= ?"};
};

class Accounts final : public AccountShelf {
 public:
  explicit Accounts(AccountsQueries& sql) : sql_(sql) {}

  std::int64_t last_account() override {
    sql_.last_account.step();
    const auto last = sql_.last_account.number(0);
    sql_.last_account.reset();
    return last;
  }
  void put(const AccountRow& row) override {
    sql_.put_account.bind(1, row.id)
        .bind_blob(2, row.name.view())
        .bind(3, row.revision)
        .bind_blob(4, row.content)
        .run();
  }
  std::optional<AccountRow> find(std::int64_t id) override {
    return first_of(accounts_from(sql_.get_account.bind(1, id)));
  }
  std::optional<AccountRow> find_named(const Token& name) override {
    return first_of(accounts_from(sql_.get_named.bind_blob(1, name.view())));
  }
  std::vector<AccountRow> page(std::int64_t after, std::size_t count_max) override {
    return accounts_from(sql_.get_accounts.bind(1, after).bind(2, static_cast<std::int64_t>(count_max)));
  }

  void put_session(const SessionRow& row) override {
    sql_.put_session.bind_blob(1, row.digest)
        .bind(2, row.account)
        .bind(3, row.since_us)
        .bind(4, row.seen_us)
        .bind(5, row.fresh_us)
        .bind(6, row.ends_us)
        .bind_text(7, row.from)
        .run();
  }
  std::optional<SessionRow> find_session(std::string_view digest) override {
    return first_of(sessions_from(sql_.get_session.bind_blob(1, digest)));
  }
  std::vector<SessionRow> sessions_of(std::int64_t account) override {
    return sessions_from(sql_.get_sessions.bind(1, account));
  }
  void end_session(std::string_view digest) override { sql_.end_session.bind_blob(1, digest).run(); }

  void put_slip(const SlipRow& row) override {
    sql_.put_slip.bind(1, static_cast<std::int64_t>(row.kind))
        .bind_text(2, row.name)
        .bind(3, row.account)
        .bind(4, row.until_us)
        .bind_blob(5, row.content)
        .run();
  }
  std::vector<SlipRow> find_slips(SlipKind kind, std::span<const std::string> names) override {
    std::map<std::string, SlipRow> found;
    for (const auto& name : names)
      for (auto& row : slips_from(sql_.get_slip.bind(1, static_cast<std::int64_t>(kind)).bind_text(2, name)))
        found.insert_or_assign(name, std::move(row));
    std::vector<SlipRow> rows;
    for (auto& [name, row] : found)
      rows.push_back(std::move(row));
    return rows;
  }
  std::vector<SlipRow> slips_of(SlipKind kind, std::int64_t account) override {
    return slips_from(sql_.get_slips.bind(1, static_cast<std::int64_t>(kind)).bind(2, account));
  }
  void erase_slip(SlipKind kind, std::string_view name) override {
    sql_.erase_slip.bind(1, static_cast<std::int64_t>(kind)).bind_text(2, name).run();
  }

  void forget_ended(std::int64_t now_us) override {
    sql_.forget_sessions.bind(1, now_us).run();
    sql_.forget_slips.bind(1, now_us).run();
  }

 private:
  template <class Row>
  static std::optional<Row> first_of(std::vector<Row> rows) {
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  static std::vector<AccountRow> accounts_from(Query& get) {
    std::vector<AccountRow> rows;
    while (get.step())
      rows.push_back({get.number(0), Token::from(get.bytes(1)), get.number(2), get.text(3)});
    return rows;
  }
  static std::vector<SessionRow> sessions_from(Query& get) {
    std::vector<SessionRow> rows;
    while (get.step())
      rows.push_back({get.text(0), get.number(1), get.number(2), get.number(3), get.number(4), get.number(5),
                      get.text(6)});
    return rows;
  }
  static std::vector<SlipRow> slips_from(Query& get) {
    std::vector<SlipRow> rows;
    while (get.step())
      rows.push_back(
          {static_cast<SlipKind>(get.number(0)), get.text(1), get.number(2), get.number(3), get.text(4)});
    return rows;
  }
  AccountsQueries& sql_;
};

}  // namespace kinhub::sqlite
