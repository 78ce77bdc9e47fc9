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

using namespace std::string_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const LoadedPlugin& hospital() {
  static const LoadedPlugin loaded(connector_path("hospital_his"));
  return loaded;
}

TEST(HospitalHis, GivesEveryCapturedMessageWithItsCharsetAsDeclared) {
  const std::vector<std::array<std::string, 3>> cases{
      {"hospital_birth_A01.hl7", "UNICODE UTF-8", "YY320812A|B0026111501"},
      {"hospital_death_A03.hl7", "UNICODE UTF-8", "YY320812A|Z0077120"},
      {"hospital_death_cancel_A13.hl7", "UNICODE UTF-8", "YY320812A|Z0077120"},
      {"hospital_merge_A40.hl7", "UNICODE UTF-8", "YY320812A|Z0077120"},
      {"hospital_death_legacy_GB.hl7", "GB18030", "HIS|0077120"},
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

TEST(HospitalHis, BlanksBeforeTheNamesOfColumnsLetCausesOfDeathThrough) {
  const auto plain = sample("deathcert_daily.csv");
  const auto head_end = plain.find('\n');
  for (const std::string between : {", ", ",\t", " ,", ",\xA1\xA1", ",\x81\x36\xA4\x37", ", \""}) {
    auto head = replaced(plain.substr(0, head_end - 1), ",", between.back() == '"' ? "\", \"" : between);
    if (between.back() == '"') head = "\"" + head + "\"";
    FakeHost host;
    Running running(hospital(), host, R"({"mllp": false})");
    const auto bytes = head + plain.substr(head_end - 1);
    ASSERT_EQ(running.read_capture("b.csv", bytes), KINHUB_OK);
    ASSERT_EQ(host.given.size(), 1U) << between;
    EXPECT_EQ(host.given[0].key, "12320812000000000T|322228200005210171") << between;
    EXPECT_EQ(host.given[0].body.find("S06"), std::string::npos) << between;
    EXPECT_EQ(host.given[0].body.find("V43"), std::string::npos) << between;
  }
}

TEST(HospitalHis, WhatIsATableIsNeverCalledAMessage) {
  const auto plain = sample("deathcert_daily.csv");
  for (const auto& [bytes, code] :
       std::vector<std::pair<std::string, std::string>>{{replaced(plain, ",", ";"), "CSV_SEPARATOR"},
                                                        {replaced(plain, ",", "\t"), "CSV_SEPARATOR"},
                                                        {"\xFF\xFE" + plain, "CSV_ENCODING"},
                                                        {"sep=,\r\n" + plain, ""},
                                                        {replaced(plain, "\r\n", ",\r\n"), ""}}) {
    FakeHost host;
    Running running(hospital(), host, R"({"mllp": false})");
    ASSERT_EQ(running.read_capture("b", bytes), KINHUB_OK);
    ASSERT_EQ(host.given.size(), 1U);
    EXPECT_EQ(host.given[0].code, code);
    EXPECT_EQ(host.given[0].content_type, "text/csv");
  }
}

TEST(HospitalHis, AFirstLineAloneThatIsNoHeaderOfCertificatesIsRejected) {
  const auto plain = sample("deathcert_daily.csv");
  const auto head = plain.substr(0, plain.find('\n') + 1);
  // Of a row alone: as the inbox and `ingest` read it, so without the dots of its ICD codes.
  const auto row = replaced(replaced(plain.substr(head.size()), "S06.9", ""), "V43.5", "");
  for (const auto& [bytes, code, kept] : std::vector<std::array<std::string, 3>>{
           {row, "CSV_NO_HEADER", row},
           {row.substr(0, row.size() - 2), "CSV_NO_HEADER", row.substr(0, row.size() - 2)},
           {"sep=,\r\n" + row, "CSV_NO_HEADER", "sep=,\r\n" + row},
           {replaced(head, "ZJHM", "ZJH"), "CSV_NO_HEADER", replaced(head, "ZJHM", "ZJH")},
       }) {
    const TemporaryFolder inbox;
    inbox.put("SWZM_320812_20261118.csv", bytes);
    FakeHost host;
    Running running(hospital(), host, R"({"mllp": false, "inbox": ")" + inbox.path().string() + "\"}");
    ASSERT_EQ(running.read_capture("b.csv", bytes), KINHUB_OK);
    ASSERT_EQ(running.poll(), KINHUB_OK) << host.explanation;
    ASSERT_EQ(host.given.size(), 2U) << bytes;
    for (const auto& given : host.given) {
      EXPECT_TRUE(given.rejected);
      EXPECT_EQ(given.code, code);
      EXPECT_EQ(given.body, kept);
      EXPECT_EQ(given.content_type, "text/csv");
    }
    EXPECT_THAT(host.complete_until, IsEmpty()) << "the day is not delivered";
  }
}

TEST(HospitalHis, AHeaderOfCertificatesWithoutRowsIsAnEmptyDelivery) {
  const auto plain = sample("deathcert_daily.csv");
  const auto head = plain.substr(0, plain.find('\n') + 1);
  for (const auto& bytes : {head, "sep=,\r\n" + head, "\xEF\xBB\xBF" + head, replaced(head, ",", " , ")}) {
    FakeHost host;
    Running running(hospital(), host, R"({"mllp": false})");
    ASSERT_EQ(running.read_capture("b.csv", bytes), KINHUB_OK);
    EXPECT_THAT(host.given, IsEmpty()) << bytes;
  }
  FakeHost host;
  Running running(hospital(), host, R"({"mllp": false})");
  ASSERT_EQ(running.read_capture("b.csv", replaced(plain, "ZJHM", "ZJH")), KINHUB_OK);
  ASSERT_EQ(host.given.size(), 1U);
  EXPECT_FALSE(host.given[0].rejected) << "rows are the mapping's to judge";
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
  EXPECT_THAT(one.answer(), HasSubstr("\rMSA|CA|HIS20261115000123\r"));
  const auto answer = one.answer();
  EXPECT_THAT(answer, StartsWith("MSH|^~\\&|WJW-HUB|320812WJW|HIS|YY320812A|"));
  EXPECT_THAT(answer, HasSubstr("||ACK^A03^ACK|HUB"));
  EXPECT_THAT(answer, HasSubstr("|P|2.5.1||||||UNICODE UTF-8\rMSA|CA|HIS20261118000045\r"));
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
  EXPECT_THAT(sender.answer(), HasSubstr("\rMSA|CE|HIS20261118000045\rERR|||207^"));
  hub.finish();
  EXPECT_EQ(hub.host.given.size(), 1U);
}

TEST(HospitalHis, KeepsItsPortWhileTheHostDeclinesAndPassesOnAStatusThatIsFinal) {
  for (const auto refusal : {KINHUB_RETRY, KINHUB_FATAL}) {
    Listening hub;
    hub.host.refuse_after = 0;
    hub.host.refusal = refusal;
    hub.start();
    Sender sender(hub.port);
    sender.send(sdk::mllp_frame(sample("hospital_death_A03.hl7")));
    EXPECT_THAT(sender.answer(), HasSubstr("\rMSA|CE|HIS20261118000045\r"));
    if (refusal == KINHUB_RETRY) {
      Sender other(hub.port);  // another hospital gets its answer, too
      other.send(sdk::mllp_frame(sample("hospital_death_A03.hl7")));
      EXPECT_THAT(other.answer(), HasSubstr("\rMSA|CE|HIS20261118000045\r"));
    }
    hub.finish();
    EXPECT_EQ(hub.status, refusal == KINHUB_RETRY ? KINHUB_OK : KINHUB_FATAL);
  }
}

TEST(HospitalHis, TellsUnusableFramesApart) {
  const auto message = sample("hospital_merge_A40.hl7");
  const auto frame = sdk::mllp_frame(message);
  struct Case {
    std::string sent, code, acknowledgement;
    bool finish;
  };
  const std::vector<Case> cases{
      {message, "MLLP_NO_START", "MSA|CR|HIS20261119000007", false},
      {frame.substr(0, 60), "MLLP_NO_END", "MSA|AR\r", true},
      {frame.substr(0, 60), "MLLP_TIMEOUT", "MSA|AR\r", false},
      {sdk::mllp_frame("PID|1||4711\r"), "HL7_NO_MSH", "MSA|AR\r", false},
      {sdk::mllp_frame(replaced(message, "|HIS20261119000007|", "||")), "HL7_NO_CONTROL_ID", "MSA|CE\r",
       false},
      {sdk::mllp_frame(replaced(message, "ADT^A40^ADT_A39", "")), "HL7_NO_TYPE", "MSA|CE|HIS20261119000007",
       false},
      {sdk::mllp_frame(message + message), "HL7_SEVERAL_MESSAGES", "MSA|CR|HIS20261119000007", false},
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
              acknowledgement.starts_with("MSA|AR") || acknowledgement.starts_with("MSA|CR"));
  }
}

