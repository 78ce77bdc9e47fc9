// Linkage rules as a file: what the shipped one says, and what a wrong one is told.
#include "hub/linkage/rules.hpp"

#include <gtest/gtest.h>

namespace kinhub::linkage {
namespace {

constexpr auto shipped = "mappings/identity/linkage.yaml";

TEST(LinkageRules, ShippedFilePassesItsOwnTests) {
  auto rules = load_linkage(shipped);
  ASSERT_TRUE(rules) << describe(rules.error());
  EXPECT_GE(rules->tests.size(), 25U);
  for (const auto& failed : run_linkage_tests(*rules))
    ADD_FAILURE() << describe(failed);
}

}  // namespace
}  // namespace kinhub::linkage
