#include <atomic>
#include <chrono>
#include <thread>

#include "tests/contract/store/store_contract.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StorePositions : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StorePositions, Stores);

TYPED_TEST(StorePositions, APositionMovesOnlyFromWhereItIs) {
  this->commit([](StoreTransaction& t) {
    EXPECT_EQ(t.positions().at("police").sequence, 0);
    EXPECT_EQ(t.positions().at("police").offset, -1);
    EXPECT_FALSE(t.positions().advance({"police", 5, 9, 1, 0})) << "never processed stands at 0";
    EXPECT_TRUE(t.positions().advance({"police", 0, 9, 100, 0}));
    EXPECT_FALSE(t.positions().advance({"police", 0, 9, 100, 0})) << "already moved";
    EXPECT_FALSE(t.positions().advance({"police", 8, 12, 100, 0}));
    EXPECT_TRUE(t.positions().advance({"police", 9, 12, 104, 0}));
    EXPECT_TRUE(t.positions().advance({"civil", 0, 1, 0, 0})) << "each partition for itself";
  });
  auto t = this->reading();
  EXPECT_EQ(t->positions().at("police").sequence, 12);
  EXPECT_EQ(t->positions().at("police").offset, 104);
  EXPECT_EQ(t->positions().at("civil").sequence, 1);
}

TYPED_TEST(StorePositions, APositionMovesBackToo) {
  this->commit([](StoreTransaction& t) { EXPECT_TRUE(t.positions().advance({"police", 0, 9, 100, 0})); });
  this->commit([](StoreTransaction& t) { EXPECT_TRUE(t.positions().advance({"police", 9, 4, -1, 0})); });
  EXPECT_EQ(this->reading()->positions().at("police").sequence, 4);
}

TYPED_TEST(StorePositions, ABatchNeedsTheLeaseItWasReadUnder) {
  auto& store = *this->store_;
  auto advance = [&](std::int64_t from, std::int64_t epoch) {
    auto t = this->writing();
    bool moved = t->positions().advance({"police", from, from + 1, -1, epoch});
    if (moved) t->commit();
    return moved;
  };
  EXPECT_FALSE(advance(0, 1)) << "a lease nobody has";
  EXPECT_TRUE(advance(0, 0)) << "never leased";
  ASSERT_EQ(store.take_lease("police", "a", 0, 0), 1);
  EXPECT_FALSE(advance(1, 0)) << "leased by now";
  EXPECT_TRUE(advance(1, 1)) << "lapsed, but nobody else took it";
  ASSERT_EQ(store.take_lease("police", "b", 1, 60'000), 2);
  EXPECT_FALSE(advance(2, 1)) << "a zombie";
  EXPECT_TRUE(advance(2, 2));
  store.release_lease("police", "b", 2);
  EXPECT_TRUE(advance(3, 2)) << "given up, but nobody else took it";
  ASSERT_EQ(store.take_lease("police", "a", 2, 60'000), 3);
  EXPECT_FALSE(advance(4, 2));
  EXPECT_TRUE(advance(4, 3));
  EXPECT_EQ(this->reading()->positions().at("police").sequence, 5);
}

TYPED_TEST(StorePositions, ALeaseIsTakenOverOnlyWhenItsBatchHasEnded) {
  for (std::int64_t epoch : {0, 1}) {  // never leased, and leased
    std::string partition = epoch == 0 ? "new" : "old";
    if (epoch == 1) {
      ASSERT_EQ(this->store_->take_lease(partition, "a", 0, 0), 1);
    }
    auto batch = this->writing();
    ASSERT_TRUE(batch->positions().advance({partition, 0, 7, -1, epoch}));
    std::atomic<bool> begun = false, ending = false;
    std::jthread other([&] {
      begun = true;
      for (int tries = 0; tries < 100; ++tries) {
        auto taken = this->store_->take_lease(partition, "b", epoch, 60'000);
        if (!taken) continue;
        EXPECT_TRUE(ending) << "taken over while a batch under the old lease could still commit";
        EXPECT_EQ(*taken, epoch + 1);
        EXPECT_EQ(this->reading()->positions().at(partition).sequence, 7);
        return;
      }
      ADD_FAILURE() << "never taken over";
    });
    while (!begun)
      std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    ending = true;
    batch->commit();
  }
}

}  // namespace
}  // namespace kinhub
