#include "hub/ground/hub_rules.hpp"

#include <algorithm>

#include "hub/policy/vocabulary.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;

/// Coverage of the shipped connectors: what each is complete for once its snapshot is loaded.
std::vector<Covers> covers_of(const std::string& connector) {
  if (connector == "public_security") return {Covers::births, Covers::residence};
  if (connector == "civil_affairs") return {Covers::adoptions, Covers::marriages};
  return {};
}

/// Inception of the register of marriages. Marriages contracted before the Regulation on Marriage
/// Registration (婚姻登记 条例, in force since 2003-10-01) stand in paper files of many offices and are not
/// taken for complete.
Date marriages_since(const SourceConfig& source) {
  if (source.marriages_since) return *source.marriages_since;
  return source.connector == "civil_affairs" ? Date(2003, 10, 1) : Date::beginning();
}

}  // namespace

std::filesystem::path linkage_file(const Config& config) {
  return config.directories.identity / "linkage.yaml";
}

Rules read_rules(const Config& config) {
  Rules rules;
  std::vector<Error> wrong;
  for (const auto& source : config.sources) {
    auto read = MappingSet::read(source.mappings, config.directories.codes);
    if (auto* errors = std::get_if<std::vector<Error>>(&read)) {
      wrong.insert(wrong.end(), errors->begin(), errors->end());
      continue;
    }
    rules.mappings[source.name] = std::make_shared<MappingSet>(std::move(std::get<MappingSet>(read)));
    rules.clock_margins_us[source.name] = source.clock_margin_us;
    rules.covers.push_back({source.name, covers_of(source.connector), marriages_since(source)});
  }
  auto texts = read_policy_texts(config.directories.policies);
  auto read = [&]() -> std::variant<PolicySet, std::vector<Error>> {
    if (auto* errors = std::get_if<std::vector<Error>>(&texts)) return *errors;
    return PolicySet::read(std::get<std::vector<PolicyText>>(texts));
  };
  auto policies = read();
  if (auto* errors = std::get_if<std::vector<Error>>(&policies))
    wrong.insert(wrong.end(), errors->begin(), errors->end());
  auto evidence = read_evidence(config.directories.evidence);
  if (auto* errors = std::get_if<std::vector<Error>>(&evidence))
    wrong.insert(wrong.end(), errors->begin(), errors->end());
  else
    rules.evidence = std::make_shared<EvidenceFile>(std::move(std::get<EvidenceFile>(evidence)));
  auto linkage = linkage::read_linkage(linkage_file(config));
  if (auto* errors = std::get_if<std::vector<Error>>(&linkage))
    wrong.insert(wrong.end(), errors->begin(), errors->end());
  if (!wrong.empty()) {
    auto first = wrong.front();
    if (wrong.size() > 1) first.text += " (and " + std::to_string(wrong.size() - 1) + " more: kinhub check)";
    throw ErrorThrown(first);
  }
  rules.policy_texts = std::move(std::get<std::vector<PolicyText>>(texts));
  // The words are part of the rules: a word that means something else gives or ends rights.
  const bool own_words = std::any_of(rules.policy_texts.begin(), rules.policy_texts.end(),
                                     [](const PolicyText& one) { return one.is_vocabulary(); });
  if (!own_words)
    rules.policy_texts.push_back({(config.directories.policies / "vocabulary.yaml").string(),
                                  std::string(policy::Vocabulary::built_in())});
  for (auto& one : rules.policy_texts) {
    if (one.is_policy() || one.is_vocabulary())
      rules.policies_digest = sha256_hex(rules.policies_digest + one.text);
    one.file = fs::path(one.file).lexically_relative(config.directories.policies).string();
  }
  rules.linkage =
      std::make_shared<linkage::LinkageRules>(std::get<linkage::LinkageRules>(std::move(linkage)));
  rules.policies = std::make_shared<PolicySet>(std::move(std::get<PolicySet>(policies)));
  return rules;
}

}  // namespace kinhub
