// The only file with coroutines, because g++ 12 miscompiles some: inside co_await stands one plain call with
// names, and its result gets a name.
#include "hub/api/server.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <map>
#include <stdexcept>
#include <thread>
#include <vector>

#include "hub/api/framing.hpp"
#include "hub/api/seats.hpp"
#include "hub/base/bounded_queue.hpp"
#include "hub/base/trace_id.hpp"

namespace kinhub::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using ErrorCode = boost::system::error_code;
using steady_clock = std::chrono::steady_clock;

constexpr std::chrono::seconds keep_alive_time{30}, header_time{10}, body_time{30}, answer_time{5},
    act_time{15}, write_time{20}, linger_time{1};
constexpr int requests_max = 1000, linger_reads_max = 16;
constexpr std::size_t jobs_max = 256, password_jobs_max = 16;

/// What became of reading a head.
enum class HeadRead { whole, ended, cut, too_large, malformed };

/// An answer that a desk thread is asked for; the timer wakes the connection.
struct Pending {
  Pending(asio::io_context& io, std::chrono::seconds patience) : done(io, patience) {}
  asio::steady_timer done;
  Answer answer;
  bool ready = false;
};

struct Job {
  Request request;
  std::string id;
  std::shared_ptr<Pending> pending;
};

/// Hands an answer to its connection, on the socket thread.
struct Finish {
  std::shared_ptr<Pending> pending;
  Answer answer;
  void operator()() {
    pending->answer = std::move(answer), pending->ready = true;
    pending->done.cancel();
  }
};

/// A request as it was taken off the wire, or why it was not.
struct Taken {
  Request request;
  std::string_view fault;  ///< code of a problem; empty: none
  bool head_only = false, keeps_alive = false;
  std::size_t body_size = 0;
};

Taken take(const std::string& head, unsigned port, std::string from) {
  Taken taken;
  taken.request.from = std::move(from);
  taken.fault = framing_fault(head);
  if (!taken.fault.empty()) return taken;
  http::request_parser<http::empty_body> parser;
  parser.header_limit(static_cast<std::uint32_t>(header_bytes_max));
  parser.body_limit(boost::none);  // it is not read here
  ErrorCode failed;
  parser.put(asio::buffer(head), failed);
  if (failed || !parser.is_header_done()) {
    taken.fault = "FRAMING";
    return taken;
  }
  const auto& message = parser.get();
  const auto text = [](beast::string_view view) { return std::string(view.data(), view.size()); };
  if (!is_own_host(text(message[http::field::host]), port)) {
    taken.fault = "WRONG_HOST";
    return taken;
  }
  const auto target = text(message.target());
  const auto mark = target.find('?');
  auto& request = taken.request;
  request.method = text(message.method_string());
  request.path = target.substr(0, mark);
  if (mark != std::string::npos) request.query = target.substr(mark + 1);
  request.authorization = text(message[http::field::authorization]);
  request.accept_language = text(message[http::field::accept_language]);
  request.accept_encoding = text(message[http::field::accept_encoding]);
  request.host = text(message[http::field::host]);
  request.cookie = text(message[http::field::cookie]);
  request.origin = text(message[http::field::origin]);
  request.content_type = text(message[http::field::content_type]);
  request.if_match = text(message[http::field::if_match]);
  request.fetch_site = text(message["Sec-Fetch-Site"]);
  request.csrf = text(message["Kinhub-CSRF"]);
  request.idempotency_key = text(message["Idempotency-Key"]);
  request.opening = text(message["Kinhub-Opening"]);
  const auto length = text(message[http::field::content_length]);
  if (!length.empty()) taken.body_size = std::stoul(length);  // of 1 to 8 digits, as framing has seen
  if (taken.body_size > Service::body_bytes_max(request)) taken.fault = "TOO_LARGE";
  taken.head_only = message.method() == http::verb::head;
  taken.keeps_alive = message.version() == 11 && message.keep_alive();
  return taken;
}

http::response<http::string_body> response_of(const Answer& answer, const std::string& request_id,
                                              bool goes_on) {
  http::response<http::string_body> response(static_cast<http::status>(answer.status), 11);
  if (!answer.type.empty()) response.set(http::field::content_type, answer.type);
  for (const auto& [name, value] : security_headers())
    response.set(name, value);
  for (const auto& [name, value] : answer.headers)
    response.set(name, value);
  response.set("Kinhub-Request", request_id);
  response.keep_alive(goes_on);
  response.body() = answer.body;
  response.prepare_payload();
  return response;
}

}  // namespace

