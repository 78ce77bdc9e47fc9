#pragma once
// The server on a real socket, with a desk that is none, and accounts that are real.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "hub/api/server.hpp"
#include "hub/api/token.hpp"
#include "tests/unit/base/scratch.hpp"
#include "tests/unit/desk/fake_desk.hpp"

namespace kinhub::api {

using Json = nlohmann::json;

inline constexpr std::int64_t noon_us = 1795233600LL * 1'000'000;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    token_ = mint_token(scratch_.path() / "api.token");
    start();
  }
  /// Serves; `console`: the folder of its files.
  void start(const std::filesystem::path& console = {}) {
    stop();
    ServerOptions options{"127.0.0.1",
                          0,
                          {scratch_.path() / "api.token",
                           scratch_.path() / "metrics.prom",
                           clock_,
                           {},
                           [](const std::string&) {},
                           console,
                           pace_},
                          [this] {
                            if (away_) throw Unavailable("the store is away");
                            return std::make_unique<GuardedDesk>(
                                std::make_unique<FakeDesk>(reached_, false, &accounts_), trail_, clock_);
                          },
                          1};
    server_ = std::make_unique<Server>(std::move(options));
    serving_ = std::jthread([this](std::stop_token stop) { server_->run(std::move(stop)); });
  }
  ~ServerTest() override { stop(); }
  void stop() {
    if (!serving_.joinable()) return;
    serving_.request_stop();
    serving_.join();
  }

  int connect() const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const timeval patience{8, 0};
    ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in there{};
    there.sin_family = AF_INET, there.sin_port = htons(server_->port());
    there.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket, reinterpret_cast<const sockaddr*>(&there), sizeof there), 0);
    return socket;
  }
  static std::string read_to_end(int socket) {
    std::string all;
    std::array<char, 4096> chunk{};
    for (;;) {
      const auto count = ::recv(socket, chunk.data(), chunk.size(), 0);
      if (count <= 0) break;
      all.append(chunk.data(), static_cast<std::size_t>(count));
    }
    return all;
  }
  /// Sends bytes, and reads until the server closes.
  std::string exchange(const std::string& bytes) const {
    const int socket = connect();
    EXPECT_EQ(::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    auto all = read_to_end(socket);
    ::close(socket);
    return all;
  }
  std::string host() const { return "Host: 127.0.0.1:" + std::to_string(server_->port()) + "\r\n"; }
  std::string request(const std::string& target, const std::string& fields = "",
                      const char* method = "GET") const {
    return std::string(method) + " " + target + " HTTP/1.1\r\n" + host() + "Authorization: Bearer " + token_ +
           "\r\nConnection: close\r\n" + fields + "\r\n";
  }
  std::string get(const std::string& target, const std::string& fields = "") const {
    return exchange(request(target, fields));
  }
  static Json body_of(const std::string& answer) {
    return Json::parse(answer.substr(answer.find("\r\n\r\n") + 4), nullptr, false);
  }
  static std::size_t answers_in(const std::string& bytes) {
    std::size_t count = 0;
    for (auto at = bytes.find("HTTP/1.1 "); at != std::string::npos; at = bytes.find("HTTP/1.1 ", at + 1))
      ++count;
    return count;
  }

  Scratch scratch_;
  /// Some time later, by both clocks.
  void go_to(std::int64_t now_us) {
    clock_.set(now_us);
    pace_.set(now_us);
  }

  FixedClock clock_{noon_us}, pace_{noon_us};
  FakeAccounts accounts_{clock_};
  std::shared_ptr<FakeTrail> trail_ = std::make_shared<FakeTrail>();
  int reached_ = 0;
  bool away_ = false;
  std::string token_;
  std::unique_ptr<Server> server_;
  std::jthread serving_;
};

}  // namespace kinhub::api
