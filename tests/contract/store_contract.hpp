#pragma once
// What every store promises, as tests. An implementation passes them by instantiating StoreContract with a
// fixture:
//
//   struct MyStore {
//     MyStore();                                               // a fresh, empty store of its own
//     std::unique_ptr<Store> open();                           // opens it, again and again, also in a forked
//     child std::unique_ptr<Store> open_with(const Keyring& keys);
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(My, StoreContract, MyStore);

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <random>
#include <thread>

#include "hub/store/store.hpp"
#include "tests/contract/child.hpp"
#include "tests/contract/store_model.hpp"
#include "tests/contract/store_servers.hpp"
#include "tests/seeds.hpp"

namespace kinhub {

inline QuarantineRow quarantine_row(std::int64_t number) {
  QuarantineRow row;
  row.source = "police";
  if (number % 3 != 0) row.key = token_of(number % 7);
  row.key_text = "HJYWID=" + std::to_string(number);
  row.code = "MAP_REJECTED", row.place = "/root/body/RECORD[1]", row.reason = "no day",
  row.mapping = "birth.yaml";
  row.received_at_us = 1'000'000 + number, row.attempts = 1 + number % 2, row.bytes = 100 + number;
  row.digest = sealed_of(number % 5, 32), row.event_sequence = number, row.event = sealed_of(number, 200);
  for (auto i = number % 3; i > 0; --i)
    row.mentions.push_back(token_of((number + i) % 8));
  return row;
}

inline LeadRow lead_row(LeadId id, PersonId person, const std::string& benefit,
                        LeadState state = LeadState::open) {
  LeadRow row;
  row.id = id, row.person = person, row.benefit = benefit, row.kind = LeadKind::changed, row.state = state;
  row.opened_at_us = 1000 + id.value, row.changed_at_us = 2000 + id.value, row.revision = 3,
  row.content = sealed_of(id.value);
  if (id.value % 2 == 0) row.anchor = token_of(id.value % 5);
  return row;
}

inline IdentityPairRow identity_pair_row(std::int64_t number, PairState state) {
  IdentityPairRow row;
  row.id = {number}, row.a = token_of(number % 5), row.b = token_of(5 + number % 3);
  row.state = state, row.why = static_cast<PairWhy>(number % 5), row.weight = 64 * number - 100;
  row.since_us = 1000 + number, row.changed_at_us = 2000 + number, row.seen_at_us = 3000 + number;
  row.digest = sealed_of(number, 32);
  return row;
}

/// Something in every table.
inline void fill(StoreTransaction& t, Asked& asked) {
  ASSERT_TRUE(t.advance({"police", 0, 17, 4711, 0}));
  ASSERT_TRUE(t.advance({"log", 0, 3, -1, 0}));
  std::vector<DossierRow> dossiers;
  for (int i = 0; i < 5; ++i)
    dossiers.push_back({t.new_person(), {i % 2 == 0, i > 2, i % 3 == 0}, i == 4 ? "" : sealed_of(i, 3000)});
  t.put_dossiers(dossiers);
  std::vector<HolderRow> holders;
  for (int i = 0; i < 12; ++i)
    holders.push_back({token_of(i / 2), {1 + i % 4}});
  t.add_holders(holders);
  std::vector<HomeRow> homes;
  for (int i = 0; i < 6; ++i)
    homes.push_back({token_of(i), {1 + i % 4}});
  t.set_homes(homes);
  auto first = t.new_lead(), second = t.new_lead();
  t.put_lead(lead_row(first, {1}, "national/death"));
  t.put_lead(lead_row(second, {2}, "国家/死亡", LeadState::confirmed));
  t.put_decided({{2}, "国家/死亡", sealed_of(5)});
  t.put_decided({{2}, "国家/死亡", sealed_of(4), token_of(1)});
  t.add_decision({second, LeadState::confirmed, 99, sealed_of(6)});
  const IdentityPairRow pairs[]{identity_pair_row(3, PairState::open),
                                identity_pair_row(1, PairState::different),
                                identity_pair_row(8, PairState::open), identity_pair_row(5, PairState::open)};
  t.put_identity_pairs(pairs);
  t.set_next_change({1}, Date(2027, 3, 1));
  t.set_next_change({3}, Date(2026, 12, 1));
  for (int i = 1; i <= 3; ++i)
    t.add_notice({i, R"({"seq":)" + std::to_string(i) + R"(,"text":"变更"})"});
  for (int i = 0; i < 4; ++i)
    t.add_quarantine(quarantine_row(i));
  t.add_counters("police", {1, 2, 3, 4, 5, 6, 7, 8, 9});
  t.put_coverage({"police", true, 123456789});
  t.add_disclosure(5, sealed_of(7));
  t.put_dated({"installation", -7, sealed_of(9)});
  t.put_dated({"installation", 1'796'000'000'000'000, ""});
  t.put_dated({"installation", 5, sealed_of(10)});
  t.put_dated({"installation", 5, sealed_of(11)});
  t.put_value("installation", sealed_of(8));
  asked.partitions = {"police", "log", "nobody"};
  asked.values = {"installation", "nothing"};
  for (int i = 1; i <= 6; ++i)
    asked.people.push_back({i});
  for (int i = 0; i < 8; ++i)
    asked.tokens.push_back(token_of(i));
  asked.digests = {sealed_of(0, 32), sealed_of(3, 32), "none"};
}

template <class Fixture>
class StoreContract : public ::testing::Test {
 protected:
  std::unique_ptr<StoreTransaction> writing() { return store_->begin(Store::For::writing); }
  std::unique_ptr<StoreTransaction> reading() { return store_->begin(Store::For::reading); }
  void commit(const std::function<void(StoreTransaction&)>& work) {
    auto t = writing();
    work(*t);
    t->commit();
  }
  Fixture fixture_;
  std::unique_ptr<Store> store_ = fixture_.open();
};
TYPED_TEST_SUITE_P(StoreContract);

TYPED_TEST_P(StoreContract, EveryTableComesBackAsItWasPut) {
  StoreModel model;
  Asked asked;
  std::map<std::string, std::string> wanted;
  {
    ModelTransaction truth(model);
    fill(truth, asked);
    wanted = picture_of(truth, asked);
    Asked same;
    auto t = this->writing();
    fill(*t, same);
    EXPECT_EQ(picture_of(*t, asked), wanted) << "within the transaction";
    t->commit();
  }
  EXPECT_EQ(picture_of(*this->reading(), asked), wanted) << "after the commit";
  this->store_.reset();
  this->store_ = this->fixture_.open();
  EXPECT_EQ(picture_of(*this->reading(), asked), wanted) << "after opening it anew";
  EXPECT_EQ(picture_of(*this->writing(), asked), wanted);
}

TYPED_TEST_P(StoreContract, RollbackLeavesNothing) {
  StoreModel model;
  Asked asked;
  ModelTransaction nothing(model);
  {
    auto t = this->writing();
    fill(*t, asked);
    picture_of(*t, asked);  // so that what was kept back has been sent
  }
  EXPECT_EQ(picture_of(*this->reading(), asked), picture_of(nothing, asked));
  this->commit([&](StoreTransaction& t) {
    EXPECT_EQ(t.new_person().value, 1);
    EXPECT_EQ(t.new_lead().value, 1);
    EXPECT_EQ(t.last_notice(), 0);
  });
}

TYPED_TEST_P(StoreContract, KeepsPeopleInBulk) {
  std::vector<DossierRow> rows;
  std::vector<PersonId> ids;
  {
    auto t = this->writing();
    for (int i = 0; i < 3000; ++i) {
      auto person = t->new_person();
      ids.push_back(person);
      rows.push_back(
          {person, {i % 2 == 0, i % 3 == 0, i % 5 == 0}, sealed_of(i, 30 + static_cast<std::size_t>(i) * 7)});
    }
    t->put_dossiers(rows);
    t->commit();
  }
  auto t = this->reading();
  auto found = t->dossiers(ids);
  ASSERT_EQ(found.size(), rows.size());
  std::ranges::sort(found, {}, &DossierRow::person);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(found[i].person, rows[i].person);
    EXPECT_EQ(found[i].marks, rows[i].marks);
    ASSERT_EQ(found[i].sealed, rows[i].sealed);
  }
  EXPECT_EQ(t->all_people(), ids);
  EXPECT_EQ(t->size().people, 3000);
}

TYPED_TEST_P(StoreContract, OneTransactionMayBeLarge) {
  constexpr int count = 12'000;  // of 4 KiB: more than is kept back at once
  this->commit([&](StoreTransaction& t) {
    for (int i = 0; i < count; ++i) {
      DossierRow row{t.new_person(), {}, sealed_of(i, 4096)};
      HomeRow home{token_of(i), row.person};
      t.put_dossiers({&row, 1});
      t.set_homes({&home, 1});
    }
    EXPECT_EQ(t.size().people, count);
  });
  auto t = this->reading();
  EXPECT_EQ(t->size().people, count);
  EXPECT_EQ(t->size().histories, count);
  for (std::int64_t i : {0, 4095, 4096, count - 1}) {
    PersonId person{i + 1};
    auto rows = t->dossiers({&person, 1});
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].sealed, sealed_of(i, 4096));
  }
}

