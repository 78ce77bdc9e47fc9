#include "hub/config/places.hpp"

#include <array>

namespace kinhub {

namespace fs = std::filesystem;

Result<Places> find_places(const fs::path& program) {
  const auto bin = program.parent_path();
  const std::array<fs::path, 2> looked_at = {bin.parent_path() / "share/kinhub/mappings",
                                             bin.parent_path().parent_path() / "mappings"};
  for (const auto& mappings : looked_at) {
    std::error_code ignored;
    if (!fs::is_directory(mappings, ignored)) continue;
    const bool installed = &mappings == &looked_at[0];
    return Places{program,
                  mappings,
                  mappings / "policies",
                  mappings / "codes",
                  bin.parent_path() / "lib/kinhub",
                  installed ? mappings.parent_path() / "console" : bin.parent_path() / "console"};
  }
  return Error{
      "NO_MAPPINGS",
      "the folder of mappings is neither " + looked_at[0].string() + " nor " + looked_at[1].string() +
          ": install Kinhub whole (make install), or name the folders in the configuration's 'directories'",
      program.string()};
}

fs::path running_program() {
  return fs::read_symlink("/proc/self/exe");
}

}  // namespace kinhub
