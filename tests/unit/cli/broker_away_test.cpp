// A case worker's day while the broker is away: what the store knows can be shown and decided.

#include <unistd.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "hub/ground/ground_check.hpp"
#include "tests/unit/cli/hub_fixture.hpp"

namespace kinhub::cli {
namespace {

using ::testing::HasSubstr;

/// A hub that has heard of a birth and a death, and of a file that could not be read; then its broker is
/// gone.
class BrokerAwayTest : public HubFixture {
 protected:
  BrokerAwayTest() {
    scratch_.write("kinhub.yaml", "data: ./data\n");
    // Nobody listens on port 1.
    scratch_.write("away.yaml",
                   "data: ./data\nlog: { kafka: { brokers: '127.0.0.1:1', patience_seconds: 1 } }\nnotices: "
                   "{ file: ./notices.jsonl }\n");
    scratch_.write("patient.yaml",
                   "data: ./data\nlog: { kafka: { brokers: '127.0.0.1:1', patience_seconds: 3600 } "
                   "}\nnotices: { file: ./notices.jsonl }\n");
    auto fed = run({"ingest", "public-security", sample("police_birth_2003.xml"), sample("police_death.xml"),
                    scratch_.write("SWZX_320812000000_20261118000000_0001.xml", "no record").string()});
    EXPECT_EQ(fed.code, 1) << fed.err;  // something went to quarantine
  }
  Answer away(std::vector<std::string> arguments) { return run(std::move(arguments), "away.yaml"); }
  std::string only(const nlohmann::json& rows, const std::string& field) {
    return rows.at(0).at(field).get<std::string>();
  }
};

TEST_F(BrokerAwayTest, LeadsAreShownAndDecided) {
  auto leads = away({"leads", "--json"});
  ASSERT_EQ(leads.code, 0) << leads.err;
  ASSERT_GE(leads.json().size(), 1U);
  auto lead = only(leads.json(), "id");
  EXPECT_EQ(away({"lead", "show", lead}).code, 0);
  auto person = leads.json().at(0).at("person").at("ref").get<std::string>();
  auto benefit = only(leads.json(), "benefit");
  EXPECT_EQ(away({"family", "--of", person}).code, 0);
  EXPECT_EQ(away({"entitlements", "--of", person}).code, 0);
  EXPECT_EQ(away({"explain", "--of", person, "--benefit", benefit}).code, 0);
  auto decided = away({"lead", "confirm", lead, "--revision", "1", "--reason", "seen", "--json"});
  ASSERT_EQ(decided.code, 0) << decided.err;
  EXPECT_EQ(decided.json()["state"], "confirmed");
  EXPECT_EQ(away({"lead", "dismiss", lead, "--reason", "seen"}).code, 2);  // decided already
}

TEST_F(BrokerAwayTest, QuarantineIsShownAndWorkedOff) {
  auto rows = away({"quarantine", "list", "--json"});
  ASSERT_EQ(rows.code, 0) << rows.err;
  ASSERT_EQ(rows.json().size(), 1U);
  auto id = only(rows.json(), "id");
  EXPECT_EQ(away({"quarantine", "show", id}).code, 0);
  EXPECT_EQ(away({"quarantine", "replay", id}).code, 1);  // it is as wrong as before
  auto discarded = away({"quarantine", "discard", id, "--reason", "a test"});
  EXPECT_EQ(discarded.code, 0) << discarded.err;
  EXPECT_EQ(away({"quarantine", "list", "--json"}).json().size(), 0U);
}

TEST_F(BrokerAwayTest, TheStatusSaysSoAndShowsTheRest) {
  auto status = run({"status", "--json"},
                    "patient.yaml");  // patience of hours is for the hub, not for a person who looks
  ASSERT_EQ(status.code, 0) << status.err;
  EXPECT_TRUE(status.json().at("balance").is_null());
  EXPECT_THAT(status.json().at("log_away").get<std::string>(), HasSubstr("127.0.0.1:1"));
  EXPECT_GE(status.json().at("persons").get<int>(), 1);
  EXPECT_THAT(away({"status"}).out, HasSubstr("THE LOG DOES NOT ANSWER"));
  auto back = run({"status", "--json"});
  EXPECT_TRUE(back.json().at("log_away").is_null());
  EXPECT_EQ(back.json().at("balance").at("residue"), 0);
}

TEST_F(BrokerAwayTest, WhatTheLogAloneKnowsCannotBeTold) {
  for (const auto& command :
       std::vector<std::vector<std::string>>{{"balance"},
                                             {"source", "list"},
                                             {"source", "positions"},
                                             {"source", "rewind", "public-security"},
                                             {"source", "rewind", "public-security", "--checkpoint"},
                                             {"ingest", "public-security", sample("police_birth.xml")},
                                             {"night"}}) {
    auto answer = away(command);
    EXPECT_EQ(answer.code, 3) << command.back();
    EXPECT_THAT(answer.err, HasSubstr("127.0.0.1:1")) << command.back();
  }
}

TEST_F(BrokerAwayTest, AHubThatWaitsAtItsStartSaysSoInItsFigures) {
  scratch_.write("store_away.yaml",
                 "data: ./data\nstore: { postgresql: { connection: 'host=127.0.0.1 port=1 dbname=kinhub "
                 "user=kinhub' } }\n");
  const auto file = scratch_.path() / "data" / "metrics.prom";
  std::filesystem::remove(file);
  std::string said;
  std::jthread looking([&](const std::stop_token& stop) {
    sigset_t term;  // which is for the command, as every thread of the program leaves it to it
    sigemptyset(&term), sigaddset(&term, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &term, nullptr);
    while (!stop.stop_requested() && said.find("kinhub_waiting{for=\"store\"} 1\n") == std::string::npos) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      std::ifstream in(file);
      said.assign(std::istreambuf_iterator<char>(in), {});
    }
    ::kill(::getpid(), SIGTERM);
  });
  auto ran = run({"run"}, "store_away.yaml");
  looking.request_stop();
  looking.join();
  EXPECT_EQ(ran.code, 0) << ran.err;
  EXPECT_THAT(ran.err, HasSubstr("127.0.0.1"));
  EXPECT_THAT(said, HasSubstr("kinhub_waiting{for=\"store\"} 1\n"));
  EXPECT_THAT(said, HasSubstr("kinhub_waiting{for=\"log\"} 0\n"));
}

TEST_F(BrokerAwayTest, AKeyFileThatIsGoneIsFoundByCheck) {
  std::filesystem::remove(scratch_.path() / "data" / "kinhub.key");
  parts_.check_ground = check_ground;
  auto checked = run({"check"});
  EXPECT_EQ(checked.code, 1);
  EXPECT_THAT(checked.err, HasSubstr("KEY_MISSING"));
  EXPECT_FALSE(std::filesystem::exists(scratch_.path() / "data" / "kinhub.key"));
}

}  // namespace
}  // namespace kinhub::cli