TYPED_TEST_P(StoreContract, EmptyRequestsAreAnsweredEmpty) {
  auto t = this->writing();
  EXPECT_TRUE(t->dossiers({}).empty());
  EXPECT_TRUE(t->holders({}).empty());
  EXPECT_TRUE(t->homes({}).empty());
  EXPECT_TRUE(t->held_like({}, {}).empty());
  EXPECT_TRUE(t->notices(0, 10).empty());
  EXPECT_FALSE(t->lead({1}));
  EXPECT_FALSE(t->quarantined(1));
  EXPECT_FALSE(t->identity_pair({1}));
  EXPECT_TRUE(t->identity_pairs_of({}).empty());
  EXPECT_TRUE(t->identity_pairs_waiting().empty());
  t->put_identity_pairs({});
  t->put_dossiers({});
  t->erase_dossiers({});
  t->add_holders({});
  t->remove_holders({});
  t->set_homes({});
  t->update_quarantine(77, QuarantineState::applied, 1, "", "", "");
  t->commit();
}

TYPED_TEST_P(StoreContract, AReadingTransactionSeesOneMoment) {
  auto put = [&](int version) {
    this->commit([&](StoreTransaction& t) {
      DossierRow row{{1}, {}, "version " + std::to_string(version)};
      t.put_dossiers({&row, 1});
      t.put_value("version", std::to_string(version));
      t.add_counters("police", {1});
    });
  };
  put(1);
  auto reader = this->reading();
  PersonId person{1};
  EXPECT_EQ(reader->dossiers({&person, 1}).at(0).sealed, "version 1");
  put(2);
  EXPECT_EQ(reader->value("version"), "1");
  EXPECT_EQ(reader->counters().at(0).second.applied, 1);
  EXPECT_EQ(reader->dossiers({&person, 1}).at(0).sealed, "version 1");
  EXPECT_EQ(this->reading()->value("version"), "2");
}

