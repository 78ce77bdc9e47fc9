#include "hub/stream/kafka_progress.hpp"

#include <gtest/gtest.h>

namespace kinhub::kafka {
namespace {

AppendId id(char letter) {
  AppendId made;
  made.fill(letter);
  return made;
}

Progress some() {
  Progress progress;
  progress.appends = 7, progress.sequence = 1'000'000'007, progress.offset = 1'000'000'099;
  progress.recent = {id('e'), id('f'), id('g')};
  progress.checkpoints = {{"police", {std::string("a\0b", 3), 6}}, {"police#snapshot", {"", 7}}};
  return progress;
}

TEST(KafkaProgress, ComesBackAsItWas) {
  EXPECT_EQ(decode_progress(encode(some())), some());
  EXPECT_EQ(decode_progress(encode(Progress{})), Progress{});
}

TEST(KafkaProgress, BytesThatAreNoneAreRefused) {
  auto whole = encode(some());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(decode_progress(whole.substr(0, size)), std::nullopt) << size;
  EXPECT_EQ(decode_progress(whole + "x"), std::nullopt);
  whole[0] = 9;
  EXPECT_EQ(decode_progress(whole), std::nullopt) << "a later version";
}

TEST(KafkaProgress, TellsWhetherAnAppendWasWritten) {
  auto now = some();
  EXPECT_EQ(was_written(now, 7, id('g')), true);
  EXPECT_EQ(was_written(now, 7, id('x')), false) << "another's append has that number";
  EXPECT_EQ(was_written(now, 6, id('f')), true);
  EXPECT_EQ(was_written(now, 5, id('x')), false);
  EXPECT_EQ(was_written(now, 8, id('x')), false) << "nobody has come that far";
  EXPECT_EQ(was_written(now, 4, id('d')), std::nullopt) << "too long ago to tell";
}

TEST(KafkaProgress, ACheckpointTellsOfAnAppendOfLongAgo) {
  auto now = some();
  now.checkpoints = {{"police", {"b", 2}}, {"civil", {"c", 6}}};
  EXPECT_EQ(was_written(now, 4, id('d'), {"police"}), false) << "it would have set it";
  EXPECT_EQ(was_written(now, 4, id('d'), {"hospital"}), false) << "nobody ever set it";
  EXPECT_EQ(was_written(now, 4, id('d'), {"civil"}), std::nullopt) << "another has set it since";
  EXPECT_EQ(was_written(now, 6, id('f'), {"civil"}), true);
}

}  // namespace
}  // namespace kinhub::kafka
