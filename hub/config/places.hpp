#pragma once
// Installation layout: where the program finds the mappings, policies, code tables
// and connectors it ships with.

#include <filesystem>

#include "hub/base/result.hpp"

namespace kinhub {

struct Places {
  std::filesystem::path program;       ///< the running program, absolute
  std::filesystem::path mappings;      ///< holds one folder per agency
  std::filesystem::path policies;      ///< mappings/policies
  std::filesystem::path codes;         ///< mappings/codes
  std::filesystem::path connectors;    ///< *.so and their descriptions
  std::filesystem::path console = {};  ///< built files of the web console, where it was built
};

/// From where the program stands, not from the working directory. Two layouts are known:
/// installed   PREFIX/bin/kinhub, PREFIX/share/kinhub/{mappings,console}, PREFIX/lib/kinhub
/// build tree  build/bin/kinhub, build/lib/kinhub, build/console, mappings beside build
/// Error: NO_MAPPINGS, with the folders looked at.
Result<Places> find_places(const std::filesystem::path& program);

/// The running program, by /proc/self/exe. Throws std::filesystem::filesystem_error.
std::filesystem::path running_program();

}  // namespace kinhub
