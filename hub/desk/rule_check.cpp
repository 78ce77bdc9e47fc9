#include "hub/desk/rule_check.hpp"

#include <algorithm>

#include "hub/care/form.hpp"
#include "hub/config/config_text.hpp"
#include "hub/evidence/evidence_file.hpp"
#include "hub/ground/hub_rules.hpp"
#include "hub/ground/make_hub.hpp"
#include "hub/mapping/mapping.hpp"
#include "hub/mapping/trace.hpp"
#include "hub/policy/candidate.hpp"
#include "hub/policy/mutation.hpp"
#include "hub/policy/policy.hpp"
#include "hub/service/service.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

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

RuleCheck check_mappings(const fs::path& folder, const fs::path& codes, Tests tests) {
  RuleCheck checked{folder.string(), {}, 0, {}, {}};
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
    const auto tracer = MappingTracer::read(MappingTracer::files_in(folder), codes);
    if (const auto* files = std::get_if<MappingTracer>(&tracer)) checked.notices = files->notices();
  }
  return checked;
}

RuleCheck check_forms(const fs::path& folder, const fs::path& mappings, const fs::path& codes, Tests tests) {
  RuleCheck checked{folder.string(), {}, 0, {}, {}};
  auto read = FormSet::read(folder, codes);
  if (auto* problems = std::get_if<std::vector<Error>>(&read)) {
    checked.problems = std::move(*problems);
    return checked;
  }
  const auto& forms = std::get<FormSet>(read);
  for (const auto& form : forms.forms())
    checked.names.push_back(form.id);
  if (tests == Tests::leave) return checked;
  auto mapped = MappingSet::read(mappings, codes);
  if (auto* problems = std::get_if<std::vector<Error>>(&mapped)) {
    checked.problems = std::move(*problems);
    return checked;
  }
  auto report = forms.test(std::get<MappingSet>(mapped));
  checked.tests_passed = report.passed;
  checked.problems = std::move(report.failed);
  return checked;
}

RuleCheck check_services(const fs::path& folder, const fs::path& codes, std::optional<int> year,
                         Tests tests) {
  RuleCheck checked{folder.string(), {}, 0, {}, {}};
  auto read = service::ServiceSet::read(folder, codes);
  if (auto* problems = std::get_if<std::vector<Error>>(&read)) {
    checked.problems = std::move(*problems);
    return checked;
  }
  const auto& services = std::get<service::ServiceSet>(read);
  for (const auto& file : services.files())
    for (const auto& one : file.services)
      checked.names.push_back(file.region + "/" + one.id);
  if (year) checked.problems = services.check_year(*year);
  if (tests == Tests::leave) return checked;
  auto report = services.test();
  checked.tests_passed = report.passed;
  checked.problems.insert(checked.problems.end(), report.failed.begin(), report.failed.end());
  return checked;
}

RuleCheck check_policies(const fs::path& folder, Tests tests) {
  RuleCheck checked{folder.string(), {}, 0, {}, {}};
  auto read = PolicySet::read(folder);
  if (auto* problems = std::get_if<std::vector<Error>>(&read)) {
    checked.problems = std::move(*problems);
    return checked;
  }
  const auto& policies = std::get<PolicySet>(read);
  for (const auto& benefit : policies.benefits())
    checked.names.push_back(benefit.id);
  checked.notices = policies.notices();
  if (checked.names.empty())
    checked.problems.push_back({"NO_POLICY", "the folder holds no policy (*.yaml)", checked.folder});
  if (tests == Tests::run) {
    auto report = policies.test();
    checked.tests_passed = report.passed;
    checked.problems.insert(checked.problems.end(), report.failed.begin(), report.failed.end());
  }
  return checked;
}

RuleCheck mutate_policies(const fs::path& folder) {
  RuleCheck checked = check_policies(folder, Tests::run);
  if (!checked.problems.empty()) return checked;
  auto texts = read_policy_texts(folder);
  if (auto* problems = std::get_if<std::vector<Error>>(&texts)) {
    checked.problems = std::move(*problems);
    return checked;
  }
  auto report = mutate(std::get<std::vector<PolicyText>>(texts));
  checked.tests_passed = report.tried - report.survivors.size();
  checked.problems = std::move(report.survivors);
  return checked;
}

PolicyWords policy_words(const fs::path& folder) {
  auto read = PolicySet::read(folder);
  if (auto* problems = std::get_if<std::vector<Error>>(&read)) return {{}, {}, std::move(*problems)};
  const auto& policies = std::get<PolicySet>(read);
  return {policies.words(), policies.words_page(), {}};
}

