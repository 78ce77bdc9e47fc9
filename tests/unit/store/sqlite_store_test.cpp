#include "hub/store/sqlite/sqlite_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <thread>

#include "hub/store/balance.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/people.hpp"
#include "hub/store/positions.hpp"
#include "hub/store/values.hpp"
#include "tests/contract/store/store_contract.hpp"
#include "tests/contract/store/store_servers.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

constexpr char schema_of_version_2[] = R"(
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
CREATE TABLE disclosure (id INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, sealed BLOB NOT NULL);
PRAGMA application_id = 1263095368;
PRAGMA user_version = 2;
)";

class SqliteStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<SqliteStore> open(int busy_ms = 30'000) {
    SqliteStore::Options options;
    options.busy_ms = busy_ms;
    return SqliteStore::open(place_.file(), place_.keyring, options);
  }
  template <class Refusal>
  std::string refusal() {
    try {
      open();
    } catch (const Refusal& refused) {
      return refused.what();
    }
    return "opened";
  }
  void sql(const std::string& text) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(place_.file().c_str(), &database), SQLITE_OK);
    char* said = nullptr;
    EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, &said), SQLITE_OK) << said;
    sqlite3_free(said);
    sqlite3_close(database);
  }
  static std::string blob(std::string_view bytes) {
    std::string text = "x'";
    for (unsigned char c : bytes)
      text += "0123456789abcdef"[c >> 4], text += "0123456789abcdef"[c & 15];
    return text + "'";
  }

  SqliteForTest place_;
};

TEST_F(SqliteStoreTest, AFileOfVersion2KeepsAllItHolds) {
  sql(schema_of_version_2);
  auto probe = place_.keyring.seal("this store and this key file belong together", "store key probe");
  sql("INSERT INTO value VALUES ('key probe', " + blob(probe) +
      "), ('last person', '5'), ('last scan', '2026-11-20');"
      "INSERT INTO position VALUES (0, 41);"
      "INSERT INTO dossier VALUES (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four');"
      "INSERT INTO lead VALUES (1, 2, 'b', 0, 0, 1, 2, 3, 'sealed');"
      "INSERT INTO decided VALUES (3, 'b', 'sealed'), (5, 'b', 'sealed');"
      "INSERT INTO next_change VALUES (1, 20000), (2, 20001);"
      "INSERT INTO notice VALUES (1, '{}');"
      "INSERT INTO counter VALUES ('police', 1, 2, 3, 4, 5);");
  auto store = open();
  auto t = store->begin(Store::For::writing);
  EXPECT_EQ(t->positions().at("log").sequence, 41);
  EXPECT_EQ(t->positions().at("log").offset, -1);
  std::vector<PersonId> people{{1}, {2}, {3}, {4}, {5}};
  auto rows = t->people().dossiers(people);
  std::ranges::sort(rows, {}, &DossierRow::person);
  ASSERT_EQ(rows.size(), 5u);
  const PersonMarks marks[] = {{false, true}, {true, true}, {true, false}, {}, {true, false}};
  const char* sealed[] = {"one", "two", "three", "four", ""};
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(rows[i].marks, marks[i]) << i + 1;
    EXPECT_EQ(rows[i].sealed, sealed[i]);
  }
  EXPECT_EQ(t->people().size().people, 4);
  EXPECT_EQ(all_people(t->people()).size(), 4u) << "5 has no dossier";
  EXPECT_EQ(t->balance().counters().at(0).second, (Counters{1, 2, 3, 4, 5, 0, 0}));
  EXPECT_EQ(t->values().get("last scan"), "2026-11-20");
  EXPECT_EQ(t->people().new_person().value, 6);
  EXPECT_EQ(t->notices().last(), 1);
  EXPECT_TRUE(t->positions().advance({"log", 41, 42, -1, 0}));
  t->commit();
  t.reset();
  store.reset();
  EXPECT_EQ(open()->begin(Store::For::reading)->positions().at("log").sequence, 42) << "grown once only";
}

TEST_F(SqliteStoreTest, AFileOfVersion9IsCountedWhenItIsOpened) {
  Asked asked;
  std::map<std::string, std::string> before;
  {
    auto store = open();
    auto t = store->begin(Store::For::writing);
    fill(*t, asked);
    before = picture_of(*t, asked);
    t->commit();
  }
  const auto is_later = [](const auto& part) {  // what that version did not have
    for (const char* later : {"entries", "pay", "account", "sessions", "slips", "issued", "latest issued"})
      if (part.first.starts_with(later)) return true;
    return false;
  };
  std::erase_if(before, is_later);
  sql("INSERT INTO home SELECT key, person FROM entry; "
      "DROP TABLE tally; DROP INDEX lead_of_state; DROP TABLE entry; DROP TABLE entry_source; "
      "DROP TABLE person_case; DROP TABLE payment_list; DROP TABLE payment_line; DROP TABLE payment_ledger; "
      "DROP TABLE account; DROP TABLE account_session; DROP TABLE slip; DROP TABLE issued; "
      "DROP TABLE row_code; ALTER TABLE dossier DROP COLUMN code; PRAGMA user_version = 9");
  for (const char* what : {"counted", "counted once only"}) {
    auto now = picture_of(*open()->begin(Store::For::reading), asked);
    std::erase_if(now, is_later);
    EXPECT_EQ(now, before) << what;
  }
}

