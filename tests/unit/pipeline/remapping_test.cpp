// Stored events read anew by a mended mapping: as if it had read them from the first, but for what was known
// before; through outages, again, in part, and beside what the quarantine decides on.
#include "hub/pipeline/remapping.hpp"

#include <gtest/gtest.h>

#include "tests/unit/pipeline/pipeline_fixture.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub::test {
namespace {

const std::vector<std::string> four_sources = {"civil", "hospital", "insurance", "police"};
constexpr std::int64_t minute_us = 60'000'000;

void edit(Texts& files, const std::string& name, const std::string& from, const std::string& to) {
  auto& text = files.at(name);
  const auto at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
}

/// As they were before they were mended: births under the key of their mother, so that each child took the
/// place of the one before, and a death that was taken back was one told.
const Rules& older_rules() {
  static const Rules rules = [] {
    auto files = mapping_files();
    edit(files, "birth.yaml", "key: [ID]", "key: [MOTHER]");
    edit(files, "death.yaml", "VOID = '1'", "VOID = '9'");
    return rules_with(files);
  }();
  return rules;
}

class Remapping : public ::testing::Test {
 protected:
  void process(const std::vector<Event>& events, const Rules& rules) {
    log_.append(events, std::nullopt);
    ground_.pipeline(log_, *ground_.store, all_, 7, rules)->drain();
  }
  /// A request for one source.
  RemapRequest of(const std::string& source) {
    for (std::int32_t partition = 0; partition < log_.partitions(); ++partition)
      if (log_.partition_name(partition) == source) return {source, partition, std::nullopt, std::nullopt};
    throw std::logic_error("no source " + source);
  }
  Result<Remapped> plan(const RemapRequest& request, const Rules& rules = rules_for_test()) {
    return ground_.pipeline(log_, *ground_.store, all_, 7, rules)->remap(request, std::nullopt);
  }
  Result<Remapped> apply(const RemapRequest& request, const Rules& rules = rules_for_test(),
                         Store* store = nullptr) {
    return ground_.pipeline(log_, store ? *store : *ground_.store, all_, 7, rules)
        ->remap(request, RemapOrder{"zhang", "mended"});
  }
  std::string known_at(std::int64_t instant_us) {
    return record_text_as_known(*ground_.store->begin(Store::For::reading), ground_.keys, instant_us);
  }
  std::string leads() { return leads_text(*ground_.store->begin(Store::For::reading), ground_.keys); }

