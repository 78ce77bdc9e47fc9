#include "tests/contract/store/store_contract.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreCases : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreCases, Stores);

CaseRow row_of(std::int64_t person, std::int64_t area, CaseState state = CaseState::now,
               std::uint16_t what = 3) {
  return {{person, CaseKind::right, what}, area, state, Date(2026, 1, 1), Date::forever(), 59'000};
}

TYPED_TEST(StoreCases, APageIsOfOneBenefitAndStateWithinItsAreas) {
  // References are keyed: of either sign, in no order of people. The end of the area before is not of the
  // area.
  this->commit([](StoreTransaction& t) {
    std::vector<CaseRow> rows = {row_of(std::numeric_limits<std::int64_t>::max(), 370'305'999'999),
                                 row_of(-5, 370'306'000'000),
                                 row_of(std::numeric_limits<std::int64_t>::min(), 370'306'000'000),
                                 row_of(9, 370'306'000'000),
                                 row_of(7, 370'306'001'002),
                                 row_of(8, 370'307'000'000),
                                 row_of(6, 0),
                                 row_of(11, 370'306'000'000, CaseState::possible),
                                 row_of(12, 370'306'000'000, CaseState::now, 4)};
    t.cases().put(rows);
  });
  auto t = this->reading();
  for (std::size_t size : {1U, 2U, 3U, 100U}) {
    CaseFilter filter{CaseKind::right, 3, CaseState::now, 370'306'000'000, 370'307'000'000};
    std::vector<std::int64_t> seen;
    CasePlace after;
    for (;;) {
      const auto page = t->cases().page(filter, after, size);
      if (page.empty()) break;
      for (const auto& row : page)
        seen.push_back(row.key.person);
      after = {page.back().area, page.back().key.person};
    }
    EXPECT_EQ(seen, (std::vector<std::int64_t>{std::numeric_limits<std::int64_t>::min(), -5, 9, 7})) << size;
  }
  EXPECT_EQ(t->cases().page({CaseKind::right, 3, CaseState::now, 0, 1}, {}, 10).size(), 1u)
      << "of no known area";
}

TYPED_TEST(StoreCases, CountsAreKeptThroughChangesAndRollbacks) {
  this->commit([](StoreTransaction& t) {
    const std::vector<CaseRow> rows = {row_of(1, 370'306'000'000), row_of(2, 370'306'000'000), row_of(3, 0)};
    t.cases().put(rows);
  });
  {
    auto t = this->writing();  // never committed
    const auto moved = row_of(1, 0);
    t->cases().put({&moved, 1});
    EXPECT_EQ(t->cases().counts().front().number, 2);
  }
  this->commit([](StoreTransaction& t) {
    const auto ended = row_of(2, 370'306'000'000, CaseState::over);
    t.cases().put({&ended, 1});
    t.cases().put({&ended, 1});
    const CaseKey gone[] = {{3, CaseKind::right, 3}, {77, CaseKind::right, 3}};
    t.cases().erase(gone);
  });
  const auto counts = this->reading()->cases().counts();
  EXPECT_EQ(counts, (std::vector<CaseCount>{{370'306'000'000, CaseKind::right, 3, CaseState::now, 1},
                                            {370'306'000'000, CaseKind::right, 3, CaseState::over, 1}}));
}

TYPED_TEST(StoreCases, ReadsWhatItsOwnTransactionWrote) {
  auto t = this->writing();
  const auto row = row_of(1, 370'306'000'000);
  t->cases().put({&row, 1});
  const std::int64_t people[] = {1, 2};
  EXPECT_EQ(t->cases().of(people), std::vector<CaseRow>{row});
  t->cases().erase({&row.key, 1});
  EXPECT_TRUE(t->cases().of(people).empty());
  EXPECT_TRUE(t->cases().page({CaseKind::right, 3, CaseState::now}, {}, 10).empty());
  EXPECT_TRUE(t->cases().counts().empty());
}

TEST(CaseCount, ItsCodeTellsItsPartsAgain) {
  for (std::int64_t area : {std::int64_t{0}, std::int64_t{370'306'000'000}, std::int64_t{999'999'999'999}})
    for (int what : {0, 1, 65'535})
      for (int kind : {0, 1, 2})
        for (int state : {0, 1, 2, 3}) {
          const CaseRow row{{5, static_cast<CaseKind>(kind), static_cast<std::uint16_t>(what)},
                            area,
                            static_cast<CaseState>(state),
                            {},
                            {},
                            0};
          const CaseCount count{area, row.key.kind, row.key.what, row.state, 7};
          EXPECT_EQ(CaseCount::of(CaseCount::code(row), 7), count);
        }
}

}  // namespace
}  // namespace kinhub
