#include "hub/store/sqlite/sqlite_store.hpp"

#include <chrono>
#include <condition_variable>
#include <list>
#include <system_error>

#include "hub/base/mutex.hpp"
#include "hub/base/sqlite.hpp"
#include "hub/store/sqlite/accounts.hpp"
#include "hub/store/sqlite/audit.hpp"
#include "hub/store/sqlite/balance.hpp"
#include "hub/store/sqlite/cases.hpp"
#include "hub/store/sqlite/codes.hpp"
#include "hub/store/sqlite/entries.hpp"
#include "hub/store/sqlite/identity_pairs.hpp"
#include "hub/store/sqlite/issued.hpp"
#include "hub/store/sqlite/leads.hpp"
#include "hub/store/sqlite/leases.hpp"
#include "hub/store/sqlite/notices.hpp"
#include "hub/store/sqlite/payments.hpp"
#include "hub/store/sqlite/people.hpp"
#include "hub/store/sqlite/positions.hpp"
#include "hub/store/sqlite/quarantine.hpp"
#include "hub/store/sqlite/sealed_rows.hpp"
#include "hub/store/sqlite/sqlite_schema.hpp"
#include "hub/store/sqlite/tallies.hpp"
#include "hub/store/sqlite/values.hpp"

namespace kinhub {
namespace {

/// Translates SQLite's failures into a store's.
void throw_as_store(const sqlite::Failed& failed) {
  std::string said = failed.what();
  switch (failed.kind()) {
    case SQLITE_FULL:  // says what to do already
      throw StoreUnavailable(said);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      throw StoreUnavailable(
          said + " and does not let go: look for another kinhub that works on this data directory");
    case SQLITE_IOERR:
      throw StoreUnavailable(said + ": the disk cannot be read or written; look at its health and its room");
    case SQLITE_NOMEM:
      throw StoreUnavailable(said + ": the machine has no memory left");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
    case SQLITE_CANTOPEN:
      throw StoreUnavailable(said + ": the user of the hub must own the data directory and all files in it");
    case SQLITE_CORRUPT:  // says what to do already
      throw StoreDamaged(said);
    case SQLITE_NOTADB:
      throw StoreDamaged(said + ": restore the last backup of the data directory");
    default:
      throw StoreDamaged(
          said +
          ": the database refuses what the hub asked of it, which waiting does not mend; keep the log and "
          "report it");
  }
}

sqlite::Database connect(const std::filesystem::path& file, int busy_ms) {
  try {
    auto database = sqlite::Database::open(file, sqlite::Database::Access::read_write, busy_ms);
    database.on_failure(throw_as_store);
    return database;
  } catch (const sqlite::Failed& failed) {
    throw_as_store(failed);
    throw;
  }
}

}  // namespace

/// A session of the database: the prepared queries of all shelves.
struct SqliteStore::Connection {
  Connection(const std::filesystem::path& file, const Options& options)
      : database(connect(file, options.busy_ms)) {
    database.run("PRAGMA synchronous = FULL");
    database.run("PRAGMA cache_size = -" + std::to_string(options.cache_kib));
    database.run("PRAGMA wal_autocheckpoint = " + std::to_string(options.log_pages));
    database.run("PRAGMA journal_size_limit = 134217728");
  }

  sqlite::Database database;
  sqlite::PositionsQueries positions{database};
  sqlite::PeopleQueries people{database};
  sqlite::LeadsQueries leads{database};
  sqlite::CasesQueries cases{database};
  sqlite::IdentityPairsQueries identity_pairs{database};
  sqlite::NoticesQueries notices{database};
  sqlite::QuarantineQueries quarantine{database};
  sqlite::BalanceQueries balance{database};
  sqlite::AuditQueries audit{database};
  sqlite::ValuesQueries values{database};
  sqlite::EntriesQueries entries{database};
  sqlite::PaymentsQueries payments{database};
  sqlite::IssuedQueries issued{database};
  sqlite::AccountsQueries accounts{database};
  sqlite::CodesQueries codes{database};
  sqlite::LeaseQueries leases{database};
  sqlite::TallyQueries tallies{database};
};

/// Connection pool, and a fair lock among the writers. All of this process write through one connection,
/// whose page cache another writer would make worthless; and whoever waits for it gets it in the order of
/// asking, and at once: SQLite's own way is to sleep and look again.
struct SqliteStore::Idle {
  struct Waiting {
    std::condition_variable_any granted_now;
    bool granted = false;
  };

