#pragma once
// Store on PostgreSQL, for several nodes: one schema of a database.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hub/base/secrets.hpp"
#include "hub/store/store.hpp"

namespace kinhub {
namespace postgres {
class Connection;
struct Numbers;
}  // namespace postgres

struct PostgresSettings {
  std::string connection;  ///< libpq connection string or URI: host=... port=... user=... dbname=...
  std::string password;    ///< a secret: apart from it, so that it stands in no configuration that is shown
  std::string schema = "kinhub";
  int connections_max = 8;          ///< pool size of this node; one is reserved for leases
  int idle_transaction_ms = 5000;   ///< timeout after which the server ends a writer that stands still
  int writer_patience_ms = 30'000;  ///< timeout of begin() for the other writer, or a free connection
  int answer_ms = 30'000;           ///< timeout of one query
};

/// Store on PostgreSQL (13 or newer, tested with 15). Any number of nodes and processes; whoever writes holds
/// one advisory lock (docs/decisions/0010-one-writer-at-a-time.md). A lost connection is thrown away, the
/// next begin() makes a new one.
class PostgresStore final : public Store {
 public:
  /// Connects and migrates the schema. Throws StoreDamaged or StoreUnavailable.
  static std::unique_ptr<PostgresStore> open(const PostgresSettings& settings, const Keyring& keys);
  ~PostgresStore() override;

  std::unique_ptr<StoreTransaction> begin(For purpose) override;
  std::vector<LeaseRow> leases() override;
  std::optional<std::int64_t> take_lease(std::string_view partition, std::string_view owner,
                                         std::int64_t seen_epoch, std::int64_t duration_ms) override;
  std::vector<LeaseRow> renew_leases(std::string_view owner, std::int64_t duration_ms) override;
  void release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) override;
  std::vector<NodeRow> nodes() override;
  void forget_node(std::string_view name) override;

 private:
  struct Pool;
  class Borrowed;
  class Transaction;
  explicit PostgresStore(PostgresSettings settings);
  template <class Ask>
  auto with_lease_connection(Ask ask);
  void start_reading(postgres::Connection& connection);
  postgres::Numbers start_writing(postgres::Connection& connection);
  void end_stuck_writer(postgres::Connection& connection);
  std::shared_ptr<Pool> pool_;
};

}  // namespace kinhub
