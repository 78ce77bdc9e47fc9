#include "hub/connector/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <set>
#include <thread>

#include <sys/prctl.h>

#include "hub/base/mask.hpp"
#include "hub/base/mutex.hpp"
#include "hub/connector/event_limits.hpp"
#include "hub/connector/frame_socket.hpp"
#include "hub/connector/frames.hpp"
#include "hub/connector/sandbox.hpp"

namespace kinhub {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::uint32_t create_patience_ms = 20'000, snapshot_patience_ms = 60'000;
constexpr auto exit_patience = milliseconds(2000), stop_patience = milliseconds(5000);
constexpr std::size_t said_lines_max = 20, said_line_max = 500;
constexpr int notes_per_window = 20;
constexpr auto notes_window = std::chrono::seconds(10);
constexpr std::size_t metric_name_max = 100;

// The processes that this one started, and whether it inherits theirs.
Mutex children_mutex;
std::set<pid_t> children KINHUB_GUARDED_BY(children_mutex);
bool inherits_orphans KINHUB_GUARDED_BY(children_mutex) = false;

/// What /proc tells of a process.
struct ProcessState {
  char state = '\0';
  pid_t parent = 0, session = 0;
};

std::optional<ProcessState> state_of(const std::string& process) {
  std::ifstream in("/proc/" + process + "/stat");
  std::string text;
  std::getline(in, text);
  const auto end = text.rfind(')');  // the name before it may hold anything
  if (end == std::string::npos) return std::nullopt;
  ProcessState found;
  long parent = 0, group = 0, session = 0;
  if (std::sscanf(text.c_str() + end + 1, " %c %ld %ld %ld", &found.state, &parent, &group, &session) != 4)
    return std::nullopt;
  found.parent = static_cast<pid_t>(parent), found.session = static_cast<pid_t>(session);
  return found;
}

template <class Look>
void for_each_process(const Look& look) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", failed)) {
    const auto name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (const auto found = state_of(name))
      look(static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10)), *found);
  }
}

/// Ends the session of a connector's process: whatever it started that is still there. REQUIRES: its leader
/// is not reaped yet, so that the number is nobody else's. Processes of other sessions are not the hub's to
/// end, though they may be its children: a shell that became the hub by exec had jobs of its own, and in a
/// container the hub inherits everybody's.
void end_session(pid_t leader) {
  constexpr int rounds_max = 20;  // what is ended may just have started something
  for (int round = 0; round < rounds_max; ++round) {
    bool found = false;
    for_each_process([&](pid_t process, const ProcessState& state) {
      if (process == leader || state.session != leader || state.state == 'Z') return;
      found = true;
      ::kill(process, SIGKILL);
    });
    if (!found) return;
    std::this_thread::sleep_for(milliseconds(1));
  }
}

/// Reaps inherited processes that have ended by themselves, and touches none that lives.
void reap_orphans() KINHUB_REQUIRES(children_mutex) {
  if (!inherits_orphans) return;
  std::vector<pid_t> ended;
  for_each_process([&](pid_t process, const ProcessState& state) {
    if (state.state == 'Z' && state.parent == ::getpid()) ended.push_back(process);
  });
  for (const auto process : ended)
    if (!children.contains(process)) ::waitpid(process, nullptr, WNOHANG);
}

/// The environment of a child: what a library needs to find its way, and nothing of the hub's, where the
/// secrets of all sources may stand.
std::vector<std::string> clean_environment() {
  std::vector<std::string> kept{"PATH=/usr/bin:/bin", "LANG=C.UTF-8",
                                // One thread before the sandbox: another would stay outside.
                                "MALLOC_CONF=background_thread:false"};
  for (const char* name :
       {"TZ", "SSL_CERT_FILE", "SSL_CERT_DIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"})
    if (const char* value = std::getenv(name)) kept.push_back(std::string(name) + "=" + value);
#ifdef KINHUB_FAILPOINTS
  if (const char* value = std::getenv("KINHUB_FAILPOINT"))
    kept.push_back(std::string("KINHUB_FAILPOINT=") + value);
#endif
  return kept;
}

