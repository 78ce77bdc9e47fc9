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
      index[entry.history.versions.begin()->source].try_emplace(entry.history.key,
                                                                entry_of(entry.history, digest, person));
  return index;
}
/// As it is kept, but for what runs wrote. Several people may have one history: each is as good a home.
Index kept_index(StoreTransaction& store, const Keyring& keys) {
  Workspace people(store.people(), keys, built_in_evidence());
  Index index;
  for (const auto& source : four_sources)
    for (auto row : all_entries(store.entries(), source)) {
      row.record = 0, row.run = 0;
      EXPECT_TRUE(!row.home || people.dossier(row.home).find(row.key)) << "no home of it";
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
    auto kept = kept_index(*reading, ground_.keys);
    std::size_t histories = 0;
    for (auto& [source, rows] : kept)
      for (auto& [key, row] : rows) {
        ++histories;
        if (row.home && index.contains(source) && index.at(source).contains(key))
          row.home = index.at(source).at(key).home;
      }
    EXPECT_EQ(reading->people().size().histories, static_cast<std::int64_t>(histories));
    EXPECT_EQ(kept, index) << when << "; KINHUB_SEED=" << pipeline_seed();
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

/// A store of a version before, in which table `home` told where a history stands: filled without homes, or
/// not filled at all.
class EntriesOfBefore : public EntriesIndex, public ::testing::WithParamInterface<const char*> {
 protected:
  void make_it_one_of_before() {
    {
      auto writing = ground_.store->begin(Store::For::writing);
      EXPECT_TRUE(entries_are_filled(writing->values())) << "a new store is";
      writing->values().put("entries filled", "");
      writing->commit();
    }
    ground_.store.reset();
    sql("INSERT INTO home SELECT key, person FROM entry");
    sql(GetParam());
    ground_.store = SqliteStore::open(ground_.folder.path / "kinhub.db", ground_.keys);
  }
  void sql(const char* text) { database().run(text); }
  std::int64_t left() { return database().number("SELECT count(*) FROM home"); }

 private:
  sqlite::Database database() {
    return sqlite::Database::open(ground_.folder.path / "kinhub.db", sqlite::Database::Access::read_write,
                                  1000);
  }
};
INSTANTIATE_TEST_SUITE_P(Of, EntriesOfBefore,
                         ::testing::Values("DELETE FROM entry", "UPDATE entry SET person = 0"));

TEST_P(EntriesOfBefore, IsFilledPageByPageAndEventsGoOnMeanwhile) {
  process(history(150, pipeline_seed()));
  make_it_one_of_before();
  const auto histories = left();
  process({died("police", 2, 9, true)});  // one key is there before the filling comes to it
  EXPECT_LE(left(), histories);
  std::int64_t told = 0;
  EXPECT_GT(fill_entries(*ground_.store, ground_.keys, [&](std::int64_t people) { told = people; }), 0);
  EXPECT_GT(told, 0);
  expect_whole("filled");
  EXPECT_EQ(left(), 0) << "all were moved";
  EXPECT_EQ(fill_entries(*ground_.store, ground_.keys), 0) << "once";
}

TEST_P(EntriesOfBefore, FindsWhatItHoldsBeforeItIsFilled) {
  const auto events = history(150, pipeline_seed());
  process(events);
  const auto histories = ground_.store->begin(Store::For::reading)->people().size().histories;
  make_it_one_of_before();
  const auto before = left();
  process(events);
  EXPECT_EQ(left(), before) << "all of it was said";
  EXPECT_EQ(ground_.store->begin(Store::For::reading)->people().size().histories, histories);
  process({died("police", 2, 1, true), died("police", 2, 2), born("police", 1, 2)});
  process({died("police", 2, 3, true)});
  fill_entries(*ground_.store, ground_.keys);
  expect_whole("later versions found the earlier ones");
  EXPECT_EQ(left(), 0);
}

}  // namespace
}  // namespace kinhub::test
