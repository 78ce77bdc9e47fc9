#pragma once
// Signal handling: SIGINT and SIGTERM as a stop token, for commands that run until told to stop.

#include <csignal>
#include <ctime>
#include <stop_token>
#include <thread>

namespace kinhub {

/// Scope guard that turns SIGINT and SIGTERM into a stop request. Threads started after it
/// inherit the blocked signals.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&signals_);
    sigaddset(&signals_, SIGINT);
    sigaddset(&signals_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &signals_, &before_);
    std::signal(SIGPIPE, SIG_IGN);  // a peer that went away is an error of one write
    waiter_ = std::jthread([this](std::stop_token done) {
      while (!done.stop_requested()) {
        constexpr timespec patience{0, 200'000'000};
        if (sigtimedwait(&signals_, nullptr, &patience) > 0) source_.request_stop();
      }
    });
  }
  ~StopOnSignal() {
    waiter_.request_stop();
    waiter_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  StopOnSignal(const StopOnSignal&) = delete;
  StopOnSignal& operator=(const StopOnSignal&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  sigset_t signals_{}, before_{};
  std::stop_source source_;
  std::jthread waiter_;
};

}  // namespace kinhub
