#include "tests/agencies/demo/child.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

namespace kinhub::demo {
namespace {

constexpr std::size_t line_size_max = 1 << 20;

[[noreturn]] void become(const char* program, char* const* arguments, int output, int log) {
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  int nothing = ::open("/dev/null", O_RDONLY);
  bool ready = nothing >= 0 && ::dup2(nothing, 0) == 0 && ::dup2(output, 1) == 1 && ::dup2(log, 2) == 2;
  if (ready) ::execv(program, arguments);
  ::_exit(127);
}

std::system_error failed(const std::string& what) {
  return {errno, std::generic_category(), what};
}

}  // namespace

Child::Child(const std::filesystem::path& program, const std::vector<std::string>& arguments,
             const std::filesystem::path& log) {
  std::vector<std::string> words = {program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (auto& word : words)
    pointers.push_back(word.data());
  pointers.push_back(nullptr);
  int ends[2];
  int log_file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log_file < 0) throw failed("cannot write " + log.string());
  if (::pipe2(ends, O_CLOEXEC) != 0) {
    ::close(log_file);
    throw failed("pipe");
  }
  id_ = ::fork();
  if (id_ == 0) become(pointers[0], pointers.data(), ends[1], log_file);
  ::close(ends[1]);
  ::close(log_file);
  output_ = ends[0];
  if (id_ < 0) {
    ::close(output_);
    throw failed("cannot start " + program.string());
  }
}

Child::~Child() {
  ::close(output_);
  if (!running()) return;
  ::kill(id_, SIGTERM);
  for (int i = 0; i < 250 && running(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  if (!running()) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

bool Child::running() {
  if (id_ < 0) return false;
  if (::waitpid(id_, nullptr, WNOHANG) == 0) return true;
  id_ = -1;
  return false;
}

std::optional<std::string> Child::line(std::chrono::milliseconds patience) {
  const auto end = std::chrono::steady_clock::now() + patience;
  for (;;) {
    auto at = read_.find('\n');
    if (at != std::string::npos) {
      auto line = read_.substr(0, at);
      read_.erase(0, at + 1);
      return line;
    }
    auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd wanted{output_, POLLIN, 0};
    if (left <= 0 || ::poll(&wanted, 1, static_cast<int>(left)) <= 0) return std::nullopt;
    char bytes[4096];
    auto size = ::read(output_, bytes, sizeof bytes);
    if (size <= 0) return std::nullopt;
    read_.append(bytes, static_cast<std::size_t>(size));
    if (read_.size() > line_size_max) read_.resize(line_size_max);
  }
}

}  // namespace kinhub::demo
