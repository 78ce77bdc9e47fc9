#include "hub/stream/embedded_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <fstream>
#include <random>
#include <thread>

#include "tests/seeds.hpp"

namespace kinhub {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class EmbeddedLogTest : public ::testing::Test {
 protected:
  EmbeddedLogTest() {
    folder_ = fs::temp_directory_path() / ("kinhub-log-" + std::to_string(::getpid()));
    fs::remove_all(folder_);
  }
  ~EmbeddedLogTest() override { fs::remove_all(folder_); }

  std::unique_ptr<EmbeddedLog> open() { return EmbeddedLog::open(file(), keyring_); }
  fs::path file() const { return folder_ / "log.db"; }

  /// What open() says is wrong, empty if nothing.
  std::string damage(const Keyring& keyring) {
    try {
      EmbeddedLog::open(file(), keyring);
    } catch (const LogDamaged& error) {
      return error.what();
    }
    return {};
  }
  std::string damage() { return damage(keyring_); }

  void sql(const std::string& text) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(file().c_str(), &database), SQLITE_OK);
    char* said = nullptr;
    EXPECT_EQ(sqlite3_exec(database, text.c_str(), nullptr, nullptr, &said), SQLITE_OK) << said;
    sqlite3_close(database);
  }

  static Event event(const std::string& body) {
    Event event;
    event.source = "police";
    event.key = "KEY-OF-A-PERSON";
    event.body = body;
    event.origin = "ORIGIN-FILE.xml";
    event.detail = "DETAIL-TEXT";
    return event;
  }
  static std::vector<Event> events(int count, std::size_t size = 100) {
    return std::vector<Event>(static_cast<std::size_t>(count), event(std::string(size, 'x')));
  }

  fs::path folder_;
  Keyring keyring_ = Keyring::from_passphrase("one");
};

TEST_F(EmbeddedLogTest, MakesAFileThatOnlyItsOwnerMayRead) {
  auto log = open();
  log->append(events(1), std::nullopt);
  for (const char* tail : {"", "-wal", "-shm"}) {
    struct stat status {};
    ASSERT_EQ(::stat((file().string() + tail).c_str(), &status), 0) << tail;
    EXPECT_EQ(status.st_mode & 0777, 0600u) << tail;
  }
}

TEST_F(EmbeddedLogTest, HoldsNothingOfAPersonInPlain) {
  auto log = open();
  log->append({event("BODY-OF-THE-AGENCY")}, SourceCheckpoint{"police", "POSITION-OF-THE-SOURCE"});
  std::string bytes;
  for (const char* tail : {"", "-wal"}) {
    std::ifstream in(file().string() + tail, std::ios::binary);
    bytes.append(std::istreambuf_iterator<char>(in), {});
  }
  ASSERT_THAT(bytes,
              HasSubstr("police"));  // configuration is plain, and this test does look at the right bytes
  for (const char* secret : {"BODY-OF", "KEY-OF-A-PERSON", "ORIGIN-FILE", "DETAIL-TEXT", "POSITION-OF"})
    EXPECT_THAT(bytes, Not(HasSubstr(secret)));
}

TEST_F(EmbeddedLogTest, RefusesAnotherKeyFileAndNamesBoth) {
  open()->append(events(3), std::nullopt);
  auto said = damage(Keyring::from_passphrase("two"));
  EXPECT_THAT(said, AllOf(HasSubstr("was sealed with key file k"), HasSubstr("Put back the key file")));
  EXPECT_EQ(damage(), "");
}

TEST_F(EmbeddedLogTest, RefusesWhatIsNoLogOfKinhub) {
  fs::create_directories(folder_);
  std::ofstream(file()) << std::string(5000, 'n');
  EXPECT_THAT(damage(), HasSubstr("is damaged or no event log"));
  fs::remove(file());
  sql("CREATE TABLE other (a)");
  EXPECT_THAT(damage(), HasSubstr("is a database, but no event log of Kinhub"));
}

TEST_F(EmbeddedLogTest, RefusesANewerLogVersion) {
  open();
  sql("PRAGMA user_version=2");
  EXPECT_THAT(damage(), AllOf(HasSubstr("log version 2"), HasSubstr("knows version 1")));
}

TEST_F(EmbeddedLogTest, NoticesALogThatWasCut) {
  open()->append(events(10), std::nullopt);
  sql("DELETE FROM event WHERE sequence > 7");
  EXPECT_THAT(damage(), AllOf(HasSubstr("ends at event 7"), HasSubstr("10 were received")));
}

