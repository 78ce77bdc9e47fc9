#pragma once
// Schema migrations of the store in SQLite.

#include <filesystem>

#include "hub/base/secrets.hpp"
#include "hub/base/sqlite.hpp"

namespace kinhub::sqlite {

/// The step that this program knows last.
std::int64_t schema_version();
/// Creates the schema or migrates it to this version, in one transaction. Throws StoreDamaged for a file that
/// is foreign, of a newer version, or sealed with another key file. `busy_ms`: how long to wait for others.
void prepare_schema(Database& database, const std::filesystem::path& file, const Keyring& keys, int busy_ms);

}  // namespace kinhub::sqlite
