// Where a hub is made and where it is not, and the sample configuration, taken in block by block.

#include <sys/stat.h>

#include <sstream>

#include "hub/config/sample.hpp"
#include "tests/unit/cli/hub_fixture.hpp"

namespace kinhub::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class InitTest : public HubFixture {
 protected:
  /// Answers of the program as given at a terminal: nothing is added to the arguments.
  Answer say(const std::vector<std::string>& arguments) {
    std::ostringstream out, err;
    FixedClock clock(1795233600LL * 1000000);
    const ConfigPlaces places{variable_, "/nowhere/kinhub.yaml", scratch_.path() / "etc/kinhub.yaml"};
    const int code = run_program(
        arguments,
        {kinhub::tests::binary_dir() + "/bin/kinhub", clock, out, err, Progress::Terminal::no, places},
        parts_);
    return {code, out.str(), err.str()};
  }
  std::string at(const std::string& name) const { return (scratch_.path() / name).string(); }
  static unsigned mode_of(const fs::path& file) {
    struct stat found = {};
    return ::stat(file.c_str(), &found) == 0 ? found.st_mode & 0777 : 0;
  }

  std::string variable_;
};

TEST_F(InitTest, MakesConfigurationDataDirectoryAndKey) {
  const auto made = say({"init", at("site")});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.out, AllOf(HasSubstr("wrote " + at("site/kinhub.yaml")),
                              HasSubstr("made the key file " + at("site/kinhub-data/kinhub.key"))));
  EXPECT_EQ(mode_of(at("site/kinhub-data")), 0700U);
  EXPECT_EQ(mode_of(at("site/kinhub-data/kinhub.key")), 0600U);
  const auto status = say({"status", "--config", at("site/kinhub.yaml"), "--json"});
  EXPECT_EQ(status.code, 0) << status.err;
  EXPECT_EQ(status.json()["config"], at("site/kinhub.yaml"));
  EXPECT_EQ(status.json()["config_from"], "--config");
  EXPECT_EQ(status.json()["data"], at("site/kinhub-data"));
}

TEST_F(InitTest, WritesOverNothing) {
  scratch_.write("site/kinhub.yaml", "node: mine\n");
  const auto refused = say({"init", at("site")});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, AllOf(HasSubstr(at("site/kinhub.yaml")), HasSubstr("CONFIG_EXISTS")));
  std::ifstream kept(at("site/kinhub.yaml"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(kept), {}), "node: mine\n");
  EXPECT_FALSE(fs::exists(at("site/kinhub-data")));
}

TEST_F(InitTest, LeavesNoConfigurationOfAHubThatCouldNotBeMade) {
  scratch_.write("file", "no folder\n");
  const std::vector<std::string> command{"init", "--config", at("site/kinhub.yaml"), "--data"};
  auto wrong = command, right = command;
  wrong.push_back(at("file/data")), right.push_back(at("data"));
  EXPECT_EQ(say(wrong).code, 3);
  EXPECT_FALSE(fs::exists(at("site/kinhub.yaml")));
  EXPECT_EQ(say(right).code, 0);
}

TEST_F(InitTest, KeepsTheHubThatIsThere) {
  ASSERT_EQ(say({"init", at("site")}).code, 0);
  std::ifstream before(at("site/kinhub-data/kinhub.key"));
  const std::string key(std::istreambuf_iterator<char>(before), {});
  const auto again = say({"init", "--config", at("other.yaml"), "--data", at("site/kinhub-data")});
  EXPECT_EQ(again.code, 0) << again.err;
  EXPECT_THAT(again.out, HasSubstr("kept the hub that is in " + at("site/kinhub-data")));
  std::ifstream after(at("site/kinhub-data/kinhub.key"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(after), {}), key);
}

TEST_F(InitTest, NamesADataDirectoryWhateverSignsAreInIt) {
  ASSERT_EQ(say({"init", at("site"), "--data", at("it's: #1")}).code, 0);
  const auto status = say({"status", "--config", at("site/kinhub.yaml"), "--json"});
  EXPECT_EQ(status.code, 0) << status.err;
  EXPECT_EQ(status.json()["data"], at("it's: #1"));
}

