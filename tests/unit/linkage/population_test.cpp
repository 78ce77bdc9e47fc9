// Linkage of a generated population of 5,000 people with planted errors; `make bench` does it with 100,000.
#include <gtest/gtest.h>

#include "tests/seeds.hpp"
#include "tests/unit/linkage/planted.hpp"

namespace kinhub::linkage::test {
namespace {

TEST(LinkagePopulation, JoinsRightlyAndAsksAboutTheRest) {
  const auto rules = load_linkage("mappings/identity/linkage.yaml").value();
  for (auto seed : kinhub::test::seeds({1, 2, 3})) {
    SCOPED_TRACE("KINHUB_SEED=" + std::to_string(seed));
    const auto planted = planted_population(5'000, seed);
    const auto outcome = link_all(planted, rules);
    EXPECT_GE(outcome.precision(), 0.999) << ::testing::PrintToString(outcome.wrong);
    EXPECT_GE(outcome.hard_precision(), 0.999) << ::testing::PrintToString(outcome.wrong);
    EXPECT_GE(outcome.recall(), 0.995) << ::testing::PrintToString(outcome.missed);
    EXPECT_GE(outcome.hard_recall(), 0.99) << ::testing::PrintToString(outcome.missed);
    EXPECT_GE(outcome.blocking_recall(), 0.999);
    EXPECT_EQ(outcome.lost_links, 0U)
        << "every pair above the lower threshold is joined, queued, or answered";
    // The aim is 10 of 1,000: docs/identity.md. Of 5,000 people chance takes more.
    EXPECT_LT(outcome.queue * 1'000, 15 * planted.people) << ::testing::PrintToString(outcome.queued);
    EXPECT_GT(outcome.hard_pairs, 1'000U);
    EXPECT_GT(planted.twins, 10U);
  }
}

}  // namespace
}  // namespace kinhub::linkage::test
