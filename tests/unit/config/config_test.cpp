#include "hub/config/config.hpp"

#include <gmock/gmock.h>

#include <cstdlib>

#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    for (const char* agency : {"civil_affairs", "public_security", "medical_insurance", "hospital_his"})
      scratch_.folder(std::string("mappings/") + agency);
    auto mappings = scratch_.path() / "mappings";
    places_ = {scratch_.path() / "bin/kinhub", mappings, mappings / "policies", mappings / "codes",
               scratch_.path() / "lib"};
  }
  Config good(std::string_view text) {
    auto read = read_config(scratch_.write("etc/kinhub.yaml", text), places_);
    if (auto* problems = std::get_if<std::vector<Error>>(&read)) {
      for (const auto& problem : *problems)
        ADD_FAILURE() << describe(problem);
      return {};
    }
    return std::get<Config>(read);
  }
  /// Each problem as ":line:column CODE", the folder left out.
  std::vector<std::string> bad(std::string_view text) {
    auto file = scratch_.write("etc/kinhub.yaml", text);
    auto read = read_config(file, places_);
    std::vector<std::string> problems;
    auto* errors = std::get_if<std::vector<Error>>(&read);
    if (!errors) return {"accepted"};
    errors_ = *errors;
    for (const auto& error : errors_) {
      EXPECT_TRUE(error.place.starts_with(file.string())) << error.place;
      problems.push_back(error.place.substr(file.string().size()) + " " + error.code);
    }
    return problems;
  }

  Scratch scratch_;
  Places places_;
  std::vector<Error> errors_;
};

TEST_F(ConfigTest, WithoutOneThereAreTheFourShippedSourcesAndTheBuiltInOne) {
  auto config = default_config(places_);
  ASSERT_THAT(config.sources, SizeIs(5));
  EXPECT_TRUE(config.sources[4].built_in());
  EXPECT_EQ(config.sources[1].name, "public-security");
  EXPECT_EQ(config.sources[1].connector, "public_security");
  EXPECT_EQ(config.sources[1].mappings, places_.mappings / "public_security");
  EXPECT_EQ(config.sources[1].isolation, Isolation::process);
  EXPECT_EQ(config.data, std::filesystem::current_path() / "kinhub-data");
  EXPECT_TRUE(config.source("hospital-his"));
  EXPECT_FALSE(config.source("hospital_his"));
}

TEST_F(ConfigTest, ReadsEverythingItKnows) {
  auto config = good(R"(data: ../var
notices: { file: out/notices.jsonl }
sources:
  - name: police-320812
    connector: public_security
    isolation: in-process
    clock_margin: 10m
    settings:
      folder: ./inbox
      region: 320812
      batch: 500
      follow: true
      note: 08
      hosts: [a, 2]
      tls: { ca: ../ca.pem }
    secrets:
      app_key: { file: key }
      other: { env: KINHUB_TEST_SECRET }
  - name: hospital-his
)");
  EXPECT_EQ(config.data, scratch_.path() / "var");
  EXPECT_EQ(config.notices, scratch_.path() / "etc/out/notices.jsonl");
  ASSERT_THAT(config.sources, SizeIs(3));
  EXPECT_EQ(config.sources[2].name, "care-desk");
  const auto& police = config.sources[0];
  EXPECT_EQ(police.isolation, Isolation::in_process);
  EXPECT_EQ(police.clock_margin_us, 600'000'000);
  EXPECT_EQ(config.sources[1].clock_margin_us, 86'400'000'000) << "a day, if left out";
  EXPECT_EQ(police.mappings, places_.mappings / "public_security");
  EXPECT_EQ(
      police.settings,
      R"({"folder":")" + (scratch_.path() / "etc/inbox").string() +
          R"(","region":"320812","batch":"500","follow":"true","note":"08","hosts":["a","2"],"tls":{"ca":")" +
          (scratch_.path() / "ca.pem").string() + R"("}})");
  EXPECT_EQ(police.secrets.at("app_key").where, (scratch_.path() / "etc/key").string());
  EXPECT_EQ(police.secrets.at("other").in, SecretPlace::In::environment);
  EXPECT_EQ(police.place, (scratch_.path() / "etc/kinhub.yaml").string() + ":4:5");
  EXPECT_EQ(config.sources[1].connector, "hospital_his");
}

