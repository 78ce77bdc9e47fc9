#pragma once
// The file sink: notices as JSON lines, each exactly once, whatever is killed when.

#include <filesystem>

#include "hub/store/store.hpp"

namespace kinhub {

/// Appends notices of the outbox to a file, in order of seq. The file itself says how far it got: a torn last line is
/// cut off and written again. A file that was moved away (rotated) is begun anew where the last one ended.
/// Safe from any thread and process: each delivery holds the file's lock.
class NoticeFile {
 public:
  explicit NoticeFile(std::filesystem::path file) : file_(std::move(file)) {}

  /// Delivers what waits; fsynced when it returns. Returns the seq of the last notice delivered.
  /// Throws std::system_error when the file cannot be written.
  std::int64_t deliver(Store& store);

 private:
  std::filesystem::path file_;
};

}  // namespace kinhub