TYPED_TEST_P(StoreContract, WhoOnlyTriesSomethingOutGetsNumbersThatAreFree) {
  this->commit([](StoreTransaction& t) {
    for (int i = 0; i < 3; ++i)
      t.new_person(), t.new_lead();
    t.add_notice({1, "{}"});
  });
  auto t = this->reading();
  EXPECT_EQ(t->new_person().value, 4);
  EXPECT_EQ(t->new_person().value, 5);
  EXPECT_EQ(t->new_lead().value, 4);
  EXPECT_EQ(t->last_notice(), 1);
  t.reset();
  EXPECT_EQ(this->writing()->new_person().value, 4);
}

TYPED_TEST_P(StoreContract, ReadersDoNotWaitForAWriter) {
  this->commit([](StoreTransaction& t) { t.put_value("a", "1"); });
  auto writer = this->writing();
  writer->put_value("a", "2");
  ASSERT_TRUE(writer->advance({"police", 0, 1, -1, 0}));
  EXPECT_EQ(this->reading()->value("a"), "1");
  writer->commit();
  EXPECT_EQ(this->reading()->value("a"), "2");
}

inline void count_up(Store& store, int times) {
  for (int i = 0; i < times; ++i) {
    auto t = store.begin(Store::For::writing);
    auto text = t->value("count");
    t->put_value("count", std::to_string((text.empty() ? 0 : std::stoi(text)) + 1));
    auto last = t->last_notice();
    t->add_notice({last + 1, "{}"});
    DossierRow row{t->new_person(), {}, "x"};
    t->put_dossiers({&row, 1});
    t->commit();
  }
}

TYPED_TEST_P(StoreContract, WritersOfOneProcessFollowEachOther) {
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i)
      writers.emplace_back([&] { count_up(*this->store_, 25); });
  }
  auto t = this->reading();
  EXPECT_EQ(t->value("count"), "100");
  EXPECT_EQ(t->last_notice(), 100);
  EXPECT_EQ(t->all_people().size(), 100u);
}

TYPED_TEST_P(StoreContract, WritersOfSeveralProcessesFollowEachOther) {
  this->store_.reset();
  std::vector<std::unique_ptr<Child>> writers;
  for (int i = 0; i < 3; ++i)
    writers.push_back(std::make_unique<Child>([&] { count_up(*this->fixture_.open(), 30); }));
  for (auto& writer : writers)
    EXPECT_EQ(writer->wait(), 0);
  this->store_ = this->fixture_.open();
  auto t = this->reading();
  EXPECT_EQ(t->value("count"), "90");
  EXPECT_EQ(t->last_notice(), 90);
  EXPECT_EQ(t->all_people().back().value, 90);
}

TYPED_TEST_P(StoreContract, OpenedByManyAtOnceTheSchemaIsMadeOnce) {
  this->store_.reset();
  TypeParam fresh;
  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < 4; ++i)
    children.push_back(std::make_unique<Child>([&] { count_up(*fresh.open(), 1); }));
  for (auto& child : children)
    EXPECT_EQ(child->wait(), 0);
  EXPECT_EQ(fresh.open()->begin(Store::For::reading)->value("count"), "4");
}

TYPED_TEST_P(StoreContract, APositionMovesOnlyFromWhereItIs) {
  this->commit([](StoreTransaction& t) {
    EXPECT_EQ(t.position("police").sequence, 0);
    EXPECT_EQ(t.position("police").offset, -1);
    EXPECT_FALSE(t.advance({"police", 5, 9, 1, 0})) << "never processed stands at 0";
    EXPECT_TRUE(t.advance({"police", 0, 9, 100, 0}));
    EXPECT_FALSE(t.advance({"police", 0, 9, 100, 0})) << "already moved";
    EXPECT_FALSE(t.advance({"police", 8, 12, 100, 0}));
    EXPECT_TRUE(t.advance({"police", 9, 12, 104, 0}));
    EXPECT_TRUE(t.advance({"civil", 0, 1, 0, 0})) << "each partition for itself";
  });
  auto t = this->reading();
  EXPECT_EQ(t->position("police").sequence, 12);
  EXPECT_EQ(t->position("police").offset, 104);
  EXPECT_EQ(t->position("civil").sequence, 1);
}

TYPED_TEST_P(StoreContract, APositionMovesBackToo) {
  this->commit([](StoreTransaction& t) { EXPECT_TRUE(t.advance({"police", 0, 9, 100, 0})); });
  this->commit([](StoreTransaction& t) { EXPECT_TRUE(t.advance({"police", 9, 4, -1, 0})); });
  EXPECT_EQ(this->reading()->position("police").sequence, 4);
}

