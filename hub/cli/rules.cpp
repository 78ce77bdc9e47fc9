#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "hub/cli/commands.hpp"
#include "hub/cli/config_text.hpp"
#include "hub/mapping/mapping.hpp"
#include "hub/policy/policy.hpp"

namespace kinhub::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

/// What checking one folder of rules came to.
struct Checked {
  std::string folder;
  std::vector<std::string> names;  ///< mappings or benefits
  std::size_t tests_passed = 0;
  std::vector<Error> problems;
};
enum class Tests : bool { leave, run };

Checked check_mappings(const fs::path& folder, const fs::path& codes, Tests tests) {
  Checked checked{folder.string(), {}, 0, {}};
  auto read = MappingSet::read(folder, codes);
  if (auto* problems = std::get_if<std::vector<Error>>(&read)) {
    checked.problems = std::move(*problems);
    return checked;
  }
  const auto& mappings = std::get<MappingSet>(read);
  checked.names = mappings.names();
  if (checked.names.empty())
    checked.problems.push_back({"NO_MAPPING", "the folder holds no mapping (*.yaml)", checked.folder});
  if (tests == Tests::run) {
    auto report = mappings.test();
    checked.tests_passed = report.passed;
    checked.problems.insert(checked.problems.end(), report.failed.begin(), report.failed.end());
  }
  return checked;
}

Checked check_policies(const fs::path& folder, Tests tests) {
  Checked checked{folder.string(), {}, 0, {}};
  auto read = PolicySet::read(folder);
  if (auto* problems = std::get_if<std::vector<Error>>(&read)) {
    checked.problems = std::move(*problems);
    return checked;
  }
  const auto& policies = std::get<PolicySet>(read);
  for (const auto& benefit : policies.benefits())
    checked.names.push_back(benefit.id);
  if (checked.names.empty())
    checked.problems.push_back({"NO_POLICY", "the folder holds no policy (*.yaml)", checked.folder});
  if (tests == Tests::run) {
    auto report = policies.test();
    checked.tests_passed = report.passed;
    checked.problems.insert(checked.problems.end(), report.failed.begin(), report.failed.end());
  }
  return checked;
}

Json json(const std::vector<Error>& errors) {
  auto list = Json::array();
  for (const auto& error : errors)
    list.push_back({{"code", error.code}, {"text", error.text}, {"place", error.place}});
  return list;
}

std::size_t problems_in(const std::vector<Checked>& all) {
  std::size_t count = 0;
  for (const auto& one : all)
    count += one.problems.size();
  return count;
}

Exit report(const Context& context, const std::vector<Checked>& all, std::string_view what, Tests tests) {
  for (const auto& one : all)
    print_errors(context.err, one.problems);
  auto problems = problems_in(all);
  if (context.options.json) {
    auto folders = Json::array();
    for (const auto& one : all) {
      Json folder = {{"folder", one.folder}, {what, one.names}};
      if (tests == Tests::run) folder["tests_passed"] = one.tests_passed;
      folder["problems"] = json(one.problems);
      folders.push_back(std::move(folder));
    }
    context.write(Json({{"folders", folders}, {"problems", problems}})
                      .dump(2, ' ', false, Json::error_handler_t::replace) +
                  "\n");
  } else {
    for (const auto& one : all) {
      context.out << one.folder << ": " << one.names.size() << ' ' << what;
      if (tests == Tests::run) context.out << ", " << one.tests_passed << " tests passed";
      context.out << ", " << one.problems.size() << " problems\n";
    }
  }
  return problems == 0 ? Exit::done : Exit::found;
}

/// Folders as named, or those of all sources; each once.
Result<std::vector<fs::path>> mapping_folders(const Context& context, const std::vector<std::string>& named) {
  std::vector<fs::path> folders;
  auto add = [&](const fs::path& folder) {
    if (std::ranges::find(folders, folder) == folders.end()) folders.push_back(folder);
  };
  for (const auto& name : named) {
    std::error_code failed;
    const auto* source = context.config.source(name);
    if (fs::is_directory(name, failed)) {
      add(fs::path(name));
    } else if (source) {
      add(source->mappings);
    } else if (is_config_name(name) && fs::is_directory(context.config.directories.mappings / name, failed)) {
      add(context.config.directories.mappings /
          name);  // one beside the shipped ones, that no source uses yet
    } else {
      return Error{"NO_SUCH_FOLDER", "neither a folder of mappings nor the name of a source", name};
    }
  }
  if (named.empty())
    for (const auto& source : context.config.sources)
      add(source.mappings);
  return folders;
}

