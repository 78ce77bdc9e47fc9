#include "hub/desk/what_if_desk.hpp"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "hub/desk/person_views.hpp"
#include "hub/lead/lead_desk.hpp"
#include "hub/population/walk.hpp"

namespace kinhub {
namespace {

constexpr std::size_t samples_per_kind = 2, samples_max = 24;

/// Somebody of whom a benefit changes.
struct Candidate {
  PersonId person;
  std::size_t benefit = 0;
  RightChange::Kind kind{};
  std::int64_t fen_before = 0, fen_after = 0;
  std::vector<std::string> areas;
};

/// The first of each benefit and kind, in the order in which they are met.
class Candidates {
 public:
  bool want(std::size_t benefit, RightChange::Kind kind) const {
    const auto alike = std::ranges::count_if(
        all_, [&](const Candidate& other) { return other.benefit == benefit && other.kind == kind; });
    return static_cast<std::size_t>(alike) < samples_per_kind;
  }
  void add(const Candidate& one) {
    if (want(one.benefit, one.kind)) all_.push_back(one);
  }
  void add(const Candidates& others) {
    for (const auto& one : others.all_)
      add(one);
  }
  /// Winners and losers before what only moves or is pending; of each benefit in its order.
  std::vector<Candidate> chosen() const {
    auto chosen = all_;
    std::ranges::stable_sort(chosen, {}, [](const Candidate& one) {
      return std::pair(one.kind == RightChange::Kind::moved || one.kind == RightChange::Kind::pending,
                       std::pair(one.benefit, one.kind));
    });
    if (chosen.size() > samples_max) chosen.resize(samples_max);
    return chosen;
  }

 private:
  std::vector<Candidate> all_;
};

/// What a page came to.
struct Found {
  WhatIfSums sums;
  Candidates candidates;
  std::int64_t unreadable = 0;
};

/// Where a person is registered, day by day; where that is not known, the spouse of the day.
class Areas {
 public:
  Areas(PersonId person, Workspace& people, std::string_view region)
      : person_(person), people_(people), region_(region), own_(registered(person)) {}

  /// The whole area of a month: of its first day, else of its last.
  const std::string& of_month(Date month) {
    const auto [at, fresh] = months_.try_emplace(month.days());
    if (!fresh) return at->second;
    at->second = on(month);
    if (at->second.empty()) at->second = on(month.plus_months(1).plus_days(-1));
    return at->second;
  }
  bool concerned(Date month) { return of_month(month).starts_with(region_); }
  std::string counted(Date month) { return counted_area(of_month(month), region_); }

 private:
  std::vector<Registered> registered(PersonId person) {
    return residence_by_area(people_.dossier(person), known_now, people_.evidence_rules());
  }
  std::string on(Date day) {
    for (const auto& one : own_)
      if (one.when.contains(day)) return one.region;
    for (const auto& marriage : marriages_of(person_, people_))
      if (marriage.spouse && marriage.when.contains(day))
        for (const auto& one : registered(marriage.spouse))
          if (one.when.contains(day)) return one.region;
    return {};
  }

  const PersonId person_;
  Workspace& people_;
  const std::string_view region_;
  const std::vector<Registered> own_;
  std::unordered_map<std::int32_t, std::string> months_;
};

class WhatIfWalk final : public PeopleWalk {
 public:
  WhatIfWalk(const WhatIfMeans& means, const PolicyPair& pair, const WhatIfQuestion& question, PersonId last)
      : PeopleWalk(last), means_(means), pair_(pair), question_(question), found_(nothing()) {}
  std::string purpose() const override { return "what-if"; }
  std::string digest() const override { return ""; }
  const Found& found() const { return found_; }

