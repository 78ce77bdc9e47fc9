#include "hub/base/trusted_place.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/base/scratch.hpp"

namespace kinhub {
namespace {

using testing::HasSubstr;

struct stat status_of(mode_t mode, uid_t owner) {
  struct stat status {};
  status.st_mode = mode, status.st_uid = owner;
  return status;
}

TEST(TrustedPlace, IsItsOwnersAloneAndThatIsOneOfTwo) {
  const auto us = ::geteuid();
  EXPECT_EQ(distrust(status_of(S_IFREG | 0644, us), Owners::us_and_root), "");
  EXPECT_EQ(distrust(status_of(S_IFREG | 0644, 0), Owners::us_and_root), "");
  EXPECT_THAT(distrust(status_of(S_IFREG | 0664, us), Owners::us_and_root), HasSubstr("chmod go-w"));
  EXPECT_THAT(distrust(status_of(S_IFREG | 0646, 0), Owners::us_and_root), HasSubstr("chmod go-w"));
  EXPECT_THAT(distrust(status_of(S_IFDIR | 0777, us), Owners::us_and_root), HasSubstr("chmod go-w"));
  EXPECT_EQ(distrust(status_of(S_IFDIR | S_ISVTX | 0777, 0), Owners::us_and_root), "");
  EXPECT_THAT(distrust(status_of(S_IFREG | 0600, us + 12'345), Owners::us_and_root),
              HasSubstr("belongs to user"));
  EXPECT_EQ(distrust(status_of(S_IFREG | 0600, us + 12'345), Owners::named_by_hand).empty(), us == 0);
}

TEST(TrustedPlace, IsAskedOfWhatALinkLeadsTo) {
  const Scratch scratch;
  const auto file = scratch.write("config", "");
  std::filesystem::create_symlink(file, scratch.path() / "link");
  EXPECT_EQ(distrust(scratch.path() / "link", Owners::us_and_root), "");
  std::filesystem::permissions(file, std::filesystem::perms::others_write,
                               std::filesystem::perm_options::add);
  EXPECT_NE(distrust(scratch.path() / "link", Owners::us_and_root), "");
  EXPECT_EQ(distrust(scratch.path() / "nowhere", Owners::us_and_root), "") << "whoever opens it says so";
}

}  // namespace
}  // namespace kinhub
