#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <atomic>
#include <thread>

#include "plugins/sdk/agency_time.hpp"
#include "plugins/sdk/hl7.hpp"
#include "tests/unit/connectors/support.hpp"

namespace kinhub::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const LoadedPlugin& hospital() {
  static const LoadedPlugin loaded(connector_path("hospital_his"));
  return loaded;
}

TEST(HospitalHis, GivesEveryCapturedMessageWithItsCharsetAsDeclared) {
  const std::vector<std::array<std::string, 3>> cases{
      {"hospital_birth_A01.hl7", "UNICODE UTF-8", "HIS|YY320812A|HIS20261115000123"},
      {"hospital_death_A03.hl7", "UNICODE UTF-8", "HIS|YY320812A|HIS20261118000045"},
      {"hospital_death_cancel_A13.hl7", "UNICODE UTF-8", "HIS|YY320812A|HIS20261118000052"},
      {"hospital_merge_A40.hl7", "UNICODE UTF-8", "HIS|YY320812A|HIS20261119000007"},
      {"hospital_death_legacy_GB.hl7", "GB18030", "HIS||349"},
  };
  FakeHost host;
  Running running(hospital(), host, R"({"mllp": false})");
  ASSERT_EQ(running.created, KINHUB_OK) << host.explanation;
  for (const auto& [name, charset, key] : cases) {
    host.given.clear();
    ASSERT_EQ(running.read_capture(name, sample(name)), KINHUB_OK);
    ASSERT_EQ(host.given.size(), 1U) << name;
    EXPECT_FALSE(host.given[0].rejected) << host.given[0].code;
    EXPECT_EQ(host.given[0].charset, charset);
    EXPECT_EQ(host.given[0].key, key);
    EXPECT_EQ(host.given[0].content_type, "x-application/hl7-v2+er7");
    EXPECT_NE(host.given[0].occurred_at_us, KINHUB_TIME_UNKNOWN);
  }
}

TEST(HospitalHis, EmptiesDiagnosesAndCausesOfDeathAndNothingElse) {
  FakeHost host;
  Running running(hospital(), host, R"({"mllp": false})");
  const auto bytes = sample("hospital_death_A03.hl7");
  running.read_capture("a", bytes);
  const auto diagnosis = bytes.find("DG1|"), certificate = bytes.find("PDA|");
  ASSERT_LT(diagnosis, certificate);
  EXPECT_EQ(host.given.at(0).body, bytes.substr(0, diagnosis) + "DG1|\rPDA|\r");

  host.given.clear();
  const auto certificates = sample("deathcert_daily.csv");
  running.read_capture("b", certificates);
  const auto& body = host.given.at(0).body;
  EXPECT_EQ(body.find("S06"), std::string::npos);
  EXPECT_EQ(body.find("V43"), std::string::npos);
  EXPECT_THAT(body, HasSubstr("20261118061000,1,,,,,,,,,,,12320812000000000T,"));
  EXPECT_EQ(std::count(body.begin(), body.end(), ','),
            std::count(certificates.begin(), certificates.end(), ','));
}

TEST(HospitalHis, DecidesByContentWhatACapturedFileIs) {
  FakeHost host;
  Running running(hospital(), host, R"({"mllp": false, "charset": "GB2312"})");
  running.read_capture("certificates.txt", sample("deathcert_daily.csv"));
  EXPECT_EQ(host.given.at(0).content_type, "text/csv");
  EXPECT_EQ(host.given.at(0).charset, "GB18030");
  EXPECT_EQ(host.given.at(0).key, "12320812000000000T|322228200005210171");
  running.read_capture("messages.csv", sample("hospital_merge_A40.hl7"));
  EXPECT_EQ(host.given.at(1).content_type, "x-application/hl7-v2+er7");
  EXPECT_EQ(host.given.at(1).charset, "GB2312") << "the source's setting overrides MSH-18";
  const std::string garbage = "PID|1||4711\rPV1|1\r";
  running.read_capture("garbage", garbage);
  EXPECT_TRUE(host.given.at(2).rejected);
  EXPECT_EQ(host.given.at(2).code, "HL7_NO_MSH");
  EXPECT_EQ(host.given.at(2).body, garbage);
}

TEST(HospitalHis, ReadsDailyCertificatesFromItsInbox) {
  const TemporaryFolder inbox, snapshot;
  inbox.put("SWZM_320812_20261118.csv", sample("deathcert_daily.csv"));
  snapshot.put("SWZM_320812_20261117.csv", sample("deathcert_daily.csv"));
  FakeHost host;
  Running running(hospital(), host,
                  R"({"mllp": false, "inbox": ")" + inbox.path().string() + R"(", "snapshot": ")" +
                      snapshot.path().string() + "\"}");
  ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
  ASSERT_EQ(host.given.size(), 1U);
  EXPECT_THAT(host.complete_until, ::testing::ElementsAre(*sdk::local_time_us("20261118")));
  ASSERT_EQ(running.poll(host.position()), KINHUB_OK);
  EXPECT_EQ(host.given.size(), 1U);
  ASSERT_EQ(running.snapshot(), KINHUB_OK);
  EXPECT_EQ(host.given.size(), 2U);
}