TEST_F(EmbeddedLogTest, NoticesAMissingAndAForgedEventWhenReading) {
  open()->append(events(10), std::nullopt);
  sql("DELETE FROM event WHERE sequence = 5");
  auto log = open();
  EXPECT_EQ(log->read({0, 0}, 4, 0).size(), 4u);
  EXPECT_THROW(log->read({0, 3}, 4, 0), LogDamaged);
  EXPECT_THROW(log->read({0, 4}, 4, 0), LogDamaged);
  // An event moved to another place does not open there.
  sql("INSERT INTO event SELECT 5, key_token, sealed FROM event WHERE sequence = 6");
  EXPECT_THROW(log->read({0, 4}, 1, 0), LogDamaged);
  EXPECT_EQ(log->read({0, 5}, 9, 0).size(), 5u);
}

TEST_F(EmbeddedLogTest, AnAbortedAppendLeavesNoGap) {
  auto log = open();
  log->append(events(3), std::nullopt);
  sql("CREATE TRIGGER no BEFORE INSERT ON event WHEN new.sequence = 6 BEGIN SELECT raise(ABORT, 'no'); END");
  EXPECT_THROW(log->append(events(5), SourceCheckpoint{"police", "p"}), LogUnavailable);
  EXPECT_EQ(log->end(0).sequence, 3);
  EXPECT_EQ(log->checkpoint("police"), "");
  sql("DROP TRIGGER no");
  log->append(events(5), SourceCheckpoint{"police", "p"});
  EXPECT_EQ(log->read({0, 0}, 100, 0).size(), 8u);
  EXPECT_EQ(log->received().front().second, 8);
}

// Threads that meet share a transaction; the one whose event cannot be written fails alone.
TEST_F(EmbeddedLogTest, AnAppendDoesNotFailForAnothersSake) {
  auto log = open();
  sql("CREATE TRIGGER no BEFORE INSERT ON event WHEN length(new.sealed) > 5000 BEGIN SELECT raise(ABORT, "
      "'no'); END");
  std::atomic<int> refused{0}, wrong{0};
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 6; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < 30; ++i) {
          bool bad = t == 0;
          try {
            log->append(events(3, bad ? 6000 : 10), SourceCheckpoint{bad ? "bad" : "good", "p"});
            wrong += bad;
          } catch (const LogUnavailable&) {
            ++(bad ? refused : wrong);
          }
        }
      });
  }
  EXPECT_EQ(refused, 30);
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(log->end(0).sequence, 5 * 30 * 3);
  EXPECT_EQ(log->checkpoint("bad"), "");
  EXPECT_EQ(log->checkpoint("good"), "p");
}

// A disk that is full, made by a limit on file size: the append says so, nothing of it stays, and it works
// again.
TEST_F(EmbeddedLogTest, TellsAProcessThatAnotherHasMovedItsCheckpoint) {
  auto one = open(), other = open();
  one->append(events(1), SourceCheckpoint{"police", "p0"});
  EXPECT_EQ(other->checkpoint("police"), "p0");
  other->append(events(1), SourceCheckpoint{"police", "p1"});
  EXPECT_THROW(one->append(events(1), SourceCheckpoint{"police", "p1"}), LogOvertaken);
  EXPECT_EQ(one->end(0).sequence, 2) << "what was overtaken must not be in the log";
  EXPECT_EQ(one->checkpoint("police"), "p1");
  one->append(events(1), SourceCheckpoint{"police", "p2"});
  one->append(events(1), SourceCheckpoint{"hospital", "h0"});
  // A person's word counts, whoever was there last; it is not undone by a connector that was at work
  // meanwhile.
  other->set_checkpoint({"police", ""});
  EXPECT_THROW(one->append(events(1), SourceCheckpoint{"police", "p3"}), LogOvertaken);
  EXPECT_EQ(one->checkpoint("police"), "");
  one->append(events(1), SourceCheckpoint{"police", "p0"});
  EXPECT_EQ(other->checkpoint("police"), "p0");
  EXPECT_EQ(one->end(0).sequence, 5);
}

TEST_F(EmbeddedLogTest, WhoOnlyAsksForACheckpointMovesNothing) {
  auto log = open();
  std::jthread asking([&](const std::stop_token& stop) {
    while (!stop.stop_requested())
      log->checkpoint("police");
  });
  for (int i = 0; i < 500; ++i)
    ASSERT_NO_THROW(log->append({}, SourceCheckpoint{"police", std::to_string(i)})) << i;
}

