#include <gtest/gtest.h>

#include <iostream>

#include "hub/policy/policy.hpp"

using namespace kinhub;

TEST(Walk, NationalPolicyOnAFamily) {
  auto read = PolicySet::read(std::string(KINHUB_SOURCE_DIR) + "/mappings/policies");
  if (auto* errors = std::get_if<1>(&read)) {
    for (auto& e : *errors) std::cerr << describe(e) << "\n";
    FAIL();
  }
  auto& set = std::get<0>(read);
  for (auto& n : set.notices()) std::cerr << describe(n) << "\n";
  Situation s;
  s.people.push_back({Sex::female, SituationPerson::Born{Date(1970, 5, 20), Date(1970, 5, 20)}, {}});
  s.people.push_back({Sex::male, SituationPerson::Born{Date(1994, 3, 3), Date(1994, 3, 3)}, SituationPerson::Died{Date(2018, 11, 11), Certainty::sure, no_cause}});
  s.children.push_back({1, ChildRelation::born, {Date(1994, 3, 3), Date::forever()}});
  s.residences.push_back({0, "370306", {Date(1990, 1, 1), Date::forever()}, true});
  s.coverage.children = {};
  for (auto& e : set.evaluate(s))
    std::cerr << set.benefits()[e.benefit].id << " " << e.when.from.text() << " " << e.when.until.text() << " " << e.amount.fen << " " << (e.certainty == Certainty::sure) << " " << int(e.starts_because.what) << e.starts_because.on.text() << (e.pending.empty() ? "" : e.pending[0]) << "\n";
}
