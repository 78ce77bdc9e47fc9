/* A source that does what its configuration says, event by event: the good one, and most of the bad ones.
 * Event number i has body "i:...", and position "i+1" where it is a point to continue at. */
#include <kinhub/plugin.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct instance {
  const kinhub_host* host;
  long count, per_poll, position_each, body_size, push, complete, snapshot_count, status_at, status, bad_at,
      crash_at, hang_at, leak, wait_ms, snapshot_stop_at, no_watermark, chatter, big_at, no_skip,
      keyed_bad, silent_until,
      indiscreet;
  long statuses_given;
} instance;

static long number(kinhub_str config, const char* name, long otherwise) {
  char quoted[64];
  snprintf(quoted, sizeof quoted, "\"%s\":", name);
  char* text = malloc(config.size + 1);
  memcpy(text, config.data, config.size);
  text[config.size] = 0;
  const char* found = strstr(text, quoted);
  long value = found != NULL ? strtol(found + strlen(quoted), NULL, 10) : otherwise;
  free(text);
  return value;
}

static kinhub_str str(const char* text) {
  return (kinhub_str){text, strlen(text)};
}

static kinhub_status create(const kinhub_host* host, kinhub_str config, void** made) {
  if (number(config, "create_status", 0) != 0) {
    host->explain(host->self, str("create was told to fail"));
    return (kinhub_status)number(config, "create_status", 0);
  }
  instance* here = calloc(1, sizeof *here);
  here->host = host;
  here->count = number(config, "count", 0);
  here->per_poll = number(config, "per_poll", 1000000);
  here->position_each = number(config, "position_each", 1);
  here->body_size = number(config, "body_size", 10);
  here->push = number(config, "push", 0);
  here->complete = number(config, "complete", 0);
  here->snapshot_count = number(config, "snapshot_count", 0);
  here->snapshot_stop_at = number(config, "snapshot_stop_at", -1);
  here->no_watermark = number(config, "no_watermark", 0);
  here->status_at = number(config, "status_at", -1);
  here->status = number(config, "status", 0);
  here->bad_at = number(config, "bad_at", -1);
  here->big_at = number(config, "big_at", -1);
  here->crash_at = number(config, "crash_at", -1);
  here->hang_at = number(config, "hang_at", -1);
  here->leak = number(config, "leak", 0);
  here->wait_ms = number(config, "wait_ms", 0);
  here->no_skip = number(config, "no_skip", 0);
  here->chatter = number(config, "chatter", 0);
  here->indiscreet = number(config, "indiscreet", 0);
  here->keyed_bad = number(config, "keyed_bad", 0);
  here->silent_until = number(config, "silent_until", -1);
  *made = here;
  return KINHUB_OK;
}

static void destroy(void* self) {
  free(self);
}

static long parse(kinhub_str position) {
  char text[32] = {0};
  memcpy(text, position.data, position.size < 31 ? position.size : 31);
  return strtol(text, NULL, 10);
}

/* Emits number i as one event, or as bytes that are none. */
static kinhub_status give(instance* here, long i, long end, int positions) {
  const kinhub_host* host = here->host;
  if (i == here->crash_at) {
    fprintf(stderr, "scripted: about to crash at %ld\n", i);
    raise(SIGSEGV);
    abort();
  }
  if (i == here->hang_at)
    for (;;)
      sleep(1);
  long size = i == here->big_at ? 17L * 1024 * 1024 : here->body_size;
  char* body = malloc((size_t)size + 32);
  int head = snprintf(body, 32, "%ld:", i);
  memset(body + head, 'x', (size_t)size);
  char position[32] = "", origin[48], key[32];
  if (positions && ((i + 1) % here->position_each == 0 || i + 1 == end))
    snprintf(position, sizeof position, "%ld", i + 1);
  snprintf(origin, sizeof origin, "file record %ld", i);
  snprintf(key, sizeof key, "K%ld", i);
  kinhub_status status;
  if (i == here->bad_at && here->keyed_bad) {
    kinhub_event event = {sizeof event, str(key), {body, (size_t)(head + size)}, str("text/plain"),
                          str("UTF-8"),
                          str(position), str(origin), KINHUB_TIME_UNKNOWN};
    status = host->reject_event(host->self, &event, str("NO_RECORD"), str("told to be bad"), str("line 1"));
  } else if (i == here->bad_at) {
    status =
        host->reject(host->self, (kinhub_str){body, (size_t)(head + size)}, str("text/plain"),
                          str("UTF-8"),
                     str("NO_RECORD"), str("told to be bad"), str("line 1"), str(position), str(origin));
  } else {
    kinhub_event event;
    memset(&event, 0, sizeof event);
    event.struct_size = sizeof event;
    event.key = str(key);
    event.body = (kinhub_str){body, (size_t)(head + size)};
    event.content_type = str("text/plain");
    event.charset = str("UTF-8");
    event.position = str(position);
    event.origin = str(origin);
    event.occurred_at_us = i % 2 == 0 ? 1000 + i : KINHUB_TIME_UNKNOWN;
    status = host->emit(host->self, &event);
  }
  free(body);
  return status;
}

