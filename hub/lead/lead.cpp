#include "hub/lead/lead.hpp"

#include <algorithm>
#include <array>
#include <cassert>
#include <set>
#include <tuple>

#include "hub/lead/account_words.hpp"
#include "hub/lead/money.hpp"

namespace kinhub {
namespace {

/// Coalesces days: sorted, neither overlapping nor adjacent.
std::vector<Interval> apart(std::vector<Interval> days) {
  std::sort(days.begin(), days.end());
  std::vector<Interval> result;
  for (const auto& one : days) {
    if (one.empty()) continue;
    if (!result.empty() && one.from <= result.back().until)
      result.back().until = std::max(result.back().until, one.until);
    else
      result.push_back(one);
  }
  return result;
}

/// All days up to `today` that were ever confirmed.
std::vector<Interval> confirmed_once(const Decided& decided, Date today) {
  auto days = decided.once;
  for (const auto& span : decided.confirmed)
    days.push_back(overlap(span.when, {Date::beginning(), today.plus_days(1)}));
  return apart(std::move(days));
}

/// Coalesces runs that overlap or touch; what any of them was confirmed first with counts.
std::vector<Decided::First> first_of(std::vector<Decided::First> all) {
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.run < b.run; });
  std::vector<Decided::First> result;
  for (const auto& one : all) {
    if (one.run.empty()) continue;
    if (!result.empty() && one.run.from <= result.back().run.until) {
      result.back().run.until = std::max(result.back().run.until, one.run.until);
      result.back().on = std::min(result.back().on, one.on);
    } else {
      result.push_back(one);
    }
  }
  return result;
}

/// The first confirmations after `confirmed` was confirmed on `today`. What was decided before they were kept
/// counts since the beginning.
std::vector<Decided::First> first_confirmed(const Decided& before, const std::vector<RightSpan>& confirmed,
                                            Date today) {
  auto all = before.first;
  if (all.empty()) {
    for (const auto& when : before.once)
      all.push_back({when, Date::beginning()});
    for (const auto& span : before.confirmed)
      all.push_back({span.when, before.once.empty() ? before.on : Date::beginning()});
  }
  // What was confirmed ahead of its day and is confirmed away by now never came.
  for (auto& one : all)
    one.run = overlap(one.run, {Date::beginning(), today.plus_days(1)});
  for (const auto& span : confirmed)
    all.push_back({span.when, today});
  return first_of(std::move(all));
}

/// Whether a right is possible because sources disagree, or one says alone what it may not attest; not
/// because they are silent.
bool disputed(const Entitlement& right) {
  constexpr std::array<std::string_view, 3> words{"death disputed", "death confirmed by a second source",
                                                  "parentage"};
  return right.certainty == Certainty::possible &&
         std::any_of(right.pending.begin(), right.pending.end(), [&](const std::string& word) {
           return std::find(words.begin(), words.end(), word) != words.end();
         });
}

/// Coalesces adjacent spans of equal amount and certainty; spans sorted and not overlapping stay so.
std::vector<RightSpan> joined(const std::vector<RightSpan>& spans) {
  std::vector<RightSpan> result;
  for (const auto& span : spans) {
    if (span.when.empty()) continue;
    if (!result.empty() && result.back().when.until == span.when.from &&
        result.back().amount == span.amount && result.back().certainty == span.certainty &&
        result.back().disputed == span.disputed)
      result.back().when.until = span.when.until;
    else
      result.push_back(span);
  }
  return result;
}

std::vector<RightSpan> spans_of(const std::vector<Entitlement>& computed) {
  std::vector<RightSpan> spans;
  for (const auto& right : computed)
    spans.push_back({right.when, right.amount, right.certainty, disputed(right)});
  return joined(spans);
}

/// Truncates a timeline to the days up to and with `today`.
std::vector<RightSpan> so_far(const std::vector<RightSpan>& spans, Date today) {
  std::vector<RightSpan> past;
  for (auto span : spans) {
    span.when = overlap(span.when, {Date::beginning(), today.plus_days(1)});
    if (!span.when.empty()) past.push_back(span);
  }
  return past;
}

