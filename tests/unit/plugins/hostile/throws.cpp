// A connector whose code throws: through the SDK every throw becomes a status with an explanation.
#include <new>
#include <system_error>

#include "plugins/sdk/connector.hpp"

namespace {

struct NoException {};

class Throws final : public kinhub::sdk::Connector {
 public:
  Throws(kinhub::sdk::Host&, const kinhub::sdk::Config& config) {
    if (config.flag("throw_in_create", false)) throw std::runtime_error("thrown in create");
  }
  void poll(std::string_view position, std::chrono::milliseconds) override {
    if (position == "retry") throw kinhub::sdk::Retry("thrown: retry");
    if (position == "refused") throw kinhub::sdk::Refused("thrown: refused");
    if (position == "memory") throw std::bad_alloc();
    if (position == "system") throw std::system_error(ENOENT, std::generic_category(), "thrown");
    if (position == "no exception") throw NoException{};
    throw std::logic_error("thrown: logic");
  }
  void snapshot(std::string_view) override { throw 5; }
  void read_capture(std::string_view, std::string_view) override {
    throw kinhub::sdk::HostDeclined{KINHUB_RETRY};
  }
};

}  // namespace

KINHUB_CONNECTOR(Throws, R"({"type": "object", "properties": {"throw_in_create": {"type": "boolean"}}})")