class Server::Sockets {
 public:
  explicit Sockets(ServerOptions options)
      : options_(std::move(options)),
        service_(options_.service),
        jobs_(jobs_max + 1),
        password_jobs_(password_jobs_max + 1),
        seats_(static_cast<std::size_t>(options_.connections_max)),
        acceptor_(io_) {
    ErrorCode failed;
    const auto address = asio::ip::make_address(options_.address, failed);
    if (failed || !address.is_loopback())
      throw std::runtime_error("api: " + options_.address +
                               " is no loopback address, and there is no TLS yet");
    const tcp::endpoint here(address, options_.port);
    acceptor_.open(here.protocol(), failed);
    if (!failed) acceptor_.set_option(tcp::acceptor::reuse_address(true), failed);
    if (!failed) acceptor_.bind(here, failed);
    if (!failed) acceptor_.listen(tcp::acceptor::max_listen_connections, failed);
    if (failed)
      throw std::runtime_error("api: cannot listen on " + options_.address + ":" +
                               std::to_string(options_.port) + ": " + failed.message());
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void run(std::stop_token stop) {
    std::vector<std::jthread> desks;
    for (int i = 0; i < options_.desk_threads; ++i)
      desks.emplace_back([this](std::stop_token own) { work(jobs_, waiting_, std::move(own)); });
    desks.emplace_back(
        [this](std::stop_token own) { work(password_jobs_, passwords_waiting_, std::move(own)); });
    const std::stop_callback stopping(stop, [this] { io_.stop(); });
    const Ended ended{this, 0};
    auto accepting = accept();
    asio::co_spawn(io_, std::move(accepting), ended);
    io_.run();
    jobs_.close();
    password_jobs_.close();
  }

 private:
  using Stream = std::shared_ptr<beast::tcp_stream>;

  /// A connection has come to its end, or the acceptor, which has no seat.
  struct Ended {
    Sockets* sockets;
    Seats::Id seat;
    void operator()(std::exception_ptr) const {
      sockets->seats_.leave(seat);
      sockets->streams_.erase(seat);
    }
  };

  /// Runs on a desk thread.
  void work(BoundedQueue<Job>& jobs, std::atomic<std::size_t>& waiting, std::stop_token stop) {
    std::unique_ptr<GuardedDesk> desk;
    while (auto job = jobs.pop(stop)) {
      --waiting;
      auto answer = service_.answer(job->request, job->id, desk, options_.open_desk);
      asio::post(io_, Finish{std::move(job->pending), std::move(answer)});
    }
  }

  /// Nothing: too many wait already.
  std::shared_ptr<Pending> hand_over(Request request, std::string id) {
    const bool password = Service::hashes_password(request);
    auto& waiting = password ? passwords_waiting_ : waiting_;
    if (waiting >= (password ? password_jobs_max : jobs_max)) return nullptr;
    ++waiting;
    auto pending = std::make_shared<Pending>(io_, request.reads() ? answer_time : act_time);
    (password ? password_jobs_ : jobs_).push({std::move(request), std::move(id), pending});
    return pending;
  }

  /// What became of what was handed over.
  Answer came_of(const std::shared_ptr<Pending>& pending, const std::string& id) const {
    if (!pending) return service_.refusal("BUSY", "ask again in a moment", id);
    if (!pending->ready) return service_.refusal("TOO_SLOW", "ask for less, or again in a moment", id);
    return pending->answer;
  }

  /// Closes a connection that waits for its next request: its coroutine ends by itself.
  void give_way(Seats::Id seat) {
    service_.counts().refused("gave_way");
    const auto found = streams_.find(seat);
    if (found != streams_.end()) found->second->close();
  }

  asio::awaitable<void> accept() {
    ErrorCode failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    asio::steady_timer pause(io_);
    while (acceptor_.is_open()) {
      auto socket = co_await acceptor_.async_accept(token);
      if (failed) {  // no more descriptors: others end
        pause.expires_after(std::chrono::milliseconds(100));
        co_await pause.async_wait(token);
        continue;
      }
      const auto peer = socket.remote_endpoint(failed);
      const std::string from = failed ? std::string() : peer.address().to_string();
      const auto entered = seats_.enter(from);
      if (!entered) {
        service_.counts().refused("connections");
        continue;
      }
      if (entered->gives_way) give_way(*entered->gives_way);
      const auto stream = std::make_shared<beast::tcp_stream>(std::move(socket));
      streams_[entered->id] = stream;
      auto connection = serve(stream, from, entered->id);
      const Ended ended{this, entered->id};
      asio::co_spawn(io_, std::move(connection), ended);
    }
  }

  asio::awaitable<void> serve(Stream held, std::string from, Seats::Id seat) {
    ErrorCode failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    auto& stream = *held;
    std::string buffer;
    bool goes_on = true;
    for (int served = 0; goes_on && served < requests_max; ++served) {
      const HeadRead read = co_await read_head(stream, buffer);
      if (read == HeadRead::ended || read == HeadRead::cut) break;
      const auto begun = steady_clock::now();
      const auto id = trace_text(new_trace_id());
      Taken taken;
      if (read == HeadRead::whole) {
        const auto size = *head_size(buffer);
        taken = take(buffer.substr(0, size), port(), from);
        buffer.erase(0, size);
      } else {
        taken.fault = read == HeadRead::too_large ? "HEADERS_TOO_LARGE" : "FRAMING";
      }
      std::optional<Answer> answer;
      if (taken.fault.empty() && taken.body_size > Service::stranger_body_max) {
        taken.request.body_waits = true;
        const auto asked = hand_over(taken.request, id);
        if (asked) co_await asked->done.async_wait(token);
        answer = came_of(asked, id);
        taken.request.body_waits = false;
        answer->closes = true;  // its body is never read
        if (answer->known) answer.reset();
      }
      if (!answer && taken.fault.empty() && taken.body_size > 0) {
        const bool body_came = co_await read_body(stream, buffer, taken.body_size);
        if (!body_came) break;
        taken.request.body = buffer.substr(0, taken.body_size);
        buffer.erase(0, taken.body_size);
      }
      seats_.begin(seat);
      if (!taken.fault.empty()) {
        service_.counts().refused(taken.fault);
        answer = service_.refusal(taken.fault, "the connection is closed", id);
        answer->closes = true;
      } else if (!answer) {
        answer = service_.at_once(taken.request, id);
      }
      if (!answer) {
        const auto pending = hand_over(taken.request, id);
        if (pending) co_await pending->done.async_wait(token);
        answer = came_of(pending, id);
      }
      seats_.end(seat, answer->known);
      const bool more_came = !buffer.empty() || stream.socket().available(failed) > 0;
      goes_on = !answer->closes && taken.keeps_alive && !more_came && served + 1 < requests_max;
      const bool written = co_await write(stream, *answer, id, taken.head_only, goes_on);
      const std::chrono::duration<double> took = steady_clock::now() - begun;
      if (taken.fault.empty()) service_.counts().add(answer->route, answer->status, took.count());
      goes_on = goes_on && written;
    }
    stream.socket().shutdown(tcp::socket::shutdown_send, failed);
    co_await linger(stream);
  }

  asio::awaitable<HeadRead> read_head(beast::tcp_stream& stream, std::string& buffer) {
    ErrorCode failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    std::array<char, 4096> chunk{};
    const auto into = asio::buffer(chunk);
    stream.expires_after(keep_alive_time);
    for (;;) {
      if (has_bare_line_feed(std::string_view(buffer).substr(0, head_size(buffer).value_or(buffer.size()))))
        co_return HeadRead::malformed;
      if (head_size(buffer).value_or(buffer.size()) > header_bytes_max) co_return HeadRead::too_large;
      if (head_size(buffer)) co_return HeadRead::whole;
      const std::size_t count = co_await stream.async_read_some(into, token);
      if (failed) co_return buffer.empty() ? HeadRead::ended : HeadRead::cut;
      if (buffer.empty()) stream.expires_after(header_time);
      buffer.append(chunk.data(), count);
    }
  }

  /// False: it was cut, or took too long.
  asio::awaitable<bool> read_body(beast::tcp_stream& stream, std::string& buffer, std::size_t size) {
    ErrorCode failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    std::array<char, 4096> chunk{};
    stream.expires_after(body_time);
    while (buffer.size() < size) {
      const std::size_t room = std::min(chunk.size(), size - buffer.size());
      const auto into = asio::buffer(chunk.data(), room);
      const std::size_t count = co_await stream.async_read_some(into, token);
      if (failed) co_return false;
      buffer.append(chunk.data(), count);
    }
    co_return true;
  }

  asio::awaitable<bool> write(beast::tcp_stream& stream, const Answer& answer, std::string id, bool head_only,
                              bool goes_on) {
    ErrorCode failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    auto response = response_of(answer, id, goes_on);
    http::response_serializer<http::string_body> serializer(response);
    stream.expires_after(write_time);
    if (head_only) {
      co_await http::async_write_header(stream, serializer, token);
    } else {
      co_await http::async_write(stream, serializer, token);
    }
    co_return !failed;
  }

  /// Reads off what still comes, so that closing does not take the answer back (RST).
  asio::awaitable<void> linger(beast::tcp_stream& stream) {
    ErrorCode failed;
    auto token = asio::redirect_error(asio::use_awaitable, failed);
    std::array<char, 4096> chunk{};
    const auto into = asio::buffer(chunk);
    stream.expires_after(linger_time);
    for (int i = 0; i < linger_reads_max && !failed; ++i)
      co_await stream.async_read_some(into, token);
  }

  const ServerOptions options_;
  Service service_;
  BoundedQueue<Job> jobs_;
  BoundedQueue<Job> password_jobs_;
  std::atomic<std::size_t> waiting_{0}, passwords_waiting_{0};
  Seats seats_;  // on the socket thread
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  std::map<Seats::Id, Stream> streams_;  // on the socket thread
};

Server::Server(ServerOptions options) : sockets_(std::make_unique<Sockets>(std::move(options))) {}
Server::~Server() = default;

std::uint16_t Server::port() const {
  return sockets_->port();
}
void Server::run(std::stop_token stop) {
  sockets_->run(std::move(stop));
}

}  // namespace kinhub::api
