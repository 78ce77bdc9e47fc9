// Any bytes as the answer of an HTTP service on a loopback socket: an answer, or an error that is one of the
// system's.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>

#include "plugins/sdk/http.hpp"

namespace {

/// Answers each connection with the bytes of the day, then closes it.
class Service {
 public:
  Service() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      std::abort();
    port_ = ntohs(address.sin_port);
    std::thread([this] { serve(); }).detach();
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/gx"; }
  void answer_with(std::string bytes) {
    const std::lock_guard lock(mutex_);
    bytes_ = std::move(bytes);
  }

 private:
  [[noreturn]] void serve() {
    for (;;) {
      const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (socket < 0) continue;
      char request[4096];
      (void)!::read(socket, request, sizeof request);
      std::string bytes;
      {
        const std::lock_guard lock(mutex_);
        bytes = bytes_;
      }
      (void)!::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      ::close(socket);
    }
  }

  int listener_;
  std::uint16_t port_ = 0;
  std::mutex mutex_;
  std::string bytes_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static auto& service = *new Service;
  service.answer_with({reinterpret_cast<const char*>(data), size});
  kinhub::sdk::HttpSettings settings;
  settings.base_url = service.url();
  settings.timeout = std::chrono::milliseconds{500};
  settings.answer_bytes_max = 1u << 16;
  kinhub::sdk::HttpClient client(settings);
  try {
    const auto answer = client.get("/share/x", [] { return false; });
    if (answer.body.size() > settings.answer_bytes_max) std::abort();
  } catch (const std::runtime_error&) {  // cut short, malformed, too large: a system_error, asked for again
  }
  return 0;
}
