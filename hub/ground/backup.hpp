#pragma once
// Backup of a running hub on one machine, and its restore into a new place: store, embedded log and notices
// file, consistent with each other, under a keyed manifest. The key goes apart.
// docs/decisions/0057-backup-and-restore.md.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "hub/base/clock.hpp"
#include "hub/base/progress.hpp"
#include "hub/config/config.hpp"

namespace kinhub {

struct BackupFile {
  std::string name, digest;  ///< SHA-256, hex
  std::int64_t bytes = 0;
};
struct BackupState {
  std::string folder;
  std::int64_t made_at_us = 0;
  std::int64_t notices = 0;  ///< the last one in it
  std::int64_t persons = 0;
  std::vector<BackupFile> files;
  std::string key_to;  ///< where the key file was copied to; empty: nowhere
};

struct BackupRequest {
  std::filesystem::path folder;
  std::optional<std::filesystem::path> key_to;  ///< a file; not in the folder
};
/// Errors: BACKUP_POSTGRES, BACKUP_FOLDER (not empty), BACKUP_KEY (in the folder, or there already),
/// BACKUP_TORN (the log went on without the store: again), BACKUP_CODES_REMOVED.
Result<BackupState> make_backup(const Config& config, const Clock& clock, const BackupRequest& request,
                                const OnProgress& on_progress);

/// What numbers are given up when a store is older than what was published.
struct NumbersPlan {
  std::int64_t store_last = 0;             ///< notice of the store
  std::optional<std::int64_t> file_last;   ///< of the notices file; nothing: there is none
  std::optional<std::int64_t> differs_at;  ///< the first notice of the file that is another in this store
  std::int64_t next = 0;                   ///< the next notice's number
  bool needed = false;
  bool applied = false;
};
struct RestoreRequest {
  std::filesystem::path folder;
  std::optional<std::filesystem::path> key;  ///< the key file, where DATA has none yet
};
struct RestoreState {
  BackupState backup;
  std::string data;
  NumbersPlan numbers;
};
/// Only into a data directory that holds no hub. Errors: RESTORE_FOLDER, RESTORE_MANIFEST, RESTORE_FILE (a
/// file is missing, or not as the manifest says), RESTORE_KEY, RESTORE_NOT_EMPTY, BACKUP_POSTGRES.
Result<RestoreState> restore_backup(const Config& config, const RestoreRequest& request,
                                    const OnProgress& on_progress);

/// After a restore by hand: gives up the numbers of notices that were published and this store does not
/// have, up to `beyond` if that is more. Nothing is changed without `apply`.
Result<NumbersPlan> restore_notices(const Config& config, std::optional<std::int64_t> beyond, bool apply);

}  // namespace kinhub
