#include "hub/store/postgres/postgres_schema.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "hub/base/key_fingerprint.hpp"

namespace kinhub::postgres {
namespace {

constexpr char probe_text[] = "this store and this key file belong together";
constexpr char probe_context[] = "store key probe";
constexpr int patience_ms = 600'000;  ///< a step may rewrite a large table

/// Schema migrations, in order; a released one is never edited. The tables and names are those of
/// sqlite/sqlite_schema.cpp, with these differences: a token is a uuid, which is what PostgreSQL calls 16
/// bytes; what agencies wrote (place, reason, code of a quarantine row) is bytea, because text refuses bytes
/// that are no UTF-8, and a batch must never be refused for what is in it; ciphertext is not compressed and
/// stays with its row up to a page.
constexpr const char* schema_steps[] = {
    R"(
CREATE TABLE place (partition text COLLATE "C" PRIMARY KEY, sequence bigint NOT NULL,
  log_offset bigint NOT NULL);
CREATE TABLE lease (partition text COLLATE "C" PRIMARY KEY, owner text NOT NULL, epoch bigint NOT NULL,
  until timestamptz NOT NULL);
CREATE TABLE node (name text COLLATE "C" PRIMARY KEY, seen timestamptz NOT NULL);
CREATE TABLE number (name text COLLATE "C" PRIMARY KEY, last bigint NOT NULL);
CREATE TABLE dossier (person bigint PRIMARY KEY, marks smallint NOT NULL, mentioned boolean NOT NULL,
  sealed bytea NOT NULL) WITH (fillfactor = 80, toast_tuple_target = 8160);
CREATE INDEX dossier_unmentioned ON dossier (person) WHERE NOT mentioned;
CREATE TABLE holder (identifier uuid NOT NULL, person bigint NOT NULL, PRIMARY KEY (identifier, person));
CREATE TABLE home (topic uuid PRIMARY KEY, person bigint NOT NULL) WITH (fillfactor = 90);
CREATE TABLE lead (id bigint PRIMARY KEY, person bigint NOT NULL, benefit text COLLATE "C" NOT NULL,
  kind smallint NOT NULL,
  state smallint NOT NULL, opened_at_us bigint NOT NULL, changed_at_us bigint NOT NULL,
  revision bigint NOT NULL,
  sealed bytea NOT NULL);
CREATE UNIQUE INDEX lead_one_open ON lead (person, benefit) WHERE state = 0;
CREATE INDEX lead_of_person ON lead (person);
CREATE INDEX lead_of_state ON lead (state, id);
CREATE TABLE decided (person bigint NOT NULL, benefit text COLLATE "C" NOT NULL, sealed bytea NOT NULL,
  PRIMARY KEY (person, benefit));
CREATE TABLE decision (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, lead bigint NOT NULL,
  verdict smallint NOT NULL,
  at_us bigint NOT NULL, sealed bytea NOT NULL);
CREATE INDEX decision_of_lead ON decision (lead);
CREATE TABLE next_change (person bigint PRIMARY KEY, day integer NOT NULL);
CREATE INDEX next_change_day ON next_change (day, person);
CREATE TABLE notice (sequence bigint PRIMARY KEY, body text NOT NULL);
CREATE TABLE quarantine (id bigint PRIMARY KEY, source text NOT NULL, key uuid,
  key_text bytea NOT NULL, code bytea NOT NULL,
  place bytea NOT NULL, reason bytea NOT NULL, mapping bytea NOT NULL, received_at_us bigint NOT NULL,
  attempts bigint NOT NULL, bytes bigint NOT NULL, digest bytea NOT NULL, event_sequence bigint NOT NULL,
  state smallint NOT NULL, sealed bytea NOT NULL);
CREATE INDEX quarantine_of_state ON quarantine (state, id);
CREATE INDEX quarantine_key ON quarantine (key) WHERE state = 0;
CREATE INDEX quarantine_digest ON quarantine (digest) WHERE state = 0;
CREATE TABLE counter (source text COLLATE "C" PRIMARY KEY, applied bigint NOT NULL, filtered bigint NOT NULL,
  duplicate bigint NOT NULL, quarantined bigint NOT NULL, discarded bigint NOT NULL, repeated bigint NOT NULL,
  lost bigint NOT NULL);
CREATE TABLE coverage (source text COLLATE "C" PRIMARY KEY, loaded boolean NOT NULL,
  complete_until_us bigint NOT NULL);
CREATE TABLE disclosure (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at_us bigint NOT NULL,
  sealed bytea NOT NULL);
CREATE TABLE value (name text COLLATE "C" PRIMARY KEY, value bytea NOT NULL);
ALTER TABLE dossier ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE lead ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE decided ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE decision ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE quarantine ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE disclosure ALTER sealed SET STORAGE EXTERNAL;
)",
    // 2: retractions that met nothing are counted
    R"(
ALTER TABLE counter ADD COLUMN unmatched bigint NOT NULL DEFAULT 0;
)",
    // 3: who is mentioned by what is held
    R"(
CREATE TABLE held_mention (identifier uuid NOT NULL, quarantine bigint NOT NULL,
  PRIMARY KEY (identifier, quarantine));
CREATE INDEX held_mention_quarantine ON held_mention (quarantine);
)",
    // 4: deaths of people nobody can name are counted
    R"(
