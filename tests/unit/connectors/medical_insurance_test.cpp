#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/sdk/agency_time.hpp"
#include "tests/unit/connectors/support.hpp"

namespace kinhub::testing {
namespace {

const LoadedPlugin& insurance() {
  static const LoadedPlugin loaded(connector_path("medical_insurance"));
  return loaded;
}

std::string config(const TemporaryFolder& inbox, const TemporaryFolder& snapshot) {
  return R"({"inbox": ")" + inbox.path().string() + R"(", "snapshot": ")" + snapshot.path().string() +
         R"(", "settle_seconds": 1})";
}

std::string increment(const std::vector<std::string>& records,
                      const std::string& until = "2026-11-21 02:00:00") {
  std::string text = R"({"batch_no": "B", "to_updt_time": ")" + until + R"(", "records": [)";
  for (const auto& record : records)
    text += (&record == records.data() ? "" : ", ") + record;
  return text + "]}";
}

TEST(MedicalInsurance, ReadsEveryCapturedFile) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"insurance_enrol.json", "3232081200000000000000990001"},
      {"insurance_pause_move.json", "3232081200000000000000223344"},
      {"insurance_stop_death.json", "3232081200000000000000123456"},
      {"insurance_query_1101_req.json", "H32081200001202611210200000001"},
      {"insurance_query_1101_resp.json", "320812202611210200000000004711"},
  };
  FakeHost host;
  Running running(insurance(), host, "{}");
  for (const auto& [name, key] : cases) {
    host.given.clear();
    ASSERT_EQ(running.read_capture(name, sample(name)), KINHUB_OK);
    ASSERT_EQ(host.given.size(), 1U) << name;
    EXPECT_FALSE(host.given[0].rejected);
    EXPECT_EQ(host.given[0].body, sample(name));
    EXPECT_EQ(host.given[0].key, key);
    EXPECT_NE(host.given[0].occurred_at_us, KINHUB_TIME_UNKNOWN);
  }
}

TEST(MedicalInsurance, ABadRecordLeavesItsNeighboursAlone) {
  FakeHost host;
  Running running(insurance(), host, "{}");
  const auto bytes = increment({R"({"rid": "1"})", std::string(R"({"rid": "2", "psn_name": ")") + "\xFF\"}",
                                std::string(70, '[') + std::string(70, ']'), R"({"rid": "4"})"});
  ASSERT_EQ(running.read_capture("a.json", bytes), KINHUB_OK);
  ASSERT_EQ(host.given.size(), 4U);
  EXPECT_EQ(host.given[0].key, "1");
  EXPECT_EQ(host.given[1].code, "JSON_NOT_UTF8");
  EXPECT_EQ(host.given[2].code, "JSON_TOO_DEEP");
  EXPECT_EQ(host.given[3].key, "4");
}

TEST(MedicalInsurance, PollsNightlyFilesAndTellsHowCompleteItIs) {
  const TemporaryFolder inbox, snapshot;
  inbox.put("PSNINSU-320812-20261121-0200.json", increment({R"({"rid": "2"})", R"({"rid": "3"})"}));
  inbox.put("PSNINSU-320812-20261120-0200.json", increment({R"({"rid": "1"})"}, "2026-11-20 02:00:00"));
  FakeHost host;
  host.now_us = *sdk::local_time_us("20261201");
  Running running(insurance(), host, config(inbox, snapshot));
  ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
  ASSERT_EQ(host.given.size(), 3U);
  EXPECT_EQ(host.given[0].key, "1");
  EXPECT_EQ(host.given[2].key, "3");
  EXPECT_THAT(host.complete_until, ::testing::ElementsAre(*sdk::local_time_us("20261121020000")));
  EXPECT_EQ(running.snapshot(), KINHUB_RETRY);
  EXPECT_THAT(host.explanation, ::testing::HasSubstr("no snapshot"));
}

TEST(MedicalInsurance, AnEmptyIncrementIsReadOnceAndMovesTheCompleteness) {
  const TemporaryFolder inbox, snapshot;
  inbox.put("PSNINSU-320812-20261121-0200.json", increment({}));
  FakeHost host;
  host.now_us = *sdk::local_time_us("20261201");
  Running running(insurance(), host, config(inbox, snapshot));
  ASSERT_EQ(running.poll(), KINHUB_OK);
  ASSERT_EQ(running.poll(host.position()), KINHUB_OK);
  EXPECT_TRUE(host.given.empty());
  EXPECT_THAT(host.complete_until, ::testing::ElementsAre(*sdk::local_time_us("20261121020000")));
}

TEST(MedicalInsurance, AnIncrementThatHoldsLessThanItSaysIsNoCompleteDelivery) {
  const TemporaryFolder inbox, snapshot;
  inbox.put("PSNINSU-320812-20261121-0200.json",
            R"({"to_updt_time": "2026-11-21 02:00:00", "rows": 3, "records": [{"rid": "1"}]})");
  FakeHost host;
  host.now_us = *sdk::local_time_us("20261201");
  Running running(insurance(), host, config(inbox, snapshot));
  ASSERT_EQ(running.poll(), KINHUB_OK);
  ASSERT_EQ(host.given.size(), 2U);
  EXPECT_EQ(host.given[0].code, "RECORD_COUNT");
  EXPECT_EQ(host.given[0].body.find("rid"), std::string::npos) << "no person in what is rejected";
  EXPECT_EQ(host.given[1].key, "1");
  EXPECT_TRUE(host.complete_until.empty());
}

TEST(MedicalInsurance, DeliversTheNewestFullFileAsSnapshot) {
  const TemporaryFolder inbox, snapshot;
  snapshot.put("PSNINSU-320812-FULL-20261101.json", increment({R"({"rid": "old"})"}));
  snapshot.put("PSNINSU-320812-FULL-20261120.json", increment({R"({"rid": "1"})", R"({"rid": "2"})"}));
  FakeHost host;
  Running running(insurance(), host, config(inbox, snapshot));
  ASSERT_EQ(running.snapshot(), KINHUB_OK) << host.explanation;
  ASSERT_EQ(host.given.size(), 2U);
  host.given.erase(host.given.begin() + 1);
  ASSERT_EQ(running.snapshot(host.position()), KINHUB_OK);
  ASSERT_EQ(host.given.size(), 2U);
  EXPECT_EQ(host.given[1].key, "2");
}

}  // namespace
}  // namespace kinhub::testing
