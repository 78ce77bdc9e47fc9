#include "hub/desk/as_decided.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hub/base/version.hpp"
#include "hub/desk/person_views.hpp"

namespace kinhub {
namespace {

bool same_sum(const SpanView& a, const SpanView& b) {
  if (a.amount.has_value() != b.amount.has_value()) return false;
  return !a.amount || (a.amount->fen == b.amount->fen && a.amount->per == b.amount->per);
}

template <class Spans, class Take>
std::vector<SpanView> told(const Spans& spans, Take take) {
  std::vector<SpanView> told;
  for (const auto& span : spans) {
    if (!take(span)) continue;
    SpanView view{span.when, {}, span.certainty == Certainty::sure ? "sure" : "pending"};
    if (span.amount.known) view.amount = AmountView{span.amount.fen, std::string(name_of(span.amount.per))};
    const bool goes_on = !told.empty() && told.back().when.until == view.when.from &&
                         told.back().certainty == view.certainty && same_sum(told.back(), view);
    if (goes_on)
      told.back().when.until = view.when.until;
    else
      told.push_back(std::move(view));
  }
  return told;
}

std::string words_of(const SpanView* span) {
  if (span == nullptr) return "nothing";
  return (span->amount ? fmt::format("{}.{:02} yuan per {}", span->amount->fen / 100, span->amount->fen % 100,
                                     span->amount->per)
                       : std::string("a sum that is not known")) +
         ", " + span->certainty;
}
const SpanView* on(const std::vector<SpanView>& spans, Date day) {
  for (const auto& span : spans)
    if (span.when.contains(day)) return &span;
  return nullptr;
}

/// Sources that cover a kind of fact and of which nothing was known then.
std::string not_heard_then(StoreTransaction& reading, const JudgedBy& by, std::int64_t known_at_us) {
  const auto rows = coverage_as_known(reading, known_at_us);
  std::string names;
  for (const auto& one : by.covers)
    if (!one.covers.empty() && std::ranges::find(rows, one.source, &CoverageRow::source) == rows.end())
      names += (names.empty() ? "" : ", ") + one.source;
  return names;
}

}  // namespace

std::vector<std::string> span_differences(const std::vector<SpanView>& decided,
                                          const std::vector<SpanView>& computed) {
  std::vector<Date> cuts;
  for (const auto* spans : {&decided, &computed})
    for (const auto& span : *spans)
      cuts.push_back(span.when.from), cuts.push_back(span.when.until);
  std::ranges::sort(cuts);
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  std::vector<std::string> differences;
  for (std::size_t i = 0; i + 1 < cuts.size(); ++i) {
    const auto was = words_of(on(decided, cuts[i])), is = words_of(on(computed, cuts[i]));
    if (was == is) continue;
    const auto last = cuts[i + 1] < Date::forever() ? cuts[i + 1].plus_days(-1).text() : std::string();
    differences.push_back(
        fmt::format("{} .. {}: decided on {}; computed again {}", cuts[i].text(), last, was, is));
  }
  return differences;
}

Result<AsDecidedView> as_decided(const AsDecidedMeans& means, const LeadRow& row) {
  auto& reading = means.reading;
  const auto decisions = reading.leads().decisions(row.id);
  AsDecidedView view;
  view.lead = lead_reference(means.keys, row.id), view.benefit = row.benefit;
  if (decisions.empty())
    return Error{"LEAD_NOT_DECIDED", "nobody has decided on this lead: there is nothing to compute again",
                 view.lead};
  const auto& last = decisions.back();
  const auto record = decision_record_from(means.keys.unseal(last.content, lead_context(row.id)));
  view.state = name_of(last.verdict), view.by = record.by, view.reason = record.reason;
  view.decided_at_us = last.at_us;
  // The version that was seen had been computed when it last changed.
  const auto seen = lead_as_known(reading.values(), row, last.at_us - 1);
  view.known_at_us = seen ? seen->changed_at_us : last.at_us;
  view.decided = told(record.content.computed, [](const RightSpan&) { return true; });
  view.remembered = record.rested_on && !record.rested_on->policies.empty();
  view.policies =
      view.remembered ? record.rested_on->policies : policies_at(reading.values(), view.known_at_us);
  if (record.rested_on) view.evidence = record.rested_on->evidence, view.program = record.rested_on->program;

  const auto evidence = means.evidence.rules_in(reading.values(), view.known_at_us);
  PersonViews views(reading, means.keys, evidence, view.known_at_us);
  const auto whose = views.person_of(row);
  view.person = views.person(whose);
  const auto policies = means.policies.of_digest(reading.values(), view.policies);
  if (!policies) {
    view.reasons.push_back(describe(policies.error()));
    return view;
  }
  if (!*policies) {
    view.reasons.emplace_back(
        "the texts of the policies of then are not kept: they counted before texts were");
    return view;
  }
  auto by = judged_by(reading, means.policies, means.rules, means.today, view.known_at_us);
  if (!by) {
    view.reasons.push_back(describe(by.error()));
    return view;
  }
  by->policies = *policies;
  if (const auto benefit = by->policies->find(row.benefit)) {
    const auto timeline = by->policies->evaluate(views.kin_as_covered(whose, *by).situation);
    view.computed = told(timeline, [&](const Entitlement& right) { return right.benefit == *benefit; });
  } else {
    view.reasons.push_back("the policies of then have no benefit " + row.benefit);
  }
  auto differences = span_differences(view.decided, view.computed);
  view.equal = differences.empty() && view.reasons.empty();
  view.reasons.insert(view.reasons.end(), differences.begin(), differences.end());
  if (view.equal) return view;
  if (!view.program.empty() && view.program != program_version())
    view.reasons.push_back(fmt::format("it was computed by version {} of the program, and is now by {}",
                                       view.program, program_version()));
  // Which sources had to be complete is read from the configuration of now.
  const auto strangers = differences.empty() ? "" : not_heard_then(reading, *by, view.known_at_us);
  if (!strangers.empty())
    view.reasons.push_back("sources that are configured now differ from then: " + strangers +
                           " had said nothing by then, and rights wait for it now");
  else if (!differences.empty())
    view.reasons.emplace_back(
        "facts count from when they arrived: one that had arrived by then and waited in the log or in "
        "quarantine, "
        "or was read anew since by a mended mapping, was not seen by who decided");
  return view;
}

}  // namespace kinhub