TEST_F(InitTest, ReadsNoConfigurationOnTheWay) {
  scratch_.write("etc/kinhub.yaml", "dta: x\n");
  EXPECT_EQ(say({"init", at("site")}).code, 0);
}

TEST_F(InitTest, NoCommandThatAsksMakesAHub) {
  const std::string number = "322228197503120246";
  const std::vector<std::vector<std::string>> asking = {{"status"},
                                                        {"balance"},
                                                        {"leads"},
                                                        {"family", "--of", number},
                                                        {"night"},
                                                        {"quarantine", "list"},
                                                        {"quarantine", "replay", "--all"},
                                                        {"source", "list"},
                                                        {"source", "positions"},
                                                        {"care", "list", "--of", number},
                                                        {"identity", "scan"},
                                                        {"reconcile", "public-security"},
                                                        {"map", "replay", "public-security"},
                                                        {"evidence", "show"},
                                                        {"key", "list"},
                                                        {"key", "add"},
                                                        {"key", "rotate"}};
  for (auto arguments : asking) {
    arguments.insert(arguments.end(), {"--data", at("wrong")});
    const auto answer = say(arguments);
    EXPECT_EQ(answer.code, 3) << arguments[0];
    EXPECT_THAT(answer.out, IsEmpty());
    EXPECT_THAT(answer.err,
                AllOf(HasSubstr(at("wrong") + ": there is no hub in this directory"),
                      HasSubstr("no KINHUB_CONFIG"), HasSubstr("kinhub init"), HasSubstr("[NO_HUB]")))
        << arguments[0];
    EXPECT_FALSE(fs::exists(at("wrong"))) << arguments[0];
  }
}

TEST_F(InitTest, ADirectoryThatCannotBeLookedIntoIsNotOneWithoutAHub) {
  // As one that a user may not enter: the name cannot be looked up.
  const auto answer = say({"leads", "--data", at(std::string(300, 'x'))});
  EXPECT_EQ(answer.code, 3);
  EXPECT_THAT(answer.err, AllOf(HasSubstr("may not be read by this user"), HasSubstr("[HUB_UNREADABLE]"),
                                Not(HasSubstr("NO_HUB"))));
}

TEST_F(InitTest, CheckSaysThatThereIsNoHubYet) {
  const auto checked = say({"check", "--data", at("wrong"), "--json"});
  EXPECT_EQ(checked.json()["hub"], false);
  EXPECT_EQ(checked.json()["config"], nullptr);
  EXPECT_EQ(checked.json()["config_from"], "defaults");
  EXPECT_FALSE(fs::exists(at("wrong")));
}

TEST_F(InitTest, TheErrorSaysWhereTheConfigurationCameFrom) {
  scratch_.write("etc/kinhub.yaml", "data: ./nothing-here\n");
  EXPECT_THAT(say({"leads"}).err, AllOf(HasSubstr(at("etc/nothing-here")),
                                        HasSubstr(at("etc/kinhub.yaml") + ", by /etc/kinhub")));
  variable_ = scratch_.write("site/variable.yaml", "data: ./nor-here\n");
  EXPECT_THAT(say({"leads"}).err,
              AllOf(HasSubstr(at("site/nor-here")), HasSubstr(variable_ + ", by KINHUB_CONFIG")));
  variable_ = at("gone.yaml");
  const auto gone = say({"leads"});
  EXPECT_EQ(gone.code, 3);
  EXPECT_THAT(gone.err, AllOf(HasSubstr("CONFIG_UNREADABLE"), HasSubstr("by KINHUB_CONFIG")));
}