class File {
 public:
  explicit File(int number = -1) : number_(number) {}
  File(File&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  File& operator=(File&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  ~File() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }
  void close() { File gone(std::exchange(number_, -1)); }

 private:
  int number_;
};

/// The last lines a process said on its standard error.
class LastLines {
 public:
  void add(std::string_view bytes) {
    for (char c : bytes) {
      if (c == '\n') {
        finish();
      } else if (line_.size() < said_line_max) {
        line_.push_back(static_cast<unsigned char>(c) < 0x20 ? ' ' : c);
      }
    }
  }
  void finish() {
    if (line_.empty()) return;
    lines_.push_back(mask_key(std::exchange(line_, {})));  // a library's last words may name anybody
    if (lines_.size() > said_lines_max) lines_.pop_front();
  }
  std::vector<std::string> lines() const { return {lines_.begin(), lines_.end()}; }
  std::string last() const { return lines_.empty() ? "" : lines_.back(); }

 private:
  std::string line_;
  std::deque<std::string> lines_;
};

class ChildInstance final : public Instance {
 public:
  ChildInstance(ChildOptions options, Intake& intake, std::stop_token stop)
      : options_(std::move(options)), intake_(intake), stop_(std::move(stop)) {}

  ~ChildInstance() override {
    if (process_ > 0) {
      send_frame(socket_.number(), FrameType::end, {});
      reap(exit_patience);
      intake_.process(std::nullopt, said_.lines());
    }
  }
  ChildInstance(const ChildInstance&) = delete;
  ChildInstance& operator=(const ChildInstance&) = delete;

  CallOutcome start(const CreateOrder& order) {
    assert(process_ < 0);
    if (auto why = spawn(); !why.empty())
      return {KINHUB_RETRY,
              fmt::format("no process for connector {}: {}; look at limits and memory of this machine",
                          options_.connector, why),
              false};
    intake_.process(process_, {});
    return call(FrameType::create, encode(order), create_patience_ms);
  }
  CallOutcome describe(const CreateOrder& order) {
    if (auto why = spawn(); !why.empty()) return {KINHUB_RETRY, why, false};
    return call(FrameType::describe, encode(order), create_patience_ms);
  }

  CallOutcome poll(const std::string& position, std::uint32_t timeout_ms, HarvestLimits limits) override {
    return call(FrameType::poll, encode(CallOrder{position, timeout_ms, limits}),
                timeout_ms + options_.silence_max_ms);
  }
  CallOutcome snapshot(const std::string& cursor, HarvestLimits limits) override {
    return call(FrameType::snapshot, encode(CallOrder{cursor, 0, limits}),
                std::max(snapshot_patience_ms, options_.silence_max_ms));
  }
  CallOutcome skip(const std::string& position) override {
    return call(FrameType::skip, encode(CallOrder{position, 0, {}}), options_.silence_max_ms);
  }
  CallOutcome read_capture(std::string_view, std::string_view, HarvestLimits) override {
    return {KINHUB_FATAL, "captured files are read inside the hub's own process", false};
  }

