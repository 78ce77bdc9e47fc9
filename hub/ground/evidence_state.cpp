#include "hub/ground/evidence_state.hpp"

#include <fmt/format.h>

#include "hub/base/time_text.hpp"

namespace kinhub {

std::string evidence_not_adopted(const Config& config, const Keyring& keys, ValueShelf& values) {
  const auto read = read_evidence(config.directories.evidence);
  const auto* file = std::get_if<EvidenceFile>(&read);
  if (!file) return {};
  const auto what_to_do = fmt::format(
      "'kinhub evidence compare' shows what it would change, 'kinhub evidence adopt --reason TEXT' lets it "
      "count");
  const auto adoptions = evidence_adoptions(values, keys);
  if (adoptions.empty()) {
    if (same_rules(file->rules, *built_in_evidence())) return {};
    return fmt::format("the evidence rules in {} do not count, those built in do: {}",
                       config.directories.evidence.string(), what_to_do);
  }
  const auto& now = adoptions.back();
  if (now.digest == file->digest) return {};
  return fmt::format("the evidence rules in {} do not count, those adopted on {} do: {}",
                     config.directories.evidence.string(), shanghai_time(now.since_us), what_to_do);
}

}  // namespace kinhub
