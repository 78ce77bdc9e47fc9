#pragma once
// Static checks before a hub runs: mapping files, policy files, the whole configuration.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "hub/base/date.hpp"
#include "hub/config/config.hpp"
#include "hub/policy/meaning.hpp"
#include "hub/policy/policy.hpp"

namespace kinhub {

/// Result of checking one folder of rules.
struct RuleCheck {
  std::string folder;
  std::vector<std::string> names;  ///< mappings, benefits, rules
  std::size_t tests_passed = 0;
  std::vector<Error> problems;
  std::vector<Error> notices;  ///< what is no problem and should be known: gaps, what no test gives
};
/// Whether the tests inside the files are run.
enum class Tests : bool { leave, run };

RuleCheck check_mappings(const std::filesystem::path& folder, const std::filesystem::path& codes,
                         Tests tests);
/// The forms of the care desk; their tests go through the mappings in `mappings`.
RuleCheck check_forms(const std::filesystem::path& folder, const std::filesystem::path& mappings,
                      const std::filesystem::path& codes, Tests tests);
/// The service files of care, and that the festivals they go by have days in that year.
RuleCheck check_services(const std::filesystem::path& folder, const std::filesystem::path& codes,
                         std::optional<int> year, Tests tests);
RuleCheck check_policies(const std::filesystem::path& folder, Tests tests);
/// Bends the policies line by line: what no test notices is a problem; `tests_passed` are the mutants
/// noticed.
RuleCheck mutate_policies(const std::filesystem::path& folder);
/// The words that the policies of a folder may ask in, and the page of docs that lists them.
struct PolicyWords {
  std::vector<PolicySet::WordInfo> words;
  std::string page;
  std::vector<Error> problems;  ///< the folder could not be read
};
PolicyWords policy_words(const std::filesystem::path& folder);
/// What means something else in the policies of `after` than in those of `before`: files, which take their
/// place among those of `configured`, or folders. Errors: those of the files.
std::variant<std::vector<MeaningChange>, std::vector<Error>> compare_policies(
    const std::filesystem::path& before, const std::filesystem::path& after,
    const std::filesystem::path& configured);
/// A file of evidence rules; its tests are part of reading it.
RuleCheck check_evidence(const std::filesystem::path& file);
std::size_t problems_in(const std::vector<RuleCheck>& all);

/// Resolves folders of mappings as named (a folder, the name of a source, a folder beside the shipped ones),
/// or those of all sources; each once. Error: NO_SUCH_FOLDER.
Result<std::vector<std::filesystem::path>> mapping_folders(const Config& config,
                                                           const std::vector<std::string>& named);

/// Result of checking a configuration with all that it names.
struct HubCheck {
  std::string config;  ///< its file; empty: there is none
  ConfigFrom config_from = ConfigFrom::defaults;
  std::string data;  ///< empty: the configuration could not be read
  bool hub = false;  ///< there is one in the data directory
  std::size_t sources = 0, mappings = 0, benefits = 0;
  std::vector<Error> problems;
};

/// Injected checks of the world outside, for a whole check.
struct OutsideChecks {
  std::function<std::vector<Error>(const Config&, const SourceConfig&)> connector;
  std::function<std::vector<Error>(const Config&)> ground;
};
/// Runs all checks. The configuration itself was read before: a bad one does not come this far. `today`: what
/// goes by dates is checked for its year.
HubCheck check_hub(const Config& config, const OutsideChecks& outside, std::optional<Date> today = {});

}  // namespace kinhub