TYPED_TEST_P(StoreContract, ABatchNeedsTheLeaseItWasReadUnder) {
  auto& store = *this->store_;
  auto advance = [&](std::int64_t from, std::int64_t epoch) {
    auto t = this->writing();
    bool moved = t->advance({"police", from, from + 1, -1, epoch});
    if (moved) t->commit();
    return moved;
  };
  EXPECT_FALSE(advance(0, 1)) << "a lease nobody has";
  EXPECT_TRUE(advance(0, 0)) << "never leased";
  ASSERT_EQ(store.take_lease("police", "a", 0, 0), 1);
  EXPECT_FALSE(advance(1, 0)) << "leased by now";
  EXPECT_TRUE(advance(1, 1)) << "lapsed, but nobody else took it";
  ASSERT_EQ(store.take_lease("police", "b", 1, 60'000), 2);
  EXPECT_FALSE(advance(2, 1)) << "a zombie";
  EXPECT_TRUE(advance(2, 2));
  store.release_lease("police", "b", 2);
  EXPECT_TRUE(advance(3, 2)) << "given up, but nobody else took it";
  ASSERT_EQ(store.take_lease("police", "a", 2, 60'000), 3);
  EXPECT_FALSE(advance(4, 2));
  EXPECT_TRUE(advance(4, 3));
  EXPECT_EQ(this->reading()->position("police").sequence, 5);
}

TYPED_TEST_P(StoreContract, ALeaseIsTakenOverOnlyWhenItsBatchHasEnded) {
  for (std::int64_t epoch : {0, 1}) {  // never leased, and leased
    std::string partition = epoch == 0 ? "new" : "old";
    if (epoch == 1) {
      ASSERT_EQ(this->store_->take_lease(partition, "a", 0, 0), 1);
    }
    auto batch = this->writing();
    ASSERT_TRUE(batch->advance({partition, 0, 7, -1, epoch}));
    std::atomic<bool> begun = false, ending = false;
    std::jthread other([&] {
      begun = true;
      for (int tries = 0; tries < 100; ++tries) {
        auto taken = this->store_->take_lease(partition, "b", epoch, 60'000);
        if (!taken) continue;
        EXPECT_TRUE(ending) << "taken over while a batch under the old lease could still commit";
        EXPECT_EQ(*taken, epoch + 1);
        EXPECT_EQ(this->reading()->position(partition).sequence, 7);
        return;
      }
      ADD_FAILURE() << "never taken over";
    });
    while (!begun)
      std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    ending = true;
    batch->commit();
  }
}

TYPED_TEST_P(StoreContract, LeasesChangeHandsByCompareAndSet) {
  auto& store = *this->store_;
  EXPECT_TRUE(store.leases().empty());
  EXPECT_EQ(store.take_lease("p", "a", 3, 60'000), std::nullopt) << "no such row";
  ASSERT_EQ(store.take_lease("p", "a", 0, 60'000), 1);
  EXPECT_EQ(store.take_lease("p", "b", 0, 60'000), std::nullopt) << "another epoch";
  EXPECT_EQ(store.take_lease("p", "b", 1, 60'000), std::nullopt) << "not expired";
  ASSERT_EQ(store.take_lease("p", "a", 1, 60'000), 2) << "its own";
  ASSERT_EQ(store.take_lease("@relay", "b", 0, 60'000), 1);
  auto rows = store.leases();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].partition, "@relay") << "in order of partition";
  EXPECT_EQ(rows[1].partition, "p");
  EXPECT_EQ(rows[1].owner, "a");
  EXPECT_EQ(rows[1].epoch, 2);
  EXPECT_GT(rows[1].remaining_ms, 50'000);
  EXPECT_LE(rows[1].remaining_ms, 60'000);

  store.release_lease("p", "a", 1);
  EXPECT_GT(store.leases()[1].remaining_ms, 0) << "another epoch";
  store.release_lease("p", "b", 2);
  EXPECT_GT(store.leases()[1].remaining_ms, 0) << "not its own";
  store.release_lease("p", "a", 2);
  EXPECT_LE(store.leases()[1].remaining_ms, 0);
  ASSERT_EQ(store.take_lease("p", "b", 2, 60'000), 3);
  store.release_lease("nobody", "a", 1);
}

TYPED_TEST_P(StoreContract, OneOfManyTakesALease) {
  std::atomic<int> taken = 0;
  {
    std::vector<std::jthread> nodes;
    for (int i = 0; i < 4; ++i)
      nodes.emplace_back([&, i] {
        for (std::int64_t epoch = 0; epoch < 20; ++epoch)
          if (this->store_->take_lease("p" + std::to_string(epoch), "node" + std::to_string(i), 0, 60'000))
            ++taken;
      });
  }
  EXPECT_EQ(taken, 20);
  for (const auto& row : this->store_->leases())
    EXPECT_EQ(row.epoch, 1);
}

TYPED_TEST_P(StoreContract, RenewingProlongsAllOfAnOwnersLeases) {
  auto& store = *this->store_;
  ASSERT_TRUE(store.take_lease("b", "n1", 0, 1));
  ASSERT_TRUE(store.take_lease("a", "n1", 0, 60'000));
  ASSERT_TRUE(store.take_lease("c", "n2", 0, 0));
  std::this_thread::sleep_for(std::chrono::milliseconds(5));
  auto owned = store.renew_leases("n1", 90'000);
  ASSERT_EQ(owned.size(), 2u);
  EXPECT_EQ(owned[0].partition, "a");
  for (const auto& row : owned) {
    EXPECT_EQ(row.owner, "n1");
    EXPECT_EQ(row.epoch, 1) << "lapsed, but still its own";
    EXPECT_GT(row.remaining_ms, 80'000);
  }
  ASSERT_EQ(store.take_lease("c", "n1", 1, 60'000), 2);
  EXPECT_TRUE(store.renew_leases("n2", 90'000).empty()) << "taken by another";
  EXPECT_TRUE(store.renew_leases("n3", 90'000).empty());
}

TYPED_TEST_P(StoreContract, NodesAreSeenUntilTheyLeave) {
  auto& store = *this->store_;
  EXPECT_TRUE(store.nodes().empty());
  store.renew_leases("two", 1000);
  store.renew_leases("one", 1000);
  store.renew_leases("two", 1000);
  auto rows = store.nodes();
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].name, "one");
  EXPECT_EQ(rows[1].name, "two");
  EXPECT_GE(rows[0].seen_ms_ago, 0);
  EXPECT_LT(rows[0].seen_ms_ago, 60'000);
  store.forget_node("one");
  store.forget_node("nobody");
  ASSERT_EQ(store.nodes().size(), 1u);
  EXPECT_EQ(store.nodes()[0].name, "two");
}

TYPED_TEST_P(StoreContract, MarksAreKeptWithoutADossierToo) {
  std::vector<DossierRow> rows{{{1}, {true, false}, ""}, {{2}, {false, true}, "sealed"}, {{3}, {}, "sealed"}};
  this->commit([&](StoreTransaction& t) { t.put_dossiers(rows); });
  this->commit([&](StoreTransaction& t) {
    EXPECT_EQ(t.all_people(), (std::vector<PersonId>{{2}, {3}}));
    EXPECT_EQ(t.size().people, 2);
    PersonId gone{3};
    t.erase_dossiers({&gone, 1});
    DossierRow emptied{{2}, {false, true}, ""}, back{{1}, {true, true}, "again"};
    t.put_dossiers({&emptied, 1});
    t.put_dossiers({&back, 1});
    EXPECT_EQ(t.all_people(), (std::vector<PersonId>{{1}}));
  });
  auto t = this->reading();
  std::vector<PersonId> asked{{1}, {2}, {3}};
  EXPECT_EQ(sorted_text_of(t->dossiers(asked)),
            sorted_text_of(std::vector<DossierRow>{{{1}, {true, true}, "again"}, {{2}, {false, true}, ""}}));
  EXPECT_EQ(t->size().people, 1);
}

TYPED_TEST_P(StoreContract, NoticesAreReadInPages) {
  this->commit([](StoreTransaction& t) {
    for (int i = 1; i <= 25; ++i)
      t.add_notice({i, "{\"seq\":" + std::to_string(i) + "}"});
  });
  auto t = this->reading();
  std::int64_t after = 0;
  std::vector<std::size_t> pages;
  for (;;) {
    auto page = t->notices(after, 10);
    if (page.empty()) break;
    pages.push_back(page.size());
    for (const auto& row : page)
      EXPECT_EQ(row.sequence, ++after);
  }
  EXPECT_EQ(pages, (std::vector<std::size_t>{10, 10, 5}));
  EXPECT_EQ(t->last_notice(), 25);
}

TYPED_TEST_P(StoreContract, WhatAgenciesWroteIsKeptByteForByte) {
  std::string strange = "\xC1\xF5\xFF\xFE";  // no UTF-8
  strange += '\0';
  strange += "'\\ \x01 王";
  auto row = quarantine_row(1);
  row.key_text = row.place = row.reason = row.code = row.mapping = strange;
  row.event = strange, row.digest = strange;
  this->commit([&](StoreTransaction& t) {
    row.id = t.add_quarantine(row);
    t.update_quarantine(t.add_quarantine(row), QuarantineState::held, 2, strange, strange, strange);
    t.put_value("strange", strange);
    t.add_disclosure(1, strange);
  });
  auto t = this->reading();
  EXPECT_EQ(text_of(t->quarantined(row.id)), text_of(row));
  EXPECT_EQ(t->quarantined(row.id + 1)->place, strange);
  EXPECT_EQ(t->held_like({&strange, 1}, {}).size(), 2u);
  EXPECT_EQ(t->value("strange"), strange);
  EXPECT_EQ(t->disclosures().at(0).second, strange);
}

TYPED_TEST_P(StoreContract, HeldLikeFindsByDigestOrKey) {
  this->commit([](StoreTransaction& t) {
    for (int i = 0; i < 40; ++i)
      t.add_quarantine(quarantine_row(i));
    t.update_quarantine(2, QuarantineState::applied, 3, "c", "p", "r");
  });
  auto t = this->reading();
  std::vector<std::string> digests{sealed_of(1, 32), "none", sealed_of(1, 32)};
  std::vector<Token> keys{token_of(2), token_of(99)};
  std::vector<std::int64_t> found, wanted;
  for (const auto& row : t->held_like(digests, keys)) {
    EXPECT_TRUE(row.event.empty()) << "lists are without events";
    found.push_back(row.id);
  }
  for (int i = 0; i < 40; ++i)
    if (i != 1 && (i % 5 == 1 || (i % 3 != 0 && i % 7 == 2))) wanted.push_back(i + 1);
  EXPECT_EQ(found, wanted) << "in order of id, each once, held ones only";
  EXPECT_EQ(t->quarantine(QuarantineState::applied).size(), 1u);
}

TYPED_TEST_P(StoreContract, WhatIsHeldMentionsPeopleUntilItIsReleased) {
  this->commit([](StoreTransaction& t) {
    auto row = quarantine_row(3);
    row.mentions = {token_of(1), token_of(2), token_of(1)};
    t.add_quarantine(row);
    row.mentions = {token_of(2)};
    row.source = "civil";
    t.add_quarantine(row);
  });
  std::vector<Token> asked{token_of(2), token_of(1), token_of(9)};
  std::vector<HeldMention> both{
      {token_of(1), 1, "police"}, {token_of(2), 1, "police"}, {token_of(2), 2, "civil"}};
  std::sort(both.begin(), both.end());
  EXPECT_EQ(this->reading()->held_mentions(asked), both);
  EXPECT_TRUE(this->reading()->held_mentions({}).empty());
  this->commit([&](StoreTransaction& t) {
    t.update_quarantine(2, QuarantineState::held, 2, "c", "p", "still");
    t.update_quarantine(1, QuarantineState::discarded, 1, "c", "p", "r");
    EXPECT_EQ(t.held_mentions(asked), (std::vector<HeldMention>{{token_of(2), 2, "civil"}}))
        << "its own writes";
  });
  EXPECT_EQ(this->reading()->held_mentions(asked), (std::vector<HeldMention>{{token_of(2), 2, "civil"}}));
}

TYPED_TEST_P(StoreContract, IdentityPairsAreFoundByEitherAnchor) {
  auto first = identity_pair_row(1, PairState::open), second = identity_pair_row(2, PairState::open),
       third = identity_pair_row(3, PairState::open);
  first.a = token_of(1), first.b = token_of(2), second.a = token_of(2), second.b = token_of(3);
  third.a = token_of(1), third.b = token_of(3), third.why = first.why;
  this->commit([&](StoreTransaction& t) { t.put_identity_pairs(std::vector{third, first, second}); });
  auto found = [&](std::vector<Token> anchors) { return this->reading()->identity_pairs_of(anchors); };
  EXPECT_EQ(text_of(found({token_of(2)})), text_of(std::vector{first, second}));
  EXPECT_EQ(text_of(found({token_of(3), token_of(1), token_of(3)})),
            text_of(std::vector{first, second, third}))
      << "each once, in order of id";
  EXPECT_TRUE(found({token_of(9)}).empty());
  third.state = PairState::same;
  this->commit([&](StoreTransaction& t) { t.put_identity_pairs({&third, 1}); });
  EXPECT_EQ(text_of(this->reading()->identity_pairs(PairState::open)), text_of(std::vector{first, second}));
  EXPECT_EQ(this->reading()->identity_pairs_waiting(),
            (std::vector<std::pair<PairWhy, std::int64_t>>{{first.why, 1}, {second.why, 1}}));
}

TYPED_TEST_P(StoreContract, AnotherKeyFileIsRefused) {
  this->commit([](StoreTransaction& t) { t.put_value("a", "1"); });
  this->store_.reset();
  try {
    this->fixture_.open_with(Keyring::from_passphrase("another"));
    ADD_FAILURE() << "opened with another key file";
  } catch (const StoreDamaged& refused) {
    EXPECT_THAT(refused.what(), ::testing::HasSubstr("another key file"));
  }
  EXPECT_EQ(this->fixture_.open()->begin(Store::For::reading)->value("a"), "1");
}

TYPED_TEST_P(StoreContract, AWriterThatIsKilledLeavesWholeBatchesOnly) {
  this->store_.reset();
  std::mt19937 chance(test::seed(1));
  constexpr int people = 40;
  for (int round = 0; round < 12; ++round) {
    Child writer([&] {
      auto store = this->fixture_.open();
      for (;;) {
        auto t = store->begin(Store::For::writing);
        auto n = t->position("police").sequence;
        if (!t->advance({"police", n, n + 1, n, 0})) throw std::runtime_error("somebody else writes");
        for (int i = 1; i <= people; ++i) {
          DossierRow row{{i}, {}, std::to_string(n + 1)};
          t->put_dossiers({&row, 1});
          if (i == people / 2) t->all_people();  // half of it is sent before the commit
        }
        t->add_notice({t->last_notice() + 1, std::to_string(n + 1)});
        t->add_counters("police", {1});
        t->put_value("n", std::to_string(n + 1));
        t->commit();
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(20'000 + chance() % 150'000));
    writer.kill();
    writer.wait();
    auto store = this->fixture_.open();
    auto t = store->begin(Store::For::writing);
    auto n = t->position("police").sequence;
    EXPECT_EQ(t->last_notice(), n);
    std::vector<PersonId> ids;
    for (int i = 1; i <= people; ++i)
      ids.push_back({i});
    auto rows = t->dossiers(ids);
    ASSERT_EQ(rows.size(), n == 0 ? 0u : static_cast<std::size_t>(people));
    for (const auto& row : rows)
      ASSERT_EQ(row.sealed, std::to_string(n));
    if (n == 0) continue;
    EXPECT_EQ(t->value("n"), std::to_string(n));
    EXPECT_EQ(t->counters().at(0).second.applied, n);
  }
}

/// A random sequence of operations, done to the store and to the model alike; each answer is compared.
class RandomWork {
 public:
  RandomWork(StoreTransaction& real, StoreTransaction& model, std::mt19937& chance)
      : real_(real), model_(model), chance_(chance) {}

  static Asked asked() {
    Asked all;
    all.partitions = {"police", "civil"}, all.values = {"a", "b", "c"},
    all.digests = {sealed_of(0, 32), sealed_of(4, 32)};
    for (int i = 1; i <= 30; ++i)
      all.people.push_back({i});
    for (int i = 0; i < 20; ++i)
      all.tokens.push_back(token_of(i));
    return all;
  }

  void step() {
    switch (pick(26)) {
      case 0:
        return both([](auto& t) { return text_of(t.new_person()); });
      case 1:
        return both([row = dossier()](auto& t) { return t.put_dossiers({&row, 1}), ""; });
      case 2:
        return both([a = dossier(), b = dossier()](auto& t) {
          DossierRow rows[]{a, b, a};
          return t.put_dossiers(rows), "";
        });
      case 3:
        return both([p = person()](auto& t) { return t.erase_dossiers({&p, 1}), ""; });
      case 4:
        return both([p = several_people()](auto& t) { return sorted_text_of(t.dossiers(p)); });
      case 5:
        return both([h = holders()](auto& t) { return t.add_holders(h), ""; });
      case 6:
        return both([h = holders()](auto& t) { return t.remove_holders(h), ""; });
      case 7:
        return both([k = several_tokens()](auto& t) { return sorted_text_of(t.holders(k)); });
      case 8:
        return both([h = HomeRow{token(), person()}](auto& t) { return t.set_homes({&h, 1}), ""; });
      case 9:
        return both([k = several_tokens()](auto& t) { return sorted_text_of(t.homes(k)); });
      case 10:
        return put_lead();
      case 11:
        return both([p = person(), all = several_people()](auto& t) {
          return text_of(t.open_leads(p)) + text_of(t.open_leads_of(all)) + text_of(t.leads_of(p));
        });
      case 12:
        return both([l = LeadId{static_cast<std::int64_t>(pick(8))}](auto& t) { return text_of(t.lead(l)); });
      case 13:
        return move_leads();
      case 14:
        return both([r = DecidedRow{person(), benefit(), content(), pick(2) ? token() : Token{}},
                     gone = pick(3) == 0](auto& t) {
          if (gone)
            t.erase_decided(r.person, r.benefit, r.anchor);
          else
            t.put_decided(r);
          return "";
        });
      case 15:
        return both([p = person(), all = several_people()](auto& t) {
          return text_of(t.decided(p)) + sorted_text_of(t.decided_for(all));
        });
      case 16:
        return both([p = person(), d = day()](auto& t) { return t.set_next_change(p, d), ""; });
      case 17:
        return both([d = Date(2027, 1, 1).plus_days(static_cast<int>(pick(40)))](auto& t) {
          return text_of(t.due(d));
        });
      case 18:
        return both([b = content()](auto& t) {
          return t.add_notice({t.last_notice() + 1, "{\"" + hex(b) + "\"}"}), text_of(t.last_notice());
        });
      case 19:
        return both([r = quarantine_row(static_cast<std::int64_t>(pick(50)))](auto& t) {
          return text_of(t.add_quarantine(r));
        });
      case 20:
        return both([id = static_cast<std::int64_t>(pick(12)), s = static_cast<QuarantineState>(pick(3)),
                     c = content()](auto& t) {
          return t.update_quarantine(id, s, 4, c, "place", "reason"), text_of(t.quarantined(id));
        });
      case 21:
        return both([n = static_cast<std::int64_t>(pick(9))](auto& t) {
          return t.add_counters("s" + std::to_string(n % 3), {n, 1, 2, 3, 4, 5, n, -1, n}), "";
        });
      case 22:
        return both([name = std::string(1, static_cast<char>('a' + pick(3))), c = content()](auto& t) {
          auto before = t.value(name);
          t.put_dated({name, static_cast<std::int64_t>(c.size() % 9), c});
          return t.put_value(name, c), before + t.value(name) + text_of(t.dated(name));
        });
      case 23:
        return both(
            [from = static_cast<std::int64_t>(pick(4)), to = static_cast<std::int64_t>(pick(4))](auto& t) {
              bool moved = t.advance({"police", from, to, to * 10, 0});
              return (moved ? "moved " : "not moved ") + text_of(t.position("police"));
            });
      case 24:
        return both([a = pair_row(), b = pair_row()](auto& t) {
          const IdentityPairRow rows[]{a, b, a};
          return t.put_identity_pairs(rows), "";
        });
      case 25:
        return both([k = several_tokens(), id = PairId{static_cast<std::int64_t>(pick(12))},
                     s = static_cast<PairState>(pick(4))](auto& t) {
          return text_of(t.identity_pairs_of(k)) + text_of(t.identity_pair(id)) +
                 text_of(t.identity_pairs(s)) + text_of(t.identity_pairs_waiting());
        });
    }
  }

 private:
  unsigned pick(unsigned below) { return chance_() % below; }
  PersonId person() { return {1 + static_cast<std::int64_t>(pick(30))}; }
  Token token() { return token_of(pick(20)); }
  IdentityPairRow pair_row() {
    auto row = identity_pair_row(static_cast<std::int64_t>(1 + pick(12)), static_cast<PairState>(pick(4)));
    row.a = token(), row.b = token(), row.digest = content();
    return row;
  }
  std::string benefit() { return "benefit/" + std::to_string(pick(3)); }
  std::string content() { return sealed_of(pick(1000), 10 + pick(100)); }
  DossierRow dossier() {
    return {
        person(), {pick(2) == 0, pick(2) == 0}, pick(5) == 0 ? "" : sealed_of(pick(1000), 10 + pick(9000))};
  }
  std::vector<PersonId> several_people() {
    std::set<PersonId> all;
    for (auto i = pick(10); i > 0; --i)
      all.insert(person());
    return {all.begin(), all.end()};
  }
  std::vector<Token> several_tokens() {
    std::set<Token> all;
    for (auto i = pick(10); i > 0; --i)
      all.insert(token());
    return {all.begin(), all.end()};
  }
  std::vector<HolderRow> holders() {
    std::vector<HolderRow> rows;
    for (auto i = pick(5); i > 0; --i)
      rows.push_back({token(), person()});
    return rows;
  }
  std::optional<Date> day() {
    if (pick(3) == 0) return std::nullopt;
    return Date(2027, 1, 1).plus_days(static_cast<int>(pick(40)));
  }
  /// Opens one, or changes or ends the open one: of a person and benefit one is open.
  void put_lead() {
    auto owner = person();
    auto what = benefit();
    auto open = model_.open_leads(owner);
    auto at = std::ranges::find(open, what, &LeadRow::benefit);
    LeadRow row;
    if (at != open.end()) {
      row = *at;
      row.state = static_cast<LeadState>(pick(4)), row.revision += 1, row.content = content();
    } else {
      both([](auto& t) { return text_of(t.new_lead().value); });
      row = lead_row({++leads_}, owner, what);
    }
    both([row](auto& t) { return t.put_lead(row), ""; });
  }
  /// As the lead desk does: all go to another person, and an open one that the other has too is closed first.
  void move_leads() {
    auto from = person(), to = person();
    if (from == to) return;
    for (auto row : model_.leads_of(from)) {
      auto theirs = model_.open_leads(to);
      if (row.state == LeadState::open &&
          std::ranges::find(theirs, row.benefit, &LeadRow::benefit) != theirs.end())
        row.state = LeadState::closed;
      row.person = to;
      both([row](auto& t) { return t.put_lead(row), ""; });
    }
  }
  template <class Work>
  void both(Work work) {
    std::string real = work(real_), model = work(model_);
    ASSERT_EQ(real, model);
  }

  StoreTransaction& real_;
  StoreTransaction& model_;
  std::mt19937& chance_;

 public:
  std::int64_t leads_ = 0;  ///< numbers given so far
};

TYPED_TEST_P(StoreContract, DoesWhatTheModelDoes) {
  std::mt19937 chance(test::seed(1));
  StoreModel model;
  for (int round = 0; round < 40 && !this->HasFatalFailure(); ++round) {
    auto real = this->writing();
    ModelTransaction truth(model);
    RandomWork work(*real, truth, chance);
    work.leads_ = model.last_lead;
    for (auto steps = chance() % 80; steps > 0 && !this->HasFatalFailure(); --steps)
      work.step();
    bool keep = chance() % 4 != 0;
    if (keep) real->commit(), truth.commit();
    real.reset();
    if (chance() % 10 == 0) this->store_.reset(), this->store_ = this->fixture_.open();
    ModelTransaction now(model);
    auto t = chance() % 2 == 0 ? this->reading() : this->writing();
    ASSERT_EQ(picture_of(*t, RandomWork::asked()), picture_of(now, RandomWork::asked())) << "round " << round;
  }
}

REGISTER_TYPED_TEST_SUITE_P(StoreContract, EveryTableComesBackAsItWasPut, RollbackLeavesNothing,
                            KeepsPeopleInBulk, OneTransactionMayBeLarge, EmptyRequestsAreAnsweredEmpty,
                            AReadingTransactionSeesOneMoment, WhoOnlyTriesSomethingOutGetsNumbersThatAreFree,
                            ReadersDoNotWaitForAWriter, WritersOfOneProcessFollowEachOther,
                            WritersOfSeveralProcessesFollowEachOther, OpenedByManyAtOnceTheSchemaIsMadeOnce,
                            APositionMovesOnlyFromWhereItIs, APositionMovesBackToo,
                            ABatchNeedsTheLeaseItWasReadUnder, ALeaseIsTakenOverOnlyWhenItsBatchHasEnded,
                            LeasesChangeHandsByCompareAndSet, OneOfManyTakesALease,
                            RenewingProlongsAllOfAnOwnersLeases, NodesAreSeenUntilTheyLeave,
                            MarksAreKeptWithoutADossierToo, NoticesAreReadInPages,
                            WhatAgenciesWroteIsKeptByteForByte, HeldLikeFindsByDigestOrKey,
                            WhatIsHeldMentionsPeopleUntilItIsReleased, IdentityPairsAreFoundByEitherAnchor,
                            AnotherKeyFileIsRefused, AWriterThatIsKilledLeavesWholeBatchesOnly,
                            DoesWhatTheModelDoes);

}  // namespace kinhub
