// Several partitions in one batch, ownership that changes, damage to one of them: each event counts once.
#include "hub/pipeline/pipeline.hpp"

#include <gtest/gtest.h>

#include <thread>

#include "hub/pipeline/held_events.hpp"
#include "hub/pipeline/mapping_texts.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub::test {
namespace {

const std::vector<std::string> four_sources = {"civil", "hospital", "insurance", "police"};

/// What one undisturbed pipeline makes of it.
struct Reference {
  std::string outcome, balance;
  explicit Reference(const std::vector<Event>& events, unsigned seed) {
    Ground ground;
    FakeLog log(four_sources, seed);
    log.append(events, std::nullopt);
    OwnsAll all(log);
    EXPECT_EQ(ground.pipeline(log, *ground.store, all, 1000)->drain(),
              static_cast<std::int64_t>(events.size()));
    outcome = ground.outcome(), balance = ground.balance();
  }
};

TEST(Pipeline, TheRecordAndItsLeadsDoNotDependOnTheOrderAcrossSources) {
  const auto seed = pipeline_seed();
  int leads = 0;
  for (unsigned round = 0; round < 12; ++round) {
    auto events = history(60, seed + round);
    Reference one(events, seed + round * 2), other(events, seed + round * 3 + 1);
    leads += one.outcome.find("national-special-assistance/death new") != std::string::npos ? 1 : 0;
    ASSERT_EQ(one.outcome, other.outcome) << "seed " << seed << ", round " << round;
    ASSERT_EQ(one.balance, other.balance) << "seed " << seed << ", round " << round;
  }
  EXPECT_GT(leads, 0) << "proves too little: seed " << seed;
}

TEST(Pipeline, AWithdrawalCountsOnlyAgainstWhatItsSourceHoldsForTrue) {
  const auto filtered = [](std::vector<Event> events, const std::string& source) {
    Ground ground;
    FakeLog log(four_sources, 7);
    OwnsAll all(log);
    log.append(events, std::nullopt);
    ground.pipeline(log, *ground.store, all)->drain();
    for (const auto& [name, counters] : ground.store->begin(Store::For::reading)->balance().counters())
      if (name == source) return std::pair(counters.filtered, counters.applied);
    return std::pair(std::int64_t{-1}, std::int64_t{-1});
  };
  using Counts = std::pair<std::int64_t, std::int64_t>;
  EXPECT_EQ(filtered({withdrawn("hospital", 3, 1)}, "hospital"), Counts(1, 0)) << "nobody said it";
  EXPECT_EQ(filtered({died("police", 3), withdrawn("hospital", 3, 2)}, "hospital"), Counts(1, 0))
      << "another source's word";
  EXPECT_EQ(filtered({died("police", 3, 5), withdrawn("police", 3, 2)}, "police"), Counts(1, 1))
      << "an older word";
  EXPECT_EQ(filtered({died("police", 4), withdrawn("police", 3, 2)}, "police"), Counts(1, 1))
      << "somebody else";
  EXPECT_EQ(filtered({died("police", 3, 1), died("police", 3, 2, true), withdrawn("police", 3, 3)}, "police"),
            Counts(1, 2))
      << "taken back already";
  EXPECT_EQ(filtered({died("police", 3, 1), withdrawn("police", 3, 2)}, "police"), Counts(0, 2))
      << "it is a retraction";
}

TEST(Pipeline, OneBatchMovesAllItsPartitions) {
  Ground ground;
  FakeLog log(four_sources, 7);
  OwnsAll all(log);
  log.append({born("civil", 1, 2), born("hospital", 2, 4), died("police", 2), died("police", 4)},
             std::nullopt);
  EXPECT_EQ(ground.pipeline(log, *ground.store, all)->drain(), 4);
  EXPECT_EQ(ground.position("civil"), 1);
  EXPECT_EQ(ground.position("hospital"), 1);
  EXPECT_EQ(ground.position("police"), 2);
  EXPECT_EQ(ground.position("insurance"), 0);
  EXPECT_EQ(ground.store->begin(Store::For::reading)->positions().at("police").offset, 4)
      << "where the medium has it";
}

TEST(Pipeline, ARetractionThatMeetsNothingIsCountedUntilItsStatementComes) {
  Ground ground;
  FakeLog log(four_sources, 7);
  OwnsAll all(log);
  auto unmatched = [&] {
    for (const auto& [source, of] : ground.store->begin(Store::For::reading)->balance().counters())
      if (source == "police") return of.unmatched;
    return std::int64_t{-1};
  };
  log.append({died("police", 2, 5, true)}, std::nullopt);
  ground.pipeline(log, *ground.store, all)->drain();
  EXPECT_EQ(unmatched(), 1);
  log.append({died("police", 2, 5, true), died("police", 2, 1)}, std::nullopt);
  ground.pipeline(log, *ground.store, all)->drain();
  EXPECT_EQ(unmatched(), 0);
}

TEST(Pipeline, TheSameBytesAgainAreADuplicateWhicheverArrivedFirst) {
  for (const auto minutes : {-5, 0, 5}) {
    Ground ground;
    FakeLog log(four_sources, 7);
    OwnsAll all(log);
    auto again = died("police", 2);
    again.received_at_us += minutes * 60'000'000LL;
    log.append({died("police", 2), again}, std::nullopt);
    ground.pipeline(log, *ground.store, all)->drain();
    for (const auto& [source, counters] : ground.store->begin(Store::For::reading)->balance().counters())
      EXPECT_EQ(std::pair(counters.applied, counters.duplicate), std::pair(std::int64_t{1}, std::int64_t{1}))
          << source << ", received " << minutes << " minutes later than the first";
  }
}

TEST(HeldEvents, ShowNoNumberOfAFilesNameHoweverShort) {
  Event event;
  event.origin = "13812345678_20261118064512.xml#2";
  const auto held = as_held(event, {"XML_MALFORMED", "chart 123456789 is cut off", "line 3"});
  EXPECT_EQ(held.place, "*********78_20261118064512.xml#2: line 3");
  EXPECT_EQ(held.text, "chart *******89 is cut off");
}

TEST(Pipeline, AWithdrawalWaitsBehindWhatStandsBesideItsKeyAndADeathDoesNot) {
  Ground ground;
  FakeLog log(four_sources, 7);
  OwnsAll all(log);
  auto held_codes = [&] {
    std::vector<std::string> codes;
    for (const auto& row :
         all_quarantine(ground.store->begin(Store::For::reading)->quarantine(), QuarantineState::held))
      codes.push_back(row.code);
    return codes;
  };
  auto under = [](Event event, const std::string& key) {
    event.key = key;
    return event;
  };
  using Codes = std::vector<std::string>;
  log.append({under(misspelt("hospital", 3), "Z|*"), under(died("hospital", 4, 1), "Z"),
              under(withdrawn("hospital", 4, 2), "Z"), under(died("hospital", 5, 1), "Z"),
              under(withdrawn("hospital", 4, 2), "Y")},
             std::nullopt);
  auto pipeline = ground.pipeline(log, *ground.store, all);
  pipeline->drain();
  EXPECT_EQ(held_codes(), (Codes{"CITIZEN_ID_CHECK", "WAITS_BEHIND", "WAITS_BEHIND"}))
      << "the withdrawal waits, and what follows of its key behind it; another key goes on";
  const auto first =
      all_quarantine(ground.store->begin(Store::For::reading)->quarantine(), QuarantineState::held)
          .front()
          .id;
  EXPECT_FALSE(pipeline->replay(first)) << "it cannot be read yet";
  EXPECT_EQ(pipeline->replay(first + 1).error().code, "QUARANTINE_STILL_REJECTED") << "not before its turn";
  EXPECT_TRUE(pipeline->discard(first, "nobody's"));
  EXPECT_EQ(held_codes(), Codes{}) << "both followed";
}

TEST(Pipeline, AWithdrawalBesideItsKeyWaitsBehindTheKey) {
  Ground ground;
  FakeLog log(four_sources, 7);
  OwnsAll all(log);
  auto under = [](Event event, const std::string& key) {
    event.key = key;
    return event;
  };
  log.append({under(misspelt("hospital", 3), "Z"), under(withdrawn("hospital", 3, 2), "Z|*"),
              under(misspelt("hospital", 4), "Z|*")},
             std::nullopt);
  auto pipeline = ground.pipeline(log, *ground.store, all);
  pipeline->drain();
  auto held = [&] {
    return all_quarantine(ground.store->begin(Store::For::reading)->quarantine(), QuarantineState::held);
  };
  ASSERT_EQ(held().size(), 3u);
  EXPECT_TRUE(pipeline->discard(held().front().id, "nobody's"));
  ASSERT_EQ(held().size(), 1u) << "the withdrawal went on, what stood behind it cannot be read itself";
  EXPECT_EQ(held().front().code, "CITIZEN_ID_CHECK");
}

TEST(Pipeline, ADayAfterTheReceiptIsHeldAndReplayedOnThatDay) {
  Ground ground;
  FakeLog log(four_sources, 7);
  OwnsAll all(log);
  log.append(
      {line("police", "D2", fmt::format("death,D2,20261101000000,{},,20261203,0", number_of("19950303", 2)))},
      std::nullopt);
  auto pipeline = ground.pipeline(log, *ground.store, all);
  pipeline->drain();
  const auto held =
      all_quarantine(ground.store->begin(Store::For::reading)->quarantine(), QuarantineState::held);
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].code, "DATE_FUTURE");
  EXPECT_EQ(pipeline->replay(held[0].id).error().code, "QUARANTINE_STILL_REJECTED");
  ground.clock.set(noon_us + 4 * 86'400'000'000);
  EXPECT_TRUE(pipeline->replay(held[0].id)) << "the day has come";
}

