#include "hub/linkage/blocking.hpp"

#include <algorithm>

#include "tests/unit/linkage/linkage_test.hpp"

namespace kinhub::linkage::test {
namespace {

bool meet(const Features& a, const Features& b) {
  const auto pairs = candidate_pairs({a, b}, shipped()).pairs;
  return pairs == std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 1}};
}

TEST(LinkageBlocking, EveryErrorLeavesAKeyInCommon) {
  const auto number = number_of("20180521", 17), mother = number_of("19850618", 22);
  struct Row {
    const char* what;
    Who a, b;
  };
  const Row rows[] = {
      {"name alike", Who("王子轩", "2018-05-21"), Who("王紫萱", "2018-05-21")},
      {"name alike, year off", Who("王子轩", "2018-05-21"), Who("王子萱", "2017-05-21")},
      {"name in another order", Who("李小红", "2018-05-21"), Who("小红李", "2018-05-21")},
      {"another character", Who("王子轩", "2018-05-21"), Who("王子强", "2018-05-21")},
      {"another surname", Who("王子轩", "2018-05-21"), Who("黄子轩", "2018-05-21")},
      {"husband's surname", Who("李小红", "1979-03-14"), Who("王李小红", "1979-03-14")},
      {"day and month", Who("王子轩", "2018-05-04"), Who("王子轩", "2018-04-05")},
      {"no birth, a region", Who("王子轩", "2018-05-21").lives_in("320812"),
       Who("王子轩").lives_in("320812")},
      {"another name, the mother's number", Who("王子轩", "2018-05-21").mother("", mother),
       Who("王浩然", "2018-08-30").mother("", mother)},
      {"no birth, the mother's number", Who("王子轩", "2018-05-21").mother("", mother),
       Who("王子轩").mother("", mother)},
      {"another name, the mother's", Who("王子轩", "2018-05-21").mother("李静"),
       Who("陈浩然", "2018-05-21").mother("李婧")},
      {"a household and a year", Who("王子轩", "2018-05-21").household("H-1"),
       Who("陈浩然", "2018-07-01").household("H-1")},
      {"a long name without its dot", Who("买买提·吐尔逊", "1979-03-14"), Who("买买提吐尔逊", "1979-03-14")},
      {"a long name, cut", Who("买买提·吐尔逊", "1979-03-14"), Who("买买提", "1979-03-14")},
  };
  for (const auto& row : rows)
    EXPECT_TRUE(meet(row.a, row.b)) << row.what;
  for (std::size_t at = 0; at < 18; ++at) {
    auto wrong = number;
    wrong[at] = wrong[at] == '9' ? '0' : '9';
    EXPECT_TRUE(wrong == number || meet(Who("").number(number), Who("").broken(wrong))) << wrong;
    if (at < 17) {
      auto swapped = number;
      std::swap(swapped[at], swapped[at + 1]);
      EXPECT_TRUE(meet(Who("").number(number), Who("").broken(swapped))) << swapped;
    }
    auto missing = number;
    missing.erase(at, 1);
    EXPECT_TRUE(meet(Who("").number(number), Who("").broken(missing))) << missing;
  }
}

TEST(LinkageBlocking, StrangersDoNotMeet) {
  EXPECT_FALSE(meet(Who("王子轩", "2018-05-21"), Who("陈浩然", "2017-11-02")));
  EXPECT_FALSE(meet(Who("王子轩"), Who("王子轩")))
      << "a name alone is no block: the most frequent ones would be everybody";
}

TEST(LinkageBlocking, KeysAreSortedAndEachOnce) {
  const auto keys = blocking_keys(
      Who("王子轩", "2018-05-21").number(number_of("20180521", 17)).household("H-1"), shipped());
  EXPECT_TRUE(std::is_sorted(keys.begin(), keys.end()));
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
  EXPECT_LE(keys.size(), 20U);
}

}  // namespace
}  // namespace kinhub::linkage::test
