/* Says another name and version than its card, and has a schema with a keyword the hub does not check. */
#include <kinhub/plugin.h>
static kinhub_status create(const kinhub_host* host, kinhub_str config, void** made) {
  (void)host, (void)config, (void)made;
  return KINHUB_OK;
}
static void destroy(void* self) {
  (void)self;
}
static kinhub_status poll(void* self, kinhub_str position, uint32_t timeout_ms) {
  (void)self, (void)position, (void)timeout_ms;
  return KINHUB_OK;
}
const kinhub_plugin* kinhub_plugin_v1(void) {
  static const kinhub_plugin plugin = {sizeof plugin,
                                       1,
                                       0,
                                       {"another", 7},
                                       {"2.0", 3},
                                       {"{}", 2},
                                       {sizeof(kinhub_source), create, destroy, poll, 0, 0, 0}};
  return &plugin;
}
