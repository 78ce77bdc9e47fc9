#pragma once
// Checks of what decides, before a hub runs on it: mapping files, policy files, the whole configuration.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "hub/config/config.hpp"

namespace kinhub {

/// What checking one folder of rules came to.
struct RuleCheck {
  std::string folder;
  std::vector<std::string> names;  ///< mappings or benefits
  std::size_t tests_passed = 0;
  std::vector<Error> problems;
};
/// Whether the tests that stand in the files are run.
enum class Tests : bool { leave, run };

RuleCheck check_mappings(const std::filesystem::path& folder, const std::filesystem::path& codes,
                         Tests tests);
RuleCheck check_policies(const std::filesystem::path& folder, Tests tests);
std::size_t problems_in(const std::vector<RuleCheck>& all);

/// Folders of mappings as named (a folder, the name of a source, a folder beside the shipped ones), or those
/// of all sources; each once. Error: NO_SUCH_FOLDER.
Result<std::vector<std::filesystem::path>> mapping_folders(const Config& config,
                                                           const std::vector<std::string>& named);

/// What checking a configuration with all that it names came to.
struct HubCheck {
  std::string config;  ///< its file; empty: there is none
  std::string data;    ///< empty: the configuration could not be read
  std::size_t sources = 0, mappings = 0, benefits = 0;
  std::vector<Error> problems;
};

/// The looks at the world outside that a whole check takes.
struct OutsideChecks {
  std::function<std::vector<Error>(const Config&, const SourceConfig&)> connector;
  std::function<std::vector<Error>(const Config&)> ground;
};
/// The configuration itself was read before: a bad one does not come this far.
HubCheck check_hub(const Config& config, const OutsideChecks& outside);

}  // namespace kinhub
