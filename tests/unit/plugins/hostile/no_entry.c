/* A shared object that is no connector. */
int kinhub_plugin_v0(void);
int kinhub_plugin_v0(void) { return 0; }
