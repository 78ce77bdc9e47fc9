#include "hub/ground/hub_at_work.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <sstream>

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
