#pragma once
// Cross-footing of a payment list, F11 to F18, before it may be closed: red stops it, amber is shown and
// signed for.

#include <span>

#include "hub/payment/list.hpp"

namespace kinhub {

struct ListFinding {
  std::string check;  ///< F11 .. F18; account, holder, exit, residence, unanswered
  enum class Level : std::uint8_t { red, amber } level{};
  std::string text;   ///< names nobody
  std::string place;  ///< a line, a town, a list, a person's reference
  friend bool operator==(const ListFinding&, const ListFinding&) = default;
};

/// What a list is held against.
struct ListToCheck {
  const PaymentList& list;
  const std::vector<Payee>& payees;            ///< those it was drawn of
  const std::vector<PaymentLine>& previous;    ///< lines of the last closed list of this payer
  std::vector<std::string> broken_lists = {};  ///< closed ones whose rows are not those that were signed
  std::vector<std::string> unanswered = {};    ///< lines that no bank answered in time: LIST/LINE
};
std::vector<ListFinding> check_list(const PolicySet& policies, const ListToCheck& what);
bool any_red(std::span<const ListFinding> findings);

}  // namespace kinhub
