#pragma once
// Search of the configuration file: the first of four places where one is named or stands.

#include <filesystem>
#include <optional>
#include <string>

#include "hub/config/config.hpp"

namespace kinhub {

/// Places besides --config, in the order in which they are looked at.
struct ConfigPlaces {
  std::string variable;  ///< value of KINHUB_CONFIG; empty: it is not set
  std::filesystem::path working_directory = "kinhub.yaml";
  std::filesystem::path system = "/etc/kinhub/kinhub.yaml";

  /// Those of this process, with the variable of its environment.
  static ConfigPlaces of_process();
};

struct FoundConfig {
  std::filesystem::path file;  ///< empty: there is none, the defaults count
  ConfigFrom from = ConfigFrom::defaults;
};

/// --config, then KINHUB_CONFIG, then kinhub.yaml of the working directory, then /etc/kinhub/kinhub.yaml. The
/// first two name a file, also one that is not there, which is then an error of reading it; the others count
/// when they are there.
FoundConfig find_config(const std::optional<std::filesystem::path>& argument, const ConfigPlaces& places);

}  // namespace kinhub
