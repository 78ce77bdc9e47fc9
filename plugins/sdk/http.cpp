#include "plugins/sdk/http.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>

#include <stdexcept>
#include <system_error>

namespace kinhub::sdk {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Plain = beast::tcp_stream;
using Secure = beast::ssl_stream<beast::tcp_stream>;

constexpr auto stop_check_pause = std::chrono::milliseconds{50};

struct Url {
  bool secure = false;
  std::string host, port, path;
};

Url parse_url(const std::string& text) {
  Url url;
  std::string rest;
  if (text.starts_with("http://")) {
    rest = text.substr(7);
  } else if (text.starts_with("https://")) {
    url.secure = true;
    rest = text.substr(8);
  } else {
    throw std::invalid_argument("'" + text + "' is no http:// or https:// address");
  }
  const auto slash = std::min(rest.find('/'), rest.size());
  url.path = rest.substr(slash);
  while (url.path.ends_with('/'))
    url.path.pop_back();
  const auto authority = rest.substr(0, slash);
  const auto bracket = authority.find(']');
  const auto colon = authority.find(':', bracket == std::string::npos ? 0 : bracket);
  url.host = authority.substr(0, colon);
  if (url.host.starts_with('[') && url.host.ends_with(']'))
    url.host = url.host.substr(1, url.host.size() - 2);
  url.port = colon == std::string::npos ? (url.secure ? "443" : "80") : authority.substr(colon + 1);
  const bool port_ok = !url.port.empty() && url.port.find_first_not_of("0123456789") == std::string::npos;
  if (url.host.empty() || !port_ok || url.path.find_first_of("?# ") != std::string::npos)
    throw std::invalid_argument("'" + text + "' is no address of the form http://host:port/path");
  return url;
}

}  // namespace

/// One connection to one host. Every step is asynchronous inside and blocking outside:
/// only so do time limits work.
class HttpClient::Channel {
 public:
  explicit Channel(HttpSettings settings)
      : settings_(std::move(settings)), url_(parse_url(settings_.base_url)) {
    if (!url_.secure) return;
    tls_.emplace(asio::ssl::context::tls_client);
    tls_->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                      asio::ssl::context::no_tlsv1_1);
    tls_->set_verify_mode(asio::ssl::verify_peer);
    if (settings_.trust_pem.empty()) {
      tls_->set_default_verify_paths();
    } else {
      tls_->add_certificate_authority(asio::buffer(settings_.trust_pem));
    }
    if (!settings_.certificate_pem.empty()) {
      tls_->use_certificate_chain(asio::buffer(settings_.certificate_pem));
      tls_->use_private_key(asio::buffer(settings_.key_pem), asio::ssl::context::pem);
    }
  }

  HttpAnswer call(http::verb verb, std::string_view target, std::string_view content_type, std::string body,
                  const std::function<bool()>& stop) {
    http::request<http::string_body> request{verb, url_.path + std::string(target), 11};
    request.set(http::field::host, url_.host + ":" + url_.port);
    request.set(http::field::user_agent, "kinhub");
    request.set(http::field::accept, "application/json");
    if (!content_type.empty())
      request.set(http::field::content_type, beast::string_view(content_type.data(), content_type.size()));
    request.body() = std::move(body);
    request.prepare_payload();
    // Keep-alive: the other side may have closed the connection meanwhile,
    // so one try on it, then one on a fresh one.
    if (open()) {
      try {
        return exchange(request, stop);
      } catch (const std::system_error&) {
        close();
        if (stop()) throw;
      }
    }
    try {
      connect(stop);
      return exchange(request, stop);
    } catch (...) {
      close();
      throw;
    }
  }

 private:
  bool open() const { return plain_.has_value() || secure_.has_value(); }
  void close() {
    plain_.reset();
    secure_.reset();
    buffer_.clear();
  }
  Plain& lowest() { return secure_ ? beast::get_lowest_layer(*secure_) : *plain_; }

  // Runs what was begun to its end, or to the request to stop.
  void run(const char* what, const beast::error_code& result, const std::function<bool()>& stop) {
    context_.restart();
    while (context_.run_one_for(stop_check_pause) > 0 || !context_.stopped()) {
      if (!stop()) continue;
      lowest().close();
      context_.run();
      throw std::system_error(std::make_error_code(std::errc::operation_canceled),
                              "stopped while " + std::string(what));
    }
    if (result)
      throw std::system_error(std::error_code(result), std::string(what) + " " + url_.host + ":" + url_.port);
  }

  void connect(const std::function<bool()>& stop) {
    beast::error_code error;
    asio::ip::tcp::resolver resolver(context_);
    const auto addresses = resolver.resolve(url_.host, url_.port, error);
    if (error) throw std::system_error(std::error_code(error), "looking up " + url_.host);
    if (url_.secure) {
      secure_.emplace(context_, *tls_);
      if (SSL_set_tlsext_host_name(secure_->native_handle(), url_.host.c_str()) != 1)
        throw std::runtime_error("TLS does not take the host name " + url_.host);
      secure_->set_verify_callback(asio::ssl::host_name_verification(url_.host));
    } else {
      plain_.emplace(context_);
    }
    lowest().expires_after(settings_.timeout);
    lowest().async_connect(addresses, [&](beast::error_code ec, const auto&) { error = ec; });
    run("connecting to", error, stop);
    if (!url_.secure) return;
    lowest().expires_after(settings_.timeout);
    secure_->async_handshake(asio::ssl::stream_base::client, [&](beast::error_code ec) { error = ec; });
    run("agreeing on TLS with", error, stop);
  }

  template <class Stream>
  HttpAnswer exchange_on(Stream& stream, const http::request<http::string_body>& request,
                         const std::function<bool()>& stop) {
    beast::error_code error;
    lowest().expires_after(settings_.timeout);
    http::async_write(stream, request, [&](beast::error_code ec, std::size_t) { error = ec; });
    run("sending to", error, stop);
    http::response_parser<http::string_body> parser;
    parser.body_limit(settings_.answer_bytes_max);
    lowest().expires_after(settings_.timeout);
    http::async_read(stream, buffer_, parser, [&](beast::error_code ec, std::size_t) { error = ec; });
    run("reading from", error, stop);
    lowest().expires_never();
    auto response = parser.release();
    if (!response.keep_alive()) close();
    return {response.result_int(), std::move(response.body())};
  }

  HttpAnswer exchange(const http::request<http::string_body>& request, const std::function<bool()>& stop) {
    return secure_ ? exchange_on(*secure_, request, stop) : exchange_on(*plain_, request, stop);
  }

  HttpSettings settings_;
  Url url_;
  asio::io_context context_;
  std::optional<asio::ssl::context> tls_;
  std::optional<Plain> plain_;
  std::optional<Secure> secure_;
  beast::flat_buffer buffer_;
};

HttpClient::HttpClient(HttpSettings settings) : channel_(std::make_unique<Channel>(std::move(settings))) {}
HttpClient::~HttpClient() = default;

HttpAnswer HttpClient::get(std::string_view target, const std::function<bool()>& stop) {
  return channel_->call(http::verb::get, target, {}, {}, stop);
}

HttpAnswer HttpClient::post(std::string_view target, std::string_view content_type, std::string body,
                            const std::function<bool()>& stop) {
  return channel_->call(http::verb::post, target, content_type, std::move(body), stop);
}

}  // namespace kinhub::sdk
