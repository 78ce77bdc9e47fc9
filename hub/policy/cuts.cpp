// Collecting the cut points of one family. Whatever a condition starts to ask must be cut here as well.

#include "hub/policy/cuts.hpp"

#include "hub/policy/lookup.hpp"

namespace kinhub::policy {

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
      Leaf leaf;
      leaf.low = age.years, leaf.age = age.age, leaf.feb29 = age.feb29;
      cuts.add(reaches_under(leaf, who->born->earliest));
      if (who->born->latest != who->born->earliest) cuts.add(reaches_under(leaf, who->born->latest));
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
  for (const auto& span : situation.marriages) {
    add(span.when);
    add_partner(span.spouse);
  }
  for (const auto& span : situation.children) {
    if (span.relation == ChildRelation::step) continue;
    cuts.add(span.when.from);
    cuts.add(span.when.until);
    if (program.asks_ivf && span.relation == ChildRelation::born && span.when.from > Date::beginning())
      cuts.add(day_after(span.when.from));
    if (const auto* child = person(span.child); child && child->born) {
      cuts.add(child->born->earliest);
      cuts.add(child->born->latest);
    }
    add_death(span.child);
    add_partner(span.other_parent);
  }
  for (const auto& span : situation.disabilities)
    add(span.when);
  for (const auto& span : situation.residences)
    add(span.when);
  for (const auto& span : situation.receipts)
    add(span.when);
  add(situation.coverage.children);
  add(situation.coverage.marriages);
  add(situation.coverage.residence);
  add(situation.coverage.receipts);
}

}  // namespace kinhub::policy