/// A birth of which the child's number is wrong and the mother's is right.
Event misspelt_birth(const std::string& source, int mother) {
  return line(
      source, "B0",
      fmt::format("birth,B0,20200101000000,322228199503030000,{},19950303,0", number_of("19700101", mother)));
}

TEST(Pipeline, ARightIsPendingWhileABirthOfTheParentStandsInQuarantine) {
  const auto certainty = [](const Ground& ground) {
    auto reading = ground.store->begin(Store::For::reading);
    const auto leads = all_leads(reading->leads(), LeadState::open);
    if (leads.size() != 1) return std::to_string(leads.size()) + " leads";
    const auto content = lead_content_from(ground.keys.unseal(leads[0].content, lead_context(leads[0].id)));
    return std::string(content.certainty == Certainty::sure ? "sure" : "pending");
  };
  std::vector<Event> events = {loaded("police"), born("police", 2, 4), died("police", 4),
                               misspelt_birth("police", 2)};
  std::sort(events.begin() + 1, events.end(), [](const auto& a, const auto& b) { return a.body < b.body; });
  do {
    Ground ground;
    FakeLog log(four_sources, 7);
    OwnsAll all(log);
    log.append(events, std::nullopt);
    auto pipeline = ground.pipeline(log, *ground.store, all);
    pipeline->drain();
    EXPECT_EQ(certainty(ground), "pending");
    const auto held =
        all_quarantine(ground.store->begin(Store::For::reading)->quarantine(), QuarantineState::held);
    ASSERT_EQ(held.size(), 1u);
    EXPECT_FALSE(pipeline->replay(held[0].id)) << "it stays as wrong as it was";
    EXPECT_EQ(certainty(ground), "pending");
    ASSERT_TRUE(pipeline->discard(held[0].id, "told anew"));
    EXPECT_EQ(certainty(ground), "sure");
  } while (std::next_permutation(events.begin() + 1, events.end(),
                                 [](const auto& a, const auto& b) { return a.body < b.body; }));
}