  Ground ground_;
  FakeLog log_{four_sources, 7};
  OwnsAll all_{log_};
};

/// What a hub makes of the events that reads them by one mapping from the first.
struct ReadOnce {
  std::string record, leads;
  explicit ReadOnce(const std::vector<Event>& events, const Rules& rules = rules_for_test()) {
    Ground ground;
    FakeLog log(four_sources, 7);
    OwnsAll all(log);
    log.append(events, std::nullopt);
    ground.pipeline(log, *ground.store, all, 1000, rules)->drain();
    auto reading = ground.store->begin(Store::For::reading);
    record = record_text_as_known(*reading, ground.keys, known_now);
    leads = leads_text(*reading, ground.keys);
  }
};

TEST_F(Remapping, LeavesTheRecordAndTheLeadsThatTheMendedMappingWouldHaveMade) {
  const auto seed = pipeline_seed();
  std::int64_t changed = 0, leads_changed = 0;
  for (unsigned round = 0; round < 8; ++round) {
    Ground ground;
    FakeLog log(four_sources, seed + round);
    OwnsAll all(log);
    const auto events = history(80, seed + 100 + round);
    log.append(events, std::nullopt);
    ground.pipeline(log, *ground.store, all, 7, older_rules())->drain();
    const auto balance = ground.balance(), before = ground.outcome();
    const auto mended = ground.pipeline(log, *ground.store, all);
    for (std::int32_t partition = 0; partition < log.partitions(); ++partition) {
      const RemapRequest request{log.partition_name(partition), partition, std::nullopt, std::nullopt};
      const auto planned = mended->remap(request, std::nullopt);
      const auto done = mended->remap(request, RemapOrder{"zhang", "mended"});
      ASSERT_TRUE(planned && done);
      EXPECT_EQ(std::tuple(planned->read, planned->changed, planned->failing, planned->held, planned->people,
                           planned->leads_opened, planned->leads_updated, planned->leads_closed),
                std::tuple(done->read, done->changed, done->failing, done->held, done->people,
                           done->leads_opened, done->leads_updated, done->leads_closed))
          << "the plan is what is done";
      changed += done->changed,
          leads_changed += done->leads_opened + done->leads_closed + done->leads_updated;
      const auto again = mended->remap(request, RemapOrder{"zhang", "mended"});
      ASSERT_TRUE(again);
      EXPECT_EQ(again->changed, 0) << "again changes nothing";
    }
    auto reading = ground.store->begin(Store::For::reading);
    const ReadOnce expected(events), older(events, older_rules());
    ASSERT_EQ(record_text_as_known(*reading, ground.keys, known_now), expected.record)
        << "seed " << seed << ", round " << round;
    ASSERT_EQ(record_text_as_known(*reading, ground.keys, noon_us), older.record)
        << "what was known then; seed " << seed << ", round " << round;
    ASSERT_EQ(leads_text(*reading, ground.keys), expected.leads) << "seed " << seed << ", round " << round;
    EXPECT_EQ(ground.balance(), balance) << "nothing is received or applied again";
    EXPECT_NE(before, ground.outcome());
    ground.notices();  // without gaps
  }
  EXPECT_GT(changed, 40) << "proves too little: seed " << seed;
  EXPECT_GT(leads_changed, 8) << "proves too little: seed " << seed;
}

TEST_F(Remapping, AWithdrawalThatComesAfterItTakesBackWhatIsReadNow) {
  auto files = mapping_files();
  edit(files, "death.yaml", "key: [ID]", "key: [PERSON]");
  const auto misread = rules_with(files);
  std::vector<Event> events = {loaded("police"), born("police", 1, 2), died("police", 2)};
  process(events, misread);
  events.push_back(withdrawn("police", 2, 3));
  log_.append({events.back()}, std::nullopt);  // arrived before the replay, waits in the log
  ground_.clock.set(noon_us + minute_us);
  const auto done = apply(of("police"));
  ASSERT_TRUE(done);
  EXPECT_EQ(done->changed, 1);
  ground_.pipeline(log_, *ground_.store, all_)->drain();
  EXPECT_EQ(record_text_as_known(*ground_.store->begin(Store::For::reading), ground_.keys, known_now),
            ReadOnce(events).record);
}

TEST_F(Remapping, APlanChangesNothing) {
  process({loaded("police"), born("police", 1, 2), born("police", 1, 3), died("police", 2, 5, true)},
          older_rules());
  const auto outcome = ground_.outcome(), notices = ground_.notices();
  const auto planned = plan(of("police"));
  ASSERT_TRUE(planned);
  EXPECT_EQ(planned->read, 3);
  EXPECT_EQ(planned->changed, 3);
  EXPECT_EQ(planned->facts.at(FactKind::birth).fields.at("key"), 2);
  EXPECT_EQ(planned->facts.at(FactKind::death).fields.at("op"), 1);
  EXPECT_EQ(ground_.outcome(), outcome);
  EXPECT_EQ(ground_.notices(), notices);
  EXPECT_EQ(ground_.store->begin(Store::For::reading)->values().get("map replay police"), "");
}

TEST_F(Remapping, TellsTheLeadsAndTheMoneyThatWouldChange) {
  // The only child of this mother is dead, and the hub holds the retraction for a second word of it.
  process({loaded("police"), born("police", 1, 2), died("police", 2, 1), died("police", 2, 5, true)},
          older_rules());
  ASSERT_NE(leads().find("/death new"), std::string::npos) << leads();
  auto planned = plan(of("police"));
  ASSERT_TRUE(planned);
  EXPECT_EQ(std::tuple(planned->leads_opened, planned->leads_updated, planned->leads_closed),
            std::tuple(0, 0, 1));
  ASSERT_EQ(planned->money.size(), 1u);
  EXPECT_LT(planned->money.begin()->second.arrears_fen, 0);
  ASSERT_TRUE(apply(of("police")));
  EXPECT_EQ(leads(), "");
}

TEST_F(Remapping, BrokenOffAnywhereAndGivenAgainEndsInTheSame) {
  const auto events = history(60, pipeline_seed() + 7);
  const ReadOnce expected(events);
  process(events, older_rules());
  ground_.store.reset();
  const auto pristine = ground_.folder.path / "kinhub.db", copy = ground_.folder.path / "copy.db";
  int struck = 0;
  for (std::int64_t call = 1; call < 400; call += 13)
    for (const auto when : {Faults::When::before, Faults::When::after}) {
      for (const auto* suffix : {"", "-wal", "-shm"})
        std::filesystem::remove(copy.string() + suffix);
      std::filesystem::copy_file(pristine, copy);
      ground_.store = SqliteStore::open(copy, ground_.keys);
      Faults faults;
      faults.at = call, faults.when = when;
      FaultyStore store(*ground_.store, faults);
      for (const auto& source : four_sources) {
        try {
          ASSERT_TRUE(apply(of(source), rules_for_test(), &store));
        } catch (const StoreUnavailable&) {
          ++struck;
          const auto planned = plan(of(source));
          ASSERT_TRUE(planned);
          ASSERT_TRUE(apply(of(source)));
        }
      }
      ASSERT_EQ(known_at(known_now), expected.record) << "call " << call;
      ASSERT_EQ(leads(), expected.leads) << "call " << call;
    }
  EXPECT_GT(struck, 20);
}

TEST_F(Remapping, WhatIsProcessedOnceMoreOrDeliveredAgainAfterItChangesNothing) {
  const auto events = history(60, pipeline_seed() + 9);
  process(events, older_rules());
  for (const auto& source : four_sources)
    ASSERT_TRUE(apply(of(source)));
  const auto outcome = ground_.outcome(), then = known_at(noon_us);
  for (const auto& source : four_sources) {
    auto writing = ground_.store->begin(Store::For::writing);
    const auto at = writing->positions().at(source).sequence;
    ASSERT_TRUE(at == 0 || writing->positions().advance({source, at, 0, 0, 0}));
    writing->commit();
  }
  process({}, rules_for_test());
  EXPECT_EQ(ground_.outcome(), outcome) << "rewound";
  auto again = events;
  for (auto& event : again)
    event.received_at_us += minute_us;
  process(again, rules_for_test());
  EXPECT_EQ(ground_.outcome(), outcome) << "delivered again";
  EXPECT_EQ(known_at(noon_us), then);
}

TEST_F(Remapping, TellsThatTheLastOneDidNotComeToItsEnd) {
  process({born("police", 1, 2), born("police", 1, 3)}, older_rules());
  Faults faults;
  faults.at = 40;
  FaultyStore store(*ground_.store, faults);
  EXPECT_THROW(apply(of("police"), rules_for_test(), &store), StoreUnavailable);
  EXPECT_GT(plan(of("police"))->interrupted_at_us, 0);
  EXPECT_GT(apply(of("police"))->interrupted_at_us, 0);
  EXPECT_EQ(plan(of("police"))->interrupted_at_us, 0);
}

TEST_F(Remapping, OfOneMappingFileOrSinceATimeReadsNothingElse) {
  auto early = born("police", 1, 2), late = born("police", 1, 3), died_late = died("police", 3, 5, true);
  late.received_at_us += minute_us, died_late.received_at_us += minute_us;
  process({early, late, died_late}, older_rules());
  auto request = of("police");
  request.mapping = "test/death";
  auto deaths = plan(request);
  ASSERT_TRUE(deaths);
  EXPECT_EQ(std::pair(deaths->read, deaths->changed), std::pair(std::int64_t{1}, std::int64_t{1}));
  EXPECT_FALSE(deaths->facts.contains(FactKind::birth));
  request.mapping.reset();
  request.since_us = noon_us + 1;
  auto since = plan(request);
  ASSERT_TRUE(since);
  EXPECT_EQ(std::pair(since->read, since->changed), std::pair(std::int64_t{2}, std::int64_t{2}));
  request.mapping = "test/marriage";
  const auto unknown = plan(request);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, "NO_SUCH_MAPPING");
  EXPECT_NE(unknown.error().text.find("test/birth"), std::string::npos) << unknown.error().text;
}

