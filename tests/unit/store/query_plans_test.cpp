// Query plans: what a batch, a page or a night asks for is found by an index, in the order of the answer, on
// both stores. A plan that reads a whole table, or sorts, grows with the store.
#include <gmock/gmock.h>

#include <map>

#include "hub/store/postgres/cases.hpp"
#include "hub/store/postgres/identity_pairs.hpp"
#include "hub/store/postgres/leads.hpp"
#include "hub/store/postgres/people.hpp"
#include "hub/store/sqlite/balance.hpp"
#include "hub/store/sqlite/cases.hpp"
#include "hub/store/sqlite/identity_pairs.hpp"
#include "hub/store/sqlite/leads.hpp"
#include "hub/store/sqlite/notices.hpp"
#include "hub/store/sqlite/people.hpp"
#include "hub/store/sqlite/positions.hpp"
#include "hub/store/sqlite/quarantine.hpp"
#include "hub/store/sqlite/sqlite_store.hpp"
#include "hub/store/sqlite/values.hpp"
#include "tests/contract/store/store_servers.hpp"
#include "tests/unit/store/record_fixture.hpp"

namespace kinhub::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// The plans of all prepared queries of a connection, by their text.
std::map<std::string, std::string> plans_of(sqlite::Database& database) {
  std::vector<std::string> queries;
  for (auto* one = sqlite3_next_stmt(database.handle(), nullptr); one != nullptr;
       one = sqlite3_next_stmt(database.handle(), one))
    queries.emplace_back(sqlite3_sql(one));
  std::map<std::string, std::string> plans;
  for (const auto& text : queries) {
    sqlite::Query explain(database, ("EXPLAIN QUERY PLAN " + text).c_str());
    auto& plan = plans[text];
    while (explain.step())
      if (const auto step = explain.text(3); step != "SCAN CONSTANT ROW") plan += step + "\n";
  }
  return plans;
}

class SqlitePlans : public ::testing::Test {
 protected:
  TemporaryFolder folder_;
  Keyring keys_ = Keyring::from_passphrase("test");
  std::unique_ptr<SqliteStore> store_ = SqliteStore::open(folder_.path / "kinhub.db", keys_);
  sqlite::Database database_ =
      sqlite::Database::open(folder_.path / "kinhub.db", sqlite::Database::Access::read_write, 1000);
};

TEST_F(SqlitePlans, NothingThatGrowsWithTheStoreIsReadWholeOrSorted) {
  const sqlite::PeopleQueries people(database_);
  const sqlite::LeadsQueries leads(database_);
  const sqlite::CasesQueries cases(database_);
  const sqlite::IdentityPairsQueries identity_pairs(database_);
  const sqlite::QuarantineQueries quarantine(database_);
  const sqlite::NoticesQueries notices(database_);
  const sqlite::ValuesQueries values(database_);
  const sqlite::PositionsQueries positions(database_);
  const auto plans = plans_of(database_);
  EXPECT_GT(plans.size(), 40u) << "proves too little";
  for (const auto& [text, plan] : plans) {
    EXPECT_THAT(plan, Not(HasSubstr("SCAN "))) << text;
    // Of one person, or one batch, what is sorted is a handful.
    const bool few = text.find("lead_one_open WHERE person = ?") != std::string::npos ||
                     text.find("held") != std::string::npos ||
                     text.find("quarantine WHERE state = 0") != std::string::npos;
    if (few) continue;
    EXPECT_THAT(plan, Not(HasSubstr("TEMP B-TREE"))) << text;
  }
}

TEST_F(SqlitePlans, PagesGoByTheIndexThatIsMadeForThem) {
  const sqlite::PeopleQueries people(database_);
  const sqlite::LeadsQueries leads(database_);
  const sqlite::CasesQueries cases(database_);
  const auto plans = plans_of(database_);
  const auto plan_with = [&](std::string_view words) {
    std::string found;
    for (const auto& [text, plan] : plans)
      if (text.find(words) != std::string::npos) found += plan;
    return found;
  };
  EXPECT_THAT(plan_with("lead_one_open WHERE person = ?"), HasSubstr("lead_one_open (person=?)"));
  EXPECT_THAT(plan_with("SELECT DISTINCT person"), HasSubstr("lead_one_open (person>?)"));
  EXPECT_THAT(plan_with("day = ?2"), HasSubstr("next_change_day (day=? AND rowid>?)"));
  EXPECT_THAT(plan_with("day = ?2"), HasSubstr("next_change_day (day>? AND day<?)"));
  EXPECT_THAT(plan_with("WHERE state = ?3"), HasSubstr("lead_of_state (state=? AND id>?)"));
  EXPECT_THAT(plan_with("area = ?4"),
              HasSubstr("person_case_place (state=? AND kind=? AND what=? AND area=? AND person>?)"));
  EXPECT_THAT(plan_with("area = ?4"),
              HasSubstr("person_case_place (state=? AND kind=? AND what=? AND area>? AND area<?)"));
  EXPECT_THAT(plan_with("WHERE person = ? ORDER BY kind"), HasSubstr("PRIMARY KEY (person=?)"));
}

/// The plan of a query, as the hub's connections ask for it.
std::string plan_of(PostgresForTest& server, const postgres::Query& query) {
  std::map<int, std::string> types;
  const std::string text = query.sql;
  for (auto at = text.find('$'); at != std::string::npos; at = text.find('$', at + 1)) {
    const auto number = std::stoi(text.substr(at + 1));
    const auto type = text.find("::", at);
    const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz[]", type + 2);
    types[number] = text.substr(type + 2, end - type - 2);
  }
  std::string arguments;
  for (const auto& [number, type] : types)
    arguments += (arguments.empty() ? "" : ", ") +
                 std::string(type.ends_with("[]") ? "'{}'::" + type : "'1'::" + type);
  return server.sql(
      "SET search_path = " + server.settings.schema +
      "; SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE asked AS " + text +
      "; EXPLAIN (FORMAT JSON, COSTS off) EXECUTE asked(" + arguments + ")");
}

TEST(PostgresPlans, PagesGoByTheIndexThatIsMadeForThem) {
  PostgresForTest server;
  const auto store = server.open();
  struct Row {
    const postgres::Query& query;
    const char* index;
  };
  for (const auto& row :
       {Row{postgres::sql::due, "next_change_day"}, Row{postgres::sql::people, "dossier_pkey"},
        Row{postgres::sql::state_leads, "lead_of_state"}, Row{postgres::sql::lead_people, "lead_one_open"},
        Row{postgres::sql::all_leads, "lead_pkey"}, Row{postgres::sql::cases_page, "person_case_place"}}) {
    const auto plan = plan_of(server, row.query);
    EXPECT_THAT(plan, HasSubstr(row.index)) << row.query.sql;
    EXPECT_THAT(plan, Not(HasSubstr("Seq Scan"))) << row.query.sql;
    EXPECT_THAT(plan, Not(HasSubstr("\"Sort\""))) << row.query.sql << "\n" << plan;
  }
  for (const auto& row :
       {Row{postgres::sql::open_leads, "lead_one_open"}, Row{postgres::sql::get_next, "next_change_pkey"},
        Row{postgres::sql::cases_of, "person_case_pkey"}, Row{postgres::sql::get_dossiers, "dossier_pkey"}})
    EXPECT_THAT(plan_of(server, row.query), HasSubstr(row.index)) << row.query.sql;
}

}  // namespace
}  // namespace kinhub::test
