#include "tests/agencies/demo/child.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/unit/base/scratch.hpp"

namespace kinhub::demo {
namespace {

using std::chrono::seconds;

TEST(Child, IsReadLineByLineAndKnownToHaveEnded) {
  Scratch scratch;
  Child child("/bin/sh", {"-c", "echo one; printf 'two\\nthr'; echo heard >&2"}, scratch.path() / "log");
  EXPECT_EQ(child.line(seconds(30)), "one");
  EXPECT_EQ(child.line(seconds(30)), "two");
  EXPECT_EQ(child.line(seconds(30)), std::nullopt) << "the third line has no end";
  for (int i = 0; i < 1000 && child.running(); ++i)
    ::usleep(10'000);
  EXPECT_FALSE(child.running());
  std::ifstream log(scratch.path() / "log");
  std::string heard;
  std::getline(log, heard);
  EXPECT_EQ(heard, "heard");
}

TEST(Child, IsStoppedWithItsOwner) {
  Scratch scratch;
  {
    Child child("/bin/sh",
                {"-c", "trap 'echo bye >&2; exit 0' TERM; echo ready; while :; do sleep 0.05; done"},
                scratch.path() / "log");
    EXPECT_EQ(child.line(seconds(30)), "ready");
    EXPECT_TRUE(child.running());
  }
  std::ifstream log(scratch.path() / "log");
  std::string last;
  std::getline(log, last);
  EXPECT_EQ(last, "bye");
}

TEST(Child, OfAProgramThatIsNotThereEndsAtOnce) {
  Scratch scratch;
  Child child("/nowhere/kinhub", {}, scratch.path() / "log");
  EXPECT_EQ(child.line(seconds(30)), std::nullopt);
  for (int i = 0; i < 1000 && child.running(); ++i)
    ::usleep(10'000);
  EXPECT_FALSE(child.running());
}

}  // namespace
}  // namespace kinhub::demo
