#pragma once
// The file sink: notices as JSON lines, exactly once, whatever is killed when.

#include <atomic>
#include <filesystem>

#include "hub/notice/notice_sink.hpp"

namespace kinhub {

/// Append-only writer of the outbox to a file, in order of seq. The file itself is the checkpoint: a torn
/// last line is truncated and written again. A file that was moved away (rotated) is begun anew where the
/// last one ended. Safe from any thread and process: each delivery holds a file lock.
class NoticeFile final : public NoticeSink {
 public:
  explicit NoticeFile(std::filesystem::path file) : file_(std::move(file)) {}

  /// Appends what waits, fsynced when it returns. Throws Unavailable when the file cannot be written (no
  /// room, no right, no such disk), and std::runtime_error when it is not the file of this store: its last
  /// line is compared with the notice of that number, word for word, at the start and before each append.
  std::int64_t deliver(Store& store, std::stop_token stop = {}) override;
  std::string name() const override { return "file"; }

 private:
  std::filesystem::path file_;
  std::atomic<bool> compared_ = false;  ///< since this process began
};

}  // namespace kinhub
