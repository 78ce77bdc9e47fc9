#include "hub/ground/catch_up.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "hub/store/notices.hpp"
#include "hub/store/positions.hpp"
#include "tests/unit/ground/ground_fixture.hpp"

namespace kinhub {
namespace {

using ::testing::HasSubstr;

class CatchUpTest : public GroundTest {
 protected:
  CatchUpTest() {
    Event loaded;
    loaded.kind = EventKind::coverage, loaded.source = "public-security", loaded.code = "snapshot";
    loaded.occurred_at_us = loaded.received_at_us = clock_.now_us();
    log_->append({loaded, loaded}, std::nullopt);
  }
  std::int64_t processed() { return store_->begin(Store::For::reading)->positions().at("log").sequence; }
  std::string owner() {
    for (const auto& lease : store_->leases())
      if (lease.partition == "log" && lease.remaining_ms > 0) return lease.owner;
    return "";
  }

  std::vector<std::string> told_;
  OnProgress tell_ = [this](std::string_view line) { told_.emplace_back(line); };
};

TEST_F(CatchUpTest, ProcessesByItselfWhereNobodyElseLivesAndGivesUpWhatItOwned) {
  {
    CatchUp processing(ground(), tell_);
    EXPECT_FALSE(processing.until_processed({0}));
    EXPECT_EQ(processed(), 2);
    EXPECT_EQ(owner(), "me");
  }
  EXPECT_EQ(owner(), "");
  EXPECT_TRUE(store_->nodes().empty());
}

TEST_F(CatchUpTest, ProcessesBesideWork) {
  CatchUp processing(ground(), tell_);
  processing.beside([&] {
    while (processed() < 2)
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
  });
  EXPECT_EQ(processed(), 2);
}

TEST_F(CatchUpTest, WaitsForTheOwnerNoLongerThanItsDeadline) {
  ProcessorLock hub(config_.data);
  ASSERT_TRUE(hub.take());
  CatchUp processing(ground(), tell_);
  const auto late = processing.until_processed({0}, std::chrono::steady_clock::now());
  ASSERT_TRUE(late);
  EXPECT_EQ(late->code, "STILL_WAITING");
  hub.let_go();
  EXPECT_FALSE(processing.until_processed({0}, std::chrono::steady_clock::now() + std::chrono::minutes(1)));
  EXPECT_EQ(processed(), 2);
}

TEST_F(CatchUpTest, LeavesTheWorkToAHubOfThisDataDirectory) {
  ProcessorLock hub(config_.data);
  ASSERT_TRUE(hub.take());
  CatchUp processing(ground(), tell_);
  bool worked = false;
  processing.beside([&] { worked = true; });
  EXPECT_TRUE(worked);
  EXPECT_EQ(processed(), 0);
}

TEST_F(CatchUpTest, WaitsForAnotherNodeAndTakesOverWhenThatLeaves) {
  store_->renew_leases("other", 3'600'000);
  auto epoch = store_->take_lease("log", "other", 0, 3'600'000);
  ASSERT_TRUE(epoch);
  std::vector<std::string> seen;
  OnProgress leave = [&](std::string_view line) {
    seen.emplace_back(line);
    if (seen.size() > 1) return;
    EXPECT_EQ(processed(), 0);
    store_->release_lease("log", "other", *epoch);
    store_->forget_node("other");
  };
  CatchUp processing(ground(), leave);
  EXPECT_FALSE(processing.until_processed({0}));
  EXPECT_EQ(seen.at(0), "the hub of node other has 2 events of log to process");
  EXPECT_EQ(processed(), 2);
}

TEST_F(CatchUpTest, WhatNoHubAtWorkTakesIsNotWaitedForForEver) {
  config_.postgres.emplace();  // where leases are as long as is configured
  config_.lease_seconds = 2;
  store_->renew_leases("other", 2'000);
  OnProgress still_there = [&](std::string_view line) {
    EXPECT_EQ(line, "no hub yet has 2 events of log to process");
    EXPECT_TRUE(ProcessorLock(config_.data).take()) << "a hub may be started here meanwhile";
    store_->renew_leases("other", 2'000);
  };
  CatchUp processing(ground(), still_there);
  auto nobody = processing.until_processed({0});
  ASSERT_TRUE(nobody);
  EXPECT_EQ(nobody->code, "NOBODY_PROCESSES");
  EXPECT_THAT(nobody->text, HasSubstr("events wait in log"));
  EXPECT_THAT(nobody->text, HasSubstr("nodes: other"));
  EXPECT_EQ(processed(), 0);
}

TEST_F(CatchUpTest, AStoppedSourceIsNotWaitedFor) {
  {
    auto writing = store_->begin(Store::For::writing);
    writing->values().put(stop_reason_name("log"), "its head is gone.");
    writing->commit();
  }
  CatchUp processing(ground(), tell_);
  auto stopped = processing.until_processed({0});
  ASSERT_TRUE(stopped);
  EXPECT_EQ(stopped->code, "SOURCE_STOPPED");
  EXPECT_THAT(stopped->text, HasSubstr("its head is gone."));
}

TEST_F(CatchUpTest, ANameThatAnotherDataDirectoryWorksUnderIsRefused) {
  config_.postgres.emplace();  // what makes a store one that others reach
  claim_node_name(*store_, "me", "another data directory", 3'600'000);
  store_->renew_leases("me", 3'600'000);
  CatchUp processing(ground(), tell_);
  EXPECT_THROW(processing.until_processed({0}), std::runtime_error);
  EXPECT_EQ(processed(), 0);
}

TEST_F(CatchUpTest, NoticesAreLeftToTheNodeThatRelays) {
  {
    auto writing = store_->begin(Store::For::writing);
    writing->notices().add({1, R"({"seq":1})"});
    writing->commit();
  }
  auto epoch = store_->take_lease("@relay", "other", 0, 3'600'000);
  deliver_to_file(config_, *store_, "me");
  EXPECT_FALSE(std::filesystem::exists(config_.notices));
  store_->release_lease("@relay", "other", *epoch);
  deliver_to_file(config_, *store_, "me");
  std::string line;
  std::ifstream in(config_.notices);
  std::getline(in, line);
  EXPECT_EQ(line, R"({"seq":1})");
}

}  // namespace
}  // namespace kinhub
