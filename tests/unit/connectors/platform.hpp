#pragma once
// A sharing platform small enough to read: HTTP on a loopback socket, answers by a function.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace kinhub::testing {

/// Serves one connection after the other on a thread of its own.
class Platform {
 public:
  struct Request {
    std::string method, target, body;
    /// The value of a query parameter, percent-decoded.
    std::string parameter(const std::string& name) const {
      const auto at = target.find(name + "=");
      if (at == std::string::npos) return {};
      const auto begin = at + name.size() + 1;
      std::string value;
      for (std::size_t i = begin; i < target.size() && target[i] != '&'; ++i) {
        if (target[i] == '%') {
          value += static_cast<char>(std::stoi(target.substr(i + 1, 2), nullptr, 16));
          i += 2;
        } else {
          value += target[i];
        }
      }
      return value;
    }
  };
  struct Answer {
    int status = 200;
    std::string body;
    bool break_off = false;  ///< half of the body, then the connection is closed
  };
  using Handler = std::function<Answer(const Request&)>;

  explicit Platform(Handler handler)
      : handler_(std::move(handler)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { serve(); });
  }
  ~Platform() {
    ended_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    if (const int socket = current_.load(); socket >= 0) ::shutdown(socket, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  Platform(const Platform&) = delete;
  Platform& operator=(const Platform&) = delete;

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/gx"; }
  std::vector<Request> requests() {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void serve() {
    while (!ended_) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      current_ = socket;
      while (!ended_ && answer_one(socket)) {
      }
      current_ = -1;
      ::close(socket);
    }
  }
  bool answer_one(int socket) {
    std::string text;
    std::size_t head_end = std::string::npos, length = 0;
    while (head_end == std::string::npos || text.size() < head_end + 4 + length) {
      char buffer[4096];
      const auto count = ::recv(socket, buffer, sizeof buffer, 0);
      if (count <= 0) return false;
      text.append(buffer, static_cast<std::size_t>(count));
      head_end = text.find("\r\n\r\n");
      if (const auto at = text.find("Content-Length: "); at < head_end)
        length = std::stoul(text.substr(at + 16));
    }
    Request request;
    request.method = text.substr(0, text.find(' '));
    const auto begin = request.method.size() + 1;
    request.target = text.substr(begin, text.find(' ', begin) - begin);
    request.body = text.substr(head_end + 4);
    {
      const std::lock_guard lock(mutex_);
      requests_.push_back(request);
    }
    const auto answer = handler_(request);
    auto reply =
        "HTTP/1.1 " + std::to_string(answer.status) +
        " X\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(answer.body.size()) +
        "\r\n\r\n" + answer.body;
    if (answer.break_off) reply.erase(reply.size() - answer.body.size() / 2);
    ::send(socket, reply.data(), reply.size(), MSG_NOSIGNAL);
    return !answer.break_off;
  }

  Handler handler_;
  int listener_;
  std::uint16_t port_ = 0;
  std::atomic<int> current_{-1};
  std::atomic<bool> ended_{false};
  std::mutex mutex_;
  std::vector<Request> requests_;
  std::jthread thread_;
};

}  // namespace kinhub::testing