  Mutex mutex;
  std::vector<std::unique_ptr<Connection>> readers KINHUB_GUARDED_BY(mutex);
  std::unique_ptr<Connection> writer KINHUB_GUARDED_BY(mutex);
  bool writing KINHUB_GUARDED_BY(mutex) = false;
  std::list<Waiting> waiting KINHUB_GUARDED_BY(mutex);

  /// Takes the writer's lock. False: it took longer than that.
  bool take_turn(int patience_ms) {
    MutexLock lock(mutex);
    if (!writing) return writing = true;
    auto mine = waiting.emplace(waiting.end());
    bool granted = mine->granted_now.wait_for(lock, std::chrono::milliseconds(patience_ms),
                                              [&] { return mine->granted; });
    waiting.erase(mine);
    return granted;
  }
  void end_turn() {
    MutexLock lock(mutex);
    auto next = std::find_if(waiting.begin(), waiting.end(), [](const Waiting& one) { return !one.granted; });
    if (next == waiting.end()) {
      writing = false;
    } else {
      next->granted = true;
      next->granted_now.notify_one();
    }
  }
};

/// Scope guard of a pooled connection: given back whatever happens.
struct SqliteStore::Lent {
  Lent(const std::filesystem::path& file, const Options& options, std::shared_ptr<Idle> from, For what)
      : idle(std::move(from)), purpose(what) {
    if (purpose == For::writing && !idle->take_turn(options.busy_ms))
      throw StoreUnavailable(file.string() + ": waited " + std::to_string(options.busy_ms / 1000) +
                             " s for its turn to write: a thread of this hub or another kinhub on this data "
                             "directory does not let go");
    try {
      {
        MutexLock lock(idle->mutex);
        if (purpose == For::writing) {
          connection = std::move(idle->writer);
        } else if (!idle->readers.empty()) {
          connection = std::move(idle->readers.back());
          idle->readers.pop_back();
        }
      }
      if (!connection) connection = std::make_unique<Connection>(file, options);
    } catch (...) {
      if (purpose == For::writing) idle->end_turn();
      throw;
    }
  }
  Lent(Lent&&) = default;
  ~Lent() { give_back(); }
  void give_back() {
    if (!connection) return;
    // Discards a connection that could not end its transaction: it would keep the lock,
    // or see a moment long gone.
    if (sqlite3_txn_state(connection->database.handle(), nullptr) != SQLITE_TXN_NONE) connection.reset();
    {
      MutexLock lock(idle->mutex);
      if (purpose == For::writing)
        idle->writer = std::move(connection);
      else if (connection)
        idle->readers.push_back(std::move(connection));
    }
    connection.reset();
    if (purpose == For::writing) idle->end_turn();
  }

  std::shared_ptr<Idle> idle;
  For purpose;
  std::unique_ptr<Connection> connection;
};

class SqliteStore::Transaction final : public StoreTransaction {
 public:
  explicit Transaction(Lent lent) : lent_(std::move(lent)), database_(lent_.connection->database) {
    database_.run(lent_.purpose == For::writing ? "BEGIN IMMEDIATE" : "BEGIN");
  }

