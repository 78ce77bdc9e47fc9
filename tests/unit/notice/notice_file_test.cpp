#include "hub/notice/notice_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "hub/base/failpoint.hpp"
#include "hub/base/unavailable.hpp"
#include "hub/store/notices.hpp"
#include "tests/unit/notice/notices_fixture.hpp"

using namespace kinhub;

class NoticeFileTest : public test::Notices {
 protected:
  std::filesystem::path file_ = folder_ / "out" / "notices.jsonl";
};

TEST_F(NoticeFileTest, WritesEachNoticeOnceInOrderOverManyDeliveries) {
  NoticeFile sink(file_);
  EXPECT_EQ(sink.name(), "file");
  EXPECT_EQ(sink.deliver(*store_), 0);
  for (auto count : {1, 2500, 3}) {
    add(count);
    sink.deliver(*store_);
    EXPECT_EQ(sink.deliver(*store_), store_->begin(Store::For::reading)->notices().last());
  }
  EXPECT_EQ(lines(file_), bodies(*store_));
}

TEST_F(NoticeFileTest, CutsOffALineThatWasTornAndWritesItWhole) {
  NoticeFile sink(file_);
  add(5);
  sink.deliver(*store_);
  auto whole = std::filesystem::file_size(file_);
  for (std::uintmax_t torn : {whole - 1, whole - 20}) {
    std::filesystem::resize_file(file_, torn);
    add(1);
    sink.deliver(*store_);
    EXPECT_EQ(lines(file_), bodies(*store_)) << torn;
  }
}

TEST_F(NoticeFileTest, BeginsAFileAnewWhereTheOneThatWasMovedAwayEnded) {
  NoticeFile sink(file_);
  add(3);
  sink.deliver(*store_);
  std::filesystem::rename(file_, file_.string() + ".1");
  add(2);
  sink.deliver(*store_);
  auto all = bodies(*store_);
  EXPECT_EQ(lines(file_), (std::vector<std::string>{all[3], all[4]}));
}

TEST_F(NoticeFileTest, RefusesTheFileOfAStoreThatIsFurther) {
  add(5);
  NoticeFile(file_).deliver(*store_);
  auto other = open_store("other.db");
  add(*other, 2);
  try {
    NoticeFile(file_).deliver(*other);
    FAIL() << "wrote to a file of another store";
  } catch (const Unavailable&) {
    FAIL() << "waiting does not help";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("Move it away"), std::string::npos) << error.what();
  }
  EXPECT_EQ(lines(file_), bodies(*store_));
}

TEST_F(NoticeFileTest, RefusesAFileThatEndsWithAnotherNoticeOfThatNumber) {
  add(3);
  NoticeFile(file_).deliver(*store_);
  auto restored = open_store("restored.db");
  auto t = restored->begin(Store::For::writing);
  for (std::int64_t i = 1; i <= 5; ++i)
    t->notices().add({i, R"({"seq":)" + std::to_string(i) + R"(,"of":"another time"})"});
  t->commit();
  NoticeFile sink(file_);
  EXPECT_THROW(sink.deliver(*restored), std::runtime_error);
  EXPECT_EQ(lines(file_), bodies(*store_));
}

TEST_F(NoticeFileTest, RefusesAFileThatHoldsSomethingElse) {
  std::filesystem::create_directories(file_.parent_path());
  std::ofstream(file_) << "shopping: bread, milk\n";
  add(1);
  EXPECT_THROW(NoticeFile(file_).deliver(*store_), std::runtime_error);
  EXPECT_EQ(lines(file_), std::vector<std::string>{"shopping: bread, milk"});
}

TEST_F(NoticeFileTest, WaitsForAPlaceItCannotWriteToAndLosesNothing) {
  std::ofstream(folder_ / "out") << "a file where the folder should be";
  add(4);
  NoticeFile sink(file_);
  try {
    sink.deliver(*store_);
    FAIL() << "there is nowhere to write";
  } catch (const Unavailable& problem) {
    EXPECT_NE(std::string(problem.what()).find(file_.string()), std::string::npos) << problem.what();
  }
  std::filesystem::remove(folder_ / "out");
  EXPECT_EQ(sink.deliver(*store_), 4);
  EXPECT_EQ(lines(file_), bodies(*store_));
}

TEST_F(NoticeFileTest, WaitsOnAFullDisk) {
  add(4);
  NoticeFile full("/dev/full");
  EXPECT_THROW(full.deliver(*store_), Unavailable);
  EXPECT_EQ(NoticeFile(file_).deliver(*store_), 4);
}

TEST_F(NoticeFileTest, StopsWhenToldAndGoesOnLater) {
  add(10);
  std::stop_source stop;
  stop.request_stop();
  NoticeFile sink(file_);
  EXPECT_EQ(sink.deliver(*store_, stop.get_token()), 0);
  EXPECT_EQ(sink.deliver(*store_), 10);
  EXPECT_EQ(lines(file_), bodies(*store_));
}

#ifdef KINHUB_FAILPOINTS
// Started by the test below, in a program of its own that is told where to die.
TEST_F(NoticeFileTest, DeliversWhatWaits) {
  if (std::getenv("KINHUB_TEST_STORE") == nullptr) return;
  auto store = SqliteStore::open(std::getenv("KINHUB_TEST_STORE"), Keyring::from_passphrase("notices"));
  NoticeFile(std::getenv("KINHUB_TEST_FILE")).deliver(*store);
}

TEST_F(NoticeFileTest, SurvivesDeathAtEachStep) {
  auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  ::setenv("KINHUB_TEST_STORE", (folder_ / "kinhub.db").c_str(), 1);
  ::setenv("KINHUB_TEST_FILE", file_.c_str(), 1);
  for (const char* order : {"file.written", "file.written:1", "file.synced"}) {
    add(1500);
    auto child = ::fork();
    if (child == 0) {
      ::setenv("KINHUB_FAILPOINT", order, 1);
      ::execl(program.c_str(), program.c_str(), "--gtest_filter=*DeliversWhatWaits", "--gtest_brief=1",
              nullptr);
      ::_exit(127);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << order << ": " << status;
    NoticeFile(file_).deliver(*store_);
    EXPECT_EQ(lines(file_), bodies(*store_)) << order;
  }
}
#endif
