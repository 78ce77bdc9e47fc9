#pragma once
// A child process that ends with its parent: started whole, read line by line, stopped politely.

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace kinhub::demo {

/// Runs on one thread, the one that made it: the child gets SIGTERM when that thread ends.
class Child {
 public:
  /// Its stdout is read by line(); its stderr goes to `log`. Throws std::system_error.
  Child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
        const std::filesystem::path& log);
  /// SIGTERM; SIGKILL after five seconds.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  /// The next whole line of its stdout, or nothing when none came in time. Lines longer than 1 MiB are cut.
  std::optional<std::string> line(std::chrono::milliseconds patience);
  /// False after it has ended.
  bool running();

 private:
  pid_t id_ = -1;
  int output_ = -1;
  std::string read_;
};

}  // namespace kinhub::demo
