// Lets an exception out of create(): through a noexcept border that ends the process, which is why it runs in
// one of its own.
#include <kinhub/plugin.h>

#include <stdexcept>

namespace {
// NOLINTNEXTLINE(bugprone-exception-escape)
kinhub_status throw_out() {
  throw std::runtime_error("not caught by the connector");
}
kinhub_status create(const kinhub_host*, kinhub_str, void**) noexcept {
  return throw_out();
}
void destroy(void*) noexcept {}
kinhub_status poll(void*, kinhub_str, uint32_t) noexcept {
  return KINHUB_OK;
}
}  // namespace

const kinhub_plugin* kinhub_plugin_v1(void) {
  static const kinhub_plugin plugin{
      sizeof plugin,
      1,
      0,
      {"throwing", 8},
      {"1.0", 3},
      {"{}", 2},
      {sizeof(kinhub_source), create, destroy, poll, nullptr, nullptr, nullptr}};
  return &plugin;
}
