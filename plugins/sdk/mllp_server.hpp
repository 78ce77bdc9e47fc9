#pragma once
// A single-threaded MLLP server: an event loop over many connections, run inside the host's call; bounded in
// connections, bytes and idle time. What a frame means and what is answered is decided by the caller.

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plugins/sdk/hl7.hpp"

namespace kinhub::sdk {

struct MllpSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 2575;         ///< 0: any free one
  std::size_t connections_max = 64;  ///< beyond, the oldest idle one is closed to make room
  std::size_t message_bytes_max = std::size_t{4} << 20;
  std::chrono::milliseconds idle_timeout{600'000};  ///< a connection that says nothing is closed
  std::chrono::milliseconds frame_timeout{30'000};  ///< a frame that was begun must end
  /// After the last answer: how long what still comes is read and dropped.
  std::chrono::milliseconds linger{2'000};
  /// A connection with nothing half-said or unsent that is silent for so long may be closed to make room.
  std::chrono::milliseconds displaced_after{1'000};
  /// Bytes without a start byte are taken for all there is when nothing follows for so long.
  std::chrono::milliseconds no_start_quiet{1'000};
};

/// One frame and where it came from.
struct MllpArrival {
  MllpFrame frame;
  std::string peer;  ///< 10.1.2.3:40112
  /// The frame is unfinished because its time was up, not because the other side closed.
  bool timed_out = false;
};

struct MllpReply {
  std::string message;  ///< without framing; empty: no answer
  bool close = false;   ///< close the connection once the answer is sent
};

/// What an operator should know of connections.
struct MllpNote {
  enum class Kind { displaced, waiting } kind;
  std::string peer;  ///< of the connection that was closed to make room
};

/// Not thread-safe; owns no thread.
class MllpServer {
 public:
  /// Listens. Throws std::system_error (address in use, no such host).
  explicit MllpServer(MllpSettings settings);
  ~MllpServer();
  MllpServer(const MllpServer&) = delete;
  MllpServer& operator=(const MllpServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::size_t connections() const { return connections_.size(); }

  /// All frames that are complete now come in one call,
  /// and are answered together: one reply for each, in order.
  using Handle = std::function<std::vector<MllpReply>(const std::vector<MllpArrival>&)>;
  /// Waits at most `timeout` for something to happen and serves it once. True: frames were handled.
  bool serve(std::chrono::milliseconds timeout, const Handle& handle);
  /// Since the last call: connections closed to make room for new ones, and (once a minute) that one waits
  /// because none of those open is idle.
  std::vector<MllpNote> notes() { return std::exchange(notes_, {}); }

 private:
  struct Connection;
  struct Pending;
  void accept_all();
  void answer(std::vector<Pending>& pending, const Handle& handle);
  Connection* oldest_idle(std::chrono::steady_clock::time_point now);
  void note_waiting(std::chrono::steady_clock::time_point now);
  void read_from(Connection& connection, std::vector<Pending>& pending);
  void expire(std::vector<Pending>& pending);
  void write_to(Connection& connection);
  static void drain(Connection& connection);

  MllpSettings settings_;
  int listener_ = -1;
  std::uint16_t port_ = 0;
  std::uint64_t next_number_ = 1;
  std::map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::vector<MllpNote> notes_;
  std::chrono::steady_clock::time_point looked_at_{}, told_at_{};  ///< of connections that wait
};

}  // namespace kinhub::sdk
