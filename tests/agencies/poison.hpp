#pragma once
// Bad input as agencies really send it, one file per kind, with what a reader should say about it.

#include <cstddef>
#include <filesystem>

namespace kinhub::agencies {

/// Writes the files below folder/<source>/ and folder/index.json. Returns how many files.
std::size_t write_poison(const std::filesystem::path& folder);

}  // namespace kinhub::agencies
