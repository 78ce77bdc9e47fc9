#include "hub/connector/source_runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source_fixture.hpp"

namespace kinhub {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

using SourceRunnerTest = SourceFixture;

TEST(Backoff, DoublesIsCappedAndSpread) {
  EXPECT_EQ(backoff_ms(1, 500, 60'000, 0), 250u);
  EXPECT_EQ(backoff_ms(1, 500, 60'000, 0.999), 499u);
  EXPECT_EQ(backoff_ms(4, 500, 60'000, 0), 2000u);
  EXPECT_EQ(backoff_ms(4'000'000'000u, 500, 60'000, 0), 30'000u);
  EXPECT_EQ(backoff_ms(0, 500, 60'000, 0), 250u);
}

TEST_F(SourceRunnerTest, KeepsTheKeyOfBytesThatAreNoEvent) {
  for (auto isolation : {Isolation::in_process, Isolation::process}) {
    auto wanted = options(R"({"count":3,"bad_at":1,"keyed_bad":1})");
    wanted.isolation = isolation;
    wanted.name = isolation == Isolation::process ? "police-2" : "police-1";
    SourceRunner runner(wanted, library_, log_, clock_);
    runner.start();
    until([&] { return runner.status().events + runner.status().rejected == 3; });
    runner.stop();
  }
  std::size_t found = 0;
  for (const auto& event : logged()) {
    if (event.kind != EventKind::rejected) continue;
    ++found;
    EXPECT_EQ(event.key, "K1");
    EXPECT_EQ(event.code, "NO_RECORD");
    EXPECT_EQ(event.detail, "told to be bad");
    EXPECT_EQ(event.place, "line 1");
  }
  EXPECT_EQ(found, 2U);
}

TEST_F(SourceRunnerTest, KeepsAPositionAtWhichNothingWasEmitted) {
  SourceRunner runner(options(R"({"count":2,"silent_until":7})"), library_, log_, clock_);
  runner.start();
  until([&] { return log_.checkpoint("police-1") == "7"; });
  runner.stop();
  EXPECT_EQ(numbers(), count_to(2));
}

TEST_F(SourceRunnerTest, BringsEveryEventOnceAndInOrder) {
  SourceRunner runner(options(R"({"count":2500,"per_poll":700,"bad_at":3})"), library_, log_, clock_);
  EXPECT_EQ(runner.status().state, SourceState::stopped);
  runner.start();
  until([&] { return runner.status().events + runner.status().rejected == 2500; });
  auto status = runner.status();
  EXPECT_EQ(status.state, SourceState::running);
  EXPECT_EQ(status.rejected, 1);
  EXPECT_EQ(status.metrics["given"], 2500);
  EXPECT_EQ(status.last_event_at_us, clock_.now_us());
  runner.stop();
  EXPECT_EQ(runner.status().state, SourceState::stopped);
  EXPECT_EQ(numbers(), count_to(2500));
  EXPECT_EQ(log_.checkpoint("police-1"), "2500");
  auto events = logged();
  EXPECT_EQ(events[0].source, "police-1");
  EXPECT_EQ(events[0].key, "K0");
  EXPECT_EQ(events[0].occurred_at_us, 1000);
  EXPECT_EQ(events[1].occurred_at_us, std::nullopt);
  EXPECT_EQ(events[0].received_at_us, clock_.now_us());
  EXPECT_EQ(events[3].kind, EventKind::rejected);
  EXPECT_EQ(events[3].code, "NO_RECORD");
  EXPECT_EQ(events[3].place, "line 1");
}

TEST_F(SourceRunnerTest, GoesOnWhereAnEarlierRunStopped) {
  {
    SourceRunner runner(options(R"({"count":10})"), library_, log_, clock_);
    runner.start();
    until([&] { return log_.end(0).sequence == 10; });
  }
  {
    SourceRunner runner(options(R"({"count":25})"), library_, log_, clock_);
    runner.start();
    until([&] { return log_.end(0).sequence >= 25; });
  }
  EXPECT_EQ(numbers(), count_to(25));
}

// The log refuses every third append, over and over, for sources that place positions differently.
TEST_F(SourceRunnerTest, NothingIsLostOrDoubledWhenTheLogRefuses) {
  int run = 0;
  for (const char* config :
       {R"({"count":9000})", R"({"count":9000,"position_each":7})", R"({"count":9000,"position_each":1500})",
        R"({"count":300,"push":1})", R"({"count":300,"per_poll":1})"}) {
    auto name = "source-" + std::to_string(run++);
    auto wanted = options(config);
    wanted.name = name;
    log_.refuse_every = 3;
    SourceRunner runner(wanted, library_, log_, clock_);
    runner.start();
    auto count = config[10] == '0' && config[9] == '9' ? 9000 : 300;
    until([&] { return runner.status().events >= count; });
    runner.stop();
    log_.refuse_every = 0;
    std::vector<long> numbers;
    for (const auto& event : logged())
      if (event.source == name) numbers.push_back(std::strtol(event.body.c_str(), nullptr, 10));
    EXPECT_EQ(numbers, count_to(count)) << config;
    EXPECT_THAT(runner.status().last_error, HasSubstr("the disk is full")) << config;
  }
}

TEST_F(SourceRunnerTest, WhatIsNoPointToContinueAtWaitsForOneThatIs) {
  // 1,500 events to a position: the buffer's thousand is no reason to write half of what a restart would tell
  // again.
  SourceRunner runner(options(R"({"count":1400,"position_each":1500,"status_at":1300,"status":1})"), library_,
                      log_, clock_);
  runner.start();
  until([&] { return runner.status().events >= 1400; });
  runner.stop();
  EXPECT_EQ(runner.status().retries, 1);
  EXPECT_EQ(numbers(), count_to(1400));
}

TEST_F(SourceRunnerTest, RetryAndFatalGoOnAfterABackOffWithTheReasonShown) {
  for (int status : std::initializer_list<int>{KINHUB_RETRY, KINHUB_FATAL, 77}) {
    auto wanted = options(R"({"count":50,"status_at":20,"status":)" + std::to_string(status) + "}");
    wanted.name = "source-" + std::to_string(status);
    // A new instance forgets that it gave its status: it needs the position behind it to get on.
    SourceRunner runner(wanted, library_, log_, clock_);
    runner.start();
    if (status == KINHUB_RETRY) {
      until([&] { return runner.status().events == 50; });
      EXPECT_EQ(runner.status().restarts, 0);
    } else {
      until([&] { return runner.status().restarts >= 12; });
      EXPECT_EQ(runner.status().state, SourceState::failed) << "ten failures in a row and still hopeful";
      EXPECT_EQ(runner.status().events, 20);
    }
    EXPECT_EQ(runner.status().last_error, "told to give a status");
  }
}

TEST_F(SourceRunnerTest, ARejectingPollIsQuarantinedOnceHoweverOftenItIsTried) {
  SourceRunner runner(options(R"({"count":50,"status_at":20,"status":2})"), library_, log_, clock_);
  runner.start();
  until([&] { return runner.status().failures_in_a_row > 4; });
  EXPECT_EQ(runner.status().state, SourceState::degraded);
  runner.stop();
  auto events = logged();
  ASSERT_EQ(events.size(), 21u);
  EXPECT_EQ(events[20].code, "CONNECTOR_REJECTED");
  EXPECT_EQ(events[20].detail, "told to give a status");
  EXPECT_THAT(events[20].place, HasSubstr("20"));
}

TEST_F(SourceRunnerTest, SaysWhyASourceCannotStart) {
  struct Case {
    const char *connector, *config, *says;
  };
  for (auto [connector, config, says] :
       {Case{"nowhere", "{}", "CONNECTOR_MISSING"},
        Case{"scripted", R"({"count":-1})", "/count: must be at least 0"},
        Case{"scripted", R"({"create_status":2})", "create was told to fail"}}) {
    auto wanted = options(config);
    wanted.connector = connector;
    SourceRunner runner(wanted, library_, log_, clock_);
    runner.start();
    until([&] { return runner.status().state == SourceState::failed; });
    EXPECT_THAT(runner.status().last_error, HasSubstr(says));
  }
}

TEST_F(SourceRunnerTest, ADamagedLogStopsTheSourceAndSaysSo) {
  log_.damaged = true;
  SourceRunner runner(options(R"({"count":50})"), library_, log_, clock_);
  runner.start();
  until([&] { return runner.status().state == SourceState::failed; });
  auto tries = log_.appends.load();
  std::this_thread::sleep_for(50ms);
  EXPECT_EQ(log_.appends.load(), tries) << "a damaged log was written to again";
  EXPECT_THAT(runner.status().last_error, HasSubstr("damaged"));
  auto snapshot = runner.snapshot();
  ASSERT_FALSE(snapshot);
}

TEST_F(SourceRunnerTest, ATooLargeRecordIsQuarantinedWhole) {
  SourceRunner runner(options(R"({"count":3,"big_at":1})"), library_, log_, clock_);
  runner.start();
  until([&] { return log_.end(0).sequence == 3; });
  auto events = logged();
  EXPECT_EQ(events[1].kind, EventKind::rejected);
  EXPECT_EQ(events[1].code, "EVENT_TOO_LARGE");
  EXPECT_GT(events[1].body.size(), 17u << 20);
}

TEST_F(SourceRunnerTest, StatesCoverageSparingly) {
  SourceRunner runner(options(R"({"count":5,"complete":99000000})"), library_, log_, clock_);
  runner.start();
  until([&] { return runner.status().complete_until_us.has_value(); });
  auto polls = [&] { return runner.status().last_call_at_us; };
  clock_.set(clock_.now_us() + 3600'000'000LL);
  until([&] { return polls() == clock_.now_us(); });
  runner.stop();
  std::vector<Event> coverage;
  for (auto& event : logged())
    if (event.kind == EventKind::coverage) coverage.push_back(event);
  ASSERT_EQ(coverage.size(), 1u) << "the same instant was stated again";
  EXPECT_EQ(coverage[0].code, "stream");
  EXPECT_EQ(coverage[0].occurred_at_us, 99'000'000);
  EXPECT_EQ(coverage[0].source, "police-1");
}

TEST_F(SourceRunnerTest, ASnapshotEndsWithItsWatermarkAndLeavesTheStreamAlone) {
  for (bool running : {false, true}) {
    auto wanted = options(R"({"count":5,"snapshot_count":2500,"snapshot_stop_at":1200})");
    wanted.name = running ? "a" : "b";
    SourceRunner runner(wanted, library_, log_, clock_);
    if (running) {
      runner.start();
      until([&] { return runner.status().events == 5; });
    }
    auto summary = runner.snapshot();
    ASSERT_TRUE(summary) << describe(summary.error());
    EXPECT_EQ(summary->events, 2500);
    EXPECT_EQ(summary->watermark_us, 777000);
    EXPECT_EQ(log_.checkpoint(wanted.name + "#snapshot"), "");
    EXPECT_EQ(log_.checkpoint(wanted.name), running ? "5" : "");
    auto last = logged().back();
    EXPECT_EQ(last.kind, EventKind::coverage);
    EXPECT_EQ(last.code, "snapshot");
    EXPECT_EQ(last.occurred_at_us, 777000);
  }
}

TEST_F(SourceRunnerTest, AnInterruptedSnapshotGoesOnWhereItWas) {
  log_.append({}, SourceCheckpoint{"police-1#snapshot", "2000"});
  SourceRunner runner(options(R"({"snapshot_count":2500})"), library_, log_, clock_);
  auto summary = runner.snapshot();
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->events, 500);
}

TEST_F(SourceRunnerTest, ASnapshotThatProvesNothingIsAnError) {
  SourceRunner runner(options(R"({"snapshot_count":5,"no_watermark":1})"), library_, log_, clock_);
  auto summary = runner.snapshot();
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().code, "SNAPSHOT_NO_WATERMARK");
  auto older = options("{}");
  older.connector = "older";
  SourceRunner without(older, library_, log_, clock_);
  ASSERT_FALSE(without.snapshot());
  EXPECT_THAT(without.snapshot().error().text, HasSubstr("delivers no snapshots"));
  log_.refuse = 1;
  SourceRunner refused(options(R"({"snapshot_count":5})"), library_, log_, clock_);
  EXPECT_THROW((void)refused.snapshot(), LogUnavailable);
}

TEST_F(SourceRunnerTest, ManyLinesAtOnceAreCutToARate) {
  SourceRunner runner(options(R"({"count":1,"chatter":5000})"), library_, log_, clock_);
  runner.start();
  until([&] { return log_.end(0).sequence == 1; });
  runner.stop();
  std::lock_guard lock(notes_mutex_);
  EXPECT_LE(notes_.size(), 50u);
  ASSERT_FALSE(notes_.empty());
  EXPECT_EQ(notes_[0], "one line of many");
}

TEST_F(SourceRunnerTest, WhatAConnectorSaysShowsNoCitizenNumber) {
  SourceRunner runner(options(R"({"count":1,"indiscreet":1})"), library_, log_, clock_);
  runner.start();
  until([&] { return log_.end(0).sequence == 1; });
  runner.stop();
  std::lock_guard lock(notes_mutex_);
  ASSERT_FALSE(notes_.empty());
  EXPECT_EQ(notes_[0], "******************.xml is not readable");
}

TEST_F(SourceRunnerTest, StartsAndStopsOverAndOver) {
  SourceRunner runner(options(R"({"count":100000,"per_poll":10})"), library_, log_, clock_);
  for (int i = 0; i < 20; ++i) {
    runner.start();
    runner.start();
    until([&] { return runner.status().events >= (i + 1) * 10; });
    runner.stop();
    runner.stop();
  }
  auto all = numbers();
  EXPECT_EQ(all, count_to(static_cast<long>(all.size())));
}

}  // namespace
}  // namespace kinhub
