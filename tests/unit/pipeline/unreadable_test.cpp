// Damage of one person's row: everyone else goes on, and nothing is lost.
#include "hub/pipeline/held_events.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub::test {
namespace {

const std::vector<std::string> four_sources = {"civil", "hospital", "insurance", "police"};

/// A ground whose rows can be damaged and restored.
struct Damaged : Ground {
  PersonId person_with(const std::string& number) {
    auto reading = store->begin(Store::For::reading);
    return Workspace(reading->people(), keys, built_in_evidence())
        .holders(identifier_token(keys, {IdentifierKind::citizen_number, number}))
        .at(0);
  }
  std::vector<PersonId> people() { return all_people(store->begin(Store::For::reading)->people()); }
  void damage(PersonId person) {
    row = store->begin(Store::For::reading)->people().dossiers({&person, 1}).at(0);
    auto spoilt = row;
    spoilt.sealed[spoilt.sealed.size() / 2] = static_cast<char>(spoilt.sealed[spoilt.sealed.size() / 2] + 1);
    put(spoilt);
  }
  void put(const DossierRow& stored) {
    auto writing = store->begin(Store::For::writing);
    writing->people().put_dossiers({&stored, 1});
    writing->commit();
  }
  std::vector<QuarantineRow> held(std::string_view code) {
    auto rows = all_quarantine(store->begin(Store::For::reading)->quarantine(), QuarantineState::held);
    std::erase_if(rows, [&](const QuarantineRow& one) { return one.code != code; });
    return rows;
  }
  std::vector<PersonId> unreadable() {
    return unreadable_people(store->begin(Store::For::reading)->values());
  }
  DossierRow row;
};

TEST(Unreadable, TheEventsThatNeedTheRecordWaitAndOthersGoOn) {
  Damaged ground;
  FakeLog log(four_sources, 7);
  OwnsAll all(log);
  log.append({loaded("police"), born("police", 1, 2), born("police", 2, 4)}, std::nullopt);
  auto pipeline = ground.pipeline(log, *ground.store, all);
  pipeline->drain();
  const auto child = ground.person_with(number_of("19950303", 2));
  ground.damage(child);
  log.append({died("police", 4), died("police", 2), died("police", 4, 2)}, std::nullopt);
  EXPECT_EQ(pipeline->drain(), 3);
  ASSERT_EQ(ground.held(unreadable_code).size(), 1U);
  EXPECT_NE(ground.held(unreadable_code)[0].reason.find("An unreadable record"), std::string::npos);
  EXPECT_EQ(ground.unreadable(), std::vector{child});
  EXPECT_EQ(all_leads(ground.store->begin(Store::For::reading)->leads(), LeadState::open).size(), 1U)
      << "the other mother's";

  auto again = pipeline->replay(ground.held(unreadable_code)[0].id);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, unreadable_code) << "it is still damaged";

  ground.put(ground.row);
  pipeline->scan();
  EXPECT_TRUE(ground.unreadable().empty());
  EXPECT_TRUE(pipeline->replay(ground.held(unreadable_code)[0].id));
  EXPECT_TRUE(ground.held(unreadable_code).empty());
}

TEST(Unreadable, AFollowerThatNeedsTheRecordKeepsNobodyElseInQuarantine) {
  Damaged ground;
  FakeLog log(four_sources, 7);
  OwnsAll all(log);
  log.append({loaded("police"), born("police", 1, 2), misspelt("police", 2), died("police", 2)},
             std::nullopt);
  auto pipeline = ground.pipeline(log, *ground.store, all);
  pipeline->drain();
  ASSERT_EQ(ground.held(waits_code).size(), 1U);
  ground.damage(ground.person_with(number_of("19950303", 2)));
  const auto head = ground.held("CITIZEN_ID_CHECK").at(0).id;
  EXPECT_TRUE(pipeline->discard(head, "misspelt")) << "it needs nobody's record";
  EXPECT_TRUE(ground.held(waits_code).empty());
  ASSERT_EQ(ground.held(unreadable_code).size(), 1U) << "the one behind it does, and says so";
  EXPECT_EQ(ground.unreadable().size(), 1U);
  ground.put(ground.row);
  pipeline->scan();
  EXPECT_TRUE(pipeline->replay(ground.held(unreadable_code)[0].id));
  EXPECT_NE(ground.outcome().find("national-special-assistance/death new"), std::string::npos);
}

