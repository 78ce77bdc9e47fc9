// Where the configuration is looked for, and which place outweighs which.

#include "hub/config/find.hpp"

#include <gmock/gmock.h>

#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

using ::testing::HasSubstr;

class FindConfig : public ::testing::Test {
 protected:
  FoundConfig find(const std::optional<std::filesystem::path>& argument = std::nullopt) const {
    return find_config(argument, places_);
  }

  Scratch scratch_;
  ConfigPlaces places_{"", scratch_.path() / "here/kinhub.yaml", scratch_.path() / "etc/kinhub.yaml"};
};

TEST_F(FindConfig, NowhereIsTheDefaults) {
  EXPECT_EQ(find().from, ConfigFrom::defaults);
  EXPECT_EQ(find().file, "");
}

TEST_F(FindConfig, EachPlaceOutweighsTheLaterOnes) {
  scratch_.write("etc/kinhub.yaml", "data: ./a\n");
  EXPECT_EQ(find().from, ConfigFrom::system);
  EXPECT_EQ(find().file, places_.system);
  scratch_.write("here/kinhub.yaml", "data: ./b\n");
  EXPECT_EQ(find().from, ConfigFrom::working_directory);
  EXPECT_EQ(find().file, places_.working_directory);
  places_.variable = scratch_.path() / "variable.yaml";
  EXPECT_EQ(find().from, ConfigFrom::variable);
  EXPECT_EQ(find().file, places_.variable);
  EXPECT_EQ(find("said.yaml").from, ConfigFrom::argument);
  EXPECT_EQ(find("said.yaml").file, "said.yaml");
}

TEST_F(FindConfig, ANamedFileThatIsNotThereIsNotPassedOver) {
  scratch_.write("here/kinhub.yaml", "data: ./b\n");
  places_.variable = "/nowhere/kinhub.yaml";
  EXPECT_EQ(find().file, "/nowhere/kinhub.yaml");
}

TEST_F(FindConfig, AFileThatCannotBeReadIsNotPassedOver) {
  scratch_.write("etc/kinhub.yaml", "data: ./a\n");
  scratch_.folder("here");
  std::filesystem::create_symlink("gone.yaml", places_.working_directory);
  EXPECT_EQ(find().file, places_.working_directory) << "a link that leads nowhere";
  std::filesystem::remove(places_.working_directory);
  std::filesystem::create_symlink("kinhub.yaml", places_.working_directory);
  EXPECT_EQ(find().file, places_.working_directory) << "a link to itself";
  // A name that cannot be looked up: not that nothing is there, as with a folder one may not enter.
  places_.working_directory = scratch_.path() / std::string(300, 'x') / "kinhub.yaml";
  EXPECT_EQ(find().file, places_.working_directory);
  places_.working_directory = scratch_.path() / "nowhere/kinhub.yaml";
  EXPECT_EQ(find().file, places_.system);
}

TEST_F(FindConfig, AVariableWithoutAValueIsNotSet) {
  ::setenv("KINHUB_CONFIG", "", 1);
  EXPECT_EQ(find_config(std::nullopt, {ConfigPlaces::of_process().variable, "/nowhere", "/nowhere"}).from,
            ConfigFrom::defaults);
  ::setenv("KINHUB_CONFIG", "/etc/x.yaml", 1);
  EXPECT_EQ(ConfigPlaces::of_process().variable, "/etc/x.yaml");
  ::unsetenv("KINHUB_CONFIG");
  EXPECT_EQ(ConfigPlaces::of_process().variable, "");
}

TEST_F(FindConfig, WordsSayWhichFileAndWhoNamedIt) {
  EXPECT_EQ(config_words("/etc/kinhub/kinhub.yaml", ConfigFrom::system),
            "/etc/kinhub/kinhub.yaml, by /etc/kinhub");
  EXPECT_THAT(config_words("", ConfigFrom::defaults), HasSubstr("no KINHUB_CONFIG"));
}

}  // namespace
}  // namespace kinhub
