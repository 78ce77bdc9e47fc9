#include "tests/contract/store/store_contract.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreLeads : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreLeads, Stores);

TYPED_TEST(StoreLeads, OpenOnesOfSeveralPeopleComeInOrderOfId) {
  const auto first = lead_row({1}, {7}, "a"), second = lead_row({2}, {3}, "a"),
             third = lead_row({3}, {7}, "b"), closed = lead_row({4}, {3}, "b", LeadState::closed);
  auto check = [&](LeadShelf& leads) {
    const PersonId people[]{{7}, {3}, {9}};
    EXPECT_EQ(text_of(leads.open_of(people)), text_of(std::vector{first, second, third}));
    EXPECT_EQ(text_of(leads.open_of({3})), text_of(second) + "\n");
    EXPECT_EQ(text_of(leads.of({3})), text_of(std::vector{second, closed}));
  };
  this->commit([&](StoreTransaction& t) {
    for (const auto& row : {third, first, closed, second})
      t.leads().put(row);
    check(t.leads());
  });
  check(this->reading()->leads());
}

TYPED_TEST(StoreLeads, ALeadThatEndsMakesRoomForAnotherOfItsBenefit) {
  this->commit([](StoreTransaction& t) { t.leads().put(lead_row({1}, {1}, "a")); });
  this->commit([](StoreTransaction& t) {
    t.leads().put(lead_row({1}, {1}, "a", LeadState::closed));
    t.leads().put(lead_row({2}, {1}, "a"));
  });
  EXPECT_EQ(this->reading()->leads().open_of({1}).at(0).id.value, 2);
}

TYPED_TEST(StoreLeads, WhatIsDecidedOfOnePersonComesInOrderOfBenefitAndAnchor) {
  this->commit([](StoreTransaction& t) {
    t.leads().put_decided({{1}, "b", "3", token_of(1)});
    t.leads().put_decided({{1}, "a", "2", token_of(1)});
    t.leads().put_decided({{1}, "a", "1", {}});
    t.leads().put_decided({{2}, "a", "4", {}});
    t.leads().erase_decided({1}, "b", token_of(2));
  });
  std::string contents;
  for (const auto& row : this->reading()->leads().decided({1}))
    contents += row.content;
  EXPECT_EQ(contents, "123");
}

}  // namespace
}  // namespace kinhub
