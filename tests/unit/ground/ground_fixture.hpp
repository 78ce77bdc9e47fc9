#pragma once
// A hub's ground on one machine: embedded log, SQLite, shipped rules, a clock that stands still.

#include <gtest/gtest.h>

#include <memory>

#include "hub/ground/ground.hpp"
#include "hub/ground/hub_rules.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "hub/stream/embedded_log.hpp"
#include "tests/places/places.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub {

class GroundTest : public ::testing::Test {
 protected:
  GroundTest() {
    config_ = default_config(*find_places(kinhub::tests::binary_dir() + "/bin/kinhub"));
    config_.data = scratch_.folder("data");
    config_.notices = config_.data / "notices.jsonl";
    rules_ = read_rules(config_);
    log_ = EmbeddedLog::open(config_.data / "log.db", keys_);
    store_ = SqliteStore::open(config_.data / "kinhub.db", keys_);
  }
  HubGround ground() {
    return {config_, *log_, *store_, keys_, rules_, clock_, {}, "me", [](const std::string&) {}};
  }

  Scratch scratch_;
  Config config_;
  FixedClock clock_{1795233600LL * 1000000};
  Keyring keys_ = Keyring::open(scratch_.path() / "kinhub.key").keyring;
  Rules rules_;
  std::unique_ptr<EventLog> log_;
  std::unique_ptr<Store> store_;
};

}  // namespace kinhub
