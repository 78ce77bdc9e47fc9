// A person moves a position: the plan as a table, and what it does to the balance.
#include "hub/pipeline/rewind.hpp"

#include <gtest/gtest.h>

#include "hub/node/lease_keeper.hpp"
#include "tests/unit/pipeline/pipeline_fixture.hpp"

namespace kinhub::test {
namespace {

TEST(RewindPlan, SaysWhereToGoAndWhatThatCosts) {
  struct Row {
    const char* situation;
    std::int64_t at, start, end;
    std::optional<std::int64_t> to;
    std::int64_t goes_to, repeated, lost;  // -1: refused
  };
  const Row rows[] = {
      {"a healthy log, nothing asked", 7, 0, 9, {}, 7, 0, 0},
      {"back to the beginning", 7, 0, 9, 0, 0, 7, 0},
      {"back by two", 7, 0, 9, 5, 5, 2, 0},
      {"skip one that cannot be read", 7, 0, 9, 8, 8, 0, 1},
      {"skip all that waits", 7, 0, 9, 9, 9, 0, 2},
      {"retention took what was not processed", 7, 20, 30, {}, 20, 0, 13},
      {"the log ends before the position: it lost its tail", 7, 0, 5, {}, 5, 2, 0},
      {"a new, empty log", 7, 0, 0, {}, 0, 7, 0},
      {"before what is kept", 25, 20, 30, 19, -1, 0, 0},
      {"beyond the end", 7, 0, 9, 10, -1, 0, 0},
  };
  for (const auto& row : rows) {
    auto plan = rewind_to({"police", row.at, row.start, row.end, 1, ""}, row.to);
    if (row.goes_to < 0) {
      ASSERT_FALSE(plan) << row.situation;
      EXPECT_EQ(plan.error().code, "REWIND_OUTSIDE") << row.situation;
      continue;
    }
    ASSERT_TRUE(plan) << row.situation;
    EXPECT_EQ(std::tuple(plan->to, plan->repeated, plan->lost),
              std::tuple(row.goes_to, row.repeated, row.lost))
        << row.situation;
  }
}

/// Residues by source: received + repeated - applied - filtered - duplicate - quarantined - in flight - lost.
std::map<std::string, std::int64_t> residues(Ground& ground, FakeLog& log) {
  std::map<std::string, std::int64_t> residue;
  for (const auto& [source, count] : log.received())
    residue[source] += count;
  auto reading = ground.store->begin(Store::For::reading);
  for (const auto& [source, of] : reading->balance().counters())
    residue[source] += of.repeated - of.applied - of.filtered - of.duplicate - of.quarantined - of.lost;
  for (std::int32_t partition = 0; partition < log.partitions(); ++partition) {
    LogPosition at{partition, reading->positions().at(log.partition_name(partition)).sequence};
    while (at.sequence < log.end(partition).sequence)
      for (const auto& logged : log.read(at, 1, 0))
        residue[logged.event.source] -= 1, at = logged.position;
  }
  return residue;
}
void expect_closed(Ground& ground, FakeLog& log, const std::string& where) {
  for (const auto& [source, residue] : residues(ground, log))
    EXPECT_EQ(residue, 0) << source << " " << where;
}
RewindPlan rewound(Ground& ground, FakeLog& log, std::int32_t partition,
                   std::optional<std::int64_t> to = {}) {
  auto plan = plan_rewind(log, *ground.store, partition, to);
  EXPECT_TRUE(plan) << (plan ? "" : describe(plan.error()));
  auto done = rewind(log, *ground.store, *plan);
  EXPECT_TRUE(done) << (done ? "" : describe(done.error()));
  return *plan;
}

class Rewind : public ::testing::Test {
 protected:
  void process(FakeLog& log) {
    OwnsAll all(log);
    ground_.pipeline(log, *ground_.store, all)->drain();
  }
  Ground ground_;
};

TEST_F(Rewind, ReadingAgainChangesNothingButTheCountOfRepetitions) {
  FakeLog log({"civil", "hospital", "insurance", "police"}, 3);
  log.append(history(60, 5), std::nullopt);
  process(log);
  auto before = ground_.outcome();
  auto plan = rewound(ground_, log, 3, 0);
  EXPECT_EQ(plan.repeated, log.end(3).sequence);
  EXPECT_EQ(ground_.position("police"), 0);
  expect_closed(ground_, log, "after the rewind");
  process(log);
  EXPECT_EQ(ground_.outcome(), before);
  expect_closed(ground_, log, "after reading again");
}

TEST_F(Rewind, WhatRetentionTookIsGivenUpAndCounted) {
  FakeLog log({"civil", "police"}, 3);
  log.append(
      {born("police", 1, 2), died("police", 2), born("police", 2, 4), died("police", 4), born("civil", 1, 2)},
      std::nullopt);
  log.drop_head(1, 3);
  process(log);
  EXPECT_EQ(ground_.position("police"), 0);
  auto plan = rewound(ground_, log, 1);
  EXPECT_EQ(std::tuple(plan.to, plan.lost), std::tuple(3, 3));
  EXPECT_NE(plan.text().find("3 events are given up"), std::string::npos) << plan.text();
  process(log);
  EXPECT_TRUE(ground_.processed(log));
  expect_closed(ground_, log, "after the rest was processed");
}

TEST_F(Rewind, BytesThatCannotBeReadAreSteppedOver) {
  FakeLog log({"police"}, 3);
  log.append({born("police", 1, 2), died("police", 2), born("police", 2, 4), died("police", 4)},
             std::nullopt);
  log.spoil(0, 2), log.spoil(0, 3);
  process(log);
  ASSERT_EQ(ground_.position("police"), 1);
  auto refused = plan_rewind(log, *ground_.store, 0, 1);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "REWIND_UNREADABLE");
  EXPECT_EQ(plan_rewind(log, *ground_.store, 0, {})->to, 3);
}

TEST_F(Rewind, ALogThatLostItsTailGoesOnFromItsEnd) {
  FakeLog log({"police"}, 3);
  log.append({born("police", 1, 2), died("police", 2), born("police", 2, 4)}, std::nullopt);
  process(log);
  log.cut_tail(0, 1);
  auto plan = rewound(ground_, log, 0);
  EXPECT_EQ(std::tuple(plan.to, plan.repeated, plan.lost), std::tuple(1, 2, 0));
  expect_closed(ground_, log, "after the rewind");
  log.append({died("police", 2), died("police", 4)}, std::nullopt);
  process(log);
  expect_closed(ground_, log, "when the source has told it again");
}

TEST_F(Rewind, OneLogForAllSourcesIsCountedBySource) {
  FakeLog log({"log"}, 3);
  log.append({born("civil", 1, 2), died("police", 2), born("civil", 2, 4), died("hospital", 4)},
             std::nullopt);
  process(log);
  auto plan = rewound(ground_, log, 0, 1);
  EXPECT_EQ(plan.by_source,
            (std::map<std::string, std::int64_t>{{"civil", 1}, {"hospital", 1}, {"police", 1}}));
  EXPECT_EQ(plan.unsplit, 0);
  expect_closed(ground_, log, "after going back");
  plan = rewound(ground_, log, 0, 3);
  EXPECT_EQ(plan.by_source, (std::map<std::string, std::int64_t>{{"civil", 1}, {"police", 1}}));
  expect_closed(ground_, log, "after going forward");
  process(log);
  expect_closed(ground_, log, "at the end");
}

TEST_F(Rewind, AStretchThatCannotBeReadIsToldApartByTheBalance) {
  FakeLog log({"log"}, 3);
  log.append({born("civil", 1, 2), died("police", 2), born("civil", 2, 4), died("hospital", 4)},
             std::nullopt);
  log.drop_head(0, 3);
  auto plan = rewound(ground_, log, 0);
  EXPECT_EQ(plan.by_source, (std::map<std::string, std::int64_t>{{"civil", 2}, {"police", 1}}));
  process(log);
  expect_closed(ground_, log, "after the head was given up");
  log.cut_tail(0, 3);
  plan = rewound(ground_, log, 0);
  EXPECT_EQ(plan.to, 3);
  EXPECT_EQ(plan.by_source, (std::map<std::string, std::int64_t>{{"hospital", 1}}));
  expect_closed(ground_, log, "after the tail was lost");
}

TEST_F(Rewind, WhatCannotBeToldApartIsSaid) {
  FakeLog log({"log"}, 3);
  log.append({born("civil", 1, 2), died("police", 2), born("civil", 2, 4), died("hospital", 4)},
             std::nullopt);
  log.drop_head(0, 1), log.spoil(0, 4);
  auto plan = plan_rewind(log, *ground_.store, 0, 2);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->unsplit, 2) << "neither the stretch nor all after it can be read";
  EXPECT_NE(plan->text().find("cannot be told apart"), std::string::npos);
  ASSERT_TRUE(rewind(log, *ground_.store, *plan));
  std::int64_t lost = 0;
  for (const auto& [source, of] : ground_.store->begin(Store::For::reading)->balance().counters())
    lost += of.lost;
  EXPECT_EQ(lost, 2);
}

