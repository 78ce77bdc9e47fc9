#include "hub/store/postgres_store.hpp"

#include <fmt/format.h>

#include <cassert>
#include <chrono>
#include <condition_variable>
#include <map>
#include <unordered_set>

#include "hub/base/mutex.hpp"
#include "hub/store/postgres.hpp"
#include "hub/store/postgres_schema.hpp"
#include "hub/store/postgres_sealed_rows.hpp"

namespace kinhub {
namespace {

using postgres::Column;
using postgres::Connection;
using postgres::Element;
using postgres::Failed;
using postgres::Parameters;
using postgres::Query;
using postgres::Rows;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr char lock_not_available[] = "55P03";
constexpr int lease_patience_ms = 5000, lease_lock_ms = 1000;
constexpr int spare_ms = 5000;  ///< what the network may take on top of what the server may
constexpr std::size_t kept_back_bytes_max = 16 << 20;
constexpr int reading_idle_ms = 600'000;  ///< a reader holds nobody up, but vacuum

// Bulk upserts with unnest, which keeps the order of its arrays, so that rows reach their table sorted by
// key. Measured for 10,000 dossiers of 700 bytes, server CPU per row, into a table of 200,000: written again
// by INSERT .. unnest .. ON CONFLICT 8.8-9.8 us, by UPDATE .. FROM unnest with an INSERT of the rest
// 10.3-11.0, by COPY into a temporary table and from there 10.7, by DELETE and COPY 12.3-14.5; new ones
// 7.7-8.3, 5.8-6.0, 5.3 and 3.0. Most rows of a running hub are known ones, and COPY cannot travel in the
// pipeline with the commit, so it is ON CONFLICT.
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
constexpr Query last_numbers{"last numbers",
                             "SELECT coalesce((SELECT last FROM number WHERE name = 'person'), 0), "
                             "coalesce((SELECT last FROM number WHERE name = 'lead'), 0), "
                             "coalesce((SELECT last FROM number WHERE name = 'quarantine'), 0), "
                             "coalesce((SELECT max(sequence) FROM notice), 0)"};
constexpr Query put_numbers{"put numbers",
                            "INSERT INTO number SELECT * FROM unnest($1::text[], $2::bigint[]) ON "
                            "CONFLICT (name) DO UPDATE SET last = excluded.last"};
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

constexpr Query get_position{"get position",
                             "SELECT sequence, log_offset FROM place WHERE partition = $1::text"};
constexpr Query first_position{"first position",
                               "INSERT INTO place VALUES ($1::text, 0, -1) ON CONFLICT DO NOTHING"};
constexpr Query first_lease{"first lease",
                            "INSERT INTO lease VALUES ($1::text, '', 0, 'epoch') ON CONFLICT DO NOTHING"};
constexpr Query hold_lease{"hold lease", "SELECT epoch FROM lease WHERE partition = $1::text FOR KEY SHARE"};
constexpr Query move_position{
    "move position",
    "UPDATE place SET sequence = $3::bigint, log_offset = $4::bigint WHERE partition = $1::text AND sequence "
    "= $2::bigint "
    "AND $5::bigint = (SELECT epoch FROM lease WHERE lease.partition = $1::text)"};

constexpr Query get_dossiers{"get dossiers",
                             "SELECT person, marks, sealed FROM dossier WHERE person = ANY($1::bigint[])"};
constexpr Query put_dossiers{
    "put dossiers",
    "INSERT INTO dossier SELECT person, marks, sealed <> ''::bytea, sealed "
    "FROM unnest($1::bigint[], $2::bigint[], $3::bytea[]) AS kept (person, marks, sealed) "
    "ON CONFLICT (person) DO UPDATE SET marks = excluded.marks, mentioned = excluded.mentioned, sealed = "
    "excluded.sealed"};
constexpr Query erase_dossiers{"erase dossiers", "DELETE FROM dossier WHERE person = ANY($1::bigint[])"};
constexpr Query get_holders{"get holders",
                            "SELECT identifier, person FROM holder WHERE identifier = ANY($1::uuid[])"};
constexpr Query add_holders{
    "add holders",
    "INSERT INTO holder SELECT * FROM unnest($1::uuid[], $2::bigint[]) ON CONFLICT DO NOTHING"};
constexpr Query remove_holders{
    "remove holders",
    "DELETE FROM holder USING unnest($1::uuid[], $2::bigint[]) AS gone (identifier, person) "
    "WHERE holder.identifier = gone.identifier AND holder.person = gone.person"};
constexpr Query get_homes{"get homes", "SELECT topic, person FROM home WHERE topic = ANY($1::uuid[])"};
constexpr Query set_homes{"set homes",
                          "INSERT INTO home SELECT * FROM unnest($1::uuid[], $2::bigint[]) ON CONFLICT "
                          "(topic) DO UPDATE SET person = excluded.person"};
// Uses the partial index of rows that have only marks left: they are few, and no
// dossier is read to leave them out.
constexpr Query people{"people",
                       "SELECT person FROM dossier d WHERE NOT EXISTS (SELECT FROM dossier e WHERE "
                       "e.person = d.person AND NOT e.mentioned) "
                       "ORDER BY person"};
constexpr Query size{"size",
                     "SELECT (SELECT count(*) FROM dossier) - (SELECT count(*) FROM dossier WHERE NOT "
                     "mentioned), (SELECT count(*) FROM home)"};

#define KINHUB_LEAD                                                                                 \
  "SELECT id, person, benefit, kind, state, opened_at_us, changed_at_us, revision, sealed, anchor " \
  "FROM lead "
constexpr Query put_leads{"put leads",
                          "INSERT INTO lead SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], "
                          "$4::bigint[], $5::bigint[], $6::bigint[], "
                          "$7::bigint[], $8::bigint[], $9::bytea[], $10::uuid[]) "
                          "ON CONFLICT (id) DO UPDATE SET "
                          "person = excluded.person, kind = excluded.kind, "
                          "state = excluded.state, changed_at_us = excluded.changed_at_us, revision = "
                          "excluded.revision, sealed = excluded.sealed, anchor = excluded.anchor"};
constexpr Query leads_of{"leads of", KINHUB_LEAD "WHERE person = $1::bigint ORDER BY id"};
constexpr Query get_lead{"get lead", KINHUB_LEAD "WHERE id = $1::bigint"};
constexpr Query open_leads{"open leads", KINHUB_LEAD "WHERE person = ANY($1::bigint[]) AND state = 0"};
constexpr Query all_leads{"all leads", KINHUB_LEAD "ORDER BY id"};
constexpr Query state_leads{"state leads", KINHUB_LEAD "WHERE state = $1::bigint ORDER BY id"};
#undef KINHUB_LEAD
constexpr Query lead_people{"lead people", "SELECT DISTINCT person FROM lead ORDER BY person"};
constexpr Query state_lead_people{
    "state lead people", "SELECT DISTINCT person FROM lead WHERE state = $1::bigint ORDER BY person"};
constexpr Query get_decided{
    "get decided", "SELECT person, benefit, sealed, anchor FROM decided WHERE person = ANY($1::bigint[])"};
constexpr Query put_decided{
    "put decided",
    "INSERT INTO decided SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[], $4::uuid[]) "
    "ON CONFLICT (person, benefit, anchor) DO UPDATE SET sealed = excluded.sealed"};
constexpr Query erase_decided{
    "erase decided",
    "DELETE FROM decided WHERE person = $1::bigint AND benefit = $2::text AND anchor = ANY($3::uuid[])"};
constexpr Query add_decision{"add decision",
                             "INSERT INTO decision (lead, verdict, at_us, sealed) VALUES ($1::bigint, "
                             "$2::bigint, $3::bigint, $4::bytea)"};
constexpr Query get_decisions{
    "get decisions", "SELECT verdict, at_us, sealed FROM decision WHERE lead = $1::bigint ORDER BY id"};

constexpr Query put_pairs{
    "put pairs",
    "INSERT INTO identity_pair SELECT * FROM unnest($1::bigint[], $2::uuid[], $3::uuid[], $4::bigint[], "
    "$5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[], $10::bytea[]) "
    "ON CONFLICT (id) DO UPDATE SET a = excluded.a, b = excluded.b, state = excluded.state, "
    "why = excluded.why, weight = excluded.weight, since_us = excluded.since_us, "
    "changed_at_us = excluded.changed_at_us, seen_at_us = excluded.seen_at_us, digest = excluded.digest"};
#define KINHUB_PAIR \
  "SELECT id, a, b, state, why, weight, since_us, changed_at_us, seen_at_us, digest FROM identity_pair "
constexpr Query get_pair{"get pair", KINHUB_PAIR "WHERE id = $1::bigint"};
constexpr Query get_pairs{"get pairs", KINHUB_PAIR "ORDER BY id"};
constexpr Query pairs_in{"pairs in", KINHUB_PAIR "WHERE state = $1::bigint ORDER BY id"};
constexpr Query pairs_of{"pairs of",
                         KINHUB_PAIR "WHERE a = ANY($1::uuid[]) OR b = ANY($1::uuid[]) ORDER BY id"};
#undef KINHUB_PAIR
constexpr Query pairs_waiting{
    "pairs waiting", "SELECT why, count(*) FROM identity_pair WHERE state = 0 GROUP BY why ORDER BY why"};

constexpr Query set_next{"set next",
                         "INSERT INTO next_change SELECT * FROM unnest($1::bigint[], $2::bigint[]) ON "
                         "CONFLICT (person) DO UPDATE SET day = excluded.day"};
constexpr Query clear_next{"clear next", "DELETE FROM next_change WHERE person = ANY($1::bigint[])"};
constexpr Query due{"due", "SELECT person FROM next_change WHERE day <= $1::bigint ORDER BY day, person"};

constexpr Query add_notices{"add notices",
                            "INSERT INTO notice SELECT * FROM unnest($1::bigint[], $2::text[])"};
constexpr Query get_notices{
    "get notices",
    "SELECT sequence, body FROM notice WHERE sequence > $1::bigint ORDER BY sequence LIMIT $2::bigint"};

#define KINHUB_QUARANTINE                                                                           \
  "SELECT id, source, key, code, place, reason, mapping, received_at_us, attempts, bytes, digest, " \
  "event_sequence, state, key_text"
constexpr Query add_quarantine{"add quarantine",
                               "INSERT INTO quarantine (id, source, key, code, place, reason, mapping, "
                               "received_at_us, attempts, bytes, digest, "
                               "event_sequence, state, key_text, sealed) SELECT * FROM "
                               "unnest($1::bigint[], $2::text[], $3::uuid[], $4::bytea[], "
                               "$5::bytea[], $6::bytea[], $7::bytea[], $8::bigint[], $9::bigint[], "
                               "$10::bigint[], $11::bytea[], $12::bigint[], "
                               "$13::bigint[], $14::bytea[], $15::bytea[])"};
constexpr Query update_quarantine{"update quarantine",
                                  "UPDATE quarantine SET state = $2::bigint, attempts = $3::bigint, code "
                                  "= $4::bytea, place = $5::bytea, reason = $6::bytea "
                                  "WHERE id = $1::bigint"};
constexpr Query all_quarantine{"all quarantine", KINHUB_QUARANTINE ", ''::bytea FROM quarantine ORDER BY id"};
constexpr Query state_quarantine{
    "state quarantine", KINHUB_QUARANTINE ", ''::bytea FROM quarantine WHERE state = $1::bigint ORDER BY id"};
constexpr Query get_quarantine{"get quarantine",
                               KINHUB_QUARANTINE ", sealed FROM quarantine WHERE id = $1::bigint"};
constexpr Query held_like{"held like", KINHUB_QUARANTINE
                          ", ''::bytea FROM quarantine WHERE id IN ("
                          "SELECT id FROM quarantine WHERE state = 0 AND digest = ANY($1::bytea[]) UNION "
                          "SELECT id FROM quarantine WHERE state = 0 AND key = ANY($2::uuid[])) ORDER BY id"};
#undef KINHUB_QUARANTINE
constexpr Query add_mentions{"add mentions",
                             "INSERT INTO held_mention SELECT * FROM unnest($1::uuid[], $2::bigint[]) "
                             "ON CONFLICT DO NOTHING"};
constexpr Query drop_mentions{"drop mentions", "DELETE FROM held_mention WHERE quarantine = $1::bigint"};
constexpr Query get_mentions{"get mentions",
                             "SELECT identifier, quarantine.id, source FROM held_mention JOIN quarantine ON "
                             "quarantine.id = held_mention.quarantine WHERE identifier = ANY($1::uuid[])"};

constexpr Query get_counters{"get counters",
                             "SELECT source, applied, filtered, duplicate, quarantined, discarded, "
                             "repeated, lost, unmatched, unnamed FROM counter ORDER BY source"};
constexpr Query add_counters{
    "add counters",
    "INSERT INTO counter VALUES ($1::text, $2::bigint, $3::bigint, $4::bigint, $5::bigint, $6::bigint, "
    "$7::bigint, $8::bigint, $9::bigint, $10::bigint) "
    "ON CONFLICT (source) DO UPDATE SET applied = counter.applied + excluded.applied, "
    "filtered = counter.filtered + excluded.filtered, duplicate = counter.duplicate + excluded.duplicate, "
    "quarantined = counter.quarantined + excluded.quarantined, discarded = counter.discarded + "
    "excluded.discarded, "
    "repeated = counter.repeated + excluded.repeated, lost = counter.lost + excluded.lost, "
    "unmatched = counter.unmatched + excluded.unmatched, unnamed = counter.unnamed + excluded.unnamed"};
constexpr Query get_coverage{"get coverage",
                             "SELECT source, loaded, complete_until_us FROM coverage ORDER BY source"};
constexpr Query put_coverage{
    "put coverage",
    "INSERT INTO coverage VALUES ($1::text, $2::bigint <> 0, $3::bigint) ON CONFLICT (source) DO UPDATE SET "
    "loaded = excluded.loaded, complete_until_us = excluded.complete_until_us"};
constexpr Query add_disclosure{"add disclosure",
                               "INSERT INTO disclosure (at_us, sealed) VALUES ($1::bigint, $2::bytea)"};
constexpr Query get_disclosures{"get disclosures", "SELECT at_us, sealed FROM disclosure ORDER BY id"};
constexpr Query put_dated{"put dated",
                          "INSERT INTO dated VALUES ($1::text, $2::bigint, $3::bytea) ON CONFLICT (name, "
                          "at_us) DO UPDATE SET value = excluded.value"};
constexpr Query get_dated{"get dated", "SELECT at_us, value FROM dated WHERE name = $1::text ORDER BY at_us"};
constexpr Query get_value{"get value", "SELECT value FROM value WHERE name = $1::text"};
constexpr Query put_values{"put values",
                           "INSERT INTO value SELECT * FROM unnest($1::text[], $2::bytea[]) ON CONFLICT "
                           "(name) DO UPDATE SET value = excluded.value"};

// Leases. A pipeline is one implicit transaction. Times are the server's, so no node's clock matters.
#define KINHUB_LEASE                                                                                     \
  "SELECT partition, owner, epoch, floor(extract(epoch FROM until - clock_timestamp()) * 1000)::bigint " \
  "FROM lease WHERE epoch > 0 "
constexpr Query get_leases{"get leases", KINHUB_LEASE "ORDER BY partition"};
constexpr Query own_leases{"own leases", KINHUB_LEASE "AND owner = $1::text ORDER BY partition"};
#undef KINHUB_LEASE
constexpr Query lock_lease{"lock lease", "SELECT epoch FROM lease WHERE partition = $1::text FOR UPDATE"};
constexpr Query take_lease{
    "take lease",
    "INSERT INTO lease SELECT $1::text, $2::text, 1, clock_timestamp() + $4::bigint * interval '1 "
    "millisecond' "
    "WHERE $3::bigint = 0 OR EXISTS (SELECT FROM lease WHERE partition = $1::text) "
    "ON CONFLICT (partition) DO UPDATE SET owner = excluded.owner, epoch = lease.epoch + 1, until = "
    "excluded.until "
    "WHERE lease.epoch = $3::bigint AND (lease.until <= clock_timestamp() OR lease.owner = excluded.owner) "
    "RETURNING epoch"};
constexpr Query see_node{"see node",
                         "INSERT INTO node VALUES ($1::text, clock_timestamp()) ON CONFLICT (name) DO "
                         "UPDATE SET seen = excluded.seen"};
constexpr Query renew_leases{"renew leases",
                             "UPDATE lease SET until = clock_timestamp() + $2::bigint * interval '1 "
                             "millisecond' WHERE owner = $1::text"};
constexpr Query release_lease{"release lease",
                              "UPDATE lease SET until = 'epoch', owner = '' WHERE partition = $1::text "
                              "AND owner = $2::text AND epoch = $3::bigint"};
constexpr Query get_nodes{
    "get nodes",
    "SELECT name, floor(extract(epoch FROM clock_timestamp() - seen) * 1000)::bigint FROM node "
    "WHERE seen > clock_timestamp() - interval '1 day' ORDER BY name"};
constexpr Query forget_node{"forget node", "DELETE FROM node WHERE name = $1::text"};

}  // namespace sql

/// Primary key of a decided row.
struct DecidedKey {
  PersonId person;
  std::string benefit;
  Token anchor;
  friend auto operator<=>(const DecidedKey&, const DecidedKey&) = default;
};

Token token_at(const Rows& rows, int row, int column) {
  return Token::from(rows.bytes(row, column));
}

}  // namespace

