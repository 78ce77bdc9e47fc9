#pragma once
// The shelf of payments on PostgreSQL. Lists are written a few times a quarter: nothing is kept back.
// Included by postgres_store.cpp alone.

#include <algorithm>
#include <tuple>

#include "hub/store/payments.hpp"
#include "hub/store/postgres/session.hpp"

namespace kinhub::postgres {
namespace sql {

inline constexpr Query last_payment_list{"last payment list",
                                         "SELECT coalesce(max(id), 0) FROM payment_list"};
inline constexpr Query put_payment_list{
    "put payment list",
    "INSERT INTO payment_list VALUES ($1::bigint, $2::bigint, $3::bigint, $4::bigint, $5::bytea) "
    "ON CONFLICT (id) DO UPDATE SET region = excluded.region, state = excluded.state, "
    "changed_at_us = excluded.changed_at_us, sealed = excluded.sealed"};
#define KINHUB_LIST "SELECT id, region, state, changed_at_us, sealed FROM payment_list "
inline constexpr Query get_payment_list{"get payment list", KINHUB_LIST "WHERE id = $1::bigint"};
inline constexpr Query get_payment_lists{"get payment lists",
                                         KINHUB_LIST "WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"};
#undef KINHUB_LIST
inline constexpr Query payment_list_checked{
    "payment list checked", "SELECT 1::bigint FROM payment_list WHERE id = $1::bigint AND state = 0"};
inline constexpr Query drop_payment_lines{"drop payment lines",
                                          "DELETE FROM payment_line WHERE list = $1::bigint"};
inline constexpr Query add_payment_lines{
    "add payment lines",
    "INSERT INTO payment_line SELECT $1::bigint, * FROM unnest($2::bigint[], $3::uuid[], $4::bytea[])"};
#define KINHUB_LINE "SELECT list, line, payee, sealed FROM payment_line "
inline constexpr Query get_payment_lines{
    "get payment lines",
    KINHUB_LINE "WHERE list = $1::bigint AND line > $2::bigint ORDER BY line LIMIT $3::bigint"};
inline constexpr Query payment_lines_of{"payment lines of",
                                        KINHUB_LINE "WHERE payee = ANY($1::uuid[]) ORDER BY list, line"};
#undef KINHUB_LINE
inline constexpr Query payment_payees{
    "payment payees",
    "SELECT DISTINCT payee FROM payment_line WHERE payee > $1::uuid ORDER BY payee LIMIT $2::bigint"};
inline constexpr Query last_payment_entry{"last payment entry",
                                          "SELECT coalesce(max(id), 0) FROM payment_ledger"};
inline constexpr Query put_payment_entries{
    "put payment entries",
    "INSERT INTO payment_ledger SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::bigint[], $4::bytea[]) "
    "ON CONFLICT (id) DO UPDATE SET payee = excluded.payee, state = excluded.state, sealed = "
    "excluded.sealed"};
inline constexpr Query get_payment_entries{
    "get payment entries",
    "SELECT id, payee, state, sealed FROM payment_ledger WHERE id > $1::bigint ORDER BY id LIMIT $2::bigint"};

}  // namespace sql

class Payments final : public PaymentShelf {
 public:
  explicit Payments(Session& session) : session_(session) {}

  std::int64_t last_list() override { return session_.ask(sql::last_payment_list).number(0, 0); }
  void put_list(const PaymentListRow& list) override {
    session_.queue(sql::put_payment_list, Parameters()
                                              .add(list.id)
                                              .add(list.region)
                                              .add(static_cast<std::int64_t>(list.state))
                                              .add(list.changed_at_us)
                                              .add(list.content));
  }
  std::optional<PaymentListRow> list(std::int64_t id) override {
    auto rows = lists_of(session_.ask(sql::get_payment_list, Parameters().add(id)));
    return rows.empty() ? std::nullopt : std::optional(std::move(rows.front()));
  }
  std::vector<PaymentListRow> lists(std::int64_t after, std::size_t count_max) override {
    return lists_of(session_.ask(sql::get_payment_lists,
                                 Parameters().add(after).add(static_cast<std::int64_t>(count_max))));
  }
  bool replace_lines(std::int64_t list, std::span<const PaymentLineRow> lines) override {
    if (session_.ask(sql::payment_list_checked, Parameters().add(list)).size() == 0) return false;
    session_.queue(sql::drop_payment_lines, Parameters().add(list));
    constexpr std::size_t lines_at_once = 5'000;
    for (std::size_t at = 0; at < lines.size(); at += lines_at_once) {
      const auto part = lines.subspan(at, std::min(lines_at_once, lines.size() - at));
      Column number(Element::number, part.size()), payee(Element::token, part.size()), sealed(Element::bytes);
      for (const auto& line : part)
        number.add(line.line), payee.add(line.payee.view()), sealed.add(line.content);
      session_.queue(
          sql::add_payment_lines,
          Parameters().add(list).add(std::move(number)).add(std::move(payee)).add(std::move(sealed)));
    }
    return true;
  }
  std::vector<PaymentLineRow> lines(std::int64_t list, std::int64_t after, std::size_t count_max) override {
    return lines_in(session_.ask(
        sql::get_payment_lines, Parameters().add(list).add(after).add(static_cast<std::int64_t>(count_max))));
  }
  std::vector<PaymentLineRow> lines_of(std::span<const Token> payees) override {
    if (payees.empty()) return {};
    return lines_in(session_.ask(sql::payment_lines_of, Parameters().add(tokens(payees))));
  }
  std::vector<Token> payees(const Token& after, std::size_t count_max) override {
    const auto rows = session_.ask(sql::payment_payees,
                                   Parameters().add(after.view()).add(static_cast<std::int64_t>(count_max)));
    std::vector<Token> found;
    for (int row = 0; row < rows.size(); ++row)
      found.push_back(token_at(rows, row, 0));
    return found;
  }

  std::int64_t last_entry() override { return session_.ask(sql::last_payment_entry).number(0, 0); }
  void put_entries(std::span<const PaymentLedgerRow> rows) override {
    if (rows.empty()) return;
    Column id(Element::number, rows.size()), payee(Element::token, rows.size()), state(Element::number),
        sealed(Element::bytes);
    for (const auto& row : rows)
      id.add(row.id), payee.add(row.payee.view()), state.add(row.state), sealed.add(row.content);
    session_.queue(
        sql::put_payment_entries,
        Parameters().add(std::move(id)).add(std::move(payee)).add(std::move(state)).add(std::move(sealed)));
  }
  std::vector<PaymentLedgerRow> entries(std::int64_t after, std::size_t count_max) override {
    const auto found = session_.ask(sql::get_payment_entries,
                                    Parameters().add(after).add(static_cast<std::int64_t>(count_max)));
    std::vector<PaymentLedgerRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back(
          {found.number(row, 0), token_at(found, row, 1), found.number(row, 2), found.text(row, 3)});
    return rows;
  }

 private:
  static std::vector<PaymentListRow> lists_of(const Rows& found) {
    std::vector<PaymentListRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.number(row, 0), found.number(row, 1),
                      static_cast<PaymentListState>(found.number(row, 2)), found.number(row, 3),
                      found.text(row, 4)});
    return rows;
  }
  static std::vector<PaymentLineRow> lines_in(const Rows& found) {
    std::vector<PaymentLineRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back(
          {found.number(row, 0), found.number(row, 1), token_at(found, row, 2), found.text(row, 3)});
    return rows;
  }

  Session& session_;
};

}  // namespace kinhub::postgres
