#include "hub/base/keyed_digest.hpp"

#include <gtest/gtest.h>

namespace kinhub {
namespace {

Token key_of(int first) {
  Token key;
  for (std::size_t i = 0; i < key.bytes.size(); ++i)
    key.bytes[i] = static_cast<std::uint8_t>(first + static_cast<int>(i));
  return key;
}

// The example of the paper: key 00..0f, message 00..0e. The first eight bytes are the context here.
TEST(KeyedDigest, IsSipHash) {
  EXPECT_EQ(KeyedDigest(key_of(0)).of("\x08\x09\x0a\x0b\x0c\x0d\x0e", 0x0706050403020100u),
            0xa129ca6149be45e5u);
}

TEST(KeyedDigest, DependsOnEachByteOnTheContextAndOnTheKey) {
  const KeyedDigest digest(key_of(0));
  const std::string text = "HH=018000001, 18 bytes and more";
  const auto first = digest.of(text);
  EXPECT_EQ(first, digest.of(text));
  for (std::size_t i = 0; i < text.size(); ++i) {
    auto other = text;
    other[i] ^= 1;
    EXPECT_NE(digest.of(other), first) << i;
    EXPECT_NE(digest.of(text.substr(0, i)), first) << i;
  }
  EXPECT_NE(digest.of(text, 1), first);
  EXPECT_NE(KeyedDigest(key_of(1)).of(text), first);
  EXPECT_NE(digest.of(""), 0u);
}

}  // namespace
}  // namespace kinhub