  ~Transaction() override {
    if (lent_.connection && sqlite3_get_autocommit(database_.handle()) == 0)
      sqlite3_exec(database_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }

  void commit() override {
    people_.keep_numbers();
    leads_.keep_numbers();
    tallies_.write();
    database_.run("COMMIT");
    lent_.give_back();
  }

  PositionShelf& positions() override { return positions_; }
  PeopleShelf& people() override { return people_; }
  LeadShelf& leads() override { return leads_; }
  CaseShelf& cases() override { return cases_; }
  IdentityPairShelf& identity_pairs() override { return identity_pairs_; }
  NoticeShelf& notices() override { return notices_; }
  QuarantineShelf& quarantine() override { return quarantine_; }
  BalanceShelf& balance() override { return balance_; }
  AuditShelf& audit() override { return audit_; }
  ValueShelf& values() override { return values_; }
  EntryShelf& entries() override { return entries_; }
  PaymentShelf& payments() override { return payments_; }
  IssuedShelf& issued() override { return issued_; }
  AccountShelf& accounts() override { return accounts_; }
  CodeShelf& codes() override { return codes_; }
  SealedRows& sealed() override { return sealed_; }
  sqlite::LeaseQueries& leases() { return lent_.connection->leases; }

 private:
  Lent lent_;
  sqlite::Database& database_;
  sqlite::Tallies tallies_{lent_.connection->tallies};
  sqlite::Values values_{lent_.connection->values};
  sqlite::Positions positions_{lent_.connection->positions};
  sqlite::Entries entries_{lent_.connection->entries, tallies_};
  sqlite::People people_{lent_.connection->people, values_, tallies_, entries_};
  sqlite::Leads leads_{lent_.connection->leads, values_, tallies_};
  sqlite::Cases cases_{lent_.connection->cases, tallies_};
  sqlite::IdentityPairs identity_pairs_{lent_.connection->identity_pairs, tallies_};
  sqlite::Notices notices_{lent_.connection->notices};
  sqlite::Quarantine quarantine_{lent_.connection->quarantine};
  sqlite::Balance balance_{lent_.connection->balance};
  sqlite::Audit audit_{lent_.connection->audit};
  sqlite::Payments payments_{lent_.connection->payments};
  sqlite::Issued issued_{lent_.connection->issued};
  sqlite::Accounts accounts_{lent_.connection->accounts};
  sqlite::Codes codes_{lent_.connection->codes};
  sqlite::SealedRows sealed_{database_};
};

std::unique_ptr<SqliteStore> SqliteStore::open(const std::filesystem::path& file, const Keyring& keys) {
  return open(file, keys, Options{});
}

std::unique_ptr<SqliteStore> SqliteStore::open(const std::filesystem::path& file, const Keyring& keys,
                                               Options options) {
  try {
    sqlite::Database::make(file);
  } catch (const std::system_error& failed) {
    throw StoreUnavailable(std::string(failed.what()) +
                           ": the user of the hub must own the data directory, and there must be room");
  }
  auto database = connect(file, options.busy_ms);
  sqlite::prepare_schema(database, file, keys, options.busy_ms);
  return std::unique_ptr<SqliteStore>(new SqliteStore(file, options));
}

SqliteStore::SqliteStore(std::filesystem::path file, Options options)
    : file_(std::move(file)), options_(options), idle_(std::make_shared<Idle>()) {}

SqliteStore::~SqliteStore() = default;

std::unique_ptr<StoreTransaction> SqliteStore::begin(For purpose) {
  return std::make_unique<Transaction>(Lent(file_, options_, idle_, purpose));
}

/// Runs work on the leases in a short transaction of its own. One that only reads waits for nobody.
template <class Work>
auto SqliteStore::in_short_transaction(For purpose, Work work) {
  auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                    std::chrono::system_clock::now().time_since_epoch())
                    .count();
  Transaction transaction(Lent(file_, options_, idle_, purpose));
  sqlite::Leases leases(transaction.leases(), static_cast<std::int64_t>(now_ms));
  auto result = work(leases);
  transaction.commit();
  return result;
}

std::vector<LeaseRow> SqliteStore::leases() {
  return in_short_transaction(For::reading, [](sqlite::Leases& leases) { return leases.all(); });
}

std::optional<std::int64_t> SqliteStore::take_lease(std::string_view partition, std::string_view owner,
                                                    std::int64_t seen_epoch, std::int64_t duration_ms) {
  return in_short_transaction(For::writing, [&](sqlite::Leases& leases) {
    return leases.take(partition, owner, seen_epoch, duration_ms);
  });
}

std::vector<LeaseRow> SqliteStore::renew_leases(std::string_view owner, std::int64_t duration_ms) {
  return in_short_transaction(For::writing,
                              [&](sqlite::Leases& leases) { return leases.renew(owner, duration_ms); });
}

void SqliteStore::release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) {
  in_short_transaction(For::writing, [&](sqlite::Leases& leases) {
    leases.release(partition, owner, epoch);
    return true;
  });
}

std::vector<NodeRow> SqliteStore::nodes() {
  return in_short_transaction(For::reading, [](sqlite::Leases& leases) { return leases.nodes(); });
}

void SqliteStore::forget_node(std::string_view name) {
  in_short_transaction(For::writing, [&](sqlite::Leases& leases) {
    leases.forget(name);
    return true;
  });
}

}  // namespace kinhub