TEST_F(ConfigTest, WithoutAWordTheHubStandsOnOneMachine) {
  auto config = default_config(places_);
  EXPECT_FALSE(config.kafka);
  EXPECT_FALSE(config.postgres);
  EXPECT_EQ(config.node, "");
  EXPECT_EQ(config.lease_seconds, 10);
  EXPECT_EQ(config.notices, config.data / "notices.jsonl");
  EXPECT_EQ(config.notices_to_kafka, NoticesToKafka::no);
}

TEST_F(ConfigTest, ReadsWhatTheHubStandsOn) {
  for (auto name : {"etc/ca.pem", "etc/hub.pem", "etc/hub.key"})
    scratch_.write(name, "");
  auto config = good(R"(notices: { kafka: at-least-once }
node: Hub-1.north
lease_seconds: 30
log:
  kafka:
    brokers: k1.example:9093,10.0.0.2:9093
    prefix: Kinhub.north
    replication: 2
    security: sasl-tls
    ca: ca.pem
    certificate: hub.pem
    key: ./hub.key
    key_password: { env: KINHUB_TEST_KEY_PASSWORD }
    check_host_name: false
    mechanism: SCRAM-SHA-512
    user: kinhub
    password: { file: kafka.password }
    patience_seconds: 5
store:
  postgresql:
    connection: host=db1 port=5433 dbname=kinhub user=kinhub sslmode=verify-full
    password: { file: ../db.password }
    schema: kinhub_north
    connections: 4
)");
  EXPECT_EQ(config.node, "Hub-1.north");
  EXPECT_EQ(config.lease_seconds, 30);
  ASSERT_TRUE(config.kafka);
  const auto& kafka = config.kafka->settings;
  EXPECT_EQ(kafka.brokers, "k1.example:9093,10.0.0.2:9093");
  EXPECT_EQ(kafka.prefix, "Kinhub.north");
  EXPECT_EQ(kafka.replication, 2);
  EXPECT_EQ(kafka.security, KafkaSettings::Security::sasl_tls);
  EXPECT_EQ(kafka.ca_file, scratch_.path() / "etc/ca.pem");
  EXPECT_EQ(kafka.certificate_file, scratch_.path() / "etc/hub.pem");
  EXPECT_EQ(kafka.key_file, scratch_.path() / "etc/hub.key");
  EXPECT_FALSE(kafka.check_host_name);
  EXPECT_EQ(kafka.sasl, KafkaSettings::Sasl::scram_sha_512);
  EXPECT_EQ(kafka.user, "kinhub");
  EXPECT_EQ(kafka.patience_ms, 5000U);
  EXPECT_EQ(config.kafka->password->where, (scratch_.path() / "etc/kafka.password").string());
  EXPECT_EQ(config.kafka->key_password->where, "KINHUB_TEST_KEY_PASSWORD");
  EXPECT_EQ(config.kafka->place, (scratch_.path() / "etc/kinhub.yaml").string() + ":6:5");
  ASSERT_TRUE(config.postgres);
  EXPECT_EQ(config.postgres->connection, "host=db1 port=5433 dbname=kinhub user=kinhub sslmode=verify-full");
  EXPECT_EQ(config.postgres->password->where, (scratch_.path() / "db.password").string());
  EXPECT_EQ(config.postgres->schema, "kinhub_north");
  EXPECT_EQ(config.postgres->connections, 4);
  EXPECT_EQ(config.notices_to_kafka, NoticesToKafka::at_least_once);
  EXPECT_TRUE(config.notices.empty()) << "with notices in Kafka a file is written only where one is named";
}

