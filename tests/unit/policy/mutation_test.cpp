// The shipped policies bent line by line: some test inside the files must notice, or the file no longer
// loads.

#include <gtest/gtest.h>

#include "hub/policy/mutation.hpp"
#include "tests/places/places.hpp"

namespace kinhub {
namespace {

std::vector<PolicyText> texts_of(const std::string& folder) {
  return std::get<std::vector<PolicyText>>(
      read_policy_texts(kinhub::tests::source_dir() + "/mappings/" + folder));
}

TEST(ShippedPolicies, EveryMutationBreaksATest) {
  for (const auto& [folder, least] : {std::pair("policies", 100u), std::pair("catalogue", 10u)}) {
    const auto report = mutate(texts_of(folder));
    EXPECT_EQ(report.problem, "");
    EXPECT_GE(report.tried, least) << folder;
    std::printf("%s: %zu mutants\n", folder, report.tried);
    for (const auto& survivor : report.survivors)
      ADD_FAILURE() << describe(survivor);
  }
}

TEST(Mutation, SaysWhatNoTestPins) {
  auto texts = texts_of("catalogue");
  for (auto& text : texts)
    if (const auto at = text.text.find("\n  - name: 一个儿子"); at != std::string::npos)
      text.text.replace(at, text.text.find("\n  - name: 一儿一女") - at, "");
  const auto report = mutate(texts);
  EXPECT_TRUE(report.survivors.empty()) << "two daughters still pin 960 yuan: " << report.survivors[0].text;
  for (auto& text : texts)
    if (const auto at = text.text.find("      reward  wife  days 2021-01-01 .. 2023-04-03  1320.00\n");
        at != std::string::npos)
      text.text.erase(at, text.text.find('\n', at) + 1 - at);
  EXPECT_EQ(mutate(texts).problem, "the files as they are do not pass their own tests");
  texts = texts_of("catalogue");
  for (auto& text : texts)
    if (const auto at = text.text.find("\n  - name: 出生线"); at != std::string::npos)
      text.text.replace(at, text.text.find("\n  - name: 户口性质") - at, "");
  const auto unpinned = mutate(texts);
  ASSERT_FALSE(unpinned.survivors.empty());
  for (const auto& survivor : unpinned.survivors) {
    EXPECT_EQ(survivor.code, "POLICY_UNPINNED");
    EXPECT_NE(survivor.place.find("anhui-reward-assistance.yaml:"), std::string::npos);
  }
}

}  // namespace
}  // namespace kinhub
