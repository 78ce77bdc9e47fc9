#include "hub/store/payments.hpp"

#include <string_view>

namespace kinhub {

std::string_view name_of(PaymentListState state) {
  switch (state) {
    case PaymentListState::checked:
      return "checked";
    case PaymentListState::closed:
      return "closed";
    case PaymentListState::sent:
      return "sent";
    case PaymentListState::settled:
      return "settled";
    case PaymentListState::imported:
      return "imported";
  }
  return "";
}

std::string payment_list_context(std::int64_t list) {
  return "payment list " + std::to_string(list);
}
std::string payment_line_context(std::int64_t list, std::int64_t line) {
  return "payment line " + std::to_string(list) + "/" + std::to_string(line);
}
std::string payment_ledger_context(std::int64_t entry) {
  return "payment ledger " + std::to_string(entry);
}

}  // namespace kinhub