TEST_F(ConfigTest, TheApiListensOnThisMachineAlone) {
  const auto api_of = [&](const std::string& text) {
    auto read = read_config(scratch_.write("kinhub.yaml", text), places_);
    const auto* config = std::get_if<Config>(&read);
    if (!config) return std::get<std::vector<Error>>(read).front().code;
    return config->api ? config->api->address + " " + std::to_string(config->api->port) : std::string("none");
  };
  EXPECT_EQ(api_of("lease_seconds: 10\n"), "none");
  EXPECT_EQ(api_of("api: { listen: 127.0.0.1:9000 }\n"), "127.0.0.1 9000");
  EXPECT_EQ(api_of("api: { listen: localhost:0 }\n"), "127.0.0.1 0");
  EXPECT_EQ(api_of("api: { listen: '[::1]:9000' }\n"), "::1 9000");
  for (const char* far :
       {"0.0.0.0:8632", "10.20.0.8:8632", "[::]:8632", "127.0.0.1.evil.example:8632", ":8632"})
    EXPECT_EQ(api_of(std::string("api: { listen: '") + far + "' }\n"), "API_ADDRESS") << far;
  for (const char* wrong : {"127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:8632x"})
    EXPECT_EQ(api_of(std::string("api: { listen: '") + wrong + "' }\n"), "CONFIG_VALUE") << wrong;
  EXPECT_EQ(api_of("api: { names: [x] }\n"), "CONFIG_KEY");
}

TEST_F(ConfigTest, TheApiWorksWithAccountsAsItIsTold) {
  const auto read = [&](const std::string& text) {
    return read_config(scratch_.write("kinhub.yaml", text), places_);
  };
  const auto plain = std::get<Config>(read("api: {}\n")).api.value();
  EXPECT_EQ(plain.console, places_.console);
  EXPECT_TRUE(plain.trial);
  EXPECT_FALSE(plain.four_eyes_ended || plain.four_eyes_overpaid);
  EXPECT_EQ(plain.session_idle_minutes, 15);
  const auto told =
      std::get<Config>(read("api:\n  console: built\n  profile: trial\n  four_eyes: [lead.ended, "
                            "lead.overpaid]\n  session: { idle_minutes: 5, hours: 4, "
                            "per_account: 1 }\n"))
          .api.value();
  EXPECT_EQ(told.console, scratch_.path() / "built");
  EXPECT_TRUE(told.four_eyes_ended && told.four_eyes_overpaid);
  EXPECT_EQ(told.session_idle_minutes * 100 + told.session_hours * 10 + told.sessions_per_account, 541);
  for (const auto& [wrong, code] : {std::pair("{ profile: production }", "API_PROFILE"),
                                    {"{ four_eyes: lead.ended }", "CONFIG_TYPE"},
                                    {"{ four_eyes: [lead.new] }", "CONFIG_VALUE"},
                                    {"{ session: { idle_minutes: 0 } }", "CONFIG_VALUE"},
                                    {"{ session: { hours: 13 } }", "CONFIG_VALUE"},
                                    {"{ session: { per_account: x } }", "CONFIG_VALUE"}})
    EXPECT_EQ(std::get<std::vector<Error>>(read(std::string("api: ") + wrong + "\n")).front().code, code)
        << wrong;
}

TEST_F(ConfigTest, NoticesGoToBothWhereBothAreNamed) {
  auto config =
      good("notices: { kafka: exactly-once, file: n.jsonl }\nlog: { kafka: { brokers: 'b:9092' } }\n");
  EXPECT_EQ(config.notices, scratch_.path() / "etc/n.jsonl");
  EXPECT_EQ(config.notices_to_kafka, NoticesToKafka::exactly_once);
  EXPECT_EQ(config.kafka->settings.prefix, "kinhub");
  EXPECT_EQ(config.kafka->settings.replication, 3);
}