ALTER TABLE counter ADD COLUMN unnamed bigint NOT NULL DEFAULT 0;
)",
    // 5: leads and decisions know the identifier they are about
    R"(
ALTER TABLE lead ADD COLUMN anchor uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
ALTER TABLE decided ADD COLUMN anchor uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
ALTER TABLE decided DROP CONSTRAINT decided_pkey;
ALTER TABLE decided ADD PRIMARY KEY (person, benefit, anchor);
)",
    // 6: what was known then of coverage, leads and policies
    R"(
CREATE TABLE dated (name text COLLATE "C" NOT NULL, at_us bigint NOT NULL, value bytea NOT NULL,
  PRIMARY KEY (name, at_us));
ALTER TABLE dated ALTER value SET STORAGE EXTERNAL;
)",
    // 7: the identity review queue
    R"(
CREATE TABLE identity_pair (id bigint PRIMARY KEY, a uuid NOT NULL, b uuid NOT NULL, state bigint NOT NULL,
  why bigint NOT NULL, weight bigint NOT NULL, since_us bigint NOT NULL, changed_at_us bigint NOT NULL,
  seen_at_us bigint NOT NULL, digest bytea NOT NULL);
CREATE INDEX identity_pair_state ON identity_pair (state, id);
CREATE INDEX identity_pair_a ON identity_pair (a);
CREATE INDEX identity_pair_b ON identity_pair (b);
)",
    // 8: counts that are kept; tally.hpp says of what
    R"(
CREATE TABLE tally (what bigint NOT NULL, code bigint NOT NULL, number bigint NOT NULL,
  PRIMARY KEY (what, code)) WITH (fillfactor = 20);
INSERT INTO tally SELECT 0, 0, count(*) FROM dossier WHERE mentioned;
INSERT INTO tally SELECT 1, 0, count(*) FROM home;
INSERT INTO tally SELECT 2, kind, count(*) FROM lead WHERE state = 0 GROUP BY kind;
INSERT INTO tally SELECT 3, state, count(*) FROM quarantine GROUP BY state;
INSERT INTO tally SELECT 4, why, count(*) FROM identity_pair WHERE state = 0 GROUP BY why;
)",
    // 9: the index of entries; columns in the order that leaves no gaps
    R"(
CREATE TABLE entry_source (code smallint PRIMARY KEY, source text COLLATE "C" NOT NULL UNIQUE);
CREATE TABLE entry (told bigint NOT NULL, record bigint NOT NULL, run integer NOT NULL,
  source smallint NOT NULL, kind smallint NOT NULL, key uuid NOT NULL,
  PRIMARY KEY (source, key)) WITH (fillfactor = 90);
INSERT INTO value SELECT 'entries filled', 'done' WHERE NOT EXISTS (SELECT FROM dossier);
)",
    // 10: the table of cases; it is filled by the next scan
    R"(
CREATE TABLE person_case (person bigint NOT NULL, kind bigint NOT NULL, what bigint NOT NULL,
  area bigint NOT NULL, state bigint NOT NULL, since bigint NOT NULL, until bigint NOT NULL,
  fen bigint NOT NULL, PRIMARY KEY (person, kind, what)) WITH (fillfactor = 90);
DELETE FROM tally WHERE what = 3;
CREATE INDEX person_case_place ON person_case (state, kind, what, area, person);
)",
    // 11: payment lists, their lines, and what was overpaid
    R"(
CREATE TABLE payment_list (id bigint PRIMARY KEY, region bigint NOT NULL, state bigint NOT NULL,
  changed_at_us bigint NOT NULL, sealed bytea NOT NULL);
