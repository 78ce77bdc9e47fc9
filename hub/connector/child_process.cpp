#include "hub/connector/child_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <thread>

#include "hub/connector/frame_socket.hpp"
#include "hub/connector/frames.hpp"

namespace kinhub {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::uint32_t create_patience_ms = 20'000, snapshot_patience_ms = 60'000;
constexpr auto exit_patience = milliseconds(2000), stop_patience = milliseconds(5000);
constexpr std::size_t said_lines_max = 20, said_line_max = 500;

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
    lines_.push_back(std::exchange(line_, {}));
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
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::string program = options_.program.string(), word = "connector-host";
    char* arguments[] = {program.data(), word.data(), nullptr};
    pid_t process = -1;
    int error = ::posix_spawn(&process, program.c_str(), &files, &attributes, arguments, environ);
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
              return std::move(*outcome);
            }
            case FrameType::commit: {
              auto harvest = decode_harvest(frame->payload);
              if (!harvest) return died("sent events that are none");
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
                intake_.note(static_cast<int>(note->number), note->text);
              } else if (frame->type == FrameType::count) {
                intake_.count(note->text, note->number);
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
          return died("has not returned from its call and shows no progress");
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
    int status = 0;
    for (;;) {
      auto ended = ::waitpid(process_, &status, WNOHANG);
      if (ended == process_ || (ended < 0 && errno != EINTR)) break;
      if (steady_clock::now() >= kill_at) ::kill(process_, SIGKILL);
      std::this_thread::sleep_for(milliseconds(2));
    }
    if (stderr_.number() >= 0) drain_stderr();
    said_.finish();
    process_ = -1;
    return status;
  }

  CallOutcome died(std::string_view why) {
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
            why.empty() && !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)};
  }

  const ChildOptions options_;
  Intake& intake_;
  const std::stop_token stop_;
  pid_t process_ = -1;
  File socket_, stderr_;
  FrameReader frames_;
  std::vector<char> chunk_;
  LastLines said_;
};

}  // namespace

Created create_child_instance(const ChildOptions& options, std::string_view config_json,
                              const Secrets& secrets, Intake& intake, const Clock& clock,
                              std::stop_token stop) {
  auto instance = std::make_unique<ChildInstance>(options, intake, std::move(stop));
  CreateOrder order;
  order.connector = options.connector;
  for (const auto& directory : options.directories)
    order.directories.push_back(std::filesystem::absolute(directory).string());
  order.config_json = config_json;
  order.secrets = secrets;
  order.clock_offset_us = clock.now_us() - SystemClock().now_us();
  order.memory_max_bytes = options.memory_max_bytes;
  auto outcome = instance->start(order);
  if (outcome.status != KINHUB_OK) return {nullptr, std::move(outcome)};
  return {std::move(instance), {}};
}

}  // namespace kinhub
