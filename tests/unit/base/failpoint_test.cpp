#include "hub/base/failpoint.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <thread>

#include "hub/base/unavailable.hpp"

using namespace kinhub;
using Action = FailpointOrder::Action;

TEST(Failpoint, NamesAreUniqueAndSayStepAndMoment) {
  auto names = failpoint_names();
  EXPECT_EQ(std::set(names.begin(), names.end()).size(), names.size());
  for (auto name : names)
    EXPECT_EQ(std::count(name.begin(), name.end(), '.'), 1) << name;
  EXPECT_EQ(names.front(), "append.begun");
}

TEST(Failpoint, OrdersSayStepPassesAndAction) {
  struct {
    const char* text;
    std::vector<FailpointOrder> orders;
  } const table[] = {
      {"", {}},
      {"batch.begun", {{"batch.begun", 0, Action::kill, 0}}},
      {"batch.begun:3", {{"batch.begun", 3, Action::kill, 0}}},
      {"batch.begun=stop", {{"batch.begun", 0, Action::stop, 0}}},
      {"relay.produced:12=throw", {{"relay.produced", 12, Action::throw_, 0}}},
      {"file.synced=sleep-250", {{"file.synced", 0, Action::sleep, 250}}},
      {"append.sent:1=kill,lease.taken",
       {{"append.sent", 1, Action::kill, 0}, {"lease.taken", 0, Action::kill, 0}}},
  };
  for (const auto& row : table) {
    auto orders = failpoint_orders(row.text);
    ASSERT_TRUE(orders) << row.text << ": " << describe(orders.error());
    EXPECT_EQ(*orders, row.orders) << row.text;
  }
}

TEST(Failpoint, RefusesWhatItDoesNotUnderstandAndSaysWhatThereIs) {
  struct {
    const char* text;
    const char* said;
  } const table[] = {
      {"batch.begum", "did you mean 'batch.begun'?"},
      {"no such thing at all", "known are append.begun"},
      {"batch.begun:", "'' is no number of passes"},
      {"batch.begun:-1", "'-1' is no number of passes"},
      {"batch.begun:99999999999999999999999", "is no number of passes"},
      {"batch.begun=", "'' is no action"},
      {"batch.begun=die", "'die' is no action"},
      {"batch.begun=sleep-", "is no action"},
      {"batch.begun=sleep-999999999", "at most 600000 ms"},
      {"batch.begun,", "nothing follows the last comma"},
      {",batch.begun", "there is no step ''"},
      {"batch.begun batch.taken", "there is no step"},
  };
  for (const auto& row : table) {
    auto orders = failpoint_orders(row.text);
    ASSERT_FALSE(orders) << row.text;
    EXPECT_EQ(orders.error().code, "FAILPOINT");
    EXPECT_NE(describe(orders.error()).find(row.said), std::string::npos) << describe(orders.error());
  }
}

TEST(Failpoint, ActsOnceAfterThePassesThatGoUnharmed) {
  FailpointCounter counter(failpoint_orders("map.done:2=throw,map.done:3=throw,read.done=kill").value());
  std::vector<std::size_t> due;
  for (int pass = 0; pass < 6; ++pass)
    due.push_back(counter.pass("map.done").size());
  EXPECT_EQ(due, (std::vector<std::size_t>{0, 0, 1, 1, 0, 0}));
  EXPECT_TRUE(counter.pass("batch.begun").empty());
  EXPECT_EQ(counter.pass("read.done").size(), 1u);
}

TEST(Failpoint, SleepsAtEveryPassFromThenOn) {
  FailpointCounter counter(failpoint_orders("map.done:1=sleep-1").value());
  std::vector<std::size_t> due;
  for (int pass = 0; pass < 4; ++pass)
    due.push_back(counter.pass("map.done").size());
  EXPECT_EQ(due, (std::vector<std::size_t>{0, 1, 1, 1}));
}

TEST(Failpoint, CountsThePassesOfAllThreadsTogether) {
  constexpr int threads = 4, passes = 500;
  FailpointCounter counter(failpoint_orders("map.done:1234=throw").value());
  std::atomic<int> due = 0, total = 0;
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < threads; ++i)
      workers.emplace_back([&] {
        for (int pass = 0; pass < passes; ++pass, ++total)
          due += static_cast<int>(counter.pass("map.done").size());
      });
  }
  EXPECT_EQ(total, threads * passes);
  EXPECT_EQ(due, 1);
}

