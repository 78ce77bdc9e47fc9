// The keys of a real data directory: a new one, everything sealed anew, an older key file refused.

#include "hub/base/key_file.hpp"
#include "hub/stream/embedded_log.hpp"
#include "tests/unit/cli/hub_fixture.hpp"

namespace kinhub::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Json = nlohmann::json;

class KeyTest : public HubFixture {
 protected:
  KeyTest() {
    scratch_.write("kinhub.yaml", "data: ./data\nnode: hub-1\n");
    EXPECT_EQ(
        run({"ingest", "public-security", sample("police_birth_2003.xml"), sample("police_death.xml")}).code,
        0);
  }
  fs::path file() const { return scratch_.path() / "data" / "kinhub.key"; }
  Json list() {
    auto answer = run({"key", "list", "--json"});
    EXPECT_EQ(answer.code, 0) << answer.err;
    return answer.json().at("keys");
  }
  std::string add(const std::string& suite = "aes-256-gcm") {
    auto answer = run({"key", "add", "--suite", suite, "--json"});
    EXPECT_EQ(answer.code, 0) << answer.err;
    EXPECT_EQ(answer.json().at("done"), "added");
    return answer.json().at("key");
  }
  Json rotate() {
    auto answer = run({"key", "rotate", "--json"});
    EXPECT_EQ(answer.code, 0) << answer.err;
    return answer.json();
  }
};

TEST_F(KeyTest, EverythingIsSealedAnewAndReadsAsBefore) {
  const auto leads = run({"leads", "--json"}).json();
  ASSERT_FALSE(leads.empty());
  auto before = list();
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].at("first"), true);
  EXPECT_EQ(before[0].at("active"), true);
  const auto values = before[0].at("values").get<int>(), events = before[0].at("events").get<int>();
  EXPECT_GT(values, 3);
  EXPECT_GE(events, 2);
  const auto running = Keyring::open(file()).keyring;

  const auto id = add("sm4");
  EXPECT_EQ(text_of(*Keyring::key_named_by(running.seal("", ""))), id) << "a running hub takes it";
  auto added = list();
  ASSERT_EQ(added.size(), 2u);
  EXPECT_EQ(added[0].at("values"), values - 1) << "all but the probe";
  EXPECT_EQ(added[1].at("id"), id);
  EXPECT_EQ(added[1].at("suite"), "sm4");
  EXPECT_EQ(added[1].at("active"), true);

  const auto rotated = rotate();
  EXPECT_EQ(rotated.at("values"), values - 1);
  EXPECT_EQ(rotated.at("other_keys"), 0);
  auto after = list();
  EXPECT_EQ(after[0].at("values"), 0);
  EXPECT_EQ(after[0].at("events"), 0);
  EXPECT_EQ(after[1].at("values"), values);
  EXPECT_EQ(after[1].at("events"), events);
  EXPECT_EQ(run({"leads", "--json"}).json(), leads);
  EXPECT_EQ(run({"balance"}).code, 0);
  EXPECT_EQ(run({"ingest", "public-security", sample("police_birth.xml")}).code, 0);
  EXPECT_EQ(rotate().at("values"), 0) << "what came since carries the new key";
}

TEST_F(KeyTest, AnOlderKeyFileIsRefusedWithTheKeyThatIsMissing) {
  const auto older = scratch_.path() / "older.key";
  fs::copy_file(file(), older);
  const auto id = add();
  fs::remove(file());
  fs::copy_file(older, file());
  for (const auto& command : {std::vector<std::string>{"leads"}, {"key", "rotate"}}) {
    auto refused = run(command);
    EXPECT_EQ(refused.code, 3);
    EXPECT_THAT(refused.err, HasSubstr(id));
    EXPECT_THAT(refused.err, HasSubstr("kinhub.key"));
  }
}

