#include "hub/ground/sources.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <condition_variable>
#include <fstream>
#include <mutex>

#include "tests/places/places.hpp"
#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

using ::testing::HasSubstr;

/// A log that has gone away.
class LostLog final : public EventLog {
 public:
  void append(const std::vector<Event>&, const std::optional<SourceCheckpoint>&) override { fail(); }
  std::string checkpoint(const std::string&) override { fail(); }
  void set_checkpoint(const SourceCheckpoint&) override { fail(); }
  std::vector<LoggedEvent> read(std::span<const LogPosition>, std::size_t, std::uint32_t,
                                std::stop_token) override {
    fail();
  }
  LogPosition end(std::int32_t) override { fail(); }
  LogPosition start(std::int32_t) override { fail(); }
  std::int32_t partitions() const override { return 1; }
  std::string partition_name(std::int32_t) const override { return "log"; }
  std::vector<std::pair<std::string, std::int64_t>> received() override { fail(); }

 private:
  [[noreturn]] static void fail() { throw LogUnavailable("the log's disk is gone"); }
};

class SourcesAtWorkTest : public ::testing::Test {
 protected:
  SourcesAtWorkTest() {
    config_.directories.connectors = kinhub::tests::binary_dir() + "/lib/kinhub";
    SourceConfig police;
    police.name = "police", police.connector = "public_security";
    police.isolation = Isolation::in_process;
    police.settings = R"({"inbox":")" + scratch_.folder("inbox").string() + R"(","snapshot":")" +
                      scratch_.folder("snapshot").string() + R"("})";
    config_.sources.push_back(police);
  }

  Scratch scratch_;
  Config config_;
  SystemClock clock_;
};

TEST_F(SourcesAtWorkTest, ALogThatIsGoneFailsTheSnapshotNotTheHub) {
  LostLog log;
  std::mutex mutex;
  std::condition_variable told;
  std::string line, source, reason;
  SourcesAtWork::Ears ears;
  ears.note = [&](const std::string& text) {
    std::lock_guard lock(mutex);
    line = text;
  };
  ears.snapshot_failed = [&](const std::string& name, const std::string& why) {
    std::lock_guard lock(mutex);
    source = name, reason = why;
    told.notify_all();
  };
  SourcesAtWork work(
      config_, log, clock_, [](const std::string&) { return false; }, ears);
  work.follow({"police", "of another node"});
  {
    std::unique_lock lock(mutex);
    told.wait(lock, [&] { return !reason.empty(); });
    EXPECT_EQ(source, "police");
    EXPECT_THAT(reason, HasSubstr("the log's disk is gone"));
    EXPECT_THAT(line, HasSubstr("police: no snapshot yet"));
  }
  work.stop();
}

class CheckConnector : public ::testing::Test {
 protected:
  CheckConnector() {
    config_.directories.connectors = kinhub::tests::binary_dir() + "/lib/kinhub";
    source_.name = "registry", source_.place = "kinhub.yaml:7:5";
    source_.isolation = Isolation::in_process;  // this program is no connector's host
    secret_ = scratch_.path() / "secret";
    std::ofstream(secret_) << "open sesame";
    std::filesystem::permissions(secret_, std::filesystem::perms::owner_read);
  }

  /// The only thing that is wrong, as an operator reads it; empty: nothing is.
  std::string wrong(const std::string& connector, const std::string& settings,
                    const std::vector<std::string>& secrets = {}) {
    source_.connector = connector, source_.settings = settings;
    source_.secrets.clear();
    for (const auto& name : secrets)
      source_.secrets[name] = {SecretPlace::In::file, secret_.string(), "kinhub.yaml:9:7"};
    auto errors = check_connector(config_, source_);
    EXPECT_LE(errors.size(), 1u);
    return errors.empty() ? "" : describe(errors.front());
  }

  Scratch scratch_;
  std::filesystem::path secret_;
  Config config_;
  SourceConfig source_;
};

