/* Built against an older header: its structs end earlier, and what lies behind them is not theirs. */
#include <kinhub/plugin.h>
#include <stddef.h>
static kinhub_status create(const kinhub_host* host, kinhub_str config, void** made) {
  (void)host, (void)config;
  *made = 0;
  return KINHUB_OK;
}
static void destroy(void* self) {
  (void)self;
}
static kinhub_status poll(void* self, kinhub_str position, uint32_t timeout_ms) {
  (void)self, (void)position, (void)timeout_ms;
  return KINHUB_OK;
}
static kinhub_status wild(void* self, kinhub_str cursor) {
  (void)self, (void)cursor;
  return 99;
}
const kinhub_plugin* kinhub_plugin_v1(void) {
  static const kinhub_plugin plugin = {
      offsetof(kinhub_plugin, source) + offsetof(kinhub_source, snapshot),
      1,
      0,
      {"older", 5},
      {"1.0", 3},
      {"{}", 2},
      {offsetof(kinhub_source, snapshot), create, destroy, poll, wild, 0, 0}};
  return &plugin;
}
