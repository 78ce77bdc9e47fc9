#pragma once
// Store on SQLite, for one machine: kinhub.db beside the event log.

#include <filesystem>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "hub/base/secrets.hpp"
#include "hub/store/store.hpp"

namespace kinhub {

/// One SQLite file (WAL, synchronous=FULL). Schema migrations are numbered, each in its own transaction; a
/// file of a newer schema is refused.
class SqliteStore final : public Store {
 public:
  struct Options {
    int busy_ms = 30'000;
    int cache_kib = 32 * 1024;  ///< page cache of each connection, at most
    int log_pages = 6000;       ///< write-ahead log size at which a commit makes a checkpoint
  };

  /// Opens or creates the file (mode 0600). Throws StoreDamaged or Unavailable.
  static std::unique_ptr<SqliteStore> open(const std::filesystem::path& file, const Keyring& keys);
  static std::unique_ptr<SqliteStore> open(const std::filesystem::path& file, const Keyring& keys,
                                           Options options);
  ~SqliteStore() override;

  std::unique_ptr<StoreTransaction> begin(For purpose) override;
  std::vector<LeaseRow> leases() override;
  std::optional<std::int64_t> take_lease(std::string_view partition, std::string_view owner,
                                         std::int64_t seen_epoch, std::int64_t duration_ms) override;
  std::vector<LeaseRow> renew_leases(std::string_view owner, std::int64_t duration_ms) override;
  void release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) override;
  std::vector<NodeRow> nodes() override;
  void forget_node(std::string_view name) override;

  /// Larger caches for a bulk import, of connections made from now on: it reads much and nobody waits for one
  /// batch of it. A running hub should be small when idle, and never hold a batch up for long.
  void be_generous() { options_.cache_kib = 128 * 1024, options_.log_pages = 16'000; }

 private:
  struct Connection;
  class Transaction;
  struct Idle;
  struct Lent;
  template <class Work>
  auto in_short_transaction(For purpose, Work work);
  SqliteStore(std::filesystem::path file, Options options);
  std::filesystem::path file_;
  Options options_;
  std::shared_ptr<Idle> idle_;
};

}  // namespace kinhub