const RightSpan* on_day(const std::vector<RightSpan>& spans, Date day) {
  for (const auto& span : spans)
    if (span.when.contains(day)) return &span;
  return nullptr;
}

/// Whether two timelines say the same of a day. A sum that the record cannot compute is no difference to one
/// that was decided.
bool alike(const RightSpan* computed, const RightSpan* decided) {
  if (!computed || !decided) return !computed && !decided;
  return computed->amount == decided->amount ||
         (!computed->amount.known && computed->amount.per == decided->amount.per);
}

/// The last run of days without a gap, begun by `today`, on which two timelines differ; nothing: none do.
/// With `doubt` a dispute counts that was not decided as one, whatever its amount.
std::optional<Interval> last_difference(const std::vector<RightSpan>& computed,
                                        const std::vector<RightSpan>& decided, Date today, bool doubt) {
  std::set<Date> cuts;
  for (const auto* spans : {&computed, &decided})
    for (const auto& span : *spans)
      cuts.insert(span.when.from), cuts.insert(span.when.until);
  std::optional<Interval> run;
  bool open = false;
  for (auto cut : cuts) {
    const auto *now = on_day(computed, cut), *then = on_day(decided, cut);
    const bool in_doubt = doubt && now && now->disputed && !(then && then->disputed);
    if (alike(now, then) && !in_doubt) {
      if (open) run->until = cut, open = false;
    } else if (!open) {
      if (cut > today) break;
      run = {cut, Date::forever()}, open = true;
    }
  }
  return run;
}

/// The contiguous run of days around `day` that spans cover, whatever their amounts.
/// REQUIRES: a span holds `day`.
Interval run_around(const std::vector<RightSpan>& spans, Date day) {
  assert(on_day(spans, day));
  std::optional<Interval> run;
  for (const auto& span : spans) {  // sorted
    if (run && run->until == span.when.from)
      run->until = span.when.until;
    else if (run && run->contains(day))
      break;
    else
      run = span.when;
  }
  return run.value_or(Interval{day, Date::forever()});
}

/// The statements behind a cause; without `always` only those of causes that rights rest on.
void add_evidence(std::vector<Evidence>& evidence, const Cause& cause, const Kin& kin, bool always = false) {
  bool supports = always;
  switch (cause.what) {
    case Cause::What::death:
    case Cause::What::disability_grade:
    case Cause::What::certificate_expiry:
    case Cause::What::adoption:
    case Cause::What::adoption_dissolved:
    case Cause::What::divorce:
      supports = true;
      break;
    case Cause::What::birth:
    case Cause::What::parentage:
    case Cause::What::marriage:
    case Cause::What::residence:
    case Cause::What::own_age:
    case Cause::What::coverage:
    case Cause::What::receipt:
    case Cause::What::policy:
      break;
  }
  if (!supports) return;
  const auto& causes = kin.situation.causes;
  auto at = std::find(causes.begin(), causes.end(), cause);
  if (at == causes.end()) return;
  const auto about = cause.person < 0 ? PersonId{} : kin.people[static_cast<std::size_t>(cause.person)];
  for (auto& one : evidence_of(kin.evidence[static_cast<std::size_t>(at - causes.begin())])) {
    one.about = about;
    if (std::find(evidence.begin(), evidence.end(), one) == evidence.end())
      evidence.push_back(std::move(one));
  }
}

void collect(const Explanation& why, std::vector<Cause>& causes) {
  for (const auto& cause : why.causes)
    if (std::find(causes.begin(), causes.end(), cause) == causes.end()) causes.push_back(cause);
  for (const auto& part : why.parts)
    collect(part, causes);
}

/// What stands in the way of a right that is not met: the causes of the conditions that fail. A condition
/// that differs from its only part negates it.
void collect_barriers(const Explanation& why, std::vector<Cause>& causes) {
  for (const auto& cause : why.causes)
    if (std::find(causes.begin(), causes.end(), cause) == causes.end()) causes.push_back(cause);
  for (const auto& part : why.parts)
    if (part.value == why.value || why.parts.size() == 1) collect_barriers(part, causes);
}

