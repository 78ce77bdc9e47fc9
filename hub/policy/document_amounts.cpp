// Reading of `amount`: a plain sum, a share of a pension, or dated lines of them.

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "hub/policy/document_reader.hpp"
#include "hub/policy/keys.hpp"

namespace kinhub::policy {
namespace {

// "per month" and its kin at the end of an English amount.
std::optional<Per> take_period(std::string& words) {
  constexpr std::array<std::pair<std::string_view, Per>, 2> periods{
      {{" per month", Per::month}, {" per year", Per::year}}};
  for (auto [ending, per] : periods)
    if (words.ends_with(ending)) {
      words.resize(words.size() - ending.size());
      return per;
    }
  constexpr std::array<std::pair<std::string_view, Per>, 6> beginnings{{{"每人每月", Per::month},
                                                                        {"每月", Per::month},
                                                                        {"每户每年", Per::year},
                                                                        {"每人每年", Per::year},
                                                                        {"每年", Per::year},
                                                                        {"一次性", Per::once}}};
  for (auto [beginning, per] : beginnings)
    if (words.starts_with(beginning)) {
      words = tidy(std::string_view(words).substr(beginning.size()));
      return per;
    }
  return std::nullopt;
}

}  // namespace

AmountRule DocumentReader::read_sum(const YamlNode& node, bool once) {
  AmountRule rule;
  rule.text = tidy(scalar(node));
  auto words = rule.text;
  if (auto comma = words.find(", paid to "); comma != std::string::npos) words.resize(comma);
  if (words.starts_with("not computable")) {
    rule.kind = AmountRule::Kind::not_computable;
    rule.per = words.find("per year") != std::string::npos ? Per::year : once ? Per::once : Per::month;
    if (words.find("per year") == std::string::npos && words.find("per month") == std::string::npos && !once)
      fail(node, "POLICY_AMOUNT_UNIT", "say 'not computable per month, ...' or 'per year'");
    return rule;
  }
  auto per = take_period(words);
  constexpr std::array<std::string_view, 2> units{" yuan", "元"};
  for (auto unit : units) {
    if (!words.ends_with(unit)) continue;
    auto fen = read_yuan(tidy(words.substr(0, words.size() - unit.size())));
    if (!fen) break;
    if (!per && once) per = Per::once;
    if (!per || (*per == Per::once) != once) {
      fail(node, "POLICY_AMOUNT_UNIT",
           once ? "a 'once on' benefit is a plain sum, as '2000 yuan'"
                : "say 'per month' or 'per year', as '610 yuan per month'");
      return rule;
    }
    rule.kind = AmountRule::Kind::fixed;
    rule.fen = *fen;
    rule.per = *per;
    return rule;
  }
  constexpr std::string_view of_pension = "% of own basic pension";
  if (words.ends_with(of_pension) && per) {
    int percent = 0;
    auto digits = words.substr(0, words.size() - of_pension.size());
    auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), percent);
    if (problem == std::errc() && end == digits.data() + digits.size() && percent > 0 && percent <= 1000) {
      rule.kind = AmountRule::Kind::share_of_pension;
      rule.percent = percent;
      rule.per = *per;
      return rule;
    }
  }
  fail(node, "POLICY_AMOUNT_UNIT",
       fmt::format(
           "'{}' is no amount: write '610 yuan per month', '300 yuan per year', '2000 yuan' (once on), "
           "'100% of own basic pension per month', or 'not computable per month, <why>'",
           rule.text));
  return rule;
}

std::vector<AmountRule> DocumentReader::read_amounts(const YamlNode& node, bool once) {
  std::vector<AmountRule> rules;
  if (!node.IsSequence()) return {read_sum(node, once)};
  if (node.size() == 0) fail(node, "POLICY_EMPTY", "an amount needs at least one line");
  for (const auto& part : node) {
    if (++conditions_ > conditions_max) break;
    auto map = entries(part, keys_of(amount_keys));
    AmountRule rule;
    if (map.contains("otherwise"))
      rule = read_sum(map["otherwise"], once);
    else if (map.contains("pay"))
      rule = read_sum(map["pay"], once);
    else
      fail(part, "POLICY_KEY_MISSING", "'pay' (or 'otherwise') is missing");
    if (map.contains("when")) rule.when = read_condition(map["when"], 0);
    auto day = [&](const char* key) -> std::optional<Date> {
      if (!map.contains(key)) return std::nullopt;
      auto date = Date::parse(tidy(scalar(map[key])));
      if (!date) fail(map[key], "POLICY_DATE", "write the day as 2022-07-01");
      return date;
    };
    if (auto from = day("from")) rule.days.from = *from;
    if (auto last = day("until")) rule.days.until = last->plus_days(1);
    if (rule.days.empty()) fail(part, "POLICY_DATE", "'until' lies before 'from'");
    for (const auto& earlier : rules)
      if (!earlier.when && !rule.when && !overlap(earlier.days, rule.days).empty())
        fail(part, "POLICY_AMOUNT_OVERLAP",
             fmt::format("the days of '{}' overlap those of '{}'", rule.text, earlier.text));
    if (!rules.empty() && rules.front().per != rule.per)
      fail(part, "POLICY_AMOUNT_UNIT", "all lines of one amount are per month, or all per year");
    rules.push_back(std::move(rule));
  }
  return rules;
}

}  // namespace kinhub::policy