TEST_F(ConfigTest, ASecretForTheClusterOrTheDatabaseIsReadWithTheirSettings) {
  auto file = scratch_.write("etc/password", "open sesame\n");
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  KafkaConfig kafka;
  kafka.settings.user = "kinhub";
  kafka.password = SecretPlace{SecretPlace::In::file, file.string(), "kinhub.yaml:3:1"};
  auto settings = read_secrets(kafka);
  ASSERT_TRUE(settings);
  EXPECT_EQ(settings->password, "open sesame");
  EXPECT_EQ(settings->user, "kinhub");
  PostgresConfig postgres;
  EXPECT_EQ(read_secrets(postgres).value(), "");
  postgres.password = SecretPlace{SecretPlace::In::environment, "KINHUB_TEST_NOT_SET", "kinhub.yaml:9:1"};
  EXPECT_EQ(read_secrets(postgres).error().code, "SECRET_MISSING");
  EXPECT_EQ(read_secrets(postgres).error().place, "kinhub.yaml:9:1");
  std::filesystem::permissions(file, std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  EXPECT_EQ(read_secrets(kafka).error().code, "SECRET_OPEN_TO_OTHERS");
}

TEST_F(ConfigTest, RefusesAGroundThatCannotCarry) {
  struct Case {
    std::string_view text;
    std::string_view problem, hint;
  };
  for (auto [text, problem, hint] : {
           Case{"nod: a\n", ":1:1 CONFIG_KEY", "did you mean 'node'?"},
           {"node: a/b\n", ":1:7 CONFIG_NAME", ""},
           {"lease_seconds: soon\n", ":1:16 CONFIG_VALUE", "from 2 to 3600"},
           {"lease_seconds: 1\n", ":1:16 CONFIG_VALUE", "from 2 to 3600"},
           {"log: { kafak: {} }\n", ":1:8 CONFIG_KEY", "did you mean 'kafka'?"},
           {"log: { kafka: {} }\n", ":1:15 CONFIG_MISSING", "brokers"},
           {"log: { kafka: [a] }\n", ":1:15 CONFIG_TYPE", ""},
           {"log: { kafka: { brokers: broker } }\n", ":1:26 CONFIG_VALUE", "host:port"},
           {"log: { kafka: { brokers: 'a:1, b:2' } }\n", ":1:26 CONFIG_VALUE", "without blanks"},
           {"log: { kafka: { brokers: 'a:0' } }\n", ":1:26 CONFIG_VALUE", ""},
           {"log: { kafka: { brokers: 'a:1', broker: x } }\n", ":1:33 CONFIG_KEY", "did you mean 'brokers'?"},
           {"log: { kafka: { brokers: 'a:1', prefix: a b } }\n", ":1:41 CONFIG_NAME", ""},
           {"log: { kafka: { brokers: 'a:1', replication: 0 } }\n", ":1:46 CONFIG_VALUE", ""},
           {"log: { kafka: { brokers: 'a:1', security: ssl } }\n", ":1:43 CONFIG_VALUE",
            "plaintext, tls, sasl-plaintext or sasl-tls"},
           {"log: { kafka: { brokers: 'a:1', security: sasl-tsl, mechanism: PLAIN, user: u, password: {env: "
            "A} } }\n",
            ":1:43 CONFIG_VALUE", "did you mean 'sasl-tls'?"},
           {"log: { kafka: { brokers: 'a:1', security: tls, ca: ../mappings } }\n", ":1:52 CONFIG_FILE", ""},
           {"log: { kafka: { brokers: 'a:1', check_host_name: true } }\n", ":1:33 CONFIG_VALUE",
            "needs security"},
           {"log: { kafka: { brokers: 'a:1', security: tls, check_host_name: maybe } }\n",
            ":1:65 CONFIG_VALUE", "true or false"},
           {"log: { kafka: { brokers: 'a:1', security: tls, certificate: kinhub.yaml } }\n",
            ":1:48 CONFIG_MISSING", "its key"},
           {"log: { kafka: { brokers: 'a:1', security: tls, key_password: {env: A} } }\n",
            ":1:48 CONFIG_MISSING", "no key"},
           {"log: { kafka: { brokers: 'a:1', user: u } }\n", ":1:33 CONFIG_VALUE", "needs security"},
           {"log: { kafka: { brokers: 'a:1', security: sasl-tls, mechanism: PLAIN, user: u } }\n",
            ":1:33 CONFIG_MISSING", "'password'"},
           {"log: { kafka: { brokers: 'a:1', security: sasl-tls, mechanism: SCRAM-SHA-266, user: u, "
            "password: {env: A} } }\n",
            ":1:64 CONFIG_VALUE", "did you mean 'SCRAM-SHA-256'?"},
           {"log: { kafka: { brokers: 'a:1', security: sasl-tls, mechanism: PLAIN, user: u, password: secret "
            "} }\n",
            ":1:90 CONFIG_SECRET", "{file: PATH}"},
           {"log: { kafka: { brokers: 'a:1', patience_seconds: 0 } }\n", ":1:51 CONFIG_VALUE", ""},
           {"store: { postgres: {} }\n", ":1:10 CONFIG_KEY", "did you mean 'postgresql'?"},
           {"store: { postgresql: {} }\n", ":1:22 CONFIG_MISSING", "connection"},
           {"store: { postgresql: { connection: 'hots=a' } }\n", ":1:36 CONFIG_VALUE", "libpq"},
           {"store: { postgresql: { connection: 'host=a password=hunter2' } }\n", ":1:36 CONFIG_SECRET", ""},
           {"store: { postgresql: { connection: 'postgresql://u:hunter2@a/kinhub' } }\n",
            ":1:36 CONFIG_SECRET", ""},
           {"store: { postgresql: { connection: 'host=a sslpassword=hunter2' } }\n", ":1:36 CONFIG_SECRET",
            "sslkey"},
           {"store: { postgresql: { connection: 'host=a', schema: Kin-hub } }\n", ":1:54 CONFIG_NAME", ""},
           {"store: { postgresql: { connection: 'host=a', connections: 1 } }\n", ":1:59 CONFIG_VALUE", ""},
           {"notices: { kafka: exactly-once }\n", ":1:12 CONFIG_VALUE", "log: kafka"},
           {"notices: { kafka: once }\nlog: { kafka: { brokers: 'a:1' } }\n", ":1:19 CONFIG_VALUE",
            "exactly-once or at-least-once"},
       }) {
    EXPECT_THAT(bad(text), ElementsAre(problem)) << text;
    ASSERT_FALSE(errors_.empty());
    EXPECT_THAT(errors_[0].text, HasSubstr(hint)) << text;
    EXPECT_THAT(errors_[0].text, ::testing::Not(HasSubstr("hunter2")));
  }
}

TEST_F(ConfigTest, AnEmptyFileIsTheDefaults) {
  for (auto text : {"", "# only a comment\n"})
    EXPECT_THAT(good(text).sources, SizeIs(5));
}

TEST_F(ConfigTest, TheBuiltInSourceIsThereWithoutBeingConfiguredAndOnlySo) {
  EXPECT_EQ(good("sources:\n  - name: hospital-his\n").source("care-desk")->mappings,
            places_.mappings / "care_desk");
  EXPECT_THAT(bad("sources:\n  - name: care-desk\n    connector: hospital_his\n"),
              ElementsAre(":2:11 CONFIG_RESERVED"));
}

TEST_F(ConfigTest, ASiteMayReplaceTheRulesOfTheCareDeskOrLeaveThemAsShipped) {
  scratch_.folder("own/rules/civil_affairs");
  auto shipped = good("directories: { mappings: ../own/rules }\n");
  EXPECT_EQ(shipped.source("care-desk")->mappings, places_.mappings / "care_desk");
  EXPECT_EQ(shipped.directories.forms, places_.mappings / "care/forms");
  scratch_.folder("own/rules/care_desk");
  scratch_.folder("own/rules/care/forms");
  auto own = good("directories: { mappings: ../own/rules }\n");
  EXPECT_EQ(own.source("care-desk")->mappings, scratch_.path() / "own/rules/care_desk");
  EXPECT_EQ(own.directories.forms, scratch_.path() / "own/rules/care/forms");
}

TEST_F(ConfigTest, ASourceSaysWhenItsRegisterOfMarriagesBegan) {
  auto config =
      good("sources:\n  - name: civil-affairs\n    marriages_since: 2013-01-01\n  - name: hospital-his\n");
  EXPECT_EQ(config.sources[0].marriages_since, Date(2013, 1, 1));
  EXPECT_FALSE(config.sources[1].marriages_since);
}

TEST_F(ConfigTest, DirectoriesMoveTheMappingsOfAllSources) {
  scratch_.folder("own/rules/civil_affairs");
  auto config = good("directories: { mappings: ../own/rules }\n");
  EXPECT_EQ(config.sources[0].mappings, scratch_.path() / "own/rules/civil_affairs");
  EXPECT_EQ(config.directories.policies, scratch_.path() / "own/rules/policies");
  EXPECT_EQ(config.directories.connectors, places_.connectors);
}

TEST_F(ConfigTest, SaysAllThatIsWrongAtOnceWithPlaces) {
  EXPECT_THAT(bad("dta: x\ndata: a\ndata: b\nsources:\n  - nam: x\n  - name: a\n    isolation: proces\n  - "
                  "name: a\n"),
              ElementsAre(":1:1 CONFIG_KEY", ":3:1 CONFIG_DUPLICATE", ":5:5 CONFIG_KEY",
                          ":5:5 CONFIG_MISSING", ":7:16 CONFIG_VALUE", ":8:11 CONFIG_DUPLICATE"));
  EXPECT_THAT(errors_[0].text, HasSubstr("did you mean 'data'?"));
  EXPECT_THAT(errors_[2].text, HasSubstr("did you mean 'name'?"));
  EXPECT_THAT(errors_[4].text, HasSubstr("did you mean 'process'?"));
}

TEST_F(ConfigTest, RefusesWhatCannotBe) {
  struct Case {
    std::string_view text;
    std::string_view problem;
  };
  for (auto [text, problem] : {
           Case{"data: [a]\n", ":1:7 CONFIG_TYPE"},
           {"data:\n", ":1:1 CONFIG_VALUE"},
           {"data: ''\n", ":1:7 CONFIG_TYPE"},
           {"- a\n", ":1:1 CONFIG_TYPE"},
           {"sources: []\n", ":1:10 CONFIG_TYPE"},
           {"sources:\n  - police\n", ":2:5 CONFIG_TYPE"},
           {"sources:\n  - name: Police/1\n", ":2:11 CONFIG_NAME"},
           {"sources:\n  - name: a\n    connector: ../evil\n", ":3:16 CONFIG_NAME"},
           {"sources:\n  - name: a\n    mappings: nowhere\n", ":3:15 CONFIG_FOLDER"},
           {"sources:\n  - name: a\n    clock_margin: 10\n", ":3:19 CONFIG_VALUE"},
           {"sources:\n  - name: a\n    clock_margin: 400d\n", ":3:19 CONFIG_VALUE"},
           {"sources:\n  - name: a\n    clock_margin: -1h\n", ":3:19 CONFIG_VALUE"},
           {"sources:\n  - name: civil-affairs\n    marriages_since: 2013\n", ":3:22 CONFIG_VALUE"},
           {"sources:\n  - name: a\n    settings: { a: 1, a: 2 }\n", ":3:23 CONFIG_DUPLICATE"},
           {"sources:\n  - name: a\n    settings: { a: }\n", ":3:17 CONFIG_VALUE"},
           {"sources:\n  - name: a\n    secrets: { key: hunter2 }\n", ":3:21 CONFIG_SECRET"},
           {"sources:\n  - name: a\n    secrets: { key: { file: a, env: B } }\n", ":3:16 CONFIG_SECRET"},
           {"directories: { mappings: ../nowhere }\n", ":1:26 CONFIG_FOLDER"},
           {"a: b\n---\nc: d\n", ":2:1 CONFIG_SYNTAX"},
           {"sources: [\n", ":2:1 CONFIG_SYNTAX"},
           {"sources:\n  - name: a\n  - name: \"b\n", ":3:11 CONFIG_SYNTAX"},
           {"data: ~/kinhub\n", ":1:7 CONFIG_EXPANSION"},
           {"data: /srv/${SITE}/kinhub\n", ":1:7 CONFIG_EXPANSION"},
           {"sources:\n  - name: a\n    settings: { inbox: ~/in, units: [\"${UNIT}\"] }\n",
            ":3:24 CONFIG_EXPANSION"},
           {"? [a]\n: b\n", ":1:3 CONFIG_TYPE"},
       })
    EXPECT_THAT(bad(text), ::testing::Contains(problem)) << text;
}

TEST_F(ConfigTest, ASettingKnowsItsPlace) {
  const auto config = good(
      "sources:\n  - name: a\n    settings:\n      inbox: /srv/in\n      facilities:\n        - { unit: one "
      "}\n");
  const auto& places = config.sources[0].setting_places;
  for (const auto& [pointer, place] : std::initializer_list<std::pair<const char*, const char*>>{
           {"", ":4:7"}, {"/inbox", ":4:14"}, {"/facilities/0/unit", ":6:19"}}) {
    ASSERT_TRUE(places.contains(pointer)) << pointer;
    EXPECT_TRUE(places.at(pointer).ends_with(place)) << pointer << " " << places.at(pointer);
  }
}

TEST_F(ConfigTest, ASecretWrittenIntoTheFileIsNotRepeatedInTheMessage) {
  bad("sources:\n  - name: a\n    secrets: { key: hunter2 }\n");
  EXPECT_THAT(errors_[0].text, ::testing::Not(HasSubstr("hunter2")));
}

TEST_F(ConfigTest, BytesOfAnyKindGetAnAnswer) {
  EXPECT_THAT(bad(std::string(2 << 20, 'a')), ElementsAre(" CONFIG_SIZE"));
  EXPECT_THAT(bad(std::string(300, '[')), SizeIs(1));
  EXPECT_THAT(bad(std::string("\0\xff\xfe\x01", 4)), SizeIs(1));
  std::string laughs = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name < 'k'; ++name)
    laughs += std::string(1, name) + ": &" + name + " [*" + std::string(1, static_cast<char>(name - 1)) +
              ", *" + std::string(1, static_cast<char>(name - 1)) + ", *" +
              std::string(1, static_cast<char>(name - 1)) + ", *" +
              std::string(1, static_cast<char>(name - 1)) + "]\n";
  EXPECT_THAT(bad(laughs), ElementsAre(" CONFIG_SIZE"));
  auto read = read_config(scratch_.path(), places_);
  EXPECT_EQ(std::get<std::vector<Error>>(read)[0].code, "CONFIG_UNREADABLE");
  read = read_config(scratch_.path() / "nothing.yaml", places_);
  EXPECT_EQ(std::get<std::vector<Error>>(read)[0].code, "CONFIG_UNREADABLE");
}