/// Why there is a lead: the edges of the stretch it is about, and what the right rests on at its start.
void explain(LeadContent& lead, const std::vector<Entitlement>& computed, const PolicySet& policies,
             BenefitIndex benefit, const Kin& kin, Date today) {
  std::vector<Cause> edges;
  auto edge = [&](const Cause& cause) {
    if (std::find(edges.begin(), edges.end(), cause) == edges.end()) edges.push_back(cause);
  };
  for (const auto& right : computed) {
    if (right.when.from > today) continue;
    edge(right.starts_because);
    // A day to come on which the right only waits for something else is no reason.
    const auto* next = &right < &computed.back() ? &right + 1 : nullptr;
    const bool goes_on = next && next->when.from == right.when.until && next->amount == right.amount &&
                         next->certainty == right.certainty;
    if (right.when.until != Date::forever() && !(goes_on && right.when.until > today))
      edge(right.ends_because);
    // Certainty is that of the last day of the run that is not in the future.
    if (right.when.contains(std::min(today, lead.when.until.plus_days(-1))) &&
        right.certainty == Certainty::possible) {
      lead.certainty = Certainty::possible;
      for (const auto& word : right.pending)
        if (std::find(lead.pending.begin(), lead.pending.end(), word) == lead.pending.end())
          lead.pending.push_back(word);
    }
  }
  std::vector<Cause> rests_on;
  const Date from = lead.when.from;
  // What the right rests on when it begins, and on its last day so far: certificates change in between.
  const auto first = std::find_if(computed.begin(), computed.end(),
                                  [&](const Entitlement& right) { return right.when.contains(from); });
  collect(policies.explain(kin.situation, benefit, first == computed.end() ? from : first->when.from),
          rests_on);
  if (lead.when.from < std::min(lead.when.until, today))
    collect(policies.explain(kin.situation, benefit, std::min(lead.when.until.plus_days(-1), today)),
            rests_on);
  if (lead.kind == LeadKind::ended || lead.kind == LeadKind::changed) {
    // What ended a decided right is the cause of that day, if the record knows one, and what bars the right
    // on it.
    for (const auto& cause : kin.situation.causes)
      if (cause.on == from) edge(cause);
    std::vector<Cause> barriers;
    if (first == computed.end()) collect_barriers(policies.explain(kin.situation, benefit, from), barriers);
    for (const auto& cause : barriers) {
      if (cause.on == Date::beginning() || cause.on > today) continue;
      edge(cause);
      add_evidence(lead.evidence, cause, kin, true);
    }
  }
  std::sort(edges.begin(), edges.end(), [](const Cause& a, const Cause& b) {
    return std::tie(a.on, a.what, a.number, a.person) < std::tie(b.on, b.what, b.number, b.person);
  });
  for (const auto& cause : edges) {
    auto text = sentence(cause, kin.situation);
    if (std::find(lead.reasons.begin(), lead.reasons.end(), text) == lead.reasons.end())
      lead.reasons.push_back(text);
    add_evidence(lead.evidence, cause, kin);
  }
  for (const auto& cause : rests_on)
    add_evidence(lead.evidence, cause, kin);
}

/// A false death, taken back after the decision.
void explain_withdrawn(LeadContent& lead, const Kin& kin) {
  if (kin.withdrawn.empty()) return;
  lead.reasons.emplace_back(text(Text::reason_withdrawn, Language::zh));
  for (const auto* one : kin.withdrawn)
    lead.evidence.push_back(evidence_of(*one));
}

/// A right that ended with nothing that the record could name now: what it stood on is told of nobody any
/// more, or of somebody else, since an answer of who is who was taken back, a message was read anew, or a
/// record tells it no more.
void explain_vanished(LeadContent& lead) {
  if (lead.kind == LeadKind::ended && lead.reasons.empty())
    lead.reasons.emplace_back(text(Text::reason_vanished, Language::zh));
}

