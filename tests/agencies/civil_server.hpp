#pragma once
// The civil-affairs desk behind a loopback HTTP port.

#include <cstdint>
#include <memory>

#include "tests/agencies/civil_desk.hpp"

namespace kinhub::agencies {

/// Serves from its own thread from construction to destruction. Safe from any thread.
class CivilServer {
 public:
  /// Listens on 127.0.0.1; port 0 takes a free one. Throws std::runtime_error when the port is taken.
  CivilServer(CivilDesk& desk, std::uint16_t port);
  ~CivilServer();
  std::uint16_t port() const;

 private:
  struct Running;
  std::unique_ptr<Running> running_;
};

}  // namespace kinhub::agencies