TEST_F(Remapping, TheSameBytesAfterThatTimeDoNotSpeakForThoseBefore) {
  auto again = died("police", 2, 1);
  again.received_at_us += minute_us;
  auto files = mapping_files();
  edit(files, "death.yaml", "date(ON, 'yyyyMMdd')", "date(substr(VERSION, 1, 8), 'yyyyMMdd')");
  process({died("police", 2, 1), died("police", 2, 5, true), again}, rules_for_test());
  auto request = of("police");
  request.since_us = noon_us + 1;
  const auto done = apply(request, rules_with(files));
  ASSERT_TRUE(done);
  EXPECT_EQ(std::pair(done->read, done->changed), std::pair(std::int64_t{1}, std::int64_t{0}))
      << "a redelivery of an event from before";
}

TEST_F(Remapping, WhatTheQuarantineHoldsOrAPersonDiscardedIsLeftToIt) {
  process({misspelt("police", 2), died("police", 2, 2), misspelt("police", 3), died("police", 4, 1)},
          older_rules());
  auto pipeline = ground_.pipeline(log_, *ground_.store, all_);
  ASSERT_TRUE(pipeline->discard(3, "a test message"));
  auto files = mapping_files();  // reads whatever stands there
  edit(files, "death.yaml", "person.citizen_number: citizen_id(PERSON)", "person.chart: PERSON");
  const auto done = apply(of("police"), rules_with(files));
  ASSERT_TRUE(done);
  EXPECT_EQ(std::tuple(done->read, done->changed, done->held, done->discarded), std::tuple(1, 1, 2, 1));
  EXPECT_EQ(done->failing, 0);
}