TEST_F(Rewind, AnOldPlanIsRefused) {
  FakeLog log({"police"}, 3);
  log.append({born("police", 1, 2), died("police", 2)}, std::nullopt);
  auto plan = plan_rewind(log, *ground_.store, 0, 1);
  process(log);
  auto done = rewind(log, *ground_.store, *plan);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, "REWIND_OVERTAKEN");
  EXPECT_EQ(ground_.position("police"), 2);
  plan = plan_rewind(log, *ground_.store, 0, 1);
  ASSERT_TRUE(ground_.store->take_lease("police", "other", 0, 1000));
  EXPECT_FALSE(rewind(log, *ground_.store, *plan)) << "the lease changed hands";
}

TEST_F(Rewind, ClearsTheStopAndARunningHubGoesOn) {
  FakeLog log({"civil", "police"}, 3);
  log.append({born("police", 1, 2), died("police", 2), born("police", 2, 4)}, std::nullopt);
  log.drop_head(1, 2);
  LeaseKeeper keeper(*ground_.store, log, {"a", 300, {}});
  keeper.start();
  auto pipeline = ground_.pipeline(log, *ground_.store, keeper);
  std::jthread running([&](std::stop_token stop) { pipeline->run(stop, {}); });
  auto reason = [&] {
    return ground_.store->begin(Store::For::reading)->values().get(stop_reason_name("police"));
  };
  auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
  while (reason().empty())
    pause();
  auto plan = plan_rewind(log, *ground_.store, 1, {});
  EXPECT_NE(plan->text().find("stopped: " + reason()), std::string::npos) << plan->text();
  ASSERT_TRUE(rewind(log, *ground_.store, *plan));
  EXPECT_EQ(reason(), "");
  while (ground_.position("police") < 3)
    pause();
  // Also while it runs and nothing is wrong.
  rewound(ground_, log, 1, 2);
  while (ground_.position("police") < 3)
    pause();
  log.append({died("police", 4)}, std::nullopt);
  while (ground_.position("police") < 4)
    pause();
  expect_closed(ground_, log, "at the end");
}

TEST_F(Rewind, IsNoticedLongBeforeTheLeaseIsRenewed) {
  FakeLog log({"civil", "police"}, 3);
  log.append({born("police", 1, 2), died("police", 2), born("police", 2, 4)}, std::nullopt);
  LeaseKeeper keeper(*ground_.store, log, {"a", 3'600'000, {}});
  keeper.start();
  auto pipeline = ground_.pipeline(log, *ground_.store, keeper);
  std::jthread running([&](std::stop_token stop) { pipeline->run(stop, {}); });
  auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(2)); };
  while (ground_.position("police") < 3)
    pause();
  rewound(ground_, log, 1, 1);
  while (ground_.position("police") < 3)
    pause();  // for ever, if it waited for the next event or the next renewal
  expect_closed(ground_, log, "at the end");
}

}  // namespace
}  // namespace kinhub::test
