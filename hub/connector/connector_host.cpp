#include "hub/connector/connector_host.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cassert>
#include <cerrno>
#include <cstdio>
#include <thread>

#include "hub/base/bounded_queue.hpp"
#include "hub/base/mutex.hpp"
#include "hub/connector/frame_socket.hpp"
#include "hub/connector/frames.hpp"
#include "hub/connector/sandbox.hpp"

namespace kinhub {
namespace {

class OffsetClock final : public Clock {
 public:
  explicit OffsetClock(std::int64_t offset_us) : offset_us_(offset_us) {}
  std::int64_t now_us() const override { return system_.now_us() + offset_us_; }

 private:
  SystemClock system_;
  std::int64_t offset_us_;
};

/// Sends what the instance hands over to the hub. Safe from any thread.
class SocketIntake final : public Intake {
 public:
  bool commit(Harvest harvest) override {
    alive();
    if (!send(FrameType::commit, encode(harvest))) return false;
    auto answer = answers.pop();
    return answer && *answer;
  }
  void note(int level, std::string_view text) override {
    send(FrameType::note, encode(Note{level, std::string(text)}));
  }
  void count(std::string_view metric, std::int64_t add) override {
    // Sent with the next heartbeat: connectors count every record.
    MutexLock lock(counts_mutex_);
    if (auto found = counts_.find(metric); found != counts_.end()) {
      found->second += add;
    } else if (counts_.size() < 200) {
      counts_.emplace(metric, add);
    }
  }
  void alive() override { lives_.fetch_add(1, std::memory_order_relaxed); }
  void process(std::optional<int>, const std::vector<std::string>&) override {}

  void send_counts() {
    std::map<std::string, std::int64_t, std::less<>> counts;
    {
      MutexLock lock(counts_mutex_);
      counts.swap(counts_);
    }
    for (const auto& [name, add] : counts)
      send(FrameType::count, encode(Note{add, name}));
  }
  void send_life() { send(FrameType::alive, encode(Note{lives_.load(std::memory_order_relaxed), {}})); }
  bool send(FrameType type, std::string_view payload) {
    MutexLock lock(sending_);
    return send_frame(host_socket, type, payload);
  }

  BoundedQueue<bool> answers{4};

 private:
  Mutex sending_, counts_mutex_;
  std::map<std::string, std::int64_t, std::less<>> counts_ KINHUB_GUARDED_BY(counts_mutex_);
  std::atomic<std::int64_t> lives_{1};
};

/// The memory in use. Its file is opened before the sandbox, whose rules may forget a process's own folder.
class Resident {
 public:
  Resident() : file_(::open("/proc/self/statm", O_RDONLY | O_CLOEXEC)) {}
  ~Resident() { ::close(file_); }
  Resident(const Resident&) = delete;
  Resident& operator=(const Resident&) = delete;
  std::size_t bytes() const {
    char text[128] = {};
    long pages = 0, resident = 0;
    if (::pread(file_, text, sizeof text - 1, 0) <= 0 || std::sscanf(text, "%ld %ld", &pages, &resident) != 2)
      return 0;
    return static_cast<std::size_t>(resident) * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  }

 private:
  int file_;
};

/// Signals and limits of the process before any code of the connector runs in it.
void settle_process() {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::signal(SIGINT, SIG_IGN);  // a terminal or a service manager sends it to everybody; the hub decides
  ::signal(SIGTERM, SIG_IGN);
  ::signal(SIGPIPE, SIG_IGN);
}

/// Serves the hub with one instance. Two detached threads use it until the process ends: one receives, one
/// sends the heartbeat; so it is left through _exit() alone.
class ConnectorHost {
 public:
  [[noreturn]] void serve() {
    // One thread until the sandbox stands: others would stay outside.
    const auto first = first_frame();
    auto order = first ? decode_create(first->payload) : std::nullopt;
    if (!order) ::_exit(3);
    SandboxSupport support = sandbox_support();
    if (!order->landlock) support.landlock = 0;
    support.seccomp = support.seccomp && order->seccomp;
    const SandboxPlan plan{order->readable, order->writable, order->memory_max_bytes};
    const auto refused = enter_sandbox(plan, support);
    if (support.landlock > 0) reach_.emplace(plan);
    std::thread([this] { receive(); }).detach();
    std::thread([this, limit = order->memory_max_bytes] { send_heartbeats(limit); }).detach();
    if (!refused.empty()) {
      answer({KINHUB_REJECT, "the connector cannot be isolated on this machine: " + refused, false});
      ::_exit(0);
    }

    ConnectorLibrary library({order->directories.begin(), order->directories.end()});
    if (first->type == FrameType::describe) {
      answer(describe(order->connector, library));
      ::_exit(0);
    }
    OffsetClock clock(order->clock_offset_us);
    auto created = create(*order, library, clock);
    answer(created.outcome);
    if (created.instance) call_as_ordered(*created.instance);
    created.instance.reset();
    // Both threads still use this object: leaving through exit() would take their ground away.
    std::fflush(nullptr);
    ::_exit(0);
  }

