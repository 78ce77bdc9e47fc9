// The index of entries: whatever events came in whatever order, it says what the dossiers say.
#include <gtest/gtest.h>

#include "hub/base/sqlite.hpp"
#include "hub/pipeline/entries_fill.hpp"
#include "hub/pipeline/remapping.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub::test {
namespace {

const std::vector<std::string> four_sources = {"civil", "hospital", "insurance", "police"};

using Index = std::map<std::string, std::map<Token, EntryRow>>;

/// The index, made of the dossiers.
Index index_of(StoreTransaction& store, const Keyring& keys) {
  Workspace people(store.people(), keys, built_in_evidence());
  const auto digest = entry_digest(keys);
  Index index;
  for (auto person : all_people(store.people()))
    for (const auto& entry : people.dossier(person).entries)
      index[entry.history.versions.begin()->source][entry.history.key] = entry_of(entry.history, digest);
  return index;
}
/// As it is kept, but for what runs wrote.
Index kept_index(StoreTransaction& store) {
  Index index;
  for (const auto& source : four_sources)
    for (auto row : all_entries(store.entries(), source)) {
      row.record = 0, row.run = 0;
      index[source][row.key] = row;
    }
  return index;
}

class EntriesIndex : public ::testing::Test {
 protected:
  void process(const std::vector<Event>& events, const Rules& rules = rules_for_test()) {
    log_.append(events, std::nullopt);
    ground_.pipeline(log_, *ground_.store, all_, 7, rules)->drain();
  }
  void expect_whole(const std::string& when) {
    auto reading = ground_.store->begin(Store::For::reading);
    const auto index = index_of(*reading, ground_.keys);
    ASSERT_FALSE(index.empty());
    EXPECT_EQ(kept_index(*reading), index) << when << "; KINHUB_SEED=" << pipeline_seed();
  }
  /// As if a run had found every entry of the source equal.
  void mark_all(const std::string& source) {
    auto writing = ground_.store->begin(Store::For::writing);
    auto rows = all_entries(writing->entries(), source);
    for (auto& row : rows)
      row.record = 77, row.run = 1;
    EXPECT_EQ(writing->entries().mark(source, rows), static_cast<std::int64_t>(rows.size()));
    writing->commit();
  }
  std::set<Token> touched(const std::string& source) {
    std::set<Token> keys;
    for (const auto& row : all_entries(ground_.store->begin(Store::For::reading)->entries(), source))
      if (row.record == 0) keys.insert(row.key);
    return keys;
  }
  Token key_of(const std::string& source, FactKind kind, const std::string& key) {
    Fact fact;
    fact.kind = kind, fact.key = key;
    return statement_key(ground_.keys, source, fact);
  }

  Ground ground_;
  FakeLog log_{four_sources, 7};
  OwnsAll all_{log_};
};

TEST_F(EntriesIndex, SaysWhatTheDossiersSay) {
  for (unsigned round = 0; round < 4; ++round) {
    process(history(120, pipeline_seed() + round));
    expect_whole("round " + std::to_string(round));
  }
}

TEST_F(EntriesIndex, AKeyThatAnEventTouchedForgetsWhatARunFound) {
  process({born("police", 1, 2), born("police", 3, 6), died("police", 2, 1)});
  mark_all("police");
  process({born("police", 1, 2)});
  EXPECT_TRUE(touched("police").empty()) << "the same again touches nothing";
  process({died("police", 2, 2, true), died("police", 6, 1)});
  EXPECT_EQ(touched("police"),
            (std::set{key_of("police", FactKind::death, "D2"), key_of("police", FactKind::death, "D6")}));
  const auto taken_back = key_of("police", FactKind::death, "D2");
  const auto row = ground_.store->begin(Store::For::reading)->entries().find("police", {&taken_back, 1});
  ASSERT_EQ(row.size(), 1u);
  EXPECT_FALSE(row[0].asserts);
  EXPECT_EQ(row[0].run, 1);
}

TEST_F(EntriesIndex, AnEarlierVersionThatComesLateTouchesItsKeyToo) {
  process({died("police", 2, 5)});
  mark_all("police");
  process({died("police", 2, 1, true)});
  EXPECT_EQ(touched("police").size(), 1u);
  expect_whole("late");
}

TEST_F(EntriesIndex, WhatAMendedMappingReadsAnewIsTouched) {
  auto files = mapping_files();
  auto& text = files.at("death.yaml");
  text.replace(text.find("VOID = '1'"), 10, "VOID = '9'");
  process({died("police", 2, 1, true), born("police", 1, 2), died("police", 6, 1)}, rules_with(files));
  mark_all("police");
  std::int32_t police = 0;
  while (log_.partition_name(police) != "police")
    ++police;
  ASSERT_TRUE(ground_.pipeline(log_, *ground_.store, all_, 7)
                  ->remap({"police", police, std::nullopt, std::nullopt}, RemapOrder{"zhang", "mended"}));
  EXPECT_EQ(touched("police"), std::set{key_of("police", FactKind::death, "D2")});
  expect_whole("remapped");
}

TEST_F(EntriesIndex, AStoreOfBeforeIsFilledPageByPageAndEventsGoOnMeanwhile) {
  process(history(150, pipeline_seed()));
  {
    auto writing = ground_.store->begin(Store::For::writing);
    EXPECT_TRUE(entries_are_filled(writing->values())) << "a new store is";
    writing->values().put("entries filled", "");
    writing->commit();
  }
  ground_.store.reset();
  {
    auto database =
        sqlite::Database::open(ground_.folder.path / "kinhub.db", sqlite::Database::Access::read_write, 1000);
    database.run("DELETE FROM entry");
  }
  ground_.store = SqliteStore::open(ground_.folder.path / "kinhub.db", ground_.keys);
  process({died("police", 2, 9, true)});  // one key is there before the filling comes to it
  std::int64_t told = 0;
  EXPECT_GT(fill_entries(*ground_.store, ground_.keys, [&](std::int64_t people) { told = people; }), 0);
  EXPECT_GT(told, 0);
  expect_whole("filled");
  EXPECT_EQ(fill_entries(*ground_.store, ground_.keys), 0) << "once";
}

}  // namespace
}  // namespace kinhub::test
