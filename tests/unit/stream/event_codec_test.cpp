#include "hub/stream/event_codec.hpp"

#include <gtest/gtest.h>

#include <random>

#include "tests/seeds.hpp"

namespace kinhub {
namespace {

Event sample() {
  Event event;
  event.kind = EventKind::rejected;
  event.source = "s", event.key = "k", event.body = std::string(300, 'b'), event.content_type = "t";
  event.charset = "c", event.origin = "o", event.code = "CODE", event.detail = "d", event.place = "p";
  event.occurred_at_us = -5, event.received_at_us = 17;
  return event;
}

TEST(EventCodec, TimesOfBothSignsComeBack) {
  for (std::int64_t time : {std::int64_t{0}, std::int64_t{-1}, INT64_MAX, INT64_MIN}) {
    auto event = sample();
    event.occurred_at_us = time, event.received_at_us = time;
    auto back = decode_event(encode(event));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->occurred_at_us, time);
    EXPECT_EQ(back->received_at_us, time);
  }
}

TEST(EventCodec, ATraceIdComesBackAndAnEventWithoutOneIsReadAsBefore) {
  auto event = sample();
  for (TraceId trace : {TraceId{1}, TraceId{0x20}, ~TraceId{0}}) {
    event.trace = trace;
    auto back = decode_event(encode(event));
    ASSERT_TRUE(back);
    EXPECT_EQ(back->trace, trace);
    EXPECT_EQ(back->kind, event.kind);
    EXPECT_EQ(back->body, event.body);
  }
  event.trace = 0;
  const auto without = encode(event);
  EXPECT_EQ(without[1], static_cast<char>(0x40 | static_cast<int>(event.kind)))
      << "the form before trace ids";
  EXPECT_EQ(decode_event(without)->trace, 0u);
}

TEST(EventCodec, RefusesBytesCutAnywhereOrWithATail) {
  auto bytes = encode(sample());
  ASSERT_TRUE(decode_event(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_FALSE(decode_event(bytes.substr(0, size))) << size;
  EXPECT_FALSE(decode_event(bytes + "x"));
}

TEST(EventCodec, RefusesANewerVersionAndAnUnknownKind) {
  auto bytes = encode(sample());
  auto newer = bytes;
  newer[0] = 2;
  EXPECT_FALSE(decode_event(newer));
  auto strange = bytes;
  strange[1] = 3;
  EXPECT_FALSE(decode_event(strange));
}

TEST(EventCodec, AnyBytesAtAllGetAnAnswer) {
  auto good = encode(sample());
  for (unsigned seed : test::seeds({1})) {
    std::mt19937 random(seed);
    for (int i = 0; i < 20'000; ++i) {
      auto bytes = good;
      for (int k = 0; k < 4; ++k)
        bytes[random() % 40] = static_cast<char>(random());
      if (auto event = decode_event(bytes)) {
        EXPECT_LE(event->body.size(), bytes.size()) << "seed " << seed;
      }
    }
  }
}

}  // namespace
}  // namespace kinhub
