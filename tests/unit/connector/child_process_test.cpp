#include "hub/connector/child_process.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>
#include <thread>

#include "hub/connector/connector_host.hpp"
#include "hub/connector/source_runner.hpp"
#include "hub/stream/embedded_log.hpp"
#include "plugin_folder.hpp"
#include "tests/seeds.hpp"

namespace kinhub {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;

class ChildProcess : public ::testing::Test {
 protected:
  ChildProcess() {
    folder_.install("scripted");
    folder_.install("throwing");
  }
  ~ChildProcess() override {
    // Every process was reaped, whatever happened to it.
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1);
  }

  SourceOptions options(std::string config) {
    SourceOptions options;
    options.name = "police-1";
    options.connector = "scripted";
    options.config_json = std::move(config);
    options.isolation = Isolation::process;
    options.poll_timeout_ms = 10, options.poll_pause_ms = 1;
    options.backoff_first_ms = 2, options.backoff_max_ms = 10;
    options.silence_max_ms = 1500;
    options.seed = 1;
    options.note = [](int, std::string_view) {};
    return options;
  }
  template <class Condition>
  static void until(Condition condition) {
    while (!condition())
      std::this_thread::sleep_for(1ms);
  }
  std::vector<Event> logged() {
    std::vector<Event> events;
    LogPosition at;
    for (;;) {
      auto some = log_->read(at, 1000, 0);
      if (some.empty()) return events;
      at = some.back().position;
      for (auto& one : some)
        events.push_back(std::move(one.event));
    }
  }
  void expect_counts_to(long count) {
    auto events = logged();
    ASSERT_EQ(events.size(), static_cast<std::size_t>(count));
    for (long i = 0; i < count; ++i)
      ASSERT_EQ(std::strtol(events[static_cast<std::size_t>(i)].body.c_str(), nullptr, 10), i)
          << "lost, doubled or out of order";
  }

