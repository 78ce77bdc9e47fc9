#include <filesystem>

#include "hub/base/sqlite.hpp"
#include "hub/stream/embedded_log.hpp"
#include "tests/contract/event_log_contract.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

struct Embedded {
  Embedded() {
    static int number = 0;
    folder = fs::temp_directory_path() /
             ("kinhub-contract-" + std::to_string(::getpid()) + "-" + std::to_string(++number));
    fs::remove_all(folder);
  }
  ~Embedded() { fs::remove_all(folder); }
  std::unique_ptr<EventLog> open() { return EmbeddedLog::open(folder / "log.db", keyring); }
  void forget(const LogPosition& last) {
    auto database = sqlite::Database::open(folder / "log.db", sqlite::Database::Access::read_write, 10'000);
    database.run("DELETE FROM event WHERE sequence <= " + std::to_string(last.sequence));
  }
  fs::path folder;
  Keyring keyring = Keyring::from_passphrase("contract");
};

INSTANTIATE_TYPED_TEST_SUITE_P(Embedded, EventLogContract, Embedded);

}  // namespace
}  // namespace kinhub
