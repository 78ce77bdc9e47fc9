#include <gtest/gtest.h>

#include <iostream>

#include "hub/policy/policy.hpp"

using namespace kinhub;

TEST(ShippedPolicies, PassTheirOwnTests) {
  auto read = PolicySet::read(std::string(KINHUB_SOURCE_DIR) + "/mappings/policies");
  if (auto* errors = std::get_if<1>(&read))
    for (auto& e : *errors) ADD_FAILURE() << describe(e);
  auto& set = std::get<0>(read);
  for (auto& n : set.notices()) std::cerr << describe(n) << "\n";
  auto report = set.test();
  for (auto& e : report.failed) ADD_FAILURE() << describe(e);
  std::cerr << report.passed << "\n";
}
