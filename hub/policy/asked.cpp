#include "hub/policy/asked.hpp"

#include <algorithm>

#include "hub/policy/document.hpp"
#include "hub/policy/program.hpp"
#include "hub/policy/vocabulary.hpp"

namespace kinhub {

using namespace policy;

struct AskedCondition::Compiled {
  Program program;
};

namespace {

constexpr std::string_view whole_country = "000000";

Condition leaf(Leaf of, std::string text) {
  Condition condition;
  condition.leaf = std::move(of);
  condition.text = std::move(text);
  return condition;
}

/// Adds a condition to the program as one line without a sum.
void add_line(Program& program, Condition asked, Interval days, const Calendar& calendar,
              const ProofRules& proof) {
  Line line;
  line.in_force = days;
  line.proof = program.add(proof);
  line.right.op = Condition::Op::all;
  Leaf in_days;
  in_days.kind = Leaf::Kind::in_days, in_days.from = days.from, in_days.until = days.until;
  Leaf alive;
  alive.kind = Leaf::Kind::parent_alive;
  alive.flag = calendar.death_day == Calendar::DeathDay::counts_as_alive;
  line.right.parts.push_back(leaf(in_days, "in force"));
  line.right.parts.push_back(leaf(alive, "this parent is alive"));
  line.right.parts.push_back(std::move(asked));
  program.add(line.right);
  line.amounts.push_back({{}, {}, AmountRule::Kind::fixed, 0, 0, Per::month, ""});
  line.one_amount = true;
  program.lines.push_back(std::move(line));
}

}  // namespace

std::optional<AskedCondition> AskedCondition::defined(const PolicySet& policies, std::string_view name) {
  auto compiled = std::make_shared<Compiled>();
  for (const auto& document : policies.documents()) {
    if (document.region != whole_country) continue;
    for (const auto& definition : document.definitions)
      if (definition.has_name(name))
        add_line(compiled->program, definition.condition, document.in_force, document.calendar,
                 document.evidence);
  }
  if (compiled->program.lines.empty()) return std::nullopt;
  return AskedCondition(std::move(compiled));
}

Result<AskedCondition> AskedCondition::phrase(std::string_view phrase) {
  std::vector<std::string> problems;
  auto condition = Vocabulary::shipped().condition(tidy(phrase), Calendar{}, problems);
  if (!condition || !problems.empty())
    return Error{"CONDITION_UNKNOWN",
                 "'" + std::string(phrase) + "' is no condition of the vocabulary" +
                     (problems.empty() ? "" : ": " + problems.front()) + "; 'kinhub policy words' lists all",
                 ""};
  if (condition->op == Condition::Op::leaf && is_event(condition->leaf.kind))
    return Error{"CONDITION_EVENT", "'" + std::string(phrase) + "' is an event and holds on no span of days",
                 ""};
  auto compiled = std::make_shared<Compiled>();
  add_line(compiled->program, std::move(*condition), Interval{}, Calendar{}, ProofRules{});
  return AskedCondition(std::move(compiled));
}

std::vector<AskedCondition::Span> AskedCondition::timeline(const Situation& situation) const {
  std::vector<Span> spans;
  for (const auto& found : evaluate(compiled_->program, situation)) {
    // Spans that differ in what they wait for alone are one.
    if (!spans.empty() && spans.back().when.until == found.when.from &&
        spans.back().certainty == found.certainty) {
      spans.back().when.until = found.when.until, spans.back().ends_because = found.ends_because;
      continue;
    }
    spans.push_back({found.when, found.certainty, found.starts_because, found.ends_because});
  }
  std::stable_sort(spans.begin(), spans.end(), [](const Span& a, const Span& b) { return a.when < b.when; });
  return spans;
}

}  // namespace kinhub