TEST_F(Remapping, WhatCannotBeReadAnyMoreStaysAsItWasRead) {
  process({born("police", 1, 2), died("police", 2, 1), died("police", 3, 1)}, rules_for_test());
  const auto before = known_at(known_now);
  auto files = mapping_files();
  edit(files, "death.yaml", "date(ON, 'yyyyMMdd')", "date(ON, 'yyyy-MM-dd')");
  const auto done = apply(of("police"), rules_with(files));
  ASSERT_TRUE(done);
  EXPECT_EQ(std::tuple(done->read, done->changed, done->failing), std::tuple(3, 0, 2));
  ASSERT_EQ(done->failing_by_code.size(), 1u);
  const auto& failing = done->failing_by_code.begin()->second;
  EXPECT_EQ(std::tuple(failing.events, failing.first_sequence, failing.mapping),
            std::tuple(2, 2, std::string("test/death")));
  EXPECT_EQ(known_at(known_now), before);
  EXPECT_TRUE(
      all_quarantine(ground_.store->begin(Store::For::reading)->quarantine(), QuarantineState::held).empty());
}

TEST_F(Remapping, WhatTheLogNoLongerHasStaysAndIsCounted) {
  process({born("police", 1, 2), born("police", 1, 3), died("police", 3, 5, true)}, older_rules());
  const auto partition = of("police").partition;
  log_.drop_head(partition, 2);
  const auto done = apply(of("police"));
  ASSERT_TRUE(done);
  EXPECT_EQ(std::tuple(done->after, done->up_to, done->read, done->changed), std::tuple(2, 3, 1, 1));
  EXPECT_EQ(done->facts_not_in_log, 2);
}

TEST_F(Remapping, WhatTheLogCannotGiveIsPassedOver) {
  process({born("police", 1, 2), born("police", 1, 3), died("police", 3, 5, true)}, older_rules());
  log_.spoil(of("police").partition, 2);
  const auto done = apply(of("police"));
  ASSERT_TRUE(done);
  EXPECT_EQ(std::tuple(done->unreadable, done->read, done->changed), std::tuple(1, 2, 2));
}

