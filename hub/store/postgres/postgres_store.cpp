#include "hub/store/postgres/postgres_store.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>

#include "hub/base/mutex.hpp"
#include "hub/store/postgres/accounts.hpp"
#include "hub/store/postgres/audit.hpp"
#include "hub/store/postgres/balance.hpp"
#include "hub/store/postgres/cases.hpp"
#include "hub/store/postgres/codes.hpp"
#include "hub/store/postgres/entries.hpp"
#include "hub/store/postgres/identity_pairs.hpp"
#include "hub/store/postgres/issued.hpp"
#include "hub/store/postgres/leads.hpp"
#include "hub/store/postgres/leases.hpp"
#include "hub/store/postgres/notices.hpp"
#include "hub/store/postgres/payments.hpp"
#include "hub/store/postgres/people.hpp"
#include "hub/store/postgres/positions.hpp"
#include "hub/store/postgres/postgres.hpp"
#include "hub/store/postgres/postgres_schema.hpp"
#include "hub/store/postgres/quarantine.hpp"
#include "hub/store/postgres/sealed_rows.hpp"
#include "hub/store/postgres/session.hpp"
#include "hub/store/postgres/values.hpp"

namespace kinhub {
namespace {

using postgres::Connection;
using postgres::Failed;
using postgres::Leases;
using postgres::Numbers;
using postgres::Parameters;
using postgres::Query;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char lock_not_available[] = "55P03";
constexpr int lease_lock_ms = 1000;
constexpr int spare_ms = 5000;            ///< what the network may take on top of what the server may
constexpr int reading_idle_ms = 600'000;  ///< a reader holds nobody up, but vacuum

namespace sql {

// Session settings. Plans: every query here goes by key, whatever statistics a fresh table does not have yet,
// so plans are made once, with indexes, and neither guessed anew for each batch nor compiled. A commit that
// was acknowledged must survive the server's power cut: synchronous_commit is never weaker than on.
constexpr Query set_up{
    "set up",
    "SELECT set_config('search_path', $1::text, false), set_config('idle_in_transaction_session_timeout', "
    "$2::text, false), "
    "set_config('statement_timeout', $3::text, false), set_config('lock_timeout', $4::text, false), "
    "set_config('synchronous_commit', CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN "
    "'remote_apply' "
    "ELSE 'on' END, false), "
    "set_config('plan_cache_mode', 'force_generic_plan', false), set_config('enable_seqscan', 'off', false), "
    "set_config('jit', 'off', false), set_config('default_transaction_isolation', 'read committed', false), "
    "set_config('tcp_keepalives_idle', '10', false), set_config('tcp_keepalives_interval', '5', false), "
    "set_config('tcp_keepalives_count', '3', false), set_config('tcp_user_timeout', '20000', false)"};
constexpr Query begin_reading{"begin reading", "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"};
constexpr Query reading_may_pause{"reading may pause",
                                  "SELECT set_config('idle_in_transaction_session_timeout', $1::text, true)"};
constexpr Query begin_writing{"begin writing", "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"};
constexpr Query lock_writer{"lock writer", "SELECT pg_advisory_xact_lock($1::bigint)"};
constexpr Query wait_for_replicas{"commit without limit",
                                  "SELECT set_config('statement_timeout', '0', true)"};
constexpr Query commit{"commit", "COMMIT"};
constexpr Query rollback{"rollback", "ROLLBACK"};
// Terminates a stuck lock holder: a session that the server waits for in the middle of what it sends or
// receives is not "idle in transaction", so the server's own limit does not see it.
constexpr Query end_stuck_writer{
    "end stuck writer",
    "SELECT pg_terminate_backend(l.pid) FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid "
    "WHERE l.locktype = 'advisory' AND l.database = (SELECT oid FROM pg_database WHERE datname = "
    "current_database()) "
    "AND l.classid = (($1::bigint >> 32) & 4294967295)::oid AND l.objid = ($1::bigint & 4294967295)::oid AND "
    "l.objsubid = 1 "
    "AND l.granted AND l.pid <> pg_backend_pid() AND a.usename = current_user AND a.wait_event_type = "
    "'Client' "
    "AND a.query_start < clock_timestamp() - $2::bigint * interval '1 millisecond'"};

}  // namespace sql

}  // namespace

/// The connection pool of this node: those in use are counted, the others wait here.
struct PostgresStore::Pool {
  explicit Pool(PostgresSettings s)
      : settings(std::move(s)), writer_lock(postgres::writer_lock_of(settings.schema)) {}

  std::unique_ptr<Connection> connect(int lock_ms) const {
    auto made = std::make_unique<Connection>(settings.connection, settings.password);
    made->queue(sql::set_up, Parameters()
                                 .add(settings.schema)
                                 .add(std::to_string(settings.idle_transaction_ms))
                                 .add(std::to_string(settings.answer_ms))
                                 .add(std::to_string(lock_ms)));
    made->exchange(settings.answer_ms);
    return made;
  }

  const PostgresSettings settings;
  const std::int64_t writer_lock;

