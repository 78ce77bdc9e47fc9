#include "plugins/sdk/folder_config.hpp"

namespace kinhub::sdk {

FolderConfig::FolderConfig(const Config& config, std::vector<std::string> extensions) {
  inbox.folder = config.folder("inbox");
  inbox.extensions = std::move(extensions);
  inbox.settle = std::chrono::seconds{config.integer("settle_seconds", 10, 1, 3600)};
  inbox.file_bytes_max = static_cast<std::size_t>(
      config.integer("file_bytes_max", std::int64_t{1} << 30, 1024, std::int64_t{1} << 33));
  inbox.other_owners = config.flag("other_owners", false);
  snapshot = inbox;
  snapshot.folder = config.folder("snapshot");
}

const InboxSettings& FolderConfig::wanted_inbox() const {
  if (inbox.folder.empty())
    throw Fatal("configuration: 'inbox' is missing: name the folder where the agency's files arrive");
  return inbox;
}

const InboxSettings& FolderConfig::wanted_snapshot() const {
  if (snapshot.folder.empty())
    throw Fatal(
        "configuration: 'snapshot' is missing: name the folder where the agency's full snapshots arrive");
  return snapshot;
}

}  // namespace kinhub::sdk
