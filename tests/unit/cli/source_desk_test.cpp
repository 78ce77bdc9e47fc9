#include "hub/cli/source_desk.hpp"

#include <gmock/gmock.h>

#include <condition_variable>
#include <mutex>

#include "tests/unit/cli/scratch.hpp"

namespace kinhub::cli {
namespace {

using ::testing::HasSubstr;

/// A log that has gone away.
class LostLog final : public EventLog {
 public:
  void append(const std::vector<Event>&, const std::optional<SourceCheckpoint>&) override { fail(); }
  std::string checkpoint(const std::string&) override { fail(); }
  void set_checkpoint(const SourceCheckpoint&) override { fail(); }
  std::vector<LoggedEvent> read(std::span<const LogPosition>, std::size_t, std::uint32_t, std::stop_token) override { fail(); }
  LogPosition end(std::int32_t) override { fail(); }
  LogPosition start(std::int32_t) override { fail(); }
  std::int32_t partitions() const override { return 1; }
  std::string partition_name(std::int32_t) const override { return "log"; }
  std::vector<std::pair<std::string, std::int64_t>> received() override { fail(); }

 private:
  [[noreturn]] static void fail() { throw LogUnavailable("the log's disk is gone"); }
};

class SourcesAtWorkTest : public ::testing::Test {
 protected:
  SourcesAtWorkTest() {
    config_.directories.connectors = KINHUB_BINARY_DIR "/lib/kinhub";
    SourceConfig police;
    police.name = "police", police.connector = "public_security";
    police.isolation = Isolation::in_process;
    police.settings = R"({"inbox":")" + scratch_.folder("inbox").string() + R"(","snapshot":")" +
                      scratch_.folder("snapshot").string() + R"("})";
    config_.sources.push_back(police);
  }

  Scratch scratch_;
  Config config_;
  SystemClock clock_;
};

TEST_F(SourcesAtWorkTest, ALogThatIsGoneFailsTheSnapshotNotTheHub) {
  LostLog log;
  std::mutex mutex;
  std::condition_variable told;
  std::string line, source, reason;
  SourcesAtWork::Ears ears;
  ears.note = [&](const std::string& text) {
    std::lock_guard lock(mutex);
    line = text;
  };
  ears.snapshot_failed = [&](const std::string& name, const std::string& why) {
    std::lock_guard lock(mutex);
    source = name, reason = why;
    told.notify_all();
  };
  SourcesAtWork work(config_, log, clock_, [](const std::string&) { return false; }, ears);
  work.follow({"police", "of another node"});
  {
    std::unique_lock lock(mutex);
    told.wait(lock, [&] { return !reason.empty(); });
    EXPECT_EQ(source, "police");
    EXPECT_THAT(reason, HasSubstr("the log's disk is gone"));
    EXPECT_THAT(line, HasSubstr("police: no snapshot yet"));
  }
  work.stop();
}

}  // namespace
}  // namespace kinhub::cli
