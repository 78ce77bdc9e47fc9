#include "hub/store/accounts.hpp"

namespace kinhub {

std::optional<SlipRow> AccountShelf::find_slip(SlipKind kind, const std::string& name) {
  auto found = find_slips(kind, {&name, 1});
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::string account_context(std::int64_t id) {
  return "account " + std::to_string(id);
}

std::string slip_context(SlipKind kind, std::string_view name) {
  return "slip " + std::to_string(static_cast<int>(kind)) + " " + std::string(name);
}

}  // namespace kinhub