 protected:
  WalkDeed decide(StoreTransaction& reading, const std::vector<PersonId>& page) const override {
    auto found = std::make_shared<Found>(nothing());
    Workspace people(reading.people(), means_.keys, means_.evidence);
    people.prefetch_rights(page);
    const auto coverage = coverage_of(reading.balance().coverage(), means_.rules.covers, means_.today);
    found->sums.people += static_cast<std::int64_t>(page.size());
    std::vector<Asked> all;
    for (auto person : page)
      try {
        if (!LeadDesk::is_kept_of(person, people) || people.dossier(person).entries.empty()) continue;
        auto kin = kin_of(person, people, coverage);
        auto numbers = numbers_of(kin, people, means_.keys);
        all.push_back({person, std::move(kin), std::move(numbers)});
      } catch (const DossierUnreadable&) {  // as in a scan: kinhub status says that there is damage
        ++found->unreadable;
      }
    const auto held = held_of(all, reading);
    for (auto& one : all)
      try {
        judge(one, held, people, *found);
      } catch (const DossierUnreadable&) {
        ++found->unreadable;
      }
    // Pages are added up in their order, on the walk's own thread: threads do not show in the result.
    return {{}, [this, found] {
              found_.sums.add(found->sums);
              found_.candidates.add(found->candidates);
              found_.unreadable += found->unreadable;
            }};
  }

 private:
  using Held = std::unordered_map<Token, std::vector<HeldMention>>;

  Found nothing() const { return {WhatIfSums(pair_.benefits().size(), question_.months), {}, 0}; }

  /// Somebody who may have rights, with the numbers that held events are found by.
  struct Asked {
    PersonId person;
    Kin kin;
    std::vector<Token> numbers;
  };

  /// The held events that mention people of the page: one question for all.
  static Held held_of(const std::vector<Asked>& page, StoreTransaction& reading) {
    std::vector<Token> numbers;
    for (const auto& one : page)
      numbers.insert(numbers.end(), one.numbers.begin(), one.numbers.end());
    Held held;
    std::ranges::sort(numbers);
    numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
    for (auto& mention : reading.quarantine().held_mentions(numbers))
      held[mention.identifier].push_back(std::move(mention));
    return held;
  }

  void judge(Asked& one, const Held& held, Workspace& people, Found& found) const {
    auto& [person, kin, numbers] = one;
    for (const auto& number : numbers)
      if (const auto mentions = held.find(number); mentions != held.end())
        kin.situation.coverage = without_held(kin.situation.coverage, mentions->second, means_.rules.covers);
    const auto timelines = pair_.evaluate(kin.situation);
    auto changes = changes_of(pair_, timelines, question_.months);
    if (changes.empty()) return;
    Areas areas(person, people, question_.region);
    if (!question_.region.empty()) keep_months(changes, [&](Date month) { return areas.concerned(month); });
    found.sums.add(changes, [&](Date month) { return areas.counted(month); });
    for (const auto& change : changes)
      if (change.kind != RightChange::Kind::same && found.candidates.want(change.benefit, change.kind)) {
        std::set<std::string> counted;
        for (const auto& month : change.months)
          counted.insert(areas.counted(month.month));
        found.candidates.add({person,
                              change.benefit,
                              change.kind,
                              change.fen_before,
                              change.fen_after,
                              {counted.begin(), counted.end()}});
      }
  }

