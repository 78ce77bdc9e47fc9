#include "hub/ground/hub_at_work.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <mutex>
#include <sstream>

#include "hub/ground/policy_state.hpp"
#include "hub/pipeline/identity_scan.hpp"
#include "tests/unit/ground/ground_fixture.hpp"

namespace kinhub {
namespace {

using ::testing::HasSubstr;

class HubAtWorkTest : public GroundTest {
 protected:
  std::string metrics() const {
    std::ifstream in(config_.data / "metrics.prom");
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
};

TEST_F(HubAtWorkTest, ItsFiguresTellThatASourceIsStopped) {
  for (auto& source : config_.sources)
    if (source.name == "public-security") {
      source.isolation = Isolation::in_process;  // this program is no connector's host
      source.settings = R"({"inbox":")" + scratch_.folder("inbox").string() + "\"}";
    }
  {
    auto writing = store_->begin(Store::For::writing);
    writing->values().put(stop_reason_name("log"), "its head is gone");
    writing->commit();
  }
  std::jthread running([&](const std::stop_token& stop) { HubAtWork(ground()).run(stop); });
  while (metrics().find("kinhub_source_stopped{source=\"public-security\"} 1\n") == std::string::npos)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_THAT(metrics(), HasSubstr("kinhub_up 1\n"));
  EXPECT_THAT(metrics(),
              HasSubstr("kinhub_source_last_received_timestamp_seconds{source=\"public-security\"} 0\n"));
  EXPECT_EQ(metrics().find("received_timestamp_seconds{source=\"civil-affairs\"}"), std::string::npos)
      << "captures only: nobody is waited for";
  running.request_stop();
  running.join();
  EXPECT_THAT(metrics(), HasSubstr("kinhub_up 0\n"));
}

TEST_F(HubAtWorkTest, ScansForIdentitiesWhileNodesHaveOtherPolicies) {
  store_->renew_leases("other", 3'600'000);
  note_policies_of(*store_, "other", "other policies");
  const auto value = [&](const char* name) { return store_->begin(Store::For::reading)->values().get(name); };
  std::mutex mutex;
  std::string notes;
  {
    HubGround here{config_, *log_, *store_, keys_, rules_, clock_, {}, "me", [&](const std::string& line) {
                     std::lock_guard lock(mutex);
                     notes += line + "\n";
                   }};
    std::jthread running([&](const std::stop_token& stop) { HubAtWork(here).run(stop); });
    while (value(last_identity_scan).empty())
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  EXPECT_EQ(value("last scan"), "") << "rights wait until the policies are the same";
  EXPECT_THAT(notes, HasSubstr("other (other polici)"));
}

TEST_F(HubAtWorkTest, GoesWhenAnotherDataDirectoryHasTakenItsName) {
  config_.postgres.emplace();  // what makes a store one that others reach
  claim_node_name(*store_, "me", "another data directory", 3'600'000);
  try {
    HubAtWork(ground()).run({});
    FAIL() << "it stayed";
  } catch (const std::runtime_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("another data directory works as node me now"));
  }
}

}  // namespace
}  // namespace kinhub