  PluginFolder folder_;
  std::unique_ptr<EmbeddedLog> log_ =
      EmbeddedLog::open(folder_.path / "log.db", Keyring::from_passphrase("t"));
  FixedClock clock_{5'000'000'000};
  ConnectorLibrary library_{{folder_.path}};
};

TEST_F(ChildProcess, BringsEventsMetricsAndCoverageLikeTheHubsOwn) {
  SourceRunner runner(
      options(R"({"count":2500,"per_poll":900,"bad_at":7,"complete":99,"snapshot_count":20})"), library_,
      *log_, clock_);
  runner.start();
  until([&] { return runner.status().complete_until_us == 99 && runner.status().events == 2499; });
  auto status = runner.status();
  ASSERT_TRUE(status.process);
  EXPECT_NE(*status.process, ::getpid());
  EXPECT_EQ(status.state, SourceState::running);
  EXPECT_EQ(status.rejected, 1);
  until([&] { return runner.status().metrics["given"] == 2500; });
  auto summary = runner.snapshot();
  ASSERT_TRUE(summary) << describe(summary.error());
  EXPECT_EQ(summary->events + summary->rejected, 20);
  runner.stop();
  EXPECT_FALSE(runner.status().process);
  EXPECT_EQ(::kill(*status.process, 0), -1) << "the process outlived its source";
  auto events = logged();
  EXPECT_EQ(events[7].code, "NO_RECORD");
  EXPECT_NEAR(static_cast<double>(events[0].received_at_us), 5e9, 60e6) << "not the hub's clock";
  EXPECT_EQ(log_->checkpoint("police-1"), "2500");
}

TEST_F(ChildProcess, SaysWhatTheConnectorRefuses) {
  SourceRunner runner(options(R"({"count":-1})"), library_, *log_, clock_);
  runner.start();
  until([&] { return runner.status().state == SourceState::failed; });
  EXPECT_THAT(runner.status().last_error, HasSubstr("/count: must be at least 0"));
}

TEST_F(ChildProcess, ACrashIsSeenWithItsSignalAndLastWords) {
  SourceRunner runner(options(R"({"count":100,"crash_at":40,"no_skip":1})"), library_, *log_, clock_);
  runner.start();
  until([&] { return runner.status().state == SourceState::failed; });
  auto status = runner.status();
  EXPECT_THAT(status.last_error, HasSubstr("scripted"));
  // A sanitizer turns the signal into an exit of its own.
  EXPECT_THAT(status.last_error,
              AnyOf(HasSubstr("signal 11"), HasSubstr("exit code"), HasSubstr("signal 6")));
  bool said = false;
  for (const auto& line : status.process_said)
    said = said || line.find("about to crash at 40") != std::string::npos;
  EXPECT_TRUE(said || !status.process_said.empty());
  EXPECT_GE(status.restarts, 3);
  runner.stop();
  auto events = logged();
  ASSERT_EQ(events.size(), 41u) << "said once, however often it is tried";
  EXPECT_EQ(events[40].code, "PLUGIN_CRASHED");
  EXPECT_EQ(events[40].place, "after position 40");
}

TEST_F(ChildProcess, ARecordThatKillsItThreeTimesIsSetAsideAndTheRestGoesOn) {
  SourceRunner runner(options(R"({"count":100,"crash_at":40})"), library_, *log_, clock_);
  runner.start();
  until([&] { return log_->checkpoint("police-1") == "100"; });
  until([&] { return runner.status().state == SourceState::running; });
  EXPECT_EQ(runner.status().restarts, 4) << "once to come near, three times on the record";
  runner.stop();
  expect_counts_to(100);
  auto events = logged();
  EXPECT_EQ(events[40].kind, EventKind::rejected);
  EXPECT_EQ(events[40].code, "PLUGIN_CRASHED");
  EXPECT_EQ(events[40].body, "40:raw");
}

TEST_F(ChildProcess, AnExceptionAcrossTheBorderEndsOnlyTheChild) {
  auto wanted = options("{}");
  wanted.connector = "throwing";
  SourceRunner runner(wanted, library_, *log_, clock_);
  runner.start();
  until([&] { return runner.status().failures_in_a_row >= 2; });
  EXPECT_THAT(runner.status().last_error, HasSubstr("connector throwing"));
  EXPECT_EQ(log_->end(0).sequence, 0);
}

TEST_F(ChildProcess, AStoppedProcessIsNoticedEndedAndStartedAnew) {
  SourceRunner runner(options(R"({"count":10})"), library_, *log_, clock_);
  runner.start();
  until([&] { return runner.status().events == 10; });
  auto first = runner.status().process;
  ASSERT_TRUE(first);
  ::kill(*first, SIGSTOP);
  until([&] { return runner.status().state != SourceState::running; });
  until([&] {
    auto now = runner.status();
    return now.process && *now.process != *first && now.state == SourceState::running;
  });
  EXPECT_THAT(runner.status().last_error, HasSubstr("sign of life"));
  EXPECT_EQ(::kill(*first, 0), -1);
}

TEST_F(ChildProcess, AStoppedProcessIsNoticedAlsoWhileItHasNothingToDo) {
  auto wanted = options(R"({"count":10})");
  wanted.poll_pause_ms = 3'600'000;
  SourceRunner runner(wanted, library_, *log_, clock_);
  runner.start();
  until([&] { return runner.status().events == 10; });
  ::kill(runner.status().process.value(), SIGSTOP);
  until([&] { return runner.status().state == SourceState::degraded; });
  EXPECT_THAT(runner.status().last_error, HasSubstr("is stopped"));
}

TEST_F(ChildProcess, AHangIsNoticedThoughTheProcessLives) {
  SourceRunner runner(options(R"({"count":10,"hang_at":5})"), library_, *log_, clock_);
  runner.start();
  until([&] { return runner.status().restarts >= 1; });
  EXPECT_THAT(runner.status().last_error, HasSubstr("has not returned"));
  EXPECT_NE(runner.status().state, SourceState::running);
}

TEST_F(ChildProcess, ALeakEndsAtItsLimit) {
  auto wanted = options(R"({"count":10,"leak":1})");
  wanted.memory_max_bytes = std::size_t{200} << 20;
  wanted.silence_max_ms = 60'000;
  SourceRunner runner(wanted, library_, *log_, clock_);
  runner.start();
  until([&] { return runner.status().restarts >= 1; });
  EXPECT_THAT(runner.status().last_error,
              AnyOf(HasSubstr("limit"), HasSubstr("signal 11"), HasSubstr("exit code")));
}

TEST_F(ChildProcess, KillMinusNineAtAnyMomentLosesAndDoublesNothing) {
  const unsigned seed = test::seed(1);
  std::mt19937 random(seed);
  SourceRunner runner(options(R"({"count":20000,"per_poll":300,"position_each":3})"), library_, *log_,
                      clock_);
  runner.start();
  int kills = 0;
  while (runner.status().events < 20000) {
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    if (auto process = runner.status().process; process && kills < 30) ::kill(*process, SIGKILL), ++kills;
  }
  runner.stop();
  EXPECT_GT(kills, 0) << "seed " << seed;
  expect_counts_to(20000);
}

TEST_F(ChildProcess, StopsAtOnceWhileTheConnectorWaits) {
  SourceRunner runner(options(R"({"count":100000,"per_poll":5})"), library_, *log_, clock_);
  for (int i = 0; i < 3; ++i) {
    runner.start();
    until([&] { return runner.status().events >= (i + 1) * 5; });
    runner.stop();
    EXPECT_EQ(runner.status().state, SourceState::stopped);
  }
}

TEST_F(ChildProcess, AMissingProgramIsSaid) {
  auto wanted = options("{}");
  wanted.program = folder_.path / "no-such-program";
  SourceRunner runner(wanted, library_, *log_, clock_);
  runner.start();
  until([&] { return runner.status().failures_in_a_row >= 1; });
  EXPECT_THAT(runner.status().last_error, AllOf(HasSubstr("no-such-program"), HasSubstr("No such file")));
}

/// A process that waits until it is ended, in a session of its own or in this one's.
pid_t bystander(bool own_session) {
  const auto made = ::fork();
  if (made != 0) return made;
  if (own_session) ::setsid();
  for (;;)
    ::pause();
}

/// As a job of `docker exec` that outlived its shell: its parent is gone, and this process inherits it.
pid_t inherited_bystander() {
  int pipe[2];
  EXPECT_EQ(::pipe(pipe), 0);
  const auto shell = ::fork();
  if (shell == 0) {
    ::setsid();
    const auto job = bystander(false);
    (void)!::write(pipe[1], &job, sizeof job);
    ::_exit(0);
  }
  pid_t job = -1;
  EXPECT_EQ(::read(pipe[0], &job, sizeof job), static_cast<ssize_t>(sizeof job));
  ::waitpid(shell, nullptr, 0);
  ::close(pipe[0]), ::close(pipe[1]);
  return job;
}

TEST_F(ChildProcess, ProcessesThatNoConnectorStartedAreLeftAlone) {
  adopt_orphans();
  // `stunnel & exec kinhub run`, `exec kinhub run > >(logger)`, `docker exec`: children the hub did not
  // start.
  const pid_t others[] = {bystander(false), bystander(true), inherited_bystander()};
  {
    SourceRunner runner(options(R"({"count":100,"crash_at":40,"no_skip":1})"), library_, *log_, clock_);
    runner.start();
    until([&] { return runner.status().restarts >= 1; });
    runner.stop();
  }
  for (const auto other : others) {
    EXPECT_EQ(::waitpid(other, nullptr, WNOHANG), 0) << "it lives, and is a child of this process";
    ::kill(other, SIGKILL);
    ::waitpid(other, nullptr, 0);
  }
}

TEST(ConnectorHost, IsNotForHands) {
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::close(3);
    ::_exit(connector_host_main());
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 2);
}

}  // namespace
}  // namespace kinhub