  const WhatIfMeans& means_;
  const PolicyPair& pair_;
  const WhatIfQuestion& question_;
  mutable Found found_;  // of the walk's own thread
};

/// The spans of a benefit that touch the months; those that differ in why they are pending alone are one.
std::vector<SpanView> spans_of(const std::vector<Entitlement>& timeline, std::optional<BenefitIndex> benefit,
                               Interval months) {
  std::vector<SpanView> spans;
  for (const auto& right : timeline) {
    if (!benefit || right.benefit != *benefit || overlap(right.when, months).empty()) continue;
    std::optional<AmountView> amount;
    if (right.amount.known) amount = AmountView{right.amount.fen, std::string(name_of(right.amount.per))};
    spans.push_back({right.when, std::move(amount), right.certainty == Certainty::sure ? "sure" : "pending"});
  }
  return spans;
}

/// A sample with both explanations.
WhatIfView::Sample explained(const Candidate& one, const PolicyPair& pair, const WhatIfQuestion& question,
                             const JudgedBy& before, const JudgedBy& after, PersonViews& views,
                             const std::map<std::string, Wording>& agencies) {
  const auto& benefit = pair.benefits()[one.benefit];
  const auto timelines = pair.evaluate(views.kin_as_covered(one.person, before).situation);
  const auto on = first_difference(pair, one.benefit, timelines, question.months);
  WhatIfView::Sample sample;
  sample.person = views.person(one.person);
  sample.benefit = benefit.id, sample.what = name_of(one.kind);
  sample.fen_before = one.fen_before, sample.fen_after = one.fen_after;
  sample.areas = one.areas;
  sample.on = on.value_or(question.months.from);
  sample.before = spans_of(timelines.before, benefit.before, question.months);
  sample.after = spans_of(timelines.after, benefit.after, question.months);
  const auto why = [&](const JudgedBy& by, BenefitIndex of) {
    return views.explain(one.person, by, of, sample.on, agencies);
  };
  if (benefit.before) sample.why_before = why(before, *benefit.before);
  if (benefit.after) sample.why_after = why(after, *benefit.after);
  return sample;
}

void add_sums(WhatIfView& view, const PolicyPair& pair, const WhatIfSums& sums) {
  view.people = sums.people, view.all = sums.all();
  const auto months = sums.months().size();
  std::set<std::size_t> met;
  for (const auto& [area, cells] : sums.areas())
    for (std::size_t i = 0; i < cells.size(); ++i)
      if (!cells[i].empty()) {
        met.insert(i / months);
        view.cells.push_back({pair.benefits()[i / months].id, area, sums.months()[i % months], cells[i]});
      }
  for (std::size_t i = 0; i < pair.benefits().size(); ++i) {
    const auto& of = pair.benefits()[i];
    if (met.contains(i) || !of.before || !of.after)
      view.benefits.push_back(
          {of.id, of.title, of.household, of.before.has_value(), of.after.has_value(), sums.benefits()[i]});
  }
}

}  // namespace

Result<WhatIfView> what_if(const WhatIfMeans& means, std::shared_ptr<const PolicySet> after,
                           const WhatIfQuestion& question, std::stop_token stop,
                           const OnProgress& on_progress) {
  const PolicyPair pair(*means.rules.policies, *after);
  PersonId last;
  WalkOptions options;
  options.keeps_place = false, options.stop = stop;
  options.progress = [&](const WalkProgress& now) { on_progress(walk_text("compared", "people", now)); };
  {
    auto reading = means.store.begin(Store::For::reading);
    last = reading->people().last_person();
    options.total = reading->people().size().people;
  }
  WhatIfWalk over(means, pair, question, last);
  const auto walked = walk(means.store, over, options);
  if (!walked.complete)
    return Error{"STOPPED",
                 "stopped after " + std::to_string(walked.items) +
                     " people: nothing was written, and nothing of it is kept",
                 ""};
  WhatIfView view;
  view.named = question.named.string(), view.region = question.region, view.months = question.months;
  view.unreadable = over.found().unreadable, view.repriced = pair.repriced();
  add_sums(view, pair, over.found().sums);

  auto reading = means.store.begin(Store::For::reading);
  PersonViews views(*reading, means.keys, means.evidence);
  const JudgedBy by{means.rules.policies, means.rules.covers,
                    coverage_of(reading->balance().coverage(), means.rules.covers, means.today)};
  const JudgedBy then{after, by.covers, by.coverage};
  for (const auto& one : over.found().candidates.chosen())
    try {
      view.samples.push_back(explained(one, pair, question, by, then, views, means.agencies));
    } catch (const DossierUnreadable&) {  // became so since
    }
  return view;
}

}  // namespace kinhub
