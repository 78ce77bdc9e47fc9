// SQLite in one process and several: what one connection has open stays open to it, whatever else is opened.

#include "hub/base/sqlite.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/base/scratch.hpp"

namespace kinhub::sqlite {
namespace {

/// Runs work in another process; true: it ended well.
template <class Work>
bool elsewhere(Work work) {
  const auto child = ::fork();
  if (child == 0) {
    try {
      work();
      ::_exit(0);
    } catch (...) {
      ::_exit(1);
    }
  }
  int status = -1;
  return ::waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

TEST(Sqlite, ASecondOpeningInAProcessLeavesTheLocksOfTheFirst) {
  Scratch scratch;
  const auto file = scratch.path() / "a.db";
  Database::make(file);
  const auto write = [&](const char* sql) {
    return elsewhere([&] { Database::open(file, Database::Access::read_write, 5000).run(sql); });
  };
  // By another process: a file that this one has closed is no longer locked by it.
  ASSERT_TRUE(write("PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (1)"));
  auto first = Database::open(file, Database::Access::read_write, 5000);
  EXPECT_EQ(first.number("SELECT count(*) FROM t"), 1);
  Database::make(file);  // as whoever opens a store in another thread
  ASSERT_TRUE(write("INSERT INTO t VALUES (2)"));
  EXPECT_EQ(first.number("SELECT count(*) FROM t"), 2);
  first.run("INSERT INTO t VALUES (3)");
  EXPECT_TRUE(elsewhere([&] {
    if (Database::open(file, Database::Access::read_write, 5000).number("SELECT count(*) FROM t") != 3)
      throw std::runtime_error("what the first wrote is gone");
  }));
}

TEST(Sqlite, AFileIsMadeForItsOwnerAloneAndOnce) {
  Scratch scratch;
  const auto file = scratch.path() / "new" / "a.db";
  Database::make(file);
  struct stat found {
  }, again{};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0600u);
  Database::make(file);
  ASSERT_EQ(::stat(file.c_str(), &again), 0);
  EXPECT_EQ(found.st_ino, again.st_ino);
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(file.parent_path()))
    files += entry.exists() ? 1 : 0;
  EXPECT_EQ(files, 1u) << "nothing is left beside it";
}

}  // namespace
}  // namespace kinhub::sqlite
