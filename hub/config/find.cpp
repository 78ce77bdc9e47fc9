#include "hub/config/find.hpp"

#include <cstdlib>
#include <system_error>

namespace kinhub {
namespace {

/// Whether something is at this place: also what may not be read, and a link that leads nowhere. To pass it
/// over would be to work on another hub than the one it names.
bool stands(const std::filesystem::path& file) {
  std::error_code failed;
  return std::filesystem::symlink_status(file, failed).type() != std::filesystem::file_type::not_found;
}

}  // namespace

ConfigPlaces ConfigPlaces::of_process() {
  ConfigPlaces places;
  if (const char* said = std::getenv("KINHUB_CONFIG")) places.variable = said;
  return places;
}

FoundConfig find_config(const std::optional<std::filesystem::path>& argument, const ConfigPlaces& places) {
  if (argument) return {*argument, ConfigFrom::argument};
  if (!places.variable.empty()) return {places.variable, ConfigFrom::variable};
  if (stands(places.working_directory)) return {places.working_directory, ConfigFrom::working_directory};
  if (stands(places.system)) return {places.system, ConfigFrom::system};
  return {};
}

std::string_view name_of(ConfigFrom from) {
  switch (from) {
    case ConfigFrom::defaults:
      return "defaults";
    case ConfigFrom::argument:
      return "--config";
    case ConfigFrom::variable:
      return "KINHUB_CONFIG";
    case ConfigFrom::working_directory:
      return "working directory";
    case ConfigFrom::system:
      return "/etc/kinhub";
  }
  return "";
}

std::string config_words(const std::filesystem::path& file, ConfigFrom from) {
  if (from == ConfigFrom::defaults)
    return "none, defaults: no --config, no KINHUB_CONFIG, no kinhub.yaml in the working directory or in "
           "/etc/kinhub";
  return file.string() + ", by " + std::string(name_of(from));
}

}  // namespace kinhub
