#include "hub/notice/notice_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <system_error>

#include "hub/base/failpoint.hpp"
#include "hub/base/unavailable.hpp"
#include "hub/store/notice_numbers.hpp"
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

  struct Last {
    std::int64_t sequence = 0;  ///< 0: the file is empty
    std::string line;
  };
  /// Recovery: the last whole line; a torn one after it is truncated.
  Last last() {
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
    if (whole == 0) return {};
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
    return {sequence, std::string(line)};
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

/// Identities, not numbers: after a restore the same numbers may mean other notices.
void expect_own_line(const std::filesystem::path& file, Store& store, std::int64_t sequence,
                     const std::string& line) {
  if (sequence == 0) return;
  auto reading = store.begin(Store::For::reading);
  if (is_given_up(notice_jumps(reading->values()), sequence)) return;  // of the hub before a restore
  std::string kept;
  for (const auto& row : reading->notices().page(sequence - 1, 1))
    if (row.sequence == sequence) kept = row.body;
  if (kept == line) return;
  const auto ends = file.string() + " ends with notice " + std::to_string(sequence);
  if (kept.empty())
    throw std::runtime_error(
        ends +
        ", which this store never gave: it belongs to another data directory or a later state of "
        "this one. Move it away, or restore the store that goes with it; after a restore 'kinhub notices "
        "restore' shows how to go on behind it");
  throw std::runtime_error(ends +
                           ", and that is another notice in this store, as after a restore: 'kinhub notices "
                           "restore' shows what to do");
}

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
  if (delivered == last && (compared_ || !std::filesystem::exists(file_))) return delivered;
  File file(file_);
  const auto [in_file, line] = file.last();
  expect_own_line(file_, store, in_file, line);
  compared_ = true;
  if (delivered == last) return delivered;
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
