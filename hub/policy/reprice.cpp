#include "hub/policy/reprice.hpp"

#include <algorithm>

#include "hub/policy/program.hpp"

namespace kinhub {

using namespace policy;

namespace {

using Rules = std::vector<AmountRule>;

/// Whether the day alone tells the sum, or that there is none.
bool are_plain(const Rules& rules) {
  return std::ranges::all_of(rules, [](const AmountRule& rule) {
    return !rule.when && rule.kind != AmountRule::Kind::share_of_pension;
  });
}

bool same_but_sum(const AmountRule& a, const AmountRule& b) {
  return a.days == b.days && a.when.has_value() == b.when.has_value() &&
         (!a.when || a.when->node == b.when->node) && a.kind == b.kind && a.percent == b.percent &&
         a.per == b.per;
}

bool same_rules(const Rules& a, const Rules& b) {
  return std::ranges::equal(a, b, [](const auto& one, const auto& other) {
    return same_but_sum(one, other) && one.fen == other.fen;
  });
}

/// Whether a sum tells by which rule it was given: then it tells the new sum, too.
bool told_by_sums(const Rules& before, const Rules& after) {
  if (!std::ranges::equal(before, after, same_but_sum)) return false;
  for (std::size_t i = 0; i < before.size(); ++i) {
    // A share of a pension may come to any sum.
    if (before[i].kind == AmountRule::Kind::share_of_pension) return false;
    for (std::size_t k = 0; k < i; ++k)
      if (before[i].kind == before[k].kind && before[i].fen == before[k].fen && after[i].fen != after[k].fen)
        return false;
  }
  return true;
}

bool same_metadata(const Benefit& a, const Benefit& b) {
  return a.id == b.id && a.whose == b.whose && a.apart == b.apart;
}

/// The code of rights: sums aside, which may cut time on more days and change nothing by it.
bool same_code(const Program& a, const Program& b) {
  return std::ranges::equal(a.benefits, b.benefits, same_metadata) && a.leaves == b.leaves &&
         a.codes == b.codes && a.parts == b.parts && a.proofs == b.proofs &&
         std::ranges::equal(a.lines, b.lines, [](const Line& one, const Line& other) {
           return one.benefit == other.benefit && one.right.node == other.right.node &&
                  one.in_force == other.in_force && one.proof == other.proof;
         });
}

bool recognized(const Rules& before, const Rules& after) {
  if (same_rules(before, after) || told_by_sums(before, after)) return true;
  // Where a period changes, so does what is reported and counted.
  return are_plain(before) && are_plain(after) && !before.empty() && !after.empty() &&
         std::ranges::all_of(after, [&](const AmountRule& rule) { return rule.per == before.front().per; });
}

const Line* line_of(const Program& program, BenefitIndex benefit, Date day) {
  for (const auto& line : program.lines)
    if (line.benefit == benefit && line.in_force.contains(day)) return &line;
  return nullptr;
}

}  // namespace

std::optional<Repricing> Repricing::between(const PolicySet& before, const PolicySet& after) {
  const auto &a = before.program(), &b = after.program();
  if (!same_code(a, b)) return std::nullopt;
  for (std::size_t i = 0; i < a.lines.size(); ++i)
    if (!recognized(a.lines[i].amounts, b.lines[i].amounts)) return std::nullopt;
  return Repricing(before, after);
}

/// What a span becomes: pieces of its days with their new sums.
std::optional<std::vector<Repricing::Step>> Repricing::steps_of(const Entitlement& span) const {
  const auto* line = line_of(before_.program(), span.benefit, span.when.from);
  if (line == nullptr) return std::nullopt;
  const auto& was = line->amounts;
  const auto& now =
      after_.program().lines[static_cast<std::size_t>(line - before_.program().lines.data())].amounts;
  if (same_rules(was, now)) return std::vector{Step{span.when, span.amount}};
  if (!are_plain(was) || !are_plain(now)) {  // one sum for another
    if (!span.amount.known) return std::nullopt;
    for (std::size_t i = 0; i < was.size(); ++i)
      if (was[i].kind == AmountRule::Kind::fixed && was[i].fen == span.amount.fen)
        return std::vector{Step{span.when, {now[i].fen, span.amount.per, true}}};
    return std::nullopt;
  }
  std::vector<Date> cuts{span.when.from};
  for (const auto& rule : now)
    for (auto day : {rule.days.from, rule.days.until})
      if (day > span.when.from && day < span.when.until) cuts.push_back(day);
  std::ranges::sort(cuts);
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  std::vector<Step> steps;
  for (std::size_t i = 0; i < cuts.size(); ++i) {
    const auto rule =
        std::ranges::find_if(now, [&](const AmountRule& one) { return one.days.contains(cuts[i]); });
    const bool known = rule != now.end() && rule->kind == AmountRule::Kind::fixed;
    if (known != span.amount.known) return std::nullopt;  // what is pending changes with it
    steps.push_back({{cuts[i], i + 1 < cuts.size() ? cuts[i + 1] : span.when.until},
                     known ? Amount{rule->fen, rule->per, true} : span.amount});
  }
  return steps;
}

std::optional<std::vector<Entitlement>> Repricing::apply(std::span<const Entitlement> timeline) const {
  std::vector<Entitlement> priced;
  for (const auto& span : timeline) {
    const auto steps = steps_of(span);
    if (!steps) return std::nullopt;
    for (const auto& step : *steps) {
      if (!priced.empty()) {
        auto& last = priced.back();
        if (last.benefit == span.benefit && last.when.until == step.days.from && last.amount == step.amount &&
            last.certainty == span.certainty && last.pending == span.pending &&
            line_of(after_.program(), span.benefit, last.when.from) ==
                line_of(after_.program(), span.benefit, step.days.from)) {
          last.when.until = step.days.until, last.ends_because = span.ends_because;
          continue;
        }
      }
      auto piece = span;
      piece.when = step.days, piece.amount = step.amount;
      const Cause change{Cause::What::policy, 0, step.days.from, 0};
      if (step.days.from != span.when.from) {
        piece.starts_because = change;
        priced.back().ends_because = change;
      }
      priced.push_back(std::move(piece));
    }
  }
  return priced;
}

}  // namespace kinhub
