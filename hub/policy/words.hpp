#pragma once
// Explanations: what a condition says of one day, as a tree with values and causes, and the stable words of
// what an unknown one waits for. docs/policies.md lists the words.

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <string>
#include <vector>

#include "hub/policy/causes.hpp"
#include "hub/record/fact.hpp"

namespace kinhub::policy {

/// Puts the masks of one evaluation into words. Decides nothing.
template <std::size_t W>
class Words {
 public:
  Words(const Evaluation<W>& evaluation, const Causes<W>& causes) : of_(evaluation), causes_(causes) {}

  /// Appends the stable words of what `node` waits for in `segment`, with repetitions.
  /// REQUIRES: segment < segments().
  void pending(std::uint16_t node, std::size_t segment, std::vector<std::string>& words) const {
    assert(segment < of_.segments());
    const auto& code = of_.program().codes[node];
    if (code.op == Op::day_before && segment > 0) --segment;
    if (code.op != Op::day_before && of_.value(node, segment) != Value::perhaps) return;
    if (code.op == Op::leaf) return leaf_words(of_.program().leaves[code.first], segment, words);
    for (auto part : of_.parts(code))
      pending(part, segment, words);
  }

  /// The explanation tree of a condition in a segment. REQUIRES: segment < segments().
  Explanation explain(const Condition& condition, std::size_t segment) const {
    assert(segment < of_.segments());
    Explanation told;
    told.condition = condition.text;
    told.chinese = condition.chinese.empty() ? condition.text : condition.chinese;
    told.english = condition.english.empty() ? condition.text : condition.english;
    told.worded = condition.worded;
    told.form = condition.op == Op::all      ? Explanation::Form::all
                : condition.op == Op::any    ? Explanation::Form::any
                : condition.op == Op::negate ? Explanation::Form::negated
                : condition.parts.empty()    ? Explanation::Form::one
                                             : Explanation::Form::all;
    told.clause = condition.clause;
    told.quote = condition.quote;
    Value now = of_.value(condition.node, segment);
    told.value = now == Value::yes       ? Explanation::Value::met
                 : now == Value::perhaps ? Explanation::Value::unknown
                                         : Explanation::Value::not_met;
    if (condition.op == Op::leaf) {
      told.causes = causes_.support(condition, segment);
      told.plain = plain(condition.leaf);
      return told;
    }
    std::size_t below = condition.op == Op::day_before && segment > 0 ? segment - 1 : segment;
    for (const auto& part : condition.parts)
      told.parts.push_back(explain(part, below));
    if (condition.op == Op::reporter) told.causes = causes_.support(condition, segment);
    told.plain =
        std::all_of(told.parts.begin(), told.parts.end(), [](const Explanation& part) { return part.plain; });
    return told;
  }

 private:
  using Kind = Leaf::Kind;
  using Op = Condition::Op;