Exit map(const Context& context, const std::vector<std::string>& named, Tests tests) {
  auto folders = mapping_folders(context, named);
  if (!folders) return context.refuse(folders.error());
  std::vector<Checked> all;
  for (const auto& folder : *folders)
    all.push_back(check_mappings(folder, context.config.directories.codes, tests));
  return report(context, all, "mappings", tests);
}

Exit policy(const Context& context, const std::string& named, Tests tests) {
  fs::path folder = named.empty() ? context.config.directories.policies : fs::path(named);
  std::error_code failed;
  if (!fs::is_directory(folder, failed))
    return context.refuse({"NO_SUCH_FOLDER", "there is no such folder of policies", folder.string()});
  return report(context, {check_policies(folder, tests)}, "benefits", tests);
}

std::vector<Error> check_secrets(const Config& config) {
  std::vector<Error> problems;
  for (const auto& source : config.sources)
    if (auto secrets = read_secrets(source); !secrets) problems.push_back(secrets.error());
  if (config.kafka)
    if (auto settings = read_secrets(*config.kafka); !settings) problems.push_back(settings.error());
  if (config.postgres)
    if (auto password = read_secrets(*config.postgres); !password) problems.push_back(password.error());
  return problems;
}

}  // namespace

Exit map_check(const Context& context, const std::vector<std::string>& folders) {
  return map(context, folders, Tests::leave);
}
Exit map_test(const Context& context, const std::vector<std::string>& folders) {
  return map(context, folders, Tests::run);
}
Exit policy_check(const Context& context, const std::string& folder) {
  return policy(context, folder, Tests::leave);
}
Exit policy_test(const Context& context, const std::string& folder) {
  return policy(context, folder, Tests::run);
}

std::string check_of_no_config(const std::optional<fs::path>& file, const std::vector<Error>& problems) {
  Json shown = {{"config", file ? Json(file->string()) : Json()},
                {"data", Json()},
                {"sources", 0},
                {"mappings", 0},
                {"benefits", 0},
                {"problems", json(problems)}};
  return shown.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

/// The configuration itself was read before: a bad one does not come this far.
Exit check(const Context& context) {
  const auto& config = context.config;
  std::vector<Error> problems = check_secrets(config);
  auto add = [&](const std::vector<Error>& more) {
    problems.insert(problems.end(), more.begin(), more.end());
  };

  std::size_t mappings = 0;
  auto folders = mapping_folders(context, {});
  for (const auto& folder : *folders) {
    auto checked = check_mappings(folder, config.directories.codes, Tests::leave);
    mappings += checked.names.size();
    add(checked.problems);
  }
  auto policies = check_policies(config.directories.policies, Tests::leave);
  add(policies.problems);
  for (const auto& source : config.sources)
    add(context.parts.check_connector(config, source));
  add(context.parts.check_ground(config));

  print_errors(context.err, problems);
  if (context.options.json) {
    Json shown = {{"config", config.file.empty() ? Json() : Json(config.file.string())},
                  {"data", config.data.string()},
                  {"sources", config.sources.size()},
                  {"mappings", mappings},
                  {"benefits", policies.names.size()},
                  {"problems", json(problems)}};
    context.write(shown.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
  } else {
    context.out << "configuration: " << (config.file.empty() ? "none, defaults" : config.file.string())
                << '\n'
                << "data: " << config.data.string() << '\n'
                << config.sources.size() << " sources, " << mappings << " mappings, " << policies.names.size()
                << " benefits, " << problems.size() << " problems\n";
  }
  return problems.empty() ? Exit::done : Exit::found;
}

}  // namespace kinhub::cli
