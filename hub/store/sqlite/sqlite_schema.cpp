#include "hub/store/sqlite/sqlite_schema.hpp"

#include <chrono>
#include <string>
#include <thread>

#include "hub/base/key_fingerprint.hpp"
#include "hub/store/store.hpp"

namespace kinhub::sqlite {
namespace {

constexpr int application_id = 0x4B494E48;  // "KINH"
constexpr char probe_text[] = "this store and this key file belong together";

/// Schema migrations, in order; a released one is never edited. What the tables hold: the rows in the headers
/// of the shelves. The column `topic` of `home` is the key of a version history (`History` in hub/record): a
/// released name stays.
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
    // 10: counts that are kept (tally.hpp says of what), and leads of one state in pages
    R"(
CREATE TABLE tally (what INTEGER NOT NULL, code INTEGER NOT NULL, number INTEGER NOT NULL,
  PRIMARY KEY (what, code)) WITHOUT ROWID;
INSERT INTO tally SELECT 0, 0, count(*) FROM dossier WHERE length(sealed) > 0;
INSERT INTO tally SELECT 1, 0, count(*) FROM home;
INSERT INTO tally SELECT 2, kind, count(*) FROM lead WHERE state = 0 GROUP BY kind;
INSERT INTO tally SELECT 3, state, count(*) FROM quarantine GROUP BY state;
INSERT INTO tally SELECT 4, why, count(*) FROM identity_pair WHERE state = 0 GROUP BY why;
CREATE INDEX lead_of_state ON lead (state, id);
)",
    // 11: the index of entries. A store that has people already is filled before its first reconciliation
    R"(
CREATE TABLE entry_source (code INTEGER PRIMARY KEY, source TEXT NOT NULL UNIQUE);
CREATE TABLE entry (source INTEGER NOT NULL, key BLOB NOT NULL, kind INTEGER NOT NULL, told INTEGER NOT NULL,
  record INTEGER NOT NULL, run INTEGER NOT NULL, PRIMARY KEY (source, key)) WITHOUT ROWID;
INSERT INTO value SELECT 'entries filled', x'646f6e65' WHERE NOT EXISTS (SELECT 1 FROM dossier);
)",
    // 12: the table of cases; it is filled by the next scan
    R"(
CREATE TABLE person_case (person INTEGER NOT NULL, kind INTEGER NOT NULL, what INTEGER NOT NULL,
  area INTEGER NOT NULL, state INTEGER NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL,
  fen INTEGER NOT NULL, PRIMARY KEY (person, kind, what)) WITHOUT ROWID;
DELETE FROM tally WHERE what = 3;
CREATE INDEX person_case_place ON person_case (state, kind, what, area, person);
)",
    // 13: payment lists, their lines, and what was overpaid
    R"(
CREATE TABLE payment_list (id INTEGER PRIMARY KEY, region INTEGER NOT NULL, state INTEGER NOT NULL,
  changed_at_us INTEGER NOT NULL, sealed BLOB NOT NULL);
CREATE TABLE payment_line (list INTEGER NOT NULL, line INTEGER NOT NULL, payee BLOB NOT NULL,
  sealed BLOB NOT NULL, PRIMARY KEY (list, line)) WITHOUT ROWID;
CREATE INDEX payment_line_payee ON payment_line (payee);
CREATE TABLE payment_ledger (id INTEGER PRIMARY KEY, payee BLOB NOT NULL, state INTEGER NOT NULL,
  sealed BLOB NOT NULL);
)",
    // 14: accounts, their sessions, and what is kept of their work for a while
    R"(
CREATE TABLE account (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE, revision INTEGER NOT NULL,
  sealed BLOB NOT NULL);
CREATE TABLE account_session (digest BLOB PRIMARY KEY, account INTEGER NOT NULL, since_us INTEGER NOT NULL,
  seen_us INTEGER NOT NULL, fresh_us INTEGER NOT NULL, ends_us INTEGER NOT NULL,
  place TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX account_session_of ON account_session (account);
CREATE INDEX account_session_ends ON account_session (ends_us);
CREATE TABLE slip (kind INTEGER NOT NULL, name TEXT NOT NULL, account INTEGER NOT NULL,
  until_us INTEGER NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE INDEX slip_of ON slip (kind, account);
CREATE INDEX slip_until ON slip (until_us);
)",
    // 15: issued reports
    R"(
CREATE TABLE issued (series TEXT NOT NULL, version INTEGER NOT NULL, issued_at_us INTEGER NOT NULL,
  sealed BLOB NOT NULL, PRIMARY KEY (series, version)) WITHOUT ROWID;
)",
    // 16: keyed codes of rows; a store that has rows already gets them when it is opened
    R"(
CREATE TABLE row_code (what INTEGER NOT NULL, key BLOB NOT NULL, code INTEGER NOT NULL,
  PRIMARY KEY (what, key)) WITHOUT ROWID;
ALTER TABLE dossier ADD COLUMN code INTEGER NOT NULL DEFAULT 0;
)",
    // 17: where a history stands is told by the index of entries. What stands in `home` is moved there by
    // whoever writes it, and by the step that fills the index
    R"(
ALTER TABLE entry ADD COLUMN person INTEGER NOT NULL DEFAULT 0;
DELETE FROM value WHERE name = 'entries filled' AND EXISTS (SELECT 1 FROM home);
)",
};
constexpr auto schema_now = static_cast<std::int64_t>(std::size(schema_steps));

// Switches to write-ahead logging, with retries: it needs the file alone for a moment and does not
// always ask the busy handler.
void use_wal(Database& database, int busy_ms) {
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

/// Refuses a key file that opens the store but begins with another key: tokens are made with the first, and
/// nobody would be found any more. Where none is kept yet, as in a store of a version before, it is now.
void keep_fingerprint(Database& database, const std::filesystem::path& file, const Keyring& keys) {
  const auto given = key_fingerprint(keys);
  Query look(database, "SELECT value FROM value WHERE name = 'key fingerprint'");
  if (look.step()) {
    const auto needed = look.text(0);
    look.reset();
    if (needed != given)
      throw StoreDamaged(file.string() + " belongs to a key file whose first key is " + needed +
                         ", that of the key file given is " + given +
                         ": put back the kinhub.key with the keys in their order");
    return;
  }
  Query put(database, "INSERT INTO value VALUES ('key fingerprint', ?)");
  put.bind_blob(1, given).run();
}

}  // namespace

std::int64_t schema_version() {
  return schema_now;
}

void prepare_schema(Database& database, const std::filesystem::path& file, const Keyring& keys, int busy_ms) {
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
    Query put(database, "INSERT INTO value VALUES ('key probe', ?)");
    auto sealed = keys.seal(probe_text, "store key probe");
    put.bind_blob(1, sealed).run();
  }
  Query probe(database, "SELECT value FROM value WHERE name = 'key probe'");
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
  keep_fingerprint(database, file, keys);
  database.run("COMMIT");
}

}  // namespace kinhub::sqlite
