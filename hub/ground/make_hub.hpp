#pragma once
// Makes a hub in an empty place: its configuration, data directory and key file. Also: whether a data
// directory has one.

#include <filesystem>
#include <optional>

#include "hub/config/config.hpp"

namespace kinhub {

/// Error of a command that needs a hub where there is none: NO_HUB, with the directory looked at, where the
/// configuration came from, and what to do. Nothing: the data directory holds a key, a store or a log.
std::optional<Error> no_hub(const Config& config);

/// What `kinhub init` made.
struct MadeHub {
  std::filesystem::path config, data, key;
  bool key_made = false;  ///< else the data directory had one already, which stays
};

/// Writes the commented sample configuration to `file` and makes the data directory (mode 0700) with its key
/// file. `data` empty: kinhub-data beside the file. Error: CONFIG_EXISTS, and nothing is written. Throws what
/// breaks.
Result<MadeHub> make_hub(const std::filesystem::path& file, const std::filesystem::path& data);

}  // namespace kinhub