// Programs of the test build read the variable at their start, so what it does shows in programs started
// here.
namespace {

const char* const step_variable = "KINHUB_TEST_PASSES_STEP";

/// Runs this test program's Walk test under KINHUB_FAILPOINT=`order`: how it ended, what it printed, and how
/// often it stopped and was made to go on.
struct Walked {
  int status = 0;
  std::string said;
  int stops = 0;
};
Walked walk(const std::string& order) {
  auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  auto failpoint = "KINHUB_FAILPOINT=" + order, step = std::string(step_variable) + "=map.done";
  int out[2];
  EXPECT_EQ(::pipe(out), 0);
  auto child = ::fork();
  if (child == 0) {
    ::dup2(out[1], 1);
    ::dup2(out[1], 2);
    ::execlp("env", "env", failpoint.c_str(), step.c_str(), program.c_str(), "--gtest_filter=FailpointWalk.*",
             nullptr);
    ::_exit(127);
  }
  ::close(out[1]);
  Walked walked;
  while (::waitpid(child, &walked.status, WUNTRACED) == child && WIFSTOPPED(walked.status)) {
    ++walked.stops;
    ::kill(child, SIGCONT);
  }
  char piece[4096];  // what it prints fits into a pipe
  for (ssize_t size; (size = ::read(out[0], piece, sizeof piece)) > 0;)
    walked.said.append(piece, static_cast<std::size_t>(size));
  ::close(out[0]);
  return walked;
}

}  // namespace

TEST(FailpointWalk, PassesOneStepThreeTimes) {
  const char* step = std::getenv(step_variable);
  if (step == nullptr) return;  // only meant for the programs that walk() starts
  for (int pass = 1; pass <= 3; ++pass) {
    try {
      failpoint(step);
      std::printf("pass %d\n", pass);
    } catch (const Unavailable& problem) {
      std::printf("pass %d: %s\n", pass, problem.what());
    }
    std::fflush(stdout);
  }
}

#ifdef KINHUB_FAILPOINTS
TEST(Failpoint, KillsWithoutAnyFurtherStep) {
  auto walked = walk("map.done:1");
  ASSERT_TRUE(WIFSIGNALED(walked.status)) << walked.said;
  EXPECT_EQ(WTERMSIG(walked.status), SIGKILL);
  EXPECT_NE(walked.said.find("pass 1\n"), std::string::npos);
  EXPECT_EQ(walked.said.find("pass 2"), std::string::npos);
}

TEST(Failpoint, ThrowsUnavailableOnceAndThenGoesOn) {
  auto walked = walk("map.done:1=throw");
  EXPECT_EQ(walked.status, 0) << walked.said;
  EXPECT_NE(walked.said.find("pass 1\npass 2: the failpoint map.done says so\npass 3\n"), std::string::npos)
      << walked.said;
}

TEST(Failpoint, StopsOnceAndGoesOnWhenTold) {
  auto walked = walk("map.done:1=stop,map.done=sleep-1");
  EXPECT_EQ(walked.status, 0) << walked.said;
  EXPECT_EQ(walked.stops, 1);
  EXPECT_NE(walked.said.find("pass 1\npass 2\npass 3\n"), std::string::npos) << walked.said;
}

TEST(Failpoint, EndsTheProgramAtItsStartWhenTheStepIsUnknown) {
  auto walked = walk("map.dome");
  ASSERT_TRUE(WIFEXITED(walked.status));
  EXPECT_EQ(WEXITSTATUS(walked.status), 2);
  EXPECT_EQ(walked.said,
            "KINHUB_FAILPOINT: there is no step 'map.dome', did you mean 'map.done'? [FAILPOINT]\n");
}
#else
TEST(Failpoint, IsNothingAtAllInAReleasedBuild) {
  static_assert((failpoint("map.done"), true), "the call must be empty, and a constant");
  auto walked = walk("no such step");
  EXPECT_EQ(walked.status, 0) << walked.said;
  EXPECT_NE(walked.said.find("pass 3\n"), std::string::npos);
}
#endif
