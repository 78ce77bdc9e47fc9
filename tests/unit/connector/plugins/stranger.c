/* A connector that means harm: its settings name one act, which it tries in each poll; what came of it is
 * the body of an event, "ACT: done" or "ACT: errno". The hub must stand each of them. */
#define _GNU_SOURCE
#include <kinhub/plugin.h>

#include <asm/sockios.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

typedef struct stranger {
  const kinhub_host* host;
  char act[64], path[512];
  long count;
} stranger;

static kinhub_str str(const char* text) {
  kinhub_str view = {text, strlen(text)};
  return view;
}

/* The value of "name":"..." in a flat JSON object. */
static void setting(kinhub_str json, const char* name, char* into, size_t size) {
  char wanted[64], text[4096];
  size_t length = json.size < sizeof text - 1 ? json.size : sizeof text - 1;
  into[0] = '\0';
  memcpy(text, json.data, length);
  text[length] = '\0';
  snprintf(wanted, sizeof wanted, "\"%s\":\"", name);
  char* begin = strstr(text, wanted);
  if (begin == NULL) return;
  begin += strlen(wanted);
  char* end = strchr(begin, '"');
  if (end == NULL || (size_t)(end - begin) >= size) return;
  memcpy(into, begin, (size_t)(end - begin));
  into[end - begin] = '\0';
}

static kinhub_status say(stranger* self, const char* body) {
  char position[32], key[32];
  kinhub_event event;
  memset(&event, 0, sizeof event);
  event.struct_size = sizeof event;
  snprintf(position, sizeof position, "%ld", ++self->count);
  snprintf(key, sizeof key, "K%ld", self->count);
  event.key = str(key);
  event.body = str(body);
  event.content_type = str("text/csv");
  event.position = str(position);
  event.origin = str(self->act);
  event.occurred_at_us = KINHUB_TIME_UNKNOWN;
  return self->host->emit(self->host->self, &event);
}

/* "act: done" of something that went well, else "act: EACCES" and its like. */
static kinhub_status tell(stranger* self, int went_well) {
  char body[160];
  snprintf(body, sizeof body, "%s: %s", self->act, went_well ? "done" : strerrorname_np(errno));
  return say(self, body);
}

static void* idle(void* nothing) {
  return nothing;
}

static int can_fork(void) {
  pid_t made = fork();
  if (made == 0) {
    for (;;)
      pause();
  }
  return made > 0;
}

/* A process in a group of its own, which an end of its parent's group does not reach. */
static kinhub_status leave_one_behind(stranger* self) {
  char body[160];
  pid_t made = fork();
  if (made < 0) return tell(self, 0);
  if (made == 0) {
    setpgid(0, 0);
    for (;;)
      pause();
  }
  setpgid(made, made);
  snprintf(body, sizeof body, "leave: %ld", (long)made);
  return say(self, body);
}

static int can_start_a_program(void) {
  char* words[] = {"true", NULL};
  execve("/bin/true", words, environ);
  return 0;
}

static int can_write(const char* path) {
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return 0;
  close(file);
  return 1;
}

static int can_open(const char* path, int how) {
  int file = open(path, how | O_CLOEXEC);
  if (file < 0) return 0;
  close(file);
  return 1;
}

/* Whether one of the ways is open by which the kernel sends a signal to the owner of a file, here the hub: by
 * the call as it is, and with bits above those of its number, which the kernel does not look at. */
static int can_own_in_the_hubs_name(void) {
  const unsigned long above = 1UL << 32;
  const unsigned long numbers[] = {F_SETOWN, F_SETSIG, F_SETOWN_EX};
  struct f_owner_ex hub = {F_OWNER_PID, getppid()};
  int pair[2], owner = getppid(), open = 0;
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return 0;
  for (int high = 0; high < 2; ++high) {
    for (int i = 0; i < 3; ++i) {
      unsigned long value = i == 0 ? (unsigned long)owner : i == 1 ? SIGKILL : (unsigned long)&hub;
      open |= syscall(SYS_fcntl, pair[0], numbers[i] | (high ? above : 0), value) == 0;
    }
    open |= syscall(SYS_ioctl, pair[0], FIOSETOWN | (high ? above : 0), &owner) == 0;
    open |= syscall(SYS_ioctl, pair[0], SIOCSPGRP | (high ? above : 0), &owner) == 0;
  }
  int error = errno;
  close(pair[0]), close(pair[1]);
  errno = error;
  return open;
}

