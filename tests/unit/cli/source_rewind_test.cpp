// Positions and checkpoints on a real hub; who owns what, as the status tells it.

#include "hub/ground/ground.hpp"
#include "hub/ground/policy_state.hpp"
#include "hub/node/ownership.hpp"
#include "hub/store/coded_store.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "hub/store/values.hpp"
#include "hub/stream/embedded_log.hpp"
#include "tests/unit/cli/hub_fixture.hpp"

namespace kinhub::cli {
namespace {

using ::testing::HasSubstr;
using Json = nlohmann::json;

class SourceRewindTest : public HubFixture {
 protected:
  SourceRewindTest() {
    scratch_.write("kinhub.yaml", "data: ./data\nnode: hub-1\n");
    EXPECT_EQ(
        run({"ingest", "public-security", sample("police_birth_2003.xml"), sample("police_death.xml")}).code,
        0);
  }
  Keyring keys() const { return Keyring::open(scratch_.path() / "data/kinhub.key").keyring; }
  std::unique_ptr<EventLog> log() const { return EmbeddedLog::open(scratch_.path() / "data/log.db", keys()); }
  std::unique_ptr<Store> store() const {
    return CodedStore::over(SqliteStore::open(scratch_.path() / "data/kinhub.db", keys()), keys());
  }
  Answer forget(bool apply) {
    std::vector<std::string> words{"source", "rewind", "public-security", "--checkpoint", "--json"};
    if (apply) words.emplace_back("--apply");
    return run(words);
  }
};

TEST_F(SourceRewindTest, ACheckpointIsForgottenOnlyWithApply) {
  log()->set_checkpoint({"public-security", "inbox 17"});
  log()->set_checkpoint({"public-security#snapshot", "page 3"});
  log()->set_checkpoint({"civil-affairs", "watermark"});
  const auto both = Json::parse(R"(["public-security", "public-security#snapshot"])");
  auto plan = forget(false);
  ASSERT_EQ(plan.code, 0) << plan.err;
  EXPECT_EQ(plan.json(), (Json{{"source", "public-security"},
                               {"checkpoints", both},
                               {"positions", {"inbox 17", "page 3"}},
                               {"applied", false}}));
  EXPECT_EQ(log()->checkpoint("public-security"), "inbox 17");
  EXPECT_TRUE(run({"source", "positions", "--json"}).json().at(1).at("checkpoint").is_boolean());

  auto done = forget(true);
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.json(), (Json{{"source", "public-security"},
                               {"checkpoints", both},
                               {"positions", {"inbox 17", "page 3"}},
                               {"applied", true}}));
  EXPECT_EQ(log()->checkpoint("public-security"), "");
  EXPECT_EQ(log()->checkpoint("public-security#snapshot"), "");
  EXPECT_EQ(log()->checkpoint("civil-affairs"), "watermark");
  EXPECT_EQ(forget(true).json().at("applied"), false) << "there is none any more";
}

TEST_F(SourceRewindTest, AStatusLooksWhetherAHubIsAtWorkAndStandsInNoOnesWay) {
  store()->renew_leases("hub-1", 3'600'000);
  note_policies_of(*store(), "hub-1", "other policies");
  const auto file = scratch_.path() / "data/processor.lock";
  std::filesystem::remove(file);
  EXPECT_FALSE(run({"status", "--json"}).json().contains("policies")) << "the hub here was killed";
  EXPECT_FALSE(std::filesystem::exists(file)) << "whoever asks as root would own it";
  ProcessorLock at_work(scratch_.path() / "data");
  ASSERT_TRUE(at_work.take());
  EXPECT_THAT(std::string(run({"status", "--json"}).json().at("policies")),
              HasSubstr("hub-1 (other polici)"));
}

TEST_F(SourceRewindTest, ACheckpointOfAConnectorAtWorkStays) {
  log()->set_checkpoint({"public-security", "inbox 17"});
  std::int64_t epoch = 0;
  for (const auto& lease : store()->leases())
    if (lease.partition == "log") epoch = lease.epoch;
  ASSERT_TRUE(store()->take_lease("log", "hub-2", epoch, 3'600'000));
  auto refused = forget(true);
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("at work on node hub-2"));
  EXPECT_EQ(log()->checkpoint("public-security"), "inbox 17");
}

TEST_F(SourceRewindTest, ThePositionGoesBackAndTheBalanceCloses) {
  auto done = run({"source", "rewind", "public-security", "--to", "0", "--apply", "--json"});
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.json().at("repeated"), 2);
  auto balance = run({"balance", "--json"});
  EXPECT_EQ(balance.code, 0) << balance.out;
  EXPECT_EQ(balance.json().at("in_flight"), 2);
}

TEST_F(SourceRewindTest, TheStatusTellsWhoOwnsWhatAndWhatIsStopped) {
  auto open = store();
  open->renew_leases("hub-2", 3'600'000);
  std::int64_t epoch = 0;
  for (const auto& lease : open->leases())
    if (lease.partition == "log") epoch = lease.epoch;
  ASSERT_TRUE(open->take_lease("log", "hub-2", epoch, 3'600'000));
  {
    auto writing = open->begin(Store::For::writing);
    writing->values().put(stop_reason_name("log"), "its head is gone");
    writing->commit();
  }
  auto status = run({"status", "--json"});
  ASSERT_EQ(status.code, 0) << status.err;
  auto json = status.json();
  EXPECT_EQ(json.at("node"), "hub-1");
  EXPECT_EQ(json.at("nodes").at(0).at("name"), "hub-2");
  EXPECT_EQ(json.at("stopped"), (Json{{"log", "its head is gone"}}));
  for (const auto& lease : json.at("leases")) {
    if (lease.at("name") != "log") continue;
    EXPECT_EQ(lease.at("owner"), "hub-2");
    EXPECT_EQ(lease.at("epoch"), epoch + 1);
    EXPECT_GT(lease.at("remaining_seconds").get<double>(), 0);
  }
  EXPECT_EQ(json.at("balance").at("received"), 2);
  EXPECT_EQ(run({"source", "positions"}).code, 1);
}

TEST_F(SourceRewindTest, AClaimOfCompletenessIsTakenBackWithAReasonOnly) {
  {
    auto opened = store();
    auto writing = opened->begin(Store::For::writing);
    writing->balance().put_coverage({"public-security", true, 1'795'000'000'000'000});
    writing->commit();
  }
  const std::vector<std::string> plan{"source",           "rewind",     "public-security",
                                      "--complete-until", "2026-01-01", "--json"};
  auto planned = run(plan);
  ASSERT_EQ(planned.code, 0) << planned.err;
  EXPECT_EQ(planned.json().at("applied"), false);
  auto deed = plan;
  deed.emplace_back("--apply");
  EXPECT_EQ(run(deed).code, 2) << "without a reason";
  deed.insert(deed.end(), {"--reason", "the platform's clock ran ahead"});
  auto done = run(deed);
  ASSERT_EQ(done.code, 0) << done.err;
  EXPECT_EQ(done.json().at("complete_until"), planned.json().at("complete_until"));
  EXPECT_EQ(run(plan).code, 2) << "it claims no more than that now";
}

}  // namespace
}  // namespace kinhub::cli