/// A death in a message of the original mode (no MSH-15), with what differs.
std::string adt(const std::string& control_id, const std::string& processing = "P",
                const std::string& more = "", const std::string& asks = "") {
  return "MSH|^~\\&|HIS|YY320812A|HUB|WJW|20261118064512||ADT^A03|" + control_id + "|" + processing +
         "|2.5.1" + asks + "\rPID|1||R1^^^YY^PI||甲试|||||||||||||||||||||||||20261118|Y\rPV1|1|I\r" + more;
}

/// The text between the frames of all answers until the hub is silent or closes.
std::vector<std::string> answers_to(Listening& hub, const std::string& sent) {
  Sender sender(hub.port);
  sender.send(sent);
  sender.finish_sending();
  std::vector<std::string> all;
  for (auto answer = sender.answer(); answer != "closed"; answer = sender.answer())
    all.push_back(answer);
  return all;
}

TEST(HospitalHis, TakesAFrameAsItTakesACapturedFile) {
  const std::vector<std::string> beginnings{"\xEF\xBB\xBF", "\r\n", "\n\n", "FHS|^~\\&|HIS\rBHS|^~\\&|HIS\r"};
  for (const auto& beginning : beginnings) {
    Listening live;
    live.start();
    EXPECT_THAT(answers_to(live, sdk::mllp_frame(beginning + adt("M9"))),
                ElementsAre(HasSubstr("\rMSA|AA|M9\r")));
    live.finish();
    FakeHost captured;
    Running running(hospital(), captured, R"({"mllp": false})");
    running.read_capture("a.hl7", beginning + adt("M9"));
    ASSERT_EQ(live.host.given.size(), 1U);
    ASSERT_EQ(captured.given.size(), 1U);
    EXPECT_EQ(live.host.given[0].body, captured.given[0].body);
    EXPECT_EQ(live.host.given[0].key, captured.given[0].key);
  }
}

