#include "hub/store/sqlite_store.hpp"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <list>
#include <map>
#include <system_error>
#include <thread>

#include "hub/base/mutex.hpp"
#include "hub/base/sqlite.hpp"
#include "hub/store/sqlite_sealed_rows.hpp"

namespace kinhub {
namespace {

constexpr int application_id = 0x4B494E48;  // "KINH"
constexpr char probe_text[] = "this store and this key file belong together";

/// Schema migrations, in order; a released one is never edited. What the tables hold: rows.hpp. The column
/// `topic` of `home` is the key of a version history (`History` in hub/record): a released name stays.
constexpr const char* schema_steps[] = {
    R"(
CREATE TABLE position (partition INTEGER PRIMARY KEY, sequence INTEGER NOT NULL);
CREATE TABLE dossier (person INTEGER PRIMARY KEY, sealed BLOB NOT NULL);
CREATE TABLE holder (identifier BLOB NOT NULL, person INTEGER NOT NULL,
  PRIMARY KEY (identifier, person)) WITHOUT ROWID;
CREATE TABLE home (topic BLOB PRIMARY KEY, person INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE lead (id INTEGER PRIMARY KEY, person INTEGER NOT NULL, benefit TEXT NOT NULL,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL, opened_at_us INTEGER NOT NULL, changed_at_us INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  sealed BLOB NOT NULL);
CREATE UNIQUE INDEX lead_one_open ON lead (person, benefit) WHERE state = 0;
CREATE INDEX lead_of_person ON lead (person);
CREATE TABLE decided (person INTEGER NOT NULL, benefit TEXT NOT NULL, sealed BLOB NOT NULL,
  PRIMARY KEY (person, benefit)) WITHOUT ROWID;
CREATE TABLE decision (id INTEGER PRIMARY KEY, lead INTEGER NOT NULL, verdict INTEGER NOT NULL,
  at_us INTEGER NOT NULL,
  sealed BLOB NOT NULL);
CREATE INDEX decision_of_lead ON decision (lead);
CREATE TABLE next_change (person INTEGER PRIMARY KEY, day INTEGER NOT NULL);
CREATE INDEX next_change_day ON next_change (day);
CREATE TABLE notice (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE quarantine (id INTEGER PRIMARY KEY, source TEXT NOT NULL, key BLOB,
  key_text TEXT NOT NULL, code TEXT NOT NULL, place TEXT NOT NULL,
  reason TEXT NOT NULL, mapping TEXT NOT NULL, received_at_us INTEGER NOT NULL, attempts INTEGER NOT NULL,
  bytes INTEGER NOT NULL, digest BLOB NOT NULL, event_sequence INTEGER NOT NULL, state INTEGER NOT NULL,
  sealed BLOB NOT NULL);
CREATE INDEX quarantine_held ON quarantine (state, id);
CREATE TABLE counter (source TEXT PRIMARY KEY, applied INTEGER NOT NULL, filtered INTEGER NOT NULL,
  duplicate INTEGER NOT NULL, quarantined INTEGER NOT NULL, discarded INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE coverage (source TEXT PRIMARY KEY, loaded INTEGER NOT NULL,
  complete_until_us INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE value (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
)",
    // 2: opened records are written down
    R"(
CREATE TABLE disclosure (id INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, sealed BLOB NOT NULL);
)",
    // 3: positions by the partition's name, leases, marks beside dossiers, what a rewind books
    R"(
CREATE TABLE place (partition TEXT PRIMARY KEY, sequence INTEGER NOT NULL,
  offset INTEGER NOT NULL) WITHOUT ROWID;
INSERT INTO place SELECT 'log', sequence, -1 FROM position WHERE partition = 0;
DROP TABLE position;
CREATE TABLE lease (partition TEXT PRIMARY KEY, owner TEXT NOT NULL, epoch INTEGER NOT NULL,
  until_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE node (name TEXT PRIMARY KEY, seen_ms INTEGER NOT NULL) WITHOUT ROWID;
ALTER TABLE dossier ADD COLUMN marks INTEGER NOT NULL DEFAULT 0;
INSERT OR IGNORE INTO dossier SELECT person, x'', 0
  FROM (SELECT person FROM lead UNION SELECT person FROM decided UNION SELECT person FROM next_change);
UPDATE dossier SET marks = marks | 1
  WHERE person IN (SELECT person FROM lead UNION SELECT person FROM decided);
UPDATE dossier SET marks = marks | 2 WHERE person IN (SELECT person FROM next_change);
ALTER TABLE counter ADD COLUMN repeated INTEGER NOT NULL DEFAULT 0;
ALTER TABLE counter ADD COLUMN lost INTEGER NOT NULL DEFAULT 0;
CREATE INDEX quarantine_key ON quarantine (key) WHERE state = 0;
CREATE INDEX quarantine_digest ON quarantine (digest) WHERE state = 0;
)",
    // 4: retractions that met nothing are counted
    R"(
ALTER TABLE counter ADD COLUMN unmatched INTEGER NOT NULL DEFAULT 0;
)",
    // 5: who is mentioned by what is held
    R"(
CREATE TABLE held_mention (identifier BLOB NOT NULL, quarantine INTEGER NOT NULL,
  PRIMARY KEY (identifier, quarantine)) WITHOUT ROWID;
CREATE INDEX held_mention_quarantine ON held_mention (quarantine);
)",
    // 6: deaths of people nobody can name are counted
    R"(
ALTER TABLE counter ADD COLUMN unnamed INTEGER NOT NULL DEFAULT 0;
)",
    // 7: leads and decisions know the identifier they are about
    R"(
ALTER TABLE lead ADD COLUMN anchor BLOB NOT NULL DEFAULT x'00000000000000000000000000000000';
CREATE TABLE decided_for (person INTEGER NOT NULL, benefit TEXT NOT NULL, anchor BLOB NOT NULL,
  sealed BLOB NOT NULL, PRIMARY KEY (person, benefit, anchor)) WITHOUT ROWID;
INSERT INTO decided_for
  SELECT person, benefit, x'00000000000000000000000000000000', sealed FROM decided;
DROP TABLE decided;
ALTER TABLE decided_for RENAME TO decided;
)",
    // 8: what was known then of coverage, leads and policies
    R"(
CREATE TABLE dated (name TEXT NOT NULL, at_us INTEGER NOT NULL, value BLOB NOT NULL,
  PRIMARY KEY (name, at_us)) WITHOUT ROWID;
)",
    // 9: the identity review queue
    R"(
CREATE TABLE identity_pair (id INTEGER PRIMARY KEY, a BLOB NOT NULL, b BLOB NOT NULL, state INTEGER NOT NULL,
  why INTEGER NOT NULL, weight INTEGER NOT NULL, since_us INTEGER NOT NULL, changed_at_us INTEGER NOT NULL,
  seen_at_us INTEGER NOT NULL, digest BLOB NOT NULL);
CREATE INDEX identity_pair_state ON identity_pair (state, id);
CREATE INDEX identity_pair_a ON identity_pair (a);
CREATE INDEX identity_pair_b ON identity_pair (b);
)",
};
constexpr auto schema_now = static_cast<std::int64_t>(std::size(schema_steps));

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

