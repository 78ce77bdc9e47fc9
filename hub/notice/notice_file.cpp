#include "hub/notice/notice_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>

#include "hub/base/failpoint.hpp"
#include "hub/base/unavailable.hpp"
#include "hub/store/notices.hpp"
#include "hub/store/values.hpp"

namespace kinhub {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const char* what) {
  throw Unavailable(file.string() + ": " + what + ": " + std::generic_category().message(errno) +
                    ". Notices wait in the store until it can be written");
}

class File {
 public:
  explicit File(const std::filesystem::path& path) : path_(path) {
    std::error_code problem;
    if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), problem);
    handle_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (handle_ < 0) fail(path, "cannot open it");
    while (::flock(handle_, LOCK_EX) != 0)  // file lock: two processes must not write one line twice
      if (auto why = errno; why != EINTR) {
        ::close(handle_);
        errno = why;
        fail(path, "cannot lock it");
      }
  }
  ~File() { ::close(handle_); }
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  /// Recovery: the seq of the last whole line, 0 for an empty file; a torn line after it is truncated.
  std::int64_t last_sequence() {
    auto size = ::lseek(handle_, 0, SEEK_END);
    constexpr off_t tail_max = 1 << 20;  // a notice is far smaller
    auto from = std::max<off_t>(0, size - tail_max);
    std::string tail(static_cast<std::size_t>(size - from), '\0');
    if (::pread(handle_, tail.data(), tail.size(), from) != static_cast<ssize_t>(tail.size()))
      fail(path_, "cannot read it");
    auto end = tail.rfind('\n');
    auto whole = end == std::string::npos ? 0 : end + 1;
    if (whole < tail.size() && ::ftruncate(handle_, from + static_cast<off_t>(whole)) != 0)
      fail(path_, "cannot cut off its torn end");
    if (whole == 0) return 0;
    auto start = tail.rfind('\n', end - 1);
    start = end == 0 || start == std::string::npos ? 0 : start + 1;
    auto line = std::string_view(tail).substr(start, end - start);
    constexpr std::string_view mark = "\"seq\":";
    auto at = line.find(mark);
    std::int64_t sequence = 0;
    if (at != std::string_view::npos)
      std::from_chars(line.data() + at + mark.size(), line.data() + line.size(), sequence);
    if (sequence == 0)
      throw std::runtime_error(path_.string() + ": its last line is no notice: move this file away");
    return sequence;
  }

  void append(std::string_view text) {
    ::lseek(handle_, 0, SEEK_END);
    while (!text.empty()) {
      auto written = ::write(handle_, text.data(), text.size());
      if (written < 0 && errno != EINTR) fail(path_, "cannot write");
      if (written > 0) text.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  void sync() {
    if (::fdatasync(handle_) != 0) fail(path_, "cannot sync it");
    // Fsync of the folder: a file that power loss takes out of its folder is lost with all its lines.
    auto folder = path_.has_parent_path() ? path_.parent_path() : std::filesystem::path(".");
    auto handle = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (handle < 0) fail(folder, "cannot open it");
    auto synced = ::fsync(handle);
    ::close(handle);
    if (synced != 0) fail(folder, "cannot sync it");
  }

 private:
  std::filesystem::path path_;
  int handle_ = -1;
};

constexpr char delivered_name[] = "notices delivered to file";

}  // namespace

std::int64_t NoticeFile::deliver(Store& store, std::stop_token stop) {
  constexpr std::size_t notices_per_read = 1000;
  std::int64_t delivered = 0, last = 0;
  {
    auto reading = store.begin(Store::For::reading);
    auto noted = reading->values().get(delivered_name);
    delivered = noted.empty() ? 0 : std::stoll(noted);
    last = reading->notices().last();
  }
  if (delivered == last) return delivered;
  File file(file_);
  auto in_file = file.last_sequence();
  if (in_file > store.begin(Store::For::reading)->notices().last())
    throw std::runtime_error(
        file_.string() + " ends with notice " + std::to_string(in_file) +
        ", which this store never gave: it belongs to another data directory or a later state of "
        "this one. Move it away, or restore the store that goes with it");
  // Source of truth: the file, while it has lines; the store remembers for one that was rotated away.
  auto at = in_file > 0 ? in_file : delivered;
  while (!stop.stop_requested()) {
    auto rows = store.begin(Store::For::reading)->notices().page(at, notices_per_read);
    if (rows.empty()) break;
    std::string lines;
    for (const auto& row : rows)
      lines += row.body + "\n";
    file.append(lines);
    at = rows.back().sequence;
    failpoint("file.written");
  }
  file.sync();
  failpoint("file.synced");
  auto writing = store.begin(Store::For::writing);
  writing->values().put(delivered_name, std::to_string(at));
  writing->commit();
  return at;
}

}  // namespace kinhub