TEST(HospitalHis, AnswersAMessageOfOneSegmentWithItsControlId) {
  Listening hub;
  hub.start();
  const auto head = adt("R19").substr(0, adt("R19").find('\r'));
  EXPECT_THAT(answers_to(hub, sdk::mllp_frame(head)), ElementsAre(HasSubstr("\rMSA|AA|R19\r")));
}

TEST(HospitalHis, AnswersNothingThatWasNotAsked) {
  Listening hub;
  hub.start();
  EXPECT_THAT(
      answers_to(hub, "\x0B\x1C\r\x0B\x1C\r\0\0\r\n\xEF\xBB\xBF"s + sdk::mllp_frame(adt("M10")) + "\0"s),
      ElementsAre(HasSubstr("\rMSA|AA|M10\r")));
  hub.finish();
  EXPECT_EQ(hub.host.given.size(), 1U);
}

TEST(HospitalHis, AFramingByteInsideAFieldIsOneMessage) {
  Listening hub;
  hub.start();
  const auto message = adt("M16", "P",
                           "NTE|1||road \x1C"
                           "9 \x0B lane\r");
  EXPECT_THAT(answers_to(hub, sdk::mllp_frame(message)), ElementsAre(HasSubstr("\rMSA|AA|M16\r")));
  hub.finish();
  ASSERT_EQ(hub.host.given.size(), 1U);
  EXPECT_EQ(hub.host.given[0].body, message);
}