TEST_F(ConfigTest, SecretsComeFromFilesOnlyTheHubMayReadOrFromTheEnvironment) {
  auto file = scratch_.write("etc/key", "open sesame\n");
  std::filesystem::permissions(file, std::filesystem::perms::owner_read);
  ::setenv("KINHUB_TEST_SECRET", "from outside", 1);
  SourceConfig source;
  source.secrets["app_key"] = {SecretPlace::In::file, file.string(), "kinhub.yaml:3:1"};
  source.secrets["other"] = {SecretPlace::In::environment, "KINHUB_TEST_SECRET", "kinhub.yaml:4:1"};
  auto secrets = read_secrets(source);
  ASSERT_TRUE(secrets) << describe(secrets.error());
  EXPECT_EQ(secrets->at("app_key"), "open sesame");
  EXPECT_EQ(secrets->at("other"), "from outside");

  std::filesystem::permissions(file, std::filesystem::perms::group_read, std::filesystem::perm_options::add);
  EXPECT_EQ(read_secrets(source).error().code, "SECRET_OPEN_TO_OTHERS");
  std::filesystem::remove(file);
  EXPECT_EQ(read_secrets(source).error().code, "SECRET_MISSING");
  source.secrets.erase("app_key");
  ::unsetenv("KINHUB_TEST_SECRET");
  EXPECT_EQ(read_secrets(source).error().place, "kinhub.yaml:4:1");
}

