// A relay and nothing else, for tests to kill: relay_alone STORE BROKERS PREFIX exactly|atleast UNTIL
// delivers until that notice is delivered, however often the brokers are away.

#include <cstdio>
#include <string>
#include <thread>

#include "hub/base/unavailable.hpp"
#include "hub/notice/kafka_relay.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"

int main(int count, char** words) try {
  using namespace kinhub;
  if (count != 6) return 2;
  auto store = SqliteStore::open(words[1], Keyring::from_passphrase("notices"));
  KafkaSettings settings;
  settings.brokers = words[2], settings.prefix = words[3], settings.replication = 1,
  settings.transaction_ms = 5'000;
  KafkaRelay relay(settings, std::string(words[4]) == "exactly" ? KafkaRelay::Delivery::exactly_once
                                                                : KafkaRelay::Delivery::at_least_once);
  for (auto until = std::stoll(words[5]);;) {
    try {
      if (relay.deliver(*store, {}) >= until) return 0;
    } catch (const Unavailable& problem) {
      std::fprintf(stderr, "relay_alone: %s\n", problem.what());
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
} catch (const std::exception& error) {
  std::fprintf(stderr, "relay_alone: %s\n", error.what());
  return 1;
}
