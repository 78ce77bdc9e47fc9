// Any bytes as a mapping file: compiled or refused, never a crash.
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "hub/mapping/mapping.hpp"
#include "tests/places/places.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("kinhub-fuzz-mapping-" + std::to_string(getpid()));
  static const bool made = std::filesystem::create_directories(folder);
  if (!made && !std::filesystem::exists(folder)) std::abort();
  std::ofstream(folder / "death.yaml", std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  auto read = kinhub::MappingSet::read(
      folder, std::filesystem::path(kinhub::tests::source_dir()) / "mappings" / "codes");
  if (auto* set = std::get_if<kinhub::MappingSet>(&read)) (void)set->test();
  return 0;
}
