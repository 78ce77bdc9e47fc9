// The audit trail on disk: order, chain, sealed words, several writers, and every way of bending it.

#include "hub/desk/audit_trail.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <thread>

#include "hub/base/sqlite.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Json = nlohmann::json;

AuditEntry an_entry(const std::string& operation = "lead.decide") {
  AuditEntry entry;
  entry.at_us = 1795233600LL * 1'000'000;
  entry.account = "zhang", entry.channel = "cli", entry.from = "hub-1", entry.operation = operation;
  entry.on = {"L1"}, entry.outcome = AuditEntry::Outcome::begun, entry.revision = "7";
  entry.reason = "入户核实 王试男", entry.words = "lead confirm L1 --reason 入户核实";
  return entry;
}

class AuditTrailTest : public ::testing::Test {
 protected:
  std::filesystem::path file() const { return scratch_.path() / "audit.db"; }
  AuditFile trail() { return {file(), keys_, "hub-1"}; }
  void bend(const std::string& sql) {
    auto database = sqlite::Database::open(file(), sqlite::Database::Access::read_write, 1000);
    database.run(sql);
  }

  Scratch scratch_;
  Keyring keys_ = Keyring::from_passphrase("audit");
};

TEST_F(AuditTrailTest, ALineIsCanonicalJsonWithoutAWordOfTheReason) {
  auto one = trail();
  EXPECT_EQ(one.append(an_entry()), 0);
  const auto line = one.lines(0, 10).at(0);
  const auto json = Json::parse(line);
  EXPECT_EQ(json.dump(), line) << "sorted names, no blanks";
  EXPECT_EQ(json["op"], "lead.decide");
  EXPECT_EQ(json["result"], "begun");
  EXPECT_EQ(json["who"], (Json{{"account", "zhang"}, {"channel", "cli"}, {"from", "hub-1"}}));
  EXPECT_EQ(json["at"], "2026-11-21T12:00:00+08:00");
  EXPECT_EQ(json["prev"], std::string(64, '0'));
  EXPECT_THAT(line, Not(HasSubstr("核实")));
  const auto words = one.words_of(line);
  EXPECT_EQ(words.reason, "入户核实 王试男");
  EXPECT_EQ(words.words, "lead confirm L1 --reason 入户核实");
}

TEST_F(AuditTrailTest, NobodyElseMayReadTheFile) {
  trail().append(an_entry());
  struct stat found {};
  ASSERT_EQ(::stat(file().c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(AuditTrailTest, SeveralWritersMakeOneChain) {
  constexpr int each = 8;
  auto one = trail(), two = trail();
  {
    std::jthread first([&] {
      for (int i = 0; i < each; ++i)
        one.append(std::vector{an_entry(), an_entry()});
    });
    std::jthread second([&] {
      for (int i = 0; i < each; ++i)
        two.append(an_entry("lead.show"));
    });
  }
  EXPECT_EQ(one.lines(0, 1000).size(), 3u * each);
  EXPECT_EQ(one.first_wrong(), std::nullopt);
}

TEST_F(AuditTrailTest, WhateverIsBentInsideIsFound) {
  const std::vector<std::pair<std::string, std::int64_t>> bends = {
      {"UPDATE entry SET line = replace(line, 'zhang', 'wang') WHERE n = 2", 3},
      {"DELETE FROM entry WHERE n = 2", 2},
      {"UPDATE entry SET line = (SELECT line FROM entry WHERE n = 1) WHERE n = 2", 2},
      {"UPDATE entry SET n = n + 1000 WHERE n >= 2; UPDATE entry SET n = n - 999 WHERE n >= 1002;"
       "INSERT INTO entry SELECT 2, line FROM entry WHERE n = 1",
       2},
      {"UPDATE entry SET line = 'x' WHERE n = 0", 0},
      {"DELETE FROM entry WHERE n = 0", 0},
  };
  for (const auto& [sql, found_at] : bends) {
    SCOPED_TRACE(sql);
    std::filesystem::remove(file());
    {
      auto whole = trail();
      for (int i = 0; i < 5; ++i)
        whole.append(an_entry());
      EXPECT_EQ(whole.first_wrong(), std::nullopt);
    }
    bend(sql);
    EXPECT_EQ(trail().first_wrong(), found_at);
  }
}

TEST_F(AuditTrailTest, WhatCannotBeWrittenIsThrownAndLeavesNothing) {
  auto one = trail();
  one.append(an_entry());
  bend("CREATE TRIGGER full BEFORE INSERT ON entry WHEN new.n = 2 BEGIN SELECT RAISE(ABORT, 'full'); END");
  EXPECT_THROW(one.append(std::vector{an_entry(), an_entry()}), AuditAway) << "the second finds no room";
  EXPECT_EQ(one.lines(0, 10).size(), 1u) << "all or nothing";
  bend("DROP TRIGGER full");
  EXPECT_EQ(one.append(an_entry()), 1) << "it goes on by itself";
  EXPECT_EQ(one.first_wrong(), std::nullopt);
}

TEST_F(AuditTrailTest, AFolderThatIsAFileIsAway) {
  const auto no_folder = scratch_.write("plain", "x");
  EXPECT_THROW(AuditFile(no_folder / "audit.db", keys_, "hub-1"), AuditAway);
}

TEST_F(AuditTrailTest, BytesThatAreNoTextDoNotStopIt) {
  auto entry = an_entry();
  entry.on = {"\xff\xfe"}, entry.from = "a\nb\"c";
  auto one = trail();
  one.append(entry);
  EXPECT_EQ(one.first_wrong(), std::nullopt);
  EXPECT_EQ(Json::parse(one.lines(0, 1).at(0))["who"]["from"], "a\nb\"c");
}

}  // namespace
}  // namespace kinhub
