#pragma once
// A blocking HTTP client with time limits, for connectors that pull. http:// and https://.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace kinhub::sdk {

struct HttpSettings {
  std::string base_url;                       ///< https://share.example/path, without a query
  std::chrono::milliseconds timeout{30'000};  ///< for each of: connect, send and receive
  std::size_t answer_bytes_max = std::size_t{64} << 20;
  /// PEM texts: whom to trust (empty: the system's), and the own certificate with its key (empty: none).
  std::string trust_pem, certificate_pem, key_pem;
};

struct HttpAnswer {
  unsigned status = 0;
  std::string body;
};

/// Keeps its connection open between calls. Used from one thread.
class HttpClient {
 public:
  /// Throws std::invalid_argument when base_url is none.
  explicit HttpClient(HttpSettings settings);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  /// `target` is appended to the base URL's path. Throws std::system_error when no complete answer comes in
  /// time; `stop` is asked while waiting and ends the call the same way.
  HttpAnswer get(std::string_view target, const std::function<bool()>& stop);
  HttpAnswer post(std::string_view target, std::string_view content_type, std::string body,
                  const std::function<bool()>& stop);

 private:
  class Channel;
  std::unique_ptr<Channel> channel_;
};

}  // namespace kinhub::sdk
