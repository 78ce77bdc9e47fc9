/* The plugin contract of Kinhub, version 1.3: how an agency's connector gets in.
 *
 * Plain C. No C++ type, exception or allocation crosses this border. A connector is one shared object that
 * exports kinhub_plugin_v1 and nothing else; beside NAME.so stands NAME.connector.json (name, version,
 * major, minor, sha256), read before the object is loaded. docs/connectors.md walks through writing one;
 * plugins/template is one to start from.
 *
 * Statuses are instructions to the hub. Retry, back-off and patience live in the hub, not here.
 * Threads belong to the host: one instance is called from one thread at a time and owns none after destroy().
 * (A listening connector that must answer senders while poll() waits does so inside poll().)
 * Borrowed views are valid for the call that passes them.
 */
#ifndef KINHUB_PLUGIN_H
#define KINHUB_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define KINHUB_NOEXCEPT noexcept
extern "C" {
#else
#define KINHUB_NOEXCEPT
#endif

#define KINHUB_PLUGIN_MAJOR 1
#define KINHUB_PLUGIN_MINOR 3

typedef struct kinhub_str { const char *data; size_t size; } kinhub_str; /* bytes, not NUL-terminated */

typedef int32_t kinhub_status; /* fixed width: a C enum has no promised size */
enum {
  KINHUB_OK = 0,     /* go on */
  KINHUB_RETRY = 1,  /* the same call later, after the host's back-off */
  KINHUB_REJECT = 2, /* never this one again: the host quarantines it */
  KINHUB_FATAL = 3   /* destroy me; the host starts a new instance, or reports the source as failed */
};

enum { KINHUB_LOG_DEBUG = 0, KINHUB_LOG_INFO = 1, KINHUB_LOG_WARNING = 2, KINHUB_LOG_ERROR = 3 };

#define KINHUB_TIME_UNKNOWN INT64_MIN

/* One change, as the agency told it. The body is a complete document in the agency's own format and charset
 * that holds ONE record: a file of 500 rows becomes 500 events, each its head, one row, its tail, the bytes
 * unchanged. */
typedef struct kinhub_event {
  size_t struct_size;
  /* the agency's own business key of this record, if it is seen without decoding; or empty. Events of one key
   * wait behind one that is in quarantine. K and "K|*" stand beside each other: only what
   * takes something back waits behind both. */
  kinhub_str key;
  kinhub_str body;
  kinhub_str content_type; /* application/xml, application/json, text/csv, x-application/hl7-v2+er7 */
  /* as declared by the body or the configuration; the hub decodes, the plugin does not guess */
  kinhub_str charset;
  /* opaque, at most 1 MiB: where the source continues after this event; empty: not a point to continue at */
  kinhub_str position;
  kinhub_str origin;       /* for a reader: file name and record number, page and row, peer address */
  /* when the agency recorded it: UTC microseconds since 1970, or KINHUB_TIME_UNKNOWN */
  int64_t occurred_at_us;
  /* Since 1.3. Where in the body the record itself stands, between the head and the tail that it shares with
   * the others of its file; size 0: not told. Two nights' records are compared by these bytes alone. */
  uint64_t record_begin, record_size;
} kinhub_event;

/* What the host does for a plugin. All functions may be called only inside a call from the host, except
 * where said. */
typedef struct kinhub_host {
  size_t struct_size;
  void *self;
  /* Takes one event. KINHUB_OK: the host has it (not yet durable, see commit). Anything else: stop, return
   * it. */
  kinhub_status (*emit)(void *self, const kinhub_event *event) KINHUB_NOEXCEPT;
  /* Bytes that are no event: kept whole in quarantine with a code (UPPER_CASE) and one sentence. `position`
   * as in kinhub_event: where the source continues after these bytes. */
  kinhub_status (*reject)(void *self, kinhub_str bytes, kinhub_str content_type, kinhub_str charset,
                          kinhub_str code, kinhub_str detail, kinhub_str place, kinhub_str position,
                          kinhub_str origin) KINHUB_NOEXCEPT;
  /* Makes all emitted and rejected so far durable in the event log, and the last position with them.
   * KINHUB_OK: it is on disk; only now may a pushing agency get its positive answer. KINHUB_RETRY: it is
   * not, answer negatively. */
  kinhub_status (*commit)(void *self) KINHUB_NOEXCEPT;
  /* This source is complete up to this UTC instant: nothing that the agency recorded before is still to
   * come. */
  void (*complete_until)(void *self, int64_t utc_us) KINHUB_NOEXCEPT;
  /* 1: stop soon, return KINHUB_OK from poll or snapshot. Safe from any thread. */
  int32_t (*stop_requested)(void *self) KINHUB_NOEXCEPT;
  /* Named secret of this source (configuration `secrets:`), empty if there is none. Valid until destroy. */
  kinhub_str (*secret)(void *self, kinhub_str name) KINHUB_NOEXCEPT;
  /* UTC microseconds since 1970. Safe from any thread. */
  int64_t (*now_us)(void *self) KINHUB_NOEXCEPT;
  /* One line for the operator, never with a name or number of a person. The host limits the rate. Any
   * thread. */
  void (*log)(void *self, int32_t level, kinhub_str text) KINHUB_NOEXCEPT;
  /* Counts something: metric(name, add). Any thread. */
  void (*metric)(void *self, kinhub_str name, int64_t add) KINHUB_NOEXCEPT;
  /* Says why the status about to be returned is not KINHUB_OK: one sentence with what to do. */
  void (*explain)(void *self, kinhub_str text) KINHUB_NOEXCEPT;
  /* Since 1.1. As reject, for bytes whose business key is known all the same: what follows with this key
   * waits behind them. `event` holds the bytes as its body. */
  kinhub_status (*reject_event)(void *self, const kinhub_event *event, kinhub_str code, kinhub_str detail,
                                kinhub_str place) KINHUB_NOEXCEPT;
  /* Since 1.1. The source continues at `position` after everything emitted and rejected so far, though
   * nothing is emitted there: kept with the next commit. */
  kinhub_status (*checkpoint)(void *self, kinhub_str position) KINHUB_NOEXCEPT;
} kinhub_host;

/* What a plugin does. A null member means: not supported. */
typedef struct kinhub_source {
  size_t struct_size;
  /* config_json: one JSON object, checked by the host against config_schema. Folder and file names in it are
   * absolute. Refuses with explain() whatever is wrong in it, and a secret that is missing. It opens no port
   * and waits for nobody: `kinhub check` calls it beside a running hub. */
  kinhub_status (*create)(const kinhub_host *host, kinhub_str config_json, void **instance) KINHUB_NOEXCEPT;
  void (*destroy)(void *instance) KINHUB_NOEXCEPT;
  /* Streams changes after `position` (empty: from the start): emits what there is, waits at most timeout_ms
   * for more, and returns KINHUB_OK, with or without events. The host calls commit() after poll() if the
   * plugin did not. */
  kinhub_status (*poll)(void *instance, kinhub_str position, uint32_t timeout_ms) KINHUB_NOEXCEPT;
  /* Delivers everything the agency holds, resumable: positions of its events are snapshot cursors.
   * Afterwards the host's complete_until() has told the watermark. */
  kinhub_status (*snapshot)(void *instance, kinhub_str cursor) KINHUB_NOEXCEPT;
  /* Captured bytes of this agency (a file named `origin`), split into the events poll() would have emitted.
   * Positions stay empty. */
  kinhub_status (*read_capture)(void *instance, kinhub_str origin, kinhub_str bytes) KINHUB_NOEXCEPT;
  /* Called instead of poll() when the record after `position` has ended this connector's process several
   * times: hands its bytes over with reject(), without looking into them, with the position behind it.
   * KINHUB_REJECT: it cannot be told where the next one begins. */
  kinhub_status (*skip)(void *instance, kinhub_str position) KINHUB_NOEXCEPT;
} kinhub_source;

typedef struct kinhub_plugin {
  size_t struct_size;
  uint32_t major, minor;     /* of the contract it was built against */
  kinhub_str name, version;  /* of the connector */
  /* JSON Schema (draft 2020-12 subset: type, properties, required, default, enum, minimum, maximum,
   * description, additionalProperties, items). Since 1.2 also "secrets" at its root: the names of the
   * secrets that the plugin asks for, with what each is, as texts; others are then refused. Since 1.3 of a
   * property "format": "folder" or "port", which no two sources can share, and "used_with": the name of
   * a property that must be true for it to be used. */
  kinhub_str config_schema;
  kinhub_source source;
} kinhub_plugin;

/* The entry point's name carries the major. The receiver copies min(theirs, ours) of every struct into a
 * zeroed one, so a member that an older plugin lacks reads as null. */
typedef const kinhub_plugin *(*kinhub_plugin_entry)(void);
#if defined(__GNUC__)
__attribute__((visibility("default")))
#endif
const kinhub_plugin *kinhub_plugin_v1(void);

#ifdef __cplusplus
}
#endif
#endif
