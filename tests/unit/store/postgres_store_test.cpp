#include "hub/store/postgres/postgres_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <thread>

#include "hub/store/leads.hpp"
#include "hub/store/positions.hpp"
#include "hub/store/postgres/postgres.hpp"
#include "hub/store/postgres/postgres_schema.hpp"
#include "hub/store/values.hpp"
#include "tests/contract/store/store_contract.hpp"
#include "tests/contract/store/store_servers.hpp"
#include "tests/places/places.hpp"
#include "tests/whole_lists.hpp"

namespace kinhub {
namespace {

using std::chrono::milliseconds;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

template <class Refusal, class Work>
std::string said_by(Work work) {
  try {
    work();
  } catch (const Refusal& refused) {
    return refused.what();
  }
  return "nothing was thrown";
}

class PostgresStoreTest : public ::testing::Test {
 protected:
  std::unique_ptr<PostgresStore> open() { return PostgresStore::open(server_.settings, server_.keyring); }
  std::string damage() {
    return said_by<StoreDamaged>([&] { open(); });
  }
  const std::string& schema() const { return server_.settings.schema; }
  static void put(StoreTransaction& t, const std::string& value) { t.values().put("a", value); }
  void put(Store& store, const std::string& value) {
    auto t = store.begin(Store::For::writing);
    put(*t, value);
    t->commit();
  }
  /// Ends every session that has this store's schema in use as a writer or as a batch, as an administrator
  /// may.
  void end_sessions(const std::string& which) {
    server_.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND " +
                which);
  }
  std::string writers() const {
    auto key = std::to_string(postgres::writer_lock_of(schema()));
    return "pid IN (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND "
           "((classid::bigint << 32) | objid::bigint) = " +
           key + ")";
  }

