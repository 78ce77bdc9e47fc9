#include "hub/connector/frames.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/seeds.hpp"

namespace kinhub {
namespace {

TEST(Frames, ComeBackFromPiecesOfAnySize) {
  std::string bytes;
  for (int i = 0; i < 50; ++i)
    put_frame(bytes, FrameType::note, std::string(static_cast<std::size_t>(i * 37), 'n'));
  for (std::size_t piece : {1u, 4u, 5u, 6u, 1000u, 100'000u}) {
    FrameReader reader;
    std::size_t count = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.add(std::string_view(bytes).substr(at, piece));
      while (auto frame = reader.next()) {
        EXPECT_EQ(frame->type, FrameType::note);
        EXPECT_EQ(frame->payload.size(), count++ * 37);
      }
    }
    EXPECT_EQ(count, 50u);
  }
}

TEST(Frames, RefuseAnUnknownTypeAndAnImpossibleSize) {
  FrameReader reader;
  reader.add(std::string("\x01\x00\x00\x00\x63x", 6));
  EXPECT_THROW(reader.next(), std::runtime_error);
  FrameReader other;
  other.add(std::string("\xff\xff\xff\xff\x01", 5));
  EXPECT_THROW(other.next(), std::runtime_error);
}

TEST(Frames, ALargePayloadIsMovedAndWhatFollowsStays) {
  std::string bytes;
  put_frame(bytes, FrameType::commit, std::string(3u << 20, 'x'));
  FrameReader reader;
  reader.add(bytes);
  EXPECT_EQ(reader.next()->payload.size(), 3u << 20);
  EXPECT_FALSE(reader.next());
  put_frame(bytes, FrameType::note, "n");
  reader.add(bytes);
  EXPECT_EQ(reader.next()->payload.size(), 3u << 20);
  EXPECT_EQ(reader.next()->payload, "n");
}

TEST(Frames, AnnouncedCountsAskForNoMemory) {
  Harvest harvest;
  harvest.events.resize(harvest_events_max + 1);
  EXPECT_FALSE(decode_harvest(encode(harvest)));
  harvest.events.pop_back();
  EXPECT_TRUE(decode_harvest(encode(harvest)));
  EXPECT_FALSE(decode_harvest(std::string("\x00\x00\x00\xff\xff\xff\xff\xff\xff\xff\xff\x7f", 12)));
}

TEST(Frames, PayloadsComeBack) {
  CreateOrder create{"c", {"/a", "/b"}, "{}", {{"key", "secret"}}, -5, 1 << 20, {"/in"}, {}, true, false};
  auto create_back = decode_create(encode(create));
  ASSERT_TRUE(create_back);
  EXPECT_EQ(create_back->directories, create.directories);
  EXPECT_EQ(create_back->secrets, create.secrets);
  EXPECT_EQ(create_back->clock_offset_us, -5);
  EXPECT_EQ(create_back->readable, create.readable);
  EXPECT_TRUE(create_back->landlock);
  EXPECT_FALSE(create_back->seccomp);
  auto call = decode_call(encode(CallOrder{"p", 7, {3, 4}}));
  ASSERT_TRUE(call);
  EXPECT_EQ(call->limits.bytes, 4u);
  Harvest harvest;
  harvest.position = "p", harvest.complete_until_us = INT64_MIN;
  harvest.events.resize(3);
  harvest.events[1].body = "b";
  auto harvest_back = decode_harvest(encode(harvest));
  ASSERT_TRUE(harvest_back);
  EXPECT_EQ(harvest_back->complete_until_us, INT64_MIN);
  EXPECT_EQ(harvest_back->events[1].body, "b");
  auto outcome = decode_outcome(encode(CallOutcome{KINHUB_REJECT, "why", false}));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->explanation, "why");
  EXPECT_FALSE(decode_outcome(encode(CallOutcome{9, "", false})));
}

TEST(Frames, AnyPayloadAtAllGetsAnAnswer) {
  for (unsigned seed : test::seeds({1})) {
    std::mt19937 random(seed);
    for (int i = 0; i < 20'000; ++i) {
      std::string bytes(random() % 40, '\0');
      for (auto& c : bytes)
        c = static_cast<char>(random() % 3 == 0 ? random() : random() % 5);
      decode_create(bytes), decode_call(bytes), decode_harvest(bytes), decode_outcome(bytes);
    }
  }
}

}  // namespace
}  // namespace kinhub
