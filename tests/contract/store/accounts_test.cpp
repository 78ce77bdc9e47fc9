// The shelf of accounts: found by id and by name, sessions by digest, slips by kind and name, each until its
// time.

#include "tests/contract/store/store_contract.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreAccounts : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreAccounts, Stores);

TYPED_TEST(StoreAccounts, AnAccountIsFoundByIdAndByName) {
  this->commit([](StoreTransaction& t) {
    EXPECT_EQ(t.accounts().last_account(), 0);
    for (std::int64_t id : {1, 2, 3})
      t.accounts().put(account_row(id));
    EXPECT_EQ(t.accounts().last_account(), 3) << "its own writes are seen";
    auto renamed = account_row(2);
    renamed.name = token_of(7), renamed.revision = 9, renamed.content = sealed_of(70);
    t.accounts().put(renamed);
  });
  auto t = this->reading();
  EXPECT_EQ(text_of(t->accounts().find(1)), text_of(account_row(1)));
  EXPECT_EQ(t->accounts().find(2)->revision, 9);
  EXPECT_EQ(t->accounts().find_named(token_of(7))->id, 2);
  EXPECT_FALSE(t->accounts().find_named(token_of(2)));
  EXPECT_FALSE(t->accounts().find(4));
  EXPECT_EQ(t->accounts().page(1, 1).at(0).id, 2);
  EXPECT_EQ(t->accounts().page(0, 10).size(), 3u);
}

TYPED_TEST(StoreAccounts, TwoOfOneNameThereAreNot) {
  this->commit([](StoreTransaction& t) { t.accounts().put(account_row(1)); });
  EXPECT_ANY_THROW(this->commit([](StoreTransaction& t) {
    auto other = account_row(2);
    other.name = token_of(1);
    t.accounts().put(other);
  }));
  EXPECT_EQ(this->reading()->accounts().last_account(), 1);
}

TYPED_TEST(StoreAccounts, SessionsAreThoseOfTheirAccountTheOldestFirst) {
  this->commit([](StoreTransaction& t) {
    for (std::int64_t i = 0; i < 9; ++i)
      t.accounts().put_session(session_row(i));
    auto seen = session_row(4);
    seen.seen_us = 999;
    t.accounts().put_session(seen);
    t.accounts().end_session(session_row(7).digest);
    t.accounts().end_session("none");
  });
  auto t = this->reading();
  const auto of = t->accounts().sessions_of(2);  // 1, 4 and 7, of which the last ended
  ASSERT_EQ(of.size(), 2u);
  EXPECT_EQ(text_of(of[1]), text_of(session_row(1)));
  EXPECT_EQ(of[0].digest, session_row(4).digest) << "it began earlier";
  EXPECT_EQ(of[0].seen_us, 999);
  EXPECT_EQ(text_of(t->accounts().find_session(session_row(8).digest)), text_of(session_row(8)));
  EXPECT_FALSE(t->accounts().find_session(session_row(7).digest));
}

TYPED_TEST(StoreAccounts, SlipsAreFoundByKindAndNameAndByWhoseTheyAre) {
  SlipRow opening{SlipKind::opening, "O1", 1, 50, sealed_of(1)};
  SlipRow answer{SlipKind::answer, "O1", 1, 50, sealed_of(2)};
  SlipRow other{SlipKind::opening, "O0", 1, 60, sealed_of(3)};
  this->commit([&](StoreTransaction& t) {
    for (const auto& row : {opening, answer, other})
      t.accounts().put_slip(row);
    opening.until_us = 70;
    t.accounts().put_slip(opening);
  });
  auto t = this->reading();
  EXPECT_EQ(text_of(t->accounts().find_slip(SlipKind::opening, "O1")), text_of(opening));
  EXPECT_EQ(text_of(t->accounts().find_slip(SlipKind::answer, "O1")), text_of(answer));
  EXPECT_FALSE(t->accounts().find_slip(SlipKind::link, "O1"));
  const std::string wanted[] = {"O1", "none", "O0", "O1"};
  EXPECT_EQ(text_of(t->accounts().find_slips(SlipKind::opening, wanted)),
            text_of(std::vector{other, opening}));
  EXPECT_TRUE(t->accounts().find_slips(SlipKind::opening, {}).empty());
  EXPECT_EQ(text_of(t->accounts().slips_of(SlipKind::opening, 1)), text_of(std::vector{other, opening}));
  EXPECT_TRUE(t->accounts().slips_of(SlipKind::opening, 2).empty());
  t.reset();
  this->commit([](StoreTransaction& t) { t.accounts().erase_slip(SlipKind::opening, "O1"); });
  EXPECT_FALSE(this->reading()->accounts().find_slip(SlipKind::opening, "O1"));
  EXPECT_TRUE(this->reading()->accounts().find_slip(SlipKind::answer, "O1"));
}

TYPED_TEST(StoreAccounts, WhatHasEndedIsForgotten) {
  this->commit([](StoreTransaction& t) {
    for (std::int64_t i = 0; i < 5; ++i)
      t.accounts().put_session(session_row(i)), t.accounts().put_slip(slip_row(i));
    t.accounts().forget_ended(1002);
  });
  auto t = this->reading();
  for (std::int64_t i = 0; i < 5; ++i) {
    EXPECT_EQ(t->accounts().find_session(session_row(i).digest).has_value(), i > 2) << i;
    EXPECT_EQ(t->accounts().find_slip(slip_row(i).kind, slip_row(i).name).has_value(), i > 2) << i;
  }
}

}  // namespace
}  // namespace kinhub
