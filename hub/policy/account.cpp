#include "hub/policy/account.hpp"

#include <algorithm>

namespace kinhub {
namespace {

using Standing = Account::Standing;

/// The run of adjacent spans of one certainty around the one at `at`.
void tell_run(Account& account, const std::vector<Entitlement>& spans, std::size_t at) {
  auto joins = [&](std::size_t earlier) {
    return spans[earlier].when.until == spans[earlier + 1].when.from &&
           spans[earlier].certainty == spans[earlier + 1].certainty;
  };
  auto first = at, last = at;
  while (first > 0 && joins(first - 1))
    --first;
  while (last + 1 < spans.size() && joins(last))
    ++last;
  account.run = {spans[first].when.from, spans[last].when.until};
  account.goes_on = last + 1 < spans.size() && spans[last].when.until == spans[last + 1].when.from;
  account.begins = spans[first].starts_because;
  account.ends = spans[last].ends_because;
  account.amount = spans[at].amount;
}

/// The benefit that is paid instead in the month of the day; nothing: this one is.
std::optional<BenefitIndex> paid_instead(const PolicySet& policies, const std::vector<Entitlement>& timeline,
                                         BenefitIndex benefit, Date on) {
  const Date month = on.month_start(), next = month.plus_months(1);
  if (!policies.months_due(timeline, benefit, month, next).empty()) return std::nullopt;
  std::optional<BenefitIndex> higher;
  for (auto other : policies.benefits()[benefit].excludes)
    if (!policies.months_due(timeline, other, month, next).empty()) higher = other;
  return higher;
}

/// A leaf of the same words in another explanation.
const Explanation* same_condition(const Explanation& why, const Explanation& what) {
  if (why.condition == what.condition && why.form == what.form) return &why;
  for (const auto& part : why.parts)
    if (const auto* found = same_condition(part, what)) return found;
  return nullptr;
}

/// What will meet a condition, by what is known: its next change, if it is met from then on.
std::optional<Cause> met_by(const PolicySet& policies, const Situation& situation, BenefitIndex benefit,
                            Date on, const Explanation& what) {
  std::optional<Cause> next;
  for (const auto& cause : what.causes)
    if (cause.on > on && cause.on < Date::forever() && (!next || cause.on < next->on)) next = cause;
  if (!next) return std::nullopt;
  const auto then = policies.explain(situation, benefit, next->on);
  const auto* found = same_condition(then, what);
  return found && found->value == Explanation::Value::met ? next : std::nullopt;
}

/// A grant of the household whose conditions are all met, but that is told on another parent.
bool told_elsewhere(const Explanation& why) {
  return why.value == Explanation::Value::not_met && why.parts.size() == 1 &&
         why.form == Explanation::Form::all && why.parts[0].value == Explanation::Value::met;
}

}  // namespace

std::string_view name_of(Standing standing) {
  switch (standing) {
    case Standing::due:
      return "due";
    case Standing::pending:
      return "pending";
    case Standing::ended:
      return "ended";
    case Standing::not_yet:
      return "not yet";
    case Standing::not_due:
      return "not due";
    case Standing::lower:
      return "lower";
    case Standing::elsewhere:
      return "elsewhere";
  }
  return "";
}

Account account_of(const PolicySet& policies, const Situation& situation, BenefitIndex benefit, Date on) {
  Account account;
  account.benefit = benefit, account.on = on;
  const auto timeline = policies.evaluate(situation);
  std::vector<Entitlement> spans;
  std::copy_if(timeline.begin(), timeline.end(), std::back_inserter(spans),
               [&](const Entitlement& right) { return right.benefit == benefit; });
  account.why = policies.explain(situation, benefit, on);

  const auto after =
      static_cast<std::size_t>(std::find_if(spans.begin(), spans.end(),
                                            [&](const Entitlement& right) { return right.when.from > on; }) -
                               spans.begin());
  // A grant that is paid once does not end the day after it became due.
  const bool holds =
      after > 0 && (spans[after - 1].when.contains(on) || spans[after - 1].amount.per == Per::once);
  if (holds) {
    const auto& span = spans[after - 1];
    tell_run(account, spans, after - 1);
    account.standing = span.certainty == Certainty::sure ? Standing::due : Standing::pending;
    account.waits = span.pending;
    const auto& calendar = policies.benefits()[benefit].calendar;
    if (account.standing == Standing::due && span.amount.per == Per::month) {
      account.higher = paid_instead(policies, timeline, benefit, on);
      if (account.higher) account.standing = Standing::lower;
      const auto since = paid_from(calendar, account.run, on);
      if (since > account.run.from.month_start()) account.paid_from = since;
    }
  } else if (after > 0) {
    tell_run(account, spans, after - 1);
    account.standing = Standing::ended;
  } else if (after < spans.size()) {
    tell_run(account, spans, after);
    account.standing = Standing::not_yet;
  } else if (told_elsewhere(account.why)) {
    account.standing = Standing::elsewhere;
  }
  if (!holds && account.standing != Standing::elsewhere)
    for (const auto* what : missing_parts(account.why))
      account.missing.push_back({*what, met_by(policies, situation, benefit, on, *what)});

  account.next = next_change(spans, on);
  if (account.next)
    for (const auto& span : spans)
      if (span.when.contains(account.next->on)) account.then = span;
  return account;
}

}  // namespace kinhub
