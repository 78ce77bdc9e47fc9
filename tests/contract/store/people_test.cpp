#include "hub/store/pages.hpp"
#include "tests/contract/store/store_contract.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StorePeople : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StorePeople, Stores);

TYPED_TEST(StorePeople, KeepsPeopleInBulk) {
  std::vector<DossierRow> rows;
  std::vector<PersonId> ids;
  {
    auto t = this->writing();
    for (int i = 0; i < 3000; ++i) {
      auto person = t->people().new_person();
      ids.push_back(person);
      rows.push_back(
          {person, {i % 2 == 0, i % 3 == 0, i % 5 == 0}, sealed_of(i, 30 + static_cast<std::size_t>(i) * 7)});
    }
    t->people().put_dossiers(rows);
    t->commit();
  }
  auto t = this->reading();
  auto found = t->people().dossiers(ids);
  ASSERT_EQ(found.size(), rows.size());
  std::ranges::sort(found, {}, &DossierRow::person);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(found[i].person, rows[i].person);
    EXPECT_EQ(found[i].marks, rows[i].marks);
    ASSERT_EQ(found[i].sealed, rows[i].sealed);
  }
  EXPECT_EQ(all_people(t->people()), ids);
  EXPECT_EQ(t->people().size().people, 3000);
}

TYPED_TEST(StorePeople, ListsAreWalkedInPages) {
  constexpr int count = 25;
  const Date first(2027, 1, 1);
  this->commit([&](StoreTransaction& t) {
    for (int i = 1; i <= count; ++i) {
      DossierRow row{{i}, {}, i % 5 == 0 ? "" : "sealed"};
      t.people().put_dossiers({&row, 1});
      t.people().set_next_change({i}, first.plus_days(count / 2 - i / 3));
    }
  });
  auto t = this->reading();
  std::vector<std::size_t> sizes;
  std::vector<PersonId> walked, wanted;
  for (PersonId after;;) {
    const auto page = t->people().page(after, 7);
    if (page.empty()) break;
    after = page.back();
    sizes.push_back(page.size());
    walked.insert(walked.end(), page.begin(), page.end());
  }
  for (int i = 1; i <= count; ++i)
    if (i % 5 != 0) wanted.push_back({i});
  EXPECT_EQ(walked, wanted);
  EXPECT_EQ(sizes, (std::vector<std::size_t>{7, 7, 6}));

  std::vector<DueRow> due;
  for (DueRow after;;) {
    const auto page = t->people().due(first.plus_days(9), after, 4);
    if (page.empty()) break;
    after = page.back();
    due.insert(due.end(), page.begin(), page.end());
  }
  EXPECT_TRUE(std::ranges::is_sorted(due));
  EXPECT_EQ(due.size(), 17u) << "of 9 to 25, each once";
  EXPECT_EQ(due.front(), (DueRow{first.plus_days(4), {24}}));
}

// More than one page of a walk, and many of one day.
TYPED_TEST(StorePeople, AWalkMeetsEachOnceInOrder) {
  const Date day(2027, 1, 1);
  for (const auto count : {rows_per_page, 2 * rows_per_page + 1}) {
    std::vector<PersonId> wanted;
    this->commit([&](StoreTransaction& t) {
      std::vector<DossierRow> rows;
      for (std::size_t i = 1; i <= count; ++i) {
        wanted.push_back({static_cast<std::int64_t>(i)});
        rows.push_back({wanted.back(), {}, "sealed"});
        t.people().set_next_change(wanted.back(), day);
      }
      t.people().put_dossiers(rows);
      t.people().set_next_change({1}, day.plus_days(1));
    });
    auto t = this->reading();
    EXPECT_EQ(all_people(t->people()), wanted);
    EXPECT_TRUE(all_due(t->people(), day.plus_days(-1)).empty());
    std::rotate(wanted.begin(), wanted.begin() + 1, wanted.end());
    EXPECT_EQ(all_due(t->people(), day.plus_days(1)), wanted);
    wanted.pop_back();
    EXPECT_EQ(all_due(t->people(), day), wanted);
  }
}

TYPED_TEST(StorePeople, OneTransactionMayBeLarge) {
  constexpr int count = 12'000;  // of 4 KiB: more than is kept back at once
  this->commit([&](StoreTransaction& t) {
    for (int i = 0; i < count; ++i) {
      DossierRow row{t.people().new_person(), {}, sealed_of(i, 4096)};
      auto entry = entry_row(i);
      entry.home = row.person;
      t.people().put_dossiers({&row, 1});
      t.people().put_histories("police", {&entry, 1});
    }
    EXPECT_EQ(t.people().size().people, count);
  });
  auto t = this->reading();
  EXPECT_EQ(t->people().size().people, count);
  EXPECT_EQ(t->people().size().histories, count);
  for (std::int64_t i : {0, 4095, 4096, count - 1}) {
    PersonId person{i + 1};
    auto rows = t->people().dossiers({&person, 1});
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].sealed, sealed_of(i, 4096));
  }
}

TYPED_TEST(StorePeople, MarksAreKeptWithoutADossierToo) {
  std::vector<DossierRow> rows{{{1}, {true, false}, ""}, {{2}, {false, true}, "sealed"}, {{3}, {}, "sealed"}};
  this->commit([&](StoreTransaction& t) { t.people().put_dossiers(rows); });
  this->commit([&](StoreTransaction& t) {
    EXPECT_EQ(all_people(t.people()), (std::vector<PersonId>{{2}, {3}}));
    EXPECT_EQ(t.people().size().people, 2);
    PersonId gone{3};
    t.people().erase_dossiers({&gone, 1});
    DossierRow emptied{{2}, {false, true}, ""}, back{{1}, {true, true}, "again"};
    t.people().put_dossiers({&emptied, 1});
    t.people().put_dossiers({&back, 1});
    EXPECT_EQ(all_people(t.people()), (std::vector<PersonId>{{1}}));
  });
  auto t = this->reading();
  std::vector<PersonId> asked{{1}, {2}, {3}};
  EXPECT_EQ(sorted_text_of(t->people().dossiers(asked)),
            sorted_text_of(std::vector<DossierRow>{{{1}, {true, true}, "again"}, {{2}, {false, true}, ""}}));
  EXPECT_EQ(t->people().size().people, 1);
}

}  // namespace
}  // namespace kinhub