TEST(Pipeline, WhatAnotherSourceOrOfAnotherParentIsHeldMakesNothingPending) {
  for (const auto& other : {misspelt_birth("hospital", 2), misspelt_birth("police", 9)}) {
    Ground ground;
    FakeLog log(four_sources, 7);
    OwnsAll all(log);
    log.append({loaded("police"), born("police", 2, 4), other, died("police", 4)}, std::nullopt);
    ground.pipeline(log, *ground.store, all)->drain();
    auto reading = ground.store->begin(Store::For::reading);
    EXPECT_EQ(all_quarantine(reading->quarantine(), QuarantineState::held).size(), 1u);
    const auto leads = all_leads(reading->leads(), LeadState::open);
    ASSERT_EQ(leads.size(), 1u);
    EXPECT_EQ(lead_content_from(ground.keys.unseal(leads[0].content, lead_context(leads[0].id))).certainty,
              Certainty::sure);
  }
}

TEST(Pipeline, TheMappingThatMadeAFactIsKeptAsItWas) {
  Ground ground;
  FakeLog log(four_sources, 7);
  OwnsAll all(log);
  log.append({born("police", 2, 4)}, std::nullopt);
  ground.pipeline(log, *ground.store, all)->drain();
  auto reading = ground.store->begin(Store::For::reading);
  Workspace people(reading->people(), ground.keys, built_in_evidence());
  const auto child =
      identifier_token(ground.keys, {IdentifierKind::citizen_number, number_of("19950303", 4)});
  ASSERT_EQ(people.holders(child).size(), 1u);
  const auto& said = people.dossier(people.holders(child).front()).entries.at(0).history.versions[0];
  const auto text = kept_mapping_text(reading->values(), ground.keys, said.origin.mapping);
  ASSERT_TRUE(text);
  EXPECT_EQ(text->name, "test/birth");
  EXPECT_EQ(FieldLines(text->text).find(said.origin.line, "on"), 11);
  EXPECT_FALSE(kept_mapping_text(reading->values(), ground.keys, said.origin.mapping + 1));
  EXPECT_FALSE(kept_mapping_text(reading->values(), ground.keys, 0));
}

