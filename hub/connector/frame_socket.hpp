#pragma once
// The socket pair between the hub and a connector's child process:
// sending a frame, and what both sides agree on.

#include <chrono>
#include <string_view>

#include "hub/connector/frames.hpp"

namespace kinhub {

/// The file descriptor under which the child finds its end.
constexpr int host_socket = 3;
/// How often the child reports that its connector lives while a call is under way.
constexpr auto heartbeat = std::chrono::milliseconds(250);

/// Blocks until the frame is sent. False: the peer is gone, or has taken no bytes for ten seconds.
bool send_frame(int socket, FrameType type, std::string_view payload);

}  // namespace kinhub
