#include "hub/ground/make_hub.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "hub/base/secrets.hpp"
#include "hub/config/sample.hpp"
#include "hub/ground/ground.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view sample_data = "data: ./kinhub-data\n";

/// A path as one YAML text.
std::string quoted(const fs::path& path) {
  std::string text = "'";
  for (const char c : path.string())
    text += c == '\'' ? "''" : std::string(1, c);
  return text + "'";
}

/// The sample, with another data directory.
std::string sample_with(const fs::path& data) {
  std::string text(sample_config());
  const auto at = text.find(sample_data);
  if (at == std::string::npos) throw std::logic_error("the sample configuration names no data directory");
  if (!data.empty())
    text.replace(at, sample_data.size(), "data: " + quoted(fs::absolute(data).lexically_normal()) + "\n");
  return text;
}

/// Writes a file that must not be there. False: it is.
bool write_new(const fs::path& file, const std::string& text) {
  const auto fail = [&] {
    throw std::system_error(errno, std::generic_category(), "cannot write " + file.string());
  };
  const int handle = ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (handle < 0) {
    if (errno == EEXIST) return false;
    fail();
  }
  const bool whole = ::write(handle, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool kept = whole && ::fsync(handle) == 0;
  if (!kept) ::unlink(file.c_str());
  ::close(handle);
  if (!kept) fail();
  return true;
}

}  // namespace

std::optional<Error> no_hub(const Config& config) {
  for (const char* part : {"kinhub.key", "kinhub.db", "log.db"}) {
    std::error_code failed;
    const auto type = fs::symlink_status(config.data / part, failed).type();
    if (type == fs::file_type::none)  // whether a hub is there, nobody can say
      return Error{
          "HUB_UNREADABLE",
          "may not be read by this user (" + failed.message() +
              "): run the command as the user the hub runs as, or name another directory with --data",
          config.data.string()};
    if (type != fs::file_type::not_found) return std::nullopt;
  }
  return Error{"NO_HUB",
               "there is no hub in this directory (configuration: " + config_words(config.file, config.from) +
                   "): name the hub's configuration with --config or KINHUB_CONFIG, or its directory with "
                   "--data. A new hub is made by 'kinhub init', or by the first 'kinhub run' or 'kinhub "
                   "ingest'",
               config.data.string()};
}

Result<MadeHub> make_hub(const fs::path& file, const fs::path& data) {
  MadeHub made;
  made.config = fs::absolute(file).lexically_normal();
  made.data =
      data.empty() ? made.config.parent_path() / "kinhub-data" : fs::absolute(data).lexically_normal();
  made.key = made.data / "kinhub.key";
  fs::create_directories(made.config.parent_path());
  if (!write_new(made.config, sample_with(data)))
    return Error{"CONFIG_EXISTS",
                 "is there already and stays as it is: 'kinhub check' reads it, or name another place",
                 made.config.string()};
  try {
    if (fs::create_directories(made.data)) fs::permissions(made.data, fs::perms::owner_all);
    made.key_made = open_key(made.data).created == Keyring::Created::yes;
  } catch (...) {  // rolled back, so that the command can be given again
    std::error_code ignored;
    fs::remove(made.config, ignored);
    throw;
  }
  return made;
}

}  // namespace kinhub