TEST_F(InitTest, ANewKeyIsToldOfThoughTheDatabaseIsAway) {
  // Nobody listens on port 1.
  scratch_.write(
      "kinhub.yaml",
      "data: ./new\nstore: { postgresql: { connection: 'host=127.0.0.1 port=1 dbname=kinhub' } }\n");
  const auto ingest = [&] {
    return say({"ingest", "public-security", sample("police_death.xml"), "--config", at("kinhub.yaml")});
  };
  const auto first = ingest();
  EXPECT_NE(first.code, 0);
  EXPECT_THAT(first.err, AllOf(HasSubstr("made a new hub in " + at("new")), HasSubstr(at("new/kinhub.key")),
                               HasSubstr("keep a copy elsewhere")));
  EXPECT_TRUE(fs::exists(at("new/kinhub.key"))) << "what is told of is there";
  EXPECT_THAT(ingest().err, Not(HasSubstr("made a new hub")));
}

TEST_F(InitTest, IngestMakesAHubAndSaysSo) {
  const auto made =
      say({"ingest", "public-security", sample("police_death.xml"), "--data", at("new"), "--json"});
  EXPECT_EQ(made.code, 0) << made.err;
  EXPECT_THAT(made.err, AllOf(HasSubstr("made a new hub in " + at("new")), HasSubstr("none, defaults"),
                              HasSubstr("keep a copy elsewhere")));
  const auto again =
      say({"ingest", "public-security", sample("police_death.xml"), "--data", at("new"), "--json"});
  EXPECT_THAT(again.err, Not(HasSubstr("made a new hub")));
  EXPECT_EQ(say({"leads", "--data", at("new")}).code, 0);
}

/// The sample in blocks, as blank lines part them.
std::vector<std::vector<std::string>> blocks_of_the_sample() {
  std::vector<std::vector<std::string>> blocks(1);
  std::istringstream lines{std::string(sample_config())};
  for (std::string line; std::getline(lines, line);) {
    if (line.empty())
      blocks.emplace_back();
    else
      blocks.back().push_back(line);
  }
  return blocks;
}
bool is_setting(const std::string& line) {
  return line.size() > 1 && line[0] == '#' && (line[1] != ' ' || line[2] == ' ');
}

TEST_F(InitTest, TheSampleIsRightBlockByBlock) {
  // What its sentences ask for.
  for (const auto* folder : {"inbox/police", "inbox/hospital"})
    scratch_.folder(folder);
  for (const auto* file : {"ca.pem", "kafka.password", "database.password"}) {
    scratch_.write(file, "not needed to read a configuration\n");
    fs::permissions(scratch_.path() / file, fs::perms::owner_read);
  }
  parts_.check_ground = [](const Config& config) { return check_resources(config, true); };
  // A connector's process is the program itself, which a test is not.
  parts_.check_connector = [](const Config& config, SourceConfig source) {
    source.isolation = Isolation::in_process;
    return check_connector(config, source);
  };
  auto blocks = blocks_of_the_sample();
  std::size_t taken_in = 0;
  for (std::size_t upto = 0; upto < blocks.size(); ++upto) {
    for (auto& line : blocks[upto])
      if (is_setting(line)) line.erase(0, 1), ++taken_in;
    std::string text;
    for (const auto& block : blocks) {
      for (const auto& line : block)
        text += line + "\n";
      text += "\n";
    }
    scratch_.write("kinhub.yaml", text);
    const auto checked = say({"check", "--config", at("kinhub.yaml")});
    EXPECT_EQ(checked.code, 0) << "block " << upto << "\n" << checked.err << text;
  }
  EXPECT_GT(taken_in, 25U) << "the sample shows settings";
  const auto config = std::get<Config>(read_config(
      scratch_.path() / "kinhub.yaml", *find_places(kinhub::tests::binary_dir() + "/bin/kinhub")));
  EXPECT_EQ(config.sources.size(), 4U);
  EXPECT_TRUE(config.kafka && config.postgres && config.api);
}

TEST_F(InitTest, ASettingOutOfPlaceInTheSampleWouldBeNoticed) {
  std::string bent;
  for (const auto& block : blocks_of_the_sample())
    for (const auto& line : block)
      bent += (is_setting(line) ? line.substr(1) : line) + "\n";
  bent.replace(bent.find("settings:"), 9, "setings:");
  scratch_.write("kinhub.yaml", bent);
  EXPECT_EQ(say({"check", "--config", at("kinhub.yaml")}).code, 1);
}

}  // namespace
}  // namespace kinhub::cli
