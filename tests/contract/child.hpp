#pragma once
// A test's child process, to be killed.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>

namespace kinhub {

/// A process of its own that opens the store itself; the store of the parent must be closed. Its exit code
/// tells.
class Child {
 public:
  explicit Child(const std::function<void()>& work) : id_(::fork()) {
    if (id_ != 0) return;
    try {
      work();
      ::_exit(0);
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
      ::_exit(1);
    }
  }
  ~Child() {
    if (id_ > 0) kill(), wait();
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  void kill() { ::kill(id_, SIGKILL); }
  int wait() {
    int status = 0;
    ::waitpid(id_, &status, 0);
    id_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t id_;
};

}  // namespace kinhub