TEST_F(EmbeddedLogTest, SaysWhenTheDiskIsFullAndGoesOnAfterwards) {
  open()->append(events(10), std::nullopt);
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    auto log = open();
    rlimit limit{400'000, 400'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    int code = 1;
    try {
      for (int i = 0; i < 100; ++i)
        log->append(events(100, 1000), SourceCheckpoint{"police", std::to_string(i)});
    } catch (const LogUnavailable&) {
      code = 0;
    }
    ::_exit(code);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0) << "the child was not told that the log cannot grow";
  auto log = open();
  auto end = log->end(0).sequence;
  EXPECT_EQ((end - 10) % 100, 0) << "half an append stayed";
  log->append(events(1), std::nullopt);
  EXPECT_EQ(log->end(0).sequence, end + 1);
}

TEST_F(EmbeddedLogTest, RefusesToAppendToAFileThatWasMovedAway) {
  auto log = open();
  log->append(events(1), std::nullopt);
  fs::rename(file(), folder_ / "elsewhere.db");
  EXPECT_THROW(log->append(events(1), std::nullopt), LogUnavailable);
}

TEST_F(EmbeddedLogTest, ALostTailIsNoticedByTheReaderThatHadReadIt) {
  auto log = open();
  log->append(events(5), std::nullopt);
  auto at = log->read({0, 0}, 10, 0).back().position;
  log.reset();
  for (const char* tail : {"", "-wal", "-shm"})
    fs::remove(file().string() + tail);
  log = open();
  EXPECT_THROW(log->read(at, 10, 0), LogDamaged);
}

// Torn pages anywhere: open or read says damaged, or everything read is true. Never a crash, never a wrong
// event.
TEST_F(EmbeddedLogTest, DamagedBytesAreNeverReadAsEvents) {
  {
    auto log = open();
    std::vector<Event> batch;
    for (int i = 0; i < 400; ++i)
      batch.push_back(event(std::to_string(i)));
    log->append(batch, SourceCheckpoint{"police", "400"});
  }
  fs::copy_file(file(), folder_ / "good.db");
  for (unsigned seed : test::seeds({1})) {
    std::mt19937 random(seed);
    int noticed = 0;
    for (int round = 0; round < 60; ++round) {
      for (const char* tail : {"-wal", "-shm"})
        fs::remove(file().string() + tail);
      fs::copy_file(folder_ / "good.db", file(), fs::copy_options::overwrite_existing);
      auto size = fs::file_size(file());
      if (round % 4 == 0) {
        fs::resize_file(file(), random() % size);
      } else {
        std::fstream out(file(), std::ios::in | std::ios::out | std::ios::binary);
        out.seekp(static_cast<std::streamoff>(random() % size));
        for (int i = 0; i < 64; ++i)
          out.put(static_cast<char>(random()));
      }
      try {
        auto log = open();
        LogPosition at;
        while (at < log->end(0)) {
          auto some = log->read(at, 50, 0);
          if (some.empty()) break;
          for (auto& logged : some)
            ASSERT_EQ(logged.event.body, std::to_string(logged.position.sequence - 1)) << "seed " << seed;
          at = some.back().position;
        }
      } catch (const LogDamaged& error) {
        ++noticed;
      } catch (const LogUnavailable& error) {
        ++noticed;
      }
    }
    EXPECT_GT(noticed, 0) << "seed " << seed;
  }
}

TEST_F(EmbeddedLogTest, TheWriteAheadLogStaysBoundedAndShrinksWhenIdle) {
  auto log = open();
  for (int i = 0; i < 100; ++i) {
    log->append(events(100, 4000), std::nullopt);
    ASSERT_LT(fs::file_size(file().string() + "-wal"), 40u << 20);
  }
  EXPECT_TRUE(log->read(log->end(0), 1, 1).empty());
  EXPECT_LE(fs::file_size(file().string() + "-wal"), 1u << 20);
  EXPECT_EQ(log->read({0, 9990}, 100, 0).size(), 10u);
}

TEST_F(EmbeddedLogTest, ReadsAreBoundedInBytes) {
  auto log = open();
  for (int i = 0; i < 3; ++i)
    log->append(events(10, 4 << 20), std::nullopt);
  auto some = log->read({0, 0}, 1000, 0);
  EXPECT_LT(some.size(), 20u);
  EXPECT_GE(some.size(), 16u);
}

TEST_F(EmbeddedLogTest, ManyProcessesMayMakeItAtOnce) {
  std::vector<pid_t> children;
  for (int i = 0; i < 6; ++i) {
    pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int code = 0;
      try {
        open()->append(events(1), std::nullopt);
      } catch (const std::exception& error) {
        std::fprintf(stderr, "child: %s\n", error.what());
        code = 1;
      }
      ::_exit(code);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(open()->end(0).sequence, 6);
}

}  // namespace
}  // namespace kinhub