/// Owns what the test says.
class Chosen final : public Ownership {
 public:
  std::vector<OwnedPartition> owned() override {
    std::lock_guard lock(mutex_);
    return owned_;
  }
  void lost(std::int32_t partition) override {
    std::lock_guard lock(mutex_);
    lost_.push_back(partition);
    std::erase_if(owned_, [&](const auto& one) { return one.partition == partition; });
  }
  void stopped(std::int32_t partition, const std::string& why) override {
    std::lock_guard lock(mutex_);
    stopped_[partition] = why;
    std::erase_if(owned_, [&](const auto& one) { return one.partition == partition; });
  }
  void set(std::vector<OwnedPartition> owned) {
    std::lock_guard lock(mutex_);
    owned_ = std::move(owned);
  }
  std::vector<std::int32_t> refused() {
    std::lock_guard lock(mutex_);
    return lost_;
  }
  std::map<std::int32_t, std::string> damaged() {
    std::lock_guard lock(mutex_);
    return stopped_;
  }

 private:
  std::mutex mutex_;
  std::vector<OwnedPartition> owned_;
  std::vector<std::int32_t> lost_;
  std::map<std::int32_t, std::string> stopped_;
};

/// A pipeline that runs on a thread of its own until the test has seen what it waits for.
class Running {
 public:
  Running(Pipeline& pipeline, Listener listener = {})
      : listener_(std::move(listener)),
        thread_([this, &pipeline](std::stop_token stop) { pipeline.run(stop, listener_); }) {}
  template <class Seen>
  void until(Seen seen) {
    while (!seen())
      std::this_thread::sleep_for(
          std::chrono::milliseconds(1));  // ctest's time limit ends one that never comes
  }

 private:
  Listener listener_;
  std::jthread thread_;
};

TEST(Pipeline, APartitionThatIsNotOwnedIsLeftAlone) {
  Ground ground;
  FakeLog log(four_sources, 7);
  log.append({born("civil", 1, 2), died("police", 2), died("police", 2, 3)}, std::nullopt);
  Chosen chosen;
  chosen.set({{3, 0}});
  EXPECT_EQ(ground.pipeline(log, *ground.store, chosen)->drain(), 2);
  EXPECT_EQ(ground.position("civil"), 0);
  EXPECT_EQ(ground.position("police"), 2);
}