/// Whether this says the same as what a lead was dismissed on, but with more weight: of a heavier evidence
/// class than all of it, or of the class of the heaviest by a source that had not told it.
bool outweighs(const Evidence& one, const std::vector<Word>& dismissed, const EvidenceOrder& order) {
  auto heavier_than = [&](auto same) {
    std::optional<int> best;  // rank
    bool by_this_source = false;
    for (const auto& word : dismissed)
      if (word.fact == one.fact && same(word))
        best = std::min(best.value_or(order.rank(word.weight)), order.rank(word.weight)),
        by_this_source |= word.source == one.source;
    return !best ? std::nullopt
                 : std::optional(order.rank(one.weight) < *best ||
                                 (order.rank(one.weight) == *best && !by_this_source));
  };
  if (auto of_them = heavier_than([&](const Word& word) { return word.about == one.about; })) return *of_them;
  // Told of nobody of that number: two were found to be one, or the words are of before numbers were kept.
  return heavier_than([](const Word&) { return true; }).value_or(true);
}

/// What is new since a lead of this timeline was dismissed, as reasons; empty: nothing.
std::vector<std::string> news_since(const Decided& decided, const std::vector<Evidence>& evidence,
                                    const EvidenceRules& rules) {
  std::vector<std::string> news;
  if (!decided.set_aside_on) return news;
  for (const auto& one : evidence) {
    if (!outweighs(one, *decided.set_aside_on, rules.of(one.fact).order)) continue;
    auto news_text = say_in(Language::zh, Text::reason_news, agency_words(one.weight), one.source);
    if (std::find(news.begin(), news.end(), news_text) == news.end()) news.push_back(std::move(news_text));
  }
  return news;
}

void settle_order(LeadContent& lead) {
  std::sort(lead.evidence.begin(), lead.evidence.end(), [](const Evidence& a, const Evidence& b) {
    return std::tie(a.source, a.key, a.fact, a.about) < std::tie(b.source, b.key, b.fact, b.about);
  });
  std::sort(lead.pending.begin(), lead.pending.end());
}

/// Suspected exit or change of a benefit paid once: the decided events beside the computed ones, in order. A
/// corrected day moves an event and ends nothing.
const RightSpan* moved_event(const std::vector<RightSpan>& now, const std::vector<RightSpan>& then) {
  if (then.empty() || now.size() < then.size() || then.front().amount.per != Per::once) return nullptr;
  const RightSpan* moved = nullptr;
  for (const auto& span : now)
    if (std::find(then.begin(), then.end(), span) == then.end()) moved = &span;
  return moved;
}

/// The first day a lead is about: of a run that begins with days on which a death of that year may have been,
/// and is past them, the first day that no longer waits for the date. A lead is as sure as its first day.
Date settled_from(Interval run, const std::vector<Entitlement>& computed, Date today) {
  const auto last = std::min(today, run.until.plus_days(-1));
  auto from = run.from;
  for (const auto& right : computed) {  // sorted
    const bool waits =
        right.certainty == Certainty::possible &&
        std::find(right.pending.begin(), right.pending.end(), "date of death") != right.pending.end();
    if (waits && right.when.contains(from) && right.when.until <= last) from = right.when.until;
  }
  return from;
}

/// Whether the certificate behind a confirmed right has run out, or was taken away, and nobody has confirmed
/// that yet.
bool expired_in_payment(const std::vector<Entitlement>& computed, const Decided& decided, Date today) {
  const auto* then = on_day(decided.confirmed, today);
  return then && std::any_of(computed.begin(), computed.end(), [&](const Entitlement& right) {
           return right.when.contains(today) &&
                  (then->certainty == Certainty::sure || right.when.from > decided.on) &&
                  std::find(right.pending.begin(), right.pending.end(), "certificate expired") !=
                      right.pending.end();
         });
}

/// Leaves out the rights of regions where nobody knows where a parent is registered, and each is possible:
/// they are told by the national lead, which waits for the residence, until one of them was confirmed.
void leave_out_regional(const PolicySet& policies, BenefitIndex benefit, const Decided& decided,
                        std::vector<Entitlement>& timeline) {
  if (policies.benefits()[benefit].region == "000000" || !decided.confirmed.empty()) return;
  std::erase_if(timeline, [&](const Entitlement& right) {
    return right.benefit == benefit &&
           std::find(right.pending.begin(), right.pending.end(), "residence") != right.pending.end();
  });
}

