#include "hub/cli/harden.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/cli/hub_fixture.hpp"

namespace kinhub::cli {
namespace {

TEST(HideNumbers, OverwritesWhatHoldsAPersonsNumberInPlace) {
  std::vector<std::string> words{
      "family",         "--of",     "322228197503120246", "--of=322228197503120246", "322228 19750312 0246",
      "20261118064512", "--config", "/in/police-320812"};
  std::vector<char*> arguments;
  for (auto& word : words)
    arguments.push_back(word.data());
  hide_numbers(arguments);
  EXPECT_EQ(words, (std::vector<std::string>{"family", "--of", std::string(18, '*'), std::string(23, '*'),
                                             std::string(20, '*'), "20261118064512", "--config",
                                             "/in/police-320812"}));
}

using testing::HasSubstr;
using Places = HubFixture;

TEST_F(Places, AConfigurationOthersMayWriteIsNotRead) {
  const auto file = scratch_.write("kinhub.yaml", "data: ./data\n");
  EXPECT_EQ(run({"check"}).code, 0);
  std::filesystem::permissions(file, std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  const auto refused = run({"source", "list"});
  EXPECT_EQ(refused.code, 3);
  EXPECT_THAT(refused.err, HasSubstr("CONFIG_PLACE"));
  EXPECT_THAT(refused.err, HasSubstr("chmod go-w"));
}

TEST_F(Places, WhoIsAskedAboutMayStandInAFile) {
  scratch_.write("kinhub.yaml", "data: ./data\n");
  ASSERT_EQ(run({"ingest", "public-security", sample("police_birth_2003.xml")}).code, 0);
  const auto number = scratch_.write("number", "322228197512240283\n").string();
  const auto asked = run({"family", "--of", "@" + number, "--json"});
  const auto said = run({"family", "--of", "322228197512240283", "--json"});
  EXPECT_EQ(asked.code, said.code);
  EXPECT_EQ(asked.out, said.out);
  EXPECT_EQ(run({"family", "--of", "@" + number + "-gone"}).code, 2);
}

TEST_F(Places, WhatMayDoWithoutTlsIsShown) {
  scratch_.write("kinhub.yaml",
                 "data: ./data\nsources:\n  - name: hospital-his\n    plain_network: true\n"
                 "    isolation: in-process\n    settings: { host: 0.0.0.0, port: 2599 }\n");
  const auto checked = run({"check"});
  EXPECT_EQ(checked.code, 0) << checked.err;
  EXPECT_THAT(checked.out, HasSubstr("source hospital-his may do without TLS"));
}

}  // namespace
}  // namespace kinhub::cli