  PostgresForTest server_;
};

TEST_F(PostgresStoreTest, RefusesTablesOfAnotherProgram) {
  server_.sql("CREATE SCHEMA " + schema());
  server_.sql("CREATE TABLE " + schema() + ".value (x int)");
  EXPECT_THAT(damage(), AllOf(HasSubstr("another program"), HasSubstr(schema())));
  EXPECT_EQ(server_.sql("SELECT count(*) FROM pg_tables WHERE schemaname = '" + schema() + "'"), "1")
      << "nothing was added";
}

TEST_F(PostgresStoreTest, RefusesStepsOfAnotherProgram) {
  server_.sql("CREATE SCHEMA " + schema());
  server_.sql("CREATE TABLE " + schema() +
              ".schema_step (step bigint PRIMARY KEY, program text, done_at timestamptz)");
  server_.sql("INSERT INTO " + schema() + ".schema_step VALUES (1, 'other', now())");
  EXPECT_THAT(damage(), HasSubstr("another program"));
}

TEST_F(PostgresStoreTest, TakesAnEmptySchemaThatIsThere) {
  server_.sql("CREATE SCHEMA " + schema());
  put(*open(), "1");
  EXPECT_EQ(open()->begin(Store::For::reading)->values().get("a"), "1");
}

TEST_F(PostgresStoreTest, RefusesANewerVersion) {
  open();
  server_.sql("INSERT INTO " + schema() + ".schema_step VALUES (99, 'kinhub', now())");
  EXPECT_THAT(damage(), AllOf(HasSubstr("newer Kinhub"), HasSubstr("99")));
}

TEST_F(PostgresStoreTest, ASchemaOfStep7IsCountedWhenItIsOpened) {
  Asked asked;
  std::map<std::string, std::string> before;
  {
    auto store = server_.open();
    auto t = store->begin(Store::For::writing);
    fill(*t, asked);
    before = picture_of(*t, asked);
    t->commit();
  }
  const auto came_later = [](const auto& part) {
    for (const char* later : {"entries", "pay", "account", "sessions", "slips", "issued", "latest issued"})
      if (part.first.starts_with(later)) return true;
    return false;
  };
  std::erase_if(before, came_later);
  server_.sql("INSERT INTO " + schema() + ".home SELECT key, person FROM " + schema() + ".entry");
  server_.sql("DROP TABLE " + schema() + ".tally, " + schema() + ".person_case, " + schema() + ".entry, " +
              schema() + ".entry_source, " + schema() + ".payment_list, " + schema() + ".payment_line, " +
              schema() + ".payment_ledger, " + schema() + ".account, " + schema() + ".account_session, " +
              schema() + ".slip, " + schema() + ".issued, " + schema() + ".row_code; ALTER TABLE " +
              schema() + ".dossier DROP COLUMN code; DELETE FROM " + schema() +
              ".schema_step WHERE step >= 8");
  for (const char* what : {"counted", "counted once only"}) {
    auto now = picture_of(*server_.open()->begin(Store::For::reading), asked);
    std::erase_if(now, came_later);
    EXPECT_EQ(now, before) << what;
  }
}

TEST_F(PostgresStoreTest, RefusesAStoreWithoutItsProbe) {
  open();
  server_.sql("DELETE FROM " + schema() + ".value");
  EXPECT_THAT(damage(), HasSubstr("kinhub.key"));
}

TEST_F(PostgresStoreTest, RefusesASchemaNameThatNeedsQuoting) {
  for (const char* name : {"", "Kinhub", "a b", "a\"; DROP TABLE x; --", "1a", "pg_mine", "王"}) {
    server_.settings.schema = name;
    EXPECT_THAT(damage(), HasSubstr("schema name")) << name;
  }
  server_.settings.schema = "test_nothing";
}

TEST_F(PostgresStoreTest, SaysHowToMakeASchemaItMayNotMake) {
  auto role = schema() + "_user";
  server_.sql("CREATE ROLE " + role + " LOGIN PASSWORD 'secret'");
  auto owner = server_.settings;
  server_.settings.connection += " user=" + role + " password=secret";
  EXPECT_THAT(damage(), AllOf(HasSubstr("CREATE SCHEMA " + schema()), HasSubstr(role)));
  auto sql = server_.settings;
  server_.settings = owner;
  server_.sql("CREATE SCHEMA " + schema());
  EXPECT_THAT(said_by<StoreDamaged>([&] { PostgresStore::open(sql, server_.keyring); }),
              HasSubstr("ALTER SCHEMA"));
  server_.sql("ALTER SCHEMA " + schema() + " OWNER TO " + role);
  put(*PostgresStore::open(sql, server_.keyring), "1");
  server_.sql("DROP OWNED BY " + role);
  server_.sql("DROP ROLE " + role);
}

TEST_F(PostgresStoreTest, RefusesADatabaseThatIsNotUtf8) {
  auto name = schema() + "_latin";
  server_.sql("CREATE DATABASE " + name + " ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
  auto settings = server_.settings;
  settings.connection += " dbname=" + name;
  EXPECT_THAT(said_by<StoreDamaged>([&] { PostgresStore::open(settings, server_.keyring); }),
              HasSubstr("ENCODING 'UTF8'"));
  server_.sql("DROP DATABASE " + name);
}

TEST_F(PostgresStoreTest, NoErrorShowsThePassword) {
  auto settings = server_.settings;
  settings.password = "wrong-and-secret";
  EXPECT_THAT(said_by<StoreUnavailable>([&] { PostgresStore::open(settings, server_.keyring); }),
              AllOf(HasSubstr("password"), Not(HasSubstr("wrong-and-secret"))));
  settings.connection = "postgresql://me:wrong-and-secret%zz@host/db";
  EXPECT_THAT(said_by<StoreDamaged>([&] { PostgresStore::open(settings, server_.keyring); }),
              AllOf(HasSubstr("connection string"), Not(HasSubstr("wrong-and-secret"))));
  settings.connection = "host=127.0.0.1 port=1 user=me dbname=db password=wrong-and-secret";
  EXPECT_THAT(
      said_by<StoreUnavailable>([&] { PostgresStore::open(settings, server_.keyring); }),
      AllOf(HasSubstr("cannot be reached"), HasSubstr("127.0.0.1:1"), Not(HasSubstr("wrong-and-secret"))));
}

TEST_F(PostgresStoreTest, ASessionEndedInMidTransactionIsUnavailableAndLeavesNothing) {
  auto store = open();
  put(*store, "1");
  auto t = store->begin(Store::For::writing);
  put(*t, "2");
  end_sessions(writers());
  EXPECT_THROW(t->commit(), StoreUnavailable);
  EXPECT_THROW(t->positions().at("police"), StoreUnavailable) << "it stays lost";
  t.reset();
  EXPECT_EQ(store->begin(Store::For::writing)->values().get("a"), "1");
}

TEST_F(PostgresStoreTest, SessionsEndedWhileIdleAreNotNoticed) {
  auto store = open();
  {
    auto one = store->begin(Store::For::reading), two = store->begin(Store::For::reading),
         three = store->begin(Store::For::reading);
    EXPECT_EQ(one->values().get("a"), "");
    store->renew_leases("n", 1000);
  }
  end_sessions("application_name = 'kinhub' AND state = 'idle'");
  EXPECT_EQ(store->begin(Store::For::reading)->values().get("a"), "");
  EXPECT_EQ(store->nodes().size(), 1u);
  put(*store, "2");
}

TEST_F(PostgresStoreTest, AWriterThatStandsStillIsEndedByTheServer) {
  server_.settings.idle_transaction_ms = 300;
  auto store = open();
  auto t = store->begin(Store::For::writing);
  put(*t, "zombie");
  put(*store, "2");  // waits until the server has ended the first
  EXPECT_THAT(said_by<StoreUnavailable>([&] { t->commit(); }), Not(HasSubstr("nothing was thrown")));
  EXPECT_EQ(store->begin(Store::For::reading)->values().get("a"), "2");
}

TEST_F(PostgresStoreTest, AWriterThatStandsStillInTheMiddleOfAPipelineIsEndedByWhoWaits) {
  server_.settings.idle_transaction_ms = 300;
  auto store = open();
  // A process stopped between two messages is not idle in transaction for the server: it waits for the next
  // one.
  std::unique_ptr<PGconn, void (*)(PGconn*)> stuck(PQconnectdb(server_.settings.connection.c_str()),
                                                   PQfinish);
  PQclear(PQexec(stuck.get(), "BEGIN; SET LOCAL idle_in_transaction_session_timeout = 300"));
  ASSERT_EQ(PQenterPipelineMode(stuck.get()), 1);
  auto lock = "SELECT pg_advisory_xact_lock(" + std::to_string(postgres::writer_lock_of(schema())) + ")";
  ASSERT_EQ(PQsendQueryParams(stuck.get(), lock.c_str(), 0, nullptr, nullptr, nullptr, nullptr, 1), 1);
  PQsendFlushRequest(stuck.get());
  PQflush(stuck.get());
  while (server_.sql("SELECT count(*) FROM pg_stat_activity WHERE " + writers()) != "1")
    std::this_thread::sleep_for(milliseconds(5));
  put(*store, "2");
  EXPECT_EQ(store->begin(Store::For::reading)->values().get("a"), "2");
}

TEST_F(PostgresStoreTest, AWriterWaitsOnlySoLong) {
  server_.settings.idle_transaction_ms = 5000;
  server_.settings.writer_patience_ms = 1;
  auto store = open();
  std::unique_ptr<PGconn, void (*)(PGconn*)> other(PQconnectdb(server_.settings.connection.c_str()),
                                                   PQfinish);
  PQclear(PQexec(other.get(), ("BEGIN; SELECT pg_advisory_xact_lock(" +
                               std::to_string(postgres::writer_lock_of(schema())) + ")")
                                  .c_str()));
  EXPECT_THAT(said_by<StoreUnavailable>([&] { store->begin(Store::For::writing); }),
              HasSubstr("another node"));
  EXPECT_EQ(store->begin(Store::For::reading)->values().get("a"), "") << "readers do not wait";
}

TEST_F(PostgresStoreTest, AZombieWhoseLeaseWasTakenStoresNothing) {
  auto store = open();
  ASSERT_EQ(store->take_lease("police", "a", 0, 0), 1);
  auto batch = store->begin(Store::For::writing);
  put(*batch, "zombie");
  ASSERT_EQ(store->take_lease("police", "b", 1, 60'000), 2)
      << "a batch that has not advanced holds nobody up";
  EXPECT_FALSE(batch->positions().advance({"police", 0, 1, -1, 1}));
}

TEST_F(PostgresStoreTest, ARunningBatchDoesNotKeepItsNodeFromProlongingTheLease) {
  auto store = open();
  ASSERT_EQ(store->take_lease("police", "a", 0, 0), 1);
  auto batch = store->begin(Store::For::writing);
  ASSERT_TRUE(batch->positions().advance({"police", 0, 1, -1, 1}));
  ASSERT_EQ(store->renew_leases("a", 60'000).size(), 1u);
  EXPECT_EQ(store->take_lease("police", "b", 1, 60'000), std::nullopt);
  store->release_lease("police", "a", 1);
  EXPECT_EQ(store->take_lease("police", "b", 1, 60'000), std::nullopt) << "the batch still runs";
  batch->commit();
  batch.reset();
  EXPECT_EQ(store->take_lease("police", "b", 1, 60'000), 2);
}

TEST_F(PostgresStoreTest, AllConnectionsInUseIsSaidAndLeasesStillWork) {
  server_.settings.connections_max = 3;
  server_.settings.writer_patience_ms = 50;
  auto store = open();
  auto one = store->begin(Store::For::reading), two = store->begin(Store::For::reading);
  EXPECT_THAT(said_by<StoreUnavailable>([&] { store->begin(Store::For::reading); }),
              HasSubstr("connections_max"));
  EXPECT_TRUE(store->take_lease("p", "a", 0, 1000));
  one.reset();
  EXPECT_NO_THROW(store->begin(Store::For::reading));
}

TEST_F(PostgresStoreTest, AfterAStatementFailedACommitDoesNotPretend) {
  auto store = open();
  auto t = store->begin(Store::For::writing);
  put(*t, "1");
  LeadRow lead;
  lead.person = {1}, lead.benefit = "b";
  for (int id = 1; id <= 2; ++id)
    lead.id = {id}, t->leads().put(lead);  // two open ones of one person and benefit
  EXPECT_THROW(all_leads(t->leads(), std::nullopt), StoreDamaged);
  EXPECT_ANY_THROW(t->commit());
  t.reset();
  EXPECT_EQ(store->begin(Store::For::reading)->values().get("a"), "");
}

TEST_F(PostgresStoreTest, TablesThatVanishedAreSaidToBe) {
  auto store = open();
  put(*store, "1");
  server_.sql("DROP SCHEMA " + schema() + " CASCADE");
  EXPECT_THAT(said_by<StoreDamaged>([&] { store->begin(Store::For::writing); }), HasSubstr("backup"));
}

TEST(PostgresVerdict, TellsWhatToDo) {
  struct Case {
    const char* state;
    bool waiting_helps;
    const char* says;
  };
  for (const auto& [state, waiting_helps, says] : std::initializer_list<Case>{
           {"", true, "connection"},
           {"08006", true, "connection"},
           {"57P01", true, "server stops"},
           {"57P02", true, "server stops"},
           {"57P03", true, "starts"},
           {"25P03", true, "stood still"},
           {"25006", true, "standby"},
           {"53100", true, "make room"},
           {"53300", true, "max_connections"},
           {"53200", true, "resources"},
           {"40001", true, "another transaction"},
           {"40P01", true, "another transaction"},
           {"55P03", true, "lock"},
           {"57014", true, "too long"},
           {"58030", true, "log of the server"},
           {"28P01", true, "password"},
           {"3D000", true, "create it"},
           {"42501", true, "rights"},
           {"42P01", false, "backup"},
           {"XX001", false, "damaged"},
           {"26000", false, "pooler"},
           {"23505", false, "report"},
           {"22021", false, "report"},
       }) {
    auto verdict = postgres::judge(state);
    EXPECT_EQ(verdict.waiting_helps, waiting_helps) << state;
    EXPECT_THAT(std::string(verdict.advice), HasSubstr(says)) << state;
  }
}

/// A server of these tests' own, to be hurt; each test has a schema of its own on it.
class PostgresServerTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ =
        std::filesystem::temp_directory_path() / ("kinhub-pg-" + std::to_string(std::random_device{}()));
  }
  static void TearDownTestSuite() {
    server("kill");
    std::filesystem::remove_all(folder_);
  }
  PostgresServerTest() {
    settings_.connection = server("start");
    settings_.schema = "test_" + std::to_string(std::random_device{}());
    settings_.answer_ms = 1000;
  }
  static std::string server(const std::string& verb) {
    auto command = "python3 -B " + kinhub::tests::source_dir() + "/docker/postgres-local " + verb + " " +
                   folder_.string() + " 2>&1";
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
    std::string out;
    std::array<char, 500> some{};
    while (std::fgets(some.data(), some.size(), pipe.get()) != nullptr)
      out += some.data();
    while (!out.empty() && out.back() == '\n')
      out.pop_back();
    return out;
  }
  std::unique_ptr<StoreTransaction> write(Store& store, const std::string& value) {
    auto t = store.begin(Store::For::writing);
    t->values().put("a", value);
    EXPECT_EQ(t->positions().at("police").sequence, 0);
    return t;
  }

  static inline std::filesystem::path folder_;
  PostgresSettings settings_;
  Keyring keyring_ = Keyring::from_passphrase("server");
};

TEST_F(PostgresServerTest, KilledInMidTransactionIsUnavailableAndComesBack) {
  auto store = PostgresStore::open(settings_, keyring_);
  write(*store, "1")->commit();
  auto batch = write(*store, "2");
  auto reader = store->begin(Store::For::reading);
  server("kill");
  EXPECT_THROW(batch->commit(), StoreUnavailable);
  EXPECT_THROW(reader->values().get("a"), StoreUnavailable);
  batch.reset(), reader.reset();
  EXPECT_THROW(store->begin(Store::For::writing), StoreUnavailable) << "while it is away";
  EXPECT_THROW(store->begin(Store::For::reading), StoreUnavailable);
  EXPECT_THROW(store->renew_leases("a", 1000), StoreUnavailable);
  server("start");
  EXPECT_EQ(store->begin(Store::For::writing)->values().get("a"), "1");
  write(*store, "3")->commit();
  EXPECT_TRUE(store->take_lease("p", "a", 0, 1000));

  batch = write(*store, "4");
  server("restart");
  EXPECT_THROW(batch->commit(), StoreUnavailable);
  batch.reset();
  EXPECT_EQ(store->begin(Store::For::reading)->values().get("a"), "3");
}

TEST_F(PostgresServerTest, PausedIsUnavailableAfterAWhileAndComesBack) {
  auto store = PostgresStore::open(settings_, keyring_);
  write(*store, "1")->commit();
  auto batch = write(*store, "2");
  server("pause");
  EXPECT_THAT(said_by<StoreUnavailable>([&] { batch->commit(); }), HasSubstr("does not answer"));
  batch.reset();
  server("resume");
  // The commit was under way: it may have happened or not, and whoever writes next sees which for good.
  auto now = store->begin(Store::For::writing)->values().get("a");
  EXPECT_THAT(now, ::testing::AnyOf("1", "2"));
  EXPECT_EQ(store->begin(Store::For::writing)->values().get("a"), now);
}

}  // namespace
}  // namespace kinhub
