/* Built for another major version of the contract. */
__attribute__((visibility("default"))) const void* kinhub_plugin_v2(void);
const void* kinhub_plugin_v2(void) {
  return 0;
}
