/* Lacks what every connector needs. */
#include <kinhub/plugin.h>
static void destroy(void* self) {
  (void)self;
}
const kinhub_plugin* kinhub_plugin_v1(void) {
  static const kinhub_plugin plugin = {sizeof plugin,
                                       1,
                                       0,
                                       {"null_members", 12},
                                       {"1.0", 3},
                                       {"{}", 2},
                                       {sizeof(kinhub_source), 0, destroy, 0, 0, 0, 0}};
  return &plugin;
}