std::variant<std::vector<MeaningChange>, std::vector<Error>> compare_policies(const fs::path& before,
                                                                              const fs::path& after,
                                                                              const fs::path& configured) {
  std::vector<PolicyText> around;
  std::error_code failed;
  if (!fs::is_directory(before, failed) || !fs::is_directory(after, failed)) {
    auto texts = read_policy_texts(configured);
    if (auto* errors = std::get_if<std::vector<Error>>(&texts)) return std::move(*errors);
    around = std::move(std::get<std::vector<PolicyText>>(texts));
  }
  const auto read = [&](const fs::path& named) -> std::variant<PolicySet, std::vector<Error>> {
    auto texts = read_candidate(named, around);
    if (auto* errors = std::get_if<std::vector<Error>>(&texts)) return std::move(*errors);
    return PolicySet::read(std::get<std::vector<PolicyText>>(texts));
  };
  auto one = read(before), other = read(after);
  for (auto* side : {&one, &other})
    if (auto* errors = std::get_if<std::vector<Error>>(side)) return std::move(*errors);
  return meaning_changes(std::get<PolicySet>(one), std::get<PolicySet>(other));
}

RuleCheck check_evidence(const fs::path& file) {
  RuleCheck checked{file.string(), {}, 0, {}, {}};
  auto read = read_evidence(file);
  if (auto* problems = std::get_if<std::vector<Error>>(&read)) {
    checked.problems = std::move(*problems);
    return checked;
  }
  for (std::size_t i = 0; i < person_word_count; ++i)
    checked.names.push_back("person." + std::string(name_of(static_cast<PersonWord>(i))));
  for (const auto& kind : fact_kinds())
    if (evidence_use(kind.kind).any()) checked.names.emplace_back(kind.name);
  checked.tests_passed = std::get<EvidenceFile>(read).tests.size();
  return checked;
}

std::size_t problems_in(const std::vector<RuleCheck>& all) {
  std::size_t count = 0;
  for (const auto& one : all)
    count += one.problems.size();
  return count;
}

/// Resolves folders as named, or those of all sources; each once.
Result<std::vector<fs::path>> mapping_folders(const Config& config, const std::vector<std::string>& named) {
  std::vector<fs::path> folders;
  auto add = [&](const fs::path& folder) {
    if (std::ranges::find(folders, folder) == folders.end()) folders.push_back(folder);
  };
  for (const auto& name : named) {
    std::error_code failed;
    const auto* source = config.source(name);
    if (fs::is_directory(name, failed)) {
      add(fs::path(name));
    } else if (source) {
      add(source->mappings);
    } else if (is_config_name(name) && fs::is_directory(config.directories.mappings / name, failed)) {
      add(config.directories.mappings / name);  // one beside the shipped ones, that no source uses yet
    } else {
      return Error{"NO_SUCH_FOLDER", "neither a folder of mappings nor the name of a source", name};
    }
  }
  if (named.empty())
    for (const auto& source : config.sources)
      add(source.mappings);
  return folders;
}

HubCheck check_hub(const Config& config, const OutsideChecks& outside, std::optional<Date> today) {
  HubCheck checked;
  checked.config = config.file.string();
  checked.config_from = config.from;
  checked.data = config.data.string();
  checked.hub = !no_hub(config);
  checked.sources = config.sources.size();
  checked.problems = check_secrets(config);
  auto add = [&](const std::vector<Error>& more) {
    checked.problems.insert(checked.problems.end(), more.begin(), more.end());
  };
  auto folders = mapping_folders(config, {});
  for (const auto& folder : *folders) {
    auto mappings = check_mappings(folder, config.directories.codes, Tests::leave);
    checked.mappings += mappings.names.size();
    add(mappings.problems);
  }
  add(check_forms(config.directories.forms, config.source(care_desk)->mappings, config.directories.codes,
                  Tests::leave)
          .problems);
  add(check_services(config.directories.care, config.directories.codes,
                     today ? std::optional(today->year()) : std::nullopt, Tests::run)
          .problems);
  add(check_evidence(config.directories.evidence).problems);
  auto linkage = linkage::read_linkage(linkage_file(config));
  if (const auto* problems = std::get_if<std::vector<Error>>(&linkage))
    add(*problems);
  else
    add(linkage::run_linkage_tests(std::get<linkage::LinkageRules>(linkage)));
  auto policies = check_policies(config.directories.policies, Tests::leave);
  checked.benefits = policies.names.size();
  add(policies.problems);
  for (const auto& source : config.sources)
    add(outside.connector(config, source));
  add(outside.ground(config));
  return checked;
}

}  // namespace kinhub
