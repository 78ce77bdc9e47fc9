#pragma once
// The HTTP server: one socket thread with a coroutine for each connection, and a few desk threads behind a
// bounded queue, which do what waits.

#include <cstdint>
#include <memory>
#include <stop_token>
#include <string>

#include "hub/api/service.hpp"

namespace kinhub::api {

struct ServerOptions {
  std::string address = "127.0.0.1";  ///< a loopback one: there is no TLS yet
  std::uint16_t port = 0;             ///< 0: any that is free
  ServiceOptions service;
  OpenDesk open_desk;  ///< called from desk threads, by each for itself
  int desk_threads = 4;
  int connections_max = 2000;
};

class Server {
 public:
  /// Listens from now on. Throws std::runtime_error when it cannot.
  explicit Server(ServerOptions options);
  ~Server();
  std::uint16_t port() const;
  /// Serves until stopped; called once. What is being answered then is cut.
  void run(std::stop_token stop);

 private:
  class Sockets;
  std::unique_ptr<Sockets> sockets_;
};

}  // namespace kinhub::api