TEST_F(ConfigTest, PaymentListsSayWhenTheBooksBeginAndWhichBanksTakeFiles) {
  const auto config =
      good("payments: { ledger_start: 2026-04, period: half, banks: { ABC: 农业银行, PSBC: 邮储 } }\n");
  ASSERT_TRUE(config.payments);
  EXPECT_EQ(config.payments->cut_off_day, 25);
  EXPECT_EQ(
      good("payments: { ledger_start: 2026-04, banks: { A: b }, cut_off_day: 31 }\n").payments->cut_off_day,
      31);
  EXPECT_THAT(bad("payments: { ledger_start: 2026-04, banks: { A: b }, cut_off_day: 32 }\n"), SizeIs(1));
  EXPECT_EQ(config.payments->ledger_start, Date(2026, 4, 1));
  EXPECT_EQ(config.payments->period, "half");
  ASSERT_THAT(config.payments->banks, SizeIs(2));
  EXPECT_EQ(config.payments->banks[1].first, "PSBC");
  EXPECT_FALSE(good("data: ./d\n").payments);
}

TEST_F(ConfigTest, TheNightHasATimeAnOrderAndSources) {
  const auto shipped = good("data: ./d\n").night;
  EXPECT_EQ(shipped.at_minute, 0);
  EXPECT_THAT(shipped.steps, ElementsAre(NightStep::reconcile, NightStep::rights, NightStep::identity,
                                         NightStep::agreement, NightStep::scrub));
  const auto night =
      good("night: { at: '02:30', steps: [rights, agreement], sources: [public-security], late_hours: 3 }\n")
          .night;
  EXPECT_EQ(night.at_minute, 150);
  EXPECT_THAT(night.steps, ElementsAre(NightStep::rights, NightStep::agreement));
  EXPECT_THAT(night.sources, ElementsAre("public-security"));
  EXPECT_EQ(night.late_hours, 3);
  EXPECT_FALSE(night.has(NightStep::reconcile));
}

