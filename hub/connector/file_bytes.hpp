#pragma once
// A file's bytes in memory: read when small, memory-mapped when large.

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "hub/base/result.hpp"

namespace kinhub {

class FileBytes {
 public:
  /// Files larger than this are mapped; one that shrinks while it is mapped is a bus error,
  /// so smaller ones are read.
  static constexpr std::size_t read_size_max = 64u << 20;

  static Result<FileBytes> open(const std::filesystem::path& file, std::uintmax_t size_max);
  /// Of a file that is open; `file` is its name for errors.
  static Result<FileBytes> of(int descriptor, const std::filesystem::path& file, std::uintmax_t size_max);
  FileBytes(FileBytes&& other) noexcept
      : read_(std::move(other.read_)), mapped_(std::exchange(other.mapped_, nullptr)), size_(other.size_) {}
  FileBytes& operator=(FileBytes&&) = delete;
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;
  ~FileBytes();

  std::string_view view() const {
    return mapped_ != nullptr ? std::string_view{static_cast<const char*>(mapped_), size_}
                              : std::string_view{read_};
  }

 private:
  FileBytes() = default;
  std::string read_;
  void* mapped_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace kinhub