  /// Neither a death, nor a child, nor being alive.
  static bool plain(const Leaf& leaf) {
    switch (leaf.kind) {
      case Kind::always:
      case Kind::in_days:
      case Kind::registered_in:
      case Kind::age_line:
      case Kind::wife_reaches:
      case Kind::parent_reaches:
      case Kind::parent_turns:
      case Kind::couple_married:
      case Kind::spouses_born_from:
      case Kind::low_income_allowance:
      case Kind::resident_pension:
      case Kind::urban:
      case Kind::rural:
      case Kind::sex:
        return true;
      case Kind::age:
      case Kind::residence:
      case Kind::state:
      case Kind::state_starts:
        return leaf.who != Who::child;
      case Kind::marriage:
        return leaf.marriage != Leaf::Marriage::widowed;
      case Kind::parent_alive:
      case Kind::only_child_dead:
      case Kind::only_child_disabled:
      case Kind::another_living_child:
      case Kind::death_of_only_child:
      case Kind::birth_after_ivf:
      case Kind::children:
      case Kind::child_born:
      case Kind::child_adopted:
      case Kind::child_dies:
        return false;
    }
    return false;
  }
  // What a death that is only possible waits for.
  static const char* death_word(const SituationPerson::Died& died) {
    if (died.unproven) return "death confirmed by a second source";
    return died.certainty == Certainty::possible ? "death disputed" : "date of death";
  }
  // Appends the words of the children who may be dead; whether there is one.
  bool child_death_open(std::size_t segment, std::vector<std::string>& words) const {
    bool open = false;
    for (const auto& child : of_.children()) {
      if (!child.dead.can.test(segment) || child.dead.must.test(segment) ||
          !child.of_parent.must.test(segment))
        continue;
      words.emplace_back(death_word(*of_.person(child.span->child)->died));
      open = true;
    }
    return open;
  }
  // Appends the words of spouses, known or possible, who may be dead, so that the marriage may be over;
  // whether there is one.
  bool spouse_death_open(std::size_t segment, std::vector<std::string>& words) const {
    bool open = false;
    const Date day = of_.cuts()[segment];
    for (auto partner : of_.partners()) {
      const auto* who = of_.person(partner);
      if (!who || !who->died) continue;
      const auto& died = *who->died;
      if (day < died.first() || (died.certainty == Certainty::sure && day >= died.on)) continue;
      const bool married =
          std::any_of(of_.marriages().begin(), of_.marriages().end(), [&](const auto& marriage) {
            return marriage.span->spouse == partner && marriage.active.can.test(segment);
          });
      if (!married && !of_.marriage_not_known().test(segment)) continue;
      words.emplace_back(death_word(died));
      open = true;
    }
    return open;
  }
  // Of an event: a child who is surely dead, only nobody knows since which day.
  void event_day_open(std::vector<std::string>& words) const {
    for (const auto& child : of_.children())
      if (const auto& died = of_.person(child.span->child)->died; died && died->first() < died->on)
        words.emplace_back(death_word(*died));
  }
  bool parentage_possible(std::size_t segment) const {
    for (const auto& child : of_.children())
      if (child.span->certainty == Certainty::possible && child.of_parent.can.test(segment)) return true;
    return false;
  }
  bool child_birth_open(std::size_t segment) const {
    for (const auto& child : of_.children())
      if (child.span->certainty == Certainty::sure && child.of_parent.can.test(segment) &&
          !child.of_parent.must.test(segment))
        return true;
    return false;
  }
  bool certificate_open(const Leaf& leaf, std::size_t segment) const {
    for (const auto& child : of_.children()) {
      Pair<W> pair = child.living & of_.disabled(child.span->child, leaf.low, leaf.high);
      Pair<W> sick = of_.disabled(child.span->child, leaf.low, leaf.high);
      if (pair.can.test(segment) && !sick.must.test(segment)) return true;
    }
    return false;
  }

  // Of a count of children: the one who is in doubt, else that there may be more than are known.
  void child_words(const Leaf& leaf, std::size_t segment, std::vector<std::string>& words) const {
    const auto before = words.size();
    if (leaf.count.life != ChildCount::Life::any || leaf.kind == Kind::child_dies)
      child_death_open(segment, words);
    if (words.size() == before && leaf.kind == Kind::child_dies) event_day_open(words);
    if (parentage_possible(segment)) words.emplace_back("parentage");
    const bool asks_age = leaf.count.age_from > 0 || leaf.count.age_below > 0;
    for (const auto& child : of_.children()) {
      if (!child.of_parent.can.test(segment)) continue;
      const auto& who = *of_.person(child.span->child);
      const bool day_known = who.born && who.born->earliest == who.born->latest;
      if (!day_known && (asks_age || !who.born || child_birth_open(segment)))
        words.emplace_back("birth date");
      if (leaf.count.sex != Sex::unknown && who.sex == Sex::unknown) words.emplace_back("sex");
    }
    if (leaf.count.grade_low > 0) {
      Leaf graded;
      graded.low = leaf.count.grade_low, graded.high = leaf.count.grade_high;
      if (certificate_open(graded, segment)) words.emplace_back("certificate expired");
    }
    if (words.size() == before) words.emplace_back("number of children");
  }
  void state_words(const Leaf& leaf, std::vector<std::string>& words) const {
    if (leaf.fact == FactKind::support && leaf.word == "low_income")
      words.emplace_back("low-income allowance");
    else if (leaf.fact == FactKind::pension && leaf.word == "resident_pension")
      words.emplace_back("resident pension");
    else if (leaf.fact == FactKind::household_type)
      words.emplace_back("urban or rural");
    else
      words.emplace_back(fmt::format("{} {}", name_of(leaf.fact), leaf.word));
  }