  Mutex mutex;
  std::condition_variable_any given_back;
  std::vector<std::unique_ptr<Connection>> idle KINHUB_GUARDED_BY(mutex);
  int in_use KINHUB_GUARDED_BY(mutex) = 0;

  Mutex lease_mutex;
  std::unique_ptr<Connection> lease_connection KINHUB_GUARDED_BY(lease_mutex);
};

/// Scope guard of a pooled connection: given back when whole, thrown away when not.
class PostgresStore::Borrowed {
 public:
  explicit Borrowed(std::shared_ptr<Pool> pool) : pool_(std::move(pool)) {
    const auto& settings = pool_->settings;
    {
      MutexLock lock(pool_->mutex);
      auto max = std::max(1, settings.connections_max - 1);
      if (!pool_->given_back.wait_for(lock, milliseconds(settings.writer_patience_ms),
                                      [&]() KINHUB_REQUIRES(pool_->mutex) { return pool_->in_use < max; }))
        throw StoreUnavailable(fmt::format(
            "all {} connections of this node to PostgreSQL are in use: raise connections_max", max));
      ++pool_->in_use;
      if (!pool_->idle.empty()) {
        connection_ = std::move(pool_->idle.back());
        pool_->idle.pop_back();
        fresh_ = false;
      }
    }
    if (connection_) return;
    try {
      connection_ =
          pool_->connect(std::max(1, std::min(settings.idle_transaction_ms, settings.writer_patience_ms)));
    } catch (...) {
      give_back();
      throw;
    }
  }
  ~Borrowed() {
    if (pool_) give_back();
  }
  Borrowed(Borrowed&& other) noexcept = default;
  Borrowed& operator=(Borrowed&&) = delete;

  Connection& operator*() const { return *connection_; }
  Connection* operator->() const { return connection_.get(); }
  const PostgresSettings& settings() const { return pool_->settings; }
  bool fresh() const { return fresh_; }

 private:
  void give_back() {
    MutexLock lock(pool_->mutex);
    --pool_->in_use;
    bool whole = connection_ && connection_->usable() && !connection_->in_transaction();
    if (whole)
      pool_->idle.push_back(std::move(connection_));
    else if (connection_)
      pool_->idle.clear();  // what ended one session has probably ended the others too
    pool_->given_back.notify_one();
  }
  std::shared_ptr<Pool> pool_;
  std::unique_ptr<Connection> connection_;
  bool fresh_ = true;
};

/// A write-behind buffer over one transaction: writes are kept back by the shelves, sorted by key, and sent
/// when there are many, before a read they would change that cannot be answered from here, and with the
/// commit, in the same round trip as it.
class PostgresStore::Transaction final : public StoreTransaction {
 public:
  /// `last`: sequence counters, known from the beginning or looked up when asked for.
  Transaction(Borrowed connection, std::optional<Numbers> last)
      : connection_(std::move(connection)),
        patience_ms_(connection_.settings().answer_ms + spare_ms),
        session_(*connection_, patience_ms_, last) {}

  ~Transaction() override {
    connection_->forget_queued();
    if (!connection_->usable() || !connection_->in_transaction()) return;
    try {
      connection_->queue(sql::rollback);
      connection_->exchange(patience_ms_);
    } catch (const std::exception&) {  // thrown away: the server rolls back by itself
    }
  }