/// Whether a benefit was dismissed as `timeline` has it, and never confirmed: nobody pays it.
bool set_aside_whole(BenefitIndex benefit, const std::vector<Entitlement>& timeline, const Decided& decided) {
  if (!decided.set_aside || !decided.confirmed.empty() || !decided.once.empty()) return false;
  std::vector<Entitlement> its;
  std::copy_if(timeline.begin(), timeline.end(), std::back_inserter(its),
               [&](const Entitlement& right) { return right.benefit == benefit; });
  return spans_of(its) == *decided.set_aside;
}

/// The timeline as a lead about `benefit` may speak of it. Another benefit that was dismissed as it stands
/// takes no month away from this one.
std::vector<Entitlement> told_of(const PolicySet& policies, BenefitIndex benefit,
                                 const std::vector<Entitlement>& timeline, const Decisions& decisions) {
  static const Decided nothing;
  const auto found = decisions.find(benefit);
  auto told = timeline;
  leave_out_regional(policies, benefit, found == decisions.end() ? nothing : found->second, told);
  for (const auto& [other, decided] : decisions) {
    if (other == benefit || !decided.set_aside) continue;
    auto as_dismissed = told;
    leave_out_regional(policies, other, decided, as_dismissed);
    if (set_aside_whole(other, as_dismissed, decided))
      std::erase_if(told, [&, its = other](const Entitlement& right) { return right.benefit == its; });
  }
  return told;
}

/// Whether a right that nobody confirmed yet is to be confirmed at all: something is owed, and to someone
/// alive. What a household is owed does not hang on the parent it is reported on.
bool worth_confirming(const PolicySet& policies, BenefitIndex benefit,
                      const std::vector<Entitlement>& timeline, const Decisions& decisions, const Kin& kin,
                      Date today) {
  const auto& about = policies.benefits()[benefit];
  const auto& died = kin.situation.people.front().died;
  if (about.whose == Benefit::For::parent && died && died->certainty == Certainty::sure &&
      proves(about.evidence.own_death, *died) && died->on <= today)
    return false;
  return !owed(policies, benefit, timeline, decisions, today).empty();
}

}  // namespace

namespace {

Decided merged(Decided mine, Decided theirs, Date today) {
  const bool theirs_count =
      !theirs.confirmed.empty() &&
      (mine.confirmed.empty() || theirs.confirmed.front().when.from < mine.confirmed.front().when.from);
  if (theirs_count) std::swap(mine, theirs);
  const auto days = confirmed_once(theirs, today);
  mine.once.insert(mine.once.end(), days.begin(), days.end());
  mine.once = apart(std::move(mine.once));
  mine.first.insert(mine.first.end(), theirs.first.begin(), theirs.first.end());
  mine.first = first_of(std::move(mine.first));
  return mine;
}

}  // namespace

Decided merged(std::vector<DecidedFor> all, Date today) {
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.anchor < b.anchor; });
  auto confirmed_later = [&](const DecidedFor& one, std::int64_t than_us) {
    return std::any_of(all.begin(), all.end(), [&](const auto& other) {
      const auto& over = other.decided.confirmed_over;
      return over.at_us > than_us &&
             std::find(over.anchors.begin(), over.anchors.end(), one.anchor) != over.anchors.end();
    });
  };
  std::optional<Decided> counts;
  const Decided* dismissed = nullptr;
  std::vector<Interval> once;
  std::vector<Decided::First> first;
  for (const auto& one : all) {
    const auto& aside = one.decided.set_aside_over;
    const bool of_all = !aside.anchors.empty() && !confirmed_later(one, aside.at_us);
    if (of_all && (!dismissed || dismissed->set_aside_over.at_us < aside.at_us)) dismissed = &one.decided;
    if (confirmed_later(one, one.decided.confirmed_over.at_us)) {
      const auto days = confirmed_once(one.decided, today);
      once.insert(once.end(), days.begin(), days.end());
      first.insert(first.end(), one.decided.first.begin(), one.decided.first.end());
    } else {
      counts = counts ? merged(std::move(*counts), one.decided, today) : one.decided;
    }
  }
  if (!counts) return {};
  counts->once.insert(counts->once.end(), once.begin(), once.end());
  counts->once = apart(std::move(counts->once));
  counts->first.insert(counts->first.end(), first.begin(), first.end());
  counts->first = first_of(std::move(counts->first));
  if (dismissed && dismissed->set_aside)
    counts->set_aside = dismissed->set_aside, counts->set_aside_on = dismissed->set_aside_on;
  return *counts;
}

