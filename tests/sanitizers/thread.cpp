// What GCC 12's ThreadSanitizer does not see of its own. It knows nothing of thrd_create(), so that
// librdkafka's threads would crash in it: C11's threads by way of POSIX's, of which each thread, mutex and
// condition is one in glibc. And it knows nothing of pthread_mutex_clocklock(), by which std::timed_mutex
// waits. Only in programs built for it.

#include <pthread.h>
#include <threads.h>

#include <cerrno>
#include <cstdint>
#include <ctime>

namespace {

struct Call {
  thrd_start_t function;
  void* argument;
};

void* run(void* call) {
  auto [function, argument] = *static_cast<Call*>(call);
  delete static_cast<Call*>(call);
  return reinterpret_cast<void*>(static_cast<std::intptr_t>(function(argument)));
}

int as_c11(int error) {
  return error == 0 ? thrd_success : error == ETIMEDOUT ? thrd_timedout : thrd_error;
}

pthread_mutex_t* posix(mtx_t* mutex) {
  return reinterpret_cast<pthread_mutex_t*>(mutex);
}
pthread_cond_t* posix(cnd_t* condition) {
  return reinterpret_cast<pthread_cond_t*>(condition);
}

}  // namespace

extern "C" {

int thrd_create(thrd_t* thread, thrd_start_t function, void* argument) {
  auto* call = new Call{function, argument};
  int error = pthread_create(thread, nullptr, run, call);
  if (error != 0) delete call;
  return as_c11(error);
}
int thrd_join(thrd_t thread, int* result) {
  void* returned = nullptr;
  int error = pthread_join(thread, &returned);
  if (result) *result = static_cast<int>(reinterpret_cast<std::intptr_t>(returned));
  return as_c11(error);
}

int mtx_lock(mtx_t* mutex) {
  return as_c11(pthread_mutex_lock(posix(mutex)));
}
int mtx_unlock(mtx_t* mutex) {
  return as_c11(pthread_mutex_unlock(posix(mutex)));
}

int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  return as_c11(pthread_cond_wait(posix(condition), posix(mutex)));
}
int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* until) {
  return as_c11(pthread_cond_timedwait(posix(condition), posix(mutex), until));
}
int cnd_signal(cnd_t* condition) {
  return as_c11(pthread_cond_signal(posix(condition)));
}
int cnd_broadcast(cnd_t* condition) {
  return as_c11(pthread_cond_broadcast(posix(condition)));
}

int pthread_mutex_clocklock(pthread_mutex_t* mutex, clockid_t clock, const timespec* until) {
  constexpr long second_ns = 1'000'000'000;
  timespec then{}, now{}, give_up{};
  clock_gettime(clock, &then);
  clock_gettime(CLOCK_REALTIME, &now);
  auto late_ns = now.tv_nsec - then.tv_nsec + until->tv_nsec;  // between -1 s and 2 s
  give_up.tv_sec = now.tv_sec - then.tv_sec + until->tv_sec + (late_ns + second_ns) / second_ns - 1;
  give_up.tv_nsec = (late_ns + second_ns) % second_ns;
  return pthread_mutex_timedlock(mutex, &give_up);
}

/// librdkafka is not built for ThreadSanitizer: the order its atomic counts make is not seen.
const char* __tsan_default_suppressions() {
  return "race:librdkafka.so\n";
}

}  // extern "C"
