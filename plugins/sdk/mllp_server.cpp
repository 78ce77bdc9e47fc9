#include "plugins/sdk/mllp_server.hpp"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <optional>
#include <system_error>

namespace kinhub::sdk {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t read_bytes = 64u << 10;
/// Answers a sender does not fetch: beyond this the connection is closed.
constexpr std::size_t unsent_bytes_max = std::size_t{1} << 20;

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

std::string numeric_address(const sockaddr_storage& address, socklen_t size) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  if (::getnameinfo(reinterpret_cast<const sockaddr*>(&address), size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "unknown";
  return std::string(host) + ":" + port;
}

}  // namespace

struct MllpServer::Connection {
  Connection(int descriptor, std::string peer_name, std::size_t message_bytes_max)
      : socket(descriptor), peer(std::move(peer_name)), decoder(message_bytes_max) {}
  ~Connection() { ::close(socket); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  int socket;
  std::string peer;
  MllpDecoder decoder;
  std::string unsent;
  bool ended = false;    // nothing more is read
  bool closing = false;  // gone once unsent is sent
  bool gone = false;     // the other side has closed or is out of reach
  std::optional<Clock::time_point>
      lingers_until;  // the last answer is sent; what still comes is not looked at
  Clock::time_point last_read = Clock::now();
  Clock::time_point frame_begun = Clock::now();  // of an unfinished frame
};

struct MllpServer::Pending {
  std::uint64_t connection;
  MllpArrival arrival;
};

MllpServer::MllpServer(MllpSettings settings) : settings_(std::move(settings)) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const auto port = std::to_string(settings_.port);
  if (const int error = ::getaddrinfo(settings_.host.c_str(), port.c_str(), &hints, &found); error != 0)
    throw std::system_error(std::make_error_code(std::errc::address_not_available),
                            "cannot listen on '" + settings_.host + "': " + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> addresses(found, &::freeaddrinfo);
  listener_ = ::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener_ < 0) fail("cannot make a socket");
  const int yes = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (::bind(listener_, found->ai_addr, found->ai_addrlen) != 0 || ::listen(listener_, 128) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&bound), &size) != 0) {
    const int error = errno;
    ::close(listener_);
    errno = error;
    fail("cannot listen on " + settings_.host + ":" + port);
  }
  const auto name = numeric_address(bound, size);
  port_ = static_cast<std::uint16_t>(std::stoul(name.substr(name.rfind(':') + 1)));
}

MllpServer::~MllpServer() {
  connections_.clear();
  ::close(listener_);
}

