#include <chrono>
#include <random>
#include <thread>

#include "tests/contract/store/store_contract.hpp"
#include "tests/seeds.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub {
namespace {

template <class Fixture>
class StoreTransactions : public StoreContract<Fixture> {};
TYPED_TEST_SUITE(StoreTransactions, Stores);

TYPED_TEST(StoreTransactions, EveryTableComesBackAsItWasPut) {
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

TYPED_TEST(StoreTransactions, RollbackLeavesNothing) {
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
    EXPECT_EQ(t.people().new_person().value, 1);
    EXPECT_EQ(t.leads().new_lead().value, 1);
    EXPECT_EQ(t.notices().last(), 0);
  });
}

TYPED_TEST(StoreTransactions, EmptyRequestsAreAnsweredEmpty) {
  auto t = this->writing();
  EXPECT_TRUE(t->people().dossiers({}).empty());
  EXPECT_TRUE(t->people().holders({}).empty());
  EXPECT_TRUE(t->people().homes("police", {}).empty());
  EXPECT_TRUE(t->quarantine().held_like({}, {}).empty());
  EXPECT_TRUE(t->notices().page(0, 10).empty());
  EXPECT_FALSE(t->leads().find({1}));
  EXPECT_FALSE(t->quarantine().find(1));
  EXPECT_FALSE(t->identity_pairs().find({1}));
  EXPECT_TRUE(t->identity_pairs().of({}).empty());
  EXPECT_TRUE(t->identity_pairs().waiting().empty());
  t->identity_pairs().put({});
  t->people().put_dossiers({});
  t->people().erase_dossiers({});
  t->people().add_holders({});
  t->people().remove_holders({});
  t->people().put_histories("police", {});
  t->quarantine().update(77, QuarantineState::applied, 1, "", "", "");
  t->commit();
}

TYPED_TEST(StoreTransactions, AReadingTransactionSeesOneMoment) {
  auto put = [&](int version) {
    this->commit([&](StoreTransaction& t) {
      DossierRow row{{1}, {}, "version " + std::to_string(version)};
      t.people().put_dossiers({&row, 1});
      t.values().put("version", std::to_string(version));
      t.balance().add_counters("police", {1});
    });
  };
  put(1);
  auto reader = this->reading();
  PersonId person{1};
  EXPECT_EQ(reader->people().dossiers({&person, 1}).at(0).sealed, "version 1");
  put(2);
  EXPECT_EQ(reader->values().get("version"), "1");
  EXPECT_EQ(reader->balance().counters().at(0).second.applied, 1);
  EXPECT_EQ(reader->people().dossiers({&person, 1}).at(0).sealed, "version 1");
  EXPECT_EQ(this->reading()->values().get("version"), "2");
}

TYPED_TEST(StoreTransactions, WhoOnlyTriesSomethingOutGetsNumbersThatAreFree) {
  this->commit([](StoreTransaction& t) {
    for (int i = 0; i < 3; ++i)
      t.people().new_person(), t.leads().new_lead();
    t.notices().add({1, "{}"});
  });
  auto t = this->reading();
  EXPECT_EQ(t->people().new_person().value, 4);
  EXPECT_EQ(t->people().new_person().value, 5);
  EXPECT_EQ(t->leads().new_lead().value, 4);
  EXPECT_EQ(t->notices().last(), 1);
  t.reset();
  EXPECT_EQ(this->writing()->people().new_person().value, 4);
}

TYPED_TEST(StoreTransactions, ReadersDoNotWaitForAWriter) {
  this->commit([](StoreTransaction& t) { t.values().put("a", "1"); });
  auto writer = this->writing();
  writer->values().put("a", "2");
  ASSERT_TRUE(writer->positions().advance({"police", 0, 1, -1, 0}));
  EXPECT_EQ(this->reading()->values().get("a"), "1");
  writer->commit();
  EXPECT_EQ(this->reading()->values().get("a"), "2");
}

void count_up(Store& store, int times) {
  for (int i = 0; i < times; ++i) {
    auto t = store.begin(Store::For::writing);
    auto text = t->values().get("count");
    t->values().put("count", std::to_string((text.empty() ? 0 : std::stoi(text)) + 1));
    auto last = t->notices().last();
    t->notices().add({last + 1, "{}"});
    DossierRow row{t->people().new_person(), {}, "x"};
    t->people().put_dossiers({&row, 1});
    t->commit();
  }
}

