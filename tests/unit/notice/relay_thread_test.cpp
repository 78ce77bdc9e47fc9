#include "hub/notice/relay_thread.hpp"

#include <gmock/gmock.h>

#include <atomic>

#include "hub/base/unavailable.hpp"
#include "hub/store/notices.hpp"
#include "tests/unit/notice/notices_fixture.hpp"

using namespace kinhub;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

namespace {

/// Delivers, or fails, as the test says.
class Desk final : public NoticeSink {
 public:
  std::int64_t deliver(Store& store, std::stop_token) override {
    auto call = ++calls;
    calls.notify_all();
    if (auto now = behave.load(); now != nullptr) now(call);
    return store.begin(Store::For::reading)->notices().last();
  }
  std::string name() const override { return "desk"; }
  void wait_for_calls(int count) {
    for (int seen = calls; seen < count; seen = calls)
      calls.wait(seen);
  }

  std::atomic<int> calls = 0;
  std::atomic<void (*)(int)> behave = nullptr;
};

}  // namespace

class RelayThreadTest : public test::Notices {
 protected:
  RelayThread::Voice voice() {
    return {[this](const std::string& text) { say("waits " + text); },
            [this](const std::string& text) { say("goes on " + text); },
            [this](const std::string& text) { say("stopped " + text); }};
  }
  void say(const std::string& text) {
    std::lock_guard hold(mutex_);
    said_.push_back(text);
  }
  std::vector<std::string> said() {
    std::lock_guard hold(mutex_);
    return said_;
  }
  // Seldom by itself, so that what happens is what the test causes.
  static constexpr RelayThread::Options slow{
      .look_ms = 600'000, .wait_ms = 600'000, .wait_ms_max = 600'000, .mended_ms = 600'000};
  static constexpr RelayThread::Options quick{.look_ms = 1, .wait_ms = 1, .wait_ms_max = 2, .mended_ms = 1};

  Desk desk_;
  std::mutex mutex_;
  std::vector<std::string> said_;
};

TEST_F(RelayThreadTest, DeliversAtItsStartAndEachTimeItIsWoken) {
  RelayThread relay(*store_, desk_, voice(), {}, slow);
  desk_.wait_for_calls(1);
  add(3);
  relay.wake();
  desk_.wait_for_calls(2);
  EXPECT_TRUE(relay.finish(60'000));
  EXPECT_EQ(relay.delivered(), 3);
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(RelayThreadTest, LooksByItselfToo) {
  RelayThread relay(*store_, desk_, voice(), {}, quick);
  desk_.wait_for_calls(5);
}

TEST_F(RelayThreadTest, SaysOnceThatItWaitsAndOnceThatItGoesOn) {
  desk_.behave = [](int call) {
    throw Unavailable("the desk is closed for the " + std::to_string(call) + ". time");
  };
  RelayThread relay(*store_, desk_, voice(), {}, quick);
  desk_.wait_for_calls(10);
  EXPECT_TRUE(relay.trouble());
  desk_.behave = nullptr;
  desk_.wait_for_calls(desk_.calls + 3);
  EXPECT_FALSE(relay.trouble());
  EXPECT_THAT(said(), ElementsAre("waits desk: the desk is closed for the 1. time",
                                  "goes on desk: notices are delivered again"));
  EXPECT_TRUE(relay.finish(60'000));
}

TEST_F(RelayThreadTest, WhatAPersonMustMendIsSaidInEachOfItsFormsAndGoesOnWhenMended) {
  desk_.behave = [](int call) { throw std::runtime_error(call < 4 ? "wrong file" : "wrong topic"); };
  RelayThread relay(*store_, desk_, voice(), {}, quick);
  desk_.wait_for_calls(10);
  desk_.behave = nullptr;
  desk_.wait_for_calls(desk_.calls + 3);
  EXPECT_THAT(said(), ElementsAre("stopped desk: wrong file", "stopped desk: wrong topic",
                                  "goes on desk: notices are delivered again"));
}

TEST_F(RelayThreadTest, ASinkInTroubleIsNotAskedMoreOftenBecauseThePipelineIsBusy) {
  desk_.behave = [](int) { throw Unavailable("closed"); };
  RelayThread relay(*store_, desk_, voice(), {}, slow);
  desk_.wait_for_calls(1);
  for (int i = 0; i < 1000; ++i)
    relay.wake();
  EXPECT_FALSE(relay.finish(60'000));
  EXPECT_LE(desk_.calls,
            3);  // at its start, perhaps once more before the trouble was noted, and the last time
}

TEST_F(RelayThreadTest, LeavesItToTheNodeWhoseDutyItIs) {
  std::atomic<bool> mine = false;
  std::atomic<int> asked = 0;
  RelayThread relay(
      *store_, desk_, voice(),
      [&] {
        ++asked;
        asked.notify_all();
        return mine.load();
      },
      quick);
  for (int seen = asked; seen < 5; seen = asked)
    asked.wait(seen);
  EXPECT_EQ(desk_.calls, 0);
  mine = true;
  desk_.wait_for_calls(2);
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(RelayThreadTest, IsQuietWhenAnotherNodeTookOverInTheMiddle) {
  static std::atomic<bool> mine;
  mine = true;
  add(1);
  desk_.behave = [](int) {
    mine = false;
    throw Unavailable("another node publishes");
  };
  RelayThread relay(
      *store_, desk_, voice(), [] { return mine.load(); }, slow);
  desk_.wait_for_calls(1);
  EXPECT_FALSE(relay.finish(60'000));  // nothing is known of what the other node delivered
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(RelayThreadTest, FinishDeliversWhatWaitsAndNothingAfterwards) {
  RelayThread relay(*store_, desk_, voice(), {}, slow);
  desk_.wait_for_calls(1);
  add(7);  // and nobody wakes it
  EXPECT_TRUE(relay.finish(60'000));
  EXPECT_EQ(relay.delivered(), 7);
  auto calls = desk_.calls.load();
  relay.wake();
  EXPECT_FALSE(relay.trouble());
  EXPECT_EQ(desk_.calls, calls);
}
