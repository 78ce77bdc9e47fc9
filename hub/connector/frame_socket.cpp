#include "hub/connector/frame_socket.hpp"

#include <sys/socket.h>

#include <cassert>
#include <cerrno>

namespace kinhub {
namespace {

/// False: the other side is gone, or does not take bytes for ten seconds.
bool send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

}  // namespace

bool send_frame(int socket, FrameType type, std::string_view payload) {
  assert(socket >= 0);
  std::string bytes;
  bytes.reserve(payload.size() + 8);
  put_frame(bytes, type, payload);
  return send_all(socket, bytes);
}

}  // namespace kinhub