TEST_F(ConfigTest, ANightThatCannotBeIsRefusedWithItsPlace) {
  EXPECT_THAT(bad("night:\n  at: '24:00'\n  steps: [reconcile, rights, rights]\n  sources: [police]\n"),
              ElementsAre(":2:7 CONFIG_VALUE", ":3:30 CONFIG_DUPLICATE", ":4:13 CONFIG_VALUE"));
  EXPECT_THAT(bad("night: { steps: [identity] }\n"), ElementsAre(":1:17 CONFIG_VALUE"))
      << "rights are looked at every night";
  EXPECT_THAT(bad("night: { late_hours: 0, when: '1' }\n"), SizeIs(2));
}

TEST_F(ConfigTest, WhatIsRepairedIsSaidBySourceAndClass) {
  const auto repair = [&](const std::string& text) {
    return good("sources:\n  - name: public-security\n" + text).source("public-security")->repair;
  };
  EXPECT_EQ(repair("").missing, RepairPolicy::automatic);
  const auto said = repair("    repair: { missing: ask, changed: never }\n");
  EXPECT_EQ(std::pair(said.missing, said.changed), std::pair(RepairPolicy::ask, RepairPolicy::never));
  const std::string begin = "sources:\n  - name: public-security\n";
  EXPECT_THAT(bad(begin + "    repair: { not_there: automatic }\n"), ElementsAre(":3:15 CONFIG_VALUE"))
      << "nothing is taken back by absence, whatever a file says";
  EXPECT_THAT(bad(begin + "    repair: { changed: often }\n"), ElementsAre(":3:24 CONFIG_VALUE"));
}