TEST_F(KeyTest, AKeyFileThatBeginsWithAnotherKeyIsRefusedThoughItOpensAll) {
  const std::string first = list().at(0).at("id");
  add();
  rotate();
  std::ifstream all(file());
  std::string kept;
  for (std::string line; std::getline(all, line);)
    if (!line.starts_with(first + " ")) kept += line + "\n";
  std::ofstream(file(), std::ios::trunc) << kept;
  for (const auto& command : {std::vector<std::string>{"leads"}, {"key", "list"}, {"key", "add"}}) {
    auto refused = run(command);
    EXPECT_EQ(refused.code, 3) << command[0];
    EXPECT_THAT(refused.err, HasSubstr("first key")) << command[0];
  }
  std::ifstream now(file());
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(now), {}), kept) << "and no key is made";
}

TEST_F(KeyTest, ALinkToTheKeyFileStaysOne) {
  const auto elsewhere = scratch_.path() / "secrets" / "hub.key";
  fs::create_directories(elsewhere.parent_path());
  fs::rename(file(), elsewhere);
  fs::create_symlink(elsewhere, file());
  add();
  EXPECT_TRUE(fs::is_symlink(file()));
  EXPECT_EQ(list().size(), 2u);
}

TEST_F(KeyTest, AKeyGoesOnlyWhenNothingCarriesIt) {
  const auto first = list()[0].at("id").get<std::string>();
  const auto second = add();
  rotate();
  EXPECT_THAT(run({"key", "remove", first}).err, HasSubstr("KEY_FIRST"));
  EXPECT_THAT(run({"key", "remove", second}).err, HasSubstr("KEY_ACTIVE"));
  EXPECT_THAT(run({"key", "remove", "00000000"}).err, HasSubstr("KEY_UNKNOWN"));
  const auto third = add();
  auto carried = run({"key", "remove", second});
  EXPECT_EQ(carried.code, 2);
  EXPECT_THAT(carried.err, HasSubstr("KEY_IN_USE"));
  const auto values = list()[1].at("values").get<int>(), events = list()[1].at("events").get<int>();
  EXPECT_THAT(carried.err, HasSubstr(std::to_string(values) + " values of the store and " +
                                     std::to_string(events) + " of the event log"));
  rotate();
  auto removed = run({"key", "remove", second, "--json"});
  ASSERT_EQ(removed.code, 0) << removed.err;
  EXPECT_EQ(removed.json().at("done"), "removed");
  ASSERT_EQ(list().size(), 2u);
  EXPECT_EQ(list()[1].at("id"), third);
  EXPECT_EQ(run({"leads"}).code, 0);
}

TEST_F(KeyTest, AKeyOnStandbySealsWhenItIsUsed) {
  auto made = run({"key", "add", "--standby", "--json"});
  ASSERT_EQ(made.code, 0) << made.err;
  const auto id = made.json().at("key").get<std::string>();
  EXPECT_EQ(list()[1].at("active"), false);
  EXPECT_EQ(rotate().at("key"), list()[0].at("id"));
  EXPECT_EQ(run({"key", "use", id}).code, 0);
  EXPECT_EQ(list()[1].at("active"), true);
  EXPECT_THAT(run({"key", "use", "x"}).err, HasSubstr("KEY_UNKNOWN"));
  EXPECT_EQ(run({"key", "add", "--suite", "des"}).code, 2);
}

TEST_F(KeyTest, ACheckpointSealedAnewWasMovedByNobody) {
  const auto running = EmbeddedLog::open(scratch_.path() / "data/log.db", Keyring::open(file()).keyring);
  running->append({}, SourceCheckpoint{"public-security", "inbox 17"});
  add();
  rotate();
  running->append({}, SourceCheckpoint{"public-security", "inbox 18"});
  EXPECT_EQ(running->checkpoint("public-security"), "inbox 18");
}

TEST_F(KeyTest, WithoutAKeyFileThereIsNothingToList) {
  auto none = run({"key", "list", "--data", (scratch_.path() / "elsewhere").string()});
  EXPECT_EQ(none.code, 3);
  EXPECT_THAT(none.err, HasSubstr("NO_HUB"));
  EXPECT_FALSE(fs::exists(scratch_.path() / "elsewhere"));
}

}  // namespace
}  // namespace kinhub::cli