static kinhub_status poll(void* self, kinhub_str position, uint32_t timeout_ms) {
  instance* here = self;
  const kinhub_host* host = here->host;
  long begin = parse(position),
       end = begin + here->per_poll < here->count ? begin + here->per_poll : here->count;
  (void)timeout_ms;
  while (here->leak) {
    memset(malloc(1 << 20), 1, 1 << 20);
    usleep(1000);
  }
  for (long i = 0; i < here->chatter; ++i)
    host->log(host->self, KINHUB_LOG_INFO, str("one line\nof many"));
  if (here->indiscreet)
    host->log(host->self, KINHUB_LOG_WARNING, str("322228197503120246.xml is not readable"));
  if (here->wait_ms > 0) usleep((useconds_t)here->wait_ms * 1000);
  for (long i = begin; i < end; ++i) {
    if (host->stop_requested(host->self)) return KINHUB_OK;
    if (i == here->status_at && here->statuses_given == 0) {
      if (here->status != KINHUB_REJECT) here->statuses_given = 1;
      host->explain(host->self, str("told to give a status"));
      return (kinhub_status)here->status;
    }
    kinhub_status status = give(here, i, end, !here->push);
    if (status != KINHUB_OK) return status;
    host->metric(host->self, str("given"), 1);
    /* A sender is answered after each message; one that gets no positive answer sends it again. */
    if (here->push)
      while (host->commit(host->self) != KINHUB_OK) {
        if (host->stop_requested(host->self)) return KINHUB_OK;
        status = give(here, i, end, 0);
        if (status != KINHUB_OK) return status;
      }
  }
  if (here->push && here->count > 0) here->count = 0; /* all were answered */
  if (here->complete > 0) host->complete_until(host->self, here->complete);
  if (end < here->silent_until) {
    char position[32];
    snprintf(position, sizeof position, "%ld", here->silent_until);
    return host->checkpoint(host->self, str(position));
  }
  return KINHUB_OK;
}

static kinhub_status snapshot(void* self, kinhub_str cursor) {
  instance* here = self;
  for (long i = parse(cursor); i < here->snapshot_count; ++i) {
    if (i == here->snapshot_stop_at && here->statuses_given == 0) {
      here->statuses_given = 1;
      here->host->explain(here->host->self, str("the agency's service pauses"));
      return KINHUB_RETRY;
    }
    kinhub_status status = give(here, i, here->snapshot_count, 1);
    if (status != KINHUB_OK) return status;
  }
  if (!here->no_watermark) here->host->complete_until(here->host->self, 777000);
  return KINHUB_OK;
}

/* One event per line. A line "bad" is rejected, "refuse" refuses the file, "fatal" and "retry" give that
 * status. */
static kinhub_status read_capture(void* self, kinhub_str origin, kinhub_str bytes) {
  instance* here = self;
  const kinhub_host* host = here->host;
  host->complete_until(host->self, 5);
  const char *at = bytes.data, *end = bytes.data + bytes.size;
  while (at < end) {
    const char* stop = memchr(at, '\n', (size_t)(end - at));
    if (stop == NULL) stop = end;
    kinhub_str line = {at, (size_t)(stop - at)};
    kinhub_status status;
    if (line.size == 3 && memcmp(at, "bad", 3) == 0) {
      status = host->reject(host->self, line, str("text/plain"), str("UTF-8"), str("BAD_LINE"),
                            str("told to be bad"), str("line"), str(""), origin);
    } else if (line.size == 6 && memcmp(at, "refuse", 6) == 0) {
      host->explain(host->self, str("no file of this agency"));
      return KINHUB_REJECT;
    } else if (line.size == 5 && memcmp(at, "fatal", 5) == 0) {
      return KINHUB_FATAL;
    } else if (line.size == 5 && memcmp(at, "retry", 5) == 0) {
      return KINHUB_RETRY;
    } else {
      kinhub_event event;
      memset(&event, 0, sizeof event);
      event.struct_size = sizeof event;
      event.body = line;
      event.content_type = str("text/plain");
      event.charset = str("UTF-8");
      event.origin = origin;
      event.occurred_at_us = KINHUB_TIME_UNKNOWN;
      status = host->emit(host->self, &event);
    }
    if (status != KINHUB_OK) return status;
    at = stop + 1;
  }
  return KINHUB_OK;
}

/* The record behind `position`, unread. */
static kinhub_status skip(void* self, kinhub_str position) {
  instance* here = self;
  long i = parse(position);
  if (here->no_skip) return KINHUB_REJECT;
  if (i >= here->count) return KINHUB_OK;
  char bytes[32], next[32];
  snprintf(bytes, sizeof bytes, "%ld:raw", i);
  snprintf(next, sizeof next, "%ld", i + 1);
  return here->host->reject(here->host->self, str(bytes), str("text/plain"), str("UTF-8"), str("SKIPPED"),
                            str("unread"), str("line"), str(next), str("file"));
}

static const char schema[] =
    "{\"type\":\"object\",\"additionalProperties\":{\"type\":\"integer\"},"
    "\"properties\":{\"count\":{\"type\":\"integer\",\"minimum\":0,\"default\":0}}}";

const kinhub_plugin* kinhub_plugin_v1(void) {
  static const kinhub_plugin plugin = {
      sizeof plugin,
      KINHUB_PLUGIN_MAJOR,
      KINHUB_PLUGIN_MINOR,
      {"scripted", 8},
      {"1.0", 3},
      {schema, sizeof schema - 1},
      {sizeof(kinhub_source), create, destroy, poll, snapshot, read_capture, skip}};
  return &plugin;
}
