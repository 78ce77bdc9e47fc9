// What-if over a small province, through the pipeline: its sums are those of evaluating everybody one by one.
#include "hub/desk/what_if_desk.hpp"

#include "hub/desk/json.hpp"
#include "hub/desk/masking.hpp"
#include "hub/desk/person_views.hpp"
#include "tests/unit/base/scratch.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"

namespace kinhub::test {
namespace {

const Interval months{Date(2026, 11, 1), Date(2027, 11, 1)};

/// The shipped policies, one text replaced by another wherever it stands.
std::shared_ptr<const PolicySet> changed(std::string_view was, std::string_view becomes) {
  auto texts = rules_for_test().policy_texts;
  int count = 0;
  for (auto& one : texts)
    for (auto at = one.text.find(was); at != std::string::npos; at = one.text.find(was, at + becomes.size()))
      one.text.replace(at, was.size(), becomes), ++count;
  EXPECT_GT(count, 0) << was;
  auto read = PolicySet::read(texts);
  if (auto* errors = std::get_if<std::vector<Error>>(&read))
    throw std::runtime_error(describe(errors->front()));
  return std::make_shared<const PolicySet>(std::move(std::get<PolicySet>(read)));
}

struct Month {
  std::int64_t people = 0, fen = 0, pending = 0;
  friend bool operator==(const Month&, const Month&) = default;
};
using Naive = std::map<std::pair<std::string, std::string>, Month>;  // benefit, month

/// The rights of everybody as `kinhub entitlements` shows them, counted month by month by hand: monthly
/// benefits that any day of the month pays, the last sure span of it; of what is never paid together the
/// higher.
Naive naive(Ground& ground, std::shared_ptr<const PolicySet> policies) {
  auto reading = ground.store->begin(Store::For::reading);
  const auto& rules = rules_for_test();
  const JudgedBy by{policies, rules.covers,
                    coverage_of(reading->balance().coverage(), rules.covers, shanghai_date(noon_us))};
  PersonViews views(*reading, ground.keys, built_in_evidence());
  Naive all;
  for (const auto person : reading->people().page({}, 100'000)) {
    std::map<std::string, std::map<std::string, std::pair<std::int64_t, bool>>> due;  // month, benefit
    for (const auto& right : views.entitlements(person, by, months))
      for (auto month = months.from; month < months.until; month = month.plus_months(1)) {
        if (overlap(right.when, {month, month.plus_months(1)}).empty()) continue;
        const bool sure = right.certainty == "sure" && right.amount;
        auto& mine = due[month.text().substr(0, 7)][right.benefit];
        if (mine.second && !sure) continue;
        mine = {right.amount ? right.amount->fen : 0, sure};
      }
    for (auto& [month, benefits] : due) {
      const auto dead = benefits.find("national-special-assistance/death");
      const auto disabled = benefits.find("national-special-assistance/disability");
      if (dead != benefits.end() && disabled != benefits.end() && dead->second.second &&
          disabled->second.second)
        benefits.erase(dead->second.first >= disabled->second.first ? disabled : dead);
      for (const auto& [benefit, sum] : benefits) {
        auto& cell = all[{benefit, month}];
        if (sum.second)
          ++cell.people, cell.fen += sum.first;
        else
          ++cell.pending;
      }
    }
  }
  return all;
}

Naive sums_of(const WhatIfView& view, bool after) {
  Naive all;
  for (const auto& cell : view.cells) {
    auto& sum = all[{cell.benefit, cell.month.text().substr(0, 7)}];
    sum.people += after ? cell.sums.people_after : cell.sums.people_before;
    sum.fen += after ? cell.sums.fen_after : cell.sums.fen_before;
    sum.pending += after ? cell.sums.pending_after : cell.sums.pending_before;
  }
  std::erase_if(all, [](const auto& one) { return one.second == Month{}; });
  return all;
}

/// A province that heard a history, events in quarantine among it.
struct Province {
  Ground ground;
  Province() {
    FakeLog log({"civil", "hospital", "insurance", "police"}, pipeline_seed());
    OwnsAll all(log);
    for (const auto& event : history(120, pipeline_seed()))
      log.append({event}, std::nullopt);
    // Births that cannot be read, of some mothers: silence says nothing about them.
    for (int mother = 0; mother < 12; mother += 3)
      log.append({line("police", fmt::format("U{}", mother),
                       fmt::format("birth,U{},20200101000000,322228199503030000,{},19950303,0", mother,
                                   number_of("19700101", mother)))},
                 std::nullopt);
    ground.pipeline(log, *ground.store, all, 20)->drain();
  }
  WhatIfMeans means() {
    return {*ground.store, ground.keys, rules_for_test(), built_in_evidence(), shanghai_date(noon_us)};
  }
  Result<WhatIfView> ask(
      std::shared_ptr<const PolicySet> policies, std::stop_token stop = {},
      const OnProgress& on_progress = [](std::string_view) {}) {
    return what_if(means(), std::move(policies), {"new.yaml", "", months}, stop, on_progress);
  }
};

TEST(WhatIfDesk, SumsAreThoseOfEvaluatingEverybodyOneByOne) {
  Province province;
  const std::pair<const char*, const char*> candidates[] = {
      {"pay: 590 yuan", "pay: 612.34 yuan"},  // sums alone
      {"age line 49", "age line 57"},         // who has no right any more
      {"police_registration, ", ""},          // what was proven is possible
  };
  const auto now = naive(province.ground, rules_for_test().policies);
  std::int64_t people = 0, pending = 0;
  for (const auto& [key, month] : now)
    people += month.people, pending += month.pending;
  EXPECT_GT(people, 0);
  EXPECT_GT(pending, 0);
  for (const auto& [was, becomes] : candidates) {
    const auto policies = changed(was, becomes);
    const auto view = province.ask(policies);
    ASSERT_TRUE(view) << view.error().text;
    EXPECT_EQ(sums_of(*view, false), now) << was;
    EXPECT_EQ(sums_of(*view, true), naive(province.ground, policies)) << was;
    EXPECT_NE(sums_of(*view, true), now) << was << ": it is to change something";
    EXPECT_EQ(view->repriced, std::string_view(was).starts_with("pay"));
    EXPECT_FALSE(view->samples.empty());
    std::int64_t before = 0, after = 0;
    for (const auto& cell : view->cells)
      before += cell.sums.fen_before, after += cell.sums.fen_after;
    EXPECT_EQ(view->all.fen_before, before);
    EXPECT_EQ(view->all.fen_after, after);
    if (view->repriced) {
      EXPECT_EQ(after - before, view->all.won_fen - view->all.lost_fen);
    } else if (std::string_view(was).starts_with("police")) {
      EXPECT_LT(after, before);
      EXPECT_EQ(view->all.lost_fen, 0) << "what is pending now is not lost";
      EXPECT_GT(view->all.pending, 0);
    }
  }
}

TEST(WhatIfDesk, TheSamePoliciesChangeNothing) {
  Province province;
  const auto view = province.ask(rules_for_test().policies);
  ASSERT_TRUE(view);
  EXPECT_TRUE(view->repriced);
  EXPECT_TRUE(view->samples.empty());
  EXPECT_EQ(view->all.fen_before, view->all.fen_after);
  EXPECT_EQ(view->all.winners + view->all.losers + view->all.moved + view->all.pending, 0);
  EXPECT_EQ(sums_of(*view, false), sums_of(*view, true));
}

TEST(WhatIfDesk, WritesNothingAndLeavesNothingWhenItIsStopped) {
  Province province;
  // A writer is at work all the while: a what-if never waits for it, and takes no turn of its own.
  auto writing = province.ground.store->begin(Store::For::writing);
  const auto policies = changed("pay: 590 yuan", "pay: 600 yuan");
  const auto whole = province.ask(policies);
  ASSERT_TRUE(whole);
  EXPECT_GT(whole->people, 0);
  std::stop_source stop;
  stop.request_stop();
  const auto stopped = province.ask(policies, stop.get_token());
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, "STOPPED");
  const auto again = province.ask(policies);
  ASSERT_TRUE(again);
  EXPECT_EQ(to_json(*again), to_json(*whole)) << "from the beginning, and the same whatever the threads did";
  EXPECT_EQ(writing->values().get("walk what-if"), "");
}

TEST(WhatIfDesk, ShowsItsExamplesMaskedAndTellsWhoWasShown) {
  Province province;
  auto view = *province.ask(changed("pay: 590 yuan", "pay: 600 yuan"));
  ASSERT_FALSE(view.samples.empty());
  const auto number = view.samples.front().person.citizen_id;
  EXPECT_EQ(number.size(), 18u);
  Shown shown;
  add_shown(view, shown);
  EXPECT_TRUE(shown.contains(view.samples.front().person.ref));
  mask(view);
  EXPECT_EQ(to_json(view).find(number), std::string::npos);
  EXPECT_EQ(what_if_html(view).find(number), std::string::npos);
  ASSERT_TRUE(view.samples.front().why_before);
  EXPECT_EQ(view.samples.front().why_before->value, "met");
}

WhatIfView::Cell cell(std::string area, std::int64_t people) {
  return {"b", std::move(area), months.from, {people, people, people * 100, people * 200, 0, 0}};
}

TEST(WhatIfReport, TellsSmallAreasTogether) {
  WhatIfView view;
  view.months = months;
  view.cells = {cell("370306", 900), cell("370307", 4), cell("370308", 7), cell("370309", 5)};
  auto report = without_small_areas(view);
  const auto areas = sums_by(report.cells, [](const auto& one) { return one.area; });
  ASSERT_EQ(areas.size(), 3u);
  EXPECT_EQ(areas.at("*").people_before, 9) << "what is left out is no difference to a total";
  EXPECT_EQ(areas.at("370308").people_before, 7);
  view.cells = {cell("370306", 900), cell("370308", 7)};
  EXPECT_EQ(without_small_areas(view).cells.size(), 2u);
  EXPECT_EQ(without_small_areas(view).withheld, 0);
  EXPECT_NE(what_if_html(report).find("合并的地区"), std::string::npos);
  EXPECT_EQ(what_if_html(report).find("未列出"), std::string::npos) << "370309 has five";
}

TEST(WhatIfReport, CountsPeopleOnceThoughTheyArePendingUnderOneAlone) {
  WhatIfView view;
  view.months = months;
  view.cells = {cell("370306", 900), cell("370307", 8)};
  view.cells.push_back({"b", "370308", months.from, {3, 0, 300, 0, 0, 3}});  // three people, not six
  const auto areas = sums_by(without_small_areas(view).cells, [](const auto& one) { return one.area; });
  EXPECT_EQ(areas.size(), 2u);
  EXPECT_EQ(areas.at("*").people_before, 11);
}

TEST(WhatIfReport, LeavesNoSmallCellInALargeArea) {
  WhatIfView view;
  view.months = months;
  const auto later = months.from.plus_months(1);
  view.cells = {cell("370306", 900), cell("370307", 30), cell("370308", 60)};
  view.cells.push_back({"b", "370307", later, {2, 2, 200, 400, 0, 0}});
  view.cells.push_back({"rare", "370306", later, {6, 6, 600, 600, 0, 0}});
  view.cells.push_back({"rare", "370308", later, {1, 1, 100, 100, 0, 0}});
  auto report = without_small_areas(view);
  for (const auto& one : report.cells)
    EXPECT_GE(one.sums.people_before, 5) << one.area << " " << one.benefit << " " << one.month.text();
  EXPECT_EQ(report.withheld, 1) << "two people alone, in a month in which nobody else of their area had it";
  const auto areas = sums_by(report.cells, [](const auto& one) { return std::pair(one.benefit, one.area); });
  EXPECT_TRUE(areas.contains({"b", "370308"}) || areas.contains({"b", "370306"})) << "large areas stay";
  EXPECT_EQ(areas.at({"rare", "*"}).people_before, 7);
  EXPECT_NE(what_if_html(report).find("1 cells of fewer than five"), std::string::npos);
}

TEST(WhatIfReport, TellsNoDetailsOfAHandfulOfPeople) {
  WhatIfView view;
  view.months = months;
  view.all.people_before = view.all.people_after = 4;
  view.cells = {cell("370306", 2), cell("370307", 2)};
  view.samples.resize(1);
  const auto report = without_small_areas(view);
  EXPECT_TRUE(report.cells.empty());
  EXPECT_TRUE(report.samples.empty());
  EXPECT_EQ(report.withheld, 2);
  view.all.people_after = 5;
  EXPECT_FALSE(without_small_areas(view).cells.empty() && without_small_areas(view).samples.empty());
}

TEST(WhatIfReport, ShowsNoExampleOfASmallAreaAndNoDays) {
  WhatIfView view;
  view.months = months;
  view.cells = {cell("370306", 900), cell("370307", 4), cell("370308", 7)};
  const auto example = [&](std::vector<std::string> areas) {
    WhatIfView::Sample sample;
    sample.person.ref = "P" + areas.front(), sample.benefit = "b", sample.areas = std::move(areas);
    sample.on = Date(2026, 11, 17);
    sample.before = {{{Date(2026, 11, 17), Date(2027, 2, 4)}, AmountView{100, "month"}, "sure"},
                     {{Date(2027, 2, 4), Date::forever()}, {}, "pending"}};
    sample.why_before = ExplanationView{"met", "c", "", "", {"child died 2026-11-17; 2026-1-1"}, {}};
    sample.why_before->parts = {ExplanationView{"met", "d", "", "", {"1970-05-20"}, {}}};
    return sample;
  };
  view.samples = {example({"370306"}), example({"370307"}), example({"370306", "370308"})};
  const auto report = without_small_areas(view);
  ASSERT_EQ(report.samples.size(), 1u) << "of those told together none is an example";
  EXPECT_EQ(report.samples.front().person.ref, "P370306");
  const auto page = what_if_html(report);
  for (const char* no : {"2026-11-17", "2027-02-03", "1970-05-20", "P370307"})
    EXPECT_EQ(page.find(no), std::string::npos) << no;
  EXPECT_NE(page.find("2026-11 .. 2027-02 1.00/month sure; 2027-02 ..  ? pending"), std::string::npos);
  EXPECT_NE(page.find("child died 2026-11; 2026-1-1"), std::string::npos);
  EXPECT_EQ(to_json(report).find("1970-05-20"), std::string::npos);
  EXPECT_EQ(to_json(report).find("2026-11-17"), std::string::npos);
}

TEST(WhatIfReport, LeavesNoFolderWhenNothingWasWritten) {
  Scratch scratch;
  const auto folder = scratch.path() / "a/b";
  { WhatIfReport report(folder); }
  EXPECT_FALSE(std::filesystem::exists(scratch.path() / "a"));
  scratch.folder("mine");
  { WhatIfReport report(scratch.path() / "mine"); }
  EXPECT_TRUE(std::filesystem::is_empty(scratch.path() / "mine")) << "what was there stays";
}

TEST(WhatIfReport, IsOnePageWithoutAnythingFromElsewhere) {
  WhatIfView view;
  view.named = "<script>alert(1)</script>.yaml", view.months = months;
  view.benefits = {{"b", "=1+1 & \"x\"", false, true, true, {9, 9, 900, 1800, 9, 0, 900, 0, 0, 0}}};
  view.cells = {cell("370306", 9)};
  view.cells.push_back({"=cmd()", "370306", months.from, {9, 9, 5000, 900, 0, 0}});
  view.samples = {{{"P1", "<b>", ""},
                   "b",
                   "more",
                   1,
                   2,
                   months.from,
                   {},
                   {},
                   ExplanationView{"met", "<i>", "", "", {"<u>"}, {}},
                   {}}};
  const auto page = what_if_html(view);
  for (const char* no :
       {"<script", "<b>\"", "http:", "https:", "src=", "url(", "@import", "<i>", "<u>", "onload"})
    EXPECT_EQ(page.find(no), std::string::npos) << no;
  for (const char* yes : {"<svg", "@page{size:A4", "&lt;script&gt;", "</html>"})
    EXPECT_NE(page.find(yes), std::string::npos) << yes;
  const auto csv = what_if_csv(view);
  EXPECT_TRUE(csv.starts_with("\xEF\xBB\xBF\""));
  EXPECT_NE(csv.find("\"'=cmd()\""), std::string::npos) << "no formula";
  EXPECT_NE(csv.find("\"-41.00\""), std::string::npos) << "a negative sum stays a number";
}

}  // namespace
}  // namespace kinhub::test