  void leaf_words(const Leaf& leaf, std::size_t segment, std::vector<std::string>& words) const {
    auto say = [&](const char* word) { words.emplace_back(word); };
    std::size_t before = words.size();
    switch (leaf.kind) {
      case Kind::always:
      case Kind::in_days:
        break;
      case Kind::parent_alive:
        if (const auto* self = of_.person(0); self && self->died) say(death_word(*self->died));
        break;
      case Kind::only_child_disabled:
        if (certificate_open(leaf, segment)) say("certificate expired");
        [[fallthrough]];
      case Kind::only_child_dead:
      case Kind::death_of_only_child:
        child_death_open(segment, words);
        if (parentage_possible(segment)) say("parentage");
        if (child_birth_open(segment)) say("birth date");
        if (words.size() == before && leaf.kind == Kind::death_of_only_child) event_day_open(words);
        if (words.size() == before) say("only child");
        break;
      case Kind::another_living_child: {
        const bool covered = of_.days(of_.situation().coverage.children).test(segment);
        if (covered && child_death_open(segment, words))
          break;
        else if (covered && parentage_possible(segment))
          say("parentage");
        else
          say("no other living child");
        break;
      }
      case Kind::age_line:
      case Kind::wife_reaches:
        if (of_.own_sex() == Sex::unknown) say("sex");
        if (of_.own_sex() != Sex::female) {
          const bool may_be_over = spouse_death_open(segment, words);
          const bool in_doubt = of_.married().can.test(segment) && !of_.married().must.test(segment);
          if (of_.marriage_not_known().test(segment) || (in_doubt && !may_be_over)) say("marriage");
        }
        if (of_.own_sex() != Sex::female && words.size() == before)
          for (const auto& marriage : of_.marriages())
            if (marriage.active.can.test(segment) && marriage.again && leaf.kind == Kind::wife_reaches)
              say("marriage");
        if (words.size() == before) say("birth date");
        break;
      case Kind::parent_reaches:
      case Kind::spouses_born_from:
        say("birth date");
        break;
      case Kind::couple_married:
        say("marriage");
        break;
      case Kind::registered_in:
        say("residence");
        break;
      case Kind::urban:
      case Kind::rural:
        say("urban or rural");
        break;
      case Kind::low_income_allowance:
        say("low-income allowance");
        break;
      case Kind::resident_pension:
        say("resident pension");
        break;
      case Kind::birth_after_ivf:
        say("ivf");
        break;
      case Kind::children:
      case Kind::child_born:
      case Kind::child_adopted:
      case Kind::child_dies:
        child_words(leaf, segment, words);
        break;
      case Kind::age:
      case Kind::parent_turns:
        say(leaf.who != Who::parent && of_.marriage_not_known().test(segment) ? "marriage" : "birth date");
        break;
      case Kind::sex:
        say("sex");
        break;
      case Kind::residence:
        say(of_.marriage_not_known().test(segment) ? "marriage" : "residence");
        break;
      case Kind::marriage:
        say("marriage");
        break;
      case Kind::state:
      case Kind::state_starts:
        state_words(leaf, words);
        break;
    }
  }

  const Evaluation<W>& of_;
  const Causes<W>& causes_;
};

}  // namespace kinhub::policy
