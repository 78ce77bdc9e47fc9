// The shelf of entries.

#include "tests/contract/store/store_contract.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreEntries : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreEntries, Stores);

TYPED_TEST(StoreEntries, OneThatAnEventTouchesForgetsItsRecord) {
  auto row = entry_row(1);
  this->commit([&](StoreTransaction& t) {
    t.people().put_histories("police", {&row, 1});
    row.record = 77, row.run = 3;
    EXPECT_EQ(t.entries().mark("police", {&row, 1}), 1);
  });
  EXPECT_EQ(this->reading()->entries().find("police", {&row.key, 1}), std::vector{row});
  row.told = 5;
  this->commit([&](StoreTransaction& t) { t.people().put_histories("police", {&row, 1}); });
  row.record = 0;
  EXPECT_EQ(this->reading()->entries().find("police", {&row.key, 1}), std::vector{row}) << "of run 3 still";
}

TYPED_TEST(StoreEntries, ARunThatWasOvertakenByAnEventMarksNothing) {
  auto seen = entry_row(1), now = seen;
  now.told = seen.told + 1;
  this->commit([&](StoreTransaction& t) { t.people().put_histories("police", {&now, 1}); });
  this->commit([&](StoreTransaction& t) {
    seen.record = 77;
    EXPECT_EQ(t.entries().mark("police", {&seen, 1}), 0);
    EXPECT_EQ(t.entries().mark("civil", {&now, 1}), 0) << "another source's";
  });
  EXPECT_EQ(this->reading()->entries().find("police", {&now.key, 1}), std::vector{now});
}

TYPED_TEST(StoreEntries, FillingChangesNothingThatIsThere) {
  auto before = entry_row(1), other = before;
  other.told = 9, other.asserts = !before.asserts, other.home = {4711};
  this->commit([&](StoreTransaction& t) {
    t.people().put_histories("police", {&before, 1});
    t.entries().fill("police", {&other, 1});
    t.entries().fill("civil", {&other, 1});
  });
  EXPECT_EQ(this->reading()->entries().find("police", {&before.key, 1}), std::vector{before});
  EXPECT_EQ(this->reading()->entries().find("civil", {&before.key, 1}), std::vector{other});
}

TYPED_TEST(StoreEntries, TellWhereAHistoryOfASourceStands) {
  auto row = entry_row(1);
  row.home = {5};
  const HomeRow at_five{row.key, {5}}, at_six{row.key, {6}};
  this->commit([&](StoreTransaction& t) {
    EXPECT_TRUE(t.people().homes("police", {&row.key, 1}).empty()) << "asked before it is there";
    t.people().put_histories("police", {&row, 1});
    EXPECT_EQ(t.people().homes("police", {&row.key, 1}), std::vector{at_five}) << "its own writes";
    EXPECT_EQ(t.people().size().histories, 1);
  });
  EXPECT_TRUE(this->reading()->people().homes("civil", {&row.key, 1}).empty());
  this->commit([&](StoreTransaction& t) {
    EXPECT_EQ(t.people().homes("police", {&row.key, 1}), std::vector{at_five});
    row.home = {6};
    t.people().put_histories("police", {&row, 1});
  });
  EXPECT_EQ(this->reading()->people().homes("police", {&row.key, 1}), std::vector{at_six});
  EXPECT_EQ(this->reading()->people().size().histories, 1) << "the same one";
}

TYPED_TEST(StoreEntries, AWalkMeetsThoseOfOneSourceInOrder) {
  std::vector<EntryRow> rows;
  for (int i = 1; i <= 50; ++i)
    rows.push_back(entry_row(i));
  this->commit([&](StoreTransaction& t) {
    t.people().put_histories("police", rows);
    t.people().put_histories("civil", std::span(rows).first(1));
  });
  std::ranges::sort(rows, {}, &EntryRow::key);
  auto t = this->reading();
  EXPECT_EQ(all_entries(t->entries(), "police"), rows);
  EXPECT_EQ(all_entries(t->entries(), "civil").size(), 1u);
  EXPECT_TRUE(all_entries(t->entries(), "nobody").empty());
}

TYPED_TEST(StoreEntries, WhatWasNotCommittedIsTakenBack) {
  auto row = entry_row(1);
  {
    auto t = this->writing();
    t->people().put_histories("police", {&row, 1});
  }
  EXPECT_TRUE(this->reading()->entries().find("police", {&row.key, 1}).empty());
  this->commit([&](StoreTransaction& t) { t.people().put_histories("civil", {&row, 1}); });
  EXPECT_EQ(this->reading()->entries().find("civil", {&row.key, 1}).size(), 1u);
}

}  // namespace
}  // namespace kinhub
