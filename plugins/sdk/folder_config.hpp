#pragma once
// The settings every folder connector shares, read from its configuration, and their part of the JSON Schema.

#include "plugins/sdk/inbox.hpp"

namespace kinhub::sdk {

/// Keys: inbox, snapshot (absolute folders), settle_seconds, file_bytes_max, other_owners.
struct FolderConfig {
  FolderConfig(const Config& config, std::vector<std::string> extensions);

  InboxSettings inbox, snapshot;

  /// Throw Fatal when the folder is not configured.
  const InboxSettings& wanted_inbox() const;
  const InboxSettings& wanted_snapshot() const;
};

}  // namespace kinhub::sdk

/// The members of a schema's "properties" for these keys.
#define KINHUB_FOLDER_SCHEMA                                                                               \
  R"("inbox": {"type": "string", "format": "folder", "description": )"                                     \
  R"("Absolute folder where the agency's change files arrive"},)"                                          \
  R"("snapshot": {"type": "string", "format": "folder", "description": )"                                  \
  R"("Absolute folder where its full snapshots arrive"},)"                                                 \
  R"("settle_seconds": {"type": "integer", "default": 10, "minimum": 1, "maximum": 3600, "description": )" \
  R"("How much older than the newest flag file a flag may still appear; )"                                 \
  R"(raise it on slow network folders"},)"                                                                 \
  R"("file_bytes_max": {"type": "integer", "default": 1073741824, )"                                       \
  R"("minimum": 1024, "maximum": 8589934592, )"                                                            \
  R"("description": "A larger file is not read but rejected with FILE_TOO_LARGE"},)"                       \
  R"("other_owners": {"type": "boolean", "default": false, )"                                              \
  R"("description": "Whether files of other users than the folder's owner are read"})"
