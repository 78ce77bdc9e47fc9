// CPU per family of the timeline engine under the two shipped policies, beside a naive peer that judges the
// same policies month by month (on the first day of each month, 2015-2036), hand-written in C++ without
// policy files.

#include <benchmark/benchmark.h>

#include "hub/policy/account.hpp"
#include "tests/places/places.hpp"
#include "tests/property/policy_naive.hpp"
#include "tests/property/policy_people.hpp"

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

std::vector<Situation> families(Situation (*make)(std::uint64_t)) {
  std::vector<Situation> all;
  for (std::uint64_t seed = 1; seed <= 4096; ++seed)
    all.push_back(make(seed));
  return all;
}

void timeline(benchmark::State& state, Situation (*make)(std::uint64_t)) {
  auto all = families(make);
  const auto& policies = shipped();
  std::size_t i = 0, spans = 0;
  for (auto _ : state) {
    auto found = policies.evaluate(all[i++ % all.size()]);
    spans += found.size();
    benchmark::DoNotOptimize(found.data());
  }
  state.counters["spans_per_family"] = static_cast<double>(spans) / static_cast<double>(state.iterations());
}

void month_by_month(benchmark::State& state, Situation (*make)(std::uint64_t)) {
  auto all = families(make);
  std::vector<Date> months;
  for (Date month(2015, 1, 1); month < Date(2037, 1, 1); month = month.plus_months(1))
    months.push_back(month);
  std::size_t i = 0;
  for (auto _ : state) {
    naive::Judge judge(all[i++ % all.size()]);
    for (auto month : months) {
      auto answers = judge.on(month);
      benchmark::DoNotOptimize(answers);
    }
  }
}

/// What one answer costs: how a benefit stands on a day, and its conditions with their causes.
void account(benchmark::State& state, Situation (*make)(std::uint64_t)) {
  auto all = families(make);
  const auto& policies = shipped();
  const auto benefit = policies.find("national-special-assistance/death").value();
  std::size_t i = 0;
  for (auto _ : state) {
    auto told = account_of(policies, all[i++ % all.size()], benefit, Date(2026, 11, 21));
    benchmark::DoNotOptimize(told.why.parts.data());
  }
}

/// One decision: the conditions of one benefit on one day, with causes.
void decision_with_causes(benchmark::State& state, Situation (*make)(std::uint64_t)) {
  auto all = families(make);
  const auto& policies = shipped();
  const auto benefit = policies.find("national-special-assistance/death").value();
  std::size_t i = 0;
  for (auto _ : state) {
    auto why = policies.explain(all[i++ % all.size()], benefit, Date(2026, 11, 21));
    benchmark::DoNotOptimize(why.parts.data());
  }
}

BENCHMARK_CAPTURE(decision_with_causes, usual_families, naive::usual_family);
BENCHMARK_CAPTURE(account, usual_families, naive::usual_family);
BENCHMARK_CAPTURE(timeline, usual_families, naive::usual_family);
BENCHMARK_CAPTURE(timeline, any_families, naive::any_family);
BENCHMARK_CAPTURE(month_by_month, usual_families_264_months, naive::usual_family);
BENCHMARK_CAPTURE(month_by_month, any_families_264_months, naive::any_family);

}  // namespace
}  // namespace kinhub

BENCHMARK_MAIN();
