// Which version of a lead held at a past time.
#include "hub/lead/lead_history.hpp"

#include <gtest/gtest.h>

#include "tests/contract/store/store_model.hpp"

namespace kinhub {
namespace {

LeadRow version(std::int64_t changed_at_us, LeadState state, std::int64_t revision, std::string content) {
  LeadRow lead{{17}, {3}, "national/death", LeadKind::new_, state, 10, changed_at_us, revision};
  lead.content = std::move(content), lead.anchor = token_of(4);
  return lead;
}

class LeadHistory : public ::testing::Test {
 protected:
  /// The version as of a time, as text.
  std::string known(const LeadRow& now, std::int64_t at_us) {
    return text_of(lead_as_known(store_.values(), now, at_us));
  }
  StoreModel model_;
  ModelTransaction store_{model_};
};

TEST_F(LeadHistory, EachVersionHoldsFromItsChangeToTheNext) {
  const auto opened = version(10, LeadState::open, 1, sealed_of(1));
  const auto updated = version(20, LeadState::open, 2, sealed_of(2));
  const auto confirmed = version(30, LeadState::confirmed, 3, sealed_of(3));
  keep_superseded(store_.values(), opened);
  keep_superseded(store_.values(), updated);
  EXPECT_EQ(known(confirmed, 9), "nothing") << "not opened yet";
  EXPECT_EQ(known(confirmed, 10), text_of(opened));
  EXPECT_EQ(known(confirmed, 19), text_of(opened));
  EXPECT_EQ(known(confirmed, 20), text_of(updated));
  EXPECT_EQ(known(confirmed, 30), text_of(confirmed));
}

TEST_F(LeadHistory, TheHistoryOfAnotherLeadIsAnothers) {
  auto other = version(10, LeadState::open, 1, sealed_of(1));
  other.id = {1};
  keep_superseded(store_.values(), other);
  const auto now = version(30, LeadState::confirmed, 3, sealed_of(3));
  EXPECT_EQ(known(now, 15), text_of(now)) << "stored before versions were kept: the oldest known one";
}

TEST_F(LeadHistory, OfAChangeWithinOneMicrosecondTheLaterVersionCounts) {
  keep_superseded(store_.values(), version(10, LeadState::open, 1, sealed_of(1)));
  keep_superseded(store_.values(), version(10, LeadState::open, 2, sealed_of(2)));
  const auto now = version(20, LeadState::closed, 3, sealed_of(3));
  EXPECT_EQ(known(now, 10), text_of(version(10, LeadState::open, 2, sealed_of(2))));
}

}  // namespace
}  // namespace kinhub
