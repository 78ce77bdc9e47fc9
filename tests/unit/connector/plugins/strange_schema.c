/* Its schema asks for a check the hub does not make. */
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
static const char schema[] =
    "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\",\"pattern\":\"x\"}}}";
const kinhub_plugin* kinhub_plugin_v1(void) {
  static const kinhub_plugin plugin = {sizeof plugin,
                                       1,
                                       0,
                                       {"strange_schema", 14},
                                       {"1.0", 3},
                                       {schema, sizeof schema - 1},
                                       {sizeof(kinhub_source), create, destroy, poll, 0, 0, 0}};
  return &plugin;
}