/// Sequence counters: the last numbers given.
struct PostgresStore::Numbers {
  std::int64_t person = 0, lead = 0, quarantine = 0, notice = 0;
};

PostgresStore::Numbers PostgresStore::numbers_from(const postgres::Rows& rows) {
  return {rows.number(0, 0), rows.number(0, 1), rows.number(0, 2), rows.number(0, 3)};
}

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

/// A write-behind buffer over one transaction: writes are kept back, sorted by key, and sent when
/// there are many, before a read they would change that cannot be answered from here, and with the
/// commit, in the same round trip as it.
class PostgresStore::Transaction final : public StoreTransaction {
 public:
  /// `last`: sequence counters, known from the beginning or looked up when asked for.
  Transaction(Borrowed connection, std::optional<Numbers> last)
      : connection_(std::move(connection)),
        patience_ms_(connection_.settings().answer_ms + spare_ms),
        stored_(last),
        last_(last) {}

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
    flush_all();
    // No time limit for the commit: while it waits for a standby, the limit would end the waiting and
    // report success.
    connection_->queue(sql::wait_for_replicas);
    auto answers = exchange_with(sql::commit);
    // The server says ROLLBACK, without an error, when a query had failed.
    if (answers.command() != "COMMIT")
      throw StoreUnavailable(connection_->place() +
                             ": nothing of this transaction was stored, a statement of it had failed");
  }

  StoredPosition position(std::string_view partition) override {
    auto rows = ask(sql::get_position, Parameters().add(partition));
    if (rows.size() == 0) return {};
    return {rows.number(0, 0), rows.number(0, 1)};
  }

  /// Fencing by row locks: a lease that changes hands and a batch under it cannot pass each other. This takes
  /// the lease's row FOR KEY SHARE, which whoever takes the lease over must wait for (lock_lease takes it FOR
  /// UPDATE) until this transaction has ended, however; and when the other one was first, this waits for it
  /// and sees the new epoch, because each query of READ COMMITTED sees what is committed when it begins.
  /// Prolonging a lease does not touch its key, so it goes by a batch that runs. A partition nobody ever
  /// leased gets a row of epoch 0 to meet at.
  bool advance(const Advance& move) override {
    connection_->queue(sql::first_position, Parameters().add(move.partition));
    if (move.lease_epoch == 0) connection_->queue(sql::first_lease, Parameters().add(move.partition));
    connection_->queue(sql::hold_lease, Parameters().add(move.partition));
    return ask(sql::move_position, Parameters()
                                       .add(move.partition)
                                       .add(move.from_sequence)
                                       .add(move.to_sequence)
                                       .add(move.to_offset)
                                       .add(move.lease_epoch))
               .changed() == 1;
  }

  PersonId new_person() override { return {++last().person}; }

  std::vector<DossierRow> dossiers(std::span<const PersonId> wanted) override {
    std::vector<DossierRow> rows;
    Column keys(Element::number, wanted.size());
    std::size_t asked = 0;
    for (auto person : wanted) {
      auto kept = dossiers_.find(person);
      if (kept == dossiers_.end())
        keys.add(person.value), ++asked;
      else if (kept->second)
        rows.push_back(*kept->second);
    }
    if (asked == 0) return rows;
    auto found = ask(sql::get_dossiers, Parameters().add(std::move(keys)));
    rows.reserve(rows.size() + static_cast<std::size_t>(found.size()));
    for (int row = 0; row < found.size(); ++row) {
      auto marks = found.number(row, 1);
      rows.push_back({{found.number(row, 0)}, marks_of(marks), found.text(row, 2)});
    }
    return rows;
  }
  void put_dossiers(std::span<const DossierRow> rows) override {
    for (const auto& row : rows) {
      dossiers_.insert_or_assign(row.person, row);
      keep_back(row.sealed.size());
    }
  }
  void erase_dossiers(std::span<const PersonId> people) override {
    for (auto person : people) {
      dossiers_.insert_or_assign(person, std::nullopt);
      keep_back(0);
    }
  }

  std::vector<HolderRow> holders(std::span<const Token> identifiers) override {
    std::vector<HolderRow> rows;
    if (identifiers.empty()) return rows;
    auto found = ask(sql::get_holders, Parameters().add(tokens(identifiers)));
    for (int row = 0; row < found.size(); ++row) {
      HolderRow one{token_at(found, row, 0), {found.number(row, 1)}};
      if (!holders_.contains(one)) rows.push_back(one);
    }
    if (holders_.empty()) return rows;
    for (const auto& identifier : identifiers)
      for (auto at = holders_.lower_bound({identifier, {}});
           at != holders_.end() && at->first.identifier == identifier; ++at)
        if (at->second) rows.push_back(at->first);
    return rows;
  }
  void add_holders(std::span<const HolderRow> rows) override {
    for (const auto& row : rows)
      holders_.insert_or_assign(row, true), keep_back(0);
  }
  void remove_holders(std::span<const HolderRow> rows) override {
    for (const auto& row : rows)
      holders_.insert_or_assign(row, false), keep_back(0);
  }
  std::vector<HomeRow> homes(std::span<const Token> histories) override {
    std::vector<HomeRow> rows;
    Column keys(Element::token, histories.size());
    std::size_t asked = 0;
    for (const auto& history : histories) {
      auto kept = homes_.find(history);
      if (kept == homes_.end())
        keys.add(history.view()), ++asked;
      else
        rows.push_back({history, kept->second});
    }
    if (asked == 0) return rows;
    auto found = ask(sql::get_homes, Parameters().add(std::move(keys)));
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({token_at(found, row, 0), {found.number(row, 1)}});
    return rows;
  }
  void set_homes(std::span<const HomeRow> rows) override {
    for (const auto& row : rows)
      homes_.insert_or_assign(row.history, row.person), keep_back(0);
  }
  std::vector<PersonId> all_people() override {
    flush_people();
    return persons(ask(sql::people));
  }
  Size size() override {
    flush_people();
    auto rows = ask(sql::size);
    return {rows.number(0, 0), rows.number(0, 1)};
  }

  LeadId new_lead() override { return {++last().lead}; }
  void put_lead(const LeadRow& lead) override {
    leads_.insert_or_assign(lead.id.value, lead);
    keep_back(lead.content.size());
  }
  std::optional<LeadRow> lead(LeadId id) override {
    if (auto kept = leads_.find(id.value); kept != leads_.end()) return kept->second;
    auto rows = leads_from(ask(sql::get_lead, Parameters().add(id.value)));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<LeadRow> open_leads(PersonId person) override { return open_leads_of({&person, 1}); }
  std::vector<LeadRow> open_leads_of(std::span<const PersonId> people) override {
    if (people.empty()) return {};
    auto rows = leads_from(ask(sql::open_leads, Parameters().add(numbers(people))));
    std::erase_if(rows, [&](const LeadRow& row) { return leads_.contains(row.id.value); });
    std::unordered_set<PersonId> wanted(people.begin(), people.end());
    for (const auto& [id, row] : leads_)
      if (row.state == LeadState::open && wanted.contains(row.person)) rows.push_back(row);
    std::ranges::sort(rows, {}, &LeadRow::id);
    return rows;
  }
  std::vector<LeadRow> leads_of(PersonId person) override {
    flush_leads();
    return leads_from(ask(sql::leads_of, Parameters().add(person.value)));
  }
  std::vector<LeadRow> leads(std::optional<LeadState> state) override {
    flush_leads();
    if (!state) return leads_from(ask(sql::all_leads));
    return leads_from(ask(sql::state_leads, Parameters().add(static_cast<std::int64_t>(*state))));
  }
  std::vector<PersonId> people_with_leads(std::optional<LeadState> state) override {
    flush_leads();
    if (!state) return persons(ask(sql::lead_people));
    return persons(ask(sql::state_lead_people, Parameters().add(static_cast<std::int64_t>(*state))));
  }
  std::vector<DecidedRow> decided(PersonId person) override { return decided_for({&person, 1}); }
  std::vector<DecidedRow> decided_for(std::span<const PersonId> people) override {
    if (people.empty()) return {};
    std::map<DecidedKey, std::string> all;
    auto found = ask(sql::get_decided, Parameters().add(numbers(people)));
    for (int row = 0; row < found.size(); ++row)
      all.emplace(DecidedKey{{found.number(row, 0)}, found.text(row, 1), token_at(found, row, 3)},
                  found.text(row, 2));
    for (auto person : people)
      for (auto at = decided_.lower_bound({person, {}, {}});
           at != decided_.end() && at->first.person == person; ++at)
        all.insert_or_assign(at->first, at->second);
    std::vector<DecidedRow> rows;
    for (auto& [key, content] : all)
      rows.push_back({key.person, key.benefit, std::move(content), key.anchor});
    return rows;
  }
  void put_decided(const DecidedRow& row) override {
    decided_.insert_or_assign({row.person, row.benefit, row.anchor}, row.content);
    keep_back(row.content.size());
  }
  void erase_decided(PersonId person, const std::string& benefit, const Token& anchor) override {
    flush_decided();
    connection_->queue(sql::erase_decided,
                       Parameters().add(person.value).add(benefit).add(tokens({&anchor, 1})));
  }
  void add_decision(const DecisionRow& row) override {
    connection_->queue(sql::add_decision, Parameters()
                                              .add(row.lead.value)
                                              .add(static_cast<std::int64_t>(row.verdict))
                                              .add(row.at_us)
                                              .add(row.content));
  }
  std::vector<DecisionRow> decisions(LeadId lead) override {
    std::vector<DecisionRow> rows;
    auto found = ask(sql::get_decisions, Parameters().add(lead.value));
    for (int row = 0; row < found.size(); ++row)
      rows.push_back(
          {lead, static_cast<LeadState>(found.number(row, 0)), found.number(row, 1), found.text(row, 2)});
    return rows;
  }

  void put_identity_pairs(std::span<const IdentityPairRow> rows) override {
    std::map<PairId, const IdentityPairRow*> last;  // one statement may not touch a row twice
    for (const auto& row : rows)
      last[row.id] = &row;
    if (last.empty()) return;
    Column id(Element::number), a(Element::token), b(Element::token), state(Element::number),
        why(Element::number), weight(Element::number), since(Element::number), changed(Element::number),
        seen(Element::number), digest(Element::bytes);
    for (const auto& [key, row] : last) {
      id.add(key.value), a.add(row->a.view()), b.add(row->b.view());
      state.add(static_cast<std::int64_t>(row->state)), why.add(static_cast<std::int64_t>(row->why));
      weight.add(row->weight), since.add(row->since_us), changed.add(row->changed_at_us);
      seen.add(row->seen_at_us), digest.add(row->digest);
    }
    connection_->queue(sql::put_pairs, Parameters()
                                           .add(std::move(id))
                                           .add(std::move(a))
                                           .add(std::move(b))
                                           .add(std::move(state))
                                           .add(std::move(why))
                                           .add(std::move(weight))
                                           .add(std::move(since))
                                           .add(std::move(changed))
                                           .add(std::move(seen))
                                           .add(std::move(digest)));
  }
  std::optional<IdentityPairRow> identity_pair(PairId id) override {
    auto rows = pairs_from(ask(sql::get_pair, Parameters().add(id.value)));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<IdentityPairRow> identity_pairs(std::optional<PairState> state) override {
    if (!state) return pairs_from(ask(sql::get_pairs));
    return pairs_from(ask(sql::pairs_in, Parameters().add(static_cast<std::int64_t>(*state))));
  }
  std::vector<IdentityPairRow> identity_pairs_of(std::span<const Token> anchors) override {
    if (anchors.empty()) return {};
    return pairs_from(ask(sql::pairs_of, Parameters().add(tokens(anchors))));
  }
  std::vector<std::pair<PairWhy, std::int64_t>> identity_pairs_waiting() override {
    std::vector<std::pair<PairWhy, std::int64_t>> counts;
    auto found = ask(sql::pairs_waiting);
    for (int row = 0; row < found.size(); ++row)
      counts.emplace_back(static_cast<PairWhy>(found.number(row, 0)), found.number(row, 1));
    return counts;
  }

  void set_next_change(PersonId person, std::optional<Date> day) override {
    next_changes_.insert_or_assign(person, day);
    keep_back(0);
  }
  std::vector<PersonId> due(Date until) override {
    flush_next_changes();
    return persons(ask(sql::due, Parameters().add(std::int64_t{until.days()})));
  }

  void add_notice(const NoticeRow& row) override {
    assert(row.sequence == last().notice + 1);
    last().notice = row.sequence;
    notices_.push_back(row);
    keep_back(row.body.size());
  }
  std::int64_t last_notice() override { return last().notice; }
  std::vector<NoticeRow> notices(std::int64_t after, std::size_t count_max) override {
    flush_notices();
    std::vector<NoticeRow> rows;
    auto found = ask(sql::get_notices, Parameters().add(after).add(static_cast<std::int64_t>(count_max)));
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.number(row, 0), found.text(row, 1)});
    return rows;
  }

  std::int64_t add_quarantine(const QuarantineRow& row) override {
    quarantine_.push_back(row);
    quarantine_.back().id = ++last().quarantine;
    keep_back(row.event.size());
    return last().quarantine;
  }
  void update_quarantine(std::int64_t id, QuarantineState state, std::int64_t attempts, std::string_view code,
                         std::string_view place, std::string_view reason) override {
    flush_quarantine();
    connection_->queue(sql::update_quarantine, Parameters()
                                                   .add(id)
                                                   .add(static_cast<std::int64_t>(state))
                                                   .add(attempts)
                                                   .add(code)
                                                   .add(place)
                                                   .add(reason));
    if (state != QuarantineState::held) connection_->queue(sql::drop_mentions, Parameters().add(id));
  }
  std::vector<HeldMention> held_mentions(std::span<const Token> identifiers) override {
    if (identifiers.empty()) return {};
    flush_quarantine();
    std::vector<HeldMention> rows;
    auto found = ask(sql::get_mentions, Parameters().add(tokens(identifiers)));
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({token_at(found, row, 0), found.number(row, 1), found.text(row, 2)});
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  std::vector<QuarantineRow> quarantine(std::optional<QuarantineState> state) override {
    flush_quarantine();
    if (!state) return quarantine_from(ask(sql::all_quarantine));
    return quarantine_from(ask(sql::state_quarantine, Parameters().add(static_cast<std::int64_t>(*state))));
  }
  std::optional<QuarantineRow> quarantined(std::int64_t id) override {
    flush_quarantine();
    auto rows = quarantine_from(ask(sql::get_quarantine, Parameters().add(id)));
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<QuarantineRow> held_like(std::span<const std::string> digests,
                                       std::span<const Token> keys) override {
    if (digests.empty() && keys.empty()) return {};
    flush_quarantine();
    Column of_digests(Element::bytes, digests.size());
    for (const auto& digest : digests)
      of_digests.add(digest);
    return quarantine_from(ask(sql::held_like, Parameters().add(std::move(of_digests)).add(tokens(keys))));
  }

  std::vector<std::pair<std::string, Counters>> counters() override {
    std::vector<std::pair<std::string, Counters>> rows;
    auto found = ask(sql::get_counters);
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.text(row, 0),
                      {found.number(row, 1), found.number(row, 2), found.number(row, 3), found.number(row, 4),
                       found.number(row, 5), found.number(row, 6), found.number(row, 7), found.number(row, 8),
                       found.number(row, 9)}});
    return rows;
  }
  void add_counters(const std::string& source, const Counters& change) override {
    connection_->queue(sql::add_counters, Parameters()
                                              .add(source)
                                              .add(change.applied)
                                              .add(change.filtered)
                                              .add(change.duplicate)
                                              .add(change.quarantined)
                                              .add(change.discarded)
                                              .add(change.repeated)
                                              .add(change.lost)
                                              .add(change.unmatched)
                                              .add(change.unnamed));
  }
  std::vector<CoverageRow> coverage() override {
    std::vector<CoverageRow> rows;
    auto found = ask(sql::get_coverage);
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.text(row, 0), found.number(row, 1) != 0, found.number(row, 2)});
    return rows;
  }
  void put_coverage(const CoverageRow& row) override {
    connection_->queue(sql::put_coverage,
                       Parameters().add(row.source).add(std::int64_t{row.loaded}).add(row.complete_until_us));
  }

  void add_disclosure(std::int64_t at_us, std::string_view sealed) override {
    connection_->queue(sql::add_disclosure, Parameters().add(at_us).add(sealed));
  }
  std::vector<std::pair<std::int64_t, std::string>> disclosures() override {
    std::vector<std::pair<std::int64_t, std::string>> rows;
    auto found = ask(sql::get_disclosures);
    for (int row = 0; row < found.size(); ++row)
      rows.emplace_back(found.number(row, 0), found.text(row, 1));
    return rows;
  }

  void put_dated(const DatedRow& row) override {
    connection_->queue(sql::put_dated, Parameters().add(row.name).add(row.at_us).add(row.value));
  }
  std::vector<DatedRow> dated(const std::string& name) override {
    std::vector<DatedRow> rows;
    auto found = ask(sql::get_dated, Parameters().add(name));
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({name, found.number(row, 0), found.text(row, 1)});
    return rows;
  }

  std::string value(const std::string& name) override {
    if (auto kept = values_.find(name); kept != values_.end()) return kept->second;
    auto rows = ask(sql::get_value, Parameters().add(name));
    return rows.size() == 0 ? std::string() : rows.text(0, 0);
  }
  void put_value(const std::string& name, std::string_view value) override {
    values_.insert_or_assign(name, std::string(value));
    keep_back(value.size());
  }

  kinhub::SealedRows& sealed() override {
    flush_all();
    if (connection_->queued() > 0) connection_->exchange(patience_ms_);
    if (!sealed_) sealed_.emplace(*connection_);
    return *sealed_;
  }

 private:
  /// Flushes what was queued together with this query; the answer to this one.
  Rows exchange_with(const Query& query, Parameters parameters = {}) {
    connection_->queue(query, std::move(parameters));
    return std::move(connection_->exchange(patience_ms_).back());
  }
  Rows ask(const Query& query, Parameters parameters = {}) {
    return exchange_with(query, std::move(parameters));
  }

  Numbers& last() {
    if (!last_) last_ = stored_ = numbers_from(ask(sql::last_numbers));
    return *last_;
  }

  static std::vector<IdentityPairRow> pairs_from(const Rows& found) {
    std::vector<IdentityPairRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({{found.number(row, 0)},
                      token_at(found, row, 1),
                      token_at(found, row, 2),
                      static_cast<PairState>(found.number(row, 3)),
                      static_cast<PairWhy>(found.number(row, 4)),
                      found.number(row, 5),
                      found.number(row, 6),
                      found.number(row, 7),
                      found.number(row, 8),
                      found.text(row, 9)});
    return rows;
  }

  static Column numbers(std::span<const PersonId> all) {
    Column column(Element::number, all.size());
    for (auto person : all)
      column.add(person.value);
    return column;
  }
  static Column tokens(std::span<const Token> all) {
    Column column(Element::token, all.size());
    for (const auto& token : all)
      column.add(token.view());
    return column;
  }
  static std::vector<PersonId> persons(const Rows& rows) {
    std::vector<PersonId> found;
    found.reserve(static_cast<std::size_t>(rows.size()));
    for (int row = 0; row < rows.size(); ++row)
      found.push_back({rows.number(row, 0)});
    return found;
  }
  static std::vector<LeadRow> leads_from(const Rows& found) {
    std::vector<LeadRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({{found.number(row, 0)},
                      {found.number(row, 1)},
                      found.text(row, 2),
                      static_cast<LeadKind>(found.number(row, 3)),
                      static_cast<LeadState>(found.number(row, 4)),
                      found.number(row, 5),
                      found.number(row, 6),
                      found.number(row, 7),
                      found.text(row, 8),
                      token_at(found, row, 9)});
    return rows;
  }
  static std::vector<QuarantineRow> quarantine_from(const Rows& found) {
    std::vector<QuarantineRow> rows;
    for (int at = 0; at < found.size(); ++at) {
      QuarantineRow row;
      row.id = found.number(at, 0), row.source = found.text(at, 1);
      if (!found.is_null(at, 2)) row.key = token_at(found, at, 2);
      row.code = found.text(at, 3), row.place = found.text(at, 4), row.reason = found.text(at, 5),
      row.mapping = found.text(at, 6);
      row.received_at_us = found.number(at, 7), row.attempts = found.number(at, 8),
      row.bytes = found.number(at, 9);
      row.digest = found.text(at, 10), row.event_sequence = found.number(at, 11);
      row.state = static_cast<QuarantineState>(found.number(at, 12)), row.key_text = found.text(at, 13),
      row.event = found.text(at, 14);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  /// Flushes the buffer beyond a limit: a transaction of any size takes a bounded amount of memory.
  void keep_back(std::size_t bytes) {
    kept_back_bytes_ += bytes + 100;
    if (kept_back_bytes_ < kept_back_bytes_max) return;
    flush_all();
    if (connection_->queued() > 0) connection_->exchange(patience_ms_);
  }

  void flush_all() {
    flush_people();
    flush_leads();
    flush_decided();
    flush_next_changes();
    flush_notices();
    flush_quarantine();
    flush_values();
    flush_numbers();
    kept_back_bytes_ = 0;
  }

  void flush_people() {
    if (!dossiers_.empty()) {
      Column person(Element::number, dossiers_.size()), marks(Element::number, dossiers_.size()),
          sealed(Element::bytes), gone(Element::number);
      std::size_t erased = 0;
      for (const auto& [id, row] : dossiers_) {
        if (!row) {
          gone.add(id.value), ++erased;
          continue;
        }
        person.add(id.value), sealed.add(row->sealed);
        marks.add(bits_of(row->marks));
      }
      if (erased > 0) connection_->queue(sql::erase_dossiers, Parameters().add(std::move(gone)));
      if (erased < dossiers_.size())
        connection_->queue(sql::put_dossiers,
                           Parameters().add(std::move(person)).add(std::move(marks)).add(std::move(sealed)));
      dossiers_.clear();
    }
    if (!holders_.empty()) {
      for (bool bears : {false, true}) {
        Column identifier(Element::token, holders_.size()), person(Element::number, holders_.size());
        bool any = false;
        for (const auto& [row, now] : holders_)
          if (now == bears) identifier.add(row.identifier.view()), person.add(row.person.value), any = true;
        if (any)
          connection_->queue(bears ? sql::add_holders : sql::remove_holders,
                             Parameters().add(std::move(identifier)).add(std::move(person)));
      }
      holders_.clear();
    }
    if (!homes_.empty()) {
      Column history(Element::token, homes_.size()), person(Element::number, homes_.size());
      for (const auto& [token, id] : homes_)
        history.add(token.view()), person.add(id.value);
      connection_->queue(sql::set_homes, Parameters().add(std::move(history)).add(std::move(person)));
      homes_.clear();
    }
  }

  void flush_leads() {
    // Order of the upserts: a person and benefit has one open lead, which the unique index checks row by row,
    // so those that end come first.
    for (bool open : {false, true}) {
      Column id(Element::number), person(Element::number), benefit(Element::text), kind(Element::number),
          state(Element::number), opened(Element::number), changed(Element::number),
          revision(Element::number), sealed(Element::bytes), anchor(Element::token);
      bool any = false;
      for (const auto& [number, row] : leads_) {
        if ((row.state == LeadState::open) != open) continue;
        any = true;
        id.add(number), person.add(row.person.value), benefit.add(row.benefit),
            kind.add(static_cast<std::int64_t>(row.kind));
        state.add(static_cast<std::int64_t>(row.state)), opened.add(row.opened_at_us),
            changed.add(row.changed_at_us);
        revision.add(row.revision), sealed.add(row.content), anchor.add(row.anchor.view());
      }
      if (!any) continue;
      connection_->queue(sql::put_leads, Parameters()
                                             .add(std::move(id))
                                             .add(std::move(person))
                                             .add(std::move(benefit))
                                             .add(std::move(kind))
                                             .add(std::move(state))
                                             .add(std::move(opened))
                                             .add(std::move(changed))
                                             .add(std::move(revision))
                                             .add(std::move(sealed))
                                             .add(std::move(anchor)));
    }
    leads_.clear();
  }

  void flush_decided() {
    if (decided_.empty()) return;
    Column person(Element::number), benefit(Element::text), sealed(Element::bytes), anchor(Element::token);
    for (const auto& [key, content] : decided_) {
      person.add(key.person.value), benefit.add(key.benefit), sealed.add(content);
      anchor.add(key.anchor.view());
    }
    connection_->queue(sql::put_decided, Parameters()
                                             .add(std::move(person))
                                             .add(std::move(benefit))
                                             .add(std::move(sealed))
                                             .add(std::move(anchor)));
    decided_.clear();
  }

  void flush_next_changes() {
    if (next_changes_.empty()) return;
    Column person(Element::number), day(Element::number), gone(Element::number);
    std::size_t cleared = 0;
    for (const auto& [id, date] : next_changes_) {
      if (date)
        person.add(id.value), day.add(std::int64_t{date->days()});
      else
        gone.add(id.value), ++cleared;
    }
    if (cleared > 0) connection_->queue(sql::clear_next, Parameters().add(std::move(gone)));
    if (cleared < next_changes_.size())
      connection_->queue(sql::set_next, Parameters().add(std::move(person)).add(std::move(day)));
    next_changes_.clear();
  }

  void flush_notices() {
    if (notices_.empty()) return;
    Column sequence(Element::number, notices_.size()), body(Element::text);
    for (const auto& row : notices_)
      sequence.add(row.sequence), body.add(row.body);
    connection_->queue(sql::add_notices, Parameters().add(std::move(sequence)).add(std::move(body)));
    notices_.clear();
  }

  void flush_quarantine() {
    if (quarantine_.empty()) return;
    Column id(Element::number), source(Element::text), key(Element::token), code(Element::bytes),
        place(Element::bytes), reason(Element::bytes), mapping(Element::bytes), received(Element::number),
        attempts(Element::number), bytes(Element::number), digest(Element::bytes),
        event_sequence(Element::number), state(Element::number), key_text(Element::bytes),
        sealed(Element::bytes);
    for (const auto& row : quarantine_) {
      id.add(row.id), source.add(row.source);
      if (row.key)
        key.add(row.key->view());
      else
        key.add_null();
      code.add(row.code), place.add(row.place), reason.add(row.reason), mapping.add(row.mapping);
      received.add(row.received_at_us), attempts.add(row.attempts), bytes.add(row.bytes),
          digest.add(row.digest);
      event_sequence.add(row.event_sequence), state.add(static_cast<std::int64_t>(row.state)),
          key_text.add(row.key_text);
      sealed.add(row.event);
    }
    Parameters parameters;
    for (auto* column : {&id, &source, &key, &code, &place, &reason, &mapping, &received, &attempts, &bytes,
                         &digest, &event_sequence, &state, &key_text, &sealed})
      parameters.add(std::move(*column));
    connection_->queue(sql::add_quarantine, std::move(parameters));
    Column identifier(Element::token), held_by(Element::number);
    bool any = false;
    for (const auto& row : quarantine_)
      for (const auto& mention : row.mentions)
        identifier.add(mention.view()), held_by.add(row.id), any = true;
    if (any)
      connection_->queue(sql::add_mentions, Parameters().add(std::move(identifier)).add(std::move(held_by)));
    quarantine_.clear();
  }

  void flush_values() {
    if (values_.empty()) return;
    Column name(Element::text), value(Element::bytes);
    for (const auto& [key, bytes] : values_)
      name.add(key), value.add(bytes);
    connection_->queue(sql::put_values, Parameters().add(std::move(name)).add(std::move(value)));
    values_.clear();
  }

  void flush_numbers() {
    if (!last_) return;
    Column name(Element::text), last(Element::number);
    bool any = false;
    auto keep = [&](std::string_view what, std::int64_t& stored, std::int64_t now) {
      if (stored != now) name.add(what), last.add(now), stored = now, any = true;
    };
    keep("person", stored_->person, last_->person);
    keep("lead", stored_->lead, last_->lead);
    keep("quarantine", stored_->quarantine, last_->quarantine);
    if (any) connection_->queue(sql::put_numbers, Parameters().add(std::move(name)).add(std::move(last)));
  }

  Borrowed connection_;
  int patience_ms_;
  std::optional<postgres::SealedRows> sealed_;
  std::optional<Numbers> stored_, last_;
  // Write-behind buffers, in the order of each table's key.
  std::map<PersonId, std::optional<DossierRow>> dossiers_;
  std::map<HolderRow, bool> holders_;
  std::map<Token, PersonId> homes_;
  std::map<std::int64_t, LeadRow> leads_;
  std::map<DecidedKey, std::string> decided_;
  std::map<PersonId, std::optional<Date>> next_changes_;
  std::vector<NoticeRow> notices_;
  std::vector<QuarantineRow> quarantine_;
  std::map<std::string, std::string> values_;
  std::size_t kept_back_bytes_ = 0;
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
PostgresStore::Numbers PostgresStore::start_writing(Connection& connection) {
  const auto& settings = pool_->settings;
  auto give_up = steady_clock::now() + milliseconds(settings.writer_patience_ms);
  for (;;) {
    connection.queue(sql::begin_writing);
    connection.queue(sql::lock_writer, Parameters().add(pool_->writer_lock));
    connection.queue(sql::last_numbers);
    try {
      return numbers_from(connection.exchange(settings.answer_ms + spare_ms).back());
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
  connection.exchange(lease_patience_ms);
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

namespace {

std::vector<LeaseRow> leases_from(const Rows& found) {
  std::vector<LeaseRow> rows;
  for (int row = 0; row < found.size(); ++row)
    rows.push_back({found.text(row, 0), found.text(row, 1), found.number(row, 2), found.number(row, 3)});
  return rows;
}

}  // namespace

std::vector<LeaseRow> PostgresStore::leases() {
  return with_lease_connection([](Connection& connection) {
    connection.queue(sql::get_leases);
    return leases_from(connection.exchange(lease_patience_ms).back());
  });
}

std::optional<std::int64_t> PostgresStore::take_lease(std::string_view partition, std::string_view owner,
                                                      std::int64_t seen_epoch, std::int64_t duration_ms) {
  return with_lease_connection([&](Connection& connection) -> std::optional<std::int64_t> {
    connection.queue(sql::lock_lease, Parameters().add(partition));
    connection.queue(sql::take_lease,
                     Parameters().add(partition).add(owner).add(seen_epoch).add(duration_ms));
    try {
      auto answers = connection.exchange(lease_patience_ms);
      if (answers.back().size() == 0) return std::nullopt;
      return answers.back().number(0, 0);
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
  return with_lease_connection([&](Connection& connection) {
    connection.queue(sql::see_node, Parameters().add(owner));
    connection.queue(sql::renew_leases, Parameters().add(owner).add(duration_ms));
    connection.queue(sql::own_leases, Parameters().add(owner));
    return leases_from(connection.exchange(lease_patience_ms).back());
  });
}

void PostgresStore::release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) {
  with_lease_connection([&](Connection& connection) {
    connection.queue(sql::release_lease, Parameters().add(partition).add(owner).add(epoch));
    return connection.exchange(lease_patience_ms).size();
  });
}

std::vector<NodeRow> PostgresStore::nodes() {
  return with_lease_connection([](Connection& connection) {
    connection.queue(sql::get_nodes);
    auto found = std::move(connection.exchange(lease_patience_ms).back());
    std::vector<NodeRow> rows;
    for (int row = 0; row < found.size(); ++row)
      rows.push_back({found.text(row, 0), found.number(row, 1)});
    return rows;
  });
}

void PostgresStore::forget_node(std::string_view name) {
  with_lease_connection([&](Connection& connection) {
    connection.queue(sql::forget_node, Parameters().add(name));
    return connection.exchange(lease_patience_ms).size();
  });
}

}  // namespace kinhub