/* As can_reach_unix(), with bits above those of a family. */
static int can_reach_unix_by_high_bits(void) {
  long made = syscall(SYS_socket, AF_UNIX | (1UL << 32), SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) return 0;
  close((int)made);
  return 1;
}

static int can_reach_unix(void) {
  int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) return 0;
  close(made);
  return 1;
}

static int can_limit_the_hub(void) {
  struct rlimit none = {0, 0};
  return prlimit(getppid(), RLIMIT_NOFILE, &none, NULL) == 0;
}

static int can_have_a_thread(void) {
  pthread_t thread;
  int error = pthread_create(&thread, NULL, idle, NULL);
  if (error == 0) pthread_join(thread, NULL);
  errno = error;
  return error == 0;
}

/* A frame that announces 600 MiB, and as many bytes as are taken. */
static void announce(void) {
  char head[5] = {0, 0, (char)0x80, 0x25, 33}, bytes[4096];
  memset(bytes, 'x', sizeof bytes);
  if (write(3, head, sizeof head) != (ssize_t)sizeof head) return;
  while (send(3, bytes, sizeof bytes, MSG_NOSIGNAL) > 0) {
  }
}

static kinhub_status flood(stranger* self) {
  for (long i = 0; i < 20000; ++i) {
    kinhub_status taken = say(self, "flood,one,more,row,of,nothing,at,all");
    if (taken != KINHUB_OK) return taken;
  }
  return KINHUB_OK;
}

static kinhub_status act(stranger* self) {
  const char* wanted = self->act;
  char place[64];
  errno = 0;
  if (strcmp(wanted, "read") == 0) return tell(self, can_open(self->path, O_RDONLY));
  if (strcmp(wanted, "watch") == 0) return tell(self, 1);
  if (strcmp(wanted, "list") == 0) return tell(self, can_open(self->path, O_RDONLY | O_DIRECTORY));
  if (strcmp(wanted, "write") == 0) return tell(self, can_write(self->path));
  if (strcmp(wanted, "memory") == 0) {
    snprintf(place, sizeof place, "/proc/%d/mem", (int)getppid());
    return tell(self, can_open(place, O_RDWR));
  }
  if (strcmp(wanted, "hub environment") == 0) {
    snprintf(place, sizeof place, "/proc/%d/environ", (int)getppid());
    return tell(self, can_open(place, O_RDONLY));
  }
  if (strcmp(wanted, "ptrace") == 0) return tell(self, ptrace(PTRACE_ATTACH, getppid(), NULL, NULL) == 0);
  if (strcmp(wanted, "signal") == 0) return tell(self, kill(getppid(), SIGSTOP) == 0);
  if (strcmp(wanted, "signal all") == 0) return tell(self, kill(-1, SIGTERM) == 0);
  if (strcmp(wanted, "fork") == 0) return tell(self, can_fork());
  if (strcmp(wanted, "leave") == 0) return leave_one_behind(self);
  if (strcmp(wanted, "program") == 0) return tell(self, can_start_a_program());
  if (strcmp(wanted, "session") == 0) return tell(self, setsid() >= 0);
  if (strcmp(wanted, "limits") == 0) return tell(self, can_limit_the_hub());
  if (strcmp(wanted, "unix") == 0) return tell(self, can_reach_unix());
  if (strcmp(wanted, "unix by high bits") == 0) return tell(self, can_reach_unix_by_high_bits());
  if (strcmp(wanted, "own") == 0) return tell(self, can_own_in_the_hubs_name());
  if (strcmp(wanted, "dump by high bits") == 0)
    return tell(self, syscall(SYS_prctl, PR_SET_DUMPABLE | (1UL << 32), 1UL, 0UL, 0UL, 0UL) == 0);
  if (strcmp(wanted, "slow") == 0)
    return tell(self, setpriority(PRIO_USER, 0, getpriority(PRIO_PROCESS, 0)) == 0);
  if (strcmp(wanted, "thread") == 0) return tell(self, can_have_a_thread());
  if (strcmp(wanted, "dump") == 0) return tell(self, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0);
  if (strcmp(wanted, "secret") == 0) {
    kinhub_str secret = self->host->secret(self->host->self, str("own"));
    char body[160];
    snprintf(body, sizeof body, "secret: %.*s", (int)secret.size, secret.size > 0 ? secret.data : "");
    return say(self, body);
  }
  if (strcmp(wanted, "environment") == 0) {
    for (char** one = environ; *one != NULL; ++one) {
      kinhub_status taken = say(self, *one);
      if (taken != KINHUB_OK) return taken;
    }
    return say(self, "environment: done");
  }
  if (strcmp(wanted, "announce") == 0) announce();
  if (strcmp(wanted, "flood") == 0) return flood(self);
  if (strcmp(wanted, "noise") == 0)
    for (int i = 0; i < 100000; ++i) {
      char frame[5 + 3] = {3, 0, 0, 0, 35, 2, 1, '!'};
      if (send(3, frame, sizeof frame, MSG_NOSIGNAL) != (ssize_t)sizeof frame) break;
    }
  if (strcmp(wanted, "claim") == 0) {
    self->host->complete_until(self->host->self, 253402271999000000);
    return tell(self, 1);
  }
  if (strcmp(wanted, "long key") == 0) {
    static char key[10000];
    kinhub_event event;
    memset(&event, 0, sizeof event);
    memset(key, 'k', sizeof key);
    event.struct_size = sizeof event;
    event.key.data = key, event.key.size = sizeof key;
    event.body = str("long");
    event.position = str("1");
    event.origin = str("file.csv#7");
    event.occurred_at_us = KINHUB_TIME_UNKNOWN;
    kinhub_status taken = self->host->emit(self->host->self, &event);
    self->count = 1;
    return taken == KINHUB_OK ? say(self, "long key: done") : taken;
  }
  if (strcmp(wanted, "hang") == 0)
    for (;;)
      pause();
  if (strcmp(wanted, "speak") == 0) {
    fprintf(stderr, "cannot read the record of \xE7\x8E\x8B\xE8\xAF\x95\xE5\xAD\x90 13800138000\n");
    abort();
  }
  return KINHUB_OK;
}