TEST(Unreadable, AnIndexRowThatNamesSomebodyElseOrIsGoneIsWrittenAnew) {
  Damaged ground;
  FakeLog log(four_sources, 7);
  OwnsAll all(log);
  log.append({loaded("police"), born("police", 1, 2), born("police", 2, 4)}, std::nullopt);
  auto pipeline = ground.pipeline(log, *ground.store, all);
  pipeline->drain();
  const auto child = ground.person_with(number_of("19950303", 2));
  const auto record = [&] {
    auto reading = ground.store->begin(Store::For::reading);
    return Workspace(reading->people(), ground.keys, built_in_evidence()).dossier(child);
  };
  const auto key = record().entries.at(0).history.key;
  const auto before = to_bytes(record());
  for (const PersonId named : {ground.person_with(number_of("19950303", 4)), PersonId{9999}}) {
    auto writing = ground.store->begin(Store::For::writing);
    ASSERT_EQ(writing->people().homes("police", {&key, 1}).size(), 1u);
    auto wrong = writing->entries().find("police", {&key, 1}).at(0);
    wrong.home = named;
    writing->people().put_histories("police", {&wrong, 1});
    writing->commit();
    log.append({born("police", 1, 2)}, std::nullopt);
    EXPECT_EQ(pipeline->drain(), 1);
    EXPECT_TRUE(ground.held(unreadable_code).empty());
    EXPECT_EQ(to_bytes(record()), before) << "nothing is counted twice";
    auto reading = ground.store->begin(Store::For::reading);
    const auto home = reading->people().homes("police", {&key, 1}).at(0).person;
    Workspace people(reading->people(), ground.keys, built_in_evidence());
    EXPECT_NE(people.dossier(home).find(key), nullptr);
  }
}

TEST(Unreadable, ADamagedRecordEndsNoScan) {
  Damaged ground;
  FakeLog log(four_sources, 7);
  OwnsAll all(log);
  log.append(
      {loaded("police"), born("police", 1, 2), died("police", 2), born("police", 2, 4), died("police", 4)},
      std::nullopt);
  auto pipeline = ground.pipeline(log, *ground.store, all);
  pipeline->drain();
  const auto before = ground.outcome();
  ground.damage(ground.person_with(number_of("19950303", 2)));
  EXPECT_GT(pipeline->scan().people, 1);
  EXPECT_EQ(ground.unreadable().size(), 1U);
  ground.put(ground.row);
  pipeline->scan();
  EXPECT_TRUE(ground.unreadable().empty());
  EXPECT_EQ(ground.outcome(), before) << "leads stayed as they were";
}

TEST(Unreadable, OnceRestoredTheRecordIsWhatItWouldHaveBeen) {
  int waited = 0;
  for (unsigned round = 0; round < 10; ++round) {
    const auto seed = pipeline_seed() + round;
    const auto events = history(80, seed);
    Ground undisturbed;
    FakeLog whole(four_sources, seed);
    whole.append(events, std::nullopt);
    OwnsAll all_of_it(whole);
    undisturbed.pipeline(whole, *undisturbed.store, all_of_it)->drain();

    Damaged ground;
    FakeLog log(four_sources, seed);
    OwnsAll all(log);
    auto pipeline = ground.pipeline(log, *ground.store, all);
    const auto half = events.begin() + static_cast<std::ptrdiff_t>(events.size() / 2);
    log.append({events.begin(), half}, std::nullopt);
    pipeline->drain();
    const auto people = ground.people();
    ground.damage(people[seed % people.size()]);
    log.append({half, events.end()}, std::nullopt);
    pipeline->drain();
    ASSERT_TRUE(ground.processed(log)) << "seed " << seed;
    waited += static_cast<int>(ground.held(unreadable_code).size());
    ground.put(ground.row);
    pipeline->scan();
    ASSERT_TRUE(ground.unreadable().empty()) << "seed " << seed;
    for (const auto& row : ground.held(unreadable_code)) {
      auto freed = pipeline->replay(row.id);
      ASSERT_TRUE(freed || freed.error().code == "QUARANTINE_NOT_HELD") << describe(freed.error());
    }
    ASSERT_EQ(ground.outcome(), undisturbed.outcome()) << "seed " << seed;
    ASSERT_EQ(ground.balance(), undisturbed.balance()) << "seed " << seed;
  }
  EXPECT_GT(waited, 10) << "proves too little";
}

}  // namespace
}  // namespace kinhub::test
