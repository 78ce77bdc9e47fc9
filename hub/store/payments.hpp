#pragma once
// The shelf of payments: lists with their lines, and the ledger of what was overpaid. Lines of a list that
// was closed stay as they are for ever (docs/decisions/0051-payment-lists.md).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "hub/base/secrets.hpp"

namespace kinhub {

/// How far a list is. Stored: numbers stay.
enum class PaymentListState : std::uint8_t {
  checked = 0,  ///< frozen, to be signed; may be checked anew
  closed = 1,   ///< signed: its lines never change again
  sent = 2,     ///< the files of the banks were written
  settled = 3,  ///< every line that was sent was answered
  imported = 4  ///< months of older books, taken as settled
};
std::string_view name_of(PaymentListState state);

struct PaymentListRow {
  std::int64_t id = 0;      ///< from 1, in the order in which lists were made
  std::int64_t region = 0;  ///< the payer: six digits
  PaymentListState state{};
  std::int64_t changed_at_us = 0;
  std::string content;  ///< sealed: the list without its lines, signatures, answers of banks
};
struct PaymentLineRow {
  std::int64_t list = 0, line = 0;
  Token payee;          ///< of the identifier that the decision is about
  std::string content;  ///< sealed
};
struct PaymentLedgerRow {
  std::int64_t id = 0;
  Token payee;
  std::int64_t state = 0;  ///< LedgerState of hub/payment
  std::string content;     ///< sealed
};

/// Contexts under which contents are sealed.
std::string payment_list_context(std::int64_t list);
std::string payment_line_context(std::int64_t list, std::int64_t line);
std::string payment_ledger_context(std::int64_t entry);

class PaymentShelf {
 public:
  virtual ~PaymentShelf() = default;
  /// Of the last list there is; 0: none.
  virtual std::int64_t last_list() = 0;
  /// Upsert by id.
  virtual void put_list(const PaymentListRow& list) = 0;
  virtual std::optional<PaymentListRow> list(std::int64_t id) = 0;
  /// Lists behind `after`, in order of id.
  virtual std::vector<PaymentListRow> lists(std::int64_t after, std::size_t count_max) = 0;
  /// Replaces all lines of a list that is stored as `checked`. False: it is none, or not that any more, and
  /// nothing was changed.
  virtual bool replace_lines(std::int64_t list, std::span<const PaymentLineRow> lines) = 0;
  /// Lines of a list behind `after`, in order.
  virtual std::vector<PaymentLineRow> lines(std::int64_t list, std::int64_t after, std::size_t count_max) = 0;
  /// All lines of these payees, in order of list and line.
  virtual std::vector<PaymentLineRow> lines_of(std::span<const Token> payees) = 0;
  /// Everybody who has a line, each once, behind `after`.
  virtual std::vector<Token> payees(const Token& after, std::size_t count_max) = 0;

  virtual std::int64_t last_entry() = 0;
  /// Upsert by id.
  virtual void put_entries(std::span<const PaymentLedgerRow> rows) = 0;
  /// Entries behind `after`, in order of id.
  virtual std::vector<PaymentLedgerRow> entries(std::int64_t after, std::size_t count_max) = 0;
};

}  // namespace kinhub
