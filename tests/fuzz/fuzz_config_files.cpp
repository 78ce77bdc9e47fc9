// Any text as kinhub.yaml: a configuration, or all that is wrong with it, each with its place.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <variant>

#include "hub/config/config.hpp"
#include "tests/places/places.hpp"

namespace {

/// A file in memory, which is read by its name.
class MemoryFile {
 public:
  MemoryFile() : file_(::memfd_create("kinhub.yaml", MFD_CLOEXEC)) {}
  std::string path_of(const std::uint8_t* data, std::size_t size) const {
    if (::ftruncate(file_, 0) != 0 || ::pwrite(file_, data, size, 0) != static_cast<ssize_t>(size))
      std::abort();
    return "/proc/self/fd/" + std::to_string(file_);
  }

 private:
  int file_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const MemoryFile file;
  static const kinhub::Places places = [] {
    const std::filesystem::path source = kinhub::tests::source_dir();
    return kinhub::Places{source / "kinhub",         source / "mappings",   source / "mappings/policies",
                          source / "mappings/codes", source / "connectors", source / "console"};
  }();
  const auto read = kinhub::read_config(file.path_of(data, size), places);
  if (const auto* errors = std::get_if<std::vector<kinhub::Error>>(&read))
    for (const auto& error : *errors)
      if (error.code.empty() || error.place.empty()) std::abort();
  return 0;
}