TEST_F(Remapping, WhatAnEventOfTheSamePlaceToldInAnEarlierLogStays) {
  process({born("police", 1, 2), died("police", 2, 1)}, older_rules());
  {
    auto writing = ground_.store->begin(Store::For::writing);
    ASSERT_TRUE(writing->positions().advance({"police", 2, 0, 0, 0}));
    writing->commit();
  }
  FakeLog anew({"police"}, 7);
  OwnsAll all(anew);
  anew.append({born("police", 3, 6), died("police", 6, 5, true)}, std::nullopt);
  ground_.pipeline(anew, *ground_.store, all, 7, older_rules())->drain();
  const auto request = RemapRequest{"police", 0, std::nullopt, std::nullopt};
  const auto done =
      ground_.pipeline(anew, *ground_.store, all)->remap(request, RemapOrder{"zhang", "mended"});
  ASSERT_TRUE(done);
  EXPECT_EQ(std::tuple(done->read, done->changed, done->facts_not_in_log), std::tuple(2, 2, 2));
  const auto expected = [&] {
    Ground other;
    FakeLog both({"police"}, 7);
    OwnsAll owns(both);
    both.append({born("police", 3, 6), died("police", 6, 5, true)}, std::nullopt);
    other.pipeline(both, *other.store, owns)->drain();
    return record_text_as_known(*other.store->begin(Store::For::reading), other.keys, known_now);
  }();
  for (std::size_t at = 0; at < expected.size(); at = expected.find('\n', at) + 1) {
    const auto line = expected.substr(at, expected.find('\n', at) - at);
    EXPECT_NE(known_at(known_now).find(line), std::string::npos) << line;
  }
  EXPECT_NE(known_at(known_now).find("died=2024-05-10"), std::string::npos) << "of the log before";
}

TEST_F(Remapping, AWithdrawalStaysWhatItWasResolvedTo) {
  process({died("hospital", 3, 1), withdrawn("hospital", 3, 2), withdrawn("hospital", 4, 2)},
          rules_for_test());
  const auto before = known_at(known_now);
  auto files = mapping_files();
  files.at("withdrawal.yaml") += "# reformatted\n";
  const auto same = apply(of("hospital"), rules_with(files));
  ASSERT_TRUE(same);
  EXPECT_EQ(std::pair(same->read, same->changed), std::pair(std::int64_t{3}, std::int64_t{0}));
  EXPECT_EQ(known_at(known_now), before);
}

TEST_F(Remapping, AWithdrawalThatTheOlderMappingPassedOverTakesBackWhatWasToldBeforeIt) {
  auto files = mapping_files();
  edit(files, "withdrawal.yaml", "from: { format: csv, when: \"KIND = 'withdrawal'\" }",
       "from: { format: csv, when: \"KIND = 'withdrawal'\" }\nfilter: not used");
  process({died("hospital", 3, 1), withdrawn("hospital", 3, 2), withdrawn("hospital", 4, 2)},
          rules_with(files));
  const auto before = known_at(known_now);
  for (const auto changed : {1, 0}) {
    const auto done = apply(of("hospital"));
    ASSERT_TRUE(done);
    EXPECT_EQ(done->changed, changed);
  }
  EXPECT_NE(known_at(known_now), before);
  EXPECT_EQ(known_at(noon_us), before);
}

TEST_F(Remapping, RefusesToGoOnBehindARewind) {
  process({born("police", 1, 2), born("police", 1, 3)}, older_rules());
  RemapRequest request = of("police");
  auto pipeline = ground_.pipeline(log_, *ground_.store, all_);
  bool once = false;
  const auto done = pipeline->remap(request, RemapOrder{"zhang", "mended"}, [&](std::int64_t, std::int64_t) {
    if (std::exchange(once, true)) return;
    auto writing = ground_.store->begin(Store::For::writing);
    ASSERT_TRUE(writing->positions().advance({"police", 2, 0, 0, 0}));
    writing->commit();
  });
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "REMAP_OVERTAKEN");
}

TEST_F(Remapping, KeepsWhoHadItDoneAndWhy) {
  process({born("police", 1, 2)}, older_rules());
  const auto done = apply(of("police"));
  ASSERT_TRUE(done);
  auto reading = ground_.store->begin(Store::For::reading);
  const auto order = kept_remap_order(reading->values(), ground_.keys, "police", done->at_us);
  ASSERT_TRUE(order);
  EXPECT_EQ(std::pair(order->by, order->reason), std::pair(std::string("zhang"), std::string("mended")));
  EXPECT_FALSE(kept_remap_order(reading->values(), ground_.keys, "police", done->at_us + 1));
  EXPECT_EQ(reading->values().get("map replay police " + std::to_string(done->at_us)).find("zhang"),
            std::string::npos)
      << "sealed";
}

}  // namespace
}  // namespace kinhub::test
