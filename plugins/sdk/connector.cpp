#include "plugins/sdk/connector.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <system_error>
#include <thread>

namespace kinhub::sdk {

using detail::str;
using detail::view;

Host::Host(const kinhub_host* host) {
  assert(host != nullptr);
  // An older host knows fewer members: those it lacks stay null.
  std::memcpy(&host_, host, std::min(host->struct_size, sizeof host_));
}

void Host::emit(const Change& change) {
  if (host_.emit == nullptr) throw Fatal("the host takes no events: it is older than this connector");
  const kinhub_event event{sizeof event,        str(change.key),
                           str(change.body),    str(change.content_type),
                           str(change.charset), str(change.position),
                           str(change.origin),  change.occurred_at_us.value_or(KINHUB_TIME_UNKNOWN),
                           change.record_begin, change.record_size};
  const auto status = host_.emit(host_.self, &event);
  if (status != KINHUB_OK) throw HostDeclined{status};
}

void Host::reject(const Rejection& rejection) {
  if (host_.reject == nullptr) throw Fatal("the host takes no rejections: it is older than this connector");
  const auto& error = rejection.error;
  if (host_.reject_event != nullptr && !rejection.key.empty()) {
    const kinhub_event event{sizeof event,
                             str(rejection.key),
                             str(rejection.bytes),
                             str(rejection.content_type),
                             str(rejection.charset),
                             str(rejection.position),
                             str(rejection.origin),
                             rejection.occurred_at_us.value_or(KINHUB_TIME_UNKNOWN),
                             0,
                             0};
    const auto taken =
        host_.reject_event(host_.self, &event, str(error.code), str(error.text), str(error.place));
    if (taken != KINHUB_OK) throw HostDeclined{taken};
    return;
  }
  const auto status = host_.reject(host_.self, str(rejection.bytes), str(rejection.content_type),
                                   str(rejection.charset), str(error.code), str(error.text), str(error.place),
                                   str(rejection.position), str(rejection.origin));
  if (status != KINHUB_OK) throw HostDeclined{status};
}

bool Host::checkpoint(std::string_view position) {
  if (host_.checkpoint == nullptr) return false;
  const auto status = host_.checkpoint(host_.self, str(position));
  if (status != KINHUB_OK) throw HostDeclined{status};
  return true;
}

bool Host::commit() {
  return host_.commit != nullptr && host_.commit(host_.self) == KINHUB_OK;
}

void Host::complete_until(std::int64_t utc_us) {
  // Nobody is complete beyond the present, whatever a file says.
  if (host_.complete_until != nullptr) host_.complete_until(host_.self, std::min(utc_us, now_us()));
}

bool Host::stop_requested() const {
  return host_.stop_requested != nullptr && host_.stop_requested(host_.self) != 0;
}

std::string_view Host::secret(std::string_view name) const {
  return host_.secret == nullptr ? std::string_view{} : view(host_.secret(host_.self, str(name)));
}

std::int64_t Host::now_us() const {
  if (host_.now_us != nullptr) return host_.now_us(host_.self);
  using namespace std::chrono;
  return duration_cast<microseconds>(system_clock::now().time_since_epoch()).count();
}

void Host::log(std::int32_t level, std::string_view text) const {
  if (host_.log != nullptr) host_.log(host_.self, level, str(text));
}

void Host::metric(std::string_view name, std::int64_t add) const {
  if (host_.metric != nullptr) host_.metric(host_.self, str(name), add);
}

void Host::explain(std::string_view text) const {
  if (host_.explain != nullptr) host_.explain(host_.self, str(text));
}

bool Host::wait(std::chrono::milliseconds time) const {
  constexpr std::chrono::milliseconds step_max{50};
  const auto until = std::chrono::steady_clock::now() + time;
  while (!stop_requested()) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) return true;
    std::this_thread::sleep_for(std::min<std::chrono::nanoseconds>(left, step_max));
  }
  return false;
}

void Connector::set_aside(std::string_view) {
  throw Refused(
      "this connector cannot tell which record it was: "
      "have the agency take it back, or the connector mended");
}

namespace detail {

kinhub_status status_of_current_exception(const Host& host) noexcept {
  try {
    throw;
  } catch (const HostDeclined& declined) {
    return declined.status;
  } catch (const Retry& why) {
    host.explain(why.what());
    return KINHUB_RETRY;
  } catch (const Refused& why) {
    host.explain(why.what());
    return KINHUB_REJECT;
  } catch (const std::system_error& why) {
    host.explain(why.what());
    return KINHUB_RETRY;
  } catch (const std::exception& why) {
    host.explain(why.what());
    return KINHUB_FATAL;
  } catch (...) {
    host.explain("the connector failed with something that is no std::exception: report it to its author");
    return KINHUB_FATAL;
  }
}

void destroy(void* instance) noexcept {
  delete static_cast<Instance*>(instance);
}

kinhub_status poll(void* instance, kinhub_str position, std::uint32_t timeout_ms) noexcept {
  auto& self = *static_cast<Instance*>(instance);
  return guard(self.host,
               [&] { self.connector->poll(view(position), std::chrono::milliseconds{timeout_ms}); });
}

kinhub_status snapshot(void* instance, kinhub_str cursor) noexcept {
  auto& self = *static_cast<Instance*>(instance);
  return guard(self.host, [&] { self.connector->snapshot(view(cursor)); });
}

kinhub_status read_capture(void* instance, kinhub_str origin, kinhub_str bytes) noexcept {
  auto& self = *static_cast<Instance*>(instance);
  return guard(self.host, [&] { self.connector->read_capture(view(origin), view(bytes)); });
}

kinhub_status skip(void* instance, kinhub_str position) noexcept {
  auto& self = *static_cast<Instance*>(instance);
  return guard(self.host, [&] { self.connector->set_aside(view(position)); });
}

}  // namespace detail
}  // namespace kinhub::sdk