CREATE TABLE payment_line (list bigint NOT NULL, line bigint NOT NULL, payee uuid NOT NULL,
  sealed bytea NOT NULL, PRIMARY KEY (list, line));
CREATE INDEX payment_line_payee ON payment_line (payee);
CREATE TABLE payment_ledger (id bigint PRIMARY KEY, payee uuid NOT NULL, state bigint NOT NULL,
  sealed bytea NOT NULL);
ALTER TABLE payment_list ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE payment_line ALTER sealed SET STORAGE EXTERNAL;
ALTER TABLE payment_ledger ALTER sealed SET STORAGE EXTERNAL;
)",
    // 12: accounts, their sessions, and what is kept of their work for a while
    R"(
CREATE TABLE account (id bigint PRIMARY KEY, name uuid NOT NULL UNIQUE, revision bigint NOT NULL,
  sealed bytea NOT NULL);
CREATE TABLE account_session (digest bytea PRIMARY KEY, account bigint NOT NULL, since_us bigint NOT NULL,
  seen_us bigint NOT NULL, fresh_us bigint NOT NULL, ends_us bigint NOT NULL, place text NOT NULL);
CREATE INDEX account_session_of ON account_session (account);
CREATE INDEX account_session_ends ON account_session (ends_us);
CREATE TABLE slip (kind bigint NOT NULL, name text COLLATE "C" NOT NULL, account bigint NOT NULL,
  until_us bigint NOT NULL, sealed bytea NOT NULL, PRIMARY KEY (kind, name));
CREATE INDEX slip_of ON slip (kind, account);
CREATE INDEX slip_until ON slip (until_us);
)",
    // 13: issued reports
    R"(
CREATE TABLE issued (series text COLLATE "C" NOT NULL, version bigint NOT NULL, issued_at_us bigint NOT NULL,
  sealed bytea NOT NULL, PRIMARY KEY (series, version));
)",
    // 14: keyed codes of rows; a store that has rows already gets them when it is opened
    R"(
CREATE TABLE row_code (what bigint NOT NULL, key bytea NOT NULL, code bigint NOT NULL,
  PRIMARY KEY (what, key)) WITH (fillfactor = 90);
ALTER TABLE dossier ADD COLUMN code bigint NOT NULL DEFAULT 0;
)",
    // 15: where a history stands is told by the index of entries. What stands in `home` is moved there by
    // whoever writes it, and by the step that fills the index
    R"(
ALTER TABLE entry ADD COLUMN person bigint NOT NULL DEFAULT 0;
DELETE FROM value WHERE name = 'entries filled' AND EXISTS (SELECT FROM home);
)",
};
constexpr auto schema_now = static_cast<std::int64_t>(std::size(schema_steps));

// One constant for each query: a connection knows queries by address, and after a migration
// an old plan would be stale.
constexpr Query lock{"prepare lock", "SELECT pg_advisory_xact_lock($1::bigint)"};
constexpr Query look{"prepare look",
                     "SELECT to_regnamespace($1::text) IS NOT NULL, "
                     "EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace($1::text)), "
                     "EXISTS (SELECT FROM pg_class WHERE relnamespace = to_regnamespace($1::text) AND "
                     "relname = 'schema_step'), "
                     "has_database_privilege(current_database(), 'CREATE'), "
                     "coalesce((SELECT pg_has_role(nspowner, 'USAGE') OR has_schema_privilege(oid, "
                     "'CREATE') FROM pg_namespace "
                     "WHERE oid = to_regnamespace($1::text)), false), "
                     "current_setting('server_encoding'), current_setting('server_version_num')::bigint"};
constexpr Query version_of{"prepare version",
                           "SELECT coalesce(max(step), 0) FROM schema_step WHERE program = 'kinhub'"};
constexpr Query note_step{"prepare step",
                          "INSERT INTO schema_step VALUES ($1::bigint, 'kinhub', clock_timestamp())"};
// A store of a version before has none yet.
constexpr Query keep_fingerprint{
    "prepare fingerprint",
    "INSERT INTO value VALUES ('key fingerprint', $1::bytea) ON CONFLICT (name) DO UPDATE SET value = "
    "value.value RETURNING value"};
constexpr Query get_probe{"prepare probe", "SELECT value FROM value WHERE name = 'key probe'"};
constexpr Query put_probe{"prepare put probe", "INSERT INTO value VALUES ('key probe', $1::bytea)"};