 private:
  /// Starts the process. Empty, or why it could not.
  std::string spawn() {
    int pair[2], pipe[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return std::strerror(errno);
    File here(pair[0]), there(pair[1]);
    if (::pipe2(pipe, O_CLOEXEC | O_NONBLOCK) != 0) return std::strerror(errno);
    File said(pipe[0]), says(pipe[1]);
    timeval patience{10, 0};
    ::setsockopt(here.number(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);

    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawnattr_init(&attributes);
    // Above anything the dup2 calls below write to, so that none of them is overwritten before it is copied.
    int socket_above = ::fcntl(there.number(), F_DUPFD_CLOEXEC, 10),
        says_above = ::fcntl(says.number(), F_DUPFD_CLOEXEC, 10);
    File socket_copy(socket_above), says_copy(says_above);
    ::posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&files, says_above, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, says_above, STDERR_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, socket_above, host_socket);
    ::posix_spawn_file_actions_addclosefrom_np(&files, host_socket + 1);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes, &none);
    ::posix_spawnattr_setsigdefault(&attributes, &all);
    // Its own session, so that it is ended with all of it and nothing else.
    ::posix_spawnattr_setflags(&attributes,
                               POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
    std::string program = options_.program.string(), word = "connector-host";
    char* arguments[] = {program.data(), word.data(), nullptr};
    auto environment = clean_environment();
    std::vector<char*> variables;
    for (auto& one : environment)
      variables.push_back(one.data());
    variables.push_back(nullptr);
    pid_t process = -1;
    MutexLock lock(children_mutex);
    int error = ::posix_spawn(&process, program.c_str(), &files, &attributes, arguments, variables.data());
    if (error == 0) children.insert(process);
    lock.unlock();
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
    if (error != 0) return program + ": " + std::strerror(error);
    process_ = process, socket_ = std::move(here), stderr_ = std::move(said);
    return {};
  }

  /// A remote call: sends the order and serves the child's commits and heartbeats until its outcome comes.
  CallOutcome call(FrameType type, const std::string& order, std::uint32_t patience_ms) {
    if (process_ <= 0) return {KINHUB_FATAL, "the connector's process is gone", false};
    intake_.alive();
    auto active = steady_clock::now(), heard = active;
    std::optional<steady_clock::time_point> stop_sent;
    if (!send_frame(socket_.number(), type, order)) return died({});
    std::int64_t lives = 0;
    try {
      for (;;) {
        bool open = wait_for_bytes(heard);
        while (auto frame = frames_.next()) {
          switch (frame->type) {
            case FrameType::outcome: {
              auto outcome = decode_outcome(frame->payload);
              if (!outcome) return died("sent an outcome that is none");
              intake_.alive();
              if (type != FrameType::describe)
                outcome->explanation = one_line(outcome->explanation, note_text_max);
              return std::move(*outcome);
            }
            case FrameType::commit: {
              auto harvest = decode_harvest(frame->payload);
              if (!harvest || harvest->position.size() > position_max)
                return died("sent events that are none");
              bool durable = intake_.commit(std::move(*harvest));
              active = heard = steady_clock::now();
              if (!send_frame(socket_.number(), FrameType::committed, durable ? "1" : "0"))
                return died("does not take answers");
              break;
            }
            case FrameType::alive:
            case FrameType::note:
            case FrameType::count: {
              auto note = decode_note(frame->payload);
              if (!note) return died("sent a note that is none");
              if (frame->type == FrameType::note) {
                if (may_speak())
                  intake_.note(static_cast<int>(std::clamp<std::int64_t>(note->number, 0, 3)),
                               one_line(note->text, note_text_max));
              } else if (frame->type == FrameType::count) {
                intake_.count(one_line(note->text, metric_name_max), note->number);
              } else if (note->number != lives) {
                lives = note->number, active = steady_clock::now(), intake_.alive();
              }
              break;
            }
            default:
              return died("sent an order to the hub");
          }
        }
        if (!open) return died({});
        auto now = steady_clock::now();
        if (now - heard > milliseconds(options_.silence_max_ms))
          return died("gave no sign of life (stopped, or the machine is overloaded)");
        if (now - active > milliseconds(patience_ms))
          return died("has not returned from its call and shows no progress", Blame::record);
        if (!stop_.stop_requested()) continue;
        if (!stop_sent) {
          stop_sent = now;
          send_frame(socket_.number(), FrameType::stop, {});
        } else if (now - *stop_sent > stop_patience) {
          return died("did not stop when asked");
        }
      }
    } catch (const std::runtime_error& error) {
      return died(error.what());
    }
  }

  /// Rate limit of lines for the operator: the child keeps one of its own, and may be anything.
  bool may_speak() {
    const auto now = steady_clock::now();
    if (now - notes_since_ >= notes_window) notes_since_ = now, notes_ = 0;
    return notes_++ < notes_per_window;
  }

  /// Reads what is there, waiting a little. False: the child has closed its side.
  bool wait_for_bytes(steady_clock::time_point& heard) {
    pollfd files[] = {{socket_.number(), POLLIN, 0}, {stderr_.number(), POLLIN, 0}};
    if (::poll(files, stderr_.number() >= 0 ? 2 : 1, 50) <= 0) return true;
    if ((files[1].revents & (POLLIN | POLLHUP | POLLERR)) != 0) drain_stderr();
    if ((files[0].revents & (POLLIN | POLLHUP | POLLERR)) == 0) return true;
    if (chunk_.empty()) chunk_.resize(256 << 10);
    auto got = ::recv(socket_.number(), chunk_.data(), chunk_.size(), MSG_DONTWAIT);
    if (got < 0) return errno == EAGAIN || errno == EINTR;
    if (got == 0) return false;
    heard = steady_clock::now();
    frames_.add({chunk_.data(), static_cast<std::size_t>(got)});
    return true;
  }

  void drain_stderr() {
    char bytes[4096];
    for (int i = 0; i < 64; ++i) {
      auto got = ::read(stderr_.number(), bytes, sizeof bytes);
      if (got > 0) {
        said_.add({bytes, static_cast<std::size_t>(got)});
      } else {
        if (got == 0) stderr_.close();
        return;
      }
    }
  }

  /// Reaps the process: waits for its end, kills it when that takes too long. Its wait status.
  int reap(milliseconds patience) {
    auto kill_at = steady_clock::now() + patience;
    for (;;) {
      siginfo_t ended{};
      // Left unreaped until its session is ended: its number is not given to another process.
      if (::waitid(P_PID, static_cast<id_t>(process_), &ended, WEXITED | WNOHANG | WNOWAIT) != 0) {
        if (errno != EINTR) break;
      } else if (ended.si_pid == process_) {
        break;
      }
      if (steady_clock::now() >= kill_at) ::kill(process_, SIGKILL);
      std::this_thread::sleep_for(milliseconds(2));
    }
    ::kill(-process_, SIGKILL);  // what it started and left in its group, at once
    end_session(process_);
    int status = 0;
    {
      MutexLock lock(children_mutex);
      while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
      }
      children.erase(process_);
      reap_orphans();
    }
    if (stderr_.number() >= 0) drain_stderr();
    said_.finish();
    process_ = -1;
    return status;
  }