Decided decided_after(Decided before, const LeadContent& lead, LeadState verdict, Date today) {
  if (verdict == LeadState::confirmed)
    return {lead.computed,
            std::nullopt,
            today,
            std::nullopt,
            confirmed_once(before, today),
            {},
            {},
            first_confirmed(before, lead.computed, today)};
  before.set_aside = lead.computed;
  before.set_aside_on.emplace();
  for (const auto& one : lead.evidence)
    before.set_aside_on->push_back({one.about, one.fact, one.source, one.weight});
  return before;
}

std::optional<LeadContent> difference(const PolicySet& policies, BenefitIndex benefit,
                                      const std::vector<Entitlement>& timeline, const Decisions& decisions,
                                      const Kin& kin, const std::string& family, Date today, Date opened_on,
                                      const EvidenceRules& evidence) {
  static const Decided nothing;
  const auto found = decisions.find(benefit);
  const auto& decided = found == decisions.end() ? nothing : found->second;
  const auto told = told_of(policies, benefit, timeline, decisions);
  std::vector<Entitlement> computed;
  std::copy_if(told.begin(), told.end(), std::back_inserter(computed),
               [&](const Entitlement& right) { return right.benefit == benefit; });
  LeadContent lead;
  const auto& about = policies.benefits()[benefit];
  lead.benefit = about.id;
  lead.family = family;
  lead.computed = spans_of(computed);
  lead.not_before = opened_on.plus_days(about.wait_days);

  const auto now = so_far(lead.computed, today), then = so_far(joined(decided.confirmed), today);
  const bool same = !last_difference(lead.computed, decided.confirmed, today, false);
  const bool doubt = std::any_of(computed.begin(), computed.end(), [&](const Entitlement& right) {
    return disputed(right) && right.when.from <= today && (right.when.contains(today) || !same);
  });
  const bool expired = same && expired_in_payment(computed, decided, today);
  const bool dismissed = decided.set_aside && *decided.set_aside == lead.computed;
  if (dismissed && !decided.set_aside_on) return std::nullopt;
  // A dispute that was confirmed as it stands is decided; only another timeline is news.
  if (same && !expired && (!doubt || then.empty() || joined(decided.confirmed) == lead.computed))
    return std::nullopt;
  if (then.empty() && !worth_confirming(policies, benefit, told, decisions, kin, today)) return std::nullopt;

  // The lead is about one run of days without a gap: the last that differs. What differs before it stands in
  // the timeline.
  const auto* moved = moved_event(now, then);
  const auto run = moved  ? moved->when
                   : same ? run_around(lead.computed, today)
                          : last_difference(lead.computed, decided.confirmed, today, doubt).value();
  bool stopped = !then.empty() && !moved && (now.empty() || now.back().when.until < then.back().when.until);
  const auto* last = on_day(now, std::min(today, run.until.plus_days(-1)));
  if (doubt || expired)
    lead.kind = LeadKind::verify;
  else if (then.empty())
    lead.kind = LeadKind::new_;
  else if (stopped && !last)
    lead.kind = LeadKind::ended;
  else
    lead.kind = LeadKind::changed;

  lead.when = run;
  if (moved) {
    lead.amount = moved->amount;
  } else if (last) {
    lead.when.from = settled_from(run, computed, today);
    lead.amount = last->amount;
  } else {
    lead.amount = then.back().amount;
  }

  explain(lead, computed, policies, benefit, kin, today);
  if (dismissed) {
    auto news = news_since(decided, lead.evidence, evidence);
    if (news.empty()) return std::nullopt;
    std::move(news.begin(), news.end(), std::back_inserter(lead.reasons));
  }
  if (!then.empty()) explain_withdrawn(lead, kin);
  explain_vanished(lead);
  settle_order(lead);
  const auto money = money_difference(policies, benefit, told, decisions, today);
  lead.arrears_fen = money.arrears_fen, lead.overpaid_fen = money.overpaid_fen;
  return lead;
}

}  // namespace kinhub
