#include "tests/agencies/mllp_client.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <thread>

namespace kinhub::agencies {
namespace {

constexpr char start_byte = 0x0B, end_byte = 0x1C;
constexpr std::size_t frame_size_max = 1 << 20;
constexpr int poll_ms = 100;

void wait_ms(int total, std::stop_token stop) {
  for (int waited = 0; waited < total && !stop.stop_requested(); waited += 10)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

}  // namespace

Ack read_ack(std::string_view message) {
  std::size_t at = 0;
  while (at < message.size()) {
    const auto segment = message.substr(at, message.find('\r', at) - at);
    at += segment.size() + 1;
    if (!segment.starts_with("MSA|")) continue;
    const auto code = segment.substr(4, segment.find('|', 4) - 4);
    Ack ack;
    ack.kind = code == "AA" || code == "CA"   ? AckKind::accepted
               : code == "AE" || code == "CE" ? AckKind::error
               : code == "AR" || code == "CR" ? AckKind::rejected
                                              : AckKind::unreadable;
    // HL7 table 0357: trouble of the receiver, not of the message.
    if (ack.kind == AckKind::rejected && message.find("207") != std::string_view::npos &&
        message.find("Application internal error") != std::string_view::npos)
      ack.kind = AckKind::error;
    const auto id_at = 4 + code.size() + 1;
    if (id_at <= segment.size()) ack.message_id = segment.substr(id_at, segment.find('|', id_at) - id_at);
    return ack;
  }
  return {};
}

bool MllpClient::connect() {
  if (socket_ >= 0) return true;
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  if (getaddrinfo(options_.host.c_str(), std::to_string(options_.port).c_str(), &hints, &found) != 0)
    return false;
  for (addrinfo* address = found; address && socket_ < 0; address = address->ai_next) {
    const int fd = ::socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC, address->ai_protocol);
    if (fd < 0) continue;
    if (::connect(fd, address->ai_addr, address->ai_addrlen) == 0) {
      const int one = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      socket_ = fd;
    } else {
      ::close(fd);
    }
  }
  freeaddrinfo(found);
  received_.clear();
  return socket_ >= 0;
}

void MllpClient::disconnect() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  received_.clear();
}

bool MllpClient::send_frame(const std::string& message) {
  std::string frame;
  frame.reserve(message.size() + 3);
  frame += start_byte;
  frame += message;
  frame += end_byte;
  frame += '\r';
  for (std::size_t sent = 0; sent < frame.size();) {
    const auto count = ::send(socket_, frame.data() + sent, frame.size() - sent, MSG_NOSIGNAL);
    if (count <= 0) return false;
    sent += static_cast<std::size_t>(count);
  }
  return true;
}

std::string MllpClient::receive_frame(std::stop_token stop) {
  const auto deadline =
      std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.answer_timeout_ms);
  while (!stop.stop_requested() && std::chrono::steady_clock::now() < deadline &&
         received_.size() < frame_size_max) {
    const auto start = received_.find(start_byte);
    const auto end = start == std::string::npos ? start : received_.find(std::string{end_byte, '\r'}, start);
    if (end != std::string::npos) {
      std::string frame = received_.substr(start + 1, end - start - 1);
      received_.erase(0, end + 2);
      return frame;
    }
    pollfd waiting{socket_, POLLIN, 0};
    if (::poll(&waiting, 1, poll_ms) <= 0) continue;
    char bytes[4096];
    const auto count = ::recv(socket_, bytes, sizeof bytes, 0);
    if (count <= 0) return {};
    received_.append(bytes, static_cast<std::size_t>(count));
  }
  return {};
}

bool MllpClient::deliver(const std::string& message, const std::string& message_id, std::stop_token stop) {
  int refusals = 0;
  for (int failures = 0; !stop.stop_requested();) {
    if (!connect()) {
      ++counts_.no_connection;
      wait_ms(std::min(1000, 50 << std::min(5, failures++)), stop);
      continue;
    }
    ++counts_.sent;
    const bool sent = send_frame(message);
    const std::string answer = sent ? receive_frame(stop) : std::string();
    if (answer.empty()) {
      // Nobody knows whether the hub has it: send it again on a fresh connection.
      if (!stop.stop_requested()) ++counts_.no_answer;
      disconnect();
      wait_ms(std::min(1000, 50 << std::min(5, failures++)), stop);
      continue;
    }
    const Ack ack = read_ack(answer);
    if (ack.kind == AckKind::accepted && ack.message_id == message_id) {
      ++counts_.accepted;
      return true;
    }
    if (ack.kind == AckKind::rejected && ack.message_id == message_id) {
      ++counts_.rejected;
      return false;
    }
    if (ack.kind == AckKind::error && ack.message_id == message_id) {
      ++counts_.errors;
    } else {
      // An answer to something else: what is on this line can no longer be trusted.
      ++counts_.mismatched;
      disconnect();
    }
    if (++refusals >= options_.attempts_max) {
      ++counts_.given_up;
      return false;
    }
    wait_ms(std::min(1000, 20 << std::min(6, refusals)), stop);
  }
  return false;
}

}  // namespace kinhub::agencies
