#include "tests/contract/store/store_contract.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreIssued : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreIssued, Stores);

TYPED_TEST(StoreIssued, AVersionStaysAsItWasHandedOut) {
  this->commit([](StoreTransaction& t) {
    EXPECT_TRUE(t.issued().add({"movement 320812", 1, 5, sealed_of(1)}));
    EXPECT_FALSE(t.issued().add({"movement 320812", 1, 6, sealed_of(2)}));
  });
  this->commit([](StoreTransaction& t) {
    EXPECT_FALSE(t.issued().add({"movement 320812", 1, 7, sealed_of(3)}));
  });
  const auto kept = this->reading()->issued().find("movement 320812", 1);
  ASSERT_TRUE(kept);
  EXPECT_EQ(text_of(*kept), text_of(IssuedRow{"movement 320812", 1, 5, sealed_of(1)}));
}

TYPED_TEST(StoreIssued, TheLatestIsTheOneWithTheHighestNumber) {
  this->commit([](StoreTransaction& t) {
    for (const std::int64_t version : {1, 2, 10})
      t.issued().add({"a", version, 100 - version, sealed_of(version)});
    t.issued().add({"aa", 11, 1, ""});
  });
  auto t = this->reading();
  EXPECT_EQ(t->issued().latest("a")->version, 10);
  EXPECT_FALSE(t->issued().latest("b"));
  EXPECT_FALSE(t->issued().find("a", 3));
  const auto page = t->issued().page("a", 2, 2);
  ASSERT_EQ(page.size(), 2u);
  EXPECT_EQ(page[0].version, 10);
  EXPECT_EQ(page[1].series, "aa");
}

}  // namespace
}  // namespace kinhub