// Switches to write-ahead logging, with retries: it needs the file alone for a moment and does not
// always ask the busy handler.
void use_wal(sqlite::Database& database, int busy_ms) {
  auto give_up = std::chrono::steady_clock::now() + std::chrono::milliseconds(busy_ms);
  for (;;) {
    try {
      return database.run("PRAGMA journal_mode = WAL");
    } catch (const StoreUnavailable&) {
      if (std::chrono::steady_clock::now() >= give_up) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

void prepare_schema(sqlite::Database& database, const std::filesystem::path& file, const Keyring& keys,
                    int busy_ms) {
  auto refuse_foreign = [&] {  // before anything is changed in it
    bool empty = database.number("SELECT count(*) FROM sqlite_schema") == 0;
    if (!empty && database.number("PRAGMA application_id") != application_id)
      throw StoreDamaged(file.string() +
                         " is a database of another program: choose another data directory with --data");
    return empty;
  };
  refuse_foreign();
  database.run("PRAGMA page_size = 4096");
  use_wal(database, busy_ms);
  database.run("BEGIN IMMEDIATE");
  bool empty = refuse_foreign();
  auto version = database.number("PRAGMA user_version");
  if (version > schema_now)
    throw StoreDamaged(file.string() + " was written by a newer Kinhub (schema " + std::to_string(version) +
                       ", this one knows " + std::to_string(schema_now) + "): run that one");
  for (auto step = version; step < schema_now; ++step)
    database.run(schema_steps[step]);
  if (version < schema_now) {
    database.run("PRAGMA application_id = " + std::to_string(application_id));
    database.run("PRAGMA user_version = " + std::to_string(schema_now));
  }
  if (empty) {
    sqlite::Query put(database, "INSERT INTO value VALUES ('key probe', ?)");
    auto sealed = keys.seal(probe_text, "store key probe");
    put.bind_blob(1, sealed).run();
  }
  database.run("COMMIT");
  sqlite::Query probe(database, "SELECT value FROM value WHERE name = 'key probe'");
  bool opens = false;
  std::string unknown;
  if (probe.step()) {
    try {
      opens = keys.unseal(probe.bytes(0), "store key probe") == probe_text;
    } catch (const UnknownKey& missing) {
      unknown = std::string(" (") + missing.what() + ")";
    } catch (const std::runtime_error&) {
    }
  }
  probe.reset();
  if (!opens)
    throw StoreDamaged(file.string() +
                       " was sealed with another key file: put back the kinhub.key that belongs to this "
                       "data directory" +
                       unknown);
}

}  // namespace

struct SqliteStore::Connection {
  Connection(const std::filesystem::path& file, const Options& options)
      : database(connect(file, options.busy_ms)) {
    database.run("PRAGMA synchronous = FULL");
    database.run("PRAGMA cache_size = -" + std::to_string(options.cache_kib));
    database.run("PRAGMA wal_autocheckpoint = " + std::to_string(options.log_pages));
    database.run("PRAGMA journal_size_limit = 134217728");
  }

  sqlite::Database database;
  sqlite::Query get_position{database, "SELECT sequence, offset FROM place WHERE partition = ?"};
  sqlite::Query first_position{database, "INSERT OR IGNORE INTO place VALUES (?, 0, -1)"};
  sqlite::Query move_position{
      database,
      "UPDATE place SET sequence = ?1, offset = ?2 WHERE partition = ?3 AND sequence = ?4 "
      "AND ?5 = coalesce((SELECT epoch FROM lease WHERE lease.partition = ?3), 0)"};
  sqlite::Query get_leases{database,
                           "SELECT partition, owner, epoch, until_ms - ?1 FROM lease WHERE ?2 = '' OR "
                           "owner = ?2 ORDER BY partition"};
  sqlite::Query take_lease{
      database,
      "INSERT INTO lease VALUES (?1, ?2, 1, ?4 + ?5) ON CONFLICT DO UPDATE SET owner = excluded.owner, "
      "epoch = epoch + 1, until_ms = excluded.until_ms WHERE epoch = ?3 AND (until_ms <= ?4 OR owner = "
      "excluded.owner)"};
  sqlite::Query lease_epoch{database, "SELECT epoch FROM lease WHERE partition = ?"};
  sqlite::Query renew_leases{database, "UPDATE lease SET until_ms = ? WHERE owner = ?"};
  sqlite::Query release_lease{
      database, "UPDATE lease SET until_ms = 0, owner = '' WHERE partition = ? AND owner = ? AND epoch = ?"};
  sqlite::Query see_node{
      database, "INSERT INTO node VALUES (?, ?) ON CONFLICT DO UPDATE SET seen_ms = excluded.seen_ms"};
  sqlite::Query get_nodes{database,
                          "SELECT name, ?1 - seen_ms FROM node WHERE seen_ms > ?1 - 86400000 ORDER BY name"};
  sqlite::Query forget_node{database, "DELETE FROM node WHERE name = ?"};
  sqlite::Query get_dossier{database, "SELECT sealed, marks FROM dossier WHERE person = ?"};
  sqlite::Query put_dossier{database,
                            "INSERT INTO dossier VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sealed = "
                            "excluded.sealed, marks = excluded.marks"};
  sqlite::Query erase_dossier{database, "DELETE FROM dossier WHERE person = ?"};
  sqlite::Query get_holders{database, "SELECT person FROM holder WHERE identifier = ? ORDER BY person"};
  sqlite::Query add_holder{database, "INSERT OR IGNORE INTO holder VALUES (?, ?)"};
  sqlite::Query remove_holder{database, "DELETE FROM holder WHERE identifier = ? AND person = ?"};
  sqlite::Query get_home{database, "SELECT person FROM home WHERE topic = ?"};
  sqlite::Query set_home{database,
                         "INSERT INTO home VALUES (?, ?) ON CONFLICT DO UPDATE SET person = excluded.person"};
  sqlite::Query people{database, "SELECT person FROM dossier WHERE sealed <> x'' ORDER BY person"};
  sqlite::Query put_lead{
      database,
      "INSERT INTO lead VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET person = "
      "excluded.person, "
      "kind = excluded.kind, state = excluded.state, changed_at_us = excluded.changed_at_us, "
      "revision = excluded.revision, sealed = excluded.sealed, anchor = excluded.anchor"};
#define KINHUB_LEAD                                                                                 \
  "SELECT id, person, benefit, kind, state, opened_at_us, changed_at_us, revision, sealed, anchor " \
  "FROM lead "
  sqlite::Query get_lead{database, KINHUB_LEAD "WHERE id = ?"};
  sqlite::Query open_leads{database, KINHUB_LEAD "WHERE person = ? AND state = 0 ORDER BY id"};
  sqlite::Query leads_of{database, KINHUB_LEAD "WHERE person = ? ORDER BY id"};
  sqlite::Query all_leads{database, KINHUB_LEAD "WHERE ?1 < 0 OR state = ?1 ORDER BY id"};
#undef KINHUB_LEAD
  sqlite::Query lead_people{database,
                            "SELECT DISTINCT person FROM lead WHERE ?1 < 0 OR state = ?1 ORDER BY person"};
  sqlite::Query get_decided{
      database, "SELECT benefit, sealed, anchor FROM decided WHERE person = ? ORDER BY benefit, anchor"};
  sqlite::Query put_decided{database,
                            "INSERT INTO decided (person, benefit, sealed, anchor) VALUES (?, ?, ?, ?) "
                            "ON CONFLICT DO UPDATE SET sealed = excluded.sealed"};
  sqlite::Query erase_decided{database,
                              "DELETE FROM decided WHERE person = ? AND benefit = ? AND anchor = ?"};
  sqlite::Query add_decision{database,
                             "INSERT INTO decision (lead, verdict, at_us, sealed) VALUES (?, ?, ?, ?)"};
  sqlite::Query get_decisions{database,
                              "SELECT verdict, at_us, sealed FROM decision WHERE lead = ? ORDER BY id"};
  sqlite::Query put_pair{
      database,
      "INSERT INTO identity_pair VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
      "a = excluded.a, b = excluded.b, state = excluded.state, why = excluded.why, weight = excluded.weight, "
      "since_us = excluded.since_us, changed_at_us = excluded.changed_at_us, "
      "seen_at_us = excluded.seen_at_us, digest = excluded.digest"};
#define KINHUB_PAIR \
  "SELECT id, a, b, state, why, weight, since_us, changed_at_us, seen_at_us, digest FROM identity_pair "
  sqlite::Query get_pair{database, KINHUB_PAIR "WHERE id = ?"};
  sqlite::Query get_pairs{database, KINHUB_PAIR "ORDER BY id"};
  sqlite::Query pairs_in{database, KINHUB_PAIR "WHERE state = ? ORDER BY id"};
  sqlite::Query pairs_of{database, KINHUB_PAIR "WHERE a = ?1 OR b = ?1"};
#undef KINHUB_PAIR
  sqlite::Query pairs_waiting{
      database, "SELECT why, count(*) FROM identity_pair WHERE state = 0 GROUP BY why ORDER BY why"};
  sqlite::Query set_next{
      database, "INSERT INTO next_change VALUES (?, ?) ON CONFLICT DO UPDATE SET day = excluded.day"};
  sqlite::Query clear_next{database, "DELETE FROM next_change WHERE person = ?"};
  sqlite::Query due{database, "SELECT person FROM next_change WHERE day <= ? ORDER BY day, person"};
  sqlite::Query add_notice{database, "INSERT INTO notice VALUES (?, ?)"};
  sqlite::Query last_notice{database, "SELECT max(sequence) FROM notice"};
  sqlite::Query get_notices{database,
                            "SELECT sequence, body FROM notice WHERE sequence > ? ORDER BY sequence LIMIT ?"};
  sqlite::Query add_quarantine{
      database,
      "INSERT INTO quarantine (source, key, code, place, reason, mapping, received_at_us, attempts, bytes, "
      "digest, "
      "event_sequence, state, sealed, key_text) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"};
  sqlite::Query update_quarantine{
      database,
      "UPDATE quarantine SET state = ?, attempts = ?, code = ?, place = ?, reason = ? WHERE id = ?"};
#define KINHUB_QUARANTINE                                                                           \
  "SELECT id, source, key, code, place, reason, mapping, received_at_us, attempts, bytes, digest, " \
  "event_sequence, state, key_text"
  sqlite::Query list_quarantine{
      database, KINHUB_QUARANTINE ", '' FROM quarantine WHERE ?1 < 0 OR state = ?1 ORDER BY id"};
  sqlite::Query get_quarantine{database, KINHUB_QUARANTINE ", sealed FROM quarantine WHERE id = ?"};
  sqlite::Query any_held{database, "SELECT EXISTS (SELECT 1 FROM quarantine WHERE state = 0)"};
  sqlite::Query like_digest{database,
                            KINHUB_QUARANTINE ", '' FROM quarantine WHERE state = 0 AND digest = ?"};
  sqlite::Query like_key{database, KINHUB_QUARANTINE ", '' FROM quarantine WHERE state = 0 AND key = ?"};
#undef KINHUB_QUARANTINE
  sqlite::Query add_mention{database, "INSERT OR IGNORE INTO held_mention VALUES (?, ?)"};
  sqlite::Query drop_mentions{database, "DELETE FROM held_mention WHERE quarantine = ?"};
  sqlite::Query get_mentions{database,
                             "SELECT quarantine.id, source FROM held_mention JOIN quarantine "
                             "ON quarantine.id = held_mention.quarantine WHERE identifier = ?"};
  sqlite::Query get_counters{database,
                             "SELECT source, applied, filtered, duplicate, quarantined, discarded, "
                             "repeated, lost, unmatched, unnamed FROM counter ORDER BY source"};
  sqlite::Query add_counters{
      database,
      "INSERT INTO counter VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET applied = applied "
      "+ "
      "excluded.applied, "
      "filtered = filtered + excluded.filtered, duplicate = duplicate + excluded.duplicate, "
      "quarantined = quarantined + excluded.quarantined, discarded = discarded + excluded.discarded, "
      "repeated = repeated + excluded.repeated, lost = lost + excluded.lost, "
      "unmatched = unmatched + excluded.unmatched, unnamed = unnamed + excluded.unnamed"};
  sqlite::Query get_coverage{database,
                             "SELECT source, loaded, complete_until_us FROM coverage ORDER BY source"};
  sqlite::Query put_coverage{
      database,
      "INSERT INTO coverage VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET loaded = excluded.loaded, "
      "complete_until_us = excluded.complete_until_us"};
  sqlite::Query add_disclosure{database, "INSERT INTO disclosure (at_us, sealed) VALUES (?, ?)"};
  sqlite::Query get_disclosures{database, "SELECT at_us, sealed FROM disclosure ORDER BY id"};
  sqlite::Query put_dated{
      database, "INSERT INTO dated VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"};
  sqlite::Query get_dated{database, "SELECT at_us, value FROM dated WHERE name = ? ORDER BY at_us"};
  sqlite::Query get_value{database, "SELECT value FROM value WHERE name = ?"};
  sqlite::Query put_value{database,
                          "INSERT INTO value VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value"};
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
  Transaction(Lent lent) : lent_(std::move(lent)), db_(*lent_.connection) {
    db_.database.run(lent_.purpose == For::writing ? "BEGIN IMMEDIATE" : "BEGIN");
  }

  ~Transaction() override {
    if (lent_.connection && sqlite3_get_autocommit(db_.database.handle()) == 0)
      sqlite3_exec(db_.database.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  }

  void commit() override {
    if (last_person_) put_value("last person", std::to_string(*last_person_));
    db_.database.run("COMMIT");
    lent_.give_back();
  }

  StoredPosition position(std::string_view partition) override {
    db_.get_position.bind_text(1, partition);
    if (!db_.get_position.step()) return {};
    StoredPosition at{db_.get_position.number(0), db_.get_position.number(1)};
    db_.get_position.reset();
    return at;
  }
  bool advance(const Advance& move) override {
    db_.first_position.bind_text(1, move.partition).run();
    db_.move_position.bind(1, move.to_sequence)
        .bind(2, move.to_offset)
        .bind_text(3, move.partition)
        .bind(4, move.from_sequence)
        .bind(5, move.lease_epoch)
        .run();
    return sqlite3_changes(db_.database.handle()) == 1;
  }

  PersonId new_person() override {
    if (!last_person_) {
      auto last = value("last person");
      last_person_ = last.empty() ? 0 : std::stoll(last);
    }
    return {++*last_person_};
  }

  std::vector<DossierRow> dossiers(std::span<const PersonId> people) override {
    std::vector<DossierRow> rows;
    for (auto person : people) {
      db_.get_dossier.bind(1, person.value);
      if (!db_.get_dossier.step()) continue;
      auto marks = db_.get_dossier.number(1);
      rows.push_back({person, marks_of(marks), db_.get_dossier.text(0)});
      db_.get_dossier.reset();
    }
    return rows;
  }
  void put_dossiers(std::span<const DossierRow> rows) override {
    for (const auto& row : rows)
      db_.put_dossier.bind(1, row.person.value).bind_blob(2, row.sealed).bind(3, bits_of(row.marks)).run();
  }
  void erase_dossiers(std::span<const PersonId> people) override {
    for (auto person : people)
      db_.erase_dossier.bind(1, person.value).run();
  }

  std::vector<HolderRow> holders(std::span<const Token> identifiers) override {
    std::vector<HolderRow> rows;
    for (const auto& identifier : identifiers) {
      db_.get_holders.bind_blob(1, identifier.view());
      while (db_.get_holders.step())
        rows.push_back({identifier, {db_.get_holders.number(0)}});
    }
    return rows;
  }
  void add_holders(std::span<const HolderRow> rows) override {
    for (const auto& row : rows)
      db_.add_holder.bind_blob(1, row.identifier.view()).bind(2, row.person.value).run();
  }
  void remove_holders(std::span<const HolderRow> rows) override {
    for (const auto& row : rows)
      db_.remove_holder.bind_blob(1, row.identifier.view()).bind(2, row.person.value).run();
  }
  std::vector<HomeRow> homes(std::span<const Token> histories) override {
    std::vector<HomeRow> rows;
    for (const auto& history : histories) {
      db_.get_home.bind_blob(1, history.view());
      if (auto person = one_number(db_.get_home)) rows.push_back({history, {person}});
    }
    return rows;
  }
  void set_homes(std::span<const HomeRow> rows) override {
    for (const auto& row : rows)
      db_.set_home.bind_blob(1, row.history.view()).bind(2, row.person.value).run();
  }
  std::vector<PersonId> all_people() override { return persons(db_.people); }
  Size size() override {
    return {db_.database.number("SELECT count(*) FROM dossier WHERE sealed <> x''"),
            db_.database.number("SELECT count(*) FROM home")};
  }

  LeadId new_lead() override { return {next_number("last lead")}; }
  void put_lead(const LeadRow& lead) override {
    db_.put_lead.bind(1, lead.id.value)
        .bind(2, lead.person.value)
        .bind_text(3, lead.benefit)
        .bind(4, static_cast<std::int64_t>(lead.kind))
        .bind(5, static_cast<std::int64_t>(lead.state))
        .bind(6, lead.opened_at_us)
        .bind(7, lead.changed_at_us)
        .bind(8, lead.revision)
        .bind_blob(9, lead.content)
        .bind_blob(10, lead.anchor.view())
        .run();
  }
  std::optional<LeadRow> lead(LeadId id) override {
    db_.get_lead.bind(1, id.value);
    auto rows = leads_from(db_.get_lead);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<LeadRow> open_leads(PersonId person) override {
    db_.open_leads.bind(1, person.value);
    return leads_from(db_.open_leads);
  }
  std::vector<LeadRow> leads_of(PersonId person) override {
    db_.leads_of.bind(1, person.value);
    return leads_from(db_.leads_of);
  }
  std::vector<LeadRow> leads(std::optional<LeadState> state) override {
    db_.all_leads.bind(1, state ? static_cast<std::int64_t>(*state) : -1);
    return leads_from(db_.all_leads);
  }
  std::vector<PersonId> people_with_leads(std::optional<LeadState> state) override {
    db_.lead_people.bind(1, state ? static_cast<std::int64_t>(*state) : -1);
    return persons(db_.lead_people);
  }
  std::vector<DecidedRow> decided(PersonId person) override {
    std::vector<DecidedRow> rows;
    db_.get_decided.bind(1, person.value);
    while (db_.get_decided.step())
      rows.push_back(
          {person, db_.get_decided.text(0), db_.get_decided.text(1), Token::from(db_.get_decided.bytes(2))});
    return rows;
  }
  void put_decided(const DecidedRow& row) override {
    db_.put_decided.bind(1, row.person.value)
        .bind_text(2, row.benefit)
        .bind_blob(3, row.content)
        .bind_blob(4, row.anchor.view())
        .run();
  }
  void erase_decided(PersonId person, const std::string& benefit, const Token& anchor) override {
    db_.erase_decided.bind(1, person.value).bind_text(2, benefit).bind_blob(3, anchor.view()).run();
  }
  void add_decision(const DecisionRow& row) override {
    db_.add_decision.bind(1, row.lead.value)
        .bind(2, static_cast<std::int64_t>(row.verdict))
        .bind(3, row.at_us)
        .bind_blob(4, row.content)
        .run();
  }
  std::vector<DecisionRow> decisions(LeadId lead) override {
    std::vector<DecisionRow> rows;
    auto& get = db_.get_decisions.bind(1, lead.value);
    while (get.step())
      rows.push_back({lead, static_cast<LeadState>(get.number(0)), get.number(1), get.text(2)});
    return rows;
  }

  void put_identity_pairs(std::span<const IdentityPairRow> rows) override {
    for (const auto& row : rows)
      db_.put_pair.bind(1, row.id.value)
          .bind_blob(2, row.a.view())
          .bind_blob(3, row.b.view())
          .bind(4, static_cast<std::int64_t>(row.state))
          .bind(5, static_cast<std::int64_t>(row.why))
          .bind(6, row.weight)
          .bind(7, row.since_us)
          .bind(8, row.changed_at_us)
          .bind(9, row.seen_at_us)
          .bind_blob(10, row.digest)
          .run();
  }
  std::optional<IdentityPairRow> identity_pair(PairId id) override {
    db_.get_pair.bind(1, id.value);
    auto rows = pairs_from(db_.get_pair);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<IdentityPairRow> identity_pairs(std::optional<PairState> state) override {
    if (!state) return pairs_from(db_.get_pairs);
    db_.pairs_in.bind(1, static_cast<std::int64_t>(*state));
    return pairs_from(db_.pairs_in);
  }
  std::vector<IdentityPairRow> identity_pairs_of(std::span<const Token> anchors) override {
    std::map<PairId, IdentityPairRow> found;
    for (const auto& anchor : anchors) {
      db_.pairs_of.bind_blob(1, anchor.view());
      for (auto& row : pairs_from(db_.pairs_of))
        found.emplace(row.id, std::move(row));
    }
    std::vector<IdentityPairRow> rows;
    for (auto& [id, row] : found)
      rows.push_back(std::move(row));
    return rows;
  }
  std::vector<std::pair<PairWhy, std::int64_t>> identity_pairs_waiting() override {
    std::vector<std::pair<PairWhy, std::int64_t>> counts;
    while (db_.pairs_waiting.step())
      counts.emplace_back(static_cast<PairWhy>(db_.pairs_waiting.number(0)), db_.pairs_waiting.number(1));
    return counts;
  }

  void set_next_change(PersonId person, std::optional<Date> day) override {
    if (day)
      db_.set_next.bind(1, person.value).bind(2, day->days()).run();
    else
      db_.clear_next.bind(1, person.value).run();
  }
  std::vector<PersonId> due(Date until) override {
    db_.due.bind(1, until.days());
    return persons(db_.due);
  }

  void add_notice(const NoticeRow& row) override {
    assert(row.sequence == last_notice() + 1);
    db_.add_notice.bind(1, row.sequence).bind_text(2, row.body).run();
  }
  std::int64_t last_notice() override { return one_number(db_.last_notice); }
  std::vector<NoticeRow> notices(std::int64_t after, std::size_t count_max) override {
    std::vector<NoticeRow> rows;
    auto& get = db_.get_notices.bind(1, after).bind(2, static_cast<std::int64_t>(count_max));
    while (get.step())
      rows.push_back({get.number(0), get.text(1)});
    return rows;
  }

  std::int64_t add_quarantine(const QuarantineRow& row) override {
    auto& add = db_.add_quarantine;
    add.bind_text(1, row.source);
    if (row.key)
      add.bind_blob(2, row.key->view());
    else
      add.bind_null(2);
    add.bind_text(3, row.code)
        .bind_text(4, row.place)
        .bind_text(5, row.reason)
        .bind_text(6, row.mapping)
        .bind(7, row.received_at_us)
        .bind(8, row.attempts)
        .bind(9, row.bytes)
        .bind_blob(10, row.digest)
        .bind(11, row.event_sequence)
        .bind(12, static_cast<std::int64_t>(row.state))
        .bind_blob(13, row.event)
        .bind_text(14, row.key_text)
        .run();
    const auto id = sqlite3_last_insert_rowid(db_.database.handle());
    for (const auto& identifier : row.mentions)
      db_.add_mention.bind_blob(1, identifier.view()).bind(2, id).run();
    return id;
  }
  void update_quarantine(std::int64_t id, QuarantineState state, std::int64_t attempts, std::string_view code,
                         std::string_view place, std::string_view reason) override {
    db_.update_quarantine.bind(1, static_cast<std::int64_t>(state))
        .bind(2, attempts)
        .bind_text(3, code)
        .bind_text(4, place)
        .bind_text(5, reason)
        .bind(6, id)
        .run();
    if (state != QuarantineState::held) db_.drop_mentions.bind(1, id).run();
  }
  std::vector<HeldMention> held_mentions(std::span<const Token> identifiers) override {
    std::vector<HeldMention> rows;
    for (const auto& identifier : identifiers) {
      auto& get = db_.get_mentions.bind_blob(1, identifier.view());
      while (get.step())
        rows.push_back({identifier, get.number(0), get.text(1)});
    }
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  std::vector<QuarantineRow> quarantine(std::optional<QuarantineState> state) override {
    db_.list_quarantine.bind(1, state ? static_cast<std::int64_t>(*state) : -1);
    return quarantine_from(db_.list_quarantine);
  }
  std::optional<QuarantineRow> quarantined(std::int64_t id) override {
    db_.get_quarantine.bind(1, id);
    auto rows = quarantine_from(db_.get_quarantine);
    if (rows.empty()) return std::nullopt;
    return std::move(rows.front());
  }
  std::vector<QuarantineRow> held_like(std::span<const std::string> digests,
                                       std::span<const Token> keys) override {
    if (one_number(db_.any_held) == 0) return {};  // nearly always
    std::map<std::int64_t, QuarantineRow> found;
    auto take = [&](sqlite::Query& get) {
      for (auto& row : quarantine_from(get))
        found.emplace(row.id, std::move(row));
    };
    for (const auto& digest : digests)
      take(db_.like_digest.bind_blob(1, digest));
    for (const auto& key : keys)
      take(db_.like_key.bind_blob(1, key.view()));
    std::vector<QuarantineRow> rows;
    for (auto& [id, row] : found)
      rows.push_back(std::move(row));
    return rows;
  }

  std::vector<std::pair<std::string, Counters>> counters() override {
    std::vector<std::pair<std::string, Counters>> rows;
    auto& get = db_.get_counters;
    while (get.step())
      rows.push_back({get.text(0),
                      {get.number(1), get.number(2), get.number(3), get.number(4), get.number(5),
                       get.number(6), get.number(7), get.number(8), get.number(9)}});
    return rows;
  }
  void add_counters(const std::string& source, const Counters& change) override {
    db_.add_counters.bind_text(1, source)
        .bind(2, change.applied)
        .bind(3, change.filtered)
        .bind(4, change.duplicate)
        .bind(5, change.quarantined)
        .bind(6, change.discarded)
        .bind(7, change.repeated)
        .bind(8, change.lost)
        .bind(9, change.unmatched)
        .bind(10, change.unnamed)
        .run();
  }
  std::vector<CoverageRow> coverage() override {
    std::vector<CoverageRow> rows;
    auto& get = db_.get_coverage;
    while (get.step())
      rows.push_back({get.text(0), get.number(1) != 0, get.number(2)});
    return rows;
  }
  void put_coverage(const CoverageRow& row) override {
    db_.put_coverage.bind_text(1, row.source)
        .bind(2, row.loaded ? 1 : 0)
        .bind(3, row.complete_until_us)
        .run();
  }

  void add_disclosure(std::int64_t at_us, std::string_view sealed) override {
    db_.add_disclosure.bind(1, at_us).bind_blob(2, sealed).run();
  }
  std::vector<std::pair<std::int64_t, std::string>> disclosures() override {
    std::vector<std::pair<std::int64_t, std::string>> rows;
    auto& get = db_.get_disclosures;
    while (get.step())
      rows.emplace_back(get.number(0), get.text(1));
    return rows;
  }

  void put_dated(const DatedRow& row) override {
    db_.put_dated.bind_text(1, row.name).bind(2, row.at_us).bind_blob(3, row.value).run();
  }
  std::vector<DatedRow> dated(const std::string& name) override {
    std::vector<DatedRow> rows;
    auto& get = db_.get_dated.bind_text(1, name);
    while (get.step())
      rows.push_back({name, get.number(0), get.text(1)});
    return rows;
  }

  std::string value(const std::string& name) override {
    db_.get_value.bind_text(1, name);
    if (!db_.get_value.step()) return {};
    auto found = db_.get_value.text(0);
    db_.get_value.reset();
    return found;
  }
  void put_value(const std::string& name, std::string_view value) override {
    db_.put_value.bind_text(1, name).bind_blob(2, value).run();
  }

  SealedRows& sealed() override {
    if (!sealed_) sealed_.emplace(db_.database);
    return *sealed_;
  }

 private:
  static std::int64_t one_number(sqlite::Query& query) {
    if (!query.step()) return 0;
    auto number = query.number(0);
    query.reset();
    return number;
  }
  static std::vector<PersonId> persons(sqlite::Query& query) {
    std::vector<PersonId> found;
    while (query.step())
      found.push_back({query.number(0)});
    return found;
  }
  std::int64_t next_number(const std::string& name) {
    auto last = value(name);
    auto next = (last.empty() ? 0 : std::stoll(last)) + 1;
    put_value(name, std::to_string(next));
    return next;
  }
  static std::vector<LeadRow> leads_from(sqlite::Query& get) {
    std::vector<LeadRow> rows;
    while (get.step())
      rows.push_back({{get.number(0)},
                      {get.number(1)},
                      get.text(2),
                      static_cast<LeadKind>(get.number(3)),
                      static_cast<LeadState>(get.number(4)),
                      get.number(5),
                      get.number(6),
                      get.number(7),
                      get.text(8),
                      Token::from(get.bytes(9))});
    return rows;
  }
  static std::vector<IdentityPairRow> pairs_from(sqlite::Query& get) {
    std::vector<IdentityPairRow> rows;
    while (get.step())
      rows.push_back({{get.number(0)},
                      Token::from(get.bytes(1)),
                      Token::from(get.bytes(2)),
                      static_cast<PairState>(get.number(3)),
                      static_cast<PairWhy>(get.number(4)),
                      get.number(5),
                      get.number(6),
                      get.number(7),
                      get.number(8),
                      get.text(9)});
    return rows;
  }
  static std::vector<QuarantineRow> quarantine_from(sqlite::Query& get) {
    std::vector<QuarantineRow> rows;
    while (get.step()) {
      QuarantineRow row;
      row.id = get.number(0), row.source = get.text(1);
      if (!get.is_null(2)) row.key = Token::from(get.bytes(2));
      row.code = get.text(3), row.place = get.text(4), row.reason = get.text(5), row.mapping = get.text(6);
      row.received_at_us = get.number(7), row.attempts = get.number(8), row.bytes = get.number(9);
      row.digest = get.text(10), row.event_sequence = get.number(11);
      row.state = static_cast<QuarantineState>(get.number(12)), row.key_text = get.text(13),
      row.event = get.text(14);
      rows.push_back(std::move(row));
    }
    return rows;
  }

  Lent lent_;
  Connection& db_;
  std::optional<SqliteSealedRows> sealed_;
  std::optional<std::int64_t> last_person_;  // numbers given in this transaction
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
  prepare_schema(database, file, keys, options.busy_ms);
  return std::unique_ptr<SqliteStore>(new SqliteStore(file, options));
}

SqliteStore::SqliteStore(std::filesystem::path file, Options options)
    : file_(std::move(file)), options_(options), idle_(std::make_shared<Idle>()) {}

SqliteStore::~SqliteStore() = default;

std::unique_ptr<StoreTransaction> SqliteStore::begin(For purpose) {
  return std::make_unique<Transaction>(Lent(file_, options_, idle_, purpose));
}

/// Runs work on the lease tables in a short transaction of its own. One that only reads waits for nobody.
template <class Work>
auto SqliteStore::in_short_transaction(For purpose, Work work) {
  auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                    std::chrono::system_clock::now().time_since_epoch())
                    .count();
  Lent lent(file_, options_, idle_, purpose);
  auto& db = *lent.connection;
  Transaction transaction(std::move(lent));
  auto result = work(db, static_cast<std::int64_t>(now_ms));
  transaction.commit();
  return result;
}

namespace {

std::vector<LeaseRow> leases_from(sqlite::Query& get) {
  std::vector<LeaseRow> rows;
  while (get.step())
    rows.push_back({get.text(0), get.text(1), get.number(2), get.number(3)});
  return rows;
}

}  // namespace

std::vector<LeaseRow> SqliteStore::leases() {
  return in_short_transaction(For::reading, [](Connection& db, std::int64_t now_ms) {
    return leases_from(db.get_leases.bind(1, now_ms).bind_text(2, ""));
  });
}

std::optional<std::int64_t> SqliteStore::take_lease(std::string_view partition, std::string_view owner,
                                                    std::int64_t seen_epoch, std::int64_t duration_ms) {
  return in_short_transaction(For::writing,
                              [&](Connection& db, std::int64_t now_ms) -> std::optional<std::int64_t> {
                                db.lease_epoch.bind_text(1, partition);
                                std::int64_t epoch = 0;
                                if (db.lease_epoch.step()) epoch = db.lease_epoch.number(0);
                                db.lease_epoch.reset();
                                if (epoch != seen_epoch) return std::nullopt;
                                db.take_lease.bind_text(1, partition)
                                    .bind_text(2, owner)
                                    .bind(3, seen_epoch)
                                    .bind(4, now_ms)
                                    .bind(5, duration_ms)
                                    .run();
                                if (sqlite3_changes(db.database.handle()) == 0) return std::nullopt;
                                return seen_epoch + 1;
                              });
}

std::vector<LeaseRow> SqliteStore::renew_leases(std::string_view owner, std::int64_t duration_ms) {
  return in_short_transaction(For::writing, [&](Connection& db, std::int64_t now_ms) {
    db.see_node.bind_text(1, owner).bind(2, now_ms).run();
    db.renew_leases.bind(1, now_ms + duration_ms).bind_text(2, owner).run();
    return leases_from(db.get_leases.bind(1, now_ms).bind_text(2, owner));
  });
}

void SqliteStore::release_lease(std::string_view partition, std::string_view owner, std::int64_t epoch) {
  in_short_transaction(For::writing, [&](Connection& db, std::int64_t) {
    db.release_lease.bind_text(1, partition).bind_text(2, owner).bind(3, epoch).run();
    return true;
  });
}

std::vector<NodeRow> SqliteStore::nodes() {
  return in_short_transaction(For::reading, [](Connection& db, std::int64_t now_ms) {
    std::vector<NodeRow> rows;
    auto& get = db.get_nodes.bind(1, now_ms);
    while (get.step())
      rows.push_back({get.text(0), get.number(1)});
    return rows;
  });
}

void SqliteStore::forget_node(std::string_view name) {
  in_short_transaction(For::writing, [&](Connection& db, std::int64_t) {
    db.forget_node.bind_text(1, name).run();
    return true;
  });
}

}  // namespace kinhub
