// The only file of the simulation with Beast: it compiles slowly.
#include "tests/agencies/civil_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <stdexcept>
#include <thread>

namespace kinhub::agencies {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

constexpr std::uint64_t request_body_max = 64 * 1024;
constexpr std::chrono::seconds idle_max(60);

/// One connection: reads a request, answers it, reads the next.
class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, CivilDesk& desk) : stream_(std::move(socket)), desk_(desk) {}

  void read() {
    parser_.emplace();
    parser_->body_limit(request_body_max);
    stream_.expires_after(idle_max);
    http::async_read(stream_, buffer_, *parser_,
                     [self = shared_from_this()](beast::error_code error, std::size_t) {
                       if (!error) self->reply();
                     });
  }

 private:
  void reply() {
    const auto& request = parser_->get();
    const std::string method(request.method_string()), target(request.target());
    const CivilAnswer answer = desk_.answer(method, target, request.body());
    response_ = {};
    response_.version(request.version());
    response_.result(static_cast<unsigned>(answer.http_status));
    response_.set(http::field::content_type, "application/json; charset=utf-8");
    response_.keep_alive(request.keep_alive());
    response_.body() = answer.body;
    response_.prepare_payload();
    http::async_write(stream_, response_, [self = shared_from_this()](beast::error_code error, std::size_t) {
      if (error) return;
      if (self->response_.keep_alive()) return self->read();
      beast::error_code ignored;
      self->stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  beast::tcp_stream stream_;
  CivilDesk& desk_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  http::response<http::string_body> response_;
};

}  // namespace

struct CivilServer::Running {
  Running(CivilDesk& with, std::uint16_t port)
      : desk(with), acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), port)) {
    accept();
    thread = std::jthread([this] { io.run(); });
  }
  ~Running() { io.stop(); }

  void accept() {
    acceptor.async_accept([this](beast::error_code error, tcp::socket socket) {
      if (!error) std::make_shared<Session>(std::move(socket), desk)->read();
      if (acceptor.is_open()) accept();
    });
  }

  CivilDesk& desk;
  asio::io_context io{1};
  tcp::acceptor acceptor;
  std::jthread thread;
};

CivilServer::CivilServer(CivilDesk& desk, std::uint16_t port) {
  try {
    running_ = std::make_unique<Running>(desk, port);
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error("cannot serve civil affairs on port " + std::to_string(port) + ": " +
                             error.what());
  }
}
CivilServer::~CivilServer() = default;
std::uint16_t CivilServer::port() const {
  return running_->acceptor.local_endpoint().port();
}

}  // namespace kinhub::agencies
