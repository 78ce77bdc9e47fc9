#include <gtest/gtest.h>

#include <cstdlib>
#include <set>

#include "hub/policy/policy.hpp"
#include "tests/places/places.hpp"
#include "tests/property/policy_naive.hpp"
#include "tests/property/policy_people.hpp"
#include "tests/seeds.hpp"

namespace kinhub {
namespace {

const PolicySet& shipped() {
  static const auto set = [] {
    auto read = PolicySet::read(kinhub::tests::source_dir() + "/mappings/policies");
    if (auto* errors = std::get_if<std::vector<Error>>(&read))
      throw std::runtime_error(describe(errors->front()));
    return std::move(std::get<PolicySet>(read));
  }();
  return set;
}

// KINHUB_SEED=n runs that family alone; KINHUB_FAMILIES=n runs so many; KINHUB_SEED=new begins anywhere.
std::pair<std::uint64_t, std::uint64_t> seeds() {
  const char* one = std::getenv("KINHUB_SEED");
  const char* many = std::getenv("KINHUB_FAMILIES");
  const bool alone = one && one != std::string_view("new");
  return {test::seed(1), alone ? 1 : many ? std::strtoull(many, nullptr, 10) : 4000};
}

// Every day on which anything may change, the day before it and the day after, and some days at random.
std::set<Date> days_to_ask(const Situation& s, std::uint64_t seed) {
  std::set<Date> days;
  auto add = [&](Date day) {
    if (day <= Date(1900, 1, 1) || day >= Date(2200, 1, 1)) return;
    for (int i = -1; i <= 1; ++i)
      days.insert(day.plus_days(i));
  };
  auto span = [&](Interval when) { add(when.from), add(when.until); };
  for (auto edge : {Date(2007, 1, 1), Date(2018, 8, 1), Date(2019, 2, 1), Date(2022, 2, 1), Date(2022, 7, 1)})
    add(edge);
  for (const auto& p : s.people) {
    if (p.born)
      for (auto born : {p.born->earliest, p.born->latest})
        for (int years : {0, 49, 60})
          add(reaches(born, years));
    if (p.died) {
      add(p.died->on);
      add(p.died->first());
      add(Date(p.died->on.year() + 1, 1, 1));
      add(p.died->on.month_start().plus_months(1));
    }
  }
  for (const auto& m : s.marriages)
    span(m.when);
  for (const auto& c : s.children)
    span(c.when);
  for (const auto& d : s.disabilities)
    span(d.when);
  for (const auto& r : s.residences)
    span(r.when);
  for (const auto& r : s.receipts)
    span(r.when);
  for (auto c : {s.coverage.children, s.coverage.marriages, s.coverage.residence, s.coverage.receipts})
    span(c);
  std::mt19937_64 random(seed ^ 0x9E3779B97F4A7C15u);
  for (int i = 0; i < 20; ++i)
    days.insert(Date(1990, 1, 1).plus_days(static_cast<int>(random() % 22000)));
  return days;
}

TEST(TimelineEngine, AgreesWithJudgingEveryDayByItself) {
  std::array<BenefitIndex, naive::benefit_count> index;
  for (std::size_t i = 0; i < index.size(); ++i)
    index[i] = shipped().find(naive::ids[i]).value();
  auto [first, count] = seeds();
  std::size_t asked = 0, sure = 0, pending = 0;
  for (auto seed = first; seed < first + count; ++seed) {
    auto family = naive::any_family(seed);
    auto timeline = shipped().evaluate(family);
    naive::Judge judge(family);
    for (Date day : days_to_ask(family, seed)) {
      auto answers = judge.on(day);
      for (std::size_t i = 0; i < answers.size(); ++i, ++asked) {
        const auto& answer = answers[i];
        const Entitlement* found = nullptr;
        for (const auto& span : timeline)
          if (span.benefit == index[i] && span.when.contains(day)) {
            ASSERT_EQ(found, nullptr)
                << "two spans of one benefit on " << day.text() << ", run with KINHUB_SEED=" << seed;
            found = &span;
          }
        auto place = std::string(naive::ids[i]) + " on " + day.text() +
                     ", run with KINHUB_SEED=" + std::to_string(seed);
        ASSERT_EQ(found != nullptr, answer.right.can) << place;
        if (!found) continue;
        ASSERT_EQ(found->certainty == Certainty::sure, answer.right.must && answer.fen.has_value()) << place;
        ASSERT_EQ(found->amount.known, answer.fen.has_value()) << place;
        ASSERT_EQ(found->amount.fen, answer.fen.value_or(0)) << place;
        ASSERT_EQ(found->certainty == Certainty::possible, !found->pending.empty()) << place;
        ++(found->certainty == Certainty::sure ? sure : pending);
      }
    }
  }
  std::printf("families from seed %llu: %llu, answers %zu, of them sure %zu, pending %zu\n",
              static_cast<unsigned long long>(first), static_cast<unsigned long long>(count), asked, sure,
              pending);
  if (count > 1000) {
    EXPECT_GT(sure, asked / 500);
    EXPECT_GT(pending, asked / 500);
  }
}

TEST(TimelineEngine, ExplainsEveryDayAsItEvaluatesIt) {
  auto [first, count] = seeds();
  for (auto seed = first; seed < first + std::max<std::uint64_t>(1, count / 20); ++seed) {
    auto family = naive::any_family(seed);
    auto timeline = shipped().evaluate(family);
    for (Date day : days_to_ask(family, seed))
      for (BenefitIndex benefit = 0; benefit < shipped().benefits().size(); ++benefit) {
        bool held = std::any_of(timeline.begin(), timeline.end(), [&](const Entitlement& span) {
          return span.benefit == benefit && span.when.contains(day);
        });
        auto why = shipped().explain(family, benefit, day);
        ASSERT_EQ(held, why.value != Explanation::Value::not_met)
            << shipped().benefits()[benefit].id << " on " << day.text() << ", run with KINHUB_SEED=" << seed;
      }
  }
}

TEST(TimelineEngine, EveryEdgeHasACauseOnItsDay) {
  auto [first, count] = seeds();
  for (auto seed = first; seed < first + count; ++seed) {
    auto family = naive::any_family(seed);
    for (const auto& span : shipped().evaluate(family)) {
      // A day after a death day (which counts as alive), or the first day of the year after it.
      auto near = [&](const Cause& cause, Date edge) {
        if (cause.on == edge) return true;
        return cause.what == Cause::What::death ? cause.on < edge && edge.days() - cause.on.days() <= 366
                                                : edge.days() - cause.on.days() == 1;
      };
      EXPECT_TRUE(span.when.from == Date::beginning() || near(span.starts_because, span.when.from))
          << span.when.from.text() << " but the cause is of " << span.starts_because.on.text()
          << ", run with KINHUB_SEED=" << seed;
      EXPECT_TRUE(span.when.until == Date::forever() || near(span.ends_because, span.when.until))
          << span.when.until.text() << " but the cause is of " << span.ends_because.on.text()
          << ", run with KINHUB_SEED=" << seed;
    }
  }
}

TEST(TimelineEngine, SpansOfABenefitNeverOverlapAndAdjacentOnesDiffer) {
  auto [first, count] = seeds();
  for (auto seed = first; seed < first + count; ++seed) {
    auto timeline = shipped().evaluate(naive::any_family(seed));
    for (std::size_t i = 1; i < timeline.size(); ++i) {
      const auto &before = timeline[i - 1], &after = timeline[i];
      if (before.benefit != after.benefit) continue;
      ASSERT_LE(before.when.until, after.when.from) << "run with KINHUB_SEED=" << seed;
      bool same = before.when.until == after.when.from && before.amount == after.amount &&
                  before.certainty == after.certainty && before.pending == after.pending;
      ASSERT_FALSE(same) << "run with KINHUB_SEED=" << seed;
    }
  }
}

}  // namespace
}  // namespace kinhub