  void commit() override {
    session_.flush_all();
    // No time limit for the commit: while it waits for a standby, the limit would end the waiting and
    // report success.
    session_.queue(sql::wait_for_replicas);
    auto answers = session_.ask(sql::commit);
    // The server says ROLLBACK, without an error, when a query had failed.
    if (answers.command() != "COMMIT")
      throw StoreUnavailable(connection_->place() +
                             ": nothing of this transaction was stored, a statement of it had failed");
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
  SealedRows& sealed() override {
    session_.send_all();  // it sees what was written before
    if (!sealed_) sealed_.emplace(*connection_);
    return *sealed_;
  }

 private:
  Borrowed connection_;
  int patience_ms_;
  postgres::Session session_;
  // In the order in which they are flushed.
  postgres::Entries entries_{session_};
  postgres::People people_{session_, entries_};
  postgres::Leads leads_{session_};
  postgres::Cases cases_{session_};
  postgres::Notices notices_{session_};
  postgres::Quarantine quarantine_{session_};
  postgres::Values values_{session_};
  postgres::Positions positions_{session_};
  postgres::IdentityPairs identity_pairs_{session_};
  postgres::Balance balance_{session_};
  postgres::Audit audit_{session_};
  postgres::Payments payments_{session_};
  postgres::Issued issued_{session_};
  postgres::Accounts accounts_{session_};
  postgres::Codes codes_{session_};
  std::optional<postgres::SealedRows> sealed_;
};

std::unique_ptr<PostgresStore> PostgresStore::open(const PostgresSettings& settings, const Keyring& keys) {
  if (!postgres::right_schema_name(settings.schema))
    throw StoreDamaged(
        "the schema name in the configuration must consist of a-z, digits and _, not begin with a digit or "
        "pg_, "
        "and be at most 63 long");
  auto store = std::unique_ptr<PostgresStore>(new PostgresStore(settings));
  Borrowed connection(store->pool_);
  postgres::prepare_schema(*connection, settings.schema, keys);
  return store;
}

PostgresStore::PostgresStore(PostgresSettings settings)
    : pool_(std::make_shared<Pool>(std::move(settings))) {}
PostgresStore::~PostgresStore() = default;

void PostgresStore::start_reading(Connection& connection) {
  connection.queue(sql::begin_reading);
  connection.queue(sql::reading_may_pause, Parameters().add(std::to_string(reading_idle_ms)));
  connection.exchange(pool_->settings.answer_ms + spare_ms);
}

/// Serializes writers over all nodes by the advisory lock of the schema, which each holds until its
/// transaction has ended; so READ COMMITTED suffices: the lock is given back after the commit can be seen,
/// and every query behind the lock sees what is committed when the query begins, so all that the writer
/// before left. (REPEATABLE READ would not do: it would see the moment before the waiting.)
Numbers PostgresStore::start_writing(Connection& connection) {
  const auto& settings = pool_->settings;
  auto give_up = steady_clock::now() + milliseconds(settings.writer_patience_ms);
  for (;;) {
    connection.queue(sql::begin_writing);
    connection.queue(sql::lock_writer, Parameters().add(pool_->writer_lock));
    connection.queue(postgres::sql::last_numbers);
    try {
      return postgres::numbers_from(connection.exchange(settings.answer_ms + spare_ms).back());
    } catch (const Failed& failed) {
      if (failed.sqlstate() != lock_not_available) throw;
    }
    connection.queue(sql::rollback);
    connection.exchange(settings.answer_ms + spare_ms);
    end_stuck_writer(connection);
    if (steady_clock::now() >= give_up)
      throw StoreUnavailable(fmt::format("{}: another node or command has been writing for {} s",
                                         connection.place(), settings.writer_patience_ms / 1000));
  }
}

void PostgresStore::end_stuck_writer(Connection& connection) {
  connection.queue(
      sql::end_stuck_writer,
      Parameters().add(pool_->writer_lock).add(std::int64_t{pool_->settings.idle_transaction_ms}));
  connection.exchange(Leases::patience_ms);
}

std::unique_ptr<StoreTransaction> PostgresStore::begin(For purpose) {
  for (;;) {
    Borrowed connection(pool_);
    bool fresh = connection.fresh();
    try {
      std::optional<Numbers> last;
      if (purpose == For::reading)
        start_reading(*connection);
      else
        last = start_writing(*connection);
      return std::make_unique<Transaction>(std::move(connection), last);
    } catch (const Failed&) {
      if (fresh || connection->usable()) throw;
      // The pooled connection was lost while idle; the next one is new.
    }
  }
}

/// A dedicated connection for leases, so that no batch and no reader keeps a node from prolonging them.
template <class Ask>
auto PostgresStore::with_lease_connection(Ask ask) {
  MutexLock lock(pool_->lease_mutex);
  for (;;) {
    auto connection = std::move(pool_->lease_connection);
    bool fresh = connection == nullptr;
    if (fresh) connection = pool_->connect(lease_lock_ms);
    try {
      auto answer = ask(*connection);
      pool_->lease_connection = std::move(connection);
      return answer;
    } catch (const Failed&) {
      bool usable = connection->usable();
      if (usable) pool_->lease_connection = std::move(connection);
      if (fresh || usable) throw;
    }
  }
}

std::vector<LeaseRow> PostgresStore::leases() {
  return with_lease_connection([](Connection& connection) { return Leases(connection).all(); });
}

std::optional<std::int64_t> PostgresStore::take_lease(std::string_view partition, std::string_view owner,
                                                      std::int64_t seen_epoch, std::int64_t duration_ms) {
  return with_lease_connection([&](Connection& connection) -> std::optional<std::int64_t> {
    try {
      return Leases(connection).take(partition, owner, seen_epoch, duration_ms);
    } catch (const Failed& failed) {
      if (failed.sqlstate() != lock_not_available) throw;
    }
    // Lock conflict: a batch under the old lease has not ended yet. It may still commit; until it
    // has ended nobody takes over.
    end_stuck_writer(connection);
    return std::nullopt;
  });
}

std::vector<LeaseRow> PostgresStore::renew_leases(std::string_view owner, std::int64_t duration_ms) {
  return with_lease_connection(
      [&](Connection& connection) { return Leases(connection).renew(owner, duration_ms); });
}

void PostgresStore::release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) {
  with_lease_connection([&](Connection& connection) {
    Leases(connection).release(partition, owner, epoch);
    return true;
  });
}

std::vector<NodeRow> PostgresStore::nodes() {
  return with_lease_connection([](Connection& connection) { return Leases(connection).nodes(); });
}

void PostgresStore::forget_node(std::string_view name) {
  with_lease_connection([&](Connection& connection) {
    Leases(connection).forget(name);
    return true;
  });
}

}  // namespace kinhub
