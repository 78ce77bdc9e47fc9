#include "hub/lead/record_lead.hpp"

#include <algorithm>
#include <tuple>

#include "hub/base/clock.hpp"
#include "hub/lead/account_words.hpp"
#include "hub/record/statement.hpp"
#include "hub/store/record_gone.hpp"

namespace kinhub {
namespace {

/// An agency and its source, each once, in order.
void add_reason(std::vector<std::string>& reasons, std::string reason) {
  if (std::ranges::find(reasons, reason) == reasons.end()) reasons.push_back(std::move(reason));
}

}  // namespace

CompleteUntil complete_until(BalanceShelf& balance) {
  CompleteUntil until;
  for (const auto& row : balance.coverage())
    if (row.loaded) until.emplace(row.source, shanghai_date(row.complete_until_us));
  return until;
}

std::vector<Support> still_listed(std::vector<Support> living, const Keyring& keys, EntryShelf& entries) {
  std::erase_if(living, [&](const Statement* row) {
    const auto key = statement_key(keys, row->source, row->fact);
    const auto found = entries.find(row->source, {&key, 1});
    return !found.empty() && is_gone(found.front());
  });
  return living;
}

std::optional<LeadContent> death_in_question(const Happening& death, const std::vector<Support>& living,
                                             PersonId person, const Decided& decided, Date opened_on) {
  if (living.empty()) return std::nullopt;
  LeadContent lead;
  lead.kind = LeadKind::verify;
  lead.benefit = record_death;
  lead.when = {death.on.first, Date::forever()};
  lead.amount.known = false;
  lead.certainty = Certainty::possible;
  lead.pending = {"death disputed"};
  lead.computed = {{lead.when, lead.amount, Certainty::possible, true}};
  if (decided.confirmed == lead.computed || (decided.set_aside && *decided.set_aside == lead.computed))
    return std::nullopt;
  for (const auto* said : death.evidence)
    add_reason(lead.reasons, say_in(Language::zh, Text::reason_dead, said->fact.on->text(),
                                    agency_words(said->fact.evidence), said->source));
  for (const auto* row : living)
    add_reason(lead.reasons,
               say_in(Language::zh, Text::reason_living, agency_words(row->fact.evidence), row->source));
  for (const auto* words : {&death.evidence, &living})
    for (auto& one : evidence_of(*words)) {
      one.about = person;
      lead.evidence.push_back(std::move(one));
    }
  std::ranges::sort(lead.evidence, [](const Evidence& a, const Evidence& b) {
    return std::tie(a.source, a.key, a.fact, a.event_sequence) <
           std::tie(b.source, b.key, b.fact, b.event_sequence);
  });
  lead.not_before = opened_on;
  return lead;
}

}  // namespace kinhub
