#include "hub/connector/captured_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "source_fixture.hpp"

namespace kinhub {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using CapturedFilesTest = SourceFixture;

TEST_F(CapturedFilesTest, ReadsCapturedFilesAndFoldersInOrder) {
  folder_.write("in/b.txt", "3\n4");
  folder_.write("in/a/z.txt", "1\n2\n");
  folder_.write("in/b.ok", "");
  folder_.write("in/.hidden", "99");
  folder_.write("one.txt", "0");
  SourceRunner runner(options("{}"), library_, log_, clock_);
  std::vector<std::size_t> steps;
  auto done = runner.read_capture({folder_.path / "one.txt", folder_.path / "in"},
                                  [&](const CaptureProgress& progress) {
                                    EXPECT_EQ(progress.files, 3u);
                                    steps.push_back(progress.files_done);
                                  });
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->events, 5);
  EXPECT_EQ(done->bytes, 8);
  EXPECT_THAT(steps, ElementsAre(3))
      << "small files share one append, and count as done when that is durable";
  EXPECT_EQ(log_.appends, 1);
  EXPECT_EQ(numbers(), count_to(5));
  EXPECT_EQ(logged()[1].origin, "a/z.txt");
  EXPECT_EQ(log_.checkpoint("police-1"), "") << "captured files move no position";
}

TEST_F(CapturedFilesTest, TellsHowFarACaptureHasCome) {
  std::string lines;
  for (int i = 0; i < 700; ++i)
    lines += "7\n";
  for (int i = 0; i < 10; ++i)
    folder_.write("in/" + std::to_string(i), lines);
  SourceRunner runner(options("{}"), library_, log_, clock_);
  std::size_t last = 0;
  auto done = runner.read_capture({folder_.path / "in"}, [&](const CaptureProgress& progress) {
    EXPECT_GT(progress.files_done, last);
    last = progress.files_done;
    EXPECT_GE(log_.end(0).sequence, static_cast<std::int64_t>(progress.files_done) * 700)
        << "told before it was durable";
    EXPECT_EQ(progress.bytes, static_cast<std::int64_t>(progress.files_done * lines.size()));
  });
  ASSERT_TRUE(done);
  EXPECT_EQ(last, 10u);
  EXPECT_EQ(done->events, 7000);
}

TEST_F(CapturedFilesTest, AStoppedCaptureReadsNothingMore) {
  folder_.write("in/1", "0\n1");
  folder_.write("in/2", "2");
  SourceRunner runner(options("{}"), library_, log_, clock_);
  std::stop_source stop;
  auto done = runner.read_capture({folder_.path / "in/1", folder_.path / "in/2"}, {}, stop.get_token());
  ASSERT_TRUE(done);
  stop.request_stop();
  auto none = runner.read_capture({folder_.path / "in"}, {}, stop.get_token());
  ASSERT_TRUE(none);
  EXPECT_EQ(none->files_done, 0u);
  EXPECT_EQ(numbers(), count_to(3));
}

TEST_F(CapturedFilesTest, BadCapturesAreQuarantinedAndTheRestGoesOn) {
  folder_.write("in/1", "0\nbad\n1");
  folder_.write("in/2", "2\nrefuse\n9");
  folder_.write("in/3", "fatal");
  folder_.write("in/4", "retry");
  folder_.write("in/5", "3");
  SourceRunner runner(options("{}"), library_, log_, clock_);
  auto done = runner.read_capture({folder_.path / "in"});
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->events, 4);
  EXPECT_EQ(done->rejected, 4);
  std::vector<std::string> codes, bodies;
  for (const auto& event : logged()) {
    EXPECT_NE(event.kind, EventKind::coverage) << "a captured file proves no completeness";
    if (event.kind == EventKind::rejected) codes.push_back(event.code), bodies.push_back(event.body);
  }
  EXPECT_THAT(codes, ElementsAre("BAD_LINE", "CAPTURE_REJECTED", "CAPTURE_FAILED", "CAPTURE_FAILED"));
  EXPECT_THAT(bodies, ElementsAre("bad", "2\nrefuse\n9", "fatal", "retry"));
}

TEST_F(CapturedFilesTest, WhatIsLargerThanTheLogTakesGoesToQuarantineCut) {
  constexpr std::size_t kept = 1 << 20;
  folder_.write("in/1", "0\n1");
  folder_.write("in/2", "refuse " + std::string(3 * kept, 'x'));
  folder_.write("in/3", "2");
  log_.body_size_max = 2 * kept;
  SourceRunner runner(options("{}"), library_, log_, clock_);
  auto done = runner.read_capture({folder_.path / "in"});
  ASSERT_TRUE(done) << describe(done.error());
  EXPECT_EQ(done->events, 3);
  EXPECT_EQ(done->rejected, 1);
  auto events = logged();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[2].kind, EventKind::rejected);
  EXPECT_EQ(events[2].code, "EVENT_TOO_LARGE");
  EXPECT_THAT(events[2].detail, HasSubstr(std::to_string(3 * kept + 7) + " bytes"));
  EXPECT_EQ(events[2].body.size(), kept);
  EXPECT_EQ(events[2].origin, "2");
}

TEST_F(CapturedFilesTest, CapturesFailLoudlyWhenTheyCannotBeRead) {
  SourceRunner runner(options("{}"), library_, log_, clock_);
  auto missing = runner.read_capture({folder_.path / "none"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "CAPTURE_MISSING");
  folder_.write("in/1", "0\n1");
  log_.refuse = 1;
  EXPECT_THROW((void)runner.read_capture({folder_.path / "in"}), LogUnavailable);
  EXPECT_TRUE(logged().empty());
  auto older = options("{}");
  older.connector = "older";
  SourceRunner without(older, library_, log_, clock_);
  EXPECT_EQ(without.read_capture({folder_.path / "in"}).error().code, "CAPTURE_UNSUPPORTED");
}

}  // namespace
}  // namespace kinhub
