#pragma once
// The C++ SDK for connectors: a base class with poll, snapshot and read_capture, and a Host to emit events
// to. KINHUB_CONNECTOR makes the C ABI from it, and the guard that turns exceptions into statuses.

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "hub/base/result.hpp"
#include "kinhub/plugin.h"
#include "plugins/sdk/config.hpp"
#include "plugins/sdk/cut.hpp"

namespace kinhub::sdk {

/// Thrown inside a connector; the guard makes them the status of the call, with their text as its
/// explanation. The text says what to do and never holds a name or number of a person.
struct Retry : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};
struct Fatal : std::runtime_error {
  using std::runtime_error::runtime_error;
};
/// The host did not take an event: its answer becomes the status of the call,
/// unexplained, because the host knows why.
struct HostDeclined {
  kinhub_status status;
};

/// One change on its way to the host; see kinhub_event.
struct Change {
  std::string_view key, body, content_type, charset, position, origin;
  std::optional<std::int64_t> occurred_at_us = std::nullopt;
  std::size_t record_begin = 0, record_size = 0;  ///< of the record itself within the body; size 0: not told
};

/// Bytes that are no event; see kinhub_host::reject, and reject_event of one whose key is known.
struct Rejection {
  std::string_view bytes, content_type, charset, position, origin;
  const Error& error;
  std::string_view key = {};
  std::optional<std::int64_t> occurred_at_us = std::nullopt;
};

/// The host, with every member it lacks doing nothing. Used from the thread of the running call.
class Host {
 public:
  explicit Host(const kinhub_host* host);

  /// Throws HostDeclined when the host does not take it, and Fatal when it cannot take any.
  void emit(const Change& change);
  void reject(const Rejection& rejection);
  /// The source continues at `position` though nothing was emitted there.
  /// False: the host is too old to keep it.
  bool checkpoint(std::string_view position);
  /// True: everything so far is on disk.
  bool commit();
  void complete_until(std::int64_t utc_us);
  bool stop_requested() const;
  std::string_view secret(std::string_view name) const;
  std::int64_t now_us() const;
  void log(std::int32_t level, std::string_view text) const;
  void metric(std::string_view name, std::int64_t add) const;
  void explain(std::string_view text) const;

  /// Waits in small steps; false: a stop was requested.
  bool wait(std::chrono::milliseconds time) const;

 private:
  kinhub_host host_{};
};

/// Base of every connector. Constructed by create(); one instance is called from one thread at a time.
class Connector {
 public:
  virtual ~Connector() = default;
  virtual void poll(std::string_view position, std::chrono::milliseconds timeout) = 0;
  virtual void snapshot(std::string_view cursor) = 0;
  virtual void read_capture(std::string_view origin, std::string_view bytes) = 0;
  /// Rejects the record after `position` without looking into it, because it has ended this connector's
  /// process several times; the rejection's position lies behind it. Nothing when there is no record. Throws
  /// Refused where the next one cannot be told from those after it.
  virtual void set_aside(std::string_view position);
};

/// Runs a call and turns what it throws into a status: Retry and lost infrastructure (std::system_error)
/// KINHUB_RETRY, Refused KINHUB_REJECT, everything else KINHUB_FATAL.
template <class Call>
kinhub_status guard(const Host& host, Call&& call) noexcept;

namespace detail {
kinhub_status status_of_current_exception(const Host& host) noexcept;

struct Instance {
  Host host;
  std::unique_ptr<Connector> connector;
};

inline std::string_view view(kinhub_str text) {
  return text.data == nullptr ? std::string_view{} : std::string_view{text.data, text.size};
}
inline kinhub_str str(std::string_view text) {
  return {text.data(), text.size()};
}

template <class Type>
kinhub_status create(const kinhub_host* host, kinhub_str config_json, void** instance) noexcept;
void destroy(void* instance) noexcept;
kinhub_status poll(void* instance, kinhub_str position, std::uint32_t timeout_ms) noexcept;
kinhub_status snapshot(void* instance, kinhub_str cursor) noexcept;
kinhub_status read_capture(void* instance, kinhub_str origin, kinhub_str bytes) noexcept;
kinhub_status skip(void* instance, kinhub_str position) noexcept;
}  // namespace detail

template <class Call>
kinhub_status guard(const Host& host, Call&& call) noexcept {
  try {
    call();
    return KINHUB_OK;
  } catch (...) {
    return detail::status_of_current_exception(host);
  }
}

template <class Type>
kinhub_status detail::create(const kinhub_host* host, kinhub_str config_json, void** instance) noexcept {
  if (host == nullptr || instance == nullptr) return KINHUB_FATAL;
  *instance = nullptr;
  const Host said_to(host);
  return guard(said_to, [&] {
    const Config config(view(config_json));
    auto made = std::make_unique<Instance>(Instance{Host(host), nullptr});
    made->connector = std::make_unique<Type>(made->host, config);
    *instance = made.release();
  });
}

/// The description of a connector class: Type(Host&, const Config&).
template <class Type>
constexpr kinhub_plugin describe(std::string_view name, std::string_view version,
                                 std::string_view config_schema) {
  return {sizeof(kinhub_plugin),
          KINHUB_PLUGIN_MAJOR,
          KINHUB_PLUGIN_MINOR,
          {name.data(), name.size()},
          {version.data(), version.size()},
          {config_schema.data(), config_schema.size()},
          {sizeof(kinhub_source), &detail::create<Type>, &detail::destroy, &detail::poll, &detail::snapshot,
           &detail::read_capture, &detail::skip}};
}

}  // namespace kinhub::sdk

/// Exports a connector class under the name and version that add_connector() gives.
#define KINHUB_CONNECTOR(Type, config_schema)                                                        \
  extern "C" const kinhub_plugin* kinhub_plugin_v1(void) {                                           \
    static const kinhub_plugin plugin =                                                              \
        kinhub::sdk::describe<Type>(KINHUB_CONNECTOR_NAME, KINHUB_CONNECTOR_VERSION, config_schema); \
    return &plugin;                                                                                  \
  }
