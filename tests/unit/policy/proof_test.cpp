// The standard of proof: what a situation is where a policy does not find a death proven.
#include "hub/policy/proof.hpp"

#include <gtest/gtest.h>

#include "hub/record/fact.hpp"

namespace kinhub {
namespace {

SituationPerson::Died died(Date on, EvidenceClass by, CauseIndex cause) {
  SituationPerson::Died death{on, Certainty::sure, cause};
  death.classes = static_cast<std::uint8_t>(1u << static_cast<unsigned>(by)), death.sources = 1;
  return death;
}

TEST(AsProven, AMarriageMayGoOnAfterADeathThatIsNotProvenUntilItEndsOtherwise) {
  const Date wedding(1998, 1, 1), his(2010, 1, 1), hers(2015, 1, 1), divorced(2012, 1, 1);
  const Proof police{1u << static_cast<unsigned>(EvidenceClass::police_registration), 2};
  struct Row {
    const char* what;
    std::optional<EvidenceClass> she_died_by;
    Date divorced, goes_on_until;
  };
  const std::vector<Row> rows = {
      {"nothing else ended it", std::nullopt, Date::forever(), Date::forever()},
      {"her own death, that is proven", EvidenceClass::police_registration, Date::forever(), hers},
      {"her own death, that is not proven", EvidenceClass::insurance, Date::forever(), Date::forever()},
      {"a divorce", std::nullopt, divorced, divorced},
      {"a divorce before her death", EvidenceClass::police_registration, divorced, divorced},
  };
  for (const auto& row : rows) {
    Situation situation;
    situation.people.resize(2);
    situation.people[1].died = died(his, EvidenceClass::insurance, 0);
    if (row.she_died_by) situation.people[0].died = died(hers, *row.she_died_by, 1);
    situation.causes = {{Cause::What::death, 1, his, 0}, {Cause::What::death, 0, hers, 0}};
    situation.marriages = {{1, {wedding, his}, Certainty::sure, no_cause, 0, row.divorced}};
    const auto seen = as_proven(situation, {police, police});
    ASSERT_TRUE(seen && seen->marriages.size() == 2) << row.what;
    EXPECT_EQ(seen->marriages[1].when, (Interval{his, row.goes_on_until})) << row.what;
    EXPECT_EQ(seen->marriages[1].certainty, Certainty::possible) << row.what;
  }
}

}  // namespace
}  // namespace kinhub
