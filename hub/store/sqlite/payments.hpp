#pragma once
// The shelf of payments on SQLite.
// Included by sqlite_store.cpp alone.

#include <algorithm>
#include <tuple>

#include "hub/base/sqlite.hpp"
#include "hub/store/payments.hpp"
#include "hub/store/sqlite/answers.hpp"

namespace kinhub::sqlite {

struct PaymentsQueries {
  explicit PaymentsQueries(Database& of) : database(of) {}

  Database& database;
  Query last_list{database, "SELECT max(id) FROM payment_list"};
  Query put_list{database,
                 "INSERT INTO payment_list VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                 "region = excluded.region, state = excluded.state, changed_at_us = excluded.changed_at_us, "
                 "sealed = excluded.sealed"};
#define KINHUB_LIST "SELECT id, region, state, changed_at_us, sealed FROM payment_list "
  Query get_list{database, KINHUB_LIST "WHERE id = ?"};
  Query get_lists{database, KINHUB_LIST "WHERE id > ? ORDER BY id LIMIT ?"};
#undef KINHUB_LIST
  Query is_checked{database, "SELECT 1 FROM payment_list WHERE id = ? AND state = 0"};
  Query drop_lines{database, "DELETE FROM payment_line WHERE list = ?"};
  Query add_line{database, "INSERT INTO payment_line VALUES (?, ?, ?, ?)"};
#define KINHUB_LINE "SELECT list, line, payee, sealed FROM payment_line "
  Query get_lines{database, KINHUB_LINE "WHERE list = ? AND line > ? ORDER BY line LIMIT ?"};
  Query lines_of{database, KINHUB_LINE "WHERE payee = ?"};
#undef KINHUB_LINE
  Query payees{database, "SELECT DISTINCT payee FROM payment_line WHERE payee > ? ORDER BY payee LIMIT ?"};
  Query last_entry{database, "SELECT max(id) FROM payment_ledger"};
  Query put_entry{database,
                  "INSERT INTO payment_ledger VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                  "payee = excluded.payee, state = excluded.state, sealed = excluded.sealed"};
  Query get_entries{database,
                    "SELECT id, payee, state, sealed FROM payment_ledger WHERE id > ? ORDER BY id LIMIT ?"};
};

class Payments final : public PaymentShelf {
 public:
  explicit Payments(PaymentsQueries& sql) : sql_(sql) {}

  std::int64_t last_list() override { return one_number(sql_.last_list); }
  void put_list(const PaymentListRow& list) override {
    sql_.put_list.bind(1, list.id)
        .bind(2, list.region)
        .bind(3, static_cast<std::int64_t>(list.state))
        .bind(4, list.changed_at_us)
        .bind_blob(5, list.content)
        .run();
  }
  std::optional<PaymentListRow> list(std::int64_t id) override {
    auto rows = lists_of(sql_.get_list.bind(1, id));
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
  }
  std::vector<PaymentListRow> lists(std::int64_t after, std::size_t count_max) override {
    return lists_of(sql_.get_lists.bind(1, after).bind(2, static_cast<std::int64_t>(count_max)));
  }
  bool replace_lines(std::int64_t list, std::span<const PaymentLineRow> lines) override {
    auto& checked = sql_.is_checked.bind(1, list);
    const bool may = checked.step();
    checked.reset();
    if (!may) return false;
    sql_.drop_lines.bind(1, list).run();
    for (const auto& line : lines)
      sql_.add_line.bind(1, list)
          .bind(2, line.line)
          .bind_blob(3, line.payee.view())
          .bind_blob(4, line.content)
          .run();
    return true;
  }
  std::vector<PaymentLineRow> lines(std::int64_t list, std::int64_t after, std::size_t count_max) override {
    return lines_in(
        sql_.get_lines.bind(1, list).bind(2, after).bind(3, static_cast<std::int64_t>(count_max)));
  }
  std::vector<PaymentLineRow> lines_of(std::span<const Token> payees) override {
    std::vector<PaymentLineRow> rows;
    for (const auto& payee : payees)
      for (auto& row : lines_in(sql_.lines_of.bind_blob(1, payee.view())))
        rows.push_back(std::move(row));
    std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
      return std::tie(a.list, a.line) < std::tie(b.list, b.line);
    });
    return rows;
  }
  std::vector<Token> payees(const Token& after, std::size_t count_max) override {
    std::vector<Token> found;
    auto& page = sql_.payees.bind_blob(1, after.view()).bind(2, static_cast<std::int64_t>(count_max));
    while (page.step())
      found.push_back(Token::from(page.bytes(0)));
    return found;
  }

  std::int64_t last_entry() override { return one_number(sql_.last_entry); }
  void put_entries(std::span<const PaymentLedgerRow> rows) override {
    for (const auto& row : rows)
      sql_.put_entry.bind(1, row.id)
          .bind_blob(2, row.payee.view())
          .bind(3, row.state)
          .bind_blob(4, row.content)
          .run();
  }
  std::vector<PaymentLedgerRow> entries(std::int64_t after, std::size_t count_max) override {
    std::vector<PaymentLedgerRow> rows;
    auto& page = sql_.get_entries.bind(1, after).bind(2, static_cast<std::int64_t>(count_max));
    while (page.step())
      rows.push_back({page.number(0), Token::from(page.bytes(1)), page.number(2), page.text(3)});
    return rows;
  }

 private:
  static std::vector<PaymentListRow> lists_of(Query& query) {
    std::vector<PaymentListRow> rows;
    while (query.step())
      rows.push_back({query.number(0), query.number(1), static_cast<PaymentListState>(query.number(2)),
                      query.number(3), query.text(4)});
    return rows;
  }
  static std::vector<PaymentLineRow> lines_in(Query& query) {
    std::vector<PaymentLineRow> rows;
    while (query.step())
      rows.push_back({query.number(0), query.number(1), Token::from(query.bytes(2)), query.text(3)});
    return rows;
  }

  PaymentsQueries& sql_;
};

}  // namespace kinhub::sqlite