/// A hospital's side of the connection.
class Sender {
 public:
  explicit Sender(std::uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{20, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
  }
  ~Sender() { ::close(socket_); }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  void send(const std::string& bytes) {
    for (std::size_t sent = 0; sent < bytes.size();) {
      const auto count = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return;  // the other side closed
      sent += static_cast<std::size_t>(count);
    }
  }
  void finish_sending() { ::shutdown(socket_, SHUT_WR); }
  /// The next answer without its framing; "closed" when the other side is gone.
  std::string answer() {
    for (;;) {
      if (auto frame = decoder_.next()) return frame->bytes;
      char buffer[4096];
      const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
      if (count <= 0) return "closed";
      decoder_.feed({buffer, static_cast<std::size_t>(count)});
    }
  }

 private:
  int socket_;
  sdk::MllpDecoder decoder_{1 << 20};
};

/// A connector that listens on a free port, polled on a thread of its own.
class Listening {
 public:
  explicit Listening(const std::string& more = {})
      : running_(hospital(), host, R"({"port": 0)" + more + "}") {
    EXPECT_EQ(running_.poll(), KINHUB_OK) << host.explanation;
    const auto& line = host.logs.at(0);
    port = static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
    host.stop = [this] { return stop_.load(); };
  }
  void start() {
    thread_ = std::jthread([this] { status = running_.poll({}, 60'000); });
  }
  void finish() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  ~Listening() { finish(); }

  FakeHost host;
  std::uint16_t port = 0;
  kinhub_status status = KINHUB_OK;

 private:
  std::atomic<bool> stop_{false};
  Running running_;
  std::jthread thread_;
};

TEST(HospitalHis, AcknowledgesWithTheControlIdOfThatVeryMessage) {
  Listening hub;
  hub.start();
  Sender one(hub.port), two(hub.port);
  // Two messages in one packet, one in pieces, two connections: every answer belongs to its message.
  const auto death = sdk::mllp_frame(sample("hospital_death_A03.hl7"));
  one.send(sdk::mllp_frame(sample("hospital_birth_A01.hl7")) + death);
  two.send(sdk::mllp_frame(sample("hospital_death_legacy_GB.hl7")).substr(0, 40));
  two.send(sdk::mllp_frame(sample("hospital_death_legacy_GB.hl7")).substr(40));
  EXPECT_THAT(one.answer(), HasSubstr("\rMSA|AA|HIS20261115000123\r"));
  const auto answer = one.answer();
  EXPECT_THAT(answer, StartsWith("MSH|^~\\&|WJW-HUB|320812WJW|HIS|YY320812A|"));
  EXPECT_THAT(answer, HasSubstr("||ACK^A03^ACK|HUB"));
  EXPECT_THAT(answer, HasSubstr("|P|2.5.1||||||UNICODE UTF-8\rMSA|AA|HIS20261118000045\r"));
  EXPECT_THAT(two.answer(), HasSubstr("|P|2.3||||||GB18030\rMSA|AA|349\r"));
  hub.finish();
  EXPECT_EQ(hub.status, KINHUB_OK);
  ASSERT_EQ(hub.host.given.size(), 3U);
  EXPECT_GE(hub.host.commits, 1U);
  EXPECT_THAT(hub.host.given[0].origin, StartsWith("mllp 127.0.0.1:"));
  EXPECT_EQ(hub.host.given[0].position, "");
}

TEST(HospitalHis, AnswersNegativelyWhenTheEventLogDidNotTakeIt) {
  Listening hub;
  hub.host.commit_status = KINHUB_RETRY;
  hub.start();
  Sender sender(hub.port);
  sender.send(sdk::mllp_frame(sample("hospital_death_A03.hl7")));
  EXPECT_THAT(sender.answer(), HasSubstr("\rMSA|AE|HIS20261118000045\rERR|||207^"));
  hub.finish();
  EXPECT_EQ(hub.host.given.size(), 1U);
}

TEST(HospitalHis, AnswersNegativelyAndPassesOnTheStatusWhenTheHostDeclines) {
  Listening hub;
  hub.host.refuse_after = 0;
  hub.start();
  Sender sender(hub.port);
  sender.send(sdk::mllp_frame(sample("hospital_death_A03.hl7")));
  EXPECT_THAT(sender.answer(), HasSubstr("\rMSA|AE|HIS20261118000045\r"));
  hub.finish();
  EXPECT_EQ(hub.status, KINHUB_RETRY);
}

TEST(HospitalHis, TellsUnusableFramesApart) {
  const auto message = sample("hospital_merge_A40.hl7");
  const auto frame = sdk::mllp_frame(message);
  struct Case {
    std::string sent, code, acknowledgement;
    bool finish;
  };
  const std::vector<Case> cases{
      {message, "MLLP_NO_START", "MSA|AR", false},
      {frame.substr(0, 60), "MLLP_NO_END", "MSA|AR\r", true},
      {frame.substr(0, 60), "MLLP_TIMEOUT", "MSA|AR\r", false},
      {sdk::mllp_frame("PID|1||4711\r"), "HL7_NO_MSH", "MSA|AR\r", false},
      {sdk::mllp_frame(replaced(message, "|HIS20261119000007|", "||")), "HL7_NO_CONTROL_ID", "MSA|AE\r",
       false},
      {sdk::mllp_frame(replaced(message, "ADT^A40^ADT_A39", "")), "HL7_NO_TYPE", "MSA|AE|HIS20261119000007",
       false},
      {sdk::mllp_frame(message + message), "HL7_SEVERAL_MESSAGES", "MSA|AR|HIS20261119000007", false},
      {"\x0B" + std::string(5000, 'x'), "MLLP_TOO_LARGE", "MSA|AR", false},
  };
  for (const auto& [sent, code, acknowledgement, finish] : cases) {
    Listening hub(R"(, "frame_seconds": 1, "message_bytes_max": 4096)");
    hub.start();
    Sender sender(hub.port);
    sender.send(sent);
    if (finish) sender.finish_sending();
    EXPECT_THAT(sender.answer(), HasSubstr("\r" + acknowledgement)) << code;
    hub.finish();
    ASSERT_EQ(hub.host.given.size(), 1U) << code;
    EXPECT_TRUE(hub.host.given[0].rejected);
    EXPECT_EQ(hub.host.given[0].code, code);
    EXPECT_THAT(sent, HasSubstr(hub.host.given[0].body)) << "kept whole, without framing";
    EXPECT_EQ(hub.host.given[0].detail.find("first bytes ") != std::string::npos,
              acknowledgement.starts_with("MSA|AR"));
  }
}

TEST(HospitalHis, AnUnusableFrameLeavesOtherHospitalsAlone) {
  Listening hub;
  hub.start();
  Sender bad(hub.port), good(hub.port);
  bad.send("GET / HTTP/1.1\r\n\r\n");
  good.send(sdk::mllp_frame(sample("hospital_merge_A40.hl7")));
  EXPECT_THAT(good.answer(), HasSubstr("MSA|AA|"));
  EXPECT_THAT(bad.answer(), HasSubstr("MSA|AR"));
  EXPECT_EQ(bad.answer(), "closed");
  good.send(sdk::mllp_frame(sample("hospital_birth_A01.hl7")));
  EXPECT_THAT(good.answer(), HasSubstr("MSA|AA|HIS20261115000123"));
}

TEST(HospitalHis, ClosesAConnectionThatSaysNothing) {
  Listening hub(R"(, "idle_seconds": 1)");
  hub.start();
  Sender sender(hub.port);
  EXPECT_EQ(sender.answer(), "closed");
}

TEST(HospitalHis, ServesMoreSendersThanItHasConnections) {
  Listening hub(R"(, "connections_max": 2)");
  hub.start();
  for (int round = 0; round < 3; ++round) {
    std::vector<std::unique_ptr<Sender>> senders;
    for (int i = 0; i < 2; ++i)
      senders.push_back(std::make_unique<Sender>(hub.port));
    for (auto& sender : senders)
      sender->send(sdk::mllp_frame(sample("hospital_merge_A40.hl7")));
    for (auto& sender : senders)
      EXPECT_THAT(sender->answer(), HasSubstr("MSA|AA|"));
  }
}

TEST(HospitalHis, ServesHospitalsWhileItsFolderIsGone) {
  Listening hub(R"(, "mllp": true)");
  FakeHost host;
  Running running(hospital(), host, R"({"port": 0, "inbox": "/nonexistent/inbox"})");
  EXPECT_EQ(running.poll(), KINHUB_RETRY);
  EXPECT_THAT(host.logs.at(0), HasSubstr("listening"));
  std::atomic<bool> stop{false};
  host.stop = [&] { return stop.load(); };
  const auto port = static_cast<std::uint16_t>(std::stoi(host.logs[0].substr(host.logs[0].rfind(':') + 1)));
  std::jthread thread([&] { running.poll({}, 60'000); });
  Sender sender(port);
  sender.send(sdk::mllp_frame(sample("hospital_merge_A40.hl7")));
  EXPECT_THAT(sender.answer(), HasSubstr("MSA|AA|"));
  stop = true;
}

}  // namespace
}  // namespace kinhub::testing
