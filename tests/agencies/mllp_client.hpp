#pragma once
// The hospital's side of MLLP: connects, sends, and takes a message as delivered only when AA names it.

#include <atomic>
#include <cstdint>
#include <stop_token>
#include <string>

namespace kinhub::agencies {

enum class AckKind : std::uint8_t { accepted, error, rejected, unreadable };

struct Ack {
  AckKind kind = AckKind::unreadable;
  std::string message_id;  ///< MSA-2
};

/// Reads MSA-1 and MSA-2 of an acknowledgement without its frame.
Ack read_ack(std::string_view message);

struct MllpCounts {
  std::atomic<std::size_t> sent{0}, accepted{0}, errors{0}, rejected{0}, mismatched{0}, no_connection{0},
      no_answer{0}, given_up{0};
};

/// Runs on one thread; counts may be read from any.
class MllpClient {
 public:
  struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;
    int answer_timeout_ms = 10000;
    int attempts_max = 60;  ///< of a message answered with AE; a hub that is away is waited for without end
  };
  explicit MllpClient(Options options) : options_(std::move(options)) {}
  ~MllpClient() { disconnect(); }
  MllpClient(const MllpClient&) = delete;
  MllpClient& operator=(const MllpClient&) = delete;

  /// True: AA for exactly this message. False: AR, AE too often, or stopped.
  bool deliver(const std::string& message, const std::string& message_id, std::stop_token stop);
  const MllpCounts& counts() const { return counts_; }

 private:
  bool connect();
  void disconnect();
  bool send_frame(const std::string& message);
  /// The next frame, without its bytes of framing; empty: none came in time.
  std::string receive_frame(std::stop_token stop);

  Options options_;
  int socket_ = -1;
  std::string received_;
  MllpCounts counts_;
};

}  // namespace kinhub::agencies
