#include "tests/contract/store/store_contract.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StorePayments : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StorePayments, Stores);

PaymentListRow list_of(std::int64_t id, PaymentListState state) {
  return {id, 320812, state, 100 + id, sealed_of(id)};
}
PaymentLineRow line_of(std::int64_t list, std::int64_t line, std::int64_t payee) {
  return {list, line, token_of(payee), sealed_of(line)};
}

TYPED_TEST(StorePayments, LinesOfAClosedListStayAsTheyAre) {
  const std::vector<PaymentLineRow> lines{line_of(1, 1, 5), line_of(1, 2, 6)};
  const std::vector<PaymentLineRow> others{line_of(1, 1, 7)};
  this->commit([&](StoreTransaction& t) {
    EXPECT_FALSE(t.payments().replace_lines(1, lines)) << "there is no such list";
    t.payments().put_list(list_of(1, PaymentListState::checked));
    EXPECT_TRUE(t.payments().replace_lines(1, others));
    EXPECT_TRUE(t.payments().replace_lines(1, lines)) << "checked anew";
    t.payments().put_list(list_of(1, PaymentListState::closed));
    EXPECT_FALSE(t.payments().replace_lines(1, others));
  });
  for (const auto state : {PaymentListState::closed, PaymentListState::sent, PaymentListState::settled,
                           PaymentListState::imported})
    this->commit([&](StoreTransaction& t) {
      t.payments().put_list(list_of(1, state));
      EXPECT_FALSE(t.payments().replace_lines(1, others)) << name_of(state);
    });
  auto t = this->reading();
  EXPECT_EQ(text_of(t->payments().lines(1, 0, 10)), text_of(lines));
  EXPECT_EQ(text_of(t->payments().lines(1, 1, 10)), text_of(std::vector{lines[1]}));
}

TYPED_TEST(StorePayments, ARollbackLeavesWhatWasChecked) {
  this->commit([](StoreTransaction& t) {
    t.payments().put_list(list_of(1, PaymentListState::checked));
    t.payments().replace_lines(1, std::vector{line_of(1, 1, 5)});
  });
  {
    auto t = this->writing();  // never committed
    EXPECT_TRUE(t->payments().replace_lines(1, std::vector<PaymentLineRow>{}));
    t->payments().put_list(list_of(1, PaymentListState::closed));
  }
  auto t = this->reading();
  EXPECT_EQ(t->payments().lines(1, 0, 10).size(), 1u);
  EXPECT_EQ(t->payments().list(1)->state, PaymentListState::checked);
}

TYPED_TEST(StorePayments, EverybodysLinesOverAllLists) {
  this->commit([](StoreTransaction& t) {
    for (const std::int64_t list : {1, 2}) {
      t.payments().put_list(list_of(list, PaymentListState::checked));
      t.payments().replace_lines(
          list, std::vector{line_of(list, 10, 5), line_of(list, 2, 6), line_of(list, 11, 5)});
    }
  });
  auto t = this->reading();
  std::vector<std::pair<std::int64_t, std::int64_t>> places;
  const Token asked[]{token_of(5), token_of(77)};
  for (const auto& row : t->payments().lines_of(asked))
    places.emplace_back(row.list, row.line);
  EXPECT_EQ(places, (std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 10}, {1, 11}, {2, 10}, {2, 11}}));
  std::set<Token> payees;
  Token after;
  for (;;) {
    const auto page = t->payments().payees(after, 1);
    if (page.empty()) break;
    payees.insert(page.front()), after = page.front();
  }
  EXPECT_EQ(payees, (std::set<Token>{token_of(5), token_of(6)}));
  EXPECT_EQ(t->payments().last_list(), 2);
  EXPECT_EQ(t->payments().lists(1, 10).size(), 1u);
}

TYPED_TEST(StorePayments, ThousandsOfLinesInOneList) {
  std::vector<PaymentLineRow> lines;
  for (std::int64_t i = 1; i <= 12'000; ++i)
    lines.push_back(line_of(1, i, i % 1000));
  this->commit([&](StoreTransaction& t) {
    t.payments().put_list(list_of(1, PaymentListState::checked));
    EXPECT_TRUE(t.payments().replace_lines(1, lines));
  });
  EXPECT_EQ(this->reading()->payments().lines(1, 11'000, 5'000).size(), 1'000u);
}

TYPED_TEST(StorePayments, AnEntryOfTheLedgerIsReplacedByItsNumber) {
  this->commit([](StoreTransaction& t) {
    EXPECT_EQ(t.payments().last_entry(), 0);
    const PaymentLedgerRow found{1, token_of(5), 0, sealed_of(1)}, told{1, token_of(5), 1, sealed_of(2)};
    t.payments().put_entries({&found, 1});
    t.payments().put_entries({&told, 1});
  });
  const auto rows = this->reading()->payments().entries(0, 10);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].state, 1);
  EXPECT_EQ(rows[0].content, sealed_of(2));
}

}  // namespace
}  // namespace kinhub
