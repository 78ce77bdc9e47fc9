// Log or store break at every call in turn: nothing is lost, nothing is done twice, and each outage is said
// once.
#include <gtest/gtest.h>

#include "tests/unit/pipeline/pipeline_fixture.hpp"

namespace kinhub::test {
namespace {

/// Births and deaths, a reversal, a repetition, an event that goes to quarantine and one that waits behind
/// it.
std::vector<Event> scripted() {
  return {loaded("police"),  born("police", 1, 2),  died("police", 2), born("police", 2, 4),
          died("police", 4), misspelt("police", 6), died("police", 6), died("police", 2, 3, true),
          died("police", 4), born("police", 3, 6)};
}

struct Outcome {
  std::string record, balance, notices;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};
Outcome outcome_of(Ground& ground) {
  return {ground.outcome(), ground.balance(), ground.notices()};
}

/// The single order of one partition: so even the notices must be the same, byte for byte.
Outcome undisturbed() {
  Ground ground;
  FakeLog log({"log"}, 1);
  log.append(scripted(), std::nullopt);
  OwnsAll all(log);
  ground.pipeline(log, *ground.store, all)->drain();
  return outcome_of(ground);
}

struct Told {
  int waits = 0, goes_on = 0;
};

/// Runs until all is processed and, if anything broke, told to go on.
Told run_through(Ground& ground, FakeLog& log, Faults& store_faults, Faults& log_faults) {
  FaultyStore store(*ground.store, store_faults);
  FaultyLog faulty_log(log, log_faults);
  OwnsAll all(log);
  auto pipeline = ground.pipeline(faulty_log, store, all, 4);
  std::atomic<int> waits = 0, goes_on = 0;
  {
    std::jthread running([&](std::stop_token stop) {
      pipeline->run(stop, {{}, [&](const std::string&) { ++waits; }, [&](const std::string&) { ++goes_on; }});
    });
    while (!ground.processed(log) || goes_on < waits)
      std::this_thread::sleep_for(std::chrono::microseconds(300));
  }
  return {waits, goes_on};
}

class Outages : public ::testing::TestWithParam<Faults::When> {};

TEST_P(Outages, TheStoreBreaksAtEveryCallInTurn) {
  const auto expected = undisturbed();
  ASSERT_NE(expected.notices, "");
  std::int64_t at = 1;
  for (;; ++at) {
    Ground ground;
    FakeLog log({"log"}, static_cast<unsigned>(at));
    log.append(scripted(), std::nullopt);
    Faults store_faults, none;
    store_faults.at = at, store_faults.when = GetParam();
    auto told = run_through(ground, log, store_faults, none);
    ASSERT_EQ(outcome_of(ground), expected) << "broken at call " << at;
    if (!store_faults.struck()) break;
    ASSERT_LE(told.waits, 1) << "at call "
                             << at;  // none when the last commit's answer was lost after all was done
  }
  EXPECT_GT(at, 60) << "the history is too short to prove anything";
}

TEST_P(Outages, TheLogBreaksAtEveryCallInTurn) {
  const auto expected = undisturbed();
  std::int64_t at = 1;
  for (;; ++at) {
    Ground ground;
    FakeLog log({"log"}, static_cast<unsigned>(at));
    log.append(scripted(), std::nullopt);
    Faults none, log_faults;
    log_faults.at = at, log_faults.when = GetParam();
    run_through(ground, log, none, log_faults);
    ASSERT_EQ(outcome_of(ground), expected) << "broken at call " << at;
    if (!log_faults.struck()) break;
  }
  EXPECT_GT(at, 3);
}

INSTANTIATE_TEST_SUITE_P(When, Outages, ::testing::Values(Faults::When::before, Faults::When::after),
                         [](const auto& when) {
                           return when.param == Faults::When::before ? "BeforeItIsDone" : "ItsAnswerIsLost";
                         });

TEST(Outage, IsSaidOnceHoweverOftenItIsTriedAgain) {
  Ground ground;
  FakeLog log({"log"}, 1);
  log.append(scripted(), std::nullopt);
  /// Fails for a while.
  class Down final : public EventLog {
   public:
    Down(EventLog& real, int tries) : real_(real), tries_(tries) {}
    void append(const std::vector<Event>&, const std::optional<SourceCheckpoint>&) override {}
    std::string checkpoint(const std::string&) override { return {}; }
    void set_checkpoint(const SourceCheckpoint&) override {}
    using EventLog::read;
    std::vector<LoggedEvent> read(std::span<const LogPosition> after, std::size_t most, std::uint32_t ms,
                                  std::stop_token stop) override {
      if (tries_-- > 0) throw LogUnavailable("the broker does not answer");
      return real_.read(after, most, ms, stop);
    }
    LogPosition end(std::int32_t partition) override { return real_.end(partition); }
    LogPosition start(std::int32_t partition) override { return real_.start(partition); }
    std::int32_t partitions() const override { return 1; }
    std::string partition_name(std::int32_t) const override { return "log"; }
    std::vector<std::pair<std::string, std::int64_t>> received() override { return real_.received(); }

   private:
    EventLog& real_;
    std::atomic<int> tries_;
  } down(log, 20);
  OwnsAll all(log);
  auto pipeline = ground.pipeline(down, *ground.store, all);
  std::atomic<int> waits = 0, goes_on = 0;
  std::string why;
  {
    std::jthread running([&](std::stop_token stop) {
      pipeline->run(stop, {{},
                           [&](const std::string& text) { why = text, ++waits; },
                           [&](const std::string&) { ++goes_on; }});
    });
    while (goes_on == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(waits, 1);
  EXPECT_EQ(why, "the broker does not answer");
}

TEST(Outage, ABatchThatTheStoreDoesNotTakeInTimeIsTriedInParts) {
  auto events = history(300, 7);
  Ground calm, slow;
  FakeLog calm_log({"log"}, 1), log({"log"}, 1);
  calm_log.append(events, std::nullopt), log.append(events, std::nullopt);
  OwnsAll all(log);
  calm.pipeline(calm_log, *calm.store, all)->drain();
  Faults faults;
  faults.batch_max = 3;
  FaultyStore store(*slow.store, faults);
  auto pipeline = slow.pipeline(log, store, all, 200);
  {
    std::jthread running([&](std::stop_token stop) { pipeline->run(stop, {}); });
    while (!slow.processed(log) && faults.too_large < 200)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_LT(faults.too_large, 200) << "the same batch again and again";
  EXPECT_EQ(outcome_of(slow), outcome_of(calm));
}

/// What waits for a slow store is bounded in bytes, too: events may be large.
TEST(ReadAhead, HoldsNoMoreBytesThanItMay) {
  Ground ground;
  FakeLog log({"log"}, 1);
  std::vector<Event> events(200, born("police", 1, 2));
  for (auto& event : events)
    event.body.resize(1000, ' ');
  log.append(events, std::nullopt);
  OwnsAll all(log);
  ReadAhead::Limits limits;
  limits.events_max = 40, limits.look_up_ms = 10, limits.bytes_max = 5'000;  // one read: up to 10 events
  ReadAhead ahead(
      log, *ground.store, all,
      [](LoggedEvent logged) {
        return MappedEvent{std::move(logged), {}, {}, {}, 0};
      },
      limits);
  std::size_t taken = 0;
  for (int take = 0; take < 5; ++take) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));  // the store is slow
    auto batch = ahead.take({}, 1000);
    ASSERT_TRUE(batch);
    EXPECT_LE(batch->size(), 10u);
    taken += batch->size();
  }
  EXPECT_GE(taken, 5u);
}

TEST(Outage, ACommandThatDrainsIsToldAtOnce) {
  Ground ground;
  FakeLog log({"log"}, 1);
  log.append(scripted(), std::nullopt);
  Faults faults, none;
  faults.at = 20;
  FaultyStore store(*ground.store, faults);
  OwnsAll all(log);
  auto pipeline = ground.pipeline(log, store, all);
  EXPECT_THROW(pipeline->drain(), Unavailable);
  pipeline->drain();
  EXPECT_EQ(outcome_of(ground), undisturbed());
}

TEST(Outage, ADamagedLogEndsTheRun) {
  Ground ground;
  FakeLog log({"log"}, 1);
  class Damaged final : public EventLog {
   public:
    void append(const std::vector<Event>&, const std::optional<SourceCheckpoint>&) override {}
    std::string checkpoint(const std::string&) override { return {}; }
    void set_checkpoint(const SourceCheckpoint&) override {}
    using EventLog::read;
    std::vector<LoggedEvent> read(std::span<const LogPosition>, std::size_t, std::uint32_t,
                                  std::stop_token) override {
      throw LogDamaged("sealed with another key file");
    }
    LogPosition end(std::int32_t) override { return {0, 5}; }
    LogPosition start(std::int32_t) override { return {0, 0}; }
    std::int32_t partitions() const override { return 1; }
    std::string partition_name(std::int32_t) const override { return "log"; }
    std::vector<std::pair<std::string, std::int64_t>> received() override { return {}; }
  } damaged;
  OwnsAll all(damaged);
  EXPECT_THROW(ground.pipeline(damaged, *ground.store, all)->run({}, {}), LogDamaged);
  EXPECT_THROW(ground.pipeline(damaged, *ground.store, all)->drain(), LogDamaged);
}

}  // namespace
}  // namespace kinhub::test