TEST_F(ConfigTest, PaymentListsThatCannotBeDrawnAreRefused) {
  EXPECT_THAT(bad("payments: { period: quarter }\n"),
              ElementsAre(":1:11 CONFIG_MISSING", ":1:11 CONFIG_MISSING"));
  EXPECT_THAT(bad("payments:\n  ledger_start: 2026-13\n  period: monthly\n  banks: { A/B: 行 }\n  fee: 1\n"),
              ElementsAre(HasSubstr(":2:17 CONFIG_VALUE"), HasSubstr(":3:11 CONFIG_VALUE"),
                          HasSubstr(":4:12 CONFIG_NAME"), HasSubstr(":5:3 CONFIG_")));
}

TEST(Places, AreFoundFromTheProgramNotFromTheWorkingDirectory) {
  Scratch scratch;
  scratch.folder("tree/mappings");
  scratch.folder("usr/share/kinhub/mappings");
  auto built = find_places(scratch.path() / "tree/build-asan/bin/kinhub");
  ASSERT_TRUE(built);
  EXPECT_EQ(built->mappings, scratch.path() / "tree/mappings");
  EXPECT_EQ(built->connectors, scratch.path() / "tree/build-asan/lib/kinhub");
  auto installed = find_places(scratch.path() / "usr/bin/kinhub");
  ASSERT_TRUE(installed);
  EXPECT_EQ(installed->policies, scratch.path() / "usr/share/kinhub/mappings/policies");
  EXPECT_EQ(installed->connectors, scratch.path() / "usr/lib/kinhub");
  auto alone = find_places(scratch.path() / "else/where/kinhub");
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().code, "NO_MAPPINGS");
}

}  // namespace
}  // namespace kinhub