static kinhub_status create(const kinhub_host* host, kinhub_str config, void** instance) {
  stranger* made = calloc(1, sizeof *made);
  if (made == NULL) return KINHUB_FATAL;
  made->host = host;
  setting(config, "act", made->act, sizeof made->act);
  setting(config, "path", made->path, sizeof made->path);
  *instance = made;
  return KINHUB_OK;
}

static void destroy(void* instance) {
  free(instance);
}

/* The deed once, at the beginning; a flood for ever, and a file that is watched must stay. */
static kinhub_status poll(void* instance, kinhub_str position, uint32_t timeout_ms) {
  stranger* self = instance;
  (void)timeout_ms;
  self->count = position.size > 0 ? strtol(position.data, NULL, 10) : 0;
  if (strcmp(self->act, "watch") == 0 && !can_open(self->path, O_RDONLY)) return KINHUB_RETRY;
  if (self->count > 0 && strcmp(self->act, "flood") != 0) return KINHUB_OK;
  return act(self);
}

static kinhub_status skip(void* instance, kinhub_str position) {
  stranger* self = instance;
  (void)position;
  return self->host->reject(self->host->self, str(""), str("text/csv"), str(""), str("SKIPPED"),
                            str("it hung"), str("record 1"), str("1"), str("record 1"));
}

const kinhub_plugin* kinhub_plugin_v1(void) {
  static const kinhub_plugin plugin = {
      sizeof(kinhub_plugin),
      KINHUB_PLUGIN_MAJOR,
      0,
      {"stranger", 8},
      {"1.0", 3},
      {"{\"type\":\"object\",\"properties\":{\"act\":{\"type\":\"string\"},\"path\":{\"type\":\"string\"}},"
       "\"secrets\":{\"own\":\"its own\"}}",
       109},
      {sizeof(kinhub_source), create, destroy, poll, NULL, NULL, skip}};
  return &plugin;
}
