// Runner of the tests that stand in a file of linkage rules.

#include <fmt/format.h>

#include "hub/linkage/compare.hpp"

namespace kinhub::linkage {

std::vector<Error> run_linkage_tests(const LinkageRules& rules) {
  std::vector<Error> failed;
  for (const auto& test : rules.tests) {
    const auto found = compare(test.a, test.b, rules);
    std::string said;
    for (const auto& finding : found.findings)
      said += fmt::format("{}{} {:+.1f}", said.empty() ? "" : ", ", name_of(finding.word), finding.bits);
    auto refuse = [&](const std::string& what) {
      failed.push_back({"LINKAGE_TEST",
                        fmt::format("test '{}': {}; score {:.1f}: {}", test.name, what, found.score, said),
                        test.place});
    };
    if (found.verdict != test.expect)
      refuse(fmt::format("expected {}, found {}", name_of(test.expect), name_of(found.verdict)));
    for (auto word : test.because)
      if (!found.has(word)) refuse(fmt::format("'{}' is not among what was found", name_of(word)));
  }
  return failed;
}

}  // namespace kinhub::linkage
