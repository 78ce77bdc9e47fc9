#include <atomic>
#include <chrono>
#include <thread>

#include "tests/contract/store/store_contract.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreLeases : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreLeases, Stores);

TYPED_TEST(StoreLeases, LeasesChangeHandsByCompareAndSet) {
  auto& store = *this->store_;
  EXPECT_TRUE(store.leases().empty());
  EXPECT_EQ(store.take_lease("p", "a", 3, 60'000), std::nullopt) << "no such row";
  ASSERT_EQ(store.take_lease("p", "a", 0, 60'000), 1);
  EXPECT_EQ(store.take_lease("p", "b", 0, 60'000), std::nullopt) << "another epoch";
  EXPECT_EQ(store.take_lease("p", "b", 1, 60'000), std::nullopt) << "not expired";
  ASSERT_EQ(store.take_lease("p", "a", 1, 60'000), 2) << "its own";
  ASSERT_EQ(store.take_lease("@relay", "b", 0, 60'000), 1);
  auto rows = store.leases();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].partition, "@relay") << "in order of partition";
  EXPECT_EQ(rows[1].partition, "p");
  EXPECT_EQ(rows[1].owner, "a");
  EXPECT_EQ(rows[1].epoch, 2);
  EXPECT_GT(rows[1].remaining_ms, 50'000);
  EXPECT_LE(rows[1].remaining_ms, 60'000);

  store.release_lease("p", "a", 1);
  EXPECT_GT(store.leases()[1].remaining_ms, 0) << "another epoch";
  store.release_lease("p", "b", 2);
  EXPECT_GT(store.leases()[1].remaining_ms, 0) << "not its own";
  store.release_lease("p", "a", 2);
  EXPECT_LE(store.leases()[1].remaining_ms, 0);
  ASSERT_EQ(store.take_lease("p", "b", 2, 60'000), 3);
  store.release_lease("nobody", "a", 1);
}

TYPED_TEST(StoreLeases, OneOfManyTakesALease) {
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> nodes;
    for (int i = 0; i < 4; ++i)
      nodes.emplace_back([&, i] {
        for (std::int64_t epoch = 0; epoch < 20; ++epoch)
          if (this->store_->take_lease("p" + std::to_string(epoch), "node" + std::to_string(i), 0, 60'000))
            ++taken;
      });
  }
  EXPECT_EQ(taken, 20);
  for (const auto& row : this->store_->leases())
    EXPECT_EQ(row.epoch, 1);
}

TYPED_TEST(StoreLeases, RenewingProlongsAllOfAnOwnersLeases) {
  auto& store = *this->store_;
  ASSERT_TRUE(store.take_lease("b", "n1", 0, 1));
  ASSERT_TRUE(store.take_lease("a", "n1", 0, 60'000));
  ASSERT_TRUE(store.take_lease("c", "n2", 0, 0));
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  auto owned = store.renew_leases("n1", 90'000);
  ASSERT_EQ(owned.size(), 2u);
  EXPECT_EQ(owned[0].partition, "a");
  for (const auto& row : owned) {
    EXPECT_EQ(row.owner, "n1");
    EXPECT_EQ(row.epoch, 1) << "lapsed, but still its own";
    EXPECT_GT(row.remaining_ms, 80'000);
  }
  ASSERT_EQ(store.take_lease("c", "n1", 1, 60'000), 2);
  EXPECT_TRUE(store.renew_leases("n2", 90'000).empty()) << "taken by another";
  EXPECT_TRUE(store.renew_leases("n3", 90'000).empty());
}

TYPED_TEST(StoreLeases, NodesAreSeenUntilTheyLeave) {
  auto& store = *this->store_;
  EXPECT_TRUE(store.nodes().empty());
  store.renew_leases("two", 1000);
  store.renew_leases("one", 1000);
  store.renew_leases("two", 1000);
  auto rows = store.nodes();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].name, "one");
  EXPECT_EQ(rows[1].name, "two");
  EXPECT_GE(rows[0].seen_ms_ago, 0);
  EXPECT_LT(rows[0].seen_ms_ago, 60'000);
  store.forget_node("one");
  store.forget_node("nobody");
  ASSERT_EQ(store.nodes().size(), 1u);
  EXPECT_EQ(store.nodes()[0].name, "two");
}

}  // namespace
}  // namespace kinhub