TEST(HospitalHis, AFloodIsOneAnswerOneEventAndTheEnd) {
  std::string small;
  for (int i = 0; i < 5000; ++i)
    small +=
        "\x0B"
        "x\x1C\r";
  for (const auto& flood : {std::string(1 << 16, '\x0B'), small}) {
    Listening hub;
    hub.start();
    EXPECT_EQ(answers_to(hub, flood).size(), 1U);
    hub.finish();
    ASSERT_EQ(hub.host.given.size(), 1U);
    EXPECT_LT(hub.host.given[0].body.size(), 100U);
  }
}

TEST(HospitalHis, WhatIsRefusedAgainIsLoggedOnce) {
  Listening hub(R"(, "message_bytes_max": 2000000)");
  hub.start();
  const auto too_large = "\x0B" + adt("BIG", "P", "NTE|1||" + std::string(3'000'000, 'x'));
  const auto no_type = sdk::mllp_frame(replaced(adt("T1"), "ADT^A03", ""));
  for (int i = 0; i < 3; ++i) {
    EXPECT_THAT(answers_to(hub, too_large), ElementsAre(HasSubstr("\rMSA|AR|BIG\r")));
    EXPECT_THAT(answers_to(hub, no_type + no_type).size(), 2U);
  }
  hub.finish();
  ASSERT_EQ(hub.host.given.size(), 2U);
  EXPECT_EQ(hub.host.given[0].body.size() + hub.host.given[1].body.size(), 4096U + no_type.size() - 3);
  EXPECT_EQ(hub.host.metrics["mllp_refused"], 9);
}

TEST(HospitalHis, SetsMessagesForTrainingAsideUnlessItIsATestSystem) {
  for (const auto* const id : {"T", "D", "t", "X", "T^T"}) {
    Listening hub;
    hub.start();
    EXPECT_THAT(answers_to(hub, sdk::mllp_frame(adt("R9", id))),
                ElementsAre(HasSubstr("MSA|AR|R9\rERR|||202^")))
        << id;
    hub.finish();
    ASSERT_EQ(hub.host.given.size(), 1U);
    EXPECT_EQ(hub.host.given[0].code, "HL7_PROCESSING_ID");
    EXPECT_EQ(hub.host.given[0].key, "") << "nothing waits behind it";
    FakeHost captured;
    Running running(hospital(), captured, R"({"mllp": false})");
    running.read_capture("a.hl7", adt("R9", id) + adt("R10"));
    ASSERT_EQ(captured.given.size(), 2U);
    EXPECT_EQ(captured.given[0].code, "HL7_PROCESSING_ID");
    EXPECT_FALSE(captured.given[1].rejected);
  }
  for (const auto* const id : {"T", "D", "P", ""}) {
    Listening hub(R"(, "test_messages": true)");
    hub.start();
    EXPECT_THAT(answers_to(hub, sdk::mllp_frame(adt("R9", id))), ElementsAre(HasSubstr("\rMSA|AA|R9\r")))
        << id;
  }
}

TEST(HospitalHis, SystemTroubleIsNoFaultOfTheMessage) {
  Listening hub;
  hub.host.commit_status = KINHUB_RETRY;
  hub.start();
  EXPECT_THAT(answers_to(hub, sdk::mllp_frame(adt("R1"))), ElementsAre(HasSubstr("\rMSA|AR|R1\rERR|||207^")));
  EXPECT_THAT(answers_to(hub, sdk::mllp_frame(adt("R2", "P", "", "|||NE|NE"))), IsEmpty())
      << "no answer is asked for: the closed connection says it";
}

