#pragma once
// A Kafka broker or a PostgreSQL server of the demo's own, started by docker/kafka-local and
// docker/postgres-local and stopped after it.

#include <filesystem>
#include <string>

#include "hub/config/places.hpp"

namespace kinhub::demo {

class LocalServer {
 public:
  /// `tool`: kafka-local or postgres-local; `folder` holds all it writes. Returns when it serves. Throws
  /// std::runtime_error with what the tool said.
  LocalServer(const Places& places, const std::string& tool, std::filesystem::path folder);
  /// Stops it.
  ~LocalServer();
  LocalServer(const LocalServer&) = delete;
  LocalServer& operator=(const LocalServer&) = delete;

  /// As the tool printed it: host:port, or a libpq connection with its password.
  const std::string& address() const { return address_; }

 private:
  std::filesystem::path tool_, folder_;
  std::string address_;
};

/// A libpq connection without its password, and the password ("" when it has none).
struct SplitConnection {
  std::string connection, password;
};
SplitConnection split_connection(const std::string& text);

}  // namespace kinhub::demo
