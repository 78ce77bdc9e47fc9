// Collecting the cut points of one family. Whatever a condition starts to ask must be cut here as well.

#include "hub/policy/cuts.hpp"

#include "hub/policy/lookup.hpp"

namespace kinhub::policy {
namespace {

// Out of line: few programs ask for the ages of children.
[[gnu::noinline]] void add_child_ages(const Program& program, const Situation& situation, std::int16_t index,
                                      Cuts& cuts) {
  const auto* who = person_of(situation, index);
  if (!who || !who->born) return;
  for (const auto& age : program.child_ages) {
    cuts.add(reaches_under(age, who->born->earliest));
    if (who->born->latest != who->born->earliest) cuts.add(reaches_under(age, who->born->latest));
  }
}

}  // namespace

void cut_at_changes(const Program& program, const Situation& situation, Cuts& cuts) {
  cuts.restart(program.edges);
  auto add = [&](Interval when) {
    cuts.add(when.from);
    cuts.add(when.until);
  };
  auto person = [&](std::int16_t index) { return person_of(situation, index); };
  auto add_death = [&](std::int16_t index) {
    if (const auto* who = person(index); who && who->died) {
      cuts.add(who->died->on);
      cuts.add(day_after(who->died->on));
      if (who->died->first() < who->died->on) {
        cuts.add(who->died->first());
        cuts.add(day_after(who->died->first()));
      }
    }
  };
  auto add_ages = [&](std::int16_t index) {
    const auto* who = person(index);
    if (!who || !who->born) return;
    for (const auto& age : program.ages) {
      cuts.add(reaches_under(age, who->born->earliest));
      if (who->born->latest != who->born->earliest) cuts.add(reaches_under(age, who->born->latest));
    }
  };
  auto add_partner = [&](std::int16_t index) {
    add_ages(index);
    add_death(index);
    if (const auto* who = person(index); who && who->died) {
      cuts.add(next_period(who->died->on, Per::month));
      cuts.add(next_period(who->died->on, Per::year));
    }
  };
  add_death(0);
  add_ages(0);
  if (const auto* self = person(0); program.asks_turns && self && self->born)
    for (const auto& age : program.ages) {
      cuts.add(day_after(reaches_under(age, self->born->latest)));
    }
  for (const auto& span : situation.marriages) {
    add(span.when);
    add_partner(span.spouse);
  }
  for (const auto& span : situation.children) {
    if (span.relation == ChildRelation::step) continue;
    cuts.add(span.when.from);
    cuts.add(span.when.until);
    if (program.asks_births && span.when.from > Date::beginning()) cuts.add(day_after(span.when.from));
    if (const auto* child = person(span.child); child && child->born) {
      cuts.add(child->born->earliest);
      cuts.add(child->born->latest);
      if (program.asks_births) cuts.add(day_after(child->born->latest));
    }
    if (!program.child_ages.empty()) add_child_ages(program, situation, span.child, cuts);
    add_death(span.child);
    add_partner(span.other_parent);
  }
  for (const auto& span : situation.disabilities)
    add(span.when);
  for (const auto& span : situation.residences)
    add(span.when);
  for (const auto& span : situation.receipts) {
    add(span.when);
    if (program.asks_states) cuts.add(day_after(span.when.from));
  }
  for (const auto& span : situation.states) {
    add(span.when);
    if (program.asks_states) cuts.add(day_after(span.when.from));
  }
  add(situation.coverage.children);
  add(situation.coverage.marriages);
  add(situation.coverage.residence);
  add(situation.coverage.receipts);
}

}  // namespace kinhub::policy
