#include "hub/cli/hub_at_work.hpp"

#include <gmock/gmock.h>

#include <atomic>
#include <fstream>
#include <sstream>

#include "hub/cli/ground.hpp"
#include "hub/cli/hub_rules.hpp"
#include "hub/store/sqlite_store.hpp"
#include "hub/stream/embedded_log.hpp"
#include "tests/unit/cli/scratch.hpp"

namespace kinhub::cli {
namespace {

using ::testing::HasSubstr;

class HubAtWorkTest : public ::testing::Test {
 protected:
  HubAtWorkTest() {
    config_ = default_config(*find_places(KINHUB_BINARY_DIR "/bin/kinhub"));
    config_.data = scratch_.folder("data");
    config_.notices = config_.data / "notices.jsonl";
    rules_ = read_rules(config_);
    log_ = EmbeddedLog::open(config_.data / "log.db", keys_);
    store_ = SqliteStore::open(config_.data / "kinhub.db", keys_);
  }
  HubGround ground() { return {config_, *log_, *store_, keys_, rules_, clock_, {}, "me", [](const std::string&) {}}; }
  std::string metrics() const {
    std::ifstream in(config_.data / "metrics.prom");
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }

  Scratch scratch_;
  Config config_;
  FixedClock clock_{1795233600LL * 1000000};
  Keyring keys_ = Keyring::open(scratch_.path() / "kinhub.key").keyring;
  Rules rules_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Store> store_;
};

TEST_F(HubAtWorkTest, ItsFiguresTellThatASourceIsStopped) {
  {
    auto writing = store_->begin(Store::For::writing);
    writing->put_value(stop_reason_name("log"), "its head is gone");
    writing->commit();
  }
  std::jthread running([&](const std::stop_token& stop) { HubAtWork(ground()).run(stop); });
  while (metrics().find("kinhub_source_stopped{source=\"public-security\"} 1\n") == std::string::npos)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  EXPECT_THAT(metrics(), HasSubstr("kinhub_up 1\n"));
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
}  // namespace kinhub::cli
