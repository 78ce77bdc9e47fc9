#include "hub/connector/file_bytes.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kinhub {

namespace {

Error unreadable(const std::filesystem::path& file, const char* what) {
  return {"FILE_UNREADABLE", fmt::format("cannot be read: {}; look at its owner and mode", what),
          file.string()};
}

}  // namespace

Result<FileBytes> FileBytes::open(const std::filesystem::path& file, std::uintmax_t size_max) {
  struct Descriptor {
    int number;
    ~Descriptor() {
      if (number >= 0) ::close(number);
    }
  } descriptor{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (descriptor.number < 0) return unreadable(file, std::strerror(errno));
  return of(descriptor.number, file, size_max);
}

Result<FileBytes> FileBytes::of(int descriptor, const std::filesystem::path& file, std::uintmax_t size_max) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0) return unreadable(file, std::strerror(errno));
  if (!S_ISREG(status.st_mode)) return unreadable(file, "it is no file");
  auto size = static_cast<std::uintmax_t>(status.st_size);
  if (size > size_max)
    return Error{"FILE_TOO_LARGE", fmt::format("has {} bytes, the limit is {}; split it", size, size_max),
                 file.string()};
  FileBytes bytes;
  if (size > read_size_max) {
    void* mapped = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (mapped == MAP_FAILED) return unreadable(file, std::strerror(errno));
    bytes.mapped_ = mapped, bytes.size_ = size;
    return bytes;
  }
  bytes.read_.resize(size);
  std::size_t got = 0;
  while (got < size) {
    auto count = ::pread(descriptor, bytes.read_.data() + got, size - got, static_cast<off_t>(got));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return unreadable(file, std::strerror(errno));
    if (count == 0) break;  // it shrank; what is there is what it is
    got += static_cast<std::size_t>(count);
  }
  bytes.read_.resize(got);
  return bytes;
}

FileBytes::~FileBytes() {
  if (mapped_ != nullptr) ::munmap(mapped_, size_);
}

}  // namespace kinhub
