// The shelves of named values, of the balance and of the audit log: a name and what stands under it.

#include "tests/contract/store/store_contract.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreValues : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreValues, Stores);

TYPED_TEST(StoreValues, ANameHoldsWhatWasPutLast) {
  this->commit([](StoreTransaction& t) {
    EXPECT_EQ(t.values().get("a"), "");
    t.values().put("a", "1");
    t.values().put("a", "2");
    EXPECT_EQ(t.values().get("a"), "2");
  });
  EXPECT_EQ(this->reading()->values().get("a"), "2");
  EXPECT_EQ(this->reading()->values().get("b"), "");
}

TYPED_TEST(StoreValues, DatedOnesComeInOrderOfTimeAndOneForEach) {
  this->commit([](StoreTransaction& t) {
    t.values().put_dated({"a", 9, "late"});
    t.values().put_dated({"a", -9, "early"});
    t.values().put_dated({"a", 9, "later"});
    t.values().put_dated({"b", 1, "other"});
  });
  std::string all;
  for (const auto& row : this->reading()->values().dated("a"))
    all += row.value + " ";
  EXPECT_EQ(all, "early later ");
}

TYPED_TEST(StoreValues, CountersAddUpAndCoverageIsReplaced) {
  for (int i = 0; i < 2; ++i)
    this->commit([&](StoreTransaction& t) {
      t.balance().add_counters("police", {1, 2, 3, 4, 5, 6, 7, 8, 9});
      t.balance().put_coverage({"police", i == 1, 10 + i});
    });
  auto t = this->reading();
  EXPECT_EQ(t->balance().counters().at(0).second, (Counters{2, 4, 6, 8, 10, 12, 14, 16, 18}));
  ASSERT_EQ(t->balance().coverage().size(), 1u);
  EXPECT_EQ(text_of(t->balance().coverage().at(0)), "police 1 11");
}

}  // namespace
}  // namespace kinhub