TEST_F(SqliteStoreTest, RefusesADatabaseOfAnotherProgramUntouched) {
  sql("CREATE TABLE somebody (x)");
  EXPECT_THAT(refusal<StoreDamaged>(), AllOf(HasSubstr("another program"), HasSubstr("--data")));
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(place_.file().c_str(), &database), SQLITE_OK);
  sqlite3_stmt* mode = nullptr;
  sqlite3_prepare_v2(database, "PRAGMA journal_mode", -1, &mode, nullptr);
  ASSERT_EQ(sqlite3_step(mode), SQLITE_ROW);
  EXPECT_STREQ(reinterpret_cast<const char*>(sqlite3_column_text(mode, 0)), "delete");
  sqlite3_finalize(mode);
  sqlite3_close(database);
}

TEST_F(SqliteStoreTest, RefusesANewerVersion) {
  open();
  sql("PRAGMA user_version = 99");
  EXPECT_THAT(refusal<StoreDamaged>(), AllOf(HasSubstr("newer Kinhub"), HasSubstr("99")));
}

TEST_F(SqliteStoreTest, RefusesWhatIsNoDatabase) {
  std::ofstream(place_.file()) << std::string(8192, 'x');
  EXPECT_THAT(refusal<StoreDamaged>(), HasSubstr("backup"));
}

TEST_F(SqliteStoreTest, ABusyDatabaseIsUnavailable) {
  auto store = open(50);
  auto writer = store->begin(Store::For::writing);
  try {
    store->begin(Store::For::writing);
    ADD_FAILURE() << "two writers";
  } catch (const StoreUnavailable& busy) {
    EXPECT_THAT(busy.what(), HasSubstr("another"));
  }
  EXPECT_THROW(store->take_lease("p", "a", 0, 1000), StoreUnavailable);
  EXPECT_TRUE(store->leases().empty()) << "readers do not wait";
  EXPECT_TRUE(store->nodes().empty());
  writer.reset();
  EXPECT_TRUE(store->take_lease("p", "a", 0, 1000));
}

TEST_F(SqliteStoreTest, AnotherProcessThatWritesIsWaitedForToo) {
  auto store = open(50), of_another_process = open(50);
  auto writer = of_another_process->begin(Store::For::writing);
  EXPECT_THROW(store->begin(Store::For::writing), StoreUnavailable);
  writer.reset();
  store->begin(Store::For::writing)->commit();
}

TEST_F(SqliteStoreTest, WhoAsksToWriteIsNotOvertakenByAThreadThatWritesWithoutPause) {
  auto store = open();
  std::atomic<bool> asks = false, wrote = false;
  int batches_after = 0;
  std::jthread other;
  for (bool begun = false; !wrote;) {
    auto batch = store->begin(Store::For::writing);
    if (!begun)
      other = std::jthread([&] {
        asks = true;
        store->begin(Store::For::writing)->commit();
        wrote = true;
      });
    begun = true;
    while (!asks)
      std::this_thread::yield();
    std::this_thread::sleep_for(
        std::chrono::milliseconds(batches_after == 0 ? 50 : 1));  // so that it is asking indeed
    batch->commit();
    ASSERT_LT(++batches_after, 1000) << "the other thread starves";
  }
}

TEST_F(SqliteStoreTest, AFullDiskIsUnavailableAndHalfOfNothingStays) {
  open()->begin(Store::For::reading);
  auto child = ::fork();
  if (child == 0) {
    // A file that may not grow looks to SQLite like a full disk.
    std::signal(SIGXFSZ, SIG_IGN);
    int code = 1;
    try {
      auto store = open();
      rlimit limit{400'000, 400'000};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      auto t = store->begin(Store::For::writing);
      for (int i = 1; i <= 200; ++i) {
        DossierRow row{{i}, {}, std::string(5000, 'x')};
        t->people().put_dossiers({&row, 1});
      }
      t->commit();
    } catch (const StoreUnavailable& full) {
      code = std::string(full.what()).find("disk") != std::string::npos ? 0 : 2;
    } catch (const std::exception&) {
      code = 3;
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  EXPECT_EQ(open()->begin(Store::For::reading)->people().size().people, 0);
}

}  // namespace
}  // namespace kinhub