TEST(Pipeline, ARunningOneFollowsWhatItOwns) {
  Ground ground;
  FakeLog log(four_sources, 7);
  Chosen chosen;
  auto pipeline = ground.pipeline(log, *ground.store, chosen);
  Running running(*pipeline);
  log.append({born("civil", 1, 2), died("police", 2)}, std::nullopt);
  chosen.set({{0, 0}});
  running.until([&] { return ground.position("civil") == 1; });
  EXPECT_EQ(ground.position("police"), 0);
  chosen.set({{3, 0}});
  running.until([&] { return ground.position("police") == 1; });
  log.append({born("civil", 2, 4), died("police", 4)}, std::nullopt);
  running.until([&] { return ground.position("police") == 2; });
  EXPECT_EQ(ground.position("civil"), 1);
}

TEST(Pipeline, ABatchUnderALeaseThatWasTakenHasNoEffect) {
  Ground ground;
  FakeLog log(four_sources, 7);
  log.append({born("civil", 1, 2), died("police", 2)}, std::nullopt);
  auto mine = ground.store->take_lease("police", "a", 0, 0).value();  // runs out at once
  auto theirs = ground.store->take_lease("police", "b", mine, 10'000).value();
  auto civil = ground.store->take_lease("civil", "a", 0, 10'000).value();
  Chosen zombie;
  zombie.set({{3, mine}, {0, civil}});
  EXPECT_EQ(ground.pipeline(log, *ground.store, zombie)->drain(), 1) << "the other partition goes on";
  EXPECT_EQ(zombie.refused(), std::vector<std::int32_t>{3});
  EXPECT_EQ(ground.position("police"), 0);
  EXPECT_EQ(ground.position("civil"), 1);
  Chosen owner;
  owner.set({{3, theirs}});
  EXPECT_EQ(ground.pipeline(log, *ground.store, owner)->drain(), 1);
  EXPECT_EQ(ground.position("police"), 1);
}

TEST(Pipeline, TwoThatMoveTheSamePositionsByTurnsCountEachEventOnce) {
  const auto seed = pipeline_seed();
  auto events = history(120, seed);
  Reference expected(events, seed);
  Ground ground;
  FakeLog log(four_sources, seed), other_log(four_sources, seed + 1);
  log.append(events, std::nullopt), other_log.append(events, std::nullopt);
  OwnsAll all(log), other_all(other_log);
  auto one = ground.pipeline(log, *ground.store, all),
       other = ground.pipeline(other_log, *ground.store, other_all);
  {
    std::jthread beside([&] { other->drain(); });
    one->drain();
  }
  EXPECT_TRUE(ground.processed(log));
  EXPECT_EQ(ground.outcome(), expected.outcome) << "seed " << seed;
  EXPECT_EQ(ground.balance(), expected.balance) << "seed " << seed;
}

TEST(Pipeline, APartitionThatCannotBeReadOnStopsAndTheOthersGoOn) {
  struct Case {
    const char* what;
    void (*harm)(FakeLog&, Ground&);
  };
  const Case cases[] = {
      {"its head is gone", [](FakeLog& log, Ground&) { log.drop_head(3, 1); }},
      {"an event cannot be read", [](FakeLog& log, Ground&) { log.spoil(3, 1); }},
      {"it ends before the position",
       [](FakeLog&, Ground& ground) {
         auto writing = ground.store->begin(Store::For::writing);
         ASSERT_TRUE(writing->positions().advance({"police", 0, 9, -1, 0}));
         writing->commit();
       }},
  };
  for (const auto& [what, harm] : cases) {
    Ground ground;
    FakeLog log(four_sources, 7);
    log.append({born("civil", 1, 2), died("police", 2), died("police", 4), born("hospital", 2, 4)},
               std::nullopt);
    harm(log, ground);
    auto before = ground.position("police");
    Chosen chosen;
    chosen.set({{0, 0}, {1, 0}, {3, 0}});
    auto pipeline = ground.pipeline(log, *ground.store, chosen);
    Running running(*pipeline);
    running.until([&] { return ground.position("civil") == 1 && ground.position("hospital") == 1; });
    running.until([&] { return chosen.damaged().contains(3); });
    EXPECT_EQ(chosen.damaged().size(), 1u) << what;
    EXPECT_NE(chosen.damaged()[3].find("police"), std::string::npos) << what;
    EXPECT_EQ(ground.position("police"), before) << what;
    log.append({born("civil", 3, 6)}, std::nullopt);
    running.until([&] { return ground.position("civil") == 2; });
  }
}

TEST(Pipeline, AfterEachStoredBatchTheListenerIsTold) {
  Ground ground;
  FakeLog log(four_sources, 7);
  OwnsAll all(log);
  auto pipeline = ground.pipeline(log, *ground.store, all);
  std::atomic<int> told = 0;
  std::vector<EventTimes> times;
  Running running(*pipeline, {[&](const BatchTimes& batch) {
                                for (const auto& event : batch.events)
                                  times.push_back(event);
                                ++told;
                              },
                              {},
                              {}});
  log.append({born("civil", 1, 2)}, std::nullopt);
  running.until([&] { return told == 1; });
  log.append({died("police", 2)}, std::nullopt);
  running.until([&] { return told == 2; });
  EXPECT_TRUE(ground.processed(log));
  ASSERT_EQ(times.size(), 2u);
  for (const auto& event : times)
    EXPECT_EQ(event.mapped_at_us, noon_us);
  const auto notices = ground.store->begin(Store::For::reading)->notices().last();
  EXPECT_EQ(times[0].notices_after, 0);
  EXPECT_EQ(times[0].notices_up_to, times[1].notices_after) << "each notice belongs to one event";
  EXPECT_EQ(times[1].notices_up_to, notices);
}

std::int64_t complete_until(Store& store) {
  for (const auto& row : store.begin(Store::For::reading)->balance().coverage())
    if (row.source == "police") return row.complete_until_us;
  return 0;
}

TEST(Coverage, EndsAtTheReceiptOfItsClaimAndALowerOneMendsAnImpossibleOne) {
  constexpr std::int64_t end_of_time = 253'402'271'999'000'000, hour_us = 3'600'000'000;
  Ground ground;
  FakeLog log(four_sources, 7);
  OwnsAll ownership(log);
  auto claim = loaded("police");
  claim.occurred_at_us = end_of_time;
  log.append({claim}, std::nullopt);
  ground.pipeline(log, *ground.store, ownership)->drain();
  EXPECT_EQ(complete_until(*ground.store), noon_us);
  // What an earlier version believed.
  {
    auto writing = ground.store->begin(Store::For::writing);
    writing->balance().put_coverage({"police", true, end_of_time});
    writing->commit();
  }
  claim.received_at_us = noon_us + hour_us, claim.occurred_at_us = noon_us + hour_us / 2;
  log.append({claim}, std::nullopt);
  ground.pipeline(log, *ground.store, ownership)->drain();
  EXPECT_EQ(complete_until(*ground.store), noon_us + hour_us / 2);
  claim.received_at_us = noon_us + 2 * hour_us, claim.occurred_at_us = noon_us;
  log.append({claim}, std::nullopt);
  ground.pipeline(log, *ground.store, ownership)->drain();
  EXPECT_EQ(complete_until(*ground.store), noon_us + hour_us / 2) << "a late file takes nothing back";
}

TEST(Coverage, IsTakenBackByAPersonWithWhatHangsOnIt) {
  Ground ground;
  FakeLog log(four_sources, 7);
  OwnsAll ownership(log);
  log.append({loaded("police"), born("police", 2, 4), died("police", 4)}, std::nullopt);
  auto pipeline = ground.pipeline(log, *ground.store, ownership);
  pipeline->drain();
  const auto sure = leads_text(*ground.store->begin(Store::For::reading), ground.keys);
  constexpr std::int64_t year_us = 365LL * 86'400'000'000;
  auto done = pipeline->take_back_coverage("police", noon_us - 20 * year_us);
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->was_us, noon_us);
  EXPECT_EQ(complete_until(*ground.store), noon_us - 20 * year_us);
  EXPECT_NE(leads_text(*ground.store->begin(Store::For::reading), ground.keys), sure)
      << "what rested on it is less sure at once";
  EXPECT_EQ(pipeline->take_back_coverage("police", noon_us).error().code, "COVERAGE_NOT_CLAIMED");
  log.append({loaded("police")}, std::nullopt);
  pipeline->drain();
  EXPECT_EQ(leads_text(*ground.store->begin(Store::For::reading), ground.keys), sure);
}

}  // namespace
}  // namespace kinhub::test