TEST(HospitalHis, AnswersOnlyWhatIsAskedFor) {
  Listening hub;
  hub.start();
  EXPECT_THAT(answers_to(hub, sdk::mllp_frame(adt("R1", "P", "", "|||NE|NE")) +
                                  sdk::mllp_frame(adt("R2", "P", "", "|||AL|NE")) +
                                  sdk::mllp_frame(adt("R3", "P", "", "|||NE|AL")) +
                                  sdk::mllp_frame(adt("R4", "P", "", "|||ER|NE"))),
              ElementsAre(HasSubstr("\rMSA|CA|R2\r"), HasSubstr("\rMSA|AA|R3\r")));
  hub.finish();
  EXPECT_EQ(hub.host.given.size(), 4U);
}

TEST(HospitalHis, EmptiesCausesInAllLinesOfASegmentAlsoOfWhatItRefuses) {
  Listening hub;
  hub.start();
  answers_to(hub, sdk::mllp_frame(adt("R17", "P", "DG1|1||S06.900^one\ntwo^ICD-10|||F\r")));
  answers_to(hub, sdk::mllp_frame(adt("R18", "T", "DG1|1||S06.900^one\ntwo^ICD-10|||F\r")));
  hub.finish();
  ASSERT_EQ(hub.host.given.size(), 2U);
  for (const auto& one : hub.host.given) {
    EXPECT_EQ(one.body.find("S06"), std::string::npos);
    EXPECT_EQ(one.body.find("two"), std::string::npos);
    EXPECT_THAT(one.body, HasSubstr("\rDG1|\r"));
  }
}

TEST(HospitalHis, TheOldestIdleConnectionMakesRoom) {
  Listening hub(R"(, "connections_max": 2)");
  hub.start();
  Sender first(hub.port), second(hub.port);
  for (auto* one : {&first, &second}) {
    one->send(sdk::mllp_frame(adt("A")));
    EXPECT_THAT(one->answer(), HasSubstr("MSA|AA|A"));
  }
  Sender third(hub.port);
  third.send(sdk::mllp_frame(adt("B")));
  EXPECT_THAT(third.answer(), HasSubstr("MSA|AA|B"));
  EXPECT_EQ(first.answer(), "closed");
  second.send(sdk::mllp_frame(adt("C")));
  EXPECT_THAT(second.answer(), HasSubstr("MSA|AA|C"));
  hub.finish();
  EXPECT_EQ(hub.host.metrics["mllp_connections_displaced"], 1);
  EXPECT_THAT(hub.host.logs, Contains(HasSubstr("was closed for a new one")));
}

TEST(HospitalHis, RefusesAnUnknownCharsetWhenItIsConfigured) {
  for (const auto* const wrong : {R"({"charset": "GB18O30"})", R"({"csv_charset": "UTF-16"})"}) {
    FakeHost host;
    Running running(hospital(), host, wrong);
    EXPECT_EQ(running.created, KINHUB_FATAL);
    EXPECT_THAT(host.explanation, HasSubstr("must be a charset that is known"));
  }
  FakeHost host;
  Running running(hospital(), host, R"({"charset": "GB 18030-2000", "csv_charset": "utf-8"})");
  EXPECT_EQ(running.created, KINHUB_OK);
}

TEST(HospitalHis, AnUnusableFrameLeavesOtherHospitalsAlone) {
  Listening hub;
  hub.start();
  Sender bad(hub.port), good(hub.port);
  bad.send("GET / HTTP/1.1\r\n\r\n");
  good.send(sdk::mllp_frame(sample("hospital_merge_A40.hl7")));
  EXPECT_THAT(good.answer(), HasSubstr("MSA|CA|"));
  EXPECT_THAT(bad.answer(), HasSubstr("MSA|AR"));
  EXPECT_EQ(bad.answer(), "closed");
  good.send(sdk::mllp_frame(sample("hospital_birth_A01.hl7")));
  EXPECT_THAT(good.answer(), HasSubstr("MSA|CA|HIS20261115000123"));
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
      EXPECT_THAT(sender->answer(), HasSubstr("MSA|CA|"));
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
  EXPECT_THAT(sender.answer(), HasSubstr("MSA|CA|"));
  stop = true;
}

}  // namespace
}  // namespace kinhub::testing