  /// Whose fault an end may be: nobody's that can be named, or that of the record the connector was at.
  enum class Blame : std::uint8_t { nobody, record };

  CallOutcome died(std::string_view why, Blame blame = Blame::nobody) {
    // Closed by itself: it has ended or is ending. Otherwise it is ended here and now.
    int status = reap(why.empty() ? exit_patience : milliseconds(0));
    std::string how;
    if (!why.empty()) {
      how = fmt::format("{} and was ended", why);
    } else if (WIFSIGNALED(status)) {
      how = fmt::format("was killed by signal {} ({})", WTERMSIG(status), ::strsignal(WTERMSIG(status)));
    } else {
      how = fmt::format("ended by itself with exit code {}", WEXITSTATUS(status));
    }
    auto last = said_.last();
    intake_.process(std::nullopt, said_.lines());
    return {KINHUB_FATAL,
            fmt::format("the process of connector {} {}{}", options_.connector, how,
                        last.empty() ? "" : "; it last said: " + last),
            blame == Blame::record || (why.empty() && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL))};
  }

  const ChildOptions options_;
  Intake& intake_;
  const std::stop_token stop_;
  pid_t process_ = -1;
  File socket_, stderr_;
  FrameReader frames_;
  std::vector<char> chunk_;
  LastLines said_;
  steady_clock::time_point notes_since_{};
  int notes_ = 0;
};

CreateOrder order_of(const ChildOptions& options, std::string_view config_json) {
  CreateOrder order;
  order.connector = options.connector;
  for (const auto& directory : options.directories)
    order.directories.push_back(std::filesystem::absolute(directory).string());
  order.config_json = config_json;
  order.memory_max_bytes = options.memory_max_bytes;
  order.readable = paths_in_settings(order.config_json, options.hidden);
  for (auto& path : trusted_paths(options.hidden))
    order.readable.push_back(std::move(path));
  for (const auto& directory : order.directories)
    for (const char* tail : {".so", ".connector.json"})
      order.readable.push_back(directory + "/" + options.connector + tail);
  order.writable = options.writable;
  order.landlock = options.sandbox.landlock, order.seccomp = options.sandbox.seccomp;
  return order;
}

/// Null sink: a connector that is only described harvests nothing.
class Nowhere final : public Intake {
 public:
  bool commit(Harvest) override { return false; }
  void note(int, std::string_view) override {}
  void count(std::string_view, std::int64_t) override {}
  void alive() override {}
  void process(std::optional<int>, const std::vector<std::string>&) override {}
};

}  // namespace

void adopt_orphans() {
  MutexLock lock(children_mutex);
  inherits_orphans = ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0;
}

namespace {
std::atomic<bool> hosting{false};
}  // namespace

void host_connectors() {
  hosting = true;
}
bool hosts_connectors() {
  return hosting;
}

Result<std::string> describe_connector(const ChildOptions& options) {
  Nowhere nowhere;
  ChildInstance instance(options, nowhere, {});
  auto said = instance.describe(order_of(options, "{}"));
  if (said.status == KINHUB_OK)
    return Result<std::string>(boost::system::in_place_value, std::move(said.explanation));
  return Error{"CONNECTOR_LOAD", std::move(said.explanation), options.connector};
}

Created create_child_instance(const ChildOptions& options, std::string_view config_json,
                              const Secrets& secrets, Intake& intake, const Clock& clock,
                              std::stop_token stop) {
  auto instance = std::make_unique<ChildInstance>(options, intake, std::move(stop));
  auto order = order_of(options, config_json);
  order.secrets = secrets;
  order.clock_offset_us = clock.now_us() - SystemClock().now_us();
  auto outcome = instance->start(order);
  if (outcome.status != KINHUB_OK) return {nullptr, std::move(outcome)};
  return {std::move(instance), {}};
}

}  // namespace kinhub
