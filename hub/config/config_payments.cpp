// Parser of the key `payments`: since when the books are kept, for how long a list is, which banks take
// files.

#include <algorithm>
#include <array>

#include "hub/config/config_text.hpp"

namespace kinhub {
namespace {

/// A code stands in file names and in accounts.
bool is_bank_code(std::string_view text) {
  constexpr std::size_t size_max = 16;
  return !text.empty() && text.size() <= size_max && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

void read_payments(const YamlNode& node, ConfigText& text, Config& config) {
  static constexpr std::array<std::string_view, 4> known = {"ledger_start", "period", "banks", "cut_off_day"};
  static constexpr std::array<std::string_view, 3> periods = {"quarter", "half", "year"};
  PaymentsConfig payments;
  payments.place = text.place(node);
  bool started = false;
  text.each_key(node, "payments", known, [&](const std::string& key, const YamlNode&, const YamlNode& value) {
    if (key == "ledger_start") {
      started = true;
      const auto month = Date::parse(text.text(value, key).value_or("") + "-01");
      if (!month)
        return text.refuse(value, "CONFIG_VALUE",
                           "ledger_start is the first month the hub keeps the books of, as 2026-04");
      payments.ledger_start = *month;
    } else if (key == "period") {
      if (const auto word = text.word(value, key, periods)) payments.period = periods.at(*word);
    } else if (key == "cut_off_day") {
      payments.cut_off_day = static_cast<int>(text.number(value, key, 1, 31).value_or(payments.cut_off_day));
    } else {
      text.each_key(value, "banks", {},
                    [&](const std::string& code, const YamlNode& name, const YamlNode& bank) {
                      if (!is_bank_code(code))
                        text.refuse(name, "CONFIG_NAME",
                                    "a bank's code has letters, digits and -, at most 16: it stands in "
                                    "the names of its files");
                      payments.banks.emplace_back(code, text.text(bank, code).value_or(""));
                    });
    }
  });
  if (!node.IsMap()) return;
  if (!started)
    text.refuse(
        node, "CONFIG_MISSING",
        "payments needs ledger_start, the first month the hub keeps the books of: without it everybody would "
        "be owed since their right began");
  if (payments.banks.empty())
    text.refuse(node, "CONFIG_MISSING", "payments needs banks: { CODE: name }, those that take files");
  config.payments = std::move(payments);
}

}  // namespace kinhub
