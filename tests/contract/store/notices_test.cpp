#include "tests/contract/store/store_contract.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreNotices : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreNotices, Stores);

TYPED_TEST(StoreNotices, NoticesAreReadInPages) {
  this->commit([](StoreTransaction& t) {
    for (int i = 1; i <= 25; ++i)
      t.notices().add({i, "{\"seq\":" + std::to_string(i) + "}"});
  });
  auto t = this->reading();
  std::int64_t after = 0;
  std::vector<std::size_t> pages;
  for (;;) {
    auto page = t->notices().page(after, 10);
    if (page.empty()) break;
    pages.push_back(page.size());
    for (const auto& row : page)
      EXPECT_EQ(row.sequence, ++after);
  }
  EXPECT_EQ(pages, (std::vector<std::size_t>{10, 10, 5}));
  EXPECT_EQ(t->notices().last(), 25);
}

}  // namespace
}  // namespace kinhub