 private:
  /// Blocks for more bytes of the hub. False: it is gone, and nobody will ask for anything that is not
  /// durable.
  bool more_bytes() {
    chunk_.resize(64 << 10);
    for (;;) {
      auto got = ::recv(host_socket, chunk_.data(), chunk_.size(), 0);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) return false;
      frames_.add({chunk_.data(), static_cast<std::size_t>(got)});
      return true;
    }
  }

  /// The order to create or to describe, with which everything begins.
  std::optional<Frame> first_frame() try {
    for (;;) {
      if (auto frame = frames_.next()) {
        const bool begins = frame->type == FrameType::create || frame->type == FrameType::describe;
        return begins ? std::move(frame) : std::nullopt;
      }
      if (!more_bytes()) return std::nullopt;
    }
  } catch (const std::exception&) {
    return std::nullopt;
  }

  static CallOutcome describe(const std::string& name, ConnectorLibrary& library) {
    auto connector = library.load(name);
    if (!connector) return {KINHUB_REJECT, describe(connector.error()), false};
    return {KINHUB_OK, (*connector)->config_schema(), false};
  }
  static std::string describe(const Error& error) { return kinhub::describe(error); }

  void receive() {
    try {
      for (;;) {
        while (auto frame = frames_.next()) {
          if (frame->type == FrameType::committed) {
            intake_.answers.push(frame->payload == "1");
          } else if (frame->type == FrameType::stop) {
            stop_.request_stop();
          } else {
            orders_.push(std::move(*frame));
          }
        }
        if (!more_bytes()) ::_exit(0);
      }
    } catch (const std::exception& error) {
      std::fprintf(stderr, "connector-host: %s\n", error.what());
      ::_exit(3);
    }
  }

  void send_heartbeats(std::uint64_t memory_max_bytes) {
    for (;;) {
      std::this_thread::sleep_for(heartbeat);
      if (memory_max_bytes > 0 && resident_.bytes() > memory_max_bytes) {
        std::fprintf(stderr, "connector-host: more than %llu MiB of memory in use, which is the limit\n",
                     static_cast<unsigned long long>(memory_max_bytes >> 20));
        ::_exit(4);
      }
      // Between calls the hub does not listen.
      if (calling_) intake_.send_life();
    }
  }

  Created create(CreateOrder& order, ConnectorLibrary& library, const Clock& clock) {
    auto connector = library.load(order.connector);
    if (!connector) return {nullptr, {KINHUB_REJECT, describe(connector.error()), false}};
    return create_local_instance(*connector, order.config_json, std::move(order.secrets), intake_, clock,
                                 stop_.get_token());
  }

  void call_as_ordered(Instance& instance) {
    for (;;) {
      auto next = orders_.pop();
      if (!next || next->type == FrameType::end) return;
      auto call = decode_call(next->payload);
      if (!call) ::_exit(3);
      calling_ = true;
      if (next->type == FrameType::poll) {
        answer(in_reach(instance.poll(call->position, call->timeout_ms, call->limits)));
      } else if (next->type == FrameType::skip) {
        answer(instance.skip(call->position));
      } else if (next->type == FrameType::snapshot) {
        answer(in_reach(instance.snapshot(call->position, call->limits)));
      } else {
        ::_exit(3);
      }
    }
  }

  /// A failure that no try of this process can end, as a path has been replaced outside its sandbox, becomes
  /// the end of the process: the next one is allowed what is there then.
  CallOutcome in_reach(CallOutcome outcome) const {
    if (outcome.status != KINHUB_RETRY || !reach_) return outcome;
    const auto lost = reach_->lost();
    if (lost.empty()) return outcome;
    return {KINHUB_FATAL,
            outcome.explanation + "; " + lost +
                " was replaced, made or mounted since this process was isolated: it is started anew",
            false};
  }

  void answer(const CallOutcome& outcome) {
    intake_.send_counts();
    calling_ = false;
    intake_.send(FrameType::outcome, encode(outcome));
  }

  const Resident resident_;
  std::optional<SandboxReach> reach_;
  FrameReader frames_;  // of the main thread until the sandbox stands, then of the one that receives
  std::vector<char> chunk_;
  SocketIntake intake_;
  BoundedQueue<Frame> orders_{16};
  std::stop_source stop_;
  std::atomic<bool> calling_{true};
};

}  // namespace

int connector_host_main() {
  int type = 0;
  socklen_t size = sizeof type;
  if (::getsockopt(host_socket, SOL_SOCKET, SO_TYPE, &type, &size) != 0 || type != SOCK_STREAM) {
    std::fputs("connector-host is started by the hub for a source with `isolation: process`, not by hand\n",
               stderr);
    return 2;
  }
  settle_process();
  ConnectorHost().serve();
}

}  // namespace kinhub
