/* Connectors that behave badly, for the tests of those who load them: one per value of HOSTILE, see
 * CMakeLists.txt. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kinhub/plugin.h"

#define CRASH_IN_CREATE 1
#define CRASH_IN_POLL 2
#define HANG_IN_POLL 3
#define WRONG_MAJOR 4
#define SHORT_STRUCT 5
#define NULL_PLUGIN 6
#define EXIT_IN_POLL 7
#define LEAK_IN_POLL 8
#define CHATTER 9
#define UNKNOWN_STATUS 10
#define CRASH_ON_RECORD 11
#define IGNORE_STOP 12

static const kinhub_host *kept_host;

static kinhub_str text(const char *chars) {
  kinhub_str s = {chars, strlen(chars)};
  return s;
}

static kinhub_status give(int number) {
  char key[32], body[64];
  kinhub_event event;
  memset(&event, 0, sizeof event);
  event.struct_size = sizeof event;
  snprintf(key, sizeof key, "%d", number);
  snprintf(body, sizeof body, "{\"records\":[%d]}", number);
  event.key = event.position = text(key);
  event.body = text(body);
  event.content_type = text("application/json");
  event.charset = text("UTF-8");
  event.origin = text("hostile");
  event.occurred_at_us = KINHUB_TIME_UNKNOWN;
  return kept_host->emit(kept_host->self, &event);
}

static kinhub_status create(const kinhub_host *host, kinhub_str config, void **instance) {
  (void)config;
  kept_host = host;
  if (HOSTILE == CRASH_IN_CREATE) abort();
  *instance = &kept_host;
  return KINHUB_OK;
}

static void destroy(void *instance) { (void)instance; }

static kinhub_status poll(void *instance, kinhub_str position, uint32_t timeout_ms) {
  int number = position.size > 0 && position.size < 9 ? atoi(position.data) : 0;
  (void)instance;
  (void)timeout_ms;
  if (HOSTILE == CRASH_IN_POLL) {
    volatile int *nowhere = NULL;
    *nowhere = 1;
  }
  if (HOSTILE == EXIT_IN_POLL) _exit(0);
  if (HOSTILE == UNKNOWN_STATUS) return 4711;
  while (HOSTILE == HANG_IN_POLL) sleep(1);
  while (HOSTILE == LEAK_IN_POLL) {
    char *lost = malloc(1 << 20);
    if (lost == NULL) abort();
    memset(lost, 1, 1 << 20);
  }
  while (HOSTILE == CHATTER) fputs("hostile: a line on standard error\n", stderr);
  while (HOSTILE == IGNORE_STOP && give(++number) == KINHUB_OK) {
  }
  /* Dies on its third record, every time: the host has to find out which one it is. */
  while (HOSTILE == CRASH_ON_RECORD && number < 5) {
    if (++number == 3) abort();
    if (give(number) != KINHUB_OK) return KINHUB_RETRY;
  }
  return KINHUB_OK;
}

static kinhub_status snapshot(void *instance, kinhub_str cursor) {
  (void)instance;
  (void)cursor;
  return KINHUB_OK;
}

static kinhub_status read_capture(void *instance, kinhub_str origin, kinhub_str bytes) {
  (void)instance;
  (void)origin;
  (void)bytes;
  return give(1);
}

static kinhub_plugin plugin;

const kinhub_plugin *kinhub_plugin_v1(void) {
  if (HOSTILE == NULL_PLUGIN) return NULL;
  plugin.struct_size = HOSTILE == SHORT_STRUCT ? 3 : sizeof plugin;
  plugin.major = HOSTILE == WRONG_MAJOR ? 99 : KINHUB_PLUGIN_MAJOR;
  plugin.minor = KINHUB_PLUGIN_MINOR;
  plugin.name = text("hostile");
  plugin.version = text("1");
  plugin.config_schema = text("{\"type\": \"object\"}");
  plugin.source.struct_size = sizeof plugin.source;
  plugin.source.create = create;
  plugin.source.destroy = destroy;
  plugin.source.poll = poll;
  plugin.source.snapshot = snapshot;
  plugin.source.read_capture = read_capture;
  return &plugin;
}