std::vector<Rows> ask(Connection& connection, const Query& query, Parameters parameters = {}) {
  connection.queue(query, std::move(parameters));
  return connection.exchange(patience_ms);
}

}  // namespace

bool right_schema_name(std::string_view name) {
  auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && name.size() <= 63 && std::all_of(name.begin(), name.end(), fits) &&
         !(name[0] >= '0' && name[0] <= '9') && !name.starts_with("pg_");
}

std::int64_t writer_lock_of(std::string_view schema) {
  auto digest = sha256("kinhub writer of schema " + std::string(schema));
  std::uint64_t number = 0;
  for (int i = 0; i < 8; ++i)
    number = number << 8 | digest[static_cast<std::size_t>(i)];
  return static_cast<std::int64_t>(number);
}

void prepare_schema(Connection& connection, const std::string& schema, const Keyring& keys) {
  auto here = [&] { return connection.place() + ", schema " + schema; };
  connection.run(
      "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '60s'; "
      "SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL enable_seqscan = on",
      patience_ms);
  ask(connection, lock, Parameters().add(writer_lock_of(schema)));
  auto found = ask(connection, look, Parameters().add(schema));
  const auto& row = found.front();
  bool exists = row.number(0, 0) != 0, filled = row.number(0, 1) != 0, ours = row.number(0, 2) != 0;
  if (row.bytes(0, 5) != "UTF8")
    throw StoreDamaged(connection.place() + " is of encoding " + row.text(0, 5) +
                       ": create the database with ENCODING 'UTF8'");
  if (row.number(0, 6) < 130000)
    throw StoreDamaged(connection.place() +
                       " runs on PostgreSQL older than 13: the hub needs 13 or newer, it is tested with 15");
  if (filled && !ours)
    throw StoreDamaged(here() + " holds tables of another program: name another schema in the configuration");
  if (!exists && row.number(0, 3) == 0)
    throw StoreDamaged(here() + " does not exist and the user may not create it: CREATE SCHEMA " + schema +
                       " AUTHORIZATION " + std::string(PQuser(connection.handle())));
  if (exists && row.number(0, 4) == 0)
    throw StoreDamaged(here() + " belongs to another user: ALTER SCHEMA " + schema + " OWNER TO " +
                       std::string(PQuser(connection.handle())));

  if (!exists) connection.run("CREATE SCHEMA " + schema, patience_ms);
  if (!ours)
    connection.run(
        "CREATE TABLE schema_step (step bigint PRIMARY KEY, program text NOT NULL, done_at timestamptz NOT "
        "NULL)",
        patience_ms);
  auto version = ask(connection, version_of).front().number(0, 0);
  if (ours && version == 0)
    throw StoreDamaged(here() + " holds tables of another program: name another schema in the configuration");
  if (version > schema_now)
    throw StoreDamaged(fmt::format(
        "{} was written by a newer Kinhub (schema {}, this one knows {}): run that one on every node", here(),
        version, schema_now));
  for (auto step = version; step < schema_now; ++step) {
    connection.run(schema_steps[step], patience_ms);
    ask(connection, note_step, Parameters().add(step + 1));
  }
  if (version == 0) connection.queue(put_probe, Parameters().add(keys.seal(probe_text, probe_context)));
  if (connection.queued() > 0) connection.exchange(patience_ms);

  auto probe = ask(connection, get_probe);
  bool opens = false;
  std::string unknown;
  if (probe.front().size() == 1) {
    try {
      opens = keys.unseal(probe.front().bytes(0, 0), probe_context) == probe_text;
    } catch (const UnknownKey& missing) {
      unknown = std::string(" (") + missing.what() + ")";
    } catch (const std::runtime_error&) {
    }
  }
  if (!opens)
    throw StoreDamaged(
        here() +
        " was sealed with another key file: every node needs the kinhub.key that belongs to this store" +
        unknown);
  // Tokens are made with the first key: with another one nobody would be found any more.
  const auto given = key_fingerprint(keys);
  const auto kept = ask(connection, keep_fingerprint, Parameters().add(given));
  if (const auto needed = kept.back().text(0, 0); needed != given)
    throw StoreDamaged(here() + " belongs to a key file whose first key is " + needed +
                       ", that of the key file given is " + given +
                       ": every node needs the kinhub.key with the keys in their order");
  connection.run("COMMIT", patience_ms);
}

}  // namespace kinhub::postgres