/// Least recently used eviction: of the connections that owe and are owed nothing the one silent for longest;
/// null: none.
MllpServer::Connection* MllpServer::oldest_idle(Clock::time_point now) {
  Connection* oldest = nullptr;
  for (const auto& [number, connection] : connections_) {
    const bool idle = !connection->ended && !connection->decoder.unfinished() && connection->unsent.empty() &&
                      now - connection->last_read >= settings_.displaced_after;
    if (idle && (oldest == nullptr || connection->last_read < oldest->last_read)) oldest = connection.get();
  }
  char byte = 0;
  if (oldest != nullptr && ::recv(oldest->socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) return nullptr;
  return oldest;
}

/// Rate limit: looks once a second whether somebody waits for a connection, and says so once a minute.
void MllpServer::note_waiting(Clock::time_point now) {
  if (now - looked_at_ < std::chrono::seconds{1}) return;
  looked_at_ = now;
  pollfd listener{listener_, POLLIN, 0};
  if (::poll(&listener, 1, 0) <= 0 || now - told_at_ < std::chrono::minutes{1}) return;
  told_at_ = now;
  notes_.push_back({MllpNote::Kind::waiting, {}});
}

void MllpServer::accept_all() {
  for (;;) {
    auto* const idle = connections_.size() < settings_.connections_max ? nullptr : oldest_idle(Clock::now());
    if (connections_.size() >= settings_.connections_max && idle == nullptr)
      return note_waiting(Clock::now());
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int socket =
        ::accept4(listener_, reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0 && errno == EINTR) continue;
    if (socket < 0) return;  // none waits, or the system has none to give: the next round tries again
    if (idle != nullptr) {
      notes_.push_back({MllpNote::Kind::displaced, idle->peer});
      std::erase_if(connections_, [&](const auto& entry) { return entry.second.get() == idle; });
    }
    connections_.emplace(next_number_++, std::make_unique<Connection>(socket, numeric_address(address, size),
                                                                      settings_.message_bytes_max));
  }
}

void MllpServer::read_from(Connection& connection, std::vector<Pending>& pending) {
  char buffer[read_bytes];
  const auto count = ::recv(connection.socket, buffer, sizeof buffer, 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
  const bool was_unfinished = connection.decoder.unfinished();
  if (count > 0) {
    connection.last_read = Clock::now();
    connection.decoder.feed({buffer, static_cast<std::size_t>(count)});
  } else {
    connection.ended = connection.closing = connection.gone = true;
  }
  bool completed = false;
  while (auto frame = count > 0 ? connection.decoder.next() : connection.decoder.finish()) {
    completed = true;
    pending.push_back({0, {std::move(*frame), connection.peer, false}});
  }
  if (completed || !was_unfinished) connection.frame_begun = Clock::now();
}

// Frames whose time is up come out as they are, and silent connections are closed.
void MllpServer::expire(std::vector<Pending>& pending) {
  const auto now = Clock::now();
  for (auto& [number, connection] : connections_) {
    if (connection->ended) {
      if (now - connection->last_read > settings_.frame_timeout)
        connection->unsent.clear(), connection->gone = true;
      continue;
    }
    const auto quiet_for = now - connection->last_read;
    const bool overdue = connection->decoder.inside()
                             ? now - connection->frame_begun > settings_.frame_timeout
                             : connection->decoder.unfinished() && quiet_for > settings_.no_start_quiet;
    if (overdue) {
      while (auto frame = connection->decoder.finish())
        pending.push_back({number, {std::move(*frame), connection->peer, true}});
    }
    if (overdue || quiet_for > settings_.idle_timeout) connection->ended = connection->closing = true;
  }
}

void MllpServer::write_to(Connection& connection) {
  while (!connection.unsent.empty()) {
    const auto count =
        ::send(connection.socket, connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
    if (count < 0) {
      connection.unsent.clear();
      connection.ended = connection.closing = connection.gone = true;
      return;
    }
    connection.unsent.erase(0, static_cast<std::size_t>(count));
  }
  if (connection.unsent.size() > unsent_bytes_max) {
    connection.unsent.clear();
    connection.ended = connection.closing = connection.gone = true;
  }
  if (connection.closing && connection.unsent.empty() && !connection.gone && !connection.lingers_until) {
    ::shutdown(connection.socket, SHUT_WR);
    connection.lingers_until = Clock::now() + settings_.linger;
  }
}

/// Lingering close: a socket closed with bytes unread resets the connection, and the sender, still busy with
/// a message that was refused, would never read the answer. So the bytes are read and dropped for a while.
void MllpServer::drain(Connection& connection) {
  char buffer[read_bytes];
  const auto count = ::recv(connection.socket, buffer, sizeof buffer, 0);
  const bool later = count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  if (count == 0 || (count < 0 && !later)) connection.gone = true;
}

void MllpServer::answer(std::vector<Pending>& pending, const Handle& handle) {
  std::vector<MllpArrival> arrivals;
  for (auto& one : pending)
    arrivals.push_back(std::move(one.arrival));
  const auto replies = handle(arrivals);
  assert(replies.size() == pending.size());
  for (std::size_t i = 0; i < replies.size(); ++i) {
    auto& connection = *connections_.at(pending[i].connection);
    if (!replies[i].message.empty()) connection.unsent += mllp_frame(replies[i].message);
    if (replies[i].close) connection.ended = connection.closing = true;
  }
}

bool MllpServer::serve(std::chrono::milliseconds timeout, const Handle& handle) {
  assert(handle);
  std::vector<pollfd> watched;
  std::vector<std::uint64_t> numbers;
  const bool room = connections_.size() < settings_.connections_max || oldest_idle(Clock::now()) != nullptr;
  watched.push_back({listener_, static_cast<short>(room ? POLLIN : 0), 0});
  for (const auto& [number, connection] : connections_) {
    const bool reads = !connection->ended || connection->lingers_until;
    const auto events = (reads ? POLLIN : 0) | (connection->unsent.empty() ? 0 : POLLOUT);
    watched.push_back({connection->socket, static_cast<short>(events), 0});
    numbers.push_back(number);
  }
  if (::poll(watched.data(), watched.size(), static_cast<int>(timeout.count())) < 0 && errno != EINTR)
    fail("waiting for hospitals failed");

  std::vector<Pending> pending;
  for (std::size_t i = 1; i < watched.size(); ++i) {
    auto& connection = *connections_.at(numbers[i - 1]);
    if ((watched[i].revents & (POLLIN | POLLHUP | POLLERR)) == 0) continue;
    if (connection.lingers_until) {
      drain(connection);
      continue;
    }
    if (connection.ended) {
      connection.unsent.clear();  // nobody is there to take it
      connection.gone = true;
      continue;
    }
    const auto before = pending.size();
    read_from(connection, pending);
    for (auto p = before; p < pending.size(); ++p)
      pending[p].connection = numbers[i - 1];
  }
  expire(pending);
  accept_all();

  if (!pending.empty()) answer(pending, handle);
  for (auto& [number, connection] : connections_)
    write_to(*connection);
  std::erase_if(connections_, [now = Clock::now()](const auto& entry) {
    const auto& connection = *entry.second;
    const bool lingered = connection.lingers_until && now > *connection.lingers_until;
    return connection.closing && connection.unsent.empty() && (connection.gone || lingered);
  });
  return !pending.empty();
}

}  // namespace kinhub::sdk