TYPED_TEST(StoreTransactions, WritersOfOneProcessFollowEachOther) {
  {
    std::vector<std::jthread> writers;
    for (int i = 0; i < 4; ++i)
      writers.emplace_back([&] { count_up(*this->store_, 25); });
  }
  auto t = this->reading();
  EXPECT_EQ(t->values().get("count"), "100");
  EXPECT_EQ(t->notices().last(), 100);
  EXPECT_EQ(all_people(t->people()).size(), 100u);
}

TYPED_TEST(StoreTransactions, WritersOfSeveralProcessesFollowEachOther) {
  this->store_.reset();
  std::vector<std::unique_ptr<Child>> writers;
  for (int i = 0; i < 3; ++i)
    writers.push_back(std::make_unique<Child>([&] { count_up(*this->fixture_.open(), 30); }));
  for (auto& writer : writers)
    EXPECT_EQ(writer->wait(), 0);
  this->store_ = this->fixture_.open();
  auto t = this->reading();
  EXPECT_EQ(t->values().get("count"), "90");
  EXPECT_EQ(t->notices().last(), 90);
  EXPECT_EQ(all_people(t->people()).back().value, 90);
}

TYPED_TEST(StoreTransactions, OpenedByManyAtOnceTheSchemaIsMadeOnce) {
  this->store_.reset();
  TypeParam fresh;
  std::vector<std::unique_ptr<Child>> children;
  for (int i = 0; i < 4; ++i)
    children.push_back(std::make_unique<Child>([&] { count_up(*fresh.open(), 1); }));
  for (auto& child : children)
    EXPECT_EQ(child->wait(), 0);
  EXPECT_EQ(fresh.open()->begin(Store::For::reading)->values().get("count"), "4");
}

TYPED_TEST(StoreTransactions, AnotherKeyFileIsRefused) {
  this->commit([](StoreTransaction& t) { t.values().put("a", "1"); });
  this->store_.reset();
  try {
    this->fixture_.open_with(Keyring::from_passphrase("another"));
    ADD_FAILURE() << "opened with another key file";
  } catch (const StoreDamaged& refused) {
    EXPECT_THAT(refused.what(), ::testing::HasSubstr("another key file"));
  }
  EXPECT_EQ(this->fixture_.open()->begin(Store::For::reading)->values().get("a"), "1");
}

TYPED_TEST(StoreTransactions, AWriterThatIsKilledLeavesWholeBatchesOnly) {
  this->store_.reset();
  std::mt19937 chance(test::seed(1));
  constexpr int people = 40;
  for (int round = 0; round < 12; ++round) {
    Child writer([&] {
      auto store = this->fixture_.open();
      for (;;) {
        auto t = store->begin(Store::For::writing);
        auto n = t->positions().at("police").sequence;
        if (!t->positions().advance({"police", n, n + 1, n, 0}))
          throw std::runtime_error("somebody else writes");
        for (int i = 1; i <= people; ++i) {
          DossierRow row{{i}, {}, std::to_string(n + 1)};
          t->people().put_dossiers({&row, 1});
          if (i == people / 2) all_people(t->people());  // half of it is sent before the commit
        }
        t->notices().add({t->notices().last() + 1, std::to_string(n + 1)});
        t->balance().add_counters("police", {1});
        t->values().put("n", std::to_string(n + 1));
        t->commit();
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(20'000 + chance() % 150'000));
    writer.kill();
    writer.wait();
    auto store = this->fixture_.open();
    auto t = store->begin(Store::For::writing);
    auto n = t->positions().at("police").sequence;
    EXPECT_EQ(t->notices().last(), n);
    std::vector<PersonId> ids;
    for (int i = 1; i <= people; ++i)
      ids.push_back({i});
    auto rows = t->people().dossiers(ids);
    ASSERT_EQ(rows.size(), n == 0 ? 0u : static_cast<std::size_t>(people));
    for (const auto& row : rows)
      ASSERT_EQ(row.sealed, std::to_string(n));
    if (n == 0) continue;
    EXPECT_EQ(t->values().get("n"), std::to_string(n));
    EXPECT_EQ(t->balance().counters().at(0).second.applied, n);
  }
}

}  // namespace
}  // namespace kinhub
