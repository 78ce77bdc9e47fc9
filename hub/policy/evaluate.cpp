// The timeline engine. A family's time is cut wherever anything changes (cuts.hpp); every condition is two
// bit masks over the segments (mask.hpp), made by straight-line code (evaluation.hpp); here runs of ones
// become entitlements, each edge with its cause (causes.hpp) and its words (words.hpp).

#include <stdexcept>

#include "hub/policy/words.hpp"

namespace kinhub::policy {
namespace {

/// Run-length decoding: runs of ones of a line's mask with one amount are its entitlements.
template <std::size_t W>
class Timeline {
 public:
  explicit Timeline(const Evaluation<W>& evaluation) : of_(evaluation), causes_(of_), words_(of_, causes_) {}

  /// Appends the entitlements of those of the lines whose rules of proof are chosen: one bit for each.
  void entitlements(const std::vector<Line>& lines, std::uint64_t proofs,
                    std::vector<Entitlement>& out) const {
    for (const auto& line : lines)
      if (proofs >> line.proof & 1u) entitlements(line, out);
  }

 private:
  struct Sum {
    Amount amount;
    bool certain = true;
    friend bool operator==(const Sum&, const Sum&) = default;
  };

  Sum sum_on(const Line& line, std::size_t segment) const {
    Per per = line.amounts.empty() ? Per::month : line.amounts.front().per;
    Sum unknown{{0, per, false}, false};
    for (const auto& rule : line.amounts) {
      if (!rule.days.contains(of_.cuts()[segment])) continue;
      if (rule.when) {
        Value met = of_.value(rule.when->node, segment);
        if (met == Value::no) continue;
        if (met == Value::perhaps) return unknown;
      }
      switch (rule.kind) {
        case AmountRule::Kind::fixed:
          return {{rule.fen, rule.per, true}, true};
        case AmountRule::Kind::share_of_pension: {
          std::int64_t pension = 0;
          for (const auto& span : of_.situation().receipts)
            if (span.what == ReceiptSpan::What::resident_pension && span.person == 0 &&
                span.when.contains(of_.cuts()[segment]))
              pension = span.fen_per_month;
          if (pension <= 0 || pension > 1'000'000'000) return unknown;
          return {{(pension * rule.percent + 50) / 100, rule.per, true}, true};
        }
        case AmountRule::Kind::not_computable:
          return unknown;
      }
    }
    return unknown;
  }

  /// The stable words of what a segment waits for, sorted; none where it is certain.
  std::vector<std::string> waits_for(const Line& line, std::size_t segment, const Sum& sum) const {
    std::vector<std::string> words;
    if (sum.certain) return words;
    words_.pending(line.right.node, segment, words);
    if (!sum.amount.known) words.emplace_back("amount");
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
    return words;
  }

  void entitlements(const Line& line, std::vector<Entitlement>& out) const {
    const Pair<W>& right = of_.pair(line.right.node);
    Mask<W> valid = right.can & Mask<W>::ones(0, of_.segments());
    std::size_t segment = 0;
    const Sum fixed = line.one_amount ? Sum{{line.amounts[0].fen, line.amounts[0].per, true}, true} : Sum{};
    auto sum_at = [&](std::size_t at) {
      Sum sum = line.one_amount ? fixed : sum_on(line, at);
      sum.certain = sum.certain && right.must.test(at);
      return sum;
    };
    while ((segment = valid.next_one(segment)) < of_.segments()) {
      Sum sum = sum_at(segment);
      auto words = waits_for(line, segment, sum);
      std::size_t end = segment + 1;
      // What a pending segment waits for is its own: another word begins another span.
      while (end < of_.segments() && valid.test(end) && sum_at(end) == sum &&
             (sum.certain || waits_for(line, end, sum) == words))
        ++end;
      Entitlement found;
      found.benefit = line.benefit;
      found.when = {of_.cuts()[segment], end < of_.segments() ? of_.cuts()[end] : Date::forever()};
      found.amount = sum.amount;
      found.certainty = sum.certain ? Certainty::sure : Certainty::possible;
      found.starts_because = causes_.edge(line, segment);
      if (end < of_.segments()) found.ends_because = causes_.edge(line, end);
      found.pending = std::move(words);
      if (out.capacity() == 0) out.reserve(4);
      out.push_back(std::move(found));
      segment = end;
    }
  }

  const Evaluation<W>& of_;
  Causes<W> causes_;
  Words<W> words_;
};

// Reused buffers of a thread.
struct Scratch {
  Cuts cuts;
  Evaluation<1>::Room room;
};

// Hard limit: more dates than any family has; beyond, the record itself is broken.
constexpr std::size_t cuts_max = std::size_t{64} * 512;

// Dispatch by mask width: the narrowest that has one bit for each segment.
template <class Act>
auto with_evaluation(const Program& program, const Situation& situation, Act act) {
  thread_local Scratch scratch;
  cut_at_changes(program, situation, scratch.cuts);
  const auto& cuts = scratch.cuts;
  if (cuts.size() <= 64) return act(Evaluation<1>(program, situation, cuts, scratch.room), cuts);
  if (cuts.size() > cuts_max)
    throw std::length_error(
        "a situation with more than 32768 dated edges is no family: look for a broken link");
  if (cuts.size() <= 256) {
    Evaluation<4>::Room room;
    return act(Evaluation<4>(program, situation, cuts, room), cuts);
  }
  if (cuts.size() <= std::size_t{64} * 32) {
    Evaluation<32>::Room room;
    return act(Evaluation<32>(program, situation, cuts, room), cuts);
  }
  Evaluation<512>::Room room;
  return act(Evaluation<512>(program, situation, cuts, room), cuts);
}

}  // namespace

namespace {

void in_order(std::vector<Entitlement>& found) {
  auto before = [](const Entitlement& a, const Entitlement& b) {
    return std::pair(a.benefit, a.when.from) < std::pair(b.benefit, b.when.from);
  };
  if (!std::is_sorted(found.begin(), found.end(), before))
    std::stable_sort(found.begin(), found.end(), before);
}

/// `conditions` may be null.
std::vector<Entitlement> evaluate(const Program& program, const Situation& situation,
                                  std::vector<Entitlement>* conditions) {
  std::vector<Entitlement> found;
  auto tell = [&](const Situation& seen, std::uint64_t proofs) {
    with_evaluation(program, seen, [&](const auto& evaluation, const Cuts&) {
      const Timeline timeline(evaluation);
      timeline.entitlements(program.lines, proofs, found);
      if (conditions) timeline.entitlements(program.condition_lines, proofs, *conditions);
    });
  };
  // Most families look the same under all rules of proof, and are evaluated once.
  std::uint64_t as_it_is = 0;
  for (std::size_t i = 0; i < program.proofs.size(); ++i)
    if (auto seen = as_proven(situation, program.proofs[i]))
      tell(*seen, std::uint64_t{1} << i);
    else
      as_it_is |= std::uint64_t{1} << i;
  if (as_it_is != 0) tell(situation, as_it_is);
  in_order(found);
  if (conditions) in_order(*conditions);
  return found;
}

}  // namespace

std::vector<Entitlement> evaluate(const Program& program, const Situation& situation) {
  return evaluate(program, situation, nullptr);
}

std::vector<Entitlement> evaluate(const Program& program, const Situation& situation,
                                  std::vector<Entitlement>& conditions) {
  return evaluate(program, situation, &conditions);
}

Value value_on(const Condition& condition, const Situation& situation, Date day) {
  Program program;
  Condition asked = condition;
  program.add(asked);
  return with_evaluation(program, situation, [&](const auto& evaluation, const Cuts& cuts) {
    return evaluation.value(asked.node, cuts.segment_of(day));
  });
}

Explanation explain(const Program& program, const Situation& situation, BenefitIndex benefit, Date day) {
  const Line* chosen = nullptr;
  for (const auto& line : program.lines)
    if (line.benefit == benefit && (!chosen || line.in_force.contains(day))) chosen = &line;
  if (!chosen) return Explanation{};
  const auto seen = as_proven(situation, program.proofs[chosen->proof]);
  return with_evaluation(program, seen ? *seen : situation, [&](const auto& evaluation, const Cuts& cuts) {
    Causes causes(evaluation);
    return Words(evaluation, causes).explain(chosen->right, cuts.segment_of(day));
  });
}

}  // namespace kinhub::policy