TEST_F(CheckConnector, SaysWhatTheConnectorItselfWouldRefuse) {
  const std::string topic = R"({"brokers":"127.0.0.1:1","topics":["registry"])";
  EXPECT_EQ(wrong("kafka_topic", topic + "}"), "");
  EXPECT_THAT(wrong("kafka_topic", R"({"brokers":"127.0.0.1:1"})"), HasSubstr("'topics' is missing"));
  EXPECT_THAT(wrong("kafka_topic", topic + R"(,"key":["a/b"]})"), HasSubstr("holds 'a/b', which is no path"));
  EXPECT_THAT(wrong("kafka_topic", topic + R"(,"security":"sasl-plaintext","user":"kinhub"})"),
              HasSubstr("the secret 'password' is missing"));
  EXPECT_THAT(wrong("civil_affairs", R"({"base_url":"http://127.0.0.1:1"})"),
              HasSubstr("the secret 'app_key' is missing"));
  EXPECT_EQ(wrong("civil_affairs", R"({"base_url":"http://127.0.0.1:1"})", {"app_key"}), "");
}

TEST_F(CheckConnector, RefusesASecretThatNobodyAsksFor) {
  const auto said = wrong("kafka_topic", R"({"brokers":"127.0.0.1:1","topics":["registry"]})", {"pasword"});
  EXPECT_THAT(said, HasSubstr("'pasword'"));
  EXPECT_THAT(said, HasSubstr("it asks for: key_password, password"));
  EXPECT_THAT(said, HasSubstr("kinhub.yaml:9:7"));
  EXPECT_THAT(wrong("public_security", R"({"inbox":"/in"})", {"app_key"}), HasSubstr("it asks for: none"));
}

TEST_F(CheckConnector, ASettingThatIsWrongIsNamedWhereItStands) {
  source_.setting_places = {
      {"", "kinhub.yaml:8:7"}, {"/inbox", "kinhub.yaml:8:14"}, {"/settle_seconds", "kinhub.yaml:9:23"}};
  EXPECT_EQ(wrong("public_security", R"({"inbox":"/in","settle_seconds":"soon"})"),
            "kinhub.yaml:9:23: 'settle_seconds' must be a whole number, not a text [CONFIG_TYPE]");
  EXPECT_THAT(wrong("public_security", R"({"inbox":"/in","inbocks":"/in"})"),
              HasSubstr("kinhub.yaml:8:7: 'inbocks' is unknown"));
}

class CheckResources : public CheckConnector {
 protected:
  void add(const std::string& name, const std::string& connector, const std::string& settings) {
    SourceConfig source;
    source.name = name, source.connector = connector, source.settings = settings;
    source.isolation = Isolation::in_process;
    source.place = name + ".yaml:1:1";
    for (const auto* key : {"/inbox", "/snapshot", "/port"})
      source.setting_places[key] = name + ".yaml" + key;
    config_.sources.push_back(std::move(source));
  }
  std::vector<std::string> problems(bool ports_are_ours = false) {
    std::vector<std::string> all;
    for (const auto& one : check_resources(config_, ports_are_ours))
      all.push_back(one.place + " " + one.code);
    return all;
  }
  std::string folders(const std::string& inbox, const std::string& snapshot) {
    return R"({"inbox":")" + inbox + R"(","snapshot":")" + snapshot + R"("})";
  }
};

TEST_F(CheckResources, AFolderMustBeThereAndBelongToOneSourceAlone) {
  const auto in = scratch_.folder("in").string(), out = scratch_.folder("out").string();
  add("one", "public_security", folders(in, out));
  EXPECT_THAT(problems(), ::testing::IsEmpty());
  add("two", "civil_affairs", R"({})");  // captured files only
  add("three", "public_security", folders(in + "/../in/", out + "/nowhere"));
  EXPECT_THAT(problems(),
              ::testing::ElementsAre("three.yaml/inbox CONFIG_SHARED", "three.yaml/snapshot SOURCE_FOLDER"));
}

TEST_F(CheckResources, APortMustBeFreeUnlessTheHubItselfHoldsIt) {
  const int other = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in here = {};
  here.sin_family = AF_INET, here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  ASSERT_EQ(::bind(other, reinterpret_cast<sockaddr*>(&here), size), 0);
  ASSERT_EQ(::listen(other, 1), 0);
  ASSERT_EQ(::getsockname(other, reinterpret_cast<sockaddr*>(&here), &size), 0);
  const auto port = std::to_string(ntohs(here.sin_port));
  add("one", "hospital_his", R"({"port":)" + port + "}");
  EXPECT_THAT(problems(), ::testing::ElementsAre("one.yaml/port SOURCE_PORT"));
  EXPECT_THAT(problems(true), ::testing::IsEmpty());
  ::close(other);
  EXPECT_THAT(problems(), ::testing::IsEmpty());
  add("two", "hospital_his", R"({"port":)" + port + "}");
  EXPECT_THAT(problems(), ::testing::ElementsAre("two.yaml/port CONFIG_SHARED"));
  config_.sources.back().settings = R"({"mllp":false,"port":)" + port + "}";
  EXPECT_THAT(problems(), ::testing::IsEmpty());
}

TEST_F(CheckConnector, WhatLeavesThisMachineWithoutTlsIsRefusedUnlessItIsAllowed) {
  struct Case {
    const char *connector, *settings;
    bool refused;
  };
  for (const auto& [connector, settings, refused] :
       {Case{"civil_affairs", R"({"base_url":"http://10.1.2.3/gx"})", true},
        Case{"civil_affairs", R"({"base_url":"http://user@share.example:8080"})", true},
        Case{"civil_affairs", R"({"base_url":"https://10.1.2.3/gx"})", false},
        Case{"civil_affairs", R"({"base_url":"http://127.0.0.1:8080/gx"})", false},
        Case{"civil_affairs", R"({"base_url":"http://[::1]:8080"})", false},
        Case{"hospital_his", R"({"host":"0.0.0.0","port":"0"})", false},
        Case{"hospital_his", R"({"host":"0.0.0.0","port":"2575"})", true},
        Case{"hospital_his", R"({"host":"0.0.0.0","port":"2575","mllp":"false","inbox":"/tmp"})", false},
        Case{"hospital_his", R"({"port":"2575"})", false}}) {
    Config config;
    config.directories.connectors = kinhub::tests::binary_dir() + "/lib/kinhub";
    SourceConfig source;
    source.name = "a", source.connector = connector, source.settings = settings;
    source.isolation = Isolation::in_process, source.place = "kinhub.yaml:3:5";
    const auto found = plain_network_of(config, source);
    ASSERT_EQ(found.size(), refused ? 1U : 0U) << settings;
    if (!refused) continue;
    EXPECT_EQ(found.front().code, "NETWORK_PLAIN");
    EXPECT_THAT(found.front().text, HasSubstr("plain_network: true"));
    source.plain_network = true;
    EXPECT_TRUE(plain_network_of(config, source).empty()) << settings;
  }
}

}  // namespace
}  // namespace kinhub
