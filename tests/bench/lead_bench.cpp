// An account in words: what one page of `explain` costs beyond the decision, on the families of the policy
// bench.

#include <benchmark/benchmark.h>

#include "hub/lead/account_words.hpp"
#include "tests/places/places.hpp"
#include "tests/property/policy_naive.hpp"
#include "tests/property/policy_people.hpp"

namespace kinhub {
namespace {

void account_in_words(benchmark::State& state) {
  const auto read = PolicySet::read(tests::source_dir() + "/mappings/policies");
  const auto& policies = std::get<PolicySet>(read);
  const auto benefit = policies.find("national-special-assistance/death").value();
  std::vector<Situation> families;
  std::vector<Account> accounts;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    families.push_back(naive::usual_family(seed));
    accounts.push_back(account_of(policies, families.back(), benefit, Date(2026, 11, 21)));
  }
  const CoverageTold told{{{"public-security", {Covers::births}}}, {}, {}};
  std::size_t i = 0;
  for (auto _ : state) {
    auto words = words_of(accounts[i % 1000], policies, families[i % 1000], told);
    benchmark::DoNotOptimize(words.say.data());
    ++i;
  }
}
BENCHMARK(account_in_words);

}  // namespace
}  // namespace kinhub

BENCHMARK_MAIN();
