#include "tests/agencies/mllp_client.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>
#include <vector>

namespace kinhub::agencies {
namespace {

TEST(ReadAck, TakesCodeAndIdFromMsa) {
  struct Case {
    const char* bytes;
    AckKind kind;
    const char* id;
  };
  const Case cases[] = {
      {"MSH|^~\\&|A\rMSA|AA|HIS1\r", AckKind::accepted, "HIS1"},
      {"MSH|^~\\&|A\rMSA|AE|HIS2|text\rERR|x\r", AckKind::error, "HIS2"},
      {"MSH|^~\\&|A\rMSA|AR|349", AckKind::rejected, "349"},
      {"MSH|^~\\&|A\rMSA|CA|HIS1\r", AckKind::accepted, "HIS1"},
      {"MSA|AR|1\rERR|||207^Application internal error^HL70357\r", AckKind::error, "1"},
      {"MSA|AR|1|x\rERR|^^^207&Application internal error&HL70357\r", AckKind::error, "1"},
      {"MSA|AR|207\rERR|||202^Unsupported processing id^HL70357\r", AckKind::rejected, "207"},
      {"MSH|^~\\&|A\r", AckKind::unreadable, ""},
      {"MSA|ZZ|1\r", AckKind::unreadable, "1"},
      {"MSA|AA\r", AckKind::accepted, ""},
      {"", AckKind::unreadable, ""},
  };
  for (const Case& c : cases) {
    const Ack ack = read_ack(c.bytes);
    EXPECT_EQ(ack.kind, c.kind) << c.bytes;
    EXPECT_EQ(ack.message_id, c.id) << c.bytes;
  }
}

/// A listener that gives the answers of a script, one per message; "" closes the connection instead.
class Hub {
 public:
  explicit Hub(std::vector<std::string> script) : script_(std::move(script)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_, 4), 0);
    socklen_t size = sizeof address;
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { run(); });
  }
  ~Hub() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  std::uint16_t port() const { return port_; }
  std::size_t received() const { return received_; }

 private:
  void run() {
    while (next_ < script_.size()) {
      const int connection = ::accept(listener_, nullptr, nullptr);
      if (connection < 0) return;
      std::string bytes;
      char chunk[1024];
      bool open = true;
      while (open && next_ < script_.size()) {
        const auto count = ::recv(connection, chunk, sizeof chunk, 0);
        if (count <= 0) break;
        bytes.append(chunk, static_cast<std::size_t>(count));
        while (open && bytes.find("\x1C\r") != std::string::npos) {
          bytes.erase(0, bytes.find("\x1C\r") + 2);
          ++received_;
          const std::string answer = script_[next_++];
          if (answer.empty())
            open = false;
          else
            ::send(connection, answer.data(), answer.size(), MSG_NOSIGNAL);
        }
      }
      ::close(connection);
    }
  }

  std::vector<std::string> script_;
  std::size_t next_ = 0;
  std::atomic<std::size_t> received_{0};
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

std::string ack(const std::string& code, const std::string& id) {
  return "\x0BMSH|^~\\&|HUB\rMSA|" + code + "|" + id + "\r\x1C\r";
}

MllpClient::Options to(const Hub& hub) {
  MllpClient::Options options;
  options.port = hub.port();
  options.answer_timeout_ms = 5000;
  return options;
}

TEST(MllpClient, OnlyAaForThisMessageIsDelivery) {
  Hub hub({ack("AE", "M1"), ack("AA", "OTHER"), "", ack("AA", "M1")});
  MllpClient client(to(hub));
  EXPECT_TRUE(client.deliver("MSH|^~\\&|HIS\r", "M1", {}));
  EXPECT_EQ(hub.received(), 4u);
  EXPECT_EQ(client.counts().errors, 1u);
  EXPECT_EQ(client.counts().mismatched, 1u);
  EXPECT_EQ(client.counts().no_answer, 1u);
  EXPECT_EQ(client.counts().accepted, 1u);
}

TEST(MllpClient, ArIsFinal) {
  Hub hub({ack("AR", "M1"), ack("AA", "M2")});
  MllpClient client(to(hub));
  EXPECT_FALSE(client.deliver("MSH|1\r", "M1", {}));
  EXPECT_TRUE(client.deliver("MSH|2\r", "M2", {}));
  EXPECT_EQ(client.counts().rejected, 1u);
}

TEST(MllpClient, GivesUpAfterManyAe) {
  Hub hub({ack("AE", "M1"), ack("AE", "M1"), ack("AE", "M1")});
  auto options = to(hub);
  options.attempts_max = 3;
  MllpClient client(options);
  EXPECT_FALSE(client.deliver("MSH|1\r", "M1", {}));
  EXPECT_EQ(client.counts().given_up, 1u);
}

TEST(MllpClient, WaitsForAHubThatIsAwayUntilStopped) {
  MllpClient::Options options;
  options.port = 1;  // nobody listens there
  MllpClient client(options);
  std::stop_source stop;
  std::jthread stopper([&] {
    while (client.counts().no_connection < 2)
      std::this_thread::yield();
    stop.request_stop();
  });
  EXPECT_FALSE(client.deliver("MSH|1\r", "M1", stop.get_token()));
  EXPECT_GE(client.counts().no_connection, 2u);
}

}  // namespace
}  // namespace kinhub::agencies
